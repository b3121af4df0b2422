import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sapcore.channel import hard_decision, noise_sigma, transmit, uncoded_bit_error_rate
from sapcore.errors import InputError


@given(st.floats(-20, 20), st.floats(0.01, 1))
def test_sigma_squared_is_the_formula(ebn0_db, rate):
    assert noise_sigma(ebn0_db, rate) ** 2 == pytest.approx(1 / (2 * rate * 10 ** (ebn0_db / 10)))


def test_sigma_at_a_known_point():
    assert noise_sigma(0.0, 0.5) == pytest.approx(1.0)


@pytest.mark.parametrize("rate", [0.0, -0.5, 1.5, float("nan")])
def test_an_impossible_rate_is_refused(rate):
    with pytest.raises(InputError, match="rate"):
        noise_sigma(3.0, rate)


@pytest.mark.parametrize("ebn0_db", [float("nan"), float("inf")])
def test_an_endless_ebn0_is_refused(ebn0_db):
    with pytest.raises(InputError, match="finite"):
        noise_sigma(ebn0_db, 0.5)


def test_uncoded_bit_error_rate_agrees_with_the_tabulated_values():
    published = [
        7.865e-2,
        5.628e-2,
        3.751e-2,
        2.288e-2,
        1.250e-2,
        5.954e-3,
        2.388e-3,
        7.727e-4,
        1.909e-4,
        3.363e-5,
        3.872e-6,
    ]
    np.testing.assert_allclose([uncoded_bit_error_rate(snr) for snr in range(11)], published, rtol=5e-4)


def test_the_received_values_have_the_symbols_as_mean_and_sigma_as_deviation():
    rng = np.random.default_rng(3)
    codewords = rng.integers(0, 2, (400, 500), dtype=np.uint8)
    received = transmit(codewords, rng.standard_normal(codewords.shape), 0.7)
    assert received.dtype == np.float32 and received.shape == codewords.shape
    for bit, symbol in ((0, 1.0), (1, -1.0)):
        values = received[codewords == bit]
        assert values.mean() == pytest.approx(symbol, abs=0.01)
        assert values.std() == pytest.approx(0.7, abs=0.01)


def test_without_noise_the_hard_decision_is_the_codeword():
    codewords = np.array([[0, 1, 1, 0]], dtype=np.uint8)
    decided = hard_decision(transmit(codewords, np.zeros((1, 4)), 0.5))
    assert decided.dtype == np.uint8
    np.testing.assert_array_equal(decided, codewords)


@given(st.integers(0, 2**32 - 1))
def test_the_same_noise_flips_the_same_places_of_any_codeword(seed):
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((1, 64))
    codewords = rng.integers(0, 2, (2, 64), dtype=np.uint8)
    flips = hard_decision(transmit(codewords, np.repeat(noise, 2, axis=0), 0.9)) ^ codewords
    np.testing.assert_array_equal(flips[0], flips[1])
