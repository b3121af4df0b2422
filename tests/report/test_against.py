"""Verdicts, gaps and ratios of a run are those of its counts."""

from __future__ import annotations

import math

import pytest

from sapcore.codes import LinearCode, find
from sapcore.complexity import complexity
from sapcore.decoders.backbones import backbone_config
from sapcore.report.against import bases, clearest, gaps, verdicts
from sapcore.report.recipe import compare_lines
from sapcore.variants import decoder_complexity
from tests.report.conftest import Measure


def test_of_each_curve_the_point_with_most_discordant_frames(measure: Measure) -> None:
    run = measure([find("BCH(15,7)")], ["ml", "bp:5", "uncoded"], [2.0, 4.0, 8.0])
    found = verdicts(run, "ml")
    assert len(found) == 2 * 3 and set(found["decoder"]) == {"bp:5", "uncoded"}
    counts = {(point.decoder, point.ebn0_db): point.counts.frame_errors for point in run.points}
    for row in found.itertuples():
        assert row.wrong - row.right == counts[row.decoder, row.ebn0] - counts["ml", row.ebn0]
        assert row.verdict.startswith(f"BCH(15,7): at {row.ebn0:g} dB ")
    best = clearest(found)
    assert best["decoder"].tolist() == ["bp:5", "uncoded"]
    for row in best.itertuples():
        curve = found[found["decoder"] == row.decoder]
        assert row.right + row.wrong == (curve["right"] + curve["wrong"]).max()


def test_two_matrices_of_one_name_are_two_codes(measure: Measure) -> None:
    code = find("BCH(15,7)")
    alike = [LinearCode("mine", "matrix file", matrix) for matrix in (code.parity_check, code.parity_check[::-1])]
    run = measure(alike, ["ml", "bp:5"], [2.0])
    assert clearest(verdicts(run, "ml"))["code_digest"].tolist() == [one.digest for one in alike]


def test_gaps_are_of_the_crossings_and_ratios_of_the_costs(measure: Measure) -> None:
    code = find("Hamming(7,4)-r")
    run = measure([code], ["fecct", "fecct/sap@0.5", "ml", "uncoded"], [2.0, 6.0], 2048)
    table = gaps(run, "fecct", "FER", 0.03).set_index("decoder")
    assert math.isnan(table.loc["fecct", "gap"]) and math.isnan(table.loc["fecct", "macs_ratio"])
    assert table.loc["ml", "gap"] == pytest.approx(table.loc["ml", "ebn0"] - table.loc["fecct", "ebn0"])
    assert (gaps(run, "fecct", "FER", 1e-6)["interval"] == "not between measured points").all()
    costs = [decoder_complexity(name, code) for name in ("fecct/sap@0.5", "fecct")]
    assert table.loc["fecct/sap@0.5", "macs_ratio"] == costs[0].macs / costs[1].macs < 0.6
    assert table.loc["fecct/sap@0.5", "bytes_ratio"] == costs[0].bytes / costs[1].bytes < 0.6
    assert costs[1].macs == complexity(backbone_config("base"), code).macs
    assert math.isnan(table.loc["ml", "macs_ratio"])
    seconds = {name: sum(p.seconds for p in run.points if p.decoder == name) for name in ("ml", "fecct")}
    assert table.loc["ml", "time_ratio"] == pytest.approx(seconds["ml"] / seconds["fecct"])  # equal frames


def test_a_curve_stands_against_those_of_other_codes(measure: Measure) -> None:
    tall, other = find("BCH(15,7)-r"), find("Hamming(7,4)")
    run = measure([find("BCH(15,7)"), tall, other], ["bp:5"], [-1.0, 5.0])
    assert bases(run) == ["BCH(15,7), bp:5", "BCH(15,7)-r, bp:5", "Hamming(7,4), bp:5"]
    assert verdicts(run, "bp:5").empty  # no code has another decoder
    found = verdicts(run, "BCH(15,7), bp:5")
    assert set(found["code"]) == {"BCH(15,7)-r"}  # a code of another length sees other frames
    wrong = {(p.code_name, p.ebn0_db): p.counts.frame_errors for p in run.points}
    for row in found.itertuples():
        assert row.wrong - row.right == wrong[row.code, row.ebn0] - wrong["BCH(15,7)", row.ebn0]
        assert row.verdict.startswith(f"At {row.ebn0:g} dB ")
        assert "BCH(15,7), bp:5" in row.verdict and "BCH(15,7)-r, bp:5" in row.verdict
    table = gaps(run, "BCH(15,7), bp:5", "BER", 0.03).set_index("code")
    assert table["gap"].notna().tolist() == [False, True, True]
    for name in ("BCH(15,7)-r", "Hamming(7,4)"):
        assert table.loc[name, "gap"] == pytest.approx(table.loc[name, "ebn0"] - table.loc["BCH(15,7)", "ebn0"])
        assert table.loc[name, "time_ratio"] > 0


def test_one_curve_has_nothing_to_stand_against(measure: Measure) -> None:
    assert bases(measure([find("BCH(15,7)")], ["ml"], [2.0])) == []


def test_the_lines_print_the_comparison(measure: Measure, capsys: pytest.CaptureFixture[str]) -> None:
    run = measure([find("BCH(15,7)")], ["ml", "bp:5"], [2.0, 4.0])
    exec(compare_lines(run.id, "ml", "FER", 0.1), {})
    printed = capsys.readouterr().out
    assert gaps(run, "ml", "FER", 0.1).to_string() in printed and verdicts(run, "ml").to_string() in printed
