import shutil
import sqlite3

import numpy as np
import pytest

from sapcore.codes import load
from sapcore.decoders import Uncoded
from sapcore.errors import InputError
from sapcore.simulation import Merged, PointKey, StoppingRule, Store, merge, radial_estimates, simulate_point

CODE = load("BCH(31,16)").redundant()
DECODER = Uncoded(CODE)
KEY = PointKey(CODE.digest, DECODER.digest, 3.0, 0)


def filled(path, blocks, ebn0=3.0):
    with Store(path) as store:
        simulate_point(CODE, DECODER, ebn0, StoppingRule(10**6, blocks * 1024), store=store)
    return path


@pytest.fixture
def paths(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    return filled(tmp_path / "a" / "results.sqlite", 2), filled(tmp_path / "b" / "results.sqlite", 5)


def test_no_block_is_counted_twice(paths):
    ours, theirs = paths
    before = theirs.read_bytes()
    with Store(ours) as store:
        assert merge(store, theirs) == Merged(added=3, known=2, different=0)
        assert merge(store, theirs) == Merged(added=0, known=5, different=0)
        with Store(theirs) as other:
            assert store.blocks(KEY) == other.blocks(KEY)
            wrong = store.wrong_frames(KEY), other.wrong_frames(KEY)
        assert wrong[0] == wrong[1] and len(wrong[0]) == 5
    assert theirs.read_bytes() == before


def test_codes_come_along(paths, tmp_path):
    with Store(tmp_path / "new.sqlite") as store:
        merge(store, paths[1])
        assert store.code(CODE.digest).standard.digest == CODE.standard.digest


def test_other_counts_of_the_same_block_do_not_replace_ours(paths):
    ours, theirs = paths
    connection = sqlite3.connect(theirs)
    connection.execute("UPDATE blocks SET frame_errors = frame_errors + 1 WHERE block_index = 1")
    connection.commit()
    connection.close()
    with Store(ours) as store:
        before = store.blocks(KEY)
        assert merge(store, theirs) == Merged(added=3, known=1, different=1)
        assert {index: store.blocks(KEY)[index] for index in before} == before


def test_blocks_of_version_2_have_counts_alone(paths):
    ours, theirs = paths
    connection = sqlite3.connect(theirs)
    connection.execute("ALTER TABLE blocks DROP COLUMN wrong")
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with Store(ours) as store:
        assert merge(store, theirs) == Merged(added=3, known=2, different=0)
        assert len(store.blocks(KEY)) == 5 and len(store.wrong_frames(KEY)) == 2


def _newer(path):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def _damaged(path):
    content = bytearray(path.read_bytes())
    content[100:] = np.random.default_rng(0).bytes(len(content) - 100)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda path: path.unlink(), "There is no file"),
        (lambda path: path.write_text("frames,errors\n"), "is not a result store"),
        (_newer, "version 99; versions 2 and 3 can be read"),
        (_damaged, "cannot be read"),
    ],
)
def test_files_that_cannot_be_merged(paths, spoil, match):
    ours, theirs = paths
    spoil(theirs)
    with Store(ours) as store:
        before = store.blocks(KEY)
        with pytest.raises(InputError, match=match) as error:
            merge(store, theirs)
        assert "\n" not in str(error.value) and str(error.value).endswith(".")
        assert store.blocks(KEY) == before


def test_blocks_of_spheres_come_along(paths):
    ours, theirs = paths
    with Store(theirs) as other:
        want = radial_estimates(CODE, DECODER, [3.0], max_frames=3000, store=other)
    with Store(ours) as store:
        assert merge(store, theirs) == Merged(added=3 + 3, known=2, different=0)
        assert merge(store, theirs) == Merged(added=0, known=8, different=0)
        assert radial_estimates(CODE, DECODER, [3.0], max_frames=3000, store=store) == want
        assert len(store.read("SELECT 1 FROM sphere_blocks")) == 3


def test_a_store_is_not_merged_into_itself(paths, tmp_path):
    with Store(paths[0]) as store, pytest.raises(InputError, match="is the store itself"):
        merge(store, paths[0])


def test_a_store_in_use_can_be_merged(paths, tmp_path):
    copied = shutil.copy(paths[1], tmp_path / "used.sqlite")
    with Store(copied) as used, Store(paths[0]) as store, used.transaction():
        assert merge(store, copied).added == 3
