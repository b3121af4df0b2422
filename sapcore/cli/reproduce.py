"""`reproduce`: make again what ships in assets."""

import argparse
import os
from typing import TYPE_CHECKING, Any

from sapcore.cli.exit_codes import EXIT_INTERRUPTED
from sapcore.cli.output import add_verb
from sapcore.errors import InputError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from sapcore.runs import Run

DONORS = 6
WHAT = {
    "signatures": "the signatures of the catalogue",
    "backbone": "how well the backbone that ships decodes: backbone.csv and backbone.md; hours, and goes on too",
    "masks": "the importances of the catalogue and the mask library",
    "sap": "the experiment on Spectral-Aligned Pruning: sap.csv and sap.md; hours, and goes on where it stopped",
    "sparsity": "the experiment on N:M sparsity and patterns: sparsity.csv and sparsity.md; hours, and goes on too",
}


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "reproduce",
        "Make again files that ship in assets.",
        "python -m sapcore reproduce masks",
    )
    parser.add_argument("what", choices=WHAT, help="; ".join(f"{name}: {text}" for name, text in WHAT.items()))
    parser.add_argument("--backbone", metavar="NAME", help="of the masks (default: that of fecct)")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Make one of them."""
    if arguments.what == "masks":
        return _masks(arguments.backbone)
    if arguments.backbone:
        raise InputError(f"--backbone goes with masks, not with {arguments.what}.")
    return _signatures() if arguments.what == "signatures" else _experiment(arguments.what)


def _signatures() -> int:
    """Compute the signatures of the catalogue."""
    from sapcore.experiments.signatures import FILE, write

    write()
    print(FILE)
    return 0


def _masks(name: str | None) -> int:
    """Score the catalogue and choose the donors among the codes the backbone was trained on."""
    from tqdm import tqdm

    from sapcore.codes import catalogue, load
    from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_card, backbone_digest, load_backbone
    from sapcore.pruning.importance import save_importances
    from sapcore.pruning.library import build_library, choose_donors, save_library
    from sapcore.pruning.masks import importances_path, library_path
    from sapcore.pruning.scores import score_code
    from sapcore.threads import use_one_thread

    use_one_thread()
    backbone = name or DEFAULT_BACKBONE
    network, digest = load_backbone(backbone), backbone_digest(backbone)
    command = "python -m sapcore reproduce masks" + (f" --backbone {backbone}" if name else "")
    codes = catalogue()
    scores = {code.name: score_code(network, digest, code) for code in tqdm(codes, unit="matrix")}
    save_importances(importances_path(backbone), list(scores.values()), command)
    trained = [load(name) for name in backbone_card(backbone)["codes"]]
    forms = [form for code in trained for form in (code, code.redundant())]
    candidates = [form for form in forms if form.name in scores]
    donors = choose_donors(codes, candidates, DONORS)
    library = build_library([scores[donor.name] for donor in donors], candidates)
    save_library(library_path(backbone), library, command)
    print(f"{len(scores)} importances, {len(donors)} donors, reach {library.reach:.3f}.")
    return 0


def _experiment(what: str) -> int:
    """Measure what is missing of an experiment."""
    from concurrent.futures import as_completed

    from tqdm import tqdm

    from sapcore.cli.follow import follow
    from sapcore.experiments import backbone_results, sap_results, sparsity_results
    from sapcore.experiments.backbone_run import run_backbone
    from sapcore.experiments.sap_run import run_sap
    from sapcore.experiments.sparsity_run import run_sparsity
    from sapcore.simulation import Store

    experiments = {
        "backbone": (run_backbone, backbone_results.FILE),
        "sap": (run_sap, sap_results.FILE),
        "sparsity": (run_sparsity, sparsity_results.FILE),
    }
    run_experiment, file = experiments[what]
    store = Store()

    def measure(run: "Run") -> bool:
        ended = follow(store, run.id, as_json=False, cancel_on_interrupt=True)
        if ended.state == "failed":
            raise InputError(ended.message)
        return ended.state == "done"

    def wait(title: str, under_way: list["Future"]) -> None:
        print(title, flush=True)
        for done in tqdm(as_completed(under_way), total=len(under_way), unit="item", disable=not under_way or None):
            done.result()

    try:
        finished = run_experiment(store, measure, wait, processes=os.cpu_count() or 1)
    except KeyboardInterrupt:  # while something is trained
        finished = False
    if not finished:
        print("Interrupted; the same command goes on from here.")
        return EXIT_INTERRUPTED
    print(f"{file} and {file.with_suffix('.md').name} hold the whole experiment.")
    return 0
