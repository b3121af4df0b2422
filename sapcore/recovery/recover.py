"""Trains the adapter that gives a pruned network back what pruning took, for one code."""

import copy
import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import DEFAULT_BACKBONE, load_backbone
from sapcore.decoders.denormals import flushed_denormals
from sapcore.decoders.fecct import CodeView, Fecct
from sapcore.errors import InputError
from sapcore.pruning.compaction import compact
from sapcore.pruning.masks import MaskSource
from sapcore.recovery.adapter import adapter_card, new_adapter_folder, save_adapter, with_adapter
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.training.data import draw_frames

if TYPE_CHECKING:
    from peft import PeftModel


def recover(
    network: Fecct,
    code: LinearCode,
    recipe: RecoveryRecipe,
    seed: int = 0,
    precision: str = "bf16",
    watch: Callable[[int, float], None] = lambda step, loss: None,
) -> tuple["PeftModel", list[float]]:
    """Train an adapter on frames of `code`; `network` stays as it is. Returns the adapted network and every loss.

    The frames of a step depend on seed and step alone, and are drawn as in training: the all-zero codeword, non-zero
    syndromes, loss in nats.

    Args:
        network: pruned and compact.
        code: under the matrix that will be decoded with.
        recipe: rank, length, rates.
        seed: of the frames and of the adapter's start.
        precision: "bf16" autocast, or "no" for float32.
        watch: called after each step with its number and loss.

    Raises:
        InputError: the loss stopped being finite.
    """
    torch.manual_seed(seed)
    model = with_adapter(copy.deepcopy(network), recipe).train()
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=recipe.lr, weight_decay=0.0)
    view, losses = CodeView.of(code), []
    count = max(1, recipe.tokens // len(view.distances))
    autocast = torch.autocast("cpu", torch.bfloat16) if precision == "bf16" else nullcontext()
    with flushed_denormals():
        for step in range(recipe.steps):
            rng = np.random.default_rng([seed, step])
            generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
            frames = draw_frames(view, code.rate, recipe.ebn0, count, generator)
            with autocast:
                logits = model(frames.magnitudes, frames.syndromes, view)
            loss = functional.binary_cross_entropy_with_logits(logits.float(), frames.wrong)
            loss.backward()
            nn.utils.clip_grad_norm_(trainable, recipe.clip)
            for group in optimiser.param_groups:
                group["lr"] = recipe.lr * recipe.rate(step)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            losses.append(float(loss.detach()))
            if not math.isfinite(losses[-1]):
                raise InputError(f"The loss became {losses[-1]} at step {step} on {code.name}; lower the rate.")
            watch(step, losses[-1])
    return model.eval(), losses


def make_adapter(
    source: MaskSource,
    how: str,
    code: LinearCode,
    ratio: float,
    recipe: RecoveryRecipe | None = None,
    seed: int = 0,
    watch: Callable[[int, float], None] = lambda step, loss: None,
    folder: Path | None = None,
) -> dict[str, object]:
    """Prune for `code`, recover, keep the adapter, and return its card with the key `folder`.

    Without `folder` the adapter goes where `find_adapter` looks first, in the data folder.

    Raises:
        InputError: the mask cannot be had, or the loss stopped being finite.
    """
    recipe = recipe or RecoveryRecipe()
    mask = source.mask(how, code, ratio)
    started = time.perf_counter()
    model, losses = recover(compact(load_backbone(source.backbone), mask), code, recipe, seed, watch=watch)
    card = {
        "backbone": source.digest,
        "mask": mask.digest,
        "how": how,
        "ratio": ratio,
        "code": code.name,
        "code_digest": code.digest,
        "recipe": asdict(recipe),
        "seed": seed,
        "loss_first": losses[0],
        "loss_last": float(np.mean(losses[-max(1, len(losses) // 20) :])),
        "seconds": round(time.perf_counter() - started, 1),
        "command": f"python -m sapcore recover '{code.name}' --ratio {ratio:g} --how {how} --rank {recipe.rank} "
        f"--steps {recipe.steps} --seed {seed}"
        + (f" --backbone {source.backbone}" if source.backbone != DEFAULT_BACKBONE else ""),
    }
    folder = folder or new_adapter_folder(source.backbone, mask.digest, code.digest)
    save_adapter(folder, model, card)
    return adapter_card(folder) | {"folder": str(folder)}
