import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sapcore.errors import InputError
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.permutation_search import SEARCHES, Search, kept_score, kept_share, search_order, stacked

SIZES = st.sampled_from([(2, 4), (1, 4), (4, 8), (2, 2), (1, 2), (3, 6)])


@settings(max_examples=40)
@given(SIZES, st.integers(1, 9), st.integers(1, 6), st.integers(0, 999), st.sampled_from(["greedy", "lsa"]))
def test_no_search_keeps_less_than_the_order_there_is(sizes, rows, groups, seed, method):
    n_to_m, rng = NToM(*sizes), np.random.default_rng(seed)
    scores = rng.gamma(0.5, size=(rows, groups * n_to_m.of)) * rng.gamma(1, size=groups * n_to_m.of)
    order = search_order(method, scores, n_to_m)
    assert sorted(order) == list(range(scores.shape[1]))
    assert kept_score(scores, n_to_m, order) >= kept_score(scores, n_to_m) - 1e-12
    assert np.array_equal(order, search_order(method, scores, n_to_m))


@settings(max_examples=30)
@given(st.sampled_from([(2, 4), (3, 6), (4, 16)]), st.integers(0, 99), st.sampled_from(["greedy", "lsa"]))
def test_channels_stay_in_their_block_even_where_groups_do_not(sizes, seed, method):
    scores = np.random.default_rng(seed).random((5, 48))
    order = search_order(method, scores, NToM(*sizes), block=8)
    assert np.array_equal(order // 8, np.arange(48) // 8)
    assert kept_score(scores, NToM(*sizes), order) >= kept_score(scores, NToM(*sizes)) - 1e-12


@pytest.mark.parametrize("method", ["greedy", "lsa"])
def test_searches_find_most_of_what_there_is_to_find(method):
    """Against all 35 ways to part 8 channels into two groups; and on average much closer to it than no search."""
    n_to_m, found = NToM(2, 4), []
    for seed in range(20):
        scores = np.random.default_rng(seed).gamma(0.5, size=(6, 8))
        ways = [[*one, *sorted(set(range(8)) - set(one))] for one in itertools.combinations(range(8), 4)]
        best = max(kept_score(scores, n_to_m, np.array(way)) for way in ways)
        here, plain = (kept_score(scores, n_to_m, search_order(m, scores, n_to_m)) for m in (method, "none"))
        assert here <= best + 1e-12
        found.append((here - plain) / (best - plain) if best > plain else 1)
    assert np.mean(found) > 0.8


def test_greedy_ends_where_no_swap_helps():
    n_to_m, scores = NToM(2, 4), np.random.default_rng(5).gamma(0.5, size=(10, 16))
    order = search_order("greedy", scores, n_to_m)
    for p, q in itertools.combinations(range(16), 2):
        other = order.copy()
        other[[p, q]] = other[[q, p]]
        assert kept_score(scores, n_to_m, other) <= kept_score(scores, n_to_m, order) + 1e-12


def test_equal_columns_that_crowd_one_group_are_parted():
    scores = np.tile([1.0, 1, 1, 1, 0, 0, 0, 0], (3, 1))
    assert kept_score(scores, NToM(2, 4)) == 0.5
    for method in ("greedy", "lsa"):
        assert kept_score(scores, NToM(2, 4), search_order(method, scores, NToM(2, 4))) == 1
    assert list(search_order("none", scores, NToM(2, 4))) == list(range(8))


def test_layers_that_share_inputs_count_the_same():
    both = stacked([np.ones((2, 4)), 1000 * np.ones((3, 4)), np.zeros((1, 4))])
    assert both.shape == (6, 4)
    assert both[:2].sum() == pytest.approx(both[2:5].sum()) == pytest.approx(1)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", SEARCHES)
def test_of_a_score_of_zeros_everything_is_kept(method):
    scores = np.zeros((3, 8))
    assert list(search_order(method, scores, NToM(2, 4))) == list(range(8))
    assert kept_score(scores, NToM(2, 4)) == 1
    assert kept_share(scores, np.zeros((3, 8), dtype=bool)) == 1


def test_a_search_of_the_table_is_the_one_that_runs(monkeypatch):
    monkeypatch.setitem(SEARCHES, "backwards", Search("for this test", lambda scores, *_: np.arange(8)[::-1]))
    assert list(search_order("backwards", np.ones((2, 8)), NToM(2, 4))) == list(range(8))[::-1]


def test_impossible_searches_are_refused():
    assert set(SEARCHES) == {"none", "greedy", "lsa"}
    with pytest.raises(InputError, match="no search 'x' for a permutation; there are none, greedy, lsa"):
        search_order("x", np.ones((2, 4)), NToM(2, 4))
    with pytest.raises(InputError, match="4 does not divide its 6 inputs"):
        search_order("lsa", np.ones((2, 6)), NToM(2, 4))
