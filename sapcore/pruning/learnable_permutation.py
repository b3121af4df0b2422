"""Learns the order of channels under which a network that is pruned to N:M still does its task.

After "Learnable permutation for structured sparsity on transformer models" (arXiv 2601.22980, AAAI 2026): a cost
matrix for each group of channels; soft permutations P from it by entropic matching whose temperature is annealed; the
loss of the task plus a layer-wise distillation, through

    W_eff = ((W P) ⊙ M(S P)) Pᵀ                 W weights, S their scores, M the N:M mask

so that inputs need no reordering while learning; weights stay frozen and scores are computed once, on the dense
network; the Hungarian algorithm makes P hard at the end. Costs are kept for blocks of channels on the diagonal only.

The paper leaves open, and ours is, `LearningRecipe` by name and default, and:

* the start: the channels are first put in the order that linear sum assignment found; cost then is -`identity` on the
  diagonal and 0 elsewhere, so that learning begins at that order, loosely held. Costs are not normalised: a constant
  added to a row or a column changes nothing in P.
* the mask in training is exact in value; its gradient is that of N softmax(S P / `mask_temperature`) over each group, S
  scaled to a mean of 1 in each layer.
* `hard`: P in training is the hard permutation, its gradient that of the soft one, so that the loss is that of the
  network one gets. The paper takes the soft one, which is `hard` = False: it blurs the weights that it moves, and
  from the order of an assignment it is slow to move at all.
* distillation: mean over the stages of E‖h - h_dense‖² / E‖h_dense‖², times `alpha`.
* selection: every `every` steps, at step 0 and at the last one, the hard permutations are tried on a held-out set, and
  the best such step is the result. So on that set, not on others, it is never worse than its start.

It works on any module whose Linear layers are named by a `Coupling`.
"""

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from sapcore.decoders.denormals import flushed_denormals
from sapcore.errors import InputError
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.permutation import Coupling, Permutation
from sapcore.pruning.sinkhorn import hungarian, permutation_matrix, sinkhorn

Batch = tuple[tuple[object, ...], Tensor]  # the arguments of a call, and what it should say


@dataclass(frozen=True, eq=False)
class Task:
    """What a network is for.

    Attributes:
        draw: a batch to learn from, from a random generator alone.
        loss: of what the network says, given what it should say: a mean over the batch.
        held_out: batches that the best step is chosen on; none of them is drawn.
        stages: names of modules whose outputs distillation compares with those of the dense network.
    """

    draw: Callable[[torch.Generator], Batch]
    loss: Callable[[Tensor, Tensor], Tensor]
    held_out: Sequence[Batch]
    stages: tuple[str, ...] = ()


@dataclass(frozen=True)
class LearningRecipe:
    """How permutations are learned.

    Attributes:
        steps: of AdamW.
        every: steps from one trial on the held-out set to the next.
        lr: peak learning rate; it falls to 0 as half a cosine, without warm-up.
        weight_decay: of AdamW.
        groups: of channels of a coupling: each channel stays within its group of the start order. Where the number of
            channels, or their blocks, do not allow so many, there are fewer, larger ones.
        identity: weight of the start order.
        hot, cold: the temperature falls geometrically from one to the other.
        iterations: of Sinkhorn.
        mask_temperature: of the mask's gradient.
        alpha: weight of the distillation.
        hard: whether P is hard in training, see the module's text.

    Raises:
        InputError: a number is out of its range.
    """

    steps: int = 40
    every: int = 5
    lr: float = 0.1
    weight_decay: float = 0.01
    groups: int = 4
    identity: float = 1.0
    hot: float = 0.3
    cold: float = 0.05
    iterations: int = 10
    mask_temperature: float = 0.5
    alpha: float = 0.1
    hard: bool = True

    def __post_init__(self) -> None:
        for name in ("steps", "every", "groups", "iterations"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} of learning permutations is 1 or more, not {getattr(self, name)}.")
        for name in ("lr", "hot", "cold", "mask_temperature"):
            if not 0 < getattr(self, name) < math.inf:
                raise InputError(f"{name} of learning permutations is a number above 0, not {getattr(self, name)}.")
        for name in ("weight_decay", "identity", "alpha"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InputError(f"{name} of learning permutations is 0 or a number above, not {getattr(self, name)}.")
        if self.cold > self.hot:
            raise InputError(f"cold of learning permutations is at most hot, {self.hot}, not {self.cold}.")

    def temperature(self, step: int) -> float:
        """After so many steps: `hot` after none, `cold` after all, and where there are several after all but one."""
        return self.hot * (self.cold / self.hot) ** min(1.0, step / max(1, self.steps - 1))

    def rate(self, step: int) -> float:
        """The factor on the learning rate at `step`."""
        return (1 + math.cos(math.pi * step / self.steps)) / 2


@dataclass(frozen=True, eq=False)
class Progress:
    """One step of learning, as it is watched.

    Attributes:
        step: steps done, from 0.
        temperature: that P was made with.
        loss: of the task on the last step's batch, as learned from, see `hard`; NaN at step 0.
        distillation: likewise, not yet times `alpha`; 0 where `alpha` is.
        held_out: loss of the task with hard permutations on the held-out set; None where it was not tried.
        soft: by name of the coupling P (groups, b, b), rows the channels in the start order, where it was tried.
    """

    step: int
    temperature: float
    loss: float
    distillation: float
    held_out: float | None = None
    soft: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Learned:
    """What came of learning.

    Attributes:
        permutations: those of the best step.
        best_step: the step they are of; 0 is the start.
        held_out: loss on the held-out set by step tried.
    """

    permutations: tuple[Permutation, ...]
    best_step: int
    held_out: Mapping[int, float]


class _Learner(nn.Module):
    """The costs of one coupling, and the weights of its readers as they make them."""

    def __init__(
        self,
        network: nn.Module,
        start: Permutation,
        scores: Mapping[str, np.ndarray],
        n_to_m: NToM,
        recipe: LearningRecipe,
    ) -> None:
        super().__init__()
        self.start, self.n_to_m, self.recipe = start, n_to_m, recipe
        coupling = start.coupling
        self.size = group_size(coupling, n_to_m, recipe.groups)
        self.cost = nn.Parameter(-recipe.identity * torch.eye(self.size).repeat(coupling.channels // self.size, 1, 1))
        weights = [network.get_submodule(reader).weight.detach() for reader in coupling.readers]
        self.rows = [len(weight) for weight in weights]
        order = torch.from_numpy(start.order.copy())
        self.back = torch.from_numpy(np.argsort(start.order))
        self.weight = torch.cat(weights)[:, order]
        self.raw = np.concatenate([scores[reader] for reader in coupling.readers])  # exact, in the network's order
        scaled = [scores[reader] / (scores[reader].mean() or 1) for reader in coupling.readers]
        self.score = torch.from_numpy(np.concatenate(scaled)[:, start.order]).to(self.weight)

    def soft(self, temperature: float) -> Tensor:
        """P (groups, b, b), rows channels in the start order, columns positions; raises InputError if not finite."""
        P = sinkhorn(self.cost, temperature, self.recipe.iterations)
        if not P.isfinite().all():
            name = self.start.coupling.name
            raise InputError(f"The costs of {name} stopped being finite in learning permutations; lower the rate.")
        return P

    def order(self, temperature: float) -> np.ndarray:
        """The hard permutation, as an order of the network's channels."""
        return self.start.order[self._hard(self.soft(temperature).detach())]

    def _hard(self, soft: Tensor) -> np.ndarray:
        return np.concatenate([i * self.size + hungarian(-P) for i, P in enumerate(soft)])

    def effective(self, temperature: float) -> dict[str, Tensor]:
        """The readers' weights under soft permutation, mask and permutation back."""
        P = self.soft(temperature)
        if self.recipe.hard:
            hard = self._hard(P.detach()).reshape(-1, self.size) % self.size
            P = torch.stack([permutation_matrix(one, P.dtype) for one in hard]) + P - P.detach()
        moved_scores = self._times(self.score, P)
        soft = moved_scores.unflatten(-1, (-1, self.n_to_m.of)) / self.recipe.mask_temperature
        soft = self.n_to_m.kept * soft.softmax(-1).flatten(-2)
        mask = torch.from_numpy(self.n_to_m.mask(moved_scores.detach().numpy())).to(soft)
        mask = mask + soft - soft.detach()
        weight = self._times(self._times(self.weight, P) * mask, P.mT)[:, self.back]
        return self._named(weight)

    def masked(self, temperature: float) -> dict[str, Tensor]:
        """The readers' weights under the hard permutation's mask: those of the network one gets."""
        order = self.order(temperature)
        mask = self.n_to_m.mask(self.raw[:, order])[:, np.argsort(order)]
        return self._named(self.weight[:, self.back] * torch.from_numpy(mask))

    def _times(self, matrix: Tensor, P: Tensor) -> Tensor:
        """`matrix` (rows, channels) times the block-diagonal matrix of P (groups, b, b)."""
        return torch.einsum("rgi,gij->rgj", matrix.unflatten(-1, (-1, self.size)), P).flatten(-2)

    def _named(self, weight: Tensor) -> dict[str, Tensor]:
        readers = self.start.coupling.readers
        return {f"{reader}.weight": part for reader, part in zip(readers, weight.split(self.rows), strict=True)}


def group_size(coupling: Coupling, n_to_m: NToM, groups: int) -> int:
    """Channels of a group in which an order is learned: about channels / groups, dividing the blocks of the coupling.

    The smallest divisor of the block that M divides and that makes no more than `groups` groups; failing that, the
    block.
    """
    wanted = coupling.channels / groups
    divisors = [size for size in range(n_to_m.of, coupling.block, n_to_m.of) if coupling.block % size == 0]
    return next((size for size in divisors if size >= wanted), coupling.block)


def learn_permutations(
    network: nn.Module,
    start: Sequence[Permutation],
    scores: Mapping[str, np.ndarray],
    n_to_m: NToM,
    task: Task,
    recipe: LearningRecipe | None = None,
    seed: int = 0,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Learned:
    """Learn the orders of couplings together; `network` stays as it is.

    Args:
        network: dense, on the CPU.
        start: the order of each coupling to start from. Every Linear that reads one of them is pruned; no other is.
        scores: (outputs, inputs) by name of the reader, zero or more, in the network's order of channels.
        n_to_m: the sparsity.
        task: what to learn for. The batch of a step depends on seed and step alone.
        recipe: see there.
        seed: of the batches.
        watch: called at step 0 and after each step; an exception it raises ends the learning.

    Returns:
        The orders of the best step tried, in the order of `start`, and what every step tried came to.

    Raises:
        InputError: the held-out set is empty; or a score is not finite; or the loss of the task, on a batch or on the
            held-out set, the distillation, or a cost stopped being finite.
    """
    if not task.held_out:
        raise InputError("Learning permutations needs at least one batch that is held out, to choose the best step by.")
    recipe = recipe or LearningRecipe()
    network = copy.deepcopy(network).eval().requires_grad_(False)
    learners = [_Learner(network, permutation, scores, n_to_m, recipe) for permutation in start]
    optimiser = torch.optim.AdamW(
        [learner.cost for learner in learners], lr=recipe.lr, weight_decay=recipe.weight_decay
    )
    held_out: dict[int, float] = {}
    best_step, best = 0, tuple(start)
    loss = distillation = math.nan
    with flushed_denormals():
        for step in range(recipe.steps + 1):  # the costs after `step` steps
            temperature, tried = recipe.temperature(step), {}
            if step % recipe.every == 0 or step == recipe.steps:
                held_out[step] = _held_out_loss(network, learners, task, temperature)
                _check_finite("task's loss on the held-out set", held_out[step], step)
                if held_out[step] < held_out[best_step]:
                    best_step = step
                    best = tuple(Permutation(one.start.coupling, one.order(temperature)) for one in learners)
                tried = {"held_out": held_out[step], "soft": _soft(learners, temperature)}
            watch(Progress(step, temperature, loss, distillation, **tried))
            if step == recipe.steps:
                break
            rng = np.random.default_rng([seed, step])
            batch = task.draw(torch.Generator().manual_seed(int(rng.integers(2**62))))
            task_loss, apart = _losses(network, learners, task, batch, temperature, recipe.alpha)
            loss, distillation = float(task_loss.detach()), float(apart.detach())
            _check_finite("task's loss", loss, step)
            _check_finite("distillation", distillation, step)
            optimiser.zero_grad(set_to_none=True)
            (task_loss + recipe.alpha * apart).backward()
            for group in optimiser.param_groups:
                group["lr"] = recipe.lr * recipe.rate(step)
            optimiser.step()
    return Learned(best, best_step, held_out)


def _check_finite(what: str, value: float, step: int) -> None:
    if not math.isfinite(value):
        advice = "; lower the rate" if step else ""
        raise InputError(f"The {what} became {value} at step {step} of learning permutations{advice}.")


def _soft(learners: Sequence[_Learner], temperature: float) -> dict[str, Tensor]:
    return {one.start.coupling.name: one.soft(temperature).detach() for one in learners}


def _held_out_loss(network: nn.Module, learners: Sequence[_Learner], task: Task, temperature: float) -> float:
    weights = {name: weight for one in learners for name, weight in one.masked(temperature).items()}
    with torch.no_grad():
        return float(np.mean([float(task.loss(functional_call(network, weights, x), y)) for x, y in task.held_out]))


def _losses(
    network: nn.Module,
    learners: Sequence[_Learner],
    task: Task,
    batch: Batch,
    temperature: float,
    alpha: float,
) -> tuple[Tensor, Tensor]:
    """Loss of the task and distillation on a batch; the latter is 0 where its weight `alpha` is."""
    inputs, target = batch
    weights = {name: weight for one in learners for name, weight in one.effective(temperature).items()}
    if not alpha or not task.stages:
        return task.loss(functional_call(network, weights, inputs), target), torch.zeros(())
    with torch.no_grad(), _outputs(network, task.stages) as dense:
        network(*inputs)
    with _outputs(network, task.stages) as pruned:
        said = functional_call(network, weights, inputs)
    apart = [(here - there).square().mean() / there.square().mean() for here, there in zip(pruned, dense, strict=True)]
    return task.loss(said, target), torch.stack(apart).mean()


@contextmanager
def _outputs(network: nn.Module, stages: Sequence[str]) -> Iterator[list[Tensor]]:
    """Within, the outputs of the modules of these names gather in the list, in the order they are computed in."""
    seen: list[Tensor] = []
    hooks = [
        network.get_submodule(stage).register_forward_hook(lambda module, x, y: seen.append(y)) for stage in stages
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
