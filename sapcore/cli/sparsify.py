"""`sparsify`: learn what a sparsity needs before it decodes a code."""

import argparse
from typing import TYPE_CHECKING, Any

from sapcore.cli.output import CODE_HELP, add_json_option, add_verb, print_json
from sapcore.cli.prune import add_backbone_option
from sapcore.errors import InputError

if TYPE_CHECKING:
    from sapcore.pruning.learnable_permutation import Progress

MOST_STEPS = 100_000


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "sparsify",
        "Learn what a sparsity needs before it decodes a code: orders of channels, or weights trained to a pattern.",
        "python -m sapcore sparsify 'BCH(31,16)-r' --sparsity 2:4+learnable",
    )
    parser.add_argument("code", metavar="CODE", help=CODE_HELP)
    parser.add_argument(
        "--sparsity",
        required=True,
        metavar="S",
        help="such as 2:4+learnable (orders of channels) or tile@0.5 (weights)",
    )
    add_backbone_option(parser)
    parser.add_argument(
        "--steps", type=int, metavar="S", help="of the optimiser (default 40 for orders, 400 for weights)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the frames (default 0)")
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Learn for one code."""
    if arguments.steps is not None and not 1 <= arguments.steps <= MOST_STEPS:
        raise InputError(f"--steps is {arguments.steps}; 1 to {MOST_STEPS} are allowed.")
    if arguments.seed < 0:
        raise InputError(f"--seed is {arguments.seed}; 0 or more is allowed.")

    from tqdm import tqdm

    from sapcore.codes import load
    from sapcore.pruning.learnable_permutation import LearningRecipe
    from sapcore.pruning.n_to_m_plan import NToMPlan
    from sapcore.pruning.orders import make_orders
    from sapcore.pruning.pattern_training import PatternRecipe
    from sapcore.pruning.pattern_weights import make_pattern
    from sapcore.threads import use_one_thread
    from sapcore.variants import DecoderSpec

    use_one_thread()
    code = load(arguments.code)
    spec = DecoderSpec("fecct", arguments.backbone, sparsity=arguments.sparsity)
    orders = isinstance(spec.plan, NToMPlan)
    recipe = LearningRecipe if orders else PatternRecipe
    recipe = recipe() if arguments.steps is None else recipe(steps=arguments.steps)
    with tqdm(total=recipe.steps, unit="step", disable=arguments.json or None) as bar:

        def watch_orders(progress: "Progress") -> None:
            bar.update(progress.step - bar.n)
            if progress.held_out is not None:
                bar.set_postfix_str(f"held-out loss {progress.held_out:.5f}")

        def watch_weights(step: int, loss: float) -> None:
            bar.update()
            bar.set_postfix_str(f"loss {loss:.4f}")

        make, watch = (make_orders, watch_orders) if orders else (make_pattern, watch_weights)
        card = make(spec.backbone, spec.plan, code, recipe, arguments.seed, watch)
    result = {"code": code.name, "decoder": str(spec), "file": card["file"], "steps": recipe.steps}
    if orders:
        result |= {
            "best_step": card["best_step"],
            "loss_first": card["held_out"]["0"],
            "loss_last": card["held_out"][str(card["best_step"])],
        }
    else:
        result |= {
            "primal_residual": card["residuals"][-1]["primal"] if card["residuals"] else None,
            "loss_first": card["loss_first"],
            "loss_last": card["loss_last"],
        }
    result["seconds"] = card["seconds"]
    if arguments.json:
        print_json(result)
    else:
        what = f"held-out loss (best at step {card['best_step']})" if orders else "loss"
        print(f"{spec}: {what} {result['loss_first']:.4f} to {result['loss_last']:.4f}; {card['file']}")
    return 0
