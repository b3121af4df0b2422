import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import LinearCode, gf2, load
from sapcore.decoders import MaximumLikelihood, identity_digest, systematic_form
from sapcore.decoders.ordered_statistics import OrderedStatistics, PatternSearch
from sapcore.errors import InputError
from sapcore.simulation import StoppingRule, maximum_likelihood_curve, simulate_point


def noisy(code, frames, ebn0_db=1.0, seed=0):
    rng = np.random.default_rng(seed)
    codewords = code.encode(rng.integers(0, 2, (frames, code.k), dtype=np.uint8))
    sigma = noise_sigma(ebn0_db, code.rate)
    return codewords, transmit(codewords, rng.standard_normal(codewords.shape), sigma), sigma


def cost(received, words):
    """The reliabilities of the bits where the words differ from the hard decisions, added up in float64."""
    return (np.abs(received.astype(float)) * ((received < 0) != words)).sum(axis=1)


def by_the_book(code, received, order):
    """One frame at a time, on the generator matrix, every pattern encoded; of equally reliable bits the later first."""
    patterns = np.zeros((0, code.k), dtype=np.uint8)
    for weight in range(order + 1):
        for ones in itertools.combinations(range(code.k), weight):
            patterns = np.vstack([patterns, np.isin(np.arange(code.k), ones)])
    words = np.empty(received.shape, dtype=np.uint8)
    for frame, values in enumerate(received):
        order_of_trust = np.argsort(np.abs(values), kind="stable")[::-1]
        systematic, basis = gf2.row_reduce(code.generator[:, order_of_trust])
        decided = (values[order_of_trust] < 0)[list(basis)]
        candidates = np.empty((len(patterns), code.n), dtype=np.uint8)
        candidates[:, order_of_trust] = (patterns ^ decided).astype(int) @ systematic % 2
        words[frame] = candidates[cost(values[None], candidates).argmin()]
    return words


@st.composite
def small_codes(draw):
    n = draw(st.integers(2, 12))
    rows = draw(st.integers(1, 9))
    matrix = np.array(draw(st.lists(st.lists(st.integers(0, 1), min_size=n, max_size=n), min_size=rows, max_size=rows)))
    try:
        return LinearCode("drawn", "drawn", matrix)
    except InputError:
        return LinearCode("drawn", "drawn", np.ones((1, n), dtype=np.uint8))


@settings(max_examples=100)
@given(small_codes(), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_it_finds_what_all_patterns_give_on_any_small_code(code, order, seed):
    _, received, sigma = noisy(code, 8, seed=seed)
    expected = by_the_book(code, received, order)
    np.testing.assert_array_equal(OrderedStatistics(code, order).decode(received, sigma), expected)


@settings(max_examples=50)
@given(small_codes(), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_it_finds_as_near_a_word_among_ties(code, order, seed):
    """Received values in steps of 1/2, zero among them, whose sums have no rounding."""
    _, received, sigma = noisy(code, 8, seed=seed)
    received = np.round(2 * received) / 2
    found = OrderedStatistics(code, order).decode(received, sigma)
    assert not code.syndrome(found).any()
    np.testing.assert_array_equal(cost(received, found), cost(received, by_the_book(code, received, order)))


@pytest.mark.parametrize(
    ("name", "order", "frames"),
    [
        ("Golay(24,12)", 0, 100),
        ("Golay(24,12)", 3, 100),
        ("BCH(31,16)-r", 2, 60),
        ("BCH(31,16)", 3, 40),
        ("LDPC(49,24)", 2, 40),
        ("RM(32,6)", 3, 60),
        ("Polar(64,22)", 2, 40),
        ("Polar(64,48)", 2, 15),
        ("BCH(63,45)", 2, 15),
        ("CCSDS(128,64)", 1, 15),
        ("CCSDS(256,128)", 1, 10),
    ],
)
@pytest.mark.parametrize("ebn0_db", [0.0, 3.0])
def test_it_finds_what_all_patterns_give(name, order, frames, ebn0_db):
    """Words of 16, 32 and 64 bits and of two words; redundant rows; a rank below the rows; few and many checks."""
    code = load(name)
    _, received, sigma = noisy(code, frames, ebn0_db)
    expected = by_the_book(code, received, order)
    np.testing.assert_array_equal(OrderedStatistics(code, order).decode(received, sigma), expected)


@pytest.mark.parametrize(
    ("name", "order", "ebn0_db", "frames"),
    [
        ("BCH(63,45)", 2, 4.0, 3000),
        ("BCH(63,45)", 2, 1.0, 600),
        ("BCH(63,45)", 3, 2.0, 100),
        ("CCSDS(128,64)", 2, 3.0, 400),
        ("Polar(128,64)", 2, 2.0, 200),
        ("Golay(24,12)", 3, 1.0, 1500),
    ],
)
def test_what_is_left_out_changes_nothing(name, order, ebn0_db, frames, monkeypatch):
    code = load(name)
    _, received, sigma = noisy(code, frames, ebn0_db)
    found = OrderedStatistics(code, order).decode(received, sigma)

    tried = []
    try_all = PatternSearch._try_all

    def counting(self, weight, columns):
        tried.append((weight, columns.shape[1], columns.shape[2]))
        try_all(self, weight, columns)

    def everywhere(self, weights):
        return np.full(len(self.cost), code.k, dtype=np.int16)

    monkeypatch.setattr(PatternSearch, "_reach", everywhere)
    monkeypatch.setattr(PatternSearch, "_may_win", lambda self, weight, columns: np.ones(len(self.cost), dtype=bool))
    monkeypatch.setattr(PatternSearch, "_beginnings", all_beginnings)
    monkeypatch.setattr(PatternSearch, "_try_all", counting)
    unpruned = OrderedStatistics(code, order).decode(received, sigma)
    np.testing.assert_array_equal(found, unpruned)
    open_frames = code.syndrome(received < 0).any(axis=1).sum()
    for weight in range(1, order + 1):
        assert sum(count for w, bits, count in tried if w == weight and bits == code.k) == open_frames


def all_beginnings(self, weight, more, count):
    for pattern in map(list, itertools.combinations(range(count), weight)):
        start = pattern[-1] + 1 if pattern else 0
        if count - start >= more:
            yield pattern, start, count


def test_most_frames_end_before_a_pattern_is_tried(monkeypatch):
    """BCH(63,45) at 4 dB: 10 % of the frames get as far as a reduced column, and 1 % to the patterns of two bits."""
    code = load("BCH(63,45)")
    _, received, sigma = noisy(code, 4000, 4.0)
    searched, tried = [], []
    search, try_all = PatternSearch._search, PatternSearch._try_all

    def counting_search(self, columns):
        searched.append(len(self.cost))
        search(self, columns)

    def counting_try_all(self, weight, columns):
        tried.append((weight, len(self.cost)))
        try_all(self, weight, columns)

    monkeypatch.setattr(PatternSearch, "_search", counting_search)
    monkeypatch.setattr(PatternSearch, "_try_all", counting_try_all)
    OrderedStatistics(code, 2).decode(received, sigma)
    assert sum(searched) < 0.15 * len(received)
    assert 0 < sum(count for weight, count in tried if weight == 2) < 0.02 * len(received)


def test_a_basis_far_beyond_the_rank_is_found(monkeypatch):
    """Whether the elimination looks at few bits at a time or at all of them."""
    code = load("Polar(128,64)")
    _, received, sigma = noisy(code, 200, 2.0)
    expected = OrderedStatistics(code, 1).decode(received, sigma)
    for spare in (1, 5, 128):
        monkeypatch.setattr(systematic_form, "SPARE", spare)
        np.testing.assert_array_equal(OrderedStatistics(code, 1).decode(received, sigma), expected)


@pytest.mark.parametrize(("k", "n"), [(1, 7), (2, 9), (3, 12), (3, 40), (3, 90)])
def test_with_as_many_errors_as_information_bits_it_is_maximum_likelihood(k, n):
    rng = np.random.default_rng(n)
    generator = np.hstack([np.eye(k, dtype=np.uint8), rng.integers(0, 2, (k, n - k), dtype=np.uint8)])
    checks = gf2.null_space(generator)
    code = LinearCode("drawn", "drawn", checks[:, rng.permutation(n)])
    assert code.k == k
    _, received, sigma = noisy(code, 1200, -3.0)
    expected = MaximumLikelihood(code).decode(received, sigma)
    np.testing.assert_array_equal(OrderedStatistics(code, 3).decode(received, sigma), expected)


@pytest.mark.parametrize("name", ["Golay(24,12)", "BCH(31,16)", "BCH(63,51)", "Polar(64,48)", "RM(32,16)"])
def test_each_order_is_as_near_as_the_one_below_and_never_nearer_than_maximum_likelihood(name):
    code = load(name)
    _, received, sigma = noisy(code, 1100)
    costs = []
    for order in range(4):
        words = OrderedStatistics(code, order).decode(received, sigma)
        assert words.dtype == np.uint8 and words.shape == received.shape
        assert not code.syndrome(words).any()
        costs.append(cost(received, words))
    best = cost(received, MaximumLikelihood(code).decode(received, sigma))
    for nearer, farther in itertools.pairwise([best, *costs[::-1]]):
        assert (nearer <= farther + 1e-5).all()
    for far, near in itertools.pairwise(costs[:3]):
        assert far.sum() > near.sum()
    assert (costs[3] <= best + 1e-5).mean() > 0.99


@pytest.mark.parametrize("order", range(4))
def test_codewords_stay_and_an_empty_batch_is_one(order):
    code = load("BCH(31,16)")
    sent, received, sigma = noisy(code, 500, 6.0)
    decoder = OrderedStatistics(code, order)
    np.testing.assert_array_equal(decoder.decode(1.0 - 2.0 * sent.astype(np.float32), sigma), sent)
    valid = ~code.syndrome(received < 0).any(axis=1)
    assert valid.sum() > 100
    np.testing.assert_array_equal(decoder.decode(received, sigma)[valid], (received < 0)[valid])
    assert decoder.decode(received[:0], sigma).shape == (0, code.n)


def test_the_batch_the_matrix_and_the_sent_word_do_not_matter():
    code = load("BCH(31,21)")
    sent, received, sigma = noisy(code, 2500)
    decoder = OrderedStatistics(code, 2)
    whole = decoder.decode(received, sigma)
    parts = [decoder.decode(part, sigma) for part in np.array_split(received, [1, 7, 150])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    np.testing.assert_array_equal(OrderedStatistics(code.redundant(), 2).decode(received, sigma), whole)
    as_zero = decoder.decode(received * (1 - 2 * sent.astype(np.float32)), sigma)
    np.testing.assert_array_equal(as_zero ^ sent, whole)
    np.testing.assert_array_equal(decoder.decode(np.asfortranarray(received.astype(float)), sigma), whole)


def test_the_received_values_are_left_alone():
    code = load("BCH(31,16)")
    _, received, sigma = noisy(code, 50)
    before = received.copy()
    OrderedStatistics(code, 2).decode(received, sigma)
    np.testing.assert_array_equal(received, before)


@pytest.mark.parametrize(("name", "ebn0_db"), [("BCH(63,45)", 3.0), ("Golay(24,12)", 3.0)])
def test_order_2_reaches_the_published_rate_of_maximum_likelihood(name, ebn0_db):
    """Two binomials: given their sum, the frame errors of one side have its share of the frames (level 0.001)."""
    published = next(point for point in maximum_likelihood_curve(name) if point.ebn0_db == ebn0_db)
    code = load(name)
    rule = StoppingRule(frame_errors=300, max_frames=10**6)
    found = simulate_point(code, OrderedStatistics(code, 2), ebn0_db, rule, seed=2026)
    total = published.frame_errors + found.frame_errors
    share = published.frames / (published.frames + found.frames)
    assert binomtest(published.frame_errors, total, share).pvalue > 0.001
    order_0 = simulate_point(code, OrderedStatistics(code, 0), ebn0_db, rule, seed=2026)
    total = published.frame_errors + order_0.frame_errors
    share = published.frames / (published.frames + order_0.frames)
    assert binomtest(published.frame_errors, total, share).pvalue < 0.001  # the test can fail


def test_the_digest_is_that_of_its_name():
    code = load("Hamming(7,4)")
    digests = [OrderedStatistics(code, order).digest for order in range(4)]
    assert digests == [identity_digest(f"osd:{order}") for order in range(4)]


@pytest.mark.parametrize("order", [-1, 4])
def test_an_impossible_order_is_refused(order):
    for attempt in (OrderedStatistics, OrderedStatistics.check):
        with pytest.raises(InputError, match=f"from 0 to 3, not {order}"):
            attempt(load("Hamming(7,4)"), order)


def test_a_code_out_of_reach_is_refused_with_its_numbers():
    long = LinearCode("long", "drawn", np.ones((1, 2049), dtype=np.uint8))
    with pytest.raises(InputError, match="long, which has 2049 bits; at most 2048"):
        OrderedStatistics.check(long, 0)
    code = load("WiFi(648,540)")
    OrderedStatistics.check(code, 2)
    with pytest.raises(
        InputError, match=r"order 3 is out of reach for WiFi\(648,540\), where it tries 26244451 patterns"
    ):
        OrderedStatistics.check(code, 3)
