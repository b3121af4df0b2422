"""How a run was made: the command line and the Python lines that make it again."""

from __future__ import annotations

import shlex

from sapcore.codes import LinearCode
from sapcore.codes.files import FILE_FAMILY, file_stem
from sapcore.runs import RunSpec

RECIPE_NOTE = (
    "Every frame follows from the seed. Counts repeat on any machine, but for rare frames that rounding tips "
    "(in float32: all decoders but uncoded and bdd)."
)


def command_line(codes: list[LinearCode], spec: RunSpec) -> str:
    """One command that measures the same points with the same frames."""
    parts = ["python -m sapcore simulate", "--code " + " ".join(shlex.quote(source_of(code)) for code in codes)]
    parts.append("--decoder " + " ".join(shlex.quote(decoder) for decoder in spec.decoders))
    parts.append("--ebn0 " + " ".join(f"{value!r}".removesuffix(".0") for value in spec.ebn0))
    parts.append(f"--frame-errors {spec.rule.frame_errors} --max-frames {spec.rule.max_frames}")
    if spec.rule.relative_width is not None:
        parts.append(f"--relative-width {spec.rule.relative_width}")
    parts.append(f"--seed {spec.seed} --json")
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


def compare_command(code: LinearCode, spec: RunSpec, against: str) -> str:
    """The command that compares one decoder of a run with the others on the frames that all of them see."""
    decoders = [against, *(decoder for decoder in spec.decoders if decoder != against)]
    parts = [f"python -m sapcore compare --code {shlex.quote(source_of(code))}"]
    parts.append("--decoder " + " ".join(map(shlex.quote, decoders)))
    parts.append("--ebn0 " + " ".join(f"{value!r}".removesuffix(".0") for value in spec.ebn0))
    parts.append(f"--frames {spec.rule.max_frames} --seed {spec.seed} --json")
    return " \\\n  ".join(parts)


def compare_commands(codes: list[LinearCode], spec: RunSpec, against: str) -> list[str]:
    """`compare_command` of every code where `against` is a decoder of each, and there are others."""
    if against not in spec.decoders or len(spec.decoders) < 2:
        return []
    return [compare_command(code, spec, against) for code in codes]


def compare_lines(run_id: str, against: str, metric: str, rate: float) -> str:
    """The lines that print the verdicts, gaps and ratios of a run in the store."""
    return f"""from sapcore.report.against import gaps, verdicts
from sapcore.runs import get_run
from sapcore.simulation import Store

run = get_run(Store(), {run_id!r})
print(verdicts(run, {against!r}).to_string())
print(gaps(run, {against!r}, {metric!r}, {rate!r}).to_string())
"""


def needs_files(codes: list[LinearCode]) -> bool:
    """Whether a recipe for these codes starts from matrix files."""
    return any((code.standard or code).family == FILE_FAMILY for code in codes)


def source_of(code: LinearCode) -> str:
    """What `sapcore.codes.load` takes for this code."""
    return f"{file_stem(code)}.alist" if (code.standard or code).family == FILE_FAMILY else code.name


def load_of(code: LinearCode) -> str:
    """The Python expression that loads this code."""
    return f"load({source_of(code)!r})"
