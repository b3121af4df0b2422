"""What a learned order of channels is worth in the loss of the task, on frames that learning has not seen."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from sapcore.codes import find
from sapcore.decoders.backbones import DEFAULT_BACKBONE, load_backbone
from sapcore.decoders.denormals import flushed_denormals
from sapcore.decoders.fecct import CodeView, Fecct
from sapcore.experiments.sparsity_plan import n_to_m
from sapcore.pruning.learnable_permutation import LearningRecipe
from sapcore.pruning.n_to_m_pruning import code_batch, learn_orders, prune_n_to_m

FRAMES = 4096
AT_ONCE = 64
STREAM = 2  # of the seed, for the frames of the test; 0 and 1 are taken by learning


@dataclass(frozen=True)
class OrderLosses:
    """Losses of one code and seed at 2:4 under the Wanda score, in nats a bit.

    Attributes:
        code, seed: of the learning and of the frames.
        dense, none, greedy, lsa, learnable: mean over the frames of the test, the dense backbone and each order.
        gain: lsa less learnable, mean over the frames.
        half_width: of its 95 % interval, over frames.
        frames: of the test, of non-zero syndrome.
        best_step: of learning; 0 is lsa itself.
    """

    code: str
    seed: int
    dense: float
    none: float
    greedy: float
    lsa: float
    learnable: float
    gain: float
    half_width: float
    frames: int
    best_step: int


def order_losses(
    name: str,
    seed: int,
    backbone: str = DEFAULT_BACKBONE,
    recipe: LearningRecipe | None = None,
    frames: int = FRAMES,
) -> OrderLosses:
    """Learn the orders of a code and measure what they are worth beside the others."""
    network, code = load_backbone(backbone), find(name)
    learned = learn_orders(network, code, n_to_m(), recipe, seed=seed)
    orders = {one.coupling.name: one.order for one in learned.permutations}
    networks = {"dense": network}
    for permutation in ("none", "greedy", "lsa"):
        networks[permutation] = prune_n_to_m(network, code, n_to_m(permutation=permutation), seed=seed).network
    networks["learnable"] = prune_n_to_m(network, code, n_to_m(permutation="learnable"), orders, seed=seed).network
    stream = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STREAM,)))
    generator = torch.Generator().manual_seed(int(stream.integers(2**62)))
    view, losses = CodeView.of(code), {name: [] for name in networks}
    for _ in range(-(-frames // AT_ONCE)):
        inputs, wrong = code_batch(view, code, AT_ONCE, generator)
        for name_, one in networks.items():
            losses[name_].append(_losses(one, inputs, wrong))
    means = {name_: np.concatenate(parts) for name_, parts in losses.items()}
    gains = means["lsa"] - means["learnable"]
    return OrderLosses(
        name,
        seed,
        **{name_: float(values.mean()) for name_, values in means.items()},
        gain=float(gains.mean()),
        half_width=float(1.96 * gains.std(ddof=1) / np.sqrt(len(gains))),
        frames=len(gains),
        best_step=learned.best_step,
    )


def _losses(network: Fecct, inputs: tuple[object, ...], wrong: torch.Tensor) -> np.ndarray:
    """The loss of every frame, nats a bit: (B,)."""
    with torch.inference_mode(), flushed_denormals():
        logits = network(*inputs)
        return functional.binary_cross_entropy_with_logits(logits, wrong, reduction="none").mean(1).double().numpy()
