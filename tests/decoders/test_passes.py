import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import find
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.decoders.fecct_decoder import FecctDecoder
from sapcore.decoders.passes import Passes, further_matrices, mixed
from sapcore.errors import InputError
from sapcore.variants import build_decoder

ROUNDING = 1e-5  # of values of about 1: a frame alone is rounded in another way, and the sign of 0 is open


def received(code, frames, ebn0, seed=0):
    rng = np.random.default_rng(seed)
    codewords = code.encode(rng.integers(0, 2, (frames, code.k), dtype=np.uint8))
    return codewords, transmit(codewords, rng.standard_normal((frames, code.n)), noise_sigma(ebn0, code.rate))


@pytest.fixture(scope="module")
def decoders():
    """Of a network that knows nothing, so that frames stay open for many passes."""
    torch.manual_seed(0)
    network = Fecct(FecctConfig(layers=1, width=16, heads=2))
    return [FecctDecoder(matrix, network, "x") for matrix in further_matrices(find("BCH(15,5)-r15"))]


def test_one_pass_is_the_network_alone_and_further_passes_touch_only_open_frames(decoders):
    code = decoders[0].code
    _, values = received(code, 200, 3.0)
    before = decoders[0].decode(values, 1.0)
    assert np.array_equal(Passes(decoders, 1, "x").decode(values, 1.0), before)
    for passes in (2, 3, 7):
        after = Passes(decoders, passes, "x").decode(values, 1.0)
        closed = ~code.syndrome(before).any(axis=1)
        assert closed.any() and not closed.all()
        assert np.array_equal(after[closed], before[closed])
        before = after


def test_second_pass_follows_its_formula_frame_by_frame(decoders):
    code = decoders[0].code
    _, values = received(code, 60, 2.0)
    got = Passes(decoders, 2, "x").decode(values, 1.0)
    seen = ties = 0
    for frame, bits in zip(values, got, strict=True):
        word = decoders[0].decode(frame[None], 1.0)[0]
        if code.syndrome(word).any():
            hard = frame < 0
            beliefs = decoders[0].logits(frame[None])[0] * np.where(hard, 1, -1)
            scale = np.median(np.abs(frame)) / np.median(np.abs(beliefs))
            mixed = 0.5 * frame + 0.5 * scale * beliefs
            if np.abs(mixed).min() < ROUNDING:  # where both are of median magnitude and disagree
                ties += 1
                continue
            word = decoders[1].decode(mixed.astype(np.float32)[None], 1.0)[0]
            seen += 1
        assert np.array_equal(bits, word)
    assert seen > 10
    assert ties < seen / 3


def test_a_frame_is_decoded_alike_whatever_the_batch(decoders):
    _, values = received(decoders[0].code, 40, 2.0)
    decoder = Passes(decoders, 4, "x")
    alone = np.concatenate([decoder.decode(frame[None], 1.0) for frame in values])
    assert np.array_equal(decoder.decode(values, 1.0), alone)


def test_codewords_are_returned_as_received(decoders):
    codewords, _ = received(decoders[0].code, 20, 3.0)
    sent = (1 - 2.0 * codewords).astype(np.float32)
    assert np.array_equal(Passes(decoders, 3, "x").decode(sent, 1.0), codewords)
    assert Passes(decoders, 3, "x").decode(sent[:0], 1.0).shape == (0, 15)


VALUES = st.floats(-4, 4, width=32).filter(lambda value: abs(value) > 1e-3)


@given(arrays(np.float32, (3, 9), elements=VALUES), arrays(np.float32, (3, 9), elements=VALUES), st.floats(0.1, 10))
def test_the_scale_of_the_beliefs_does_not_matter_but_that_of_the_channel_does(values, beliefs, scale):
    values, beliefs = torch.from_numpy(values), torch.from_numpy(beliefs)
    plain = mixed(values, beliefs)
    assert torch.allclose(mixed(values, scale * beliefs), plain, rtol=1e-4, atol=1e-5)
    assert torch.allclose(mixed(scale * values, beliefs), scale * plain, rtol=1e-4, atol=1e-4)
    assert torch.allclose(mixed(values, values), values, rtol=1e-5)


DUALS = ["BCH(31,16)-r", "BCH(63,45)-r", "RM(32,16)-r", "Golay(24,12)-r", "Hamming(15,11)-r", "Polar(64,32)-r"]


@pytest.mark.parametrize("name", DUALS)
def test_further_matrices_hold_other_words_of_the_dual_no_heavier(name):
    code = find(name)
    matrices = further_matrices(code)
    assert matrices[0] is code
    rows = np.concatenate([matrix.parity_check for matrix in matrices])
    assert not (rows.astype(int) @ code.generator.T % 2).any()
    assert all(matrix.rank == code.rank and matrix.rows == code.rows for matrix in matrices)
    new, shared = [], 0
    for matrix in matrices[1:]:
        known = (matrix.parity_check[:, None] == code.parity_check).all(axis=2).any(axis=1)
        new.append(matrix.parity_check[~known])
        shared += known.sum()
    assert len(np.unique(np.concatenate([code.parity_check, *new]), axis=0)) == len(rows) - shared
    assert (shared > 0) == (name == "Polar(64,32)-r")  # the lightest words of its dual do not span it
    assert rows.sum(axis=1).max() == code.parity_check.sum(axis=1).max()
    assert (len(matrices) == 1) == (name == "Hamming(15,11)-r")  # whose checks are all words of its dual
    assert len(matrices) <= 8


def test_a_matrix_without_redundant_checks_has_no_fresh_ones():
    for make in (further_matrices, lambda code: build_decoder("fecct/passes:3+fresh", code)):
        with pytest.raises(InputError, match=r"^Fresh checks are .*BCH\(15,7\) has none; take BCH\(15,7\)-r, or "):
            make(find("BCH(15,7)"))


def test_passes_mend_most_frame_errors_of_the_shipped_backbone():
    """On BCH(31,16)-r at 3 dB; the frames are fixed, so are the counts."""
    code = find("BCH(31,16)-r")
    sent, values = received(code, 400, 3.0)
    one, four, fresh = (
        (build_decoder(spec, code).decode(values, 0.0) != sent).any(axis=1)
        for spec in ("fecct", "fecct/passes:4", "fecct/passes:4+fresh")
    )
    assert one.sum() >= 15
    assert four.sum() <= 0.6 * one.sum()
    assert fresh.sum() <= 0.5 * one.sum()
