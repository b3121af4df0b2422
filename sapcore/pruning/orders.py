"""Learned orders of channels, kept: orders/BACKBONE/KEY.json in the data folder, looked at first, and in assets.

KEY names backbone, plan, code and matrix by a digest.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest, load_backbone
from sapcore.errors import InputError
from sapcore.folders import ASSETS, data_folder
from sapcore.pruning.n_to_m_plan import NToMPlan

if TYPE_CHECKING:
    from sapcore.pruning.learnable_permutation import LearningRecipe, Progress


def find_orders(backbone: str, plan: NToMPlan, code: LinearCode) -> Path | None:
    """The file of the orders of channels that were learned for `code` under its matrix, None where there is none."""
    name = f"orders/{backbone}/{_key(backbone, plan, code)}.json"
    return next((folder / name for folder in (data_folder(), ASSETS) if (folder / name).is_file()), None)


def load_orders(path: Path) -> dict[str, np.ndarray]:
    """The orders, by name of the coupling, each (channels,) int64. Raises InputError where the file is damaged."""
    return {name: np.array(order, dtype=np.int64) for name, order in orders_card(path)["orders"].items()}


def orders_card(path: Path) -> dict[str, object]:
    """All that the file says: orders, their digest, plan, code, recipe, losses, command.

    Raises:
        InputError: the file is damaged.
    """
    try:
        card = json.loads(path.read_text())
        if card["digest"] != _digest(card["orders"]):
            raise ValueError("the orders are not those of the digest")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"The learned orders {path.name!r} are damaged.") from error
    return card


def make_orders(
    backbone: str,
    plan: NToMPlan,
    code: LinearCode,
    recipe: "LearningRecipe | None" = None,
    seed: int = 0,
    watch: "Callable[[Progress], None]" = lambda progress: None,
    root: Path | None = None,
) -> dict[str, object]:
    """Learn the orders of channels of `plan` for `code`, keep them, and return their card with the key `file`.

    Args:
        backbone: its name.
        plan: with a learned permutation.
        code: with the matrix the network will look at.
        recipe: of learning.
        seed: of the frames.
        watch: called after each step.
        root: the folder that holds `orders`; by default the data folder.

    Raises:
        InputError: the plan's permutation is not learned; M does not divide the inputs of a layer; or learning stopped
            being finite.
    """
    from sapcore.pruning.learnable_permutation import LearningRecipe
    from sapcore.pruning.n_to_m_pruning import learn_orders

    if not plan.learned:
        raise InputError(f"The orders of channels of {plan} are not learned; {plan.n_to_m}+learnable has such.")
    recipe, started = recipe or LearningRecipe(), time.perf_counter()
    learned = learn_orders(load_backbone(backbone), code, plan, recipe, seed=seed, watch=watch)
    orders = {one.coupling.name: one.order.tolist() for one in learned.permutations}
    card = {
        "digest": _digest(orders),
        "backbone": backbone_digest(backbone),
        "plan": str(plan),
        "code": code.name,
        "code_digest": code.digest,
        "recipe": asdict(recipe),
        "seed": seed,
        "best_step": learned.best_step,
        "held_out": {str(step): loss for step, loss in learned.held_out.items()},
        "seconds": round(time.perf_counter() - started, 1),
        "command": permute_command(backbone, plan, code.name, recipe.steps, seed),
        "orders": orders,
    }
    path = (root or data_folder()) / "orders" / backbone / f"{_key(backbone, plan, code)}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(card) + "\n")
    part.replace(path)
    return card | {"file": str(path)}


def permute_command(backbone: str, plan: NToMPlan, code: str, steps: int | None = None, seed: int = 0) -> str:
    """The command that makes the orders of a plan for a code."""
    command = f"python -m sapcore permute '{code}' --sparsity {plan}"
    command += "" if steps is None else f" --steps {steps} --seed {seed}"
    return command + (f" --backbone {backbone}" if backbone != DEFAULT_BACKBONE else "")


def _key(backbone: str, plan: NToMPlan, code: LinearCode) -> str:
    return hashlib.sha256(f"{backbone_digest(backbone)}/{plan}/{code.digest}".encode()).hexdigest()[:16]


def _digest(orders: dict[str, list[int]]) -> str:
    return hashlib.sha256(json.dumps(orders, sort_keys=True).encode()).hexdigest()[:16]
