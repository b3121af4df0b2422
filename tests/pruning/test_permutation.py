import copy
import re

import numpy as np
import pytest
import torch

from sapcore.codes import find
from sapcore.decoders.backbones import DEFAULT_BACKBONE, load_backbone
from sapcore.decoders.fecct import CodeView, Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.pruning.compaction import compact
from sapcore.pruning.permutation import (
    Coupling,
    Permutation,
    fecct_couplings,
    hidden_coupling,
    reordered,
    reordered_tensors,
    residual_coupling,
    values_coupling,
)
from sapcore.pruning.structured_mask import StructuredMask

CODES = "Hamming(7,4)", "BCH(31,16)-r", "LDPC(49,24)"


def shuffled(coupling, rng):
    starts = range(0, coupling.channels, coupling.block)
    return Permutation(coupling, np.concatenate([start + rng.permutation(coupling.block) for start in starts]))


def logits(network, code, seed=0):
    view, generator = CodeView.of(code), torch.Generator().manual_seed(seed)
    exact = CodeView(view.parity_check, view.distances, view.fold.double())
    magnitudes = torch.rand(3, code.n, generator=generator, dtype=torch.float64) * 2
    with torch.inference_mode():
        return network(magnitudes, view.syndrome(torch.rand(3, code.n, generator=generator) < 0.1), exact)


def pruned_unevenly(network):
    """The compact network of a mask that keeps another number of heads and channels in every layer."""
    heads, channels = np.ones((6, 8), dtype=bool), np.ones((6, 512), dtype=bool)
    for layer in range(6):
        heads[layer, : layer + 1] = False
        channels[layer, : 37 * (layer + 1)] = False
    return compact(network, StructuredMask(heads, channels, "b"))


@pytest.fixture(scope="module", params=["dense", "pruned"])
def network(request):
    dense = load_backbone(DEFAULT_BACKBONE)
    return copy.deepcopy(dense if request.param == "dense" else pruned_unevenly(dense)).double()


@pytest.fixture(scope="module")
def wanted(network):
    return {name: logits(network, find(name)) for name in CODES}


@pytest.mark.parametrize("kind", ["residual", "values", "hidden", "all"])
@pytest.mark.parametrize("name", CODES)
def test_the_decoder_says_the_same_in_every_order(network, wanted, name, kind):
    rng = np.random.default_rng(7)
    chosen = [c for c in fecct_couplings(network) if kind == "all" or c.name.endswith(kind)]
    assert len(chosen) == {"residual": 1, "values": 6, "hidden": 6, "all": 13}[kind]
    before = {key: value.clone() for key, value in network.state_dict().items()}
    other = reordered(network, [shuffled(coupling, rng) for coupling in chosen])
    assert (logits(other, find(name)) - wanted[name]).abs().max() < 1e-12
    for coupling in chosen:  # and it was really reordered
        for reader in coupling.readers:
            weight = f"{reader}.weight"
            assert not torch.equal(other.state_dict()[weight], before[weight])
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_orders_across_heads_would_change_the_function(network, wanted):
    coupling = values_coupling(network, 0)
    across = Coupling(coupling.name, coupling.channels, coupling.channels, coupling.readers, coupling.axes)
    other = shuffled(across, np.random.default_rng(0)).apply(network)
    assert (logits(other, find(CODES[0])) - wanted[CODES[0]]).abs().max() > 1e-3


def test_an_order_and_its_inverse_cancel():
    torch.manual_seed(0)
    network = Fecct(FecctConfig(2, 16, 4))
    there = shuffled(residual_coupling(network), np.random.default_rng(1))
    back = Permutation(there.coupling, np.argsort(there.order))
    again = reordered(network, [there, back]).state_dict()
    assert all(torch.equal(value, again[key]) for key, value in network.state_dict().items())
    swapped = there.apply(network)
    assert torch.equal(swapped.blocks[1].up.weight, network.blocks[1].up.weight[:, there.order.copy()])


def test_each_linear_of_a_block_has_one_coupling():
    network = Fecct(FecctConfig(2, 16, 4, kept_heads=(3, 1), kept_channels=(20, 64)))
    couplings = fecct_couplings(network)
    readers = sorted(reader for coupling in couplings for reader in coupling.readers)
    linear = {name for name, module in network.named_modules() if isinstance(module, torch.nn.Linear)}
    assert readers == sorted(linear - {"bit", "check", "out"})
    for coupling in couplings:
        for reader in coupling.readers:
            assert network.get_submodule(reader).in_features == coupling.channels
            assert (f"{reader}.weight", 1) in coupling.axes
    state = network.state_dict()
    assert all(state[name].shape[axis] == coupling.channels for coupling in couplings for name, axis in coupling.axes)


@pytest.mark.parametrize(
    "order",
    [np.arange(15), np.zeros(16, int), np.arange(1, 17), np.arange(16.0), np.arange(16).reshape(4, 4), np.r_[0:15, -1]],
)
def test_what_is_no_order_is_refused(order):
    coupling = residual_coupling(Fecct(FecctConfig(1, 16, 4)))
    sentence = "An order of residual holds each of its 16 channels, from 0 on, exactly once."
    with pytest.raises(InputError, match=re.escape(sentence)):
        Permutation(coupling, order)


def test_orders_that_leave_their_head_or_fit_another_network_are_refused():
    network = Fecct(FecctConfig(1, 16, 4))
    with pytest.raises(InputError, match=r"within its 4 consecutive ones; channel 15 leaves them"):
        Permutation(values_coupling(network, 0), np.arange(16)[::-1])
    whole = Permutation(hidden_coupling(network, 0), np.arange(64)[::-1])
    with pytest.raises(InputError, match=r"blocks.0.hidden has 64 channels, but blocks.0.up.weight has 60"):
        whole.apply(Fecct(FecctConfig(1, 16, 4, kept_channels=(60,))))
    with pytest.raises(ValueError, match="read-only"):
        whole.order[0] = 0


def test_a_name_that_the_network_does_not_have_is_refused_but_masks_may_be_partial():
    network = Fecct(FecctConfig(1, 16, 4))
    coupling, order = hidden_coupling(network, 0), np.arange(64)[::-1]
    axes = (("blocks.0.up.wieght", 0), *coupling.axes[1:])
    misspelt = Permutation(Coupling("hidden", 64, 64, coupling.readers, axes), order)
    with pytest.raises(InputError) as error:
        misspelt.apply(network)
    assert str(error.value) == "hidden runs along blocks.0.up.wieght, which the network does not have."
    mask = torch.arange(64).repeat(16, 1)
    partial = reordered_tensors({"blocks.0.down.weight": mask}, [Permutation(coupling, order)])
    assert partial.keys() == {"blocks.0.down.weight"}
    assert torch.equal(partial["blocks.0.down.weight"], mask.flip(1))


def test_a_coupling_runs_along_the_inputs_of_its_readers():
    with pytest.raises(InputError) as error:
        Coupling("hidden", 8, 8, ("one", "two"), (("one.weight", 1), ("two.weight", 0)))
    assert str(error.value) == "hidden has two among its readers, but not axis 1 of its weight among its axes."
