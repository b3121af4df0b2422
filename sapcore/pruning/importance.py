"""How much each attention head and each feed-forward channel matters: what an importance is, and its file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sapcore.errors import InputError

SCORES = ("taylor", "activation", "magnitude")


@dataclass(frozen=True, eq=False)
class Importance:
    """Scores of one backbone for one code; more is more important, and all of one importance compare.

    Attributes:
        backbone: digest of the backbone.
        code: name of the code, under the matrix that was used.
        code_digest: digest of that matrix.
        score: how it was scored, one of SCORES, or "random".
        heads: (layers, heads) float32, not negative.
        channels: (layers, d_ff) float32, not negative.

    Raises:
        InputError: a score is negative or not finite, or the shapes do not fit each other.
    """

    backbone: str
    code: str
    code_digest: str
    score: str
    heads: np.ndarray
    channels: np.ndarray

    def __post_init__(self) -> None:
        for values in (self.heads, self.channels):
            if values.ndim != 2 or len(values) != len(self.heads) or not np.isfinite(values).all() or values.min() < 0:
                raise InputError(f"The importance of {self.code} must be finite scores from 0 on, a row a layer.")
            values.setflags(write=False)


def save_importances(path: Path, importances: list[Importance], command: str) -> None:
    """Write importances of one backbone and score to one safetensors file, with the command that remakes it.

    A reader never sees a part of it.

    Raises:
        InputError: they are of several backbones or scores.
    """
    from safetensors.numpy import save_file

    first = importances[0]
    tensors = {}
    for one in importances:
        if (one.backbone, one.score) != (first.backbone, first.score):
            raise InputError("A file of importances holds those of one backbone and one score.")
        tensors[f"{one.code}/{one.code_digest}/heads"] = np.ascontiguousarray(one.heads, dtype=np.float32)
        tensors[f"{one.code}/{one.code_digest}/channels"] = np.ascontiguousarray(one.channels, dtype=np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file(tensors, part, {"backbone": first.backbone, "score": first.score, "command": command})
    part.replace(path)


def load_importances(path: Path) -> dict[str, Importance]:
    """Read a file of importances, by name of code.

    Raises:
        InputError: the file is missing or damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            about = file.metadata()
            found = {}
            for key in file.keys():  # noqa: SIM118 (no mapping)
                code, digest, kind = key.split("/")
                if kind == "heads":
                    channels = file.get_tensor(f"{code}/{digest}/channels")
                    found[code] = Importance(
                        about["backbone"], code, digest, about["score"], file.get_tensor(key), channels
                    )
            return found
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"The importances {path.name} are missing or damaged; "
            f"python -m sapcore reproduce masks --backbone {path.stem} makes them."
        ) from error
