"""The user's own matrices in the store: which ones pages list, taking one in and removing it.

A matrix is kept with the codes of the store, where runs find it; the list says which of them stand beside the
catalogue.
"""

from dataclasses import dataclass

from sapcore.codes import LinearCode
from sapcore.errors import InputError, quoted
from sapcore.simulation import Store

_TABLE = "CREATE TABLE IF NOT EXISTS own_codes (digest TEXT, name TEXT, PRIMARY KEY (digest, name))"


@dataclass(frozen=True)
class OwnCode:
    """One line of the list: name, digest, rows and columns of a matrix."""

    name: str
    digest: str
    rows: int
    n: int


def own_codes(store: Store) -> list[OwnCode]:
    """The matrices of the list, by name; empty where none was ever added."""
    if not store.read("SELECT 1 FROM sqlite_master WHERE name = 'own_codes'"):
        return []
    return [
        OwnCode(*row)
        for row in store.read(
            "SELECT name, digest, rows, n FROM own_codes JOIN codes USING (digest, name) ORDER BY name, digest"
        )
    ]


def own_code(store: Store, name: str, digest: str) -> LinearCode:
    """The matrix of this name and digest, which need not be on the list any more if something was measured of it.

    Raises:
        InputError: the store holds no matrix with this digest.
    """
    if not store.read("SELECT 1 FROM codes WHERE digest = ?", (digest,)):
        raise InputError(f"There is no own matrix {quoted(name)} here (any more); choose another.")
    return store.code(digest, name)


def add_own_code(store: Store, code: LinearCode) -> None:
    """Keep a matrix and list it; one that is listed already stays as it is."""
    with store.transaction() as database:
        store.put_code(code)
        database.execute(_TABLE)
        database.execute("INSERT OR IGNORE INTO own_codes VALUES (?, ?)", (code.digest, code.name))


def remove_own_code(store: Store, name: str, digest: str) -> bool:
    """Take a matrix off the list, and out of the store unless something was measured of it; True where it is gone.

    Raises:
        InputError: it is not on the list.
    """
    with store.transaction() as database:
        database.execute(_TABLE)
        if not database.execute("DELETE FROM own_codes WHERE (digest, name) = (?, ?)", (digest, name)).rowcount:
            raise InputError(f"There is no own matrix {name!r} with the digest {digest}.")
        if _is_needed(store, digest):
            return False
        database.execute("DELETE FROM codes WHERE (digest, name) = (?, ?)", (digest, name))
        return True


def _is_needed(store: Store, digest: str) -> bool:
    """Whether blocks, a run or a redundant form in the store are of this matrix."""
    asked = [
        ("SELECT 1 FROM blocks WHERE code_digest = ? LIMIT 1", digest),
        ("SELECT 1 FROM codes WHERE standard_digest = ? LIMIT 1", digest),
    ]
    if store.read("SELECT 1 FROM sqlite_master WHERE name = 'runs'"):
        asked.append(("SELECT 1 FROM runs WHERE instr(spec, ?) LIMIT 1", digest))
    return any(store.read(statement, (value,)) for statement, value in asked)
