"""Published points, bounds and closed forms beside measured curves."""

from __future__ import annotations

import numpy as np
import pytest

from sapcore.channel import uncoded_bit_error_rate
from sapcore.codes import LinearCode, find
from sapcore.codes.files import FILE_FAMILY
from sapcore.report.beside import BESIDE, lines, published_points
from sapcore.simulation import maximum_likelihood_curve, union_bound_fer

SPAN = (2.0, 6.0)


def test_what_is_not_chosen_is_not_shown() -> None:
    codes = [find("BCH(63,45)")]
    for metric in ("FER", "BER"):
        assert published_points(codes, metric, [], SPAN).empty
        assert lines(codes, metric, [], SPAN)[0].empty


def test_published_ml_is_a_frame_error_rate() -> None:
    codes = [find("BCH(31,16)"), find("BCH(31,16)-r")]
    points = published_points(codes, "FER", ["published ML"], SPAN)
    want = {point.ebn0_db: point.fer for point in maximum_likelihood_curve("BCH(31,16)") if 2 <= point.ebn0_db <= 6}
    assert dict(zip(points["ebn0"], points["rate"], strict=True)) == want  # once for both forms
    assert (points["low"] < points["rate"]).all() and (points["rate"] < points["high"]).all()
    assert published_points(codes, "BER", ["published ML"], SPAN).empty


@pytest.mark.parametrize(
    ("option", "name", "rate"),
    [
        ("published neural", "BCH(63,45), ECCT N=6 d=128", np.exp(-10.93)),
        ("published classical", "BCH(63,45), BP, 50 iterations", np.exp(-7.26)),
    ],
)
def test_published_decoders_by_kind(option: str, name: str, rate: float) -> None:
    points = published_points([find("BCH(63,45)-r")], "BER", [option], SPAN)
    (found,) = points.loc[(points["name"] == name) & (points["ebn0"] == 6), "rate"]
    assert found == pytest.approx(rate, rel=1e-3)
    assert points["source"].str.len().min() > 10 and points["low"].isna().all()
    assert not points["name"].str.contains("d=32").any()


def test_points_of_another_code_say_so() -> None:
    points = published_points([find("Polar(64,32)")], "BER", ["published classical"], SPAN)
    assert points["name"].str.contains("another code|code not stated").all()


def test_bounds_and_closed_forms() -> None:
    codes = [find("BCH(63,45)"), find("BCH(63,45)-r"), find("CCSDS(128,64)")]
    found, unknown = lines(codes, "FER", BESIDE, SPAN)
    assert list(dict.fromkeys(found["name"])) == [
        "BCH(63,45), union bound", "(63,45), normal approximation", "(128,64), normal approximation",
        "63 uncoded bits, closed form", "128 uncoded bits, closed form",
    ]  # fmt: skip
    assert unknown == ["CCSDS(128,64)"]
    assert found.index.is_unique
    union = found[found["name"] == "BCH(63,45), union bound"]
    np.testing.assert_allclose(union["rate"], union_bound_fer(codes[0], union["ebn0"]))
    found, _ = lines(codes, "BER", BESIDE, SPAN)
    closed = found[found["name"] == "uncoded BPSK, closed form"]
    assert closed["rate"].iloc[-1] == pytest.approx(uncoded_bit_error_rate(6.0))
    assert "(63,45), normal approximation" not in set(found["name"])


def test_own_codes_have_no_published_points() -> None:
    code = find("BCH(63,45)")
    own = LinearCode(code.name, FILE_FAMILY, code.parity_check)
    assert published_points([own], "FER", BESIDE, SPAN).empty
