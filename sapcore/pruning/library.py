"""The mask library of Spectral-Aligned Pruning: a few donors that lend their importance to every code near them.

Near is meant in the signature (s_1, s_2) of the Tanner graph, as in version 3 of the paper (arXiv 2602.01602); the
longer signature of its version 1, the K adjacency eigenvalues of largest magnitude, is an option. The distance
(Euclidean, unscaled), how donors are chosen, and when a code deserves to be one are ours: the paper's were not to be
had.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sapcore.codes import LinearCode, load
from sapcore.decoders.backbones import other_weights
from sapcore.errors import InputError
from sapcore.pruning.importance import Importance
from sapcore.spectra import signature, spectrum


@dataclass(frozen=True)
class Match:
    """What a library lends to a code.

    Attributes:
        donors: importances of all donors, the nearest first.
        distances: their spectral distances, ascending.
    """

    donors: tuple[Importance, ...]
    distances: tuple[float, ...]

    @property
    def runner_up(self) -> Importance | None:
        """Of the donor that would lend if the nearest did not, None where there is one alone."""
        return self.donors[1] if len(self.donors) > 1 else None

    @property
    def nearest(self) -> Importance:
        """The donor that lends."""
        return self.donors[0]

    @property
    def farthest(self) -> Importance:
        """The donor that would lend last, for comparison."""
        return self.donors[-1]


@dataclass(frozen=True, eq=False)
class MaskLibrary:
    """Donors of one backbone, their signatures, and how far each can lend.

    Attributes:
        donors: their importances, under the matrix each was scored with.
        signatures: (donors, K).
        reach: a code farther than this from every donor deserves its own mask.

    Raises:
        InputError: no donor, or donors of several backbones.
    """

    donors: tuple[Importance, ...]
    signatures: np.ndarray
    reach: float

    def __post_init__(self) -> None:
        if not self.donors or len({donor.backbone for donor in self.donors}) > 1:
            raise InputError("A mask library holds one or more donors, all of one backbone.")
        if len(self.signatures) != len(self.donors) or not np.isfinite(self.signatures).all():
            raise InputError("A mask library holds one signature for each donor.")
        self.signatures.setflags(write=False)

    @property
    def backbone(self) -> str:
        """Digest of the backbone the masks are for."""
        return self.donors[0].backbone

    def retrieve(self, code: LinearCode) -> Match:
        """The donors in order of their spectral distance to `code`; ties go to the earlier donor."""
        here = signature_vector(code, self.signatures.shape[1])
        distances = np.linalg.norm(self.signatures - here, axis=1)
        order = np.argsort(distances, kind="stable")
        return Match(tuple(self.donors[i] for i in order), tuple(float(distances[i]) for i in order))

    def covers(self, code: LinearCode) -> bool:
        """Whether a donor is within reach of `code`."""
        return self.retrieve(code).distances[0] <= self.reach


def signature_vector(code: LinearCode, values: int = 2) -> np.ndarray:
    """The spectral signature of `code`, (values,).

    Two values are (s_1, s_2), the algebraically largest eigenvalues of A(H); any other number are the eigenvalues of
    largest magnitude, s_1, -s_1, s_2, -s_2 …, filled with zeros where the graph has no more.

    Raises:
        InputError: fewer than one value.
    """
    if values < 1:
        raise InputError(f"A signature has at least one value, not {values}.")
    if values == 2:
        return np.array(signature(code))
    singular = spectrum(code).singular_values
    both = np.stack([singular, -singular], axis=1).ravel()[:values]
    return np.pad(both, (0, values - len(both)))


def choose_donors(codes: Sequence[LinearCode], candidates: Sequence[LinearCode], count: int) -> list[LinearCode]:
    """`count` of `candidates` that lie near `codes` in signature, each next one lowering their mean distance most.

    Greedy k-median (Cornuejols, Fisher and Nemhauser, 1977). Fewer come back where no further one lowers the mean.
    """
    points = np.array([signature_vector(code) for code in codes])
    places = np.array([signature_vector(code) for code in candidates])
    distances = np.linalg.norm(points[:, None] - places[None], axis=2)  # (codes, candidates)
    nearest = np.full(len(points), np.inf)
    chosen: list[LinearCode] = []
    while len(chosen) < count:
        means = np.minimum(nearest[:, None], distances).mean(axis=0)
        best = int(means.argmin())
        if not means[best] < nearest.mean():
            break
        chosen.append(candidates[best])
        nearest = np.minimum(nearest, distances[:, best])
    return chosen


def build_library(donors: Sequence[Importance], codes: Sequence[LinearCode], values: int = 2) -> MaskLibrary:
    """The library of these donors; its reach is the largest distance of `codes` to their nearest donor.

    Pass the codes the backbone was trained on: a code farther off than each of them deserves its own mask.
    """
    signatures = np.array([signature_vector(load(donor.code), values) for donor in donors])
    library = MaskLibrary(tuple(donors), signatures, 0.0)
    return MaskLibrary(library.donors, signatures, max(library.retrieve(code).distances[0] for code in codes))


def save_library(path: Path, library: MaskLibrary, command: str) -> None:
    """Write a library as JSON: donors by name and digest, signatures, reach, and the command that remakes it."""
    donors = [
        {"code": donor.code, "digest": donor.code_digest, "signature": row.tolist()}
        for donor, row in zip(library.donors, library.signatures, strict=True)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    text = {"backbone": library.backbone, "reach": library.reach, "donors": donors, "command": command}
    part = path.with_suffix(".part")
    part.write_text(json.dumps(text, indent=1) + "\n")
    part.replace(path)


def load_library(path: Path, importances: dict[str, Importance]) -> MaskLibrary:
    """Read a library whose donors are scored in `importances`.

    Raises:
        InputError: the file is missing or damaged, a donor's importance is not there, or the library was made for other
            weights than the importances.
    """
    command = f"python -m sapcore reproduce masks --backbone {path.stem}"
    try:
        text = json.loads(path.read_text())
        made_for, present = str(text["backbone"]), {one.backbone for one in importances.values()}
        rows = [(importances[donor["code"]], donor["digest"], donor["signature"]) for donor in text["donors"]]
        donors = tuple(importance for importance, _, _ in rows)
        if any(one.code_digest != digest for one, digest, _ in rows):
            raise ValueError
        library = MaskLibrary(donors, np.array([row for _, _, row in rows], dtype=float), float(text["reach"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"The mask library {path.name} is missing, damaged, or not of these importances; {command} makes it."
        ) from error
    for digest in present - {made_for}:
        raise other_weights(f"The mask library of backbone {path.stem!r} was", made_for, digest, command)
    return library
