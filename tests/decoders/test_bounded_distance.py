import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import LinearCode, load
from sapcore.codes.catalogue import names
from sapcore.decoders import identity_digest
from sapcore.decoders.bounded_distance import BoundedDistance
from sapcore.errors import InputError
from sapcore.simulation.counts import frame_error_interval

SMALL = [name for name in names() if load(name).rank <= 20]


@cache
def decoder_of(name):
    return BoundedDistance(load(name))


def as_received(words):
    return 1 - 2 * words.astype(np.float32)


def words_around(word, errors):
    """All words that differ from `word` (n,) in at most `errors` bits."""
    places = [place for weight in range(errors + 1) for place in itertools.combinations(range(len(word)), weight)]
    words = np.tile(word, (len(places), 1))
    for row, place in enumerate(places):
        words[row, list(place)] ^= 1
    return words


@pytest.mark.parametrize("name", SMALL)
def test_it_corrects_half_the_minimum_distance(name):
    code = load(name)
    assert BoundedDistance(code).errors == (code.minimum_distance - 1) // 2


@pytest.mark.parametrize(
    ("name", "errors"),
    [("Hamming(7,4)", 1), ("BCH(15,7)", 2), ("BCH(15,5)", 3), ("Golay(23,12)", 3), ("BCH(63,51)", 2)],
)
def test_every_pattern_of_few_errors_is_corrected(name, errors):
    code = load(name)
    sent = code.encode(np.random.default_rng(0).integers(0, 2, code.k, dtype=np.uint8))
    decoded = BoundedDistance(code).decode(as_received(words_around(sent, errors)), 0.5)
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, np.tile(sent, (len(decoded), 1)))


@settings(max_examples=50)
@given(st.sampled_from(["BCH(63,45)", "BCH(31,16)", "Golay(24,12)", "eBCH(64,45)", "BCH(31,11)-r"]), st.data())
def test_few_errors_in_any_word_are_corrected(name, data):
    code = load(name)
    decoder = decoder_of(name)
    sent = code.encode(np.random.default_rng(data.draw(st.integers(0, 2**32 - 1))).integers(0, 2, (1, code.k)))
    received = sent.copy()
    received[0, data.draw(st.lists(st.integers(0, code.n - 1), max_size=decoder.errors, unique=True))] ^= 1
    np.testing.assert_array_equal(decoder.decode(as_received(received), 0.5), sent)


@pytest.mark.parametrize("name", ["eHamming(8,4)", "BCH(15,5)", "Hamming(7,4)", "RM(16,5)"])
def test_any_word_goes_to_the_codeword_near_it_or_stays(name):
    """All 2^n words against a search through the codebook."""
    code = load(name)
    codebook = code.encode(np.array(list(itertools.product((0, 1), repeat=code.k)), dtype=np.uint8))
    words = np.array(list(itertools.product((0, 1), repeat=code.n)), dtype=np.uint8)
    distances = words.astype(int) @ (1 - codebook.T) + (1 - words.astype(int)) @ codebook.T
    near = distances.min(axis=1) <= (code.minimum_distance - 1) // 2
    expected = np.where(near[:, None], codebook[distances.argmin(axis=1)], words)
    np.testing.assert_array_equal(BoundedDistance(code).decode(as_received(words), 0.5), expected)
    assert near.all() == (name == "Hamming(7,4)")  # a perfect code


@pytest.mark.parametrize("ebn0_db", [3.0, 4.0, 5.0])
@pytest.mark.parametrize(("name", "errors"), [("BCH(31,16)", 3), ("BCH(63,45)", 3), ("BCH(63,51)", 2)])
def test_the_frame_error_rate_is_the_closed_form(name, errors, ebn0_db):
    """P[Bin(n, p) > t] with p = Q(sqrt(2 R Eb/N0)), within the 99.9 % Clopper-Pearson interval."""
    code = load(name)
    rng = np.random.default_rng(7)
    sent = code.encode(rng.integers(0, 2, (30_000, code.k), dtype=np.uint8))
    sigma = noise_sigma(ebn0_db, code.rate)
    received = transmit(sent, rng.standard_normal(sent.shape), sigma)
    wrong = (BoundedDistance(code).decode(received, sigma) != sent).any(axis=1)
    low, high = frame_error_interval(wrong.sum(), len(wrong), 0.999)
    expected = binom.sf(errors, code.n, norm.sf(np.sqrt(2 * code.rate * 10 ** (ebn0_db / 10))))
    assert low < expected < high
    assert not low < binom.sf(errors + 1, code.n, norm.sf(1 / sigma)) < high  # one error more would be found out


def test_the_matrix_and_the_batch_do_not_matter():
    code = load("BCH(31,16)")
    rng = np.random.default_rng(0)
    received = rng.standard_normal((70_000, code.n)).astype(np.float32)
    whole = BoundedDistance(code).decode(received, 0.5)
    np.testing.assert_array_equal(BoundedDistance(code.redundant()).decode(received, 0.5), whole)
    parts = [BoundedDistance(code).decode(part, 0.5) for part in np.array_split(received, [1, 40_000])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert BoundedDistance(code).decode(received[:0], 0.5).shape == (0, code.n)


def test_a_code_that_corrects_nothing_returns_the_hard_decision():
    code = LinearCode("parity", "drawn", np.ones((1, 9), dtype=np.uint8))
    received = np.random.default_rng(0).standard_normal((100, 9)).astype(np.float32)
    decoder = BoundedDistance(code)
    assert decoder.errors == 0
    np.testing.assert_array_equal(decoder.decode(received, 0.5), received < 0)


def test_the_longest_table():
    """The repetition code of 21 bits is perfect: 2^20 patterns for 2^20 syndromes, a majority vote."""
    code = LinearCode("Repetition(21,1)", "drawn", np.eye(20, 21, dtype=np.uint8) + np.eye(20, 21, 1, dtype=np.uint8))
    received = np.random.default_rng(0).standard_normal((5000, 21)).astype(np.float32)
    decoder = BoundedDistance(code)
    assert decoder.errors == 10
    majority = (received < 0).sum(axis=1, keepdims=True) > 10
    np.testing.assert_array_equal(decoder.decode(received, 0.5), np.tile(majority, 21))


def test_too_many_syndromes_are_refused():
    for attempt in (BoundedDistance, BoundedDistance.check):
        with pytest.raises(InputError, match=r"BCH\(63,36\), which has 2\^27 syndromes; at most 2\^20"):
            attempt(load("BCH(63,36)"))


def test_the_digest_is_that_of_its_name():
    assert BoundedDistance(load("Hamming(7,4)")).digest == identity_digest("bdd")
