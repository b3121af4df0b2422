"""How a run was made: the command line and the Python lines that make it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

import pandas as pd

from sapcore.codes import LinearCode, load, source_of
from sapcore.codes.files import FILE_FAMILY
from sapcore.experiments.shipped import current_digest
from sapcore.runs import RunSpec
from sapcore.simulation import StoppingRule

WHOLE_TABLE = "python -m sapcore reproduce "
RECIPE_NOTE = (
    "Every frame follows from the seed. Counts repeat on any machine, but for rare frames that rounding tips "
    "(in float32: all decoders but uncoded and bdd)."
)


def command_line(codes: list[LinearCode], spec: RunSpec) -> str:
    """One command that measures the same points with the same frames."""
    return simulate_command([source_of(code) for code in codes], spec.decoders, spec.ebn0, spec.rule, spec.seed)


def simulate_command(
    codes: Sequence[str], decoders: Sequence[str], ebn0: Sequence[float], rule: StoppingRule, seed: int
) -> str:
    """The command that measures codes, named as `load` takes them, under decoders at Eb/N0 in dB."""
    parts = ["python -m sapcore simulate", "--code " + " ".join(map(shlex.quote, codes))]
    parts.append("--decoder " + " ".join(map(shlex.quote, decoders)))
    parts.append(f"--ebn0 {_decibels(ebn0)}")
    parts.append(f"--frame-errors {rule.frame_errors} --max-frames {rule.max_frames}")
    if rule.relative_width is not None:
        parts.append(f"--relative-width {rule.relative_width}")
    parts.append(f"--seed {seed} --json")
    return " \\\n  ".join(parts)


def python_lines(codes: list[LinearCode], spec: RunSpec) -> str:
    """The same from Python, in one process."""
    loads = "\n".join(f"    {load_of(code)}," for code in codes)
    return f"""from concurrent.futures import ThreadPoolExecutor

from sapcore.codes import load
from sapcore.runs import drive, request
from sapcore.simulation import StoppingRule, Store

codes = [
{loads}
]
rule = {spec.rule}
store = Store()
run = request(store, codes, {list(spec.decoders)}, {list(spec.ebn0)}, rule, seed={spec.seed})
with ThreadPoolExecutor(1) as executor:
    run = drive(store, run.id, executor)
for point in run.points:
    print(point.code_name, point.decoder, point.ebn0_db, point.counts.fer, point.counts.fer_interval)
"""


def compare_commands(codes: list[LinearCode], spec: RunSpec, against: str, found: pd.DataFrame) -> list[str]:
    """The commands that compare one decoder of a run with the others on the frames of `found`, its verdicts.

    One for the points of a code that have as many common frames; none where `against` is no decoder of each code.
    """
    if against not in spec.decoders:
        return []
    asked: dict[tuple[str, int, tuple[str, ...]], list[float]] = {}
    for (digest, frames, ebn0), rows in found.groupby(["code_digest", "frames", "ebn0"], sort=False):
        asked.setdefault((digest, frames, tuple(rows["decoder"])), []).append(ebn0)
    sources = {code.digest: source_of(code) for code in codes}
    return [
        " \\\n  ".join(
            [
                f"python -m sapcore compare --code {shlex.quote(sources[digest])}",
                "--decoder " + " ".join(map(shlex.quote, [against, *decoders])),
                f"--ebn0 {_decibels(ebn0)}",
                f"--frames {frames} --seed {spec.seed} --json",
            ]
        )
        for (digest, frames, decoders), ebn0 in asked.items()
    ]


def compare_lines(run_id: str, against: str, metric: str, rate: float) -> str:
    """The lines that print the verdicts, gaps and ratios of a run in the store."""
    return f"""from sapcore.report.against import gaps, verdicts
from sapcore.runs import get_run
from sapcore.simulation import Store

run = get_run(Store(), {run_id!r})
found, apart = verdicts(run, {against!r}), gaps(run, {against!r}, {metric!r}, {rate!r})
print(found.to_string())
print(apart.to_string())
"""


def cost_lines(run_id: str, ebn0: float) -> str:
    """The lines that print the trade-off of a run in the store at `ebn0` dB."""
    return f"""from sapcore.report.costs import pareto_points
from sapcore.runs import get_run
from sapcore.simulation import Store

points = pareto_points(get_run(Store(), {run_id!r}), {ebn0!r})
print(points.to_string())
"""


def beside_lines(codes: Sequence[LinearCode], metric: str, beside: Sequence[str], span: tuple[float, float]) -> str:
    """The lines that print what stands beside measured curves, see `sapcore.report.beside`."""
    return f"""from sapcore.codes import load
from sapcore.report.beside import lines, published_points

codes, beside, span = [{", ".join(map(load_of, codes))}], {list(beside)}, {span!r}
published = published_points(codes, {metric!r}, beside, span)
bounds, unknown = lines(codes, {metric!r}, beside, span)
print(published.to_string())
print(bounds.to_string())
"""


def shipped_commands(*tables: pd.DataFrame) -> list[str]:
    """The commands that measure points that ship again.

    They stand on the rows. Before one that makes a whole table stand those of its points alone, where the decoder is
    still the same.

    Args:
        tables: of points, with the columns of `shipped_points`.
    """
    points = pd.concat(tables)
    alone = [
        simulate_command([row.code], [row.decoder], [row.ebn0], StoppingRule(row.frames, row.frames), row.seed)
        for row in points[points["command"].str.startswith(WHOLE_TABLE)].itertuples()
        if row.decoder_digest == current_digest(row.decoder, load(row.code))  # of these frames: never so many errors
    ]
    return list(dict.fromkeys([*alone, *points["command"]]))


def own_matrices(codes: Iterable[LinearCode]) -> list[LinearCode]:
    """The matrices that a recipe for these codes takes from files, each once."""
    bases = dict.fromkeys(code.standard or code for code in codes)
    return [base for base in bases if base.family == FILE_FAMILY]


def load_of(code: LinearCode) -> str:
    """The Python expression that loads this code."""
    return f"load({source_of(code)!r})"


def _decibels(ebn0: Sequence[float]) -> str:
    return " ".join(f"{value!r}".removesuffix(".0") for value in ebn0)
