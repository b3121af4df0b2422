import copy
import re

import numpy as np
import pytest
import torch

from sapcore.codes import find
from sapcore.decoders.fecct import CodeView, Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.pruning.n_to_m_plan import NToMPlan
from sapcore.pruning.n_to_m_pruning import prune_n_to_m
from sapcore.recovery.adapter import adapted_layers, merged
from sapcore.recovery.masked import merged_under, updated
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.recovery.recover import recover
from sapcore.training.data import draw_frames

CODE = find("Hamming(7,4)")
VIEW = CodeView.of(CODE)
SHORT = RecoveryRecipe(rank=2, steps=30, tokens=200, warmup=3)


@pytest.fixture(scope="module")
def pruned():
    torch.manual_seed(0)
    network = Fecct(FecctConfig(2, 16, 4)).eval().requires_grad_(False)
    return prune_n_to_m(network, CODE, NToMPlan.parse("2:4"), frames=32)


@pytest.fixture(scope="module")
def recovered(pruned):
    return recover(pruned.network, CODE, SHORT, precision="no", masks=pruned.masks)


def loss(network):
    drawn = draw_frames(VIEW, CODE.rate, SHORT.ebn0, 500, torch.Generator().manual_seed(9))
    with torch.no_grad():
        logits = network(drawn.magnitudes, drawn.syndromes, VIEW)
    return float(torch.nn.functional.binary_cross_entropy_with_logits(logits, drawn.wrong))


def test_recovery_keeps_every_zero_and_lowers_the_loss(pruned, recovered):
    before = copy.deepcopy(pruned.network.state_dict())
    network = merged_under(pruned.masks, pruned.network, recovered[0])
    for layer, mask in pruned.masks.items():
        weight, old = (one.get_submodule(layer).weight.numpy(force=True) for one in (network, pruned.network))
        assert not weight[~mask].any()
        assert (weight != old)[mask].mean() > 0.9
    assert loss(network) < loss(pruned.network)
    assert all(torch.equal(value, before[name]) for name, value in pruned.network.state_dict().items())


def test_the_update_is_the_masked_product_of_the_adapter(pruned, recovered):
    model, _ = recovered
    weights = updated(model, pruned.masks)
    layers = adapted_layers(model)
    assert {f"{name}.weight" for name, _ in layers} == set(weights)
    for name, layer in layers:
        A, B = (matrix["default"].weight for matrix in (layer.lora_A, layer.lora_B))
        change = torch.from_numpy(pruned.masks[name]) * (SHORT.alpha / SHORT.rank * B @ A)
        assert torch.allclose(weights[f"{name}.weight"], layer.base_layer.weight + change, atol=1e-6)


def test_under_masks_that_keep_all_it_is_the_adapter_as_it_is():
    torch.manual_seed(1)
    network = Fecct(FecctConfig(2, 16, 4)).eval().requires_grad_(False)
    full = {name: np.ones((layer.out_features, layer.in_features), dtype=bool)
            for name, layer in network.named_modules() if isinstance(layer, torch.nn.Linear)}  # fmt: skip
    plain, masked = (recover(network, CODE, SHORT, precision="no", masks=masks) for masks in (None, full))
    assert np.allclose(plain[1], masked[1], atol=1e-4)
    for name, value in merged(plain[0]).state_dict().items():
        assert torch.allclose(value, merged_under(full, network, plain[0]).state_dict()[name], atol=1e-6)


def test_merging_without_the_masks_is_refused(recovered):
    zeros = 2 * (4 * 16 * 16 + 2 * 16 * 64) // 2
    sentence = (
        f"{zeros} of the {2 * zeros} weights are zero by pruning, and merging the adapter as it is would fill them"
    )
    with pytest.raises(InputError, match=re.escape(sentence)):
        merged(recovered[0])
