import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from sapcore.codes import find
from sapcore.decoders.fecct import CodeView, Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.pruning import n_to_m_pruning
from sapcore.pruning.input_statistics import calibration_batches, collect_inputs
from sapcore.pruning.learnable_permutation import LearningRecipe, learn_permutations
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.n_to_m_plan import PERMUTATIONS, NToMPlan
from sapcore.pruning.n_to_m_pruning import code_task, learn_orders, prune_n_to_m
from sapcore.pruning.permutation import Permutation, hidden_coupling, reordered_tensors
from sapcore.pruning.permutation_search import kept_share, stacked
from sapcore.pruning.weight_scores import weight_scores
from sapcore.pruning.weight_update import output_error

CODE = find("Hamming(7,4)")
HALF = NToM(2, 4)
QUICK = LearningRecipe(steps=4, every=2)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(n_to_m_pruning, "STEP_NODES", 320)
    monkeypatch.setattr(n_to_m_pruning, "HELD_OUT_NODES", 640)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return Fecct(FecctConfig(2, 16, 2, kept_heads=(2, 1), kept_channels=(64, 40))).eval()


@pytest.mark.parametrize("permutation", PERMUTATIONS)
@pytest.mark.parametrize(("sparsity", "score"), [("2:4", "wanda"), ("1:8", "ria"), ("2:4", "magnitude")])
def test_a_pruned_network_is_the_dense_one_without_the_pruned_weights(network, permutation, sparsity, score):
    n_to_m, before = NToM.parse(sparsity), {name: value.clone() for name, value in network.state_dict().items()}
    plan, orders = NToMPlan(n_to_m, score, permutation), None
    if plan.learned:
        learned = learn_orders(network, CODE, plan, QUICK, frames=32)
        orders = {one.coupling.name: one.order for one in learned.permutations}
    pruned = prune_n_to_m(network, CODE, plan, orders, frames=32)
    blocks = {name for name, part in network.named_modules() if isinstance(part, torch.nn.Linear) and "blocks" in name}
    assert set(pruned.masks) == blocks  # bit, check and out are not pruned
    for layer, mask in pruned.masks.items():
        weight = pruned.network.get_submodule(layer).weight
        assert n_to_m.holds(mask)
        assert (weight.numpy(force=True)[~mask] == 0).all()
        assert (weight.numpy(force=True)[mask] != 0).mean() > 0.99
    # the same weights taken out of a network in its old order say the same
    masks = {f"{layer}.weight": torch.from_numpy(mask) for layer, mask in pruned.masks.items()}
    inverse = [type(one)(one.coupling, np.argsort(one.order)) for one in pruned.permutations]
    old = copy.deepcopy(network)
    for name, mask in reordered_tensors(masks, inverse).items():
        old.get_parameter(name).data *= mask
    (inputs, _), *_ = code_task(network, CODE).held_out
    with torch.no_grad():
        assert torch.allclose(old(*inputs), pruned.network(*inputs), atol=1e-4)
        assert not torch.allclose(network(*inputs), pruned.network(*inputs), atol=1e-2)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_searches_keep_more_of_the_score_than_none(network):
    kept = {
        how: prune_n_to_m(network, CODE, NToMPlan(HALF, permutation=how), frames=32).kept_scores
        for how in ("none", "greedy", "lsa")
    }
    for coupling, plain in kept["none"].items():
        assert kept["greedy"][coupling] > plain
        assert kept["lsa"][coupling] > plain


def test_the_learnable_order_is_never_worse_on_its_held_out_set(network):
    seen, plan = [], NToMPlan(HALF, permutation="learnable")
    learned = learn_orders(network, CODE, plan, QUICK, frames=32, watch=seen.append)
    orders = {one.coupling.name: one.order for one in learned.permutations}
    pruned = prune_n_to_m(network, CODE, plan, orders, frames=32)
    tried = [progress.held_out for progress in seen if progress.held_out is not None]
    with torch.no_grad():
        task = code_task(network, CODE)
        loss = np.mean([float(task.loss(pruned.network(*inputs), wrong)) for inputs, wrong in task.held_out])
    assert len(tried) == 3
    assert loss == pytest.approx(min(tried), rel=1e-4)
    assert min(tried) <= tried[0]
    lsa = prune_n_to_m(network, CODE, NToMPlan(HALF, permutation="lsa"), frames=32)
    with torch.no_grad():
        start = np.mean([float(task.loss(lsa.network(*inputs), wrong)) for inputs, wrong in task.held_out])
    assert start == pytest.approx(tried[0], rel=1e-4)


@pytest.mark.parametrize("update", ["refit", "admm"])
@pytest.mark.parametrize("permutation", ["none", "lsa"])
def test_updates_bring_outputs_of_layers_nearer(network, permutation, update):
    plain, updated = (
        prune_n_to_m(network, CODE, NToMPlan(HALF, permutation=permutation, update=how), frames=64)
        for how in ("none", update)
    )
    assert all(NToM(2, 4).holds(mask) for mask in updated.masks.values())
    if update == "refit":
        assert all(np.array_equal(mask, plain.masks[layer]) for layer, mask in updated.masks.items())
    moments = collect_inputs(network, list(plain.masks), calibration_batches(CODE, 64)).moments
    inverse = [type(one)(one.coupling, np.argsort(one.order)) for one in plain.permutations]
    states = [reordered_tensors(one.network.state_dict(), inverse) for one in (plain, updated)]
    for layer in plain.masks:
        dense = network.get_submodule(layer).weight.numpy(force=True)
        errors = [output_error(dense, state[f"{layer}.weight"].numpy(), moments[layer]) for state in states]
        assert errors[1] < errors[0]


def test_training_and_held_out_frames_are_of_the_code_and_differ(network):
    task = code_task(network, CODE, seed=3)
    view = CodeView.of(CODE)
    (magnitudes, syndromes, _), wrong = task.held_out[0]
    assert torch.equal(view.syndrome(wrong), syndromes)
    assert len(task.held_out) == 2
    assert len(magnitudes) == 320 // (CODE.n + CODE.rows)
    assert not torch.equal(magnitudes, task.draw(torch.Generator().manual_seed(3))[0][0])
    assert not torch.equal(magnitudes, code_task(network, CODE, seed=4).held_out[0][0][0])


def frames_of(batches):
    return {frame.tobytes() for magnitudes in batches for frame in magnitudes.numpy()}


@pytest.mark.parametrize("seed", [0, 1, 2, 7, 2**40])
def test_no_frame_is_both_held_out_and_learned_from(seed):
    network, drawn = Fecct(FecctConfig(1, 4, 1)).eval(), []
    task, recipe = code_task(network, CODE, seed), LearningRecipe(every=40, groups=1, iterations=1, alpha=0)

    def draw(generator):
        batch = task.draw(generator)
        drawn.append(batch[0][0])
        return batch

    down = hidden_coupling(network, 0)
    scores = {reader: network.get_submodule(reader).weight.detach().abs().numpy() for reader in down.readers}
    start = [Permutation(down, np.arange(down.channels))]
    learn_permutations(network, start, scores, NToM(2, 4), replace(task, draw=draw), recipe, seed)
    assert len(drawn) == recipe.steps
    held_out, learned = frames_of(batch[0][0] for batch in task.held_out), frames_of(drawn)
    calibration = frames_of(magnitudes for magnitudes, _, _ in calibration_batches(CODE, 64, seed))
    assert len(learned) == sum(map(len, drawn))  # no step sees another's
    assert not held_out & learned
    assert not calibration & (held_out | learned)


@pytest.mark.parametrize("update", ["none", "refit", "admm"])
def test_the_share_kept_is_that_under_the_final_masks(network, update):
    pruned = prune_n_to_m(network, CODE, NToMPlan(HALF, "magnitude", "lsa", update), frames=64)
    inverse = [Permutation(one.coupling, np.argsort(one.order)) for one in pruned.permutations]
    masks = {f"{layer}.weight": torch.from_numpy(mask) for layer, mask in pruned.masks.items()}
    masks = reordered_tensors(masks, inverse)
    for coupling in (one.coupling for one in pruned.permutations):
        weights = {one: network.get_submodule(one).weight.numpy(force=True) for one in coupling.readers}
        scores = stacked([weight_scores("magnitude", weight, one, None) for one, weight in weights.items()])
        final = np.concatenate([masks[f"{one}.weight"].numpy() for one in coupling.readers])
        assert pruned.kept_scores[coupling.name] == pytest.approx(kept_share(scores, final), rel=1e-12)


@pytest.mark.parametrize(
    ("plan", "orders", "sentence"),
    [
        ("2:16", None, "2:16 does not fit blocks.1.attention.o: 16 does not divide its 8 inputs."),
        ("2:5", None, "2:5 does not fit blocks.0.attention.q: 5 does not divide its 16 inputs."),
        ("2:4+learnable", None, "The orders of channels of 2:4+learnable have to be learned before."),
        ("2:4+learnable", {"residual": np.arange(16)}, "These orders of channels are for another network."),
    ],
)
def test_what_cannot_be_is_one_sentence(network, plan, orders, sentence):
    with pytest.raises(InputError) as error:
        prune_n_to_m(network, CODE, NToMPlan.parse(plan), orders)
    assert str(error.value) == sentence
