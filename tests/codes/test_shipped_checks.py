"""The redundant checks that ship are those that are found."""

from __future__ import annotations

import numpy as np
import pytest

from sapcore.codes import LinearCode, find, names
from sapcore.codes.redundant import default_rows, found_checks, most_found
from sapcore.codes.shipped_checks import COMMAND, FILE, shipped_checks, write

CHECKED = "BCH(31,16)", "Golay(24,12)", "Polar(32,21)", "RM(32,16)", "LDPC(49,24)"


def assert_is_found(code: LinearCode) -> None:
    shipped, most = shipped_checks(code), most_found(code)
    assert shipped.most == most, COMMAND
    assert np.array_equal(shipped.checks, found_checks(code, min(default_rows(code.n), most))), COMMAND


@pytest.mark.parametrize("name", CHECKED)
def test_some_are_found_again(name: str) -> None:
    assert_is_found(find(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in names() if name not in CHECKED])
def test_all_are_found_again(name: str) -> None:
    assert_is_found(find(name))


def test_they_are_of_the_whole_catalogue_and_of_nothing_else() -> None:
    assert all(shipped_checks(find(name)) for name in names())
    code = find("BCH(15,7)")
    other = LinearCode("own", "file", code.parity_check)  # not known to be cyclic, so without whole orbits
    assert code.cyclic and not other.cyclic and shipped_checks(other) is None
    assert shipped_checks(find("Hamming(15,11)-r7")) is None


def test_the_file_is_made_again_as_it_is(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    with np.load(FILE) as before:
        monkeypatch.setattr("sapcore.codes.shipped_checks.FILE", tmp_path / "redundant.npz")
        write([find("Hamming(7,4)"), find("Golay(24,12)")])
        with np.load(tmp_path / "redundant.npz") as after:
            assert len(after.files) == 4
            for name in after.files:
                assert np.array_equal(before[name], after[name])


@pytest.fixture(autouse=True)
def read_anew():
    yield
    from sapcore.codes import shipped_checks as module

    module._shipped.cache_clear()
