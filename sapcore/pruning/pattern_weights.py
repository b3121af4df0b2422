"""Weights trained to a pattern, kept as `learned` says: a safetensors file, and beside it a card in JSON.

Of a pruned matrix the file holds the weights that are kept, row by row, and its mask as bits, most significant first;
of everything else the tensors as they are.
"""

import copy
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import backbone_digest, load_backbone
from sapcore.decoders.fecct import Fecct
from sapcore.errors import InputError
from sapcore.folders import data_folder
from sapcore.pruning.learned import find_learned, learn_command, learned_path
from sapcore.pruning.n_to_m_pruning import code_task
from sapcore.pruning.pattern_plan import PatternPlan
from sapcore.pruning.pattern_training import PatternRecipe, PatternTrained, train_to_pattern
from sapcore.pruning.patterns import PATTERNS

KIND = "patterns"
MASK = ".mask"
LAST_STEPS = 20  # whose mean is the last loss: a step alone is mostly chance


def make_pattern(
    backbone: str,
    plan: PatternPlan,
    code: LinearCode,
    recipe: PatternRecipe | None = None,
    seed: int = 0,
    watch: Callable[[int, float], None] = lambda step, loss: None,
    root: Path | None = None,
) -> dict[str, object]:
    """Train the backbone to the pattern of `plan` for `code`, keep the weights, and return their card with key `file`.

    Args:
        backbone: its name.
        plan: pattern, ratio, training.
        code: with the matrix the network will look at.
        recipe: of the training; which parts take place is the plan's to say.
        seed: of the frames.
        watch: called after each step with its number and loss.
        root: the folder to keep them in; by default the data folder.

    Raises:
        InputError: a matrix does not fit the pattern, or the loss stopped being finite.
    """
    recipe = replace(
        recipe or PatternRecipe(), admm=plan.training in ("full", "admm"), sr_ste=plan.training in ("full", "srste")
    )
    network, started = load_backbone(backbone), time.perf_counter()
    pattern = PATTERNS[plan.pattern]
    trained = train_to_pattern(
        network,
        fecct_groups(network),
        lambda weights: pattern.project(weights, plan.ratio),
        code_task(network, code, seed),
        recipe,
        seed,
        watch,
    )
    path = learned_path(KIND, ".safetensors", backbone, plan, code, root or data_folder())
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file(_packed(trained), part)
    card = {
        "digest": _digest(part),
        "backbone": backbone_digest(backbone),
        "plan": str(plan),
        "code": code.name,
        "code_digest": code.digest,
        "recipe": asdict(recipe),
        "seed": seed,
        "loss_first": trained.losses[0],
        "loss_last": float(np.mean(trained.losses[-LAST_STEPS:])),
        "residuals": [asdict(residual) for residual in trained.residuals],
        "seconds": round(time.perf_counter() - started, 1),
        "command": learn_command(backbone, plan, code, recipe.steps, seed),
    }
    part.replace(path)
    path.with_suffix(".json").write_text(json.dumps(card) + "\n")
    return card | {"file": str(path)}


def pattern_card(backbone: str, plan: PatternPlan, code: LinearCode) -> dict[str, object]:
    """The card of the weights trained for `code`: digest, recipe, losses, residuals, command.

    Raises:
        InputError: there are none, or they are damaged.
    """
    path = find_learned(KIND, ".safetensors", backbone, plan, code)
    try:
        card = json.loads(path.with_suffix(".json").read_text())
        if card["digest"] != _digest(path):
            raise ValueError("the weights are not those of the digest")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"The weights trained to a pattern {path.name!r} are damaged.") from error
    return card


def pattern_backbone(backbone: str, plan: PatternPlan, code: LinearCode) -> tuple[Fecct, dict[str, np.ndarray]]:
    """The backbone trained to the pattern for `code`, and its masks by name of layer, (outputs, inputs) bool.

    Raises:
        InputError: it has not been trained yet, or its weights are damaged.
    """
    pattern_card(backbone, plan, code)
    path = find_learned(KIND, ".safetensors", backbone, plan, code)
    network, masks = copy.deepcopy(load_backbone(backbone)), {}
    try:
        tensors = load_file(path)
        for name in [name for name in tensors if name.endswith(MASK)]:
            weight = network.get_parameter(name.removesuffix(MASK)).data
            mask = np.unpackbits(tensors.pop(name).numpy(), count=weight.numel()).reshape(weight.shape).astype(bool)
            full = torch.zeros_like(weight)
            full[torch.from_numpy(mask)] = tensors[name.removesuffix(MASK)]
            tensors[name.removesuffix(MASK)] = full
            masks[name.removesuffix(f".weight{MASK}")] = mask
        network.load_state_dict(tensors)
    except (OSError, ValueError, AttributeError, RuntimeError, SafetensorError) as error:
        raise InputError(f"The weights trained to a pattern {path.name!r} are damaged.") from error
    return network.eval(), masks


def projected_masks(network: Fecct, plan: PatternPlan) -> dict[str, np.ndarray]:
    """The masks that the pattern of `plan` keeps of the weights of a network as they are, without training.

    Returns:
        By name of each pruned layer, (outputs, inputs) bool, True = kept.

    Raises:
        InputError: a matrix does not fit the pattern.
    """
    masks = {}
    for layers in fecct_groups(network):
        weights = [network.get_submodule(layer).weight.detach().numpy() for layer in layers]
        mask = PATTERNS[plan.pattern].project(np.concatenate(weights), plan.ratio)
        masks |= zip(layers, np.split(mask, np.cumsum([len(part) for part in weights])[:-1]), strict=True)
    return masks


def fecct_groups(network: Fecct) -> list[tuple[str, ...]]:
    """The layers of a FECCT that are pruned to a pattern, those that share their inputs together."""
    groups = []
    for layer in range(network.config.layers):
        block = f"blocks.{layer}"
        groups += [tuple(f"{block}.attention.{part}" for part in "qkv"), (f"{block}.up",), (f"{block}.down",)]
    return groups


def _packed(trained: PatternTrained[Fecct]) -> dict[str, torch.Tensor]:
    tensors = {name: tensor.contiguous() for name, tensor in trained.network.state_dict().items()}
    for layer, mask in trained.masks.items():
        tensors[f"{layer}.weight"] = tensors[f"{layer}.weight"][torch.from_numpy(mask)]
        tensors[f"{layer}.weight{MASK}"] = torch.from_numpy(np.packbits(mask))
    return tensors


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
