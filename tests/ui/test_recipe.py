"""A recipe makes what it says."""

from __future__ import annotations

import contextlib
import io
import shlex
from pathlib import Path

import pytest

from sapcore.codes import LinearCode, find
from sapcore.report.recipe import command_line, own_matrices, python_lines
from sapcore.runs import RunSpec
from sapcore.simulation import StoppingRule
from sapcore.spectra import signature
from sapcore.ui.recipe import spectrum_command, spectrum_lines

CODES = [find("Hamming(7,4)"), find("Hamming(7,4)-r")]
SPEC = RunSpec.of(
    codes=CODES,
    decoders=("ml", "bp:5"),
    ebn0=(3.0, 4.5),
    rule=StoppingRule(frame_errors=5, max_frames=2048),
    seed=7,
)


def test_command_line_is_what_the_verb_takes() -> None:
    words = shlex.split(command_line(CODES, SPEC).replace("\\\n", " "))
    expected = (
        "python -m sapcore simulate --code Hamming(7,4) Hamming(7,4)-r --decoder ml bp:5 --ebn0 3 4.5 "
        "--frame-errors 5 --max-frames 2048 --seed 7 --json"
    )
    assert " ".join(words) == expected


def test_python_lines_run_and_measure_the_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    printed = io.StringIO()
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(printed):
        exec(python_lines(CODES, SPEC), names)
    assert names["run"].id == SPEC.id
    assert names["run"].state == "done"
    assert len(printed.getvalue().splitlines()) == 2 * 2 * 2


def test_an_own_matrix_comes_from_its_file() -> None:
    own = LinearCode("my matrix", "matrix file", [[1, 1, 0], [0, 1, 1]])
    tall = own.redundant(3)
    assert own_matrices([*CODES, tall, own]) == [own]
    assert f"--code my_matrix-{own.digest}.alist my_matrix-{own.digest}.alist-r3" in command_line([own, tall], SPEC)


@pytest.mark.parametrize("name", ["BCH(31,16)", "Golay(24,12)-r"])
def test_the_spectrum_recipe_prints_the_signature(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = find(name)
    exec(spectrum_lines(code), {})
    assert str(signature(code)) in capsys.readouterr().out
    assert shlex.split(spectrum_command(code)) == ["python", "-m", "sapcore", "spectrum", name, "--json"]


def test_own_matrices_and_eb_n0_are_told_apart() -> None:
    matrices = [[1, 1, 0], [0, 1, 1]], [[1, 1, 0], [1, 0, 1]]
    own = [LinearCode(name, "matrix file", H) for name, H in zip(("a b", "a_b"), matrices, strict=True)]
    spec = RunSpec.of(own, ["ml"], [3.0, 3.1234567], SPEC.rule)
    words = shlex.split(command_line(own, spec).replace("\\\n", " "))
    assert len({word for word in words if word.endswith(".alist")}) == 2
    assert words[words.index("--ebn0") + 1 :][:2] == ["3", "3.1234567"]
