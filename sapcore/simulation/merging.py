"""Takes the blocks of another store, also those of spheres, into this one."""

import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sapcore.errors import InputError
from sapcore.simulation.spheres import SPHERE_TABLE
from sapcore.simulation.store import FILL_IN, READABLE_VERSIONS, Store, store_version

AT_ONCE = 10_000  # rows

_COUNTS = "frames, frame_errors, bits, bit_errors, bit_errors_squared"
_KEYS = {  # of each table of blocks, five columns
    "blocks": "code_digest, decoder_digest, ebn0_db, seed, block_index",
    "sphere_blocks": "code_digest, decoder_digest, seed, radius, block_index",
}


@dataclass(frozen=True)
class Merged:
    """What became of the other store's blocks.

    Attributes:
        added: new here.
        known: here already, with the same counts.
        different: here already with other counts, which stay; float32 decoders round differently on other machines.
    """

    added: int
    known: int
    different: int


def merge(store: Store, other: Path | str) -> Merged:
    """Add the codes and blocks of the store in the file `other`, which stays as it is, counting no block twice.

    Raises:
        InputError: `other` is not there, is no store or this one, is damaged, in use, or of a version unknown here.
    """
    other = Path(other)
    if not other.is_file():
        raise InputError(f"There is no file {other}; give the results.sqlite of another data folder.")
    if other.samefile(store.path):
        raise InputError(f"{other} is the store itself; give the results.sqlite of another data folder.")
    try:
        version = store_version(other)
    except OSError as error:
        raise InputError(f"{other} cannot be read ({error.strerror or error}).") from error
    if version not in READABLE_VERSIONS:
        known = " and ".join(map(str, READABLE_VERSIONS))
        raise InputError(f"The result store {other} has version {version}; versions {known} can be read.")
    try:
        source = sqlite3.connect(f"file:{_quoted(other)}?mode=ro", uri=True)
        try:
            return _copied(store, source, "NULL" if version == 2 else "wrong")
        finally:
            source.close()
    except sqlite3.DatabaseError as error:
        raise InputError(f"The result store {other} cannot be read ({error}).") from error


def _copied(store: Store, source: sqlite3.Connection, wrong: str) -> Merged:
    codes = source.execute("SELECT * FROM codes").fetchall()
    with store.transaction() as database:
        database.executemany(f"INSERT OR IGNORE INTO codes VALUES ({', '.join('?' * 10)})", codes)
        database.execute(SPHERE_TABLE)
    tables = {name for (name,) in source.execute("SELECT name FROM sqlite_master")}
    found: Counter[str] = Counter()
    for table in _KEYS.keys() & tables:
        more = f", {wrong}" if table == "blocks" else ""
        rows = source.execute(f"SELECT {_KEYS[table]}, {_COUNTS}, seconds{more} FROM {table}")
        while chunk := rows.fetchmany(AT_ONCE):
            with store.transaction() as database:
                found.update(_put(database, table, row) for row in chunk)
    return Merged(found["added"], found["known"], found["different"])


def _put(database: sqlite3.Connection, table: str, row: tuple) -> str:
    """Write one row of blocks where there is none under its key; the field of `Merged` that it counts for."""
    place = f"FROM {table} WHERE ({_KEYS[table]}) = (?, ?, ?, ?, ?)"
    here = database.execute(f"SELECT {_COUNTS} {place}", row[:5]).fetchone()
    fill_in = FILL_IN if table == "blocks" else "ON CONFLICT DO NOTHING"
    database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))}) {fill_in}", row)
    if here is None:
        return "added"
    return "known" if here == row[5:10] else "different"


def _quoted(path: Path) -> str:
    return path.resolve().as_uri().removeprefix("file://")
