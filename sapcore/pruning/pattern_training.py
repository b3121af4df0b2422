"""Trains a network to weights that lie in a pattern: by ADMM, then with a mask that may change, then with it fixed.

The problem is min f(W) subject to W in S, f the loss of the task and S the matrices that a pattern allows. In turn:

1. ADMM (Boyd et al., 2011, section 3; for N:M patterns Holmes et al., NeurIPS 2021), Π the projection onto S:

       W ← argmin f(W) + ρ/2 ‖W - Z + U‖²     `period` steps: one of AdamW on f, then W ← (W + c (Z - U)) / (1 + c)
       Z ← Π(W + U)        U ← U + W - Z      then once each; U is rescaled by ρ / ρ' when ρ changes to ρ'

   c = ρ times the learning rate; it grows geometrically from `pull_first` to `pull_last`. That the quadratic term is
   met by its own proximal step, outside AdamW, is ours, as the schedule is.
2. SR-STE (Zhou et al., ICLR 2021): the forward pass takes W ⊙ M with M the mask of Π(W), chosen anew each step; the
   gradient passes straight to W, and weights outside M shrink by `shrink` times the learning rate, outside AdamW.
3. The mask of Π(W) stays as it is, and what it keeps is trained on.

`recipe.admm` and `recipe.sr_ste` leave a part out, whose steps go to the next one: without both, the weights are
projected once and trained on for the same number of steps.
"""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from sapcore.decoders.denormals import flushed_denormals
from sapcore.errors import InputError
from sapcore.pruning.learnable_permutation import Task
from sapcore.pruning.permutation import Module

Project = Callable[[np.ndarray], np.ndarray]
"""The mask (outputs, inputs) bool that a pattern keeps of weights (outputs, inputs)."""


@dataclass(frozen=True)
class PatternRecipe:
    """How a network is trained to a pattern. All numbers are ours: the paper's were not to be had.

    Attributes:
        admm: whether part 1 takes place.
        sr_ste: whether part 2 does.
        steps: of AdamW in all.
        admm_share: share of the steps that are of ADMM.
        sr_ste_share: share of the steps that follow under SR-STE.
        period: steps of the W-step.
        pull_first: c at first.
        pull_last: c at the end of ADMM.
        shrink: of weights outside the mask under SR-STE, times the learning rate.
        lr: peak learning rate of AdamW.
        warmup: steps of linear warm-up; the rate then falls linearly to 0.
        clip: largest gradient norm.

    Raises:
        InputError: a number is out of its range.
    """

    admm: bool = True
    sr_ste: bool = True
    steps: int = 400
    admm_share: float = 0.5
    sr_ste_share: float = 0.25
    period: int = 10
    pull_first: float = 1e-3
    pull_last: float = 100.0
    shrink: float = 2.0
    lr: float = 1e-3
    warmup: int = 20
    clip: float = 1.0

    def __post_init__(self) -> None:
        for name in ("steps", "period", "warmup"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} of training to a pattern is 1 or more, not {getattr(self, name)}.")
        for name in ("pull_first", "pull_last", "lr", "clip"):
            if not 0 < getattr(self, name) < math.inf:
                raise InputError(f"{name} of training to a pattern is a number above 0, not {getattr(self, name)}.")
        if min(self.admm_share, self.sr_ste_share) < 0 or self.admm_share + self.sr_ste_share > 1:
            raise InputError("The shares of ADMM and SR-STE are 0 or more, and 1 or less together.")

    @property
    def admm_steps(self) -> int:
        """Steps of part 1, whole periods."""
        return round(self.steps * self.admm_share / self.period) * self.period * self.admm

    @property
    def free_steps(self) -> int:
        """Steps of parts 1 and 2 together."""
        end = round(self.steps * (self.admm_share + self.sr_ste_share))
        return max(end, self.admm_steps) if self.sr_ste else self.admm_steps

    def pull(self, step: int) -> float:
        """c of a step of ADMM; the same within a period."""
        last = max(1, self.admm_steps // self.period - 1)
        return self.pull_first * (self.pull_last / self.pull_first) ** (step // self.period / last)

    def rate(self, step: int) -> float:
        """The factor on the learning rate at `step`."""
        return min((step + 1) / self.warmup, (self.steps - step) / max(1, self.steps - self.warmup), 1.0)


@dataclass(frozen=True)
class Residuals:
    """How far ADMM is from its end, after the update of Z and U that follows `step` steps.

    Attributes:
        step: steps done.
        primal: ‖W - Z‖ / ‖W‖ over all matrices together.
        dual: ρ ‖Z - Z before‖ / ‖W‖, in units of 1 / learning rate.
    """

    step: int
    primal: float
    dual: float


@dataclass(frozen=True, eq=False)
class PatternTrained(Generic[Module]):
    """What came of training to a pattern.

    Attributes:
        network: with zeros where weights are pruned.
        masks: by name of each pruned layer, (outputs, inputs) bool, True = kept.
        losses: of the task at every step, each on its own batch.
        residuals: of ADMM; empty without it.
    """

    network: Module
    masks: dict[str, np.ndarray]
    losses: tuple[float, ...]
    residuals: tuple[Residuals, ...]


class _Group:
    """Layers that share their inputs, as one matrix (rows of all, inputs)."""

    def __init__(self, network: nn.Module, layers: Sequence[str], project: Project) -> None:
        self.weights = [network.get_submodule(layer).weight for layer in layers]
        self.names = [f"{layer}.weight" for layer in layers]
        self.project = project
        self.Z = self.masked(self.stacked())
        self.U = torch.zeros_like(self.Z)

    def stacked(self) -> Tensor:
        return torch.cat([weight.detach() for weight in self.weights])

    def mask(self, W: Tensor) -> Tensor:
        return torch.from_numpy(self.project(W.numpy()))

    def masked(self, W: Tensor) -> Tensor:
        return torch.where(self.mask(W), W, 0)

    def put(self, W: Tensor) -> None:
        for weight, part in zip(self.weights, self.parts(W), strict=True):
            weight.data.copy_(part)

    def parts(self, stacked: Tensor) -> tuple[Tensor, ...]:
        return stacked.split([len(weight) for weight in self.weights])

    def pull(self, c: float) -> None:
        self.put((self.stacked() + c * (self.Z - self.U)) / (1 + c))

    def update(self) -> tuple[float, float, float]:
        """Z and U anew; the squares of ‖W - Z‖, ‖Z - Z before‖ and ‖W‖."""
        W, before = self.stacked(), self.Z
        self.Z = self.masked(W + self.U)
        self.U = self.U + W - self.Z
        return tuple(float(part.square().sum()) for part in (W - self.Z, self.Z - before, W))


def train_to_pattern(
    network: Module,
    groups: Sequence[Sequence[str]],
    project: Project,
    task: Task,
    recipe: PatternRecipe | None = None,
    seed: int = 0,
    watch: Callable[[int, float], None] = lambda step, loss: None,
) -> PatternTrained[Module]:
    """Train all of `network`, which stays as it is, so that the matrices of `groups` lie in a pattern.

    Args:
        network: dense, on the CPU.
        groups: names of Linear layers; those of a group share their inputs, and are projected as one matrix.
        project: the pattern.
        task: what to train for. The batch of a step depends on seed and step alone.
        recipe: see there.
        seed: of the batches.
        watch: called after each step with its number and loss; an exception it raises ends the training.

    Raises:
        InputError: a matrix does not fit the pattern, or the loss stopped being finite.
    """
    recipe = recipe or PatternRecipe()
    network = copy.deepcopy(network).train().requires_grad_(True)
    matrices = [_Group(network, layers, project) for layers in groups]
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.lr, weight_decay=0.0)
    losses, residuals, fixed = [], [], None
    with flushed_denormals():
        for step in range(recipe.steps):
            masks = None
            if step >= recipe.free_steps:
                fixed = masks = fixed or _fix(matrices)
            elif step >= recipe.admm_steps:
                masks = [one.mask(one.stacked()) for one in matrices]
            for group in optimiser.param_groups:
                group["lr"] = recipe.lr * recipe.rate(step)
            inputs, target = task.draw(_generator(seed, step))
            seen = _masked_weights(matrices, masks, straight=fixed is None)
            loss = task.loss(functional_call(network, seen, inputs), target)
            losses.append(float(loss.detach()))
            if not math.isfinite(losses[-1]):
                raise InputError(
                    f"The loss became {losses[-1]} at step {step} of training to a pattern; lower the rate."
                )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
            optimiser.step()
            if fixed is not None:
                for one, mask in zip(matrices, fixed, strict=True):
                    one.put(torch.where(mask, one.stacked(), 0))
            elif masks is not None:
                for one, mask in zip(matrices, masks, strict=True):
                    shrunk = 1 - min(1.0, recipe.shrink * recipe.lr * recipe.rate(step))
                    one.put(torch.where(mask, one.stacked(), shrunk * one.stacked()))
            else:
                residuals += _admm(matrices, recipe, step)
            watch(step, losses[-1])
    fixed = fixed or _fix(matrices)
    kept = {
        name.removesuffix(".weight"): part.numpy()
        for one, mask in zip(matrices, fixed, strict=True)
        for name, part in zip(one.names, one.parts(mask), strict=True)
    }
    return PatternTrained(network.eval().requires_grad_(False), kept, tuple(losses), tuple(residuals))


def _generator(seed: int, step: int) -> torch.Generator:
    return torch.Generator().manual_seed(int(np.random.default_rng([seed, step]).integers(2**62)))


def _masked_weights(matrices: Sequence[_Group], masks: Sequence[Tensor] | None, straight: bool) -> dict[str, Tensor]:
    """The weights under masks, by name; `straight` lets their gradient through to those outside as well."""
    seen = {}
    for one, mask in zip(matrices, masks or [], strict=masks is not None):
        for name, weight, part in zip(one.names, one.weights, one.parts(mask), strict=True):
            seen[name] = weight - torch.where(part, 0, weight.detach()) if straight else torch.where(part, weight, 0)
    return seen


def _fix(matrices: Sequence[_Group]) -> list[Tensor]:
    """Project all matrices, and return their masks."""
    masks = [one.mask(one.stacked()) for one in matrices]
    for one, mask in zip(matrices, masks, strict=True):
        one.put(torch.where(mask, one.stacked(), 0))
    return masks


def _admm(matrices: Sequence[_Group], recipe: PatternRecipe, step: int) -> list[Residuals]:
    """The proximal step; at the end of a period Z and U anew, and what is left."""
    c = recipe.pull(step)
    for one in matrices:
        one.pull(c)
    if (step + 1) % recipe.period:
        return []
    apart, moved, size = (sum(part) for part in zip(*(one.update() for one in matrices), strict=True))
    for one in matrices:
        one.U *= c / recipe.pull(step + 1)  # the scaled dual of the next ρ
    return [Residuals(step + 1, math.sqrt(apart / size), c * math.sqrt(moved / size))]
