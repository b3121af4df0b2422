import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from sapcore.channel import noise_sigma, transmit, uncoded_bit_error_rate
from sapcore.codes import load
from sapcore.decoders import BeliefPropagation, Uncoded
from sapcore.errors import InputError
from sapcore.simulation import (
    Comparison,
    Crossing,
    ErrorCounts,
    PointKey,
    StoppingRule,
    Store,
    block_frames,
    compare,
    crossing,
    gap,
    measure_block,
    simulate_point,
)
from sapcore.variants import build_decoder

COUNTS = st.integers(0, 40)


@given(COUNTS, COUNTS)
def test_the_p_value_is_that_of_fair_coins(first, second):
    """Against the sum over all outcomes that are no likelier than the one seen."""
    total = first + second
    chances = [math.comb(total, heads) / 2**total for heads in range(total + 1)]
    wanted = sum(chance for chance in chances if chance <= chances[first] * (1 + 1e-9))
    assert Comparison(1000, 7, first, second).p_value == pytest.approx(min(1.0, wanted))


def test_frames_are_sorted_by_what_both_made_of_them():
    first, second = np.array([1, 1, 0, 0, 1], bool), np.array([1, 0, 1, 0, 0], bool)
    assert Comparison.of(first, second) == Comparison(5, 1, 2, 1)
    assert Comparison.of(second, first) + Comparison(5, 1, 2, 1) == Comparison(10, 2, 3, 3)
    assert Comparison.of(first, second).ratio == 3 / 2


def _draws(rng, frames, second_rate, ratio, shared):
    """Comparisons of decoders whose error rates have this ratio and err together on `shared` of the second's errors."""
    both = second_rate * shared
    chances = [both, second_rate * ratio - both, second_rate - both]
    drawn = rng.multinomial(frames, [*chances, 1 - sum(chances)], size=4000)
    return [Comparison(frames, *map(int, row[:3])) for row in drawn]


@pytest.mark.parametrize(("margin", "shared"), [(0.1, 0.5), (0.5, 0.9), (0.0, 0.0), (0.2, 1.0)])
@pytest.mark.parametrize("errors", [1000, 100, 20])
def test_not_worse_is_said_wrongly_in_one_case_of_twenty(margin, shared, errors):
    """At the edge of the hypothesis the p-value is below 5 % in 5 % of 4000 experiments; few errors come in steps."""
    drawn = _draws(np.random.default_rng(1), 100_000, errors / 100_000, 1 + margin, shared)
    share = np.mean([one.not_worse_p_value(margin) < 0.05 for one in drawn])
    deviation = math.sqrt(0.05 * 0.95 / len(drawn))
    assert share <= 0.06 + 4 * deviation
    if errors == 1000:
        assert share >= 0.05 - 4 * deviation


@given(st.integers(0, 50), st.integers(0, 20), st.integers(0, 20), st.sampled_from([1.0, 1.1, 1.5, 3.0]))
def test_the_discordant_frames_at_the_edge_are_the_most_likely_ones(both, first, second, ratio):
    """Against a search of the likelihood on a fine grid."""
    found = Comparison(10**6, both, first, second)
    somebody = both + first + second
    if not somebody:
        assert found._discordant_at(ratio) == 0
        return
    y = np.linspace(0, somebody / (ratio + 1), 20_001)
    x = ((ratio - 1) * somebody + y) / ratio
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(n == 0, 0.0, n * np.log(at)) for n, at in ((both, somebody - x - y), (first, x), (second, y))]
    best = int(np.argmax(np.nan_to_num(sum(parts), nan=-np.inf)))
    assert found._discordant_at(ratio) == pytest.approx(x[best] + y[best], abs=3 * somebody / 20_000 + 1e-9)


def test_agreement_on_many_errors_shows_that_none_is_worse():
    assert Comparison(10**6, 1000, 0, 0).not_worse_p_value(0.1) < 1e-6
    assert Comparison(10**6, 0, 0, 0).not_worse_p_value(0.1) == 1
    assert "is shown (one-sided p below 1e-4)" in Comparison(10**6, 1000, 0, 0).not_worse(0.1, "a", "b")
    assert "is not shown" in Comparison(10**6, 20, 1, 1).not_worse(0.1, "a", "b")


def test_not_worse_is_found_where_it_holds():
    drawn = _draws(np.random.default_rng(2), 100_000, 0.01, 1.0, 0.8)
    assert np.mean([one.not_worse_p_value(0.2) < 0.05 for one in drawn]) > 0.95


@pytest.mark.parametrize("margin", [-0.1, 10.1, math.nan])
def test_margins_that_make_no_sense_are_refused(margin):
    with pytest.raises(InputError, match="from 0 to 10"):
        Comparison(10, 1, 2, 3).not_worse_p_value(margin)


def test_verdicts():
    assert Comparison(1024, 5, 0, 0).verdict("a", "b") == "a and b agree on all 1,024 common frames."
    assert Comparison(20000, 50, 10, 60).verdict("a", "b") == (
        "a makes fewer frame errors than b: 70 of 20,000 common frames were decoded rightly by one alone, 60 by a and "
        "10 by b (McNemar, p below 1e-4)."
    )
    assert Comparison(20000, 50, 60, 10).verdict("a", "b").startswith("b makes fewer frame errors than a")
    assert "cannot be told apart" in Comparison(20000, 50, 10, 12).verdict("a", "b")


def test_five_iterations_are_told_from_fifty_on_shared_frames(tmp_path):
    code, rule = load("BCH(63,45)"), StoppingRule(frame_errors=10**6, max_frames=20 * 1024)
    decoders = [BeliefPropagation(code, iterations) for iterations in (5, 50)]
    with Store(tmp_path / "results.sqlite") as store:
        counts = [simulate_point(code, decoder, 4.0, rule, store=store) for decoder in decoders]
        few, many = (PointKey(code.digest, decoder.digest, 4.0, 0) for decoder in decoders)
        found = compare(store, few, many)
        assert found.frames == 20 * 1024
        assert [found.both + found.first_only, found.both + found.second_only] == [one.frame_errors for one in counts]
        assert found.first_only > found.second_only and found.p_value < 1e-6
        assert compare(store, many, many).discordant == 0
        assert compare(store, few, many, blocks=3).frames == 3 * 1024
        with pytest.raises(InputError, match="one seed"):
            compare(store, few, PointKey(code.digest, decoders[1].digest, 4.0, 1))
        other = load("Hamming(7,4)")
        store.put_code(other)
        with pytest.raises(InputError, match="one length"):
            compare(store, few, PointKey(other.digest, decoders[1].digest, 4.0, 0))


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("BCH(31,16)", "ml"), ("BCH(31,16)", "bp:20"), ("BCH(31,16)", "ms:20/layered"), ("BCH(31,16)", "osd:2"),
        ("BCH(31,16)", "bdd"), ("Polar(32,21)", "sc"), ("Polar(32,21)", "scl:8"), ("BCH(15,7)-r", "fecct"),
        ("BCH(15,7)-r", "fecct/sap@0.5"),
    ],
)  # fmt: skip
def test_a_decoder_agrees_with_itself_whatever_the_batch(name, spec):
    code = load(name)
    decoder, sigma = build_decoder(spec, code), noise_sigma(3.0, code.rate)
    for index in (3, 0):
        codewords, noise = block_frames(code, 5, index)
        received = transmit(codewords, noise, sigma)
        wrong = (decoder.decode(received, sigma) != codewords).any(axis=1)
        assert np.packbits(wrong).tobytes() == measure_block(code, decoder, 3.0, 5, index).wrong
        for size in (1, 100):
            parts = [decoder.decode(received[start : start + size], sigma) for start in range(0, 200, size)]
            again = (np.concatenate(parts) != codewords[:200]).any(axis=1)
            assert Comparison.of(wrong[:200], again).discordant == 0


def test_only_common_blocks_count(tmp_path):
    code = load("Hamming(7,4)")
    decoder = Uncoded(code)
    with Store(tmp_path / "results.sqlite") as store:
        for ebn0, blocks in ((3.0, 2), (4.0, 3)):
            simulate_point(code, decoder, ebn0, StoppingRule(10**6, blocks * 1024), store=store)
        keys = [PointKey(code.digest, decoder.digest, ebn0, 0) for ebn0 in (3.0, 4.0)]
        found = compare(store, *keys)
        assert found.frames == 2 * 1024
        assert found.second_only == 0 < found.first_only  # less noise never harms a hard decision


@pytest.mark.parametrize("rate", [1e-2, 3e-3, 1e-4])
def test_an_uncoded_curve_is_crossed_where_the_closed_form_is(rate):
    ebn0 = np.arange(0, 12, 0.25)
    rates = [uncoded_bit_error_rate(x) for x in ebn0]
    found = crossing(ebn0, rates, [(0.9 * one, 1.1 * one) for one in rates], rate)
    assert found.ebn0 == pytest.approx(brentq(lambda x: uncoded_bit_error_rate(x) - rate, 0, 12), abs=2e-3)
    assert found.low < found.ebn0 < found.high


def test_the_interval_of_a_crossing_holds_the_truth_as_often_as_it_says():
    rng, ebn0, truth = np.random.default_rng(3), [3.0, 4.0, 5.0], np.array([1e-2, 1e-3, 1e-4])
    frames, rate = np.array([20_000, 200_000, 2_000_000]), 3e-4  # 200 errors a point
    inside = []
    for errors in rng.binomial(frames, truth, size=(2000, 3)):
        counts = [ErrorCounts(int(f), int(e)) for f, e in zip(frames, errors, strict=True)]
        found = crossing(ebn0, [one.fer for one in counts], [one.fer_interval for one in counts], rate)
        inside.append(found.low <= 4 + math.log10(1e-3 / rate) <= found.high)
    assert np.mean(inside) >= 0.95  # too wide here, for these points are independent


def test_curves_that_do_not_reach_a_rate_have_no_crossing():
    points = [3.0, 4.0], [1e-2, 1e-3], [(9e-3, 1.1e-2), (9e-4, 1.1e-3)]
    assert crossing(*points, 1e-4) is None and crossing(*points, 1e-1) is None
    assert crossing(points[0], [1e-2, 0.0], points[2], 1e-3) is None
    with pytest.raises(InputError, match="above 0 and below 1"):
        crossing(*points, 0.0)


def test_the_gap_of_two_curves():
    found = gap(Crossing(4.0, 3.7, 4.3), Crossing(3.5, 3.1, 3.9))
    assert (found.ebn0, found.low, found.high) == pytest.approx((0.5, 0.0, 1.0))
