"""A folder that is there with all its files or not at all."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from sapcore.errors import InputError


def check_free(folder: Path) -> None:
    """Make sure that `folder` can be written anew: it does not exist, or is empty. Raises InputError otherwise."""
    if folder.resolve() == Path.cwd():
        raise InputError("A decoder is not exported into the folder this runs in; name a new folder.")
    try:
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder} is a file; name a folder.")
        if folder.is_dir() and any(folder.iterdir()):
            raise InputError(f"The folder {folder} is not empty; name a new one.")
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be written: {error.strerror}.") from error


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` by name as the whole contents of `folder`, in one step.

    Raises:
        InputError: `folder` holds something already, or cannot be written.
    """
    check_free(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".export-", dir=folder.parent) as beside:
            part = Path(beside) / "part"  # made here, for the permissions that other folders get
            part.mkdir()
            for name, contents in files.items():
                (part / name).write_bytes(contents)
            os.rename(part, folder)  # fails where the folder is no longer empty
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be written: {error.strerror}.") from error
