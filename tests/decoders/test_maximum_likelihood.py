import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sapcore.channel import noise_sigma
from sapcore.codes import LinearCode, load
from sapcore.decoders import MaximumLikelihood
from sapcore.decoders.maximum_likelihood import Codebook
from sapcore.decoders.trellis import SyndromeTrellis, minimal_span_form, state_dimensions
from sapcore.errors import InputError


def noisy(code, frames, ebn0_db=1.0, seed=0):
    rng = np.random.default_rng(seed)
    codewords = code.encode(rng.integers(0, 2, (frames, code.k), dtype=np.uint8))
    sigma = noise_sigma(ebn0_db, code.rate)
    return codewords, (1.0 - 2.0 * codewords + sigma * rng.standard_normal(codewords.shape)).astype(np.float32), sigma


def nearest_by_brute_force(code, received):
    """All 2^n words, those outside the code dropped by their syndrome, the nearest in Euclidean distance."""
    words = np.array(list(itertools.product((0, 1), repeat=code.n)), dtype=np.uint8)
    words = words[~code.syndrome(words).any(axis=1)]
    distances = ((received[:, None, :].astype(float) - (1.0 - 2.0 * words)) ** 2).sum(axis=2)
    return words[distances.argmin(axis=1)]


@st.composite
def small_codes(draw):
    n = draw(st.integers(2, 9))
    rows = draw(st.integers(1, 7))
    matrix = np.array(draw(st.lists(st.lists(st.integers(0, 1), min_size=n, max_size=n), min_size=rows, max_size=rows)))
    try:
        return LinearCode("drawn", "drawn", matrix)
    except InputError:
        matrix = np.ones((1, n), dtype=np.uint8)
        return LinearCode("drawn", "drawn", matrix)


@settings(max_examples=60)
@given(small_codes(), st.integers(0, 2**32 - 1))
def test_codebook_and_trellis_agree_with_brute_force(code, seed):
    _, received, _ = noisy(code, 20, seed=seed)
    truth = nearest_by_brute_force(code, received)
    np.testing.assert_array_equal(Codebook(code.generator).decode(received), truth)
    np.testing.assert_array_equal(SyndromeTrellis(minimal_span_form(code.parity_check)).decode(received), truth)


@settings(max_examples=60)
@given(small_codes())
def test_the_minimal_span_form_checks_the_same_code_and_gives_the_state_profile(code):
    form = minimal_span_form(code.parity_check)
    assert form.shape == (code.rank, code.n)
    assert not (form.astype(int) @ code.generator.T % 2).any()
    first, last = form.argmax(axis=1), code.n - 1 - form[:, ::-1].argmax(axis=1)
    assert len(set(first)) == len(set(last)) == code.rank
    free = [int(((first < depth) & (depth <= last)).sum()) for depth in range(code.n + 1)]
    assert state_dimensions(code.parity_check).tolist() == free


def test_a_bit_checked_alone_is_zero():
    code = LinearCode("pinned", "drawn", [[0, 1, 0, 0], [1, 0, 1, 1]])
    _, received, _ = noisy(code, 50)
    trellis = SyndromeTrellis(minimal_span_form(code.parity_check))
    bits = trellis.decode(received)
    assert not bits[:, 1].any()
    np.testing.assert_array_equal(bits, nearest_by_brute_force(code, received))


@pytest.mark.parametrize(
    "name", ["BCH(15,7)", "Golay(24,12)", "RM(32,16)", "BCH(31,16)", "Hamming(7,4)", "eHamming(16,11)"]
)
def test_codebook_and_trellis_find_equally_near_words(name):
    code = load(name)
    _, received, _ = noisy(code, 300)
    by_codebook = Codebook(code.generator).decode(received)
    by_trellis = SyndromeTrellis(minimal_span_form(code.parity_check)).decode(received)
    assert not code.syndrome(by_trellis).any()
    assert not code.syndrome(by_codebook).any()
    np.testing.assert_allclose(
        (received.astype(float) * by_codebook).sum(axis=1), (received.astype(float) * by_trellis).sum(axis=1), atol=1e-5
    )
    assert (by_codebook == by_trellis).all(axis=1).mean() > 0.99


@pytest.mark.parametrize(
    "name", ["Golay(24,12)", "BCH(31,16)", "BCH(31,21)", "BCH(15,7)", "BCH(63,51)", "Polar(64,48)"]
)
def test_the_sent_word_is_never_nearer_than_the_decoded_one(name):
    code = load(name)
    sent, received, sigma = noisy(code, 128)
    decoded = MaximumLikelihood(code).decode(received, sigma)
    assert decoded.dtype == np.uint8 and decoded.shape == sent.shape
    assert not code.syndrome(decoded).any()
    costs = received.astype(float)
    assert ((costs * decoded).sum(axis=1) <= (costs * sent).sum(axis=1) + 1e-5).all()


def test_the_matrix_does_not_matter():
    code = load("BCH(31,21)")
    _, received, sigma = noisy(code, 200)
    expected = MaximumLikelihood(code).decode(received, sigma)
    redundant = MaximumLikelihood(code.redundant()).decode(received, sigma)
    np.testing.assert_array_equal(redundant, expected)


def test_the_batch_does_not_matter():
    code = load("BCH(31,21)")
    _, received, sigma = noisy(code, 301)
    decoder = MaximumLikelihood(code)
    parts = [decoder.decode(part, sigma) for part in np.array_split(received, [1, 7, 150])]
    np.testing.assert_array_equal(np.concatenate(parts), decoder.decode(received, sigma))
    assert decoder.decode(received[:0], sigma).shape == (0, code.n)


def test_the_state_space_of_reed_muller_codes():
    """RM(32,16) is its own dual, so its profile is symmetric, and far below the min(k, n-k) = 16 of the Wolf bound."""
    code = load("RM(32,16)")
    dimensions = state_dimensions(code.parity_check)
    assert dimensions[0] == dimensions[-1] == 0
    assert dimensions.max() == 9
    np.testing.assert_array_equal(dimensions, dimensions[::-1])


def test_a_cyclic_code_fills_its_trellis():
    """The profile of a cyclic code is min(i, k, n - k, n - i): the Wolf bound (Vardy, Handbook of Coding Theory)."""
    code = load("BCH(31,21)")
    place = np.arange(code.n + 1)
    profile = np.minimum(np.minimum(place, code.n - place), min(code.k, code.n - code.k))
    np.testing.assert_array_equal(state_dimensions(code.parity_check), profile)


def test_a_code_too_long_is_refused_with_its_numbers():
    with pytest.raises(InputError, match=r"BCH\(63,36\), which has 2\^36 codewords and a trellis of 2\^27 states"):
        MaximumLikelihood(load("BCH(63,36)"))


def test_a_code_with_few_checks_that_is_very_long_is_refused():
    checks = np.random.default_rng(0).integers(0, 2, (16, 1024), dtype=np.uint8)
    with pytest.raises(InputError, match="out of reach"):
        MaximumLikelihood(LinearCode("long", "drawn", checks))


def test_sixteen_checks_on_many_bits_fit():
    """The largest trellis in reach, in a few frames: noiseless words come back."""
    checks = np.random.default_rng(0).integers(0, 2, (16, 255), dtype=np.uint8)
    code = LinearCode("wide", "drawn", checks)
    sent = code.encode(np.random.default_rng(1).integers(0, 2, (5, code.k), dtype=np.uint8))
    np.testing.assert_array_equal(MaximumLikelihood(code).decode(1.0 - 2.0 * sent.astype(np.float32), 0.5), sent)


def test_a_code_far_out_of_reach_is_refused_at_once():
    with pytest.raises(InputError, match="out of reach"):
        MaximumLikelihood(load("WiFi(648,324)"))
    checks = np.random.default_rng(0).integers(0, 2, (200, 2096), dtype=np.uint8)
    with pytest.raises(InputError, match=r"2\^1896 codewords"):
        MaximumLikelihood(LinearCode("long", "drawn", checks))


def test_one_check_on_many_bits_is_in_reach():
    """The most likely word of even weight flips the least sure bit of a hard decision of odd weight."""
    code = LinearCode("parity", "drawn", np.ones((1, 2096), dtype=np.uint8))
    _, received, sigma = noisy(code, 20, 3.0)
    expected = (received < 0).astype(np.uint8)
    odd = np.flatnonzero(expected.sum(axis=1) % 2)
    expected[odd, np.abs(received[odd]).argmin(axis=1)] ^= 1
    np.testing.assert_array_equal(MaximumLikelihood(code).decode(received, sigma), expected)
