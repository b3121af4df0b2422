import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sapcore.errors import InputError
from sapcore.pruning.n_to_m import NToM

SIZES = st.integers(1, 8).flatmap(lambda of: st.tuples(st.integers(1, of), st.just(of)))


@settings(max_examples=40)
@given(SIZES, st.integers(1, 5), st.integers(1, 6), st.integers(0, 99), st.booleans())
def test_every_group_of_every_row_keeps_exactly_its_best(sizes, rows, groups, seed, ties):
    n_to_m = NToM(*sizes)
    scores = np.random.default_rng(seed).normal(size=(rows, groups * n_to_m.of))
    if ties:
        scores = np.round(scores)
    mask = n_to_m.mask(scores)
    assert n_to_m.holds(mask)
    assert mask.mean() == pytest.approx(n_to_m.density)
    for kept, values in zip(mask.reshape(-1, n_to_m.of), scores.reshape(-1, n_to_m.of), strict=True):
        best = sorted(range(n_to_m.of), key=lambda i: (-values[i], i))[: n_to_m.kept]
        assert set(np.flatnonzero(kept)) == set(best)


@given(SIZES)
def test_text_there_and_back(sizes):
    assert NToM.parse(str(NToM(*sizes))) == NToM(*sizes)


def test_n_counts_what_is_kept():
    assert NToM.parse("1:4").mask(np.array([[1.0, 4, 2, 3]])).tolist() == [[False, True, False, False]]


@pytest.mark.parametrize("kind", ["uint8", "uint64", "int8", "bool", "float32"])
def test_scores_of_every_kind_of_number_are_compared_as_numbers(kind):
    scores = np.array([[0, 0, 1, 0], [1, 0, 1, 1]], dtype=kind)
    if kind == "int8":
        scores[1, 1] = -128
    assert NToM(1, 4).mask(scores).astype(int).tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]
    assert NToM(3, 4).mask(scores).astype(int).tolist() == [[1, 1, 1, 0], [1, 0, 1, 1]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("5:4", "N:M sparsity keeps N of M consecutive inputs; 5:4 would keep more than there are."),
        ("0:4", "N:M sparsity keeps N of M consecutive inputs, N at least 1; 0:4 keeps nothing."),
        ("0:0", "N:M sparsity keeps N of M consecutive inputs, N at least 1; 0:0 keeps nothing."),
        ("2", "N:M sparsity is written as two whole numbers such as 2:4, not '2'."),
        ("2:-4", "N:M sparsity is written as two whole numbers such as 2:4, not '2:-4'."),
        ("2:4:8", "N:M sparsity is written as two whole numbers such as 2:4, not '2:4:8'."),
    ],
)
def test_impossible_sparsities_are_one_sentence(text, sentence):
    with pytest.raises(InputError) as error:
        NToM.parse(text)
    assert str(error.value) == sentence


def test_a_width_that_does_not_fit_is_refused():
    with pytest.raises(InputError) as error:
        NToM(2, 4).check(213, "blocks.0.down")
    assert str(error.value) == "2:4 does not fit blocks.0.down: 4 does not divide its 213 inputs."
    with pytest.raises(InputError, match="4 does not divide its 6 inputs"):
        NToM(2, 4).mask(np.ones((2, 6)))
    with pytest.raises(InputError, match="finite scores"):
        NToM(2, 4).mask(np.full((1, 4), np.nan))
    assert not NToM(2, 4).holds(np.ones((2, 6), dtype=bool))
