"""Radial importance sampling against closed forms and direct simulation."""

import numpy as np
import pytest

from sapcore.channel import noise_sigma, uncoded_bit_error_rate
from sapcore.codes import load
from sapcore.decoders import MaximumLikelihood, Uncoded
from sapcore.errors import InputError
from sapcore.simulation import ErrorCounts, StoppingRule, Store, radial_estimates, simulate_point, union_bound_fer
from sapcore.simulation.radial import _estimate, _weights
from sapcore.simulation.spheres import STEP, Spheres, simulate_sphere
from sapcore.variants import build_decoder

HAMMING = load("Hamming(7,4)")
BCH = load("BCH(15,7)")


@pytest.mark.parametrize("n", [7, 31, 127])
@pytest.mark.parametrize("sigma", [1.0, 0.5, 0.18])
def test_the_weights_integrate_the_density(n, sigma):
    weights = _weights(n, sigma)
    assert sum(weights.values()) == pytest.approx(1, abs=1e-6)
    mean_square = sum(weight * radius**2 for radius, weight in weights.items())
    assert mean_square == pytest.approx(n * sigma**2, rel=1e-5)


def test_it_is_exact_where_the_error_rate_on_spheres_is_known():
    """One bit: on a sphere of radius r the noise is +r or -r, so it errs half the time where r > 1."""
    counts = {}
    for radius in _weights(1, 0.5):
        wrong = 500_000 if radius > 1 else 250_000 if radius == 1 else 0  # half of the half at the step itself
        counts[radius] = ErrorCounts(10**6, wrong, 10**6, wrong, wrong)
    estimate, _ = _estimate(0.0, _weights(1, 0.5), counts, 1)
    assert estimate.fer == pytest.approx(0.02275, abs=6e-4)  # Q(2); a jump costs the trapezoidal rule h^2


@pytest.mark.parametrize("seed", range(3))
def test_uncoded_against_the_closed_form(seed):
    ebn0 = [4.0, 7.0]
    estimates = radial_estimates(BCH, Uncoded(BCH), ebn0, relative_width=0.2, seed=seed)
    for value, estimate in zip(ebn0, estimates, strict=True):
        truth = uncoded_bit_error_rate(value)
        assert abs(np.log(estimate.ber / truth)) < 1.5 * np.log(estimate.ber_high / estimate.ber)
        any_bit = 1 - (1 - truth) ** BCH.n
        assert abs(np.log(estimate.fer / any_bit)) < 1.5 * np.log(estimate.fer_high / estimate.fer)
        assert estimate.relative_width <= 0.2


@pytest.mark.parametrize(
    ("spec", "width", "errors"),
    [("ml", 0.35, 400), ("osd:0", 0.35, 400), pytest.param("fecct", 0.5, 200, marks=pytest.mark.slow)],
)
def test_against_direct_simulation(spec, width, errors):
    decoder = build_decoder(spec, BCH)
    (estimate,) = radial_estimates(BCH, decoder, [3.0], relative_width=width, seed=5)
    direct = simulate_point(BCH, decoder, 3.0, StoppingRule(frame_errors=errors, max_frames=10**6))
    low, high = direct.ber_interval
    assert estimate.ber_low < high and low < estimate.ber_high


def test_an_interval_holds_what_has_not_been_seen():
    weights = _weights(7, 0.4)
    nothing, _ = _estimate(6.0, weights, {}, 7)
    assert (nothing.fer, nothing.fer_low, nothing.fer_high) == (0, 0, 1)
    # no error on any sphere: one could have been in the frames there and further out
    clean = {radius: ErrorCounts(10_000, 0, 70_000) for radius in weights}
    estimate, gains = _estimate(6.0, weights, clean, 7)
    hidden = sum(weights[radius] / (10_000 * place) for place, radius in enumerate(sorted(weights, reverse=True), 1))
    assert estimate.fer == 0
    assert estimate.fer_high == pytest.approx(-np.log(0.025) * hidden)
    assert max(gains, key=gains.get) == max(weights)  # frames further out say something of all within


def test_effective_errors_are_those_of_a_direct_count():
    """Every sphere in proportion to its weight is direct simulation; far spheres alone say nothing."""
    weights = _weights(7, 0.4)
    as_sent = {
        r: ErrorCounts(round(10**8 * w), round(10**6 * w), round(7 * 10**8 * w), round(10**6 * w), round(10**6 * w))
        for r, w in weights.items()
    }
    estimate, _ = _estimate(6.0, weights, {r: c for r, c in as_sent.items() if c.frames}, 7)
    assert estimate.fer == pytest.approx(0.01, rel=1e-3)
    assert estimate.effective_errors == pytest.approx(10**6, rel=1e-3)
    far = {max(weights): ErrorCounts(1024, 1024, 7168, 3000, 10_000), 1.0: ErrorCounts(1024, 3, 7168, 3, 3)}
    assert _estimate(6.0, weights, far, 7)[0].effective_errors == pytest.approx(3, rel=1e-3)


def test_the_noise_has_the_length_asked_for_and_spheres_have_frames_of_their_own():
    seen = []

    class Look(Uncoded):
        def decode(self, received, sigma):
            seen.append(np.abs(received) - 1)  # noise relative to the symbol, where it changes no sign
            return super().decode(received, sigma)

    for radius in (STEP, 2 * STEP):
        simulate_sphere(HAMMING, Look(HAMMING), radius, 0, 0)
    for radius, noise in zip((STEP, 2 * STEP), seen, strict=True):
        assert np.linalg.norm(noise, axis=1) == pytest.approx(radius, rel=1e-5)
    assert not np.isclose(seen[1], 2 * seen[0]).all(axis=1).any()


def test_blocks_are_kept_and_taken_up_again(tmp_path):
    decoder = MaximumLikelihood(HAMMING)
    arguments = dict(relative_width=0.5, seed=3)
    alone = radial_estimates(HAMMING, decoder, [5.0], **arguments)
    with Store(tmp_path / "results.sqlite") as store:
        radial_estimates(HAMMING, decoder, [5.0], max_frames=5000, store=store, **arguments | {"relative_width": 0.1})
        rows = len(store.read("SELECT 1 FROM sphere_blocks"))
        assert rows == 5
        assert radial_estimates(HAMMING, decoder, [5.0], store=store, **arguments) == alone
        assert Spheres(HAMMING, decoder, 3, store).counts == Spheres(HAMMING, decoder, 3, store).counts != {}
        assert Spheres(HAMMING, decoder, 4, store).counts == {}


@pytest.mark.slow
def test_one_run_of_ordered_statistics_gives_every_ebn0():
    """Direct counts at 3 and 4 dB; at 6 and 7 dB, where nobody counts, the union bound, which is tight there."""
    code, ebn0 = load("BCH(63,45)"), [3.0, 4.0, 6.0, 7.0]
    decoder = build_decoder("osd:2", code)
    found = radial_estimates(code, decoder, ebn0, relative_width=0.01, max_frames=200_000)
    for value, estimate in zip(ebn0[:2], found[:2], strict=True):
        direct = simulate_point(code, decoder, value, StoppingRule(frame_errors=1000, max_frames=10**7))
        assert estimate.fer_low <= direct.fer <= estimate.fer_high
        assert estimate.fer_high - estimate.fer_low < 0.25 * direct.fer
    for estimate, bound in zip(found[2:], union_bound_fer(code, ebn0[2:]), strict=True):
        assert estimate.fer_low <= bound <= estimate.fer_high
        assert 0.2 < estimate.fer / bound < 5


@pytest.mark.parametrize("bad", [{"ebn0_db": []}, {"relative_width": 0}, {"max_frames": -1}])
def test_bounds_that_make_no_sense_are_refused(bad):
    with pytest.raises(InputError, match="above 0"):
        radial_estimates(HAMMING, Uncoded(HAMMING), **{"ebn0_db": [4.0]} | bad)


def test_the_noise_level_does_not_change_a_fecct():
    decoder = build_decoder("fecct", BCH)
    received = (1 + 0.6 * np.random.default_rng(0).standard_normal((50, BCH.n))).astype(np.float32)
    low, high = noise_sigma(8.0, BCH.rate), noise_sigma(0.0, BCH.rate)
    np.testing.assert_array_equal(decoder.decode(received, low), decoder.decode(received, high))
