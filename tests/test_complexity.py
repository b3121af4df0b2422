import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from sapcore.codes import find
from sapcore.complexity import DISTANCE_CLASSES, complexity, macs_by_part
from sapcore.decoders.fecct import UNREACHABLE, CodeView, Fecct, FecctConfig

CONFIGS = [FecctConfig(), FecctConfig(2, 16, 4), FecctConfig(2, 16, 4, kept_heads=(1, 3), kept_channels=(5, 60))]


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize("name", ["Hamming(7,4)", "LDPC(49,24)", "BCH(31,16)-r"])
def test_counts_against_torch(config, name):
    code, network = find(name), Fecct(config)
    view = CodeView.of(code)
    counter = FlopCounterMode(display=False, depth=10)
    with counter, torch.inference_mode():
        network(torch.rand(3, code.n), torch.zeros(3, code.rows, dtype=torch.long), view)
    cost = complexity(config, code)
    assert 2 * 3 * cost.macs == counter.get_total_flops()
    assert cost.macs == sum(macs_by_part(config, code).values())
    assert cost.macs_blocks < cost.macs
    assert cost.parameters == sum(parameter.numel() for parameter in network.parameters())
    assert cost.bytes == sum(parameter.nbytes for parameter in network.parameters())


def test_psi_has_an_entry_for_every_class_of_distance():
    assert DISTANCE_CLASSES == UNREACHABLE + 1


def test_half_the_heads_and_channels_are_almost_half_the_products_of_the_blocks():
    code = find("BCH(63,45)-r")
    half = FecctConfig(kept_heads=[4] * 6, kept_channels=[256] * 6)
    assert complexity(half, code).macs_blocks == complexity(FecctConfig(), code).macs_blocks / 2
