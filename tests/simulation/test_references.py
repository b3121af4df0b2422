import pytest
from scipy.stats import binomtest

from sapcore.codes import load
from sapcore.simulation import maximum_likelihood_curve, maximum_likelihood_points


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
