"""Trains the adapter that gives a pruned network back what pruning took, for one code."""

import copy
import math
import shlex
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional

from sapcore.codes import LinearCode, source_of
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest
from sapcore.decoders.bfloat16 import training_precision
from sapcore.decoders.denormals import flushed_denormals
from sapcore.decoders.fecct import CodeView, Fecct
from sapcore.decoders.fecct_config import check_nodes
from sapcore.errors import InputError
from sapcore.recovery.adapter import adapter_card, new_adapter_folder, save_adapter, with_adapter
from sapcore.recovery.masked import updated
from sapcore.recovery.pruned_backbone import PrunedBackbone
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.training.data import draw_frames

if TYPE_CHECKING:
    from peft import PeftModel

LAST_STEPS = 20  # whose mean is the last loss: a step alone is mostly chance


def recover(
    network: Fecct,
    code: LinearCode,
    recipe: RecoveryRecipe,
    seed: int = 0,
    precision: str | None = None,
    watch: Callable[[int, float], None] = lambda step, loss: None,
    masks: Mapping[str, np.ndarray] | None = None,
) -> tuple["PeftModel", list[float]]:
    """Train an adapter on frames of `code`; `network` stays as it is. Returns the adapted network and every loss.

    The frames of a step depend on seed and step alone, and are drawn as in training: the all-zero codeword, non-zero
    syndromes, loss in nats.

    Args:
        network: pruned; compact, or with zeros.
        code: under the matrix that will be decoded with.
        recipe: rank, length, rates.
        seed: of the frames and of the adapter's start.
        precision: "bf16" autocast, "no" for float32, or None for the faster on this processor.
        watch: called after each step with its number and loss.
        masks: of the matrices that hold zeros, by name of the layer, (outputs, inputs) bool, True = kept: the update of
            a pruned weight is none, in training as in `merged_under`.

    Raises:
        InputError: the Tanner graph is too large for the network, or the loss stopped being finite.
    """
    check_nodes(code)
    torch.manual_seed(seed)
    model = with_adapter(copy.deepcopy(network), recipe).train()
    plain = None if masks is None else copy.deepcopy(network).train().requires_grad_(False)
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=recipe.lr, weight_decay=0.0)
    view, losses = CodeView.of(code), []
    count = max(1, recipe.tokens // len(view.distances))
    autocast = torch.autocast("cpu", torch.bfloat16) if (precision or training_precision()) == "bf16" else nullcontext()
    with flushed_denormals():
        for step in range(recipe.steps):
            rng = np.random.default_rng([seed, step])
            generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
            frames = draw_frames(view, code.rate, recipe.ebn0, count, generator)
            inputs = frames.magnitudes, frames.syndromes, view
            with autocast:
                logits = model(*inputs) if plain is None else functional_call(plain, updated(model, masks), inputs)
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
    pruned: PrunedBackbone,
    code: LinearCode,
    recipe: RecoveryRecipe | None = None,
    seed: int = 0,
    watch: Callable[[int, float], None] = lambda step, loss: None,
    folder: Path | None = None,
) -> dict[str, object]:
    """Recover what has been pruned for `code`, keep the adapter, and return its card with the key `folder`.

    Without `folder` the adapter goes where `find_adapter` looks first, in the data folder.

    Raises:
        InputError: the loss stopped being finite.
    """
    recipe, started, precision = recipe or RecoveryRecipe(), time.perf_counter(), training_precision()
    model, losses = recover(pruned.network, code, recipe, seed, precision, watch, pruned.masks)
    card = {
        "backbone": backbone_digest(pruned.backbone),
        "mask": pruned.digest,
        **pruned.how,
        "code": code.name,
        "code_digest": code.digest,
        "recipe": asdict(recipe),
        "seed": seed,
        "precision": precision,
        "loss_first": losses[0],
        "loss_last": float(np.mean(losses[-LAST_STEPS:])),
        "seconds": round(time.perf_counter() - started, 1),
        "command": f"python -m sapcore recover {shlex.quote(source_of(code))} {pruned.options} --rank {recipe.rank} "
        f"--steps {recipe.steps} --seed {seed}"
        + (f" --backbone {pruned.backbone}" if pruned.backbone != DEFAULT_BACKBONE else ""),
    }
    folder = folder or new_adapter_folder(pruned.backbone, pruned.digest, code.digest)
    save_adapter(folder, model, card)
    return adapter_card(folder) | {"folder": str(folder)}
