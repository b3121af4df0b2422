import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import LinearCode, load
from sapcore.decoders import BeliefPropagation, MaximumLikelihood
from sapcore.decoders.belief_propagation import CERTAIN, EdgeLayout
from sapcore.errors import InputError


def noisy(code, frames, ebn0_db, seed=0):
    rng = np.random.default_rng(seed)
    codewords = code.encode(rng.integers(0, 2, (frames, code.k), dtype=np.uint8))
    sigma = noise_sigma(ebn0_db, code.rate)
    return codewords, transmit(codewords, rng.standard_normal(codewords.shape), sigma), sigma


def box_plus(a, b):
    """The textbook form in float64: sign min + ln(1 + e^-|a+b|) - ln(1 + e^-|a-b|)."""
    least = math.copysign(1, a) * math.copysign(1, b) * min(abs(a), abs(b))
    return least + math.log1p(math.exp(-abs(a + b))) - math.log1p(math.exp(-abs(a - b)))


def belief_propagation_in_plain_python(code, received, sigma, iterations):
    """Flooding sum-product edge by edge in float64, one frame."""
    matrix = code.parity_check
    llr = [2 * float(value) / sigma**2 for value in received]
    to_bits = {(c, v): 0.0 for c, v in zip(*np.nonzero(matrix), strict=True)}
    for iteration in range(iterations + 1):
        total = [value + sum(m for (_, v), m in to_bits.items() if v == bit) for bit, value in enumerate(llr)]
        bits = np.array([value < 0 for value in total], dtype=np.uint8)
        if iteration == iterations or not code.syndrome(bits).any():
            return bits
        to_checks = {(c, v): total[v] - message for (c, v), message in to_bits.items()}
        for c, v in to_bits:
            others = [m for (check, bit), m in to_checks.items() if check == c and bit != v]
            message = others[0]
            for other in others[1:]:
                message = box_plus(message, other)
            to_bits[c, v] = message
    raise AssertionError


@pytest.mark.parametrize("name", ["Hamming(7,4)", "eHamming(8,4)", "BCH(15,7)"])
def test_it_agrees_with_a_plain_float64_decoder(name):
    code = load(name)
    _, received, sigma = noisy(code, 60, 1.0)
    expected = [belief_propagation_in_plain_python(code, frame, sigma, 7) for frame in received]
    np.testing.assert_array_equal(BeliefPropagation(code, 7).decode(received, sigma), expected)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(-300, 300).map(np.float32), min_size=2, max_size=12))
def test_the_check_node_is_box_plus_at_any_magnitude(messages):
    edges = EdgeLayout(np.ones((1, len(messages)), dtype=np.uint8))
    found = edges.box_plus_others(torch.tensor(messages, dtype=torch.float32)[:, None])[:, 0].tolist()
    for j, value in enumerate(found):
        others = [float(m) for i, m in enumerate(messages) if i != j]
        expected = others[0]
        for other in others[1:]:
            expected = box_plus(expected, other)
        # beyond 88 the least magnitude stands for box-plus, at most ln(degree) away
        tolerance = math.log(len(messages)) + 1 if abs(expected) > 80 else 1e-4 * max(1, abs(expected))
        assert value == pytest.approx(expected, abs=tolerance)


def test_checks_of_different_degree_keep_apart():
    matrix = np.array([[1, 1, 0, 0, 0], [0, 1, 1, 1, 1], [0, 0, 1, 0, 1]], dtype=np.uint8)
    edges = EdgeLayout(matrix)
    values = torch.randn(edges.count, 4, generator=torch.Generator().manual_seed(1))
    result = edges.box_plus_others(values.clone())
    order = np.argsort(-matrix.sum(axis=1), kind="stable")
    slots = [[check for check in order if matrix[check].sum() > j] for j in range(4)]
    check_of_edge = [check for slot in slots for check in slot]
    for edge, check in enumerate(check_of_edge):
        others = [e for e, c in enumerate(check_of_edge) if c == check and e != edge]
        tanh = torch.tanh(values[others].double() / 2).prod(dim=0)
        torch.testing.assert_close(torch.tanh(result[edge].double() / 2), tanh, atol=1e-5, rtol=1e-4)


def test_a_check_with_one_bit_makes_it_zero():
    code = LinearCode("pinned", "drawn", [[1, 0, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1]])
    received = np.array([[-2.0, 0.9, 0.8, 1.0]], dtype=np.float32)
    bits = BeliefPropagation(code, 10).decode(received, 0.8)
    np.testing.assert_array_equal(bits, [[0, 0, 0, 0]])
    edges = EdgeLayout(np.array([[1, 0]], dtype=np.uint8))
    assert edges.box_plus_others(torch.tensor([[3.0]])).item() == pytest.approx(CERTAIN)


@pytest.mark.parametrize("name", ["LDPC(49,24)", "BCH(31,16)-r", "Polar(64,32)", "CCSDS(128,64)"])
def test_codewords_pass_and_light_noise_is_cleaned(name):
    code = load(name)
    sent, received, sigma = noisy(code, 200, 8.0)
    decoder = BeliefPropagation(code, 50)
    np.testing.assert_array_equal(decoder.decode(1.0 - 2.0 * sent.astype(np.float32), sigma), sent)
    assert (decoder.decode(received, sigma) == sent).all(axis=1).mean() > 0.95


def test_it_is_exact_on_a_tree():
    """On a cycle-free graph sum-product finds the bitwise posterior; here all of a frame is decided as one bit."""
    code = LinearCode("Repetition(5,1)", "drawn", np.eye(4, 5, dtype=np.uint8) + np.eye(4, 5, 1, dtype=np.uint8))
    _, received, sigma = noisy(code, 500, 0.0)
    expected = MaximumLikelihood(code).decode(received, sigma)
    np.testing.assert_array_equal(BeliefPropagation(code, 10).decode(received, sigma), expected)


def test_the_batch_and_the_sign_of_the_codeword_do_not_matter():
    code = load("BCH(31,16)")
    sent, received, sigma = noisy(code, 150, 2.0)
    decoder = BeliefPropagation(code, 20)
    whole = decoder.decode(received, sigma)
    parts = [decoder.decode(part, sigma) for part in np.array_split(received, [1, 40])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    as_zero = decoder.decode(received * (1.0 - 2.0 * sent.astype(np.float32)), sigma)
    np.testing.assert_array_equal(as_zero ^ sent, whole)


def test_many_iterations_stay_finite():
    code = load("BCH(31,16)-r")
    _, received, sigma = noisy(code, 64, -2.0)
    assert BeliefPropagation(code, 1000).decode(received, sigma).shape == received.shape


@pytest.mark.parametrize(
    ("name", "iterations", "ebn0_db", "measured"),
    [
        ("BCH(31,16)", 50, 4.0, 5.14),
        ("BCH(31,16)", 50, 5.0, 6.87),
        ("BCH(31,16)", 5, 4.0, 4.63),
        ("BCH(63,45)", 50, 4.0, 4.36),
        ("BCH(63,45)", 5, 4.0, 4.08),
        ("LDPC(49,24)", 5, 4.0, 5.30),
    ],
)
def test_it_reproduces_published_error_rates(name, iterations, ebn0_db, measured):
    """-ln(BER) over code bits: DDECC (Choukroun and Wolf, ICLR 2023), table 1, to +-0.1."""
    code = load(name)
    sent, received, sigma = noisy(code, 40_000 if ebn0_db == 5.0 else 12_000, ebn0_db, seed=7)
    wrong = BeliefPropagation(code, iterations).decode(received, sigma) != sent
    per_frame = wrong.sum(axis=1)
    error = per_frame.std() / math.sqrt(len(per_frame)) / per_frame.mean()
    assert -math.log(wrong.mean()) == pytest.approx(measured, abs=0.1 + 2.6 * error)


@pytest.mark.parametrize("iterations", [0, -1, 1001])
def test_an_impossible_number_of_iterations_is_refused(iterations):
    with pytest.raises(InputError, match="1 to 1000"):
        BeliefPropagation(load("Hamming(7,4)"), iterations)
