"""The trace of a frame is what the decoder does to it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import LinearCode, find
from sapcore.decoders.backbones import DEFAULT_BACKBONE, load_backbone
from sapcore.decoders.fecct import CodeView, Fecct, FecctConfig
from sapcore.decoders.fecct_decoder import FecctDecoder
from sapcore.decoders.trace import trace
from sapcore.pruning.compaction import compact, masked
from sapcore.pruning.structured_mask import StructuredMask

CODE = find("BCH(15,7)")
HEADS = np.array([[True, False, False, True], [False, True, True, True]])


def received(code: LinearCode, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return transmit(np.zeros((1, code.n)), rng.standard_normal((1, code.n)), noise_sigma(2.0, code.rate))[0]


@pytest.fixture
def network() -> Fecct:
    torch.manual_seed(0)
    return Fecct(FecctConfig(layers=2, width=16, heads=4)).eval().requires_grad_(False)


def mask() -> StructuredMask:
    channels = np.random.default_rng(1).random((2, 64)) < 0.5
    return StructuredMask(HEADS, channels, "x")


def forward(network: Fecct, code: LinearCode, y: np.ndarray) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """What each block of the plain forward pass says, and the logits read out after it."""
    view = CodeView.of(code)
    tokens: list[torch.Tensor] = []
    said: list[torch.Tensor] = []
    hooks = [block.register_forward_hook(lambda *call: tokens.append(call[2])) for block in network.blocks]
    hooks += [block.attention.register_forward_hook(lambda *call: said.append(call[2])) for block in network.blocks]
    with torch.inference_mode():
        network(torch.from_numpy(np.abs(y))[None], view.syndrome(torch.from_numpy(y < 0)[None]), view)
        for hook in hooks:
            hook.remove()
        return said, [network.read_out(x, view)[0] for x in tokens]


@pytest.mark.parametrize("precision", ["float32", "bf16"])
@pytest.mark.parametrize("name", ["BCH(15,7)", "BCH(31,16)-r"])
def test_the_last_logits_are_those_of_the_decoder(name: str, precision: str) -> None:
    code = find(name)
    decoder = FecctDecoder(code, load_backbone(DEFAULT_BACKBONE), "x", precision)
    y = received(code)
    layers = list(trace(decoder, y))
    assert [layer.attention.shape for layer in layers] == [(8, code.n + code.rows, code.n + code.rows)] * 6
    assert np.array_equal(layers[-1].logits, decoder.logits(y[None])[0])
    for layer in layers:
        assert np.allclose(layer.attention.sum(axis=-1), 1, atol=1e-5) and (layer.attention >= 0).all()
        assert layer.kept.all()


def test_it_goes_through_the_layers_as_the_plain_forward_pass_does(network: Fecct) -> None:
    y, view = received(CODE), CodeView.of(CODE)
    said, logits = forward(network, CODE, y)
    with torch.inference_mode():
        x = network.embed(torch.from_numpy(np.abs(y))[None], view.syndrome(torch.from_numpy(y < 0)[None]))
        for block, layer, words, early in zip(
            network.blocks, trace(FecctDecoder(CODE, network, "x"), y), said, logits, strict=True
        ):
            values = block.attention.v(block.norm_attention(x)).unflatten(-1, (4, -1)).transpose(1, 2)
            mixed = torch.from_numpy(layer.attention)[None] @ values
            assert torch.allclose(block.attention.o(mixed.transpose(1, 2).flatten(2)), words, atol=1e-5)
            assert np.allclose(layer.logits, early.numpy(), atol=1e-5)
            x = block(x, view)


def test_a_factor_of_zero_makes_a_head_look_everywhere_alike(network: Fecct) -> None:
    network.blocks[0].attention.psi[1] = 0
    first = next(trace(FecctDecoder(CODE, network, "x"), received(CODE)))
    assert np.allclose(first.attention[1], 1 / (CODE.n + CODE.rows), atol=1e-7)
    assert first.attention[0].std() > 1e-3


def test_a_compact_network_leaves_the_trace_of_the_masked_one(network: Fecct) -> None:
    y, pruned = received(CODE), mask()
    backbone, decoder = FecctDecoder(CODE, network, "x"), FecctDecoder(CODE, compact(network, pruned), "y")
    alone, beside = list(trace(decoder, y)), list(trace(decoder, y, backbone, HEADS))
    with masked(network, pruned):
        _, logits = forward(network, CODE, y)
    for layer, (small, whole, early) in enumerate(zip(alone, beside, logits, strict=True)):
        assert len(small.attention) == HEADS[layer].sum() and small.kept.all()
        assert np.array_equal(whole.kept, HEADS[layer])
        assert np.array_equal(whole.attention[HEADS[layer]], small.attention)
        assert np.array_equal(whole.logits, small.logits)
        assert np.allclose(small.logits, early.numpy(), atol=1e-5)
        assert np.allclose(whole.attention.sum(axis=-1), 1, atol=1e-5)


def test_a_pruned_head_looks_at_the_tokens_of_the_pruned_network(network: Fecct) -> None:
    """Its attention is that of the masked network, and what it looks at changes nothing."""
    y, pruned = received(CODE), mask()
    backbone, decoder = FecctDecoder(CODE, network, "x"), FecctDecoder(CODE, compact(network, pruned), "y")
    inputs: list[torch.Tensor] = []
    hooks = [block.register_forward_pre_hook(lambda _, x: inputs.append(x[0])) for block in network.blocks]
    with masked(network, pruned):
        forward(network, CODE, y)
    for hook in hooks:
        hook.remove()
    for block, x, layer in zip(network.blocks, inputs, trace(decoder, y, backbone, HEADS), strict=True):
        part = block.attention
        z = block.norm_attention(x)
        q, k = (side(z).unflatten(-1, (4, -1)).transpose(1, 2) for side in (part.q, part.k))
        scores = (q @ k.transpose(-1, -2)) * part.modulation(CodeView.of(CODE).distances)
        assert np.allclose(layer.attention, scores.softmax(-1)[0].numpy(), atol=1e-5)
    before = list(trace(backbone, y))[1].attention
    assert np.abs(before[~HEADS[1]] - layer.attention[~HEADS[1]]).max() > 1e-3


def test_kept_heads_are_those_of_the_decoder_where_it_has_learned_on(network: Fecct) -> None:
    y, small = received(CODE), compact(network, mask())
    small.blocks[0].attention.q.weight[:] *= 1.5  # as a merged adapter might
    backbone, decoder = FecctDecoder(CODE, network, "x"), FecctDecoder(CODE, small, "y")
    alone, beside = next(trace(decoder, y)), next(trace(decoder, y, backbone, HEADS))
    assert np.array_equal(beside.attention[HEADS[0]], alone.attention)
    untouched = next(trace(backbone, y)).attention
    assert np.allclose(beside.attention[~HEADS[0]], untouched[~HEADS[0]], atol=1e-6)
    assert np.abs(beside.attention[HEADS[0]] - untouched[HEADS[0]]).max() > 1e-3
