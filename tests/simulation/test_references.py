import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from sapcore.codes import find, load
from sapcore.errors import InputError
from sapcore.simulation import (
    decoder_curves,
    decoder_points,
    frame_error_interval,
    maximum_likelihood_curve,
    maximum_likelihood_points,
)
from sapcore.simulation.references import DECODER_FILES, KINDS, METRICS, REFERENCES, RELATIONS


def test_every_point_is_there_and_sound():
    points = maximum_likelihood_points()
    assert len(points) == 282
    assert len({point.code for point in points}) == 30
    for point in points:
        assert 0 < point.fer <= 1
        assert point.frame_errors >= 20
        assert "Helmling" in point.source
        low, high = point.fer_interval
        assert low <= point.fer * 1.01 and high >= point.fer * 0.99


def test_curves_fall():
    for name in {point.code for point in maximum_likelihood_points()}:
        curve = maximum_likelihood_curve(name)
        rates = [point.fer for point in curve]
        assert rates == sorted(rates, reverse=True)
        assert [point.ebn0_db for point in curve] == sorted(point.ebn0_db for point in curve)


def test_a_point_by_hand():
    point = next(point for point in maximum_likelihood_curve("BCH(31,16)") if point.ebn0_db == 4)
    assert (point.fer, point.frame_errors, point.frames) == (0.002271, 100, 44033)
    exact = binomtest(100, 44033).proportion_ci(0.95, "exact")
    assert point.fer_interval == pytest.approx((exact.low, exact.high))


def test_forms_and_equivalent_codes_share_a_curve():
    assert maximum_likelihood_curve("BCH(31,16)-r") == maximum_likelihood_curve("BCH(31,16)")
    assert maximum_likelihood_curve("BCH(31,16)-r93") == maximum_likelihood_curve("BCH(31,16)")
    assert maximum_likelihood_curve("Hamming(15,11)") == maximum_likelihood_curve("BCH(15,11)")
    assert maximum_likelihood_curve("Hamming(7,4)")
    assert maximum_likelihood_curve("nothing of the kind") == ()


@pytest.mark.parametrize(
    "name", ["BCH(63,45)", "CCSDS(128,64)", "LDPC(49,24)", "LDPC(121,60)", "Golay(24,12)", "RM(128,64)"]
)
def test_catalogue_names_find_their_curve(name):
    assert maximum_likelihood_curve(load(name).name)


def buildable(name):
    try:
        return find(name).name == name
    except InputError:
        return False


def test_every_point_of_a_decoder_parses_and_is_sound():
    points = decoder_points()
    assert len(points) == 677
    for point in points:
        assert point.kind in KINDS and point.metric in METRICS and point.relation in RELATIONS
        assert 0 < point.value < 1 and 0 <= point.ebn0_db <= 8
        assert point.decoder and point.matrix and len(point.source) > 20
        assert point.bits in (("",) if point.metric == "fer" else ("code", "information"))
        assert (point.frames is None) == (point.frame_errors is None)
        if point.neg_ln_ber is not None:
            assert point.metric == "ber" and point.bits == "code"
            assert -math.log(point.value) == pytest.approx(point.neg_ln_ber, abs=0.006)
        if point.metric == "fer":
            assert point.frame_errors / point.frames == pytest.approx(point.value, rel=6e-3)


def test_no_point_stands_twice():
    keys = [(p.code, p.decoder, p.ebn0_db, p.metric, p.source) for p in decoder_points()]
    assert len(set(keys)) == len(keys)
    text = [(REFERENCES / name).read_text(encoding="utf-8").splitlines() for name in DECODER_FILES]
    assert all(len(set(lines)) == len(lines) for lines in text)


def test_every_code_can_be_had_by_name_or_has_published_maximum_likelihood():
    """The three that cannot be built here: MacKay's (96,48), the (96,48) of the RPTU, WiMAX of rate 5/6."""
    other = {point.code for point in decoder_points() if not buildable(point.code)}
    assert other == {"MacKay(96,48)", "LDPC(96,48)", "WiMAX(576,480)"}
    assert all(maximum_likelihood_curve(name) for name in other)


@pytest.mark.parametrize(
    ("code", "decoder", "metric", "points"),
    [
        ("Polar(64,32)", "ECCT N=6 d=128", "ber", {4: 6.99, 5: 9.44, 6: 12.32}),
        ("BCH(63,45)", "BP, 50 iterations", "ber", {4: 4.36, 5: 5.55, 6: 7.26}),
        ("CCSDS(128,64)", "BP, 5 iterations", "ber", {4: 6.55, 5: 9.65, 6: 13.78}),
        ("BCH(31,16)", "CrossMPT", "ber", {6: 12.48}),
        ("LDPC(121,80)", "SNNMS", "ber", {4: 7.54, 5: 11.85, 6: 17.14}),
        ("BCH(127,64)", "VU-ECCT", "ber", {4: 3.47, 5: 4.71, 6: 6.80}),
    ],
)
def test_points_as_printed(code, decoder, metric, points):
    found = [point for point in decoder_curves(code, metric=metric) if point.decoder == decoder]
    assert {point.ebn0_db: point.neg_ln_ber for point in found} == points


def test_a_point_with_its_frame_errors():
    curve = [p for p in decoder_curves("CCSDS(128,64)", "classical", "fer") if "layered" in p.decoder]
    assert [point.ebn0_db for point in curve] == [2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5]
    point = curve[4]
    assert (point.value, point.frame_errors, point.frames) == (1.52e-3, 100, 65735)
    exact = binomtest(100, 65735).proportion_ci(0.95, "exact")
    assert point.interval == pytest.approx((exact.low, exact.high))
    assert "CCSDS_64_128.alist" in point.matrix and point.relation == "same matrix"


def test_no_interval_without_known_frame_errors_or_for_bits():
    for point in decoder_points():
        known = point.metric == "fer" and point.frame_errors is not None
        assert (point.interval is not None) == known
        if known:
            low, high = point.interval
            assert low < point.frame_errors / point.frames < high
    assert any(point.interval is None for point in decoder_points())


def test_a_form_with_redundant_checks_is_told_that_the_matrix_is_another():
    standard, redundant = decoder_curves("CCSDS(128,64)"), decoder_curves("CCSDS(128,64)-r")
    assert [replace(p, relation="") for p in standard] == [replace(p, relation="") for p in redundant]
    assert "same matrix" in {point.relation for point in standard}
    assert {point.relation for point in redundant} == {"same code"}
    assert decoder_curves("CCSDS(128,64)-r200") == redundant


def test_codes_of_equal_size_that_are_not_ours_are_marked():
    """Published Polar(64,32), (128,64) and (128,86) freeze other positions than the 5G order."""
    for name in ("Polar(64,32)", "Polar(128,64)", "Polar(128,86)"):
        assert {p.relation for p in decoder_curves(name)} <= {"another code", "unknown"}
        assert all("freezes" in p.matrix for p in decoder_curves(name) if p.relation == "another code")
    assert {p.relation for p in decoder_curves("Polar(64,48)") if p.decoder.startswith("ECCT N=2")} == {"same code"}


def test_curves_are_chosen_by_kind_and_metric_and_fall():
    curves = {}
    for name in {point.code for point in decoder_points()}:
        for point in decoder_curves(name):
            curves.setdefault((name, point.series, point.metric), []).append(point)
        chosen = [p for kind in KINDS for metric in METRICS for p in decoder_curves(name, kind, metric)]
        assert sorted(chosen, key=str) == sorted(decoder_curves(name), key=str)
    for curve in curves.values():
        assert [p.ebn0_db for p in curve] == sorted({p.ebn0_db for p in curve})
        assert [p.value for p in curve] == sorted((p.value for p in curve), reverse=True)
    assert decoder_curves("nothing of the kind") == ()
    with pytest.raises(InputError, match="neural and classical"):
        decoder_curves("BCH(63,45)", kind="quantum")
    with pytest.raises(InputError, match="ber and fer"):
        decoder_curves("BCH(63,45)", metric="wer")


def test_no_published_decoder_beats_maximum_likelihood():
    """Frame error rates of the same code at an Eb/N0 where both are published: the intervals at 99.9 % do not cross."""
    compared = 0
    for point in decoder_points():
        if point.metric != "fer" or point.relation not in ("same matrix", "same code"):
            continue
        for best in maximum_likelihood_curve(point.code):
            if best.ebn0_db == point.ebn0_db:
                low, _ = frame_error_interval(np.int64(best.frame_errors), np.int64(best.frames), confidence=0.999)
                _, high = frame_error_interval(np.int64(point.frame_errors), np.int64(point.frames), confidence=0.999)
                assert low <= high, (point.code, point.decoder, point.ebn0_db)
                compared += 1
    assert compared > 30
