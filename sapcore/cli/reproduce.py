"""`reproduce`: make again what ships in assets."""

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sapcore.cli.exit_codes import EXIT_INTERRUPTED
from sapcore.cli.output import add_verb
from sapcore.errors import InputError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from sapcore.runs import Run

ALL = "all"


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = add_verb(
        verbs,
        "reproduce",
        "Make again files that ship in assets.",
        "python -m sapcore reproduce masks",
    )
    parser.add_argument("what", choices=[*STEPS, ALL], help="; ".join([*_texts(), _about_all()]))
    parser.add_argument("--backbone", metavar="NAME", help="of the masks (default: that of fecct)")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Make one of them, or all that depend on the backbone."""
    if arguments.what == "masks":
        return _masks(arguments.backbone)
    if arguments.backbone:
        raise InputError(f"--backbone goes with masks, not with {arguments.what}.")
    return _all() if arguments.what == ALL else STEPS[arguments.what].make()


def _redundant() -> int:
    """Look for the redundant checks of the catalogue."""
    from sapcore.codes import find, names
    from sapcore.codes.shipped_checks import FILE, write

    write([find(name) for name in names()])
    print(FILE)
    return 0


def _signatures() -> int:
    """Compute the signatures of the catalogue."""
    from sapcore.experiments.signatures import FILE, write

    write()
    print(FILE)
    return 0


def _masks(name: str | None = None) -> int:
    """Score the catalogue and choose the donors."""
    from tqdm import tqdm

    from sapcore.decoders.backbones import DEFAULT_BACKBONE
    from sapcore.experiments.catalogue_masks import make_masks
    from sapcore.pruning.masks import importances_path, library_path
    from sapcore.threads import use_one_thread

    use_one_thread()
    backbone = name or DEFAULT_BACKBONE
    command = "python -m sapcore reproduce masks" + (f" --backbone {backbone}" if name else "")
    try:
        library = make_masks(backbone, command, lambda codes: tqdm(codes, unit="matrix"))
    except KeyboardInterrupt:
        return _interrupted()
    print(f"{len(library.donors)} donors, reach {library.reach:.3f}.")
    print(f"{importances_path(backbone)}\n{library_path(backbone)}")
    return 0


def _masks_are_present() -> bool:
    """Whether the masks that ship are those of the present backbone."""
    from sapcore.decoders.backbones import DEFAULT_BACKBONE
    from sapcore.experiments.catalogue_masks import are_present

    return are_present(DEFAULT_BACKBONE)


def _all() -> int:
    """Make what depends on the backbone and is not of its present weights yet, step by step."""
    from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest

    _check_shipped()
    print(f"For the weights {backbone_digest(DEFAULT_BACKBONE)} of backbone {DEFAULT_BACKBONE!r}:")
    for name, step in STEPS.items():
        if step.of_backbone and step.is_done():
            print(f"{name}: there already", flush=True)
        elif step.of_backbone:
            print(f"{name}: {step.about}", flush=True)
            if code := step.make():
                return code
    return 0


def _experiment(what: str) -> int:
    """Measure what is missing of an experiment."""
    from concurrent.futures import as_completed

    from tqdm import tqdm

    from sapcore.cli.follow import follow
    from sapcore.experiments import backbone_results, checks_results, sap_results, sparsity_results
    from sapcore.experiments.backbone_run import run_backbone
    from sapcore.experiments.checks_run import run_checks
    from sapcore.experiments.sap_run import run_sap
    from sapcore.experiments.sparsity_run import run_sparsity
    from sapcore.simulation import Store

    experiments = {
        "backbone": (run_backbone, backbone_results.FILE),
        "sap": (run_sap, sap_results.FILE),
        "sparsity": (run_sparsity, sparsity_results.FILE),
        "checks": (run_checks, checks_results.FILE),
    }
    run_experiment, file = experiments[what]
    _check_shipped()
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
        return _interrupted()
    print(f"{file.with_suffix('.md')} holds the whole experiment; its tables lie beside it.")
    return 0


def _speed() -> int:
    """Measure the speed of the decoders on this machine."""
    from tqdm import tqdm

    from sapcore.codes import find
    from sapcore.experiments.speed import CODES, Bench
    from sapcore.experiments.speed_report import FILE, make

    _check_shipped()
    bench = Bench([find(name) for name in CODES])
    with tqdm(total=bench.steps, unit="step", disable=None) as bar:
        make(bench, bar.update)
    print(f"{FILE} and {FILE.with_suffix('.md').name} hold the speeds of this machine.")
    return 0


def _interrupted() -> int:
    print("Interrupted; the same command goes on from here.")
    return EXIT_INTERRUPTED


def _check_shipped() -> None:
    """Make sure that the results are made for the backbone that ships; raises InputError otherwise."""
    from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_folder, ships

    if not ships(DEFAULT_BACKBONE):
        raise InputError(
            f"The backbone {DEFAULT_BACKBONE!r} in {backbone_folder(DEFAULT_BACKBONE)} hides the one that ships; move "
            "it away, or to assets/backbones, to make again what ships."
        )


def _texts() -> Iterator[str]:
    return (f"{name}: {step.about}" for name, step in STEPS.items())


def _about_all() -> str:
    steps = ", ".join(name for name, step in STEPS.items() if step.of_backbone)
    return f"{ALL}: whatever depends on the backbone and is not of its present weights, in order: {steps}"


@dataclass(frozen=True)
class Step:
    """Something that ships and can be made again.

    Attributes:
        about: what it is.
        make: makes it, going on where it stopped, and gives an exit code.
        of_backbone: whether `all` makes it again for other weights of the backbone.
        is_done: whether nothing is left to make; asking has to be quick.
    """

    about: str
    make: Callable[[], int]
    of_backbone: bool = True
    is_done: Callable[[], bool] = lambda: False


STEPS = {
    "redundant": Step("the redundant checks of the catalogue", _redundant, of_backbone=False),
    "signatures": Step("the signatures of the catalogue", _signatures, of_backbone=False),
    "masks": Step("the importances of the catalogue and the mask library", _masks, is_done=_masks_are_present),
    "backbone": Step(
        "how well the backbone that ships decodes: backbone.csv, radial.csv and backbone.md; hours, and goes on too",
        partial(_experiment, "backbone"),
    ),
    "sap": Step(
        "the experiment on Spectral-Aligned Pruning: adapters, sap.csv and sap.md; hours, and goes on where it stopped",
        partial(_experiment, "sap"),
    ),
    "sparsity": Step(
        "the experiment on N:M sparsity and patterns: sparsity.csv and sparsity.md; hours, and goes on too",
        partial(_experiment, "sparsity"),
    ),
    "checks": Step(
        "the experiment on redundant checks, how many and which: checks.csv and checks.md; hours, and goes on too",
        partial(_experiment, "checks"),
    ),
    "speed": Step(
        "how fast decoders are on one core of this machine, which has to be idle: speed.csv and speed.md; minutes",
        _speed,
        of_backbone=False,
    ),
}
"""In the order in which they build on each other."""
