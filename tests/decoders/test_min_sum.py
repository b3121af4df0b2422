import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sapcore.codes import load
from sapcore.decoders.edges import EvenEdges, RaggedEdges
from sapcore.decoders.message_passing import CERTAIN
from sapcore.decoders.min_sum import NORMALISATION, MinSum, normalised_least_of_others
from sapcore.simulation import block_frames


@settings(max_examples=80)
@given(st.lists(st.floats(-300, 300, width=32), min_size=2, max_size=12), st.sampled_from([RaggedEdges, EvenEdges]))
def test_the_check_node_is_three_quarters_of_the_least(messages, kind):
    edges = kind(np.ones((1, len(messages)), dtype=np.uint8))
    found = normalised_least_of_others(edges, torch.tensor(messages, dtype=torch.float32)[:, None])[:, 0].tolist()
    for j, value in enumerate(found):
        others = messages[:j] + messages[j + 1 :]
        negative = sum(m < 0 for m in others) % 2 == 1
        least = min(abs(m) for m in others)
        assert value == np.float32(0.75) * np.float32(-least if negative else least)


def test_a_check_with_one_bit_is_certain():
    for kind in (RaggedEdges, EvenEdges):
        answer = normalised_least_of_others(kind(np.array([[1, 0]], dtype=np.uint8)), torch.tensor([[3.0]]))
        assert answer.item() == pytest.approx(NORMALISATION * CERTAIN)


@pytest.mark.parametrize("layered", [False, True])
def test_the_noise_level_and_the_scale_do_not_matter(layered):
    code = load("BCH(31,16)")
    codewords, noise = block_frames(code, 0, 0)
    received = (1.0 - 2.0 * codewords + 0.8 * noise).astype(np.float32)
    decoder = MinSum(code, 20, layered)
    bits = decoder.decode(received, 0.8)
    np.testing.assert_array_equal(decoder.decode(received, 0.1), bits)
    np.testing.assert_array_equal(decoder.decode(received * np.float32(64), 0.8), bits)
    assert 0 < (bits != codewords).any(axis=1).mean() < 0.5
