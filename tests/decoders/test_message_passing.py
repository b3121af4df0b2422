"""What belief propagation and min-sum, flooding and layered, have in common, against decoders in plain Python."""

import math
from functools import reduce

import numpy as np
import pytest
import torch

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import LinearCode, load
from sapcore.decoders import BeliefPropagation, identity_digest
from sapcore.decoders.belief_propagation import box_plus_of_others
from sapcore.decoders.edges import RaggedEdges
from sapcore.decoders.layers import layers
from sapcore.decoders.message_passing import CERTAIN, Flooding, Layered
from sapcore.decoders.min_sum import MinSum, normalised_least_of_others
from sapcore.errors import InputError

PINNED = LinearCode("pinned", "drawn", [[1, 0, 0, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 1, 1]])
DECODERS = [(kind, layered) for kind in (BeliefPropagation, MinSum) for layered in (False, True)]
every_decoder = pytest.mark.parametrize(("kind", "layered"), DECODERS)


def noisy(code, frames, ebn0_db, seed=0):
    rng = np.random.default_rng(seed)
    codewords = code.encode(rng.integers(0, 2, (frames, code.k), dtype=np.uint8))
    sigma = noise_sigma(ebn0_db, code.rate)
    return codewords, transmit(codewords, rng.standard_normal(codewords.shape), sigma), sigma


def box_plus(others):
    """The textbook form in float64: sign min + ln(1 + e^-|a+b|) - ln(1 + e^-|a-b|)."""
    return reduce(
        lambda a, b: (
            math.copysign(1, a) * math.copysign(1, b) * min(abs(a), abs(b))
            + math.log1p(math.exp(-abs(a + b)))
            - math.log1p(math.exp(-abs(a - b)))
        ),
        others,
        math.inf,
    )


def normalised_minimum(others):
    return 0.75 * math.prod(math.copysign(1, m) for m in others) * min(abs(m) for m in others)


class PlainPython:
    """Edge by edge in float64, one frame. Layered: check by check, in the order of `layers`."""

    def __init__(self, code, check_node, llr, layered):
        self.code, self.check_node, self.llr = code, check_node, [float(value) for value in llr]
        checks = range(code.rows)
        self.turns = np.concatenate(layers(code.parity_check))[:, None].tolist() if layered else [list(checks)]
        self.messages = {(c, v): 0.0 for c in checks for v in np.flatnonzero(code.parity_check[c]).tolist()}

    def total(self, bit):
        return self.llr[bit] + sum(m for (_, v), m in self.messages.items() if v == bit)

    def iterate(self):
        for checks in self.turns:
            heard = {(c, v): self.total(v) - m for (c, v), m in self.messages.items() if c in checks}
            for c, v in heard:
                others = [m for (check, bit), m in heard.items() if check == c and bit != v]
                self.messages[c, v] = self.check_node(others)

    def bits(self):
        return np.array([self.total(bit) < 0 for bit in range(self.code.n)], dtype=np.uint8)

    def decode(self, iterations):
        for _ in range(iterations):
            if not self.code.syndrome(self.bits()).any():
                break
            self.iterate()
        return self.bits()


def plain(kind, layered, code, frame, sigma):
    """The plain decoder of one received frame."""
    if kind is MinSum:
        return PlainPython(code, normalised_minimum, frame, layered)
    return PlainPython(code, box_plus, 2 * frame.astype(np.float64) / sigma**2, layered)


def schedule(kind, layered, parity_check):
    check_node = box_plus_of_others if kind is BeliefPropagation else normalised_least_of_others
    return Layered(parity_check, check_node) if layered else Flooding(RaggedEdges(parity_check), check_node)


def edges_in_order(parity_check, layered):
    """(check, variable) of each edge, in the order of the messages of a schedule."""
    weights = parity_check.sum(axis=1, dtype=int)
    groups = layers(parity_check) if layered else [np.argsort(-weights, kind="stable")]
    return [
        (int(check), int(np.flatnonzero(parity_check[check])[j]))
        for rows in groups
        for j in range(weights[rows].max())
        for check in rows
        if weights[check] > j
    ]


@every_decoder
@pytest.mark.parametrize("name", ["Hamming(7,4)", "BCH(15,7)", "LDPC(49,24)"])
def test_every_message_is_that_of_plain_python(kind, layered, name):
    code = load(name)
    _, received, sigma = noisy(code, 3, 1.0)
    references = [plain(kind, layered, code, frame, sigma) for frame in received]
    messages_of = schedule(kind, layered, code.parity_check)
    llr = torch.tensor([reference.llr for reference in references], dtype=torch.float32).T.contiguous()
    total, from_checks = llr.clone(), torch.zeros(code.ones, len(received))
    for _ in range(3):
        from_checks = messages_of.answers(total, from_checks)
        total = llr.index_add(0, messages_of.variables, from_checks)
        for reference in references:
            reference.iterate()
        expected = [[r.messages[edge] for r in references] for edge in edges_in_order(code.parity_check, layered)]
        np.testing.assert_allclose(from_checks.numpy(), expected, rtol=1e-4, atol=1e-5)


@every_decoder
@pytest.mark.parametrize("name", ["Hamming(7,4)", "eHamming(8,4)", "BCH(15,7)"])
def test_it_agrees_with_a_plain_float64_decoder(kind, layered, name):
    code = load(name)
    _, received, sigma = noisy(code, 40, 1.0)
    expected = [plain(kind, layered, code, frame, sigma).decode(7) for frame in received]
    np.testing.assert_array_equal(kind(code, 7, layered).decode(received, sigma), expected)


@every_decoder
@pytest.mark.parametrize("name", ["LDPC(49,24)", "BCH(31,16)-r", "Polar(64,32)", "CCSDS(128,64)"])
def test_codewords_pass_and_light_noise_is_cleaned(kind, layered, name):
    code = load(name)
    sent, received, sigma = noisy(code, 100, 8.0)
    decoder = kind(code, 50, layered)
    np.testing.assert_array_equal(decoder.decode(1.0 - 2.0 * sent.astype(np.float32), sigma), sent)
    assert (decoder.decode(received, sigma) == sent).all(axis=1).mean() > 0.95


@every_decoder
def test_a_check_with_one_bit_makes_it_zero(kind, layered):
    received = np.array([[-2.0, 0.9, 0.8, 1.0, 1.0], [-9.0, -0.9, -0.8, 1.0, 1.0]], dtype=np.float32)
    bits = kind(PINNED, 10, layered).decode(received, 0.8)
    np.testing.assert_array_equal(bits, [[0, 0, 0, 0, 0], [0, 1, 1, 0, 0]])


@every_decoder
def test_the_batch_and_the_sign_of_the_codeword_do_not_matter(kind, layered):
    code = load("BCH(31,16)")
    sent, received, sigma = noisy(code, 150, 2.0)
    decoder = kind(code, 20, layered)
    whole = decoder.decode(received, sigma)
    parts = [decoder.decode(part, sigma) for part in np.array_split(received, [0, 1, 40])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    as_zero = decoder.decode(received * (1.0 - 2.0 * sent.astype(np.float32)), sigma)
    np.testing.assert_array_equal(as_zero ^ sent, whole)


@every_decoder
def test_messages_that_keep_growing_stay_finite(kind, layered):
    """Bits in some 16 checks each agree and grow more than tenfold an iteration, to the greatest magnitude."""
    code = load("BCH(31,16)-r")
    messages_of = schedule(kind, layered, code.parity_check)
    llr = torch.ones(code.n, 2)
    total, from_checks = llr.clone(), torch.zeros(code.ones, 2)
    for _ in range(60):
        from_checks = messages_of.answers(total, from_checks)
        total = llr.index_add(0, messages_of.variables, from_checks)
    assert (total > 0.7 * CERTAIN).all() and torch.isfinite(total).all()
    assert (from_checks > 0.7 * CERTAIN).all() and (from_checks <= CERTAIN).all()


@every_decoder
def test_decoding_leaves_the_received_values_alone(kind, layered):
    code = load("Hamming(7,4)")
    _, received, sigma = noisy(code, 50, 0.0)
    before = received.copy()
    kind(code, 5, layered).decode(received, sigma)
    np.testing.assert_array_equal(received, before)


@pytest.mark.parametrize("kind", [BeliefPropagation, MinSum])
@pytest.mark.parametrize("iterations", [0, -1, 1001])
def test_an_impossible_number_of_iterations_is_refused(kind, iterations):
    with pytest.raises(InputError, match="takes 1 to 1000 iterations"):
        kind(load("Hamming(7,4)"), iterations)


def test_every_decoder_has_its_own_digest():
    code = load("Hamming(7,4)")
    found = [kind(code, 50, layered).digest for kind, layered in DECODERS]
    assert found == [identity_digest(text) for text in ("bp:50", "bp:50/layered", "ms:50", "ms:50/layered")]
    assert found[0] == "8675d19348a0fe90"  # stands in stored results
