"""Binary phase-shift keying over the additive white Gaussian noise channel.

A bit c is sent as the symbol x = 1 - 2c with unit energy. At rate R the energy per information bit is 1 / R, so the
noise standard deviation at Eb/N0 is sigma = 1 / sqrt(2 R Eb/N0) (Proakis, Digital Communications, section 5.2).
"""

import math

import numpy as np
from scipy.special import ndtr

from sapcore.errors import InputError


def noise_sigma(ebn0_db: float, rate: float) -> float:
    """Return the noise standard deviation at `ebn0_db` (decibels) for a code of rate `rate`, unit symbol energy.

    Raises InputError if the rate is not in (0, 1] or Eb/N0 is not a finite number.
    """
    if not 0 < rate <= 1:
        raise InputError(f"A code rate must be above 0 and at most 1, not {rate:g}.")
    if not math.isfinite(ebn0_db):
        raise InputError(f"Eb/N0 must be a finite number of decibels, not {ebn0_db}.")
    return math.sqrt(1 / (2 * rate * 10 ** (ebn0_db / 10)))


def transmit(codewords: np.ndarray, noise: np.ndarray, sigma: float) -> np.ndarray:
    """Send `codewords` (B, n) with unit-variance `noise` (B, n) and return the received values (B, n) float32.

    The noise is taken relative to the sent symbol, y = x (1 + sigma z). Since z is symmetric this is the channel
    y = x + sigma z in law, and for a fixed z the event "bit i arrives wrong" is the same for every codeword.
    """
    symbols = 1.0 - 2.0 * codewords
    return (symbols * (1.0 + sigma * noise)).astype(np.float32)


def hard_decision(received: np.ndarray) -> np.ndarray:
    """Return the bits (uint8, shape of `received`) nearest to the received values: 1 where the value is negative."""
    return (received < 0).astype(np.uint8)


def uncoded_bit_error_rate(ebn0_db: float) -> float:
    """Return the bit error rate Q(sqrt(2 Eb/N0)) of transmission without a code at `ebn0_db` decibels."""
    return float(ndtr(-math.sqrt(2 * 10 ** (ebn0_db / 10))))
