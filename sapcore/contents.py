"""Reading a file that a user names, up to a size."""

from pathlib import Path

from sapcore.errors import InputError


def read_at_most(path: Path, what: str, most: int) -> bytes:
    """The contents of a file, at most `most` + 1 bytes of it: one more than allowed is enough to refuse it.

    Args:
        path: of the file.
        what: the file holds, as in "matrix file".
        most: bytes that it may have.

    Raises:
        InputError: there is no such file, or it cannot be read.
    """
    try:
        if path.is_dir():
            raise InputError(f"{path} is a directory; a {what} is needed.")
        if not path.is_file():
            raise InputError(f"There is no {what} {path}.")
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise InputError(f"The {what} {path} cannot be read: {error.strerror}.") from error
