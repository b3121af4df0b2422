"""Findings and tables, from rows made up for the purpose."""

import math
import re

import pandas as pd
import pytest

from sapcore.channel import uncoded_bit_error_rate
from sapcore.codes import find
from sapcore.experiments import backbone_plan
from sapcore.experiments.backbone_curves import NOT_MEASURED, above_nearest, curve, place
from sapcore.experiments.backbone_findings import longer, near_ml, unseen
from sapcore.experiments.backbone_plan import DECODER, LONGER, PEER
from sapcore.experiments.backbone_published import budget, ecct, minus_ln, published
from sapcore.experiments.backbone_report import report
from sapcore.experiments.backbone_results import COLUMNS
from sapcore.simulation import Crossing, ErrorCounts

FRAMES = 100_000


@pytest.fixture(autouse=True)
def card(monkeypatch):
    """Two trained codes; the rest of n up to 31 is held out."""
    one = {"codes": ["BCH(15,7)", "BCH(31,16)"], "frames": 1000, "minutes": 2.0, "device": "cpu"}
    one["start"] = {"codes": ["BCH(15,7)"], "frames": 500, "minutes": 1.5, "device": "cuda", "start": None}
    for module in ("plan", "published"):
        monkeypatch.setattr(f"sapcore.experiments.backbone_{module}.backbone_card", lambda name: one)
    return one


def row(code, decoder, ebn0, frame_errors, frames=FRAMES):
    n = find(code).n
    counts = ErrorCounts(frames, frame_errors, frames * n, 2 * frame_errors, 4 * frame_errors)  # two wrong bits each
    about = {"code": code, "decoder": decoder, "ebn0": ebn0} | counts.row()
    return {column: about.get(column) for column in COLUMNS}


def rows(*some):
    return pd.DataFrame(list(some), columns=COLUMNS)


def falling(code, decoder, first, ebn0=(3.0, 4.0, 5.0, 6.0)):
    """A curve that falls tenfold a dB from `first` frame errors at 3 dB."""
    return [row(code, decoder, value, round(first / 10 ** (value - 3))) for value in ebn0]


def test_a_curve_takes_a_rate_between_its_points():
    found = place(curve(rows(*falling("BCH(15,7)-r", DECODER, 10_000)), "BCH(15,7)-r", DECODER), 10**-2.5)
    assert isinstance(found, Crossing)
    assert found.ebn0 == pytest.approx(4.5) and found.low < 4.5 < found.high


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ([], NOT_MEASURED),
        ([900, 100], "below at 3 dB"),
        ([9000, 2000], "above at 4 dB"),
        ([9000, 0], "no error beyond"),
    ],
)
def test_a_curve_that_does_not_take_it_is_not_extrapolated(errors, words):
    points = rows(*(row("BCH(15,7)-r", DECODER, 3.0 + place, count) for place, count in enumerate(errors)))
    assert place(curve(points, "BCH(15,7)-r", DECODER), 1e-2) == words


def test_of_several_seeds_the_longest_count_stands():
    both = rows(row("BCH(31,16)-r", DECODER, 5.0, 30, 1024), row("BCH(31,16)-r", DECODER, 5.0, 300))
    assert curve(both, "BCH(31,16)-r", DECODER)["frame_errors"].tolist() == [300]
    assert f"| BCH(31,16) | {DECODER} | – | {-math.log(600 / (31 * FRAMES)):.2f} | – |" in report(both)


def test_the_gap_is_to_the_standard_form_whatever_the_checks():
    ml = falling("BCH(15,7)", "ml", 5000)
    for form in ("BCH(15,7)", "BCH(15,7)-r", "BCH(15,7)-r60"):
        found = above_nearest(rows(*ml, *falling(form, DECODER, 10_000)), form, 1e-2)
        assert found.ebn0 == pytest.approx(math.log10(2))  # ten times fewer errors a dB
        assert found.low < found.ebn0 < found.high
    assert above_nearest(rows(*falling("BCH(15,7)", DECODER, 10_000)), "BCH(15,7)", 1e-2) == "ML not measured"
    beyond = rows(*falling("BCH(15,7)", DECODER, 10_000), *falling("BCH(15,7)", "ml", 500))
    assert above_nearest(beyond, "BCH(15,7)", 1e-2) == "ML below at 3 dB"


def test_codes_near_maximum_likelihood_are_counted():
    assert near_ml(rows()) == ""
    near = [*falling("BCH(15,7)", "ml", 9000), *falling("BCH(15,7)-r", DECODER, 10_000)]
    text = near_ml(rows(*near))
    assert "within 0.4 dB of ML at FER 1e-2" in text
    assert (
        "under the default redundant checks on 1 of 2, on 1 with the whole interval (no crossing measured on 1)" in text
    )
    far = [*falling("BCH(31,16)", "ml", 3000), *falling("BCH(31,16)-r", DECODER, 10_000)]
    far += falling("BCH(31,16)-r124", DECODER, 6000)
    text = near_ml(rows(*near, *far))
    assert "under the default redundant checks on 1 of 2, on 1 with the whole interval; " in text
    assert "under more checks on 1 of 2, on 1 with" in text  # 0.30 dB


def test_held_out_codes_are_held_against_uncoded_transmission_and_bp():
    assert unseen(rows()) == ""
    good, bad = "Golay(23,12)", "BCH(31,21)"
    many = round(1.2 * uncoded_bit_error_rate(5.0) * 31 * FRAMES / 2)
    some = [row(f"{good}-r", DECODER, 5.0, 400), row(good, PEER, 5.0, 800), row(f"{bad}-r", DECODER, 5.0, many)]
    text = unseen(rows(*some, row(bad, PEER, 5.0, 1000), row("BCH(15,7)-r", DECODER, 5.0, 100)))
    assert f"below that of uncoded transmission on 1 of 2 (not on {bad}), " in text
    assert f"below that of `bp:50` on the standard H on 1 of 2 (not on {bad})." in text
    alone = unseen(rows(row(f"{good}-r", DECODER, 5.0, 400)))
    assert alone.endswith("uncoded transmission on 1 of 1.")


def test_one_code_under_two_names_is_said(card):
    card["codes"].append("Hamming(15,11)")
    assert "Of these, BCH(15,11) may be a trained code" in unseen(rows(row("BCH(15,11)-r", DECODER, 5.0, 400)))


def test_longer_codes_are_held_against_bp_and_ecct():
    assert longer(rows()) == ""
    name, n = LONGER[0], find(LONGER[0]).n
    ours = round(math.exp(-minus_ln(ecct(name, 5.0)) - 1) * n * FRAMES / 2)  # 1 better than ECCT in -ln(BER)
    text = longer(rows(row(f"{name}-r", DECODER, 5.0, ours), row(f"{name}-r", PEER, 5.0, ours)))
    assert f"below that of `bp:50` on the same checks on 0 of 1 (not on {name})" in text
    assert "below the published BER of ECCT N=6 d=128, under its own H, on 1 of 1;" in text
    value = f"{minus_ln(ecct(name, 5.0)):.2f}"
    assert re.search(rf"-ln\(BER\): {re.escape(name)} \d+\.\d\d \(`bp:50` \d+\.\d\d, ECCT {value}\)\.$", text)
    another = longer(rows(row("Polar(64,32)-r", DECODER, 5.0, 500)))
    assert "for another code)" in another and "bp:50" not in another


def test_every_longer_code_has_a_published_figure():
    assert all(ecct(name, ebn0) for name in LONGER for ebn0 in backbone_plan.SHOWN_EBN0)
    names = {point.decoder for name in LONGER for points in published(name).values() for point in points}
    assert not any(name.startswith(("ECCT N=2", "ECCT N=6 d=32", "ECCT N=6 d=64", "DDECC", "ARBP")) for name in names)
    assert any(name.startswith("CrossMPT") for name in names) and any("SBND recipe" in name for name in names)


def test_the_budget_is_that_of_all_stages(card):
    assert budget() == "2 codes at once, 1,500 frames, 4 minutes (cpu, cuda)"
    del card["start"]["minutes"]
    assert budget() == "2 codes at once, 1,500 frames (cpu, cuda)"


def test_the_report_marks_few_errors_and_bounds():
    some = [row("BCH(31,16)-r", DECODER, 4.0, 200), row("BCH(31,16)-r", DECODER, 5.0, 30)]
    some += [
        row("BCH(31,16)-r", DECODER, 6.0, 0),
        row("BCH(31,16)", DECODER, 5.0, 300),
        row("BCH(31,16)", "ml", 5.0, 10),
    ]
    text = report(rows(*some))
    line = next(line for line in text.splitlines() if line.startswith("| BCH(31,16)-r | trained | 62 |"))
    cells = [cell.strip() for cell in line.split("|")]
    ber = 60 / (31 * FRAMES)
    assert re.match(r"\d+\.\d\d \(", cells[4]) and cells[5].startswith(f"{-math.log(ber):.2f}* (")
    bound = ErrorCounts(FRAMES, 0, 31 * FRAMES).fer_interval[1]
    assert cells[6] == f"above {-math.log(bound):.2f}*"
    assert f"below {bound:.1e}*" in text and "1.00e-04* (" in text
    assert "### Standard H" in text and "### More checks" not in text
    assert f"Unfinished: 5 of the {len(backbone_plan.points())} points of the plan are here." in text
    assert "| BCH(31,16) | CrossMPT [1] |" in text and "2 codes at once, 1,500 frames" in text
    assert "nan" not in text


def test_a_report_of_nothing_says_so():
    text = report(rows())
    assert text.split("\n\n")[1] == "Not measured yet." and "nan" not in text
