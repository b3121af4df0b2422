"""The result store: every block ever simulated, in one SQLite file that several processes may use at once."""

import math
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sapcore.codes import LinearCode
from sapcore.codes.files import FILE_FAMILY
from sapcore.errors import InputError
from sapcore.folders import data_folder
from sapcore.simulation.block import BlockResult
from sapcore.simulation.counts import ErrorCounts
from sapcore.simulation.stopping import StoppingRule

APPLICATION_ID = 0x53415053  # "SAPS"
SCHEMA_VERSION = 3
READABLE_VERSIONS = 2, SCHEMA_VERSION  # to merge; version 2 did not keep which frames were wrong
BUSY_SECONDS = 30.0
MAGIC = b"SQLite format 3\0"

SCHEMA = """
CREATE TABLE codes (
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    family TEXT NOT NULL,
    rows INTEGER NOT NULL,
    n INTEGER NOT NULL,
    parity_check BLOB NOT NULL,
    minimum_distance INTEGER,
    cyclic INTEGER NOT NULL,
    standard_digest TEXT,
    standard_name TEXT,
    PRIMARY KEY (digest, name)
) WITHOUT ROWID;
CREATE TABLE blocks (
    code_digest TEXT NOT NULL,
    decoder_digest TEXT NOT NULL,
    ebn0_db REAL NOT NULL,
    seed INTEGER NOT NULL,
    block_index INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    frame_errors INTEGER NOT NULL,
    bits INTEGER NOT NULL,
    bit_errors INTEGER NOT NULL,
    bit_errors_squared INTEGER NOT NULL,
    seconds REAL NOT NULL,
    wrong BLOB,
    PRIMARY KEY (code_digest, decoder_digest, ebn0_db, seed, block_index)
) WITHOUT ROWID;
"""

FILL_IN = (  # a block that is there stays, but learns which frames were wrong where the counts are the same
    "ON CONFLICT DO UPDATE SET wrong = excluded.wrong WHERE blocks.wrong IS NULL "
    "AND (blocks.frames, blocks.frame_errors, blocks.bits, blocks.bit_errors, blocks.bit_errors_squared) "
    "= (excluded.frames, excluded.frame_errors, excluded.bits, excluded.bit_errors, excluded.bit_errors_squared)"
)
OF_POINT = "FROM blocks WHERE code_digest = ? AND decoder_digest = ? AND ebn0_db = ? AND seed = ?"


@dataclass(frozen=True)
class PointKey:
    """What a point of a curve is: code, decoder, Eb/N0 in decibels and seed."""

    code_digest: str
    decoder_digest: str
    ebn0_db: float
    seed: int

    def __post_init__(self) -> None:
        if not math.isfinite(self.ebn0_db):
            raise InputError(f"Eb/N0 must be a finite number of decibels, not {self.ebn0_db}.")
        object.__setattr__(self, "ebn0_db", float(self.ebn0_db))
        object.__setattr__(self, "seed", int(self.seed))

    @property
    def columns(self) -> tuple[str, str, float, int]:
        """The four values in the order of the primary key."""
        return self.code_digest, self.decoder_digest, self.ebn0_db, self.seed


def default_path() -> Path:
    """Return the file of the user's store: results.sqlite in the data folder."""
    return data_folder() / "results.sqlite"


def store_version(path: Path) -> int:
    """The version of the store in a file, from its first 100 bytes, without SQLite touching it.

    Raises:
        InputError: the file is not a result store.
    """
    with path.open("rb") as file:
        header = file.read(100)
    if header[:16] != MAGIC or int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise InputError(f"{path} is not a result store.")
    return int.from_bytes(header[60:64], "big")


class Store:
    """Blocks and the codes they belong to; a second write of the same block changes nothing.

    A store may be used from several threads, and its file from several processes. Raises InputError, leaving the file
    as it is, if it is damaged, was made by something else or by another version, or cannot be written.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self.path = Path(path) if path is not None else default_path()
        self._lock = threading.RLock()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            existing = self.path.exists() and self.path.stat().st_size > 0
            if existing:
                self._check_header()
            if not os.access(self.path if existing else self.path.parent, os.W_OK):
                raise InputError(
                    f"The result store {self.path} cannot be written; allow writing or set SAP_DATA to another folder."
                )
        except OSError as error:
            reason = (
                "its folder is a file"
                if isinstance(error, FileExistsError | NotADirectoryError)
                else error.strerror or error
            )
            raise InputError(
                f"The result store {self.path} cannot be used ({reason}); set SAP_DATA to another folder."
            ) from error
        with self._sentences():
            self.connection = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self.connection.close()
                raise

    def _check_header(self) -> None:
        """Refuse what is not a store of this version."""
        try:
            version = store_version(self.path)
        except InputError as error:
            raise InputError(
                f"{str(error).removesuffix('.')}; move it away or set SAP_DATA to another folder."
            ) from error
        if version != SCHEMA_VERSION:
            way = " and take its blocks into a new one with python -m sapcore runs merge"
            raise InputError(
                f"The result store {self.path} has version {version}, but this program uses version {SCHEMA_VERSION}; "
                f"move it away{way if version in READABLE_VERSIONS else ''}, or set SAP_DATA to another folder."
            )

    def _prepare(self) -> None:
        """Create the tables in an empty file and switch it to write-ahead logging."""
        if self._pragma("user_version") == 0:
            with self.transaction() as connection:
                if self._pragma("user_version") == 0:  # no other process was quicker
                    for statement in SCHEMA.split(";\n"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        if self._pragma("journal_mode") != "wal":
            self._pragma("journal_mode = wal")
        self.connection.execute("PRAGMA synchronous = normal")
        self.connection.execute("SELECT 1 FROM codes, blocks LIMIT 1")

    def _pragma(self, text: str) -> object:
        return self.connection.execute(f"PRAGMA {text}").fetchone()[0]

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Turn what SQLite says about a file that cannot be used into one sentence."""
        try:
            yield
        except (sqlite3.ProgrammingError, sqlite3.IntegrityError):  # a mistake in a statement, not in the file
            raise
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise InputError(f"The result store {self.path} is in use by another program; try again.") from error
            raise InputError(
                f"The result store {self.path} cannot be used ({error}); move it away or set SAP_DATA to another "
                "folder."
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the statements of the body as one write transaction, undone if the body raises or it cannot be committed.

        Inside the body of another one, it is a part of that one.
        """
        with self._lock, self._sentences():
            if self.connection.in_transaction:  # only this thread, which holds the lock, can have begun it
                yield self.connection
                return
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.commit()
            except BaseException:
                self.connection.rollback()
                raise

    def read(self, statement: str, values: tuple = ()) -> list[tuple]:
        """Return all rows of one SELECT."""
        with self._lock, self._sentences():
            return self.connection.execute(statement, values).fetchall()

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock:
            self.connection.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def add(self, key: PointKey, index: int, counts: ErrorCounts, seconds: float) -> None:
        """Keep the counts of block `index` of a point and the seconds it took, unless the block is already there."""
        self.add_many(key, [BlockResult(index, counts, seconds)])

    def add_many(self, key: PointKey, blocks: Iterable[BlockResult]) -> None:
        """Keep several blocks of a point at once, leaving those that are already there."""
        rows = [
            (
                *key.columns,
                int(index),
                int(counts.frames),
                int(counts.frame_errors),
                int(counts.bits),
                int(counts.bit_errors),
                int(counts.bit_errors_squared),
                float(seconds),
                wrong,
            )
            for index, counts, seconds, wrong in blocks
        ]
        with self.transaction() as connection:
            connection.executemany(
                f"INSERT INTO blocks VALUES ({', '.join('?' * 12)}) {FILL_IN}",
                rows,
            )

    def blocks(self, key: PointKey) -> dict[int, ErrorCounts]:
        """Return the counts of every block of a point by block index."""
        return {int(index): ErrorCounts(*map(int, row)) for index, *row in self._block_rows(key)}

    def wrong_frames(self, key: PointKey) -> dict[int, bytes]:
        """Return `BlockResult.wrong` of every block of a point that was kept frame by frame, by block index."""
        return dict(self.read(f"SELECT block_index, wrong {OF_POINT} AND wrong IS NOT NULL", key.columns))

    def point(self, key: PointKey, rule: StoppingRule) -> tuple[ErrorCounts, bool]:
        """Return the counts of a point under a rule, and whether the rule is satisfied.

        They are those of the shortest prefix of blocks 0, 1, 2, ... that satisfies the rule, or of all blocks before
        the first missing one if none does. The order in which blocks were run plays no part.
        """
        rows = np.array(self._block_rows(key), dtype=np.int64).reshape(-1, 6)
        unbroken = rows[rows[:, 0] == np.arange(len(rows)), 1:]
        if len(unbroken) == 0:
            return ErrorCounts(), False
        sums = unbroken.cumsum(axis=0)
        satisfied = rule.satisfied(sums[:, 0], sums[:, 1])
        done = bool(satisfied.any())
        last = int(satisfied.argmax()) if done else len(sums) - 1
        return ErrorCounts(*sums[last].tolist()), done

    def seconds(self, key: PointKey, blocks: int | None = None) -> float:
        """Return the time that workers spent on a point: on its first `blocks` blocks, or on all of them."""
        limit = "" if blocks is None else f" AND block_index < {int(blocks)}"
        return float(self.read(f"SELECT TOTAL(seconds) {OF_POINT}{limit}", key.columns)[0][0])

    def block_seconds(self, key: PointKey) -> dict[int, float]:
        """Return the time spent on every block of a point by block index."""
        return dict(self.read(f"SELECT block_index, seconds {OF_POINT}", key.columns))

    def _block_rows(self, key: PointKey) -> list[tuple]:
        return self.read(
            "SELECT block_index, frames, frame_errors, bits, bit_errors, bit_errors_squared "
            f"{OF_POINT} ORDER BY block_index",
            key.columns,
        )

    def put_code(self, code: LinearCode) -> None:
        """Keep a code under its name, so that a run can be resumed without the file it came from.

        The same matrix may be kept under several names. Where name and matrix are there already, a code of the
        catalogue takes the place of one that was read from a file, and otherwise nothing changes.
        """
        base = code.standard
        with self.transaction() as connection:
            if base is not None:
                self.put_code(base)
            connection.execute(
                f"INSERT INTO codes VALUES ({', '.join('?' * 10)}) ON CONFLICT (digest, name) DO UPDATE SET "
                "family = excluded.family, minimum_distance = excluded.minimum_distance, cyclic = excluded.cyclic, "
                "standard_digest = excluded.standard_digest, standard_name = excluded.standard_name "
                "WHERE codes.family = ? AND excluded.family != codes.family",
                (
                    code.digest,
                    code.name,
                    code.family,
                    code.rows,
                    code.n,
                    np.packbits(code.parity_check).tobytes(),
                    code.minimum_distance,
                    int(code.cyclic),
                    None if base is None else base.digest,
                    None if base is None else base.name,
                    FILE_FAMILY,
                ),
            )

    def code(self, digest: str, name: str | None = None) -> LinearCode:
        """Return a code that was put, the one called `name` where its matrix was put under that name.

        Otherwise it is the code of the catalogue where its matrix was put as such, and else the first name in
        alphabetical order.

        Raises:
            InputError: no code has this digest, or it is damaged.
        """
        found = self.read(
            "SELECT name, family, rows, n, parity_check, minimum_distance, cyclic, standard_digest, standard_name "
            "FROM codes WHERE digest = ? ORDER BY name IS NOT ?, family = ?, name LIMIT 1",
            (digest, name, FILE_FAMILY),
        )
        if not found:
            raise InputError(f"The result store {self.path} holds no code with the digest {digest}.")
        name, family, rows, n, packed, minimum_distance, cyclic, standard_digest, standard_name = found[0]
        damaged = InputError(f"The code {name} in the result store {self.path} is damaged; move the store away.")
        bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8))
        if not 0 <= bits.size - rows * n < 8:
            raise damaged
        base = None if standard_digest is None else self.code(standard_digest, standard_name)
        try:
            code = LinearCode(name, family, bits[: rows * n].reshape(rows, n), minimum_distance, bool(cyclic), base)
        except InputError as error:
            raise damaged from error
        if code.digest != digest:
            raise damaged
        return code
