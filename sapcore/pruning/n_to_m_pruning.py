"""Prunes a FECCT to N:M sparsity for one code: scores, an order of channels, masks, and if wished a weight update.

Pruned are the six Linear layers of every block: q, k, v and o of the attention, up and down of the feed-forward layer.
Never pruned is what reads the result out (bit, check, out) nor the embeddings: they are small, and `out` has one row.

The pruned network is stored with its channels in the order that was found, so that each group of M consecutive inputs
keeps N; its pruned weights are zeros in matrices of full size. Which they are is told by the masks alone: a kept weight
may be zero too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from sapcore.codes import LinearCode
from sapcore.decoders.fecct import CodeView, Fecct
from sapcore.errors import InputError
from sapcore.pruning.input_statistics import InputStatistics
from sapcore.pruning.learnable_permutation import (
    Batch,
    Learned,
    LearningRecipe,
    Progress,
    Task,
    learn_permutations,
)
from sapcore.pruning.measured_scores import MeasuredScores, check_fits, measure_scores
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.n_to_m_plan import UPDATES, NToMPlan
from sapcore.pruning.permutation import Module, Permutation, reordered, reordered_tensors
from sapcore.pruning.permutation_search import kept_share, stacked
from sapcore.pruning.scores import CALIBRATION_EBN0
from sapcore.pruning.weight_update import updated_weights
from sapcore.training.data import draw_frames

STEP_NODES = 4096  # a step of learning holds as many frames as have so many nodes together,
HELD_OUT_NODES = 32768  # the set that chooses the best step this many
HELD_OUT_STREAM = 1


@dataclass(frozen=True, eq=False)
class NToMPruned(Generic[Module]):
    """A network pruned to N:M.

    Attributes:
        network: with its channels reordered and zeros where weights are pruned.
        masks: by name of each pruned layer, (outputs, inputs) bool, True = kept, in the network's order of channels.
        n_to_m: the sparsity, which every mask holds exactly.
        permutations: the order of each coupling, relative to the dense network.
        kept_scores: share of its score that each coupling's readers keep on average under their masks, by its name.
    """

    network: Module
    masks: Mapping[str, np.ndarray]
    n_to_m: NToM
    permutations: tuple[Permutation, ...]
    kept_scores: Mapping[str, float]


def prune_n_to_m(
    network: Fecct,
    code: LinearCode,
    plan: NToMPlan,
    orders: Mapping[str, np.ndarray] | None = None,
    frames: int | None = None,
    seed: int = 0,
) -> NToMPruned[Fecct]:
    """Prune `network` for `code` under its matrix; `network` stays as it is.

    Args:
        network: dense, or already compact, on the CPU; layers may differ in width.
        code: with the matrix the network will look at.
        plan: sparsity, score, permutation and update.
        orders: the orders of channels, by name of the coupling, where they are known, as learned ones must be.
        frames: calibration frames, as for `score_code`.
        seed: of the calibration frames.

    Raises:
        InputError: M does not divide the inputs of a layer; or the plan's orders are learned, and not given; or
            `orders` are for another network.
    """
    check_fits(network, plan.n_to_m)
    measured = measure_scores(network, code, plan.score, frames, seed)
    permutations = _searched(measured, plan) if orders is None else measured.permutations(orders)
    return pruned_in_order(network, permutations, measured.scores, plan.n_to_m, measured.statistics, plan.update)


def learn_orders(
    network: Fecct,
    code: LinearCode,
    plan: NToMPlan,
    recipe: LearningRecipe | None = None,
    frames: int | None = None,
    seed: int = 0,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Learned:
    """Learn the orders of channels under which `network`, pruned by sparsity and score of `plan`, decodes `code` best.

    Starts from those of lsa; the plan's permutation and update are not looked at. Arguments as `prune_n_to_m`, `seed`
    being also that of the frames learned from, `watch` called as by `learn_permutations`.

    Raises:
        InputError: M does not divide the inputs of a layer, or learning stopped being finite.
    """
    check_fits(network, plan.n_to_m)
    measured = measure_scores(network, code, plan.score, frames, seed)
    start = measured.search("lsa", plan.n_to_m)
    return learn_permutations(
        network, start, measured.scores, plan.n_to_m, code_task(network, code, seed), recipe, seed, watch
    )


def _searched(measured: MeasuredScores, plan: NToMPlan) -> tuple[Permutation, ...]:
    """The plan's order of each coupling, searched for."""
    if plan.learned:
        raise InputError(f"The orders of channels of {plan} have to be learned before.")
    return measured.search(plan.permutation, plan.n_to_m)


def pruned_in_order(
    network: Module,
    permutations: Sequence[Permutation],
    scores: Mapping[str, np.ndarray],
    n_to_m: NToM,
    statistics: InputStatistics | None = None,
    update: str = "none",
) -> NToMPruned[Module]:
    """Prune the readers of the permutations' couplings in any network, and put its channels in their order.

    Args:
        network: dense; it stays as it is.
        permutations: one of each coupling.
        scores: (outputs, inputs) by name of the reader, in the order of `network`.
        n_to_m: the sparsity.
        statistics: of the readers' inputs; needed by an update alone.
        update: one of UPDATES.

    Raises:
        InputError: there is no such update, or it lacks the statistics of a reader; or M does not divide the inputs of
            a reader, or a score is not finite; or a permutation is for another network.
    """
    if update not in UPDATES:
        raise InputError(f"There is no weight update {update!r}; there are {', '.join(UPDATES)}.")
    if update != "none":
        known = () if statistics is None else statistics.moments
        readers = [reader for permutation in permutations for reader in permutation.coupling.readers]
        if missing := [reader for reader in readers if reader not in known]:
            raise InputError(f"The update {update} needs statistics of the inputs of {', '.join(missing)}.")
    pruned = reordered(network, permutations)
    masks, weights, kept = {}, {}, {}
    for permutation in permutations:
        order, back = permutation.order, np.argsort(permutation.order)
        readers = permutation.coupling.readers
        for reader in readers:
            weight = network.get_submodule(reader).weight.detach()
            mask = n_to_m.mask(scores[reader][:, order])[:, back]
            if update != "none":
                ways = {"mask": mask} if update == "refit" else {"choose": _chooser(n_to_m, order)}
                values, mask = updated_weights(weight.numpy(), statistics.moments[reader], **ways)
                weight = torch.from_numpy(values).to(weight)
            masks[f"{reader}.weight"] = torch.from_numpy(mask)
            weights[f"{reader}.weight"] = torch.where(masks[f"{reader}.weight"], weight, 0)
        final = np.concatenate([masks[f"{reader}.weight"].numpy() for reader in readers])
        kept[permutation.coupling.name] = kept_share(stacked([scores[reader] for reader in readers]), final)
    pruned.load_state_dict(reordered_tensors(weights, permutations), strict=False)
    masks = {
        name.removesuffix(".weight"): mask.numpy() for name, mask in reordered_tensors(masks, permutations).items()
    }
    return NToMPruned(pruned.eval(), masks, n_to_m, tuple(permutations), kept)


def _chooser(n_to_m: NToM, order: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda scores: n_to_m.mask(scores[:, order])[:, np.argsort(order)]


def code_task(network: Fecct, code: LinearCode, seed: int = 0) -> Task:
    """Decoding `code`: binary cross-entropy a bit, in nats, on frames of non-zero syndrome, drawn as for calibration.

    The held-out set is drawn with a generator of its own, which no step of learning shares. Distillation compares the
    residual stream after each block.
    """
    view = CodeView.of(code)
    nodes = len(view.distances)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(HELD_OUT_STREAM,)))  # a step has [seed, step]
    chooser = torch.Generator().manual_seed(int(rng.integers(2**62)))
    stages = tuple(f"blocks.{layer}" for layer in range(network.config.layers))
    many = max(1, HELD_OUT_NODES // STEP_NODES)
    held_out = [code_batch(view, code, max(1, STEP_NODES // nodes), chooser) for _ in range(many)]

    def draw(generator: torch.Generator) -> Batch:
        return code_batch(view, code, max(1, STEP_NODES // nodes), generator)

    return Task(draw, bit_loss, held_out, stages)


def code_batch(view: CodeView, code: LinearCode, frames: int, generator: torch.Generator) -> Batch:
    """A batch of `frames` frames for a FECCT, at the Eb/N0 of calibration."""
    drawn = draw_frames(view, code.rate, CALIBRATION_EBN0, frames, generator)
    return (drawn.magnitudes, drawn.syndromes, view), drawn.wrong


def bit_loss(logits: Tensor, wrong: Tensor) -> Tensor:
    """Mean binary cross-entropy of logits (B, n) that bits are wrong, in nats."""
    return functional.binary_cross_entropy_with_logits(logits, wrong)
