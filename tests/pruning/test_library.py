import numpy as np
import pytest

from sapcore.codes import find
from sapcore.errors import InputError
from sapcore.pruning.importance import Importance
from sapcore.pruning.library import (
    MaskLibrary,
    build_library,
    choose_donors,
    load_library,
    save_library,
    signature_vector,
)
from sapcore.spectra import TannerGraph, signature

NAMES = ["Hamming(7,4)", "BCH(15,7)", "BCH(31,16)", "BCH(31,16)-r", "Golay(24,12)", "BCH(63,45)"]
CODES = [find(name) for name in NAMES]


def donor(code, backbone="b", seed=0):
    rng = np.random.default_rng(seed)
    return Importance(backbone, code.name, code.digest, "taylor", rng.random((2, 4)), rng.random((2, 8)))


@pytest.mark.parametrize("code", CODES, ids=NAMES)
def test_signatures_against_the_adjacency_matrix(code):
    eigenvalues = np.linalg.eigvalsh(TannerGraph(code).adjacency.toarray().astype(float))
    assert signature_vector(code) == pytest.approx(np.sort(eigenvalues)[::-1][:2])
    largest = np.sort(np.abs(eigenvalues))[::-1]
    assert np.abs(signature_vector(code, 5)) == pytest.approx(largest[:5], abs=1e-9)
    assert signature_vector(code, 5)[0] == pytest.approx(-signature_vector(code, 5)[1])
    assert len(signature_vector(code, 300)) == 300
    with pytest.raises(InputError, match="at least one value"):
        signature_vector(code, 0)


def test_a_donor_lends_to_itself_and_the_order_is_that_of_the_distances():
    library = build_library([donor(code) for code in CODES[:4]], CODES)
    for code in CODES[:4]:
        match = library.retrieve(code)
        assert match.nearest.code == code.name
        assert match.distances[0] == pytest.approx(0, abs=1e-9)
    match = library.retrieve(CODES[5])
    want = {
        code.name: np.hypot(*(np.array(signature(code)) - signature(CODES[5]))) for code in CODES[:4]
    }  # plain Euclid, by hand
    assert [one.code for one in match.donors] == sorted(want, key=want.get)
    assert list(match.distances) == pytest.approx(sorted(want.values()))
    assert match.farthest.code == max(want, key=want.get)


def test_reach_is_the_distance_of_the_code_that_is_worst_off():
    library = build_library([donor(CODES[0]), donor(CODES[2])], CODES)
    assert library.reach == max(library.retrieve(code).distances[0] for code in CODES)
    assert all(library.covers(code) for code in CODES)
    assert not build_library([donor(CODES[0])], CODES[:2]).covers(CODES[5])


def test_each_donor_lowers_the_mean_distance_most():
    def mean(donors):
        library = build_library([donor(code) for code in donors], CODES)
        return np.mean([library.retrieve(code).distances[0] for code in CODES])

    chosen = choose_donors(CODES, CODES, len(CODES))
    assert {code.name for code in chosen} == set(NAMES)
    for count in range(len(CODES)):
        best = min(mean([*chosen[:count], code]) for code in CODES)
        assert mean(chosen[: count + 1]) == pytest.approx(best)
    assert build_library([donor(code) for code in chosen], CODES).reach == pytest.approx(0, abs=1e-9)
    assert len(choose_donors(CODES[:1], CODES, 5)) == 1  # a second donor would be nearer to nobody


def test_a_library_comes_back_from_its_file(tmp_path):
    donors = [donor(code, seed=i) for i, code in enumerate(CODES[:3])]
    library = build_library(donors, CODES)
    save_library(tmp_path / "library.json", library, "command")
    loaded = load_library(tmp_path / "library.json", {one.code: one for one in donors})
    assert loaded.donors == library.donors
    assert loaded.reach == library.reach and np.array_equal(loaded.signatures, library.signatures)


def test_libraries_that_cannot_be_used_are_refused(tmp_path):
    path, one = tmp_path / "library.json", donor(CODES[0])
    with pytest.raises(InputError, match=r"library\.json is missing, damaged"):
        load_library(path, {})
    save_library(path, build_library([one], CODES), "command")
    for importances in ({}, {CODES[1].name: donor(CODES[1])}):
        with pytest.raises(
            InputError, match="not of these importances; python -m sapcore reproduce masks --backbone lib"
        ):
            load_library(path, importances)
    sentence = (
        "library of backbone 'library' was made for the weights b, not for the present ones, other; run python -m "
    )
    with pytest.raises(InputError, match=sentence + "sapcore reproduce masks --backbone library"):
        load_library(path, {one.code: donor(CODES[0], backbone="other")})
    path.write_text(path.read_text()[:-20])
    with pytest.raises(InputError, match="damaged"):
        load_library(path, {one.code: one})
    with pytest.raises(InputError, match="all of one backbone"):
        MaskLibrary((one, donor(CODES[1], backbone="other")), np.zeros((2, 2)), 1.0)
    with pytest.raises(InputError, match="all of one backbone"):
        MaskLibrary((), np.zeros((0, 2)), 1.0)
    with pytest.raises(InputError, match="one signature for each donor"):
        MaskLibrary((one,), np.zeros((2, 2)), 1.0)
