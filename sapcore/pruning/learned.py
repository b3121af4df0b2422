"""What a sparsity has to learn before it decodes a code, kept by name.

KIND/BACKBONE/KEY with a suffix, in the data folder, looked at first, and in assets; KEY names backbone, plan, code and
matrix by a digest.
"""

import hashlib
import shlex
from pathlib import Path

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest
from sapcore.errors import InputError
from sapcore.folders import ASSETS, data_folder


def learned_path(kind: str, suffix: str, backbone: str, plan: object, code: LinearCode, root: Path) -> Path:
    """Where something learned for `plan` on `code` under its matrix belongs, in the folder `root`."""
    key = hashlib.sha256(f"{backbone_digest(backbone)}/{plan}/{code.digest}".encode()).hexdigest()[:16]
    return root / kind / backbone / f"{key}{suffix}"


def find_learned(kind: str, suffix: str, backbone: str, plan: object, code: LinearCode) -> Path:
    """The file of what was learned for `plan` on `code` under its matrix.

    Raises:
        InputError: nothing was learned for it yet.
    """
    for root in (data_folder(), ASSETS):
        path = learned_path(kind, suffix, backbone, plan, code, root)
        if path.is_file():
            return path
    command = learn_command(backbone, plan, code.name)
    raise InputError(f"Nothing has been learned for {plan} on {code.name} yet; do it with {command}.")


def learn_command(backbone: str, plan: object, code: str, steps: int | None = None, seed: int = 0) -> str:
    """The command that learns what `plan` needs on a code."""
    command = f"python -m sapcore sparsify {shlex.quote(code)} --sparsity {plan}"
    command += "" if steps is None else f" --steps {steps} --seed {seed}"
    return command + (f" --backbone {backbone}" if backbone != DEFAULT_BACKBONE else "")
