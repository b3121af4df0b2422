import math
from functools import reduce

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import LinearCode, load
from sapcore.decoders import BeliefPropagation, MaximumLikelihood
from sapcore.decoders.belief_propagation import box_plus_of_others
from sapcore.decoders.edges import EvenEdges, RaggedEdges
from sapcore.decoders.message_passing import CERTAIN, Flooding, Layered
from sapcore.simulation import simulate_block

LAYOUTS = (RaggedEdges, EvenEdges)


def noisy(code, frames, ebn0_db, seed=0):
    rng = np.random.default_rng(seed)
    codewords = code.encode(rng.integers(0, 2, (frames, code.k), dtype=np.uint8))
    sigma = noise_sigma(ebn0_db, code.rate)
    return codewords, transmit(codewords, rng.standard_normal(codewords.shape), sigma), sigma


def box_plus(a, b):
    """The textbook form in float64: sign min + ln(1 + e^-|a+b|) - ln(1 + e^-|a-b|)."""
    least = math.copysign(1, a) * math.copysign(1, b) * min(abs(a), abs(b))
    return least + math.log1p(math.exp(-abs(a + b))) - math.log1p(math.exp(-abs(a - b)))


@settings(max_examples=80)
@given(st.lists(st.floats(-300, 300, width=32), min_size=2, max_size=12), st.sampled_from(LAYOUTS))
def test_the_check_node_is_box_plus_at_any_magnitude(messages, kind):
    edges = kind(np.ones((1, len(messages)), dtype=np.uint8))
    found = box_plus_of_others(edges, torch.tensor(messages, dtype=torch.float32)[:, None])[:, 0].tolist()
    for j, value in enumerate(found):
        expected = reduce(box_plus, messages[:j] + messages[j + 1 :])
        # beyond 88 the least magnitude stands for box-plus, at most ln(degree) away
        tolerance = math.log(len(messages)) + 1 if abs(expected) > 80 else 1e-4 * max(1, abs(expected))
        assert value == pytest.approx(expected, abs=tolerance)


def test_checks_of_different_degree_keep_apart():
    matrix = np.array([[1, 1, 0, 0, 0], [0, 1, 1, 1, 1], [0, 0, 1, 0, 1]], dtype=np.uint8)
    edges = RaggedEdges(matrix)
    values = torch.randn(edges.count, 4, generator=torch.Generator().manual_seed(1))
    result = box_plus_of_others(edges, values)
    order = np.argsort(-matrix.sum(axis=1), kind="stable")
    slots = [[check for check in order if matrix[check].sum() > j] for j in range(4)]
    check_of_edge = [check for slot in slots for check in slot]
    for edge, check in enumerate(check_of_edge):
        others = [e for e, c in enumerate(check_of_edge) if c == check and e != edge]
        tanh = torch.tanh(values[others].double() / 2).prod(dim=0)
        torch.testing.assert_close(torch.tanh(result[edge].double() / 2), tanh, atol=1e-5, rtol=1e-4)


def test_a_check_with_one_bit_is_certain():
    for kind in LAYOUTS:
        answer = box_plus_of_others(kind(np.array([[1, 0]], dtype=np.uint8)), torch.tensor([[-3.0]]))
        assert answer.item() == pytest.approx(CERTAIN)


def test_flooding_adds_from_both_ends():
    """Stored results rest on these roundings: sums from the first edge and from the last, then of the two."""
    matrix = load("BCH(63,45)").parity_check
    edges = RaggedEdges(matrix)
    messages = 4 * torch.randn(edges.count, 7, generator=torch.Generator().manual_seed(2))
    by_slot = messages.view(-1, len(matrix), 7)  # every check has 24 edges
    terms = _phi(by_slot.abs())
    from_first, from_last = torch.zeros_like(terms), torch.zeros_like(terms)
    for j in range(1, len(terms)):
        from_first[j] = from_first[j - 1] + terms[j - 1]
        from_last[-1 - j] = from_last[-j] + terms[-j]
    signs = torch.where((by_slot < 0).sum(dim=0) % 2 == 1, -1.0, 1.0) * torch.where(by_slot < 0, -1.0, 1.0)
    expected = _phi(from_first + from_last) * signs
    assert torch.equal(box_plus_of_others(edges, messages), expected.view_as(messages))


def _phi(magnitude):
    return torch.log1p(2 * (1 / torch.expm1(magnitude)))


@pytest.mark.parametrize(
    ("name", "iterations", "ebn0_db", "frame_errors", "bit_errors"),
    [
        ("BCH(31,16)", 5, 3.0, 201, 897),
        ("BCH(63,45)", 5, 4.0, 274, 1107),
        ("CCSDS(128,64)", 5, 3.0, 223, 1724),
        ("LDPC(49,24)", 20, 3.0, 108, 765),
        ("Polar(64,32)", 5, 3.0, 625, 3155),
        ("RM(32,16)-r", 5, 2.0, 200, 1478),
    ],
)
def test_blocks_count_what_they_always_counted(name, iterations, ebn0_db, frame_errors, bit_errors):
    """Counts of block 0 since the first version, with few enough iterations that float64 decides every frame alike."""
    code = load(name)
    counts = simulate_block(code, BeliefPropagation(code, iterations), ebn0_db, seed=0, index=0)
    assert (counts.frame_errors, counts.bit_errors) == (frame_errors, bit_errors)


@pytest.mark.parametrize("layered", [False, True])
def test_a_repetition_code_is_decided_as_one_bit(layered):
    code = LinearCode("Repetition(5,1)", "drawn", np.eye(4, 5, dtype=np.uint8) + np.eye(4, 5, 1, dtype=np.uint8))
    _, received, sigma = noisy(code, 500, 0.0)
    expected = MaximumLikelihood(code).decode(received, sigma)
    np.testing.assert_array_equal(BeliefPropagation(code, 10, layered).decode(received, sigma), expected)


@st.composite
def trees(draw):
    """A code whose Tanner graph has no cycle: each check ties some new bits to one that is there."""
    new_bits = draw(st.lists(st.integers(1, 3), min_size=1, max_size=6))
    matrix = np.zeros((len(new_bits), 1 + sum(new_bits)), dtype=np.uint8)
    bits = 1
    for check, count in enumerate(new_bits):
        matrix[check, [draw(st.integers(0, bits - 1)), *range(bits, bits + count)]] = 1
        bits += count
    return LinearCode("tree", "drawn", matrix)


@settings(max_examples=60)
@given(trees(), st.booleans(), st.integers(0, 2**32 - 1))
def test_it_finds_the_bitwise_posterior_on_a_tree(code, layered, seed):
    llr = np.random.default_rng(seed).normal(1.0, 2.5, (code.n, 4))
    words = code.encode((np.arange(2**code.k)[:, None] >> np.arange(code.k) & 1).astype(np.uint8))
    likelihoods = np.exp(-words.astype(np.float64) @ llr)  # (2^k, B), of each word relative to the zero word
    of_one = words.T.astype(np.float64) @ likelihoods
    exact = np.log((1.0 - words.T) @ likelihoods) - np.log(of_one)
    matrix = code.parity_check
    schedule = Layered(matrix, box_plus_of_others) if layered else Flooding(RaggedEdges(matrix), box_plus_of_others)
    received = torch.from_numpy(llr.astype(np.float32))
    total, from_checks = received.clone(), torch.zeros(code.ones, 4)
    for _ in range(code.rows + 1):
        from_checks = schedule.answers(total, from_checks)
        total = received.index_add(0, schedule.variables, from_checks)
    np.testing.assert_allclose(total.numpy(), exact, rtol=1e-4, atol=1e-4)


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
    check_bit_errors(name, iterations, ebn0_db, measured, frames=40_000 if ebn0_db == 5.0 else 12_000)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "ebn0_db", "published"),
    [
        ("BCH(63,36)", 4.0, 3.72),
        ("BCH(63,36)", 5.0, 4.65),
        ("BCH(63,45)", 5.0, 4.96),
        ("BCH(63,51)", 4.0, 4.34),
        ("BCH(63,51)", 5.0, 5.29),
        ("Polar(64,48)", 4.0, 4.15),
        ("Polar(64,48)", 5.0, 4.68),
        ("LDPC(49,24)", 5.0, 7.28),
        ("LDPC(121,60)", 4.0, 4.82),
        ("LDPC(121,70)", 4.0, 5.88),
        ("LDPC(121,80)", 4.0, 6.66),
        ("CCSDS(128,64)", 4.0, 6.55),
    ],
)
def test_five_iterations_reproduce_published_error_rates(name, ebn0_db, published):
    check_bit_errors(name, 5, ebn0_db, published, frames=40_000)


def check_bit_errors(name, iterations, ebn0_db, published, frames):
    """-ln(BER) over code bits: DDECC (Choukroun and Wolf, ICLR 2023), table 1, to +-0.1."""
    code = load(name)
    sent, received, sigma = noisy(code, frames, ebn0_db, seed=7)
    wrong = BeliefPropagation(code, iterations).decode(received, sigma) != sent
    per_frame = wrong.sum(axis=1)
    error = per_frame.std() / math.sqrt(len(per_frame)) / per_frame.mean()
    assert -math.log(wrong.mean()) == pytest.approx(published, abs=0.1 + 2.6 * error)
