"""`recover`: train the adapter of one code under one mask."""

import argparse
from typing import Any

from sapcore.cli.output import add_json_option, add_verb, print_json
from sapcore.cli.prune import add_mask_options, pruned_spec
from sapcore.errors import InputError
from sapcore.recovery.recipe import RecoveryRecipe

MOST_STEPS = 100_000
MOST_RANK = 64


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "recover",
        "Prune the backbone for a code and train the LoRA adapter that recovers it.",
        "python -m sapcore recover 'BCH(31,16)-r' --ratio 0.5",
    )
    add_mask_options(parser)
    for name, text in (("rank", "of the update of each matrix"), ("steps", "of the optimiser")):
        default = getattr(RecoveryRecipe, name)
        parser.add_argument(f"--{name}", type=int, default=default, metavar=name[0].upper(), help=f"{text} ({default})")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the frames and the start (default 0)")
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Train one adapter."""
    for name, most in (("steps", MOST_STEPS), ("rank", MOST_RANK)):
        number = getattr(arguments, name)
        if not 1 <= number <= most:
            raise InputError(f"--{name} is {number}; 1 to {most} are allowed.")
    if arguments.seed < 0:
        raise InputError(f"--seed is {arguments.seed}; 0 or more is allowed.")

    from tqdm import tqdm

    from sapcore.codes import load
    from sapcore.pruning.masks import mask_source
    from sapcore.recovery.pruned_backbone import PrunedBackbone
    from sapcore.recovery.recover import make_adapter
    from sapcore.threads import use_one_thread

    use_one_thread()
    code, spec = load(arguments.code), pruned_spec(arguments, lora=True)
    recipe = RecoveryRecipe.of(arguments.rank, arguments.steps)
    if spec.how:
        pruned = PrunedBackbone.structured(mask_source(spec.backbone), spec.how, code, spec.ratio)
    else:
        pruned = PrunedBackbone.sparse(spec.backbone, spec.plan, code)
    with tqdm(total=recipe.steps, unit="step", disable=arguments.json or None) as bar:

        def watch(step: int, loss: float) -> None:
            bar.update()
            bar.set_postfix_str(f"loss {loss:.4f}")

        card = make_adapter(pruned, code, recipe, arguments.seed, watch)
    result = {
        "code": code.name,
        "decoder": str(spec),
        "adapter": card["folder"],
        "steps": recipe.steps,
        "loss_first": card["loss_first"],
        "loss_last": card["loss_last"],
        "seconds": card["seconds"],
    }
    if arguments.json:
        print_json(result)
    else:
        print(f"{result['decoder']}: loss {result['loss_first']:.4f} to {result['loss_last']:.4f}; {card['folder']}")
    return 0
