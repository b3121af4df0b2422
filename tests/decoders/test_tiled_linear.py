import numpy as np
import pytest
import torch
from torch.nn import functional

from sapcore.codes import find
from sapcore.decoders.fecct import Fecct
from sapcore.decoders.fecct_config import FecctConfig
from sapcore.decoders.fecct_decoder import FecctDecoder
from sapcore.decoders.inference import InferencePath
from sapcore.decoders.tiled_linear import TiledLinear, hidden_order, is_tiled
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.pattern_weights import projected_masks
from sapcore.pruning.patterns import PATTERNS


def pruned(outputs, inputs, pattern="tile"):
    weight = torch.randn(outputs, inputs)
    return weight * torch.from_numpy(PATTERNS[pattern].project(weight.numpy(), 0.5))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(), (3,), (2, 5)])
def test_a_tiled_layer_is_the_one_with_zeros(shape, dtype):
    torch.manual_seed(0)
    weight, bias, x = (part.to(dtype) for part in (pruned(12, 16), torch.randn(12), torch.randn(*shape, 16)))
    with torch.inference_mode():
        want = functional.linear(x, weight, bias)
        assert torch.allclose(TiledLinear(weight, bias)(x), want, atol=1e-6 if dtype == torch.float32 else 0.1)


def test_only_few_tiles_that_leave_something_out_are_tiled():
    torch.manual_seed(0)
    assert is_tiled(pruned(12, 16))
    assert not is_tiled(torch.randn(12, 16))
    assert not is_tiled(pruned(12, 16, "kernel"))
    half = pruned(12, 16)
    half[:6] = torch.randn(6, 16)  # its first tile keeps all
    assert not is_tiled(half)
    assert not is_tiled(torch.zeros(4, 4))


@pytest.mark.parametrize("seed", range(5))
def test_in_order_no_column_has_to_be_gathered_and_the_function_is_the_same(seed):
    torch.manual_seed(seed)
    up, down, x = pruned(32, 8), pruned(10, 32), torch.randn(7, 8)
    order = hidden_order(up, down)
    read = (down != 0).any(dim=0)
    assert sorted(order.tolist()) == read.nonzero()[:, 0].tolist()
    assert ((order < 16).int().diff() <= 0).all()  # the tiles of up stay whole
    layers = TiledLinear(up[order], torch.ones(len(order))), TiledLinear(down[:, order], torch.ones(10))
    assert layers[0]._order is not None and layers[1]._order is None
    want = functional.gelu(x @ up.T + 1) @ down.T + 1
    assert torch.allclose(layers[1](functional.gelu(layers[0](x))), want, atol=1e-5)


def test_a_decoder_leaves_the_zeros_out_and_says_the_same():
    torch.manual_seed(0)
    network, code = Fecct(FecctConfig(2, 16, 2)), find("Hamming(7,4)")
    masks = projected_masks(network, PatternPlan("tile", 0.5))
    for name, mask in masks.items():
        network.get_submodule(name).weight.data *= torch.from_numpy(mask)
    decoder = FecctDecoder(code, network, "")
    path = decoder._path
    assert isinstance(path, InferencePath)
    layers = [part for layer in path._layers for part in (layer.qkv, layer.up, layer.down)]
    assert all(isinstance(part, TiledLinear) for part in layers) and len(layers) == 6
    received = np.random.default_rng(0).normal(1, 0.8, (40, 7)).astype(np.float32)
    with torch.inference_mode():
        want = network(*decoder._inputs(received), decoder._view).numpy()
    assert np.abs(decoder.logits(received) - want).max() < 1e-4
    dense = FecctDecoder(code, Fecct(FecctConfig(2, 16, 2)), "")._path
    assert not any(isinstance(part, TiledLinear) for part in (dense._layers[0].qkv, dense._layers[0].down))
