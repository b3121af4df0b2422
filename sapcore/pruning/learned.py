"""What a sparsity has to learn before it decodes a code, kept by name.

KIND/BACKBONE/KEY with a suffix, in the data folder, looked at first, and in assets; KEY names backbone, plan, code and
matrix by a digest.
"""

import hashlib
import json
import shlex
from collections.abc import Iterator
from pathlib import Path

from sapcore.codes import LinearCode, source_of
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest, other_weights
from sapcore.errors import InputError
from sapcore.folders import ASSETS, data_folder


def learned_path(kind: str, suffix: str, backbone: str, plan: object, code: LinearCode, root: Path) -> Path:
    """Where something learned for `plan` on `code` under its matrix belongs, in the folder `root`."""
    key = hashlib.sha256(f"{backbone_digest(backbone)}/{plan}/{code.digest}".encode()).hexdigest()[:16]
    return root / kind / backbone / f"{key}{suffix}"


def find_learned(kind: str, suffix: str, backbone: str, plan: object, code: LinearCode) -> Path:
    """The file of what was learned for `plan` on `code` under its matrix.

    Raises:
        InputError: nothing was learned for it yet, or only for other weights of the backbone.
    """
    for root in (data_folder(), ASSETS):
        path = learned_path(kind, suffix, backbone, plan, code, root)
        if path.is_file():
            return path
    command = learn_command(backbone, plan, code)
    for made_for in _other_weights(kind, backbone, plan, code):
        what = f"What was learned for {plan} on {code.name} was"
        raise other_weights(what, made_for, backbone_digest(backbone), command)
    raise InputError(f"Nothing has been learned for {plan} on {code.name} yet; do it with {command}.")


def _other_weights(kind: str, backbone: str, plan: object, code: LinearCode) -> Iterator[str]:
    """The digests of other weights for which the same was learned, by the cards at hand."""
    for root in (data_folder(), ASSETS):
        for path in sorted((root / kind / backbone).glob("*.json")):
            try:
                card = json.loads(path.read_text())
                about, made_for = (card["plan"], card["code_digest"]), str(card["backbone"])
            except (OSError, ValueError, KeyError, TypeError):
                continue  # damaged: it says nothing
            if about == (str(plan), code.digest) and made_for != backbone_digest(backbone):
                yield made_for


def learn_command(backbone: str, plan: object, code: LinearCode, steps: int | None = None, seed: int = 0) -> str:
    """The command that learns what `plan` needs on a code."""
    command = f"python -m sapcore sparsify {shlex.quote(source_of(code))} --sparsity {plan}"
    command += "" if steps is None else f" --steps {steps} --seed {seed}"
    return command + (f" --backbone {backbone}" if backbone != DEFAULT_BACKBONE else "")
