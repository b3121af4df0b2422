"""`reproduce`: make again what ships in assets."""

import argparse
from typing import Any

from sapcore.cli.output import add_verb

DONORS = 6


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "reproduce",
        "Make again files that ship in assets. masks: the importances of the catalogue and the mask library.",
        "python -m sapcore reproduce masks",
    )
    parser.add_argument("what", choices=("masks",), help="what to make")
    parser.add_argument("--backbone", metavar="NAME", help="the backbone (default: that of fecct)")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Score the catalogue and choose the donors among the codes the backbone was trained on."""
    from tqdm import tqdm

    from sapcore.codes import catalogue, load
    from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_card, backbone_digest, load_backbone
    from sapcore.pruning.importance import save_importances
    from sapcore.pruning.library import build_library, choose_donors, save_library
    from sapcore.pruning.masks import importances_path, library_path
    from sapcore.pruning.scores import score_code

    backbone = arguments.backbone or DEFAULT_BACKBONE
    network, digest = load_backbone(backbone), backbone_digest(backbone)
    command = "python -m sapcore reproduce masks" + (f" --backbone {backbone}" if arguments.backbone else "")
    codes = catalogue()
    scores = {code.name: score_code(network, digest, code) for code in tqdm(codes, unit="matrix")}
    save_importances(importances_path(backbone), list(scores.values()), command)
    trained = [load(name) for name in backbone_card(backbone)["codes"]]
    forms = [form for code in trained for form in (code, code.redundant())]
    donors = choose_donors(codes, [form for form in forms if form.name in scores], DONORS)
    library = build_library([scores[donor.name] for donor in donors], codes)
    save_library(library_path(backbone), library, command)
    print(f"{len(scores)} importances, {len(donors)} donors, reach {library.reach:.3f}.")
    return 0
