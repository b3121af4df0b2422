import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sapcore
from sapcore.codes import LinearCode, load
from sapcore.errors import InputError
from sapcore.simulation import BlockResult, ErrorCounts, PointKey, StoppingRule, Store, default_path
from sapcore.simulation import store as store_module

KEY = PointKey("c" * 16, "d" * 16, 3.0, 0)


def block(errors, frames=1024):
    return ErrorCounts(frames, errors, frames * 7, 2 * errors, 4 * errors)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.sqlite"


@pytest.fixture
def store(path):
    with Store(path) as opened:
        yield opened


def test_blocks_come_back_and_stay_when_opened_again(path):
    with Store(path) as store:
        store.add(KEY, 0, block(3), 0.5)
        store.add(KEY, 5, block(4), 0.25)
        assert store.seconds(KEY) == 0.75
        assert store.seconds(KEY, blocks=5) == 0.5
        assert store.block_seconds(KEY) == {0: 0.5, 5: 0.25}
    with Store(path) as store:
        assert store.blocks(KEY) == {0: block(3), 5: block(4)}


def test_a_second_write_of_a_block_changes_nothing(store):
    store.add(KEY, 0, block(3), 0.5)
    store.add(KEY, 0, block(9), 7.0)
    assert store.blocks(KEY) == {0: block(3)}
    assert store.seconds(KEY) == 0.5


def test_keys_are_kept_apart(store):
    others = [
        PointKey("e" * 16, "d" * 16, 3.0, 0),
        PointKey("c" * 16, "e" * 16, 3.0, 0),
        PointKey("c" * 16, "d" * 16, 3.5, 0),
        PointKey("c" * 16, "d" * 16, 3.0, 1),
    ]
    for errors, key in enumerate([KEY, *others]):
        store.add(key, 0, block(errors), 0.1)
    assert [store.blocks(key)[0].frame_errors for key in [KEY, *others]] == [0, 1, 2, 3, 4]


def test_numpy_numbers_are_stored_as_numbers(store):
    key = PointKey("c" * 16, "d" * 16, np.float32(3.0), np.int64(0))
    store.add(key, np.int64(2), ErrorCounts(*(np.int64(v) for v in (1024, 1, 7168, 2, 4))), np.float64(0.1))
    assert store.blocks(KEY) == {2: ErrorCounts(1024, 1, 7168, 2, 4)}


def test_a_point_without_blocks(store):
    assert store.point(KEY, StoppingRule()) == (ErrorCounts(), False)
    assert store.blocks(KEY) == {}
    assert store.seconds(KEY) == 0.0


def test_an_ebn0_that_is_no_number_is_refused():
    with pytest.raises(InputError):
        PointKey("c", "d", float("nan"), 0)


@settings(max_examples=40)
@given(st.dictionaries(st.integers(0, 12), st.integers(0, 40)), st.integers(1, 100), st.integers(1, 12))
def test_a_point_is_the_shortest_prefix_that_satisfies_the_rule(blocks, frame_errors, most):
    rule = StoppingRule(frame_errors=frame_errors, max_frames=1024 * most, relative_width=2.0)
    expected, index = ErrorCounts(), 0
    while not rule.done(expected) and index in blocks:
        expected += block(blocks[index])
        index += 1
    with Store(":memory:") as store:
        for i, errors in blocks.items():
            store.add(KEY, i, block(errors), 0.0)
        assert store.point(KEY, rule) == (expected, rule.done(expected))


def test_the_order_of_arrival_does_not_matter(tmp_path):
    rule = StoppingRule(frame_errors=8)
    answers = set()
    for number, order in enumerate(permutations(range(4))):
        with Store(tmp_path / f"{number}.sqlite") as store:
            for index in order:
                store.add(KEY, index, block(index + 2), 0.0)
            answers.add(store.point(KEY, rule))
    assert answers == {(block(2) + block(3) + block(4), True)}


def test_a_point_of_many_blocks(store):
    rows = [
        (*KEY.columns, index, 1024, index % 2, 7168, 2 * (index % 2), 4 * (index % 2), 0.1, None)
        for index in range(100_000)
    ]
    with store.transaction() as connection:
        connection.executemany(f"INSERT INTO blocks VALUES ({', '.join('?' * 12)})", rows)
    counts, done = store.point(KEY, StoppingRule(frame_errors=45_000, max_frames=10**9, relative_width=0.5))
    assert (counts.frames, counts.frame_errors, done) == (90_000 * 1024, 45_000, True)
    counts, done = store.point(KEY, StoppingRule(frame_errors=10**6, max_frames=10**12))
    assert (counts.frames, counts.frame_errors, done) == (100_000 * 1024, 50_000, False)


@pytest.mark.parametrize("name", ["BCH(31,16)", "BCH(31,16)-r", "LDPC(49,24)", "CCSDS(128,64)"])
def test_codes_come_back_whole(store, name):
    code = load(name)
    store.put_code(code)
    store.put_code(code)
    found = store.code(code.digest)
    assert found == code
    np.testing.assert_array_equal(found.parity_check, code.parity_check)
    assert (found.family, found.minimum_distance, found.cyclic, found.standard) == (
        code.family,
        code.minimum_distance,
        code.cyclic,
        code.standard,
    )


def own(code, name="mine"):
    return LinearCode(name, "matrix file", code.parity_check)


@pytest.mark.parametrize("catalogue_first", [True, False])
@pytest.mark.parametrize("name", ["BCH(31,16)", "BCH(31,16)-r"])
def test_a_matrix_may_have_several_names(store, name, catalogue_first):
    code = load(name)
    for put in (code, own(code))[:: 1 if catalogue_first else -1]:
        store.put_code(put)
    assert store.code(code.digest) == code  # what is in the catalogue is called so
    assert store.code(code.digest, name).standard == code.standard
    assert store.code(code.digest, "mine") == own(code)
    assert store.code(code.digest, "mine").family == "matrix file"
    assert store.code(code.digest, "other") == code


@pytest.mark.parametrize("catalogue_first", [True, False])
def test_a_code_of_the_catalogue_is_not_displaced_by_a_file_of_its_name(store, catalogue_first):
    code = load("BCH(31,16)-r")
    for put in (code, own(code, code.name))[:: 1 if catalogue_first else -1]:
        store.put_code(put)
    found = store.code(code.digest)
    assert (found.family, found.minimum_distance, found.cyclic, found.standard) == ("BCH", 7, True, code.standard)


def test_the_redundant_form_of_an_own_code_keeps_its_standard_form(store):
    base = own(load("Hamming(7,4)"))
    store.put_code(load("Hamming(7,4)"))
    store.put_code(base.redundant())
    found = store.code(base.redundant().digest)
    assert (found.name, found.standard, found.standard.family) == ("mine-r", base, "matrix file")


def test_an_unknown_code_is_an_input_error(store):
    with pytest.raises(InputError, match="no code with the digest abc"):
        store.code("abc")


@pytest.mark.parametrize("matrix", ["x'00'", "zeroblob(59)", "randomblob(59)"])
def test_a_damaged_code_is_an_input_error(store, matrix):
    code = load("BCH(31,16)")
    store.put_code(code)
    with store.transaction() as connection:
        connection.execute(f"UPDATE codes SET parity_check = {matrix}")
    with pytest.raises(InputError):
        store.code(code.digest)


def test_a_transaction_that_raises_is_undone(store):
    with pytest.raises(ZeroDivisionError), store.transaction() as connection:
        connection.execute("DELETE FROM blocks")
        connection.execute("CREATE TABLE other (x)")
        raise ZeroDivisionError
    assert store.read("SELECT name FROM sqlite_master WHERE name = 'other'") == []


def test_a_transaction_that_cannot_be_committed_is_undone(store):
    with store.transaction() as connection:
        connection.execute("CREATE TABLE parent (x PRIMARY KEY)")
        connection.execute("CREATE TABLE child (x REFERENCES parent (x) DEFERRABLE INITIALLY DEFERRED)")
    store.connection.execute("PRAGMA foreign_keys = on")
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as connection:
        connection.execute("INSERT INTO child VALUES (1)")
    assert not store.connection.in_transaction
    store.add(KEY, 0, block(1), 0.1)
    assert (store.blocks(KEY), store.read("SELECT * FROM child")) == ({0: block(1)}, [])


def test_a_transaction_inside_another_is_part_of_it(store):
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.add(KEY, 0, block(1), 0.1)
        raise ZeroDivisionError
    assert store.blocks(KEY) == {}


def test_many_blocks_are_one_transaction(store, path):
    def blocks():
        for index in range(100):
            yield BlockResult(index, block(index % 3), 0.5)
            with Store(path) as other:
                assert other.blocks(KEY) == {5: block(9)}

    store.add(KEY, 5, block(9), 0.5)
    store.add_many(KEY, blocks())
    assert store.blocks(KEY) == {index: block(9 if index == 5 else index % 3) for index in range(100)}
    assert store.seconds(KEY) == 50.0


def test_a_mistake_in_a_statement_is_no_input_error(store):
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as connection:
        connection.execute("INSERT INTO blocks (code_digest) VALUES ('c')")


def test_a_store_locked_for_too_long_says_so(path, monkeypatch):
    monkeypatch.setattr(store_module, "BUSY_SECONDS", 0.01)
    with (
        Store(path) as store,
        Store(path) as other,
        other.transaction(),
        pytest.raises(InputError, match="in use by another program"),
    ):
        store.add(KEY, 0, block(1), 0.1)


def assert_refused_and_untouched(path, match):
    before = path.read_bytes()
    with pytest.raises(InputError, match=match) as error:
        store = Store(path)
        store.point(KEY, StoppingRule())
    assert "\n" not in str(error.value) and str(error.value).endswith(".")
    assert path.read_bytes() == before


def test_a_file_that_is_no_database(path):
    path.write_text("frames,errors\n1,2\n")
    assert_refused_and_untouched(path, "is not a result store")


def test_a_database_of_something_else(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE blocks (x)")
    connection.close()
    assert_refused_and_untouched(path, "is not a result store")
    assert list(path.parent.iterdir()) == [path]


def test_a_store_of_a_newer_version(path):
    Store(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert_refused_and_untouched(path, "version 99")


@pytest.mark.parametrize("kept", [1.0, 0.5, 0.02])
def test_a_damaged_store(path, kept):
    with Store(path) as store:
        store.put_code(load("BCH(31,16)"))
        for index in range(300):
            store.add(KEY, index, block(1), 0.1)
    content = bytearray(path.read_bytes())
    content[100:] = np.random.default_rng(0).bytes(len(content) - 100)
    path.write_bytes(content[: max(512, int(kept * len(content)))])
    assert_refused_and_untouched(path, "cannot be used")


def test_a_folder_in_place_of_the_file(path):
    path.mkdir()
    with pytest.raises(InputError):
        Store(path)
    assert path.is_dir()


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="SAP_DATA"):
        Store(tmp_path / "file" / "results.sqlite")


def test_a_file_that_cannot_be_written(path, monkeypatch):
    Store(path).close()
    before = path.read_bytes()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="cannot be written"):
        Store(path)
    assert path.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anything")
def test_a_read_only_file(path):
    Store(path).close()
    path.chmod(0o444)
    with pytest.raises(InputError, match="cannot be written"):
        Store(path)


def test_the_default_place(monkeypatch, tmp_path):
    monkeypatch.setenv("SAP_DATA", str(tmp_path / "data"))
    assert default_path() == tmp_path / "data" / "results.sqlite"
    with Store() as store:
        assert store.path.is_file()
    monkeypatch.delenv("SAP_DATA")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_path() == tmp_path / ".local" / "share" / "sapcore" / "results.sqlite"


def test_two_may_read_while_one_writes(path):
    with Store(path) as writer, Store(path) as first, Store(path) as second:
        with writer.transaction() as connection:
            connection.execute(
                f"INSERT INTO blocks VALUES ({', '.join('?' * 12)})", (*KEY.columns, 0, 1024, 1, 7168, 2, 4, 0.1, None)
            )
            assert first.blocks(KEY) == second.blocks(KEY) == {}
        assert first.blocks(KEY) == second.blocks(KEY) == writer.blocks(KEY) == {0: block(1)}


def test_threads_share_a_store(store):
    def work(part):
        for index in range(part, 200, 4):
            store.add(KEY, index, block(1), 0.1)
            store.point(KEY, StoppingRule())

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.blocks(KEY)) == 200


def test_processes_share_a_file_from_its_creation_on(path):
    program = f"""
from sapcore.simulation import BlockResult, ErrorCounts, PointKey, Store
import sys
with Store({str(path)!r}) as store:
    for index in range(int(sys.argv[1]), 120, 2):
        store.add(PointKey("c" * 16, "d" * 16, 3.0, 0), index, ErrorCounts(1024, 1, 7168, 2, 4), 0.1)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(sapcore.__file__).parents[1])}
    processes = [subprocess.Popen([sys.executable, "-c", program, str(part)], env=environment) for part in range(2)]
    assert [process.wait(timeout=240) for process in processes] == [0, 0]
    with Store(path) as store:
        assert store.blocks(KEY) == dict.fromkeys(range(120), block(1))


def test_a_killed_writer_leaves_whole_blocks(path, tmp_path):
    """A copy of the files while a writer has the store open is what a kill leaves behind."""
    left = tmp_path / "left"
    left.mkdir()
    with Store(path) as store:
        for index in range(10):
            store.add(KEY, index, block(1), 0.1)
        for file in path.parent.glob("results.sqlite*"):
            shutil.copy(file, left)
    with Store(left / path.name) as store:
        assert store.point(KEY, StoppingRule(frame_errors=10)) == (sum([block(1)] * 10, ErrorCounts()), True)


def test_which_frames_were_wrong_comes_back(store):
    wrong = np.arange(1024) % 5 == 0
    store.add_many(KEY, [BlockResult(3, block(1), 0.1, np.packbits(wrong).tobytes()), BlockResult(4, block(1), 0.1)])
    found = store.wrong_frames(KEY)
    assert set(found) == {3}  # of block 4 only the counts are known
    assert found[3] == np.packbits(wrong).tobytes()


def test_a_block_learns_which_frames_were_wrong(store):
    wrong = np.packbits(np.arange(1024) < 3).tobytes()
    store.add(KEY, 0, block(3), 0.5)
    store.add_many(KEY, [BlockResult(0, block(4), 0.1, wrong)])  # other counts: not that block
    assert store.wrong_frames(KEY) == {}
    store.add_many(KEY, [BlockResult(0, block(3), 0.1, wrong)])
    assert store.wrong_frames(KEY) == {0: wrong} and store.seconds(KEY) == 0.5
    store.add_many(KEY, [BlockResult(0, block(3), 0.1, bytes(128))])
    assert store.wrong_frames(KEY) == {0: wrong}


def test_an_older_store_says_how_its_blocks_can_be_kept(path):
    Store(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 2")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert_refused_and_untouched(path, "version 2.*runs merge")
