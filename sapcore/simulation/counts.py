"""What a simulation counts, and the error rates with their 95 % intervals that follow from it."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtri

CONFIDENCE = 0.95
FEW_FRAME_ERRORS = 10


@dataclass(frozen=True)
class ErrorCounts:
    """Counts over simulated frames; they add.

    `bits` is the number of code bits, frames times n; `bit_errors` those decoded wrongly; `bit_errors_squared` the sum
    over frames of the square of the frame's bit errors.
    """

    frames: int = 0
    frame_errors: int = 0
    bits: int = 0
    bit_errors: int = 0
    bit_errors_squared: int = 0

    def __add__(self, other: "ErrorCounts") -> "ErrorCounts":
        return ErrorCounts(
            self.frames + other.frames,
            self.frame_errors + other.frame_errors,
            self.bits + other.bits,
            self.bit_errors + other.bit_errors,
            self.bit_errors_squared + other.bit_errors_squared,
        )

    @classmethod
    def compare(cls, sent: np.ndarray, decoded: np.ndarray) -> "ErrorCounts":
        """Count the differences between the sent and the decoded bits, both (B, n)."""
        wrong = (sent != decoded).sum(axis=1, dtype=np.int64)
        return cls(len(sent), int((wrong > 0).sum()), sent.size, int(wrong.sum()), int((wrong * wrong).sum()))

    @property
    def fer(self) -> float:
        """Frame error rate, NaN without frames."""
        return self.frame_errors / self.frames if self.frames else math.nan

    @property
    def ber(self) -> float:
        """Bit error rate over all code bits, NaN without frames."""
        return self.bit_errors / self.bits if self.bits else math.nan

    @property
    def fer_interval(self) -> tuple[float, float]:
        """Clopper-Pearson 95 % interval of the frame error rate; (0, 1) without frames."""
        low, high = frame_error_interval(np.int64(self.frame_errors), np.int64(self.frames))
        return float(low), float(high)

    @property
    def ber_interval(self) -> tuple[float, float]:
        """95 % interval of the bit error rate that respects that bit errors come in frames.

        Frames are independent, the bits of a frame are not. With e_i the bit errors of frame i out of N and s their
        standard deviation, the mean of the e_i has standard error s / sqrt(N), and by the delta method its logarithm
        has standard error r = s / (sqrt(N) mean(e)) (Wasserman, All of Statistics, section 5.5). The interval is
        BER exp(-1.96 r) to BER exp(1.96 r).

        With fewer than 10 frame errors, or all frames alike, s says little. The interval is then widened to hold the
        interval of the frame error rate times the mean fraction of wrong bits in a wrong frame. Without errors it is 0
        to the upper end of the interval of the frame error rate, which the bit error rate cannot exceed.
        """
        if self.bit_errors == 0:
            return 0.0, self.fer_interval[1]
        mean = self.bit_errors / self.frames
        variance = max(self.bit_errors_squared / self.frames - mean**2, 0.0) * self.frames / max(self.frames - 1, 1)
        spread = math.exp(float(ndtri(0.5 + CONFIDENCE / 2)) * math.sqrt(variance / self.frames) / mean)
        low, high = self.ber / spread, self.ber * spread
        if self.frame_errors < FEW_FRAME_ERRORS or variance == 0:
            wrong_fraction = self.ber / self.fer
            fer_low, fer_high = self.fer_interval
            low, high = min(low, fer_low * wrong_fraction), max(high, fer_high * wrong_fraction)
        return low, min(high, 1.0)

    def row(self) -> dict[str, int | float]:
        """Counts, rates and 95 % intervals under the names they have in tables; without frames the rates are NaN."""
        fer_low, fer_high = self.fer_interval if self.frames else (math.nan, math.nan)
        ber_low, ber_high = self.ber_interval if self.frames else (math.nan, math.nan)
        return {
            "frames": self.frames,
            "frame_errors": self.frame_errors,
            "bits": self.bits,
            "bit_errors": self.bit_errors,
            "fer": self.fer,
            "fer_low": fer_low,
            "fer_high": fer_high,
            "ber": self.ber,
            "ber_low": ber_low,
            "ber_high": ber_high,
        }


def frame_error_interval(
    frame_errors: np.ndarray, frames: np.ndarray, confidence: float = CONFIDENCE
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Clopper-Pearson interval of a frame error rate, elementwise; (0, 1) where there are no frames.

    Clopper and Pearson, Biometrika 26(4), 1934: its coverage is at least `confidence` at every error rate.
    """
    errors, total = np.broadcast_arrays(np.asarray(frame_errors, float), np.asarray(frames, float))
    tail = (1 - confidence) / 2
    right = total - errors
    low = np.where(errors > 0, betaincinv(np.maximum(errors, 1), right + 1, tail), 0.0)
    high = np.where(right > 0, betaincinv(errors + 1, np.maximum(right, 1), 1 - tail), 1.0)
    return low, high
