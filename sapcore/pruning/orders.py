"""Learned orders of channels, kept as `learned` says."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import backbone_digest, load_backbone
from sapcore.errors import InputError
from sapcore.folders import data_folder
from sapcore.pruning.learned import find_learned, learn_command, learned_path
from sapcore.pruning.n_to_m_plan import NToMPlan

if TYPE_CHECKING:
    from sapcore.pruning.learnable_permutation import LearningRecipe, Progress

KIND = "orders"
MOST_SOFT = 17  # soft permutations on a card


def find_orders(backbone: str, plan: NToMPlan, code: LinearCode) -> Path:
    """The file of the orders of channels that were learned for `code` under its matrix; InputError where none were."""
    return find_learned(KIND, ".json", backbone, plan, code)


def load_orders(path: Path) -> dict[str, np.ndarray]:
    """The orders, by name of the coupling, each (channels,) int64. Raises InputError where the file is damaged."""
    return {name: np.array(order, dtype=np.int64) for name, order in orders_card(path)["orders"].items()}


def orders_card(path: Path) -> dict[str, object]:
    """All that the file says: orders, their digest, plan, code, recipe, losses, soft permutations, command.

    `held_out` is the loss on the held-out set, in nats, by step tried. `soft` shows how the soft permutation of one
    group of channels hardened: of the first coupling, named in `coupling`, the group (number `group` from 0, of
    `groups`) that kept the least of its channels in place. Its `steps`, at most MOST_SOFT of those tried, have `step`,
    `temperature` and `P` (b, b) to three digits: rows are channels in the order of lsa, columns positions.

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
        root: the folder to keep them in; by default the data folder.

    Raises:
        InputError: the plan's permutation is not learned; M does not divide the inputs of a layer; or learning stopped
            being finite.
    """
    from sapcore.pruning.learnable_permutation import LearningRecipe
    from sapcore.pruning.n_to_m_pruning import learn_orders

    if not plan.learned:
        raise InputError(f"The orders of channels of {plan} are not learned; {plan.n_to_m}+learnable has such.")
    recipe, started = recipe or LearningRecipe(), time.perf_counter()
    shown, trials = _shown_steps(recipe), []

    def look(progress: "Progress") -> None:
        if progress.step in shown:
            trials.append(progress)
        watch(progress)

    learned = learn_orders(load_backbone(backbone), code, plan, recipe, seed=seed, watch=look)
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
        "soft": _hardening(trials),
        "seconds": round(time.perf_counter() - started, 1),
        "command": learn_command(backbone, plan, code, recipe.steps, seed),
        "orders": orders,
    }
    path = learned_path(KIND, ".json", backbone, plan, code, root or data_folder())
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(card) + "\n")
    part.replace(path)
    return card | {"file": str(path)}


def _shown_steps(recipe: "LearningRecipe") -> set[int]:
    """The steps whose soft permutations are kept: those tried, or MOST_SOFT of them from the first to the last."""
    tried = sorted({*range(0, recipe.steps, recipe.every), recipe.steps})
    return {tried[round(place)] for place in np.linspace(0, len(tried) - 1, min(len(tried), MOST_SOFT))}


def _hardening(trials: "list[Progress]") -> dict[str, object]:
    """What `orders_card` says of `soft`."""
    name = next(iter(trials[-1].soft))
    stayed = trials[-1].soft[name].diagonal(dim1=-2, dim2=-1).mean(-1)
    group = int(stayed.argmin())
    steps = [
        {
            "step": trial.step,
            "temperature": round(trial.temperature, 6),
            "P": [[round(share, 3) for share in row] for row in trial.soft[name][group].tolist()],
        }
        for trial in trials
    ]
    return {"coupling": name, "group": group, "groups": len(stayed), "steps": steps}


def _digest(orders: dict[str, list[int]]) -> str:
    return hashlib.sha256(json.dumps(orders, sort_keys=True).encode()).hexdigest()[:16]
