"""`permute`: learn the orders of channels of one code for N:M sparsity."""

import argparse
from typing import TYPE_CHECKING, Any

from sapcore.cli.output import CODE_HELP, add_json_option, add_verb, print_json
from sapcore.cli.prune import add_backbone_option
from sapcore.errors import InputError

if TYPE_CHECKING:
    from sapcore.pruning.learnable_permutation import Progress

STEPS = 40
MOST_STEPS = 10_000


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "permute",
        "Learn the orders of channels under which an N:M sparse backbone decodes a code best.",
        "python -m sapcore permute 'BCH(31,16)-r' --sparsity 2:4+learnable",
    )
    parser.add_argument("code", metavar="CODE", help=CODE_HELP)
    parser.add_argument("--sparsity", required=True, metavar="N:M", help="with +learnable, such as 2:4+learnable")
    add_backbone_option(parser)
    parser.add_argument("--steps", type=int, default=STEPS, metavar="S", help=f"of the optimiser ({STEPS})")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the frames (default 0)")
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Learn the orders of one code."""
    if not 1 <= arguments.steps <= MOST_STEPS:
        raise InputError(f"--steps is {arguments.steps}; 1 to {MOST_STEPS} are allowed.")
    if arguments.seed < 0:
        raise InputError(f"--seed is {arguments.seed}; 0 or more is allowed.")

    from tqdm import tqdm

    from sapcore.codes import load
    from sapcore.pruning.learnable_permutation import LearningRecipe
    from sapcore.pruning.orders import make_orders
    from sapcore.threads import use_one_thread
    from sapcore.variants import DecoderSpec

    use_one_thread()
    code = load(arguments.code)
    spec = DecoderSpec("fecct", arguments.backbone, sparsity=arguments.sparsity)
    recipe = LearningRecipe(steps=arguments.steps)
    with tqdm(total=recipe.steps, unit="step", disable=arguments.json or None) as bar:

        def watch(progress: "Progress") -> None:
            bar.update(progress.step - bar.n)
            if progress.held_out is not None:
                bar.set_postfix_str(f"held-out loss {progress.held_out:.5f}")

        card = make_orders(spec.backbone, spec.plan, code, recipe, arguments.seed, watch)
    start, best = card["held_out"]["0"], card["held_out"][str(card["best_step"])]
    result = {
        "code": code.name,
        "decoder": str(spec),
        "orders": card["file"],
        "steps": recipe.steps,
        "best_step": card["best_step"],
        "loss_lsa": start,
        "loss_best": best,
        "seconds": card["seconds"],
    }
    if arguments.json:
        print_json(result)
    else:
        print(f"{spec}: held-out loss {start:.5f} (lsa) to {best:.5f} at step {card['best_step']}; {card['file']}")
    return 0
