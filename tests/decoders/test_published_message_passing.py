"""Belief propagation and min-sum against frame error rates that AFF3CT measured.

The counts are from the traces in github.com/aff3ct/error_rate_references (folder LDPC/AWGN/BPSK), which counts errors
in the information bits; a frame wrong in its checks alone is rare. A point agrees when the two rates, each a count of
frame errors over a number of frames, pass an exact two-sided test of equality at level 0.001: given their sum, the
errors of one side are binomial with its share of the frames (Przyborowski and Wilenski, Biometrika 31, 1940).
"""

from dataclasses import dataclass

import pytest
from scipy.stats import binomtest

from sapcore.codes import load
from sapcore.decoders import BeliefPropagation, min_sum
from sapcore.decoders.min_sum import MinSum
from sapcore.simulation import ErrorCounts, StoppingRule, simulate_point

LEVEL = 0.001


@dataclass(frozen=True)
class Curve:
    """A published decoder, and its points as Eb/N0: (frames, frame errors)."""

    name: str
    code: str
    kind: type
    iterations: int
    layered: bool
    points: dict[float, tuple[int, int]]
    normalisation: float = min_sum.NORMALISATION

    def __str__(self) -> str:
        return self.name

    def measure(self, ebn0_db: float, frame_errors: int) -> ErrorCounts:
        code = load(self.code)
        decoder = self.kind(code, self.iterations, self.layered)
        rule = StoppingRule(frame_errors=frame_errors, max_frames=10**9)
        return simulate_point(code, decoder, ebn0_db, rule, seed=2026)

    def probability_of_agreement(self, ebn0_db: float, found: ErrorCounts) -> float:
        """The p-value of equal frame error rates in the published point and in `found`."""
        frames, errors = self.points[ebn0_db]
        share = frames / (frames + found.frames)
        return float(binomtest(errors, errors + found.frame_errors, share).pvalue)


CCSDS = Curve(
    "BP_HORIZONTAL_LAYERED/SPA/LDPC_N128_K64_hlayered_SPA_i50_CCSDS",
    *("CCSDS(128,64)", BeliefPropagation, 50, True),
    {2.0: (399, 133), 2.5: (859, 121), 3.0: (2137, 106), 3.5: (9799, 101), 4.0: (65735, 100)},
)
WIFI = Curve(
    "BP_HORIZONTAL_LAYERED/SPA/LDPC_N648_K540_hlayered_SPA_i10_Wi-Fi",
    *("WiFi(648,540)", BeliefPropagation, 10, True),
    {3.25: (445, 114), 3.5: (1218, 105), 3.75: (3106, 103), 4.0: (11285, 101)},
)
WIFI_MIN_SUM = Curve(
    "BP_HORIZONTAL_LAYERED/NMS/LDPC_N648_K540_hlayered_NMS_i10_Wi-Fi",
    *("WiFi(648,540)", MinSum, 10, True),
    {3.6: (1160, 208), 3.8: (1368, 105), 4.0: (3496, 127), 4.2: (9536, 104)},
    normalisation=1.0,
)
WIMAX = Curve(
    "BP_FLOODING/SPA/LDPC_N576_K288_flooding_SPA_i100_WiMAX",
    *("WiMAX(576,288)", BeliefPropagation, 100, False),
    {1.25: (515, 136), 1.5: (1094, 127), 1.75: (2577, 118), 2.0: (6282, 108)},
)
WIMAX_MIN_SUM = Curve(
    "BP_FLOODING/AMS/LDPC_N576_K288_flooding_AMS_min_i100_WiMAX",
    *("WiMAX(576,288)", MinSum, 100, False),
    {1.5: (285, 106), 1.75: (501, 103), 2.0: (1446, 102), 2.25: (4357, 101)},
    normalisation=1.0,
)
WIMAX_LAYERED_MIN_SUM = Curve(
    "BP_HORIZONTAL_LAYERED/NMS/LDPC_N576_K288_hlayered_NMS_i100_WiMAX",
    *("WiMAX(576,288)", MinSum, 100, True),
    {1.25: (366, 104), 1.5: (762, 102), 1.75: (2131, 101), 2.0: (7177, 101)},
    normalisation=0.825,
)
CURVES = (CCSDS, WIFI, WIFI_MIN_SUM, WIMAX, WIMAX_MIN_SUM, WIMAX_LAYERED_MIN_SUM)
ALL = [(curve, ebn0_db) for curve in CURVES for ebn0_db in curve.points]
QUICK = [
    *((CCSDS, ebn0_db) for ebn0_db in (2.5, 3.0, 3.5)),
    *((WIFI, 3.5), (WIFI_MIN_SUM, 3.8), (WIMAX, 1.25), (WIMAX_MIN_SUM, 1.75), (WIMAX_LAYERED_MIN_SUM, 1.25)),
]


def check(curve, ebn0_db, monkeypatch):
    monkeypatch.setattr(min_sum, "NORMALISATION", curve.normalisation)
    found = curve.measure(ebn0_db, frame_errors=150)
    frames, errors = curve.points[ebn0_db]
    assert curve.probability_of_agreement(ebn0_db, found) > LEVEL, f"{found.fer:.3g}, published {errors / frames:.3g}"


@pytest.mark.parametrize(("curve", "ebn0_db"), QUICK, ids=str)
def test_some_points_agree(curve, ebn0_db, monkeypatch):
    check(curve, ebn0_db, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(("curve", "ebn0_db"), ALL, ids=str)
def test_every_point_agrees(curve, ebn0_db, monkeypatch):
    check(curve, ebn0_db, monkeypatch)


def test_the_schedules_are_told_apart():
    """Flooding, which leaves half as many frames wrong again at 3.5 dB, does not agree with the layered curve."""
    flooding = Curve("flooding", "CCSDS(128,64)", BeliefPropagation, 50, False, CCSDS.points)
    assert flooding.probability_of_agreement(3.5, flooding.measure(3.5, frame_errors=500)) < LEVEL
