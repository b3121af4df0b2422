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
from sapcore.experiments.backbone_plan import DECODER, LONGER, PEER, SAME, SEVERAL, WAYS
from sapcore.experiments.backbone_published import budget, ecct, minus_ln, published
from sapcore.experiments.backbone_report import passes, report
from sapcore.experiments.backbone_results import COLUMNS as COUNTED
from sapcore.experiments.backbone_results import together
from sapcore.simulation import Crossing, ErrorCounts

COLUMNS = [*COUNTED, "effective_errors"]
FRAMES = 100_000
COUNTS = {DECODER: 1000, SAME: 500, SEVERAL: 299, PEER: 1001}  # frame errors


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
    about = {"code": code, "code_digest": code, "decoder": decoder, "ebn0": ebn0, "effective_errors": math.nan}
    about |= counts.row()
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
        other = falling(form, SEVERAL, 7000) if form != "BCH(15,7)" else []
        both = rows(*ml, *falling(form, DECODER, 10_000), *other)
        found = above_nearest(both, form, DECODER, 1e-2)
        assert found.ebn0 == pytest.approx(math.log10(2))  # ten times fewer errors a dB
        assert found.low < found.ebn0 < found.high
        if other:
            assert above_nearest(both, form, SEVERAL, 1e-2).ebn0 == pytest.approx(math.log10(1.4), abs=1e-3)
    assert above_nearest(rows(*falling("BCH(15,7)", DECODER, 10_000)), "BCH(15,7)", DECODER, 1e-2) == "ML not measured"
    beyond = rows(*falling("BCH(15,7)", DECODER, 10_000), *falling("BCH(15,7)", "ml", 500))
    assert above_nearest(beyond, "BCH(15,7)", DECODER, 1e-2) == "ML below at 3 dB"


def test_codes_near_maximum_likelihood_are_counted():
    assert near_ml(rows()) == ""
    near = [*falling("BCH(15,7)", "ml", 9000), *falling("BCH(15,7)-r", DECODER, 10_000)]
    text = near_ml(rows(*near))
    assert "within 0.4 dB of ML at FER 1e-2" in text
    assert "under the default redundant checks, the" in text
    assert text.endswith(" in one pass on 1 of 2 (1 with the whole interval, no crossing measured on 1).")
    far = [*falling("BCH(31,16)", "ml", 3000), *falling("BCH(31,16)-r", DECODER, 10_000)]
    text = near_ml(rows(*near, *far))
    assert text.endswith(" in one pass on 1 of 2 (1 with the whole interval).")
    several = [*falling("BCH(15,7)-r", SEVERAL, 9000), *falling("BCH(31,16)-r", SEVERAL, 5000)]
    other = "in up to 8 passes with fresh checks on 2 of 2 (2 with the whole interval)"
    assert near_ml(rows(*near, *far, *several)) == f"{text[:-1]}, {other}."


def test_held_out_codes_are_held_against_uncoded_transmission_and_bp():
    assert unseen(rows()) == ""
    good, bad = "Golay(23,12)", "BCH(31,21)"
    many = round(1.2 * uncoded_bit_error_rate(5.0) * 31 * FRAMES / 2)
    some = [row(f"{good}-r", DECODER, 5.0, 400), row(good, PEER, 5.0, 800), row(f"{bad}-r", DECODER, 5.0, many)]
    text = unseen(rows(*some, row(bad, PEER, 5.0, 1000), row("BCH(15,7)-r", DECODER, 5.0, 100)))
    assert f"is below that of uncoded transmission in one pass on 1 of 2 (not on {bad}); below" in text
    assert f"; below that of `bp:50` on the standard H in one pass on 1 of 2 (not on {bad})." in text
    several = [row(f"{good}-r", SEVERAL, 5.0, 200), row(f"{bad}-r", SEVERAL, 5.0, 500)]
    text = unseen(rows(*some, row(bad, PEER, 5.0, 1000), *several))
    assert text.count(f"in one pass on 1 of 2 (not on {bad}), in up to 8 passes with fresh checks on 2 of 2") == 2
    alone = unseen(rows(row(f"{good}-r", DECODER, 5.0, 400)))
    assert alone.endswith("is below that of uncoded transmission in one pass on 1 of 1.")


def test_one_code_under_two_names_is_said(card):
    card["codes"].append("Hamming(15,11)")
    assert "Of these, BCH(15,11) may be a trained code" in unseen(rows(row("BCH(15,11)-r", DECODER, 5.0, 400)))


def test_longer_codes_are_held_against_bp_and_ecct():
    assert longer(rows()) == ""
    name, n = LONGER[0], find(LONGER[0]).n
    ours = round(math.exp(-minus_ln(ecct(name, 5.0)) - 1) * n * FRAMES / 2)  # 1 better than ECCT in -ln(BER)
    text = longer(rows(row(f"{name}-r", DECODER, 5.0, ours), row(f"{name}-r", PEER, 5.0, ours)))
    assert f"lies below that of `bp:50` on the same H in one pass on 0 of 1 (not on {name}); below " in text
    assert "below the published BER of ECCT N=6 d=128, under its own H, in one pass on 1 of 1. -ln(BER) in one" in text
    value = f"{minus_ln(ecct(name, 5.0)):.2f}"
    assert re.search(rf"pass: {re.escape(name)} \d+\.\d\d \(`bp:50` \d+\.\d\d, ECCT {value}\)\.$", text)
    another = longer(rows(row("Polar(64,32)-r", DECODER, 5.0, 500)))
    assert "for another code)" in another and "bp:50" not in another


def test_fresh_checks_are_held_against_bp_on_all_of_them():
    """Where that is not measured, against BP on the same H, and the sentence says which."""
    one, other = LONGER[:2]
    every = backbone_plan.union(f"{one}-r")
    some = [row(f"{name}-r", decoder, 5.0, count) for name in (one, other) for decoder, count in COUNTS.items()]
    text = longer(rows(*some, row(every, PEER, 5.0, 300)))
    same = f"in one pass on 0 of 2 (not on {one}, {other}), in up to 8 passes with the same checks on 2 of 2"
    fresh = "in up to 8 passes with fresh checks on"
    assert f"below that of `bp:50` on the same H {same}, {fresh} 1 of 1; " in text
    assert f"; below that of `bp:50` on the union of the checks {fresh} 0 of 1 (not on {one}); " in text
    assert (
        text.count("ECCT N=6 d=128, under its own H, in one pass on ") == text.count(f"{fresh} 2 of 2. -ln(BER)") == 1
    )
    figures = {count: f"{-math.log(2 * count / (find(one).n * FRAMES)):.2f}" for count in (*COUNTS.values(), 300)}
    beside = f"{one} {figures[1000]} / {figures[500]} / {figures[299]} (`bp:50` {figures[1001]}, `bp:50` on the union "
    assert f"{' / '.join(WAYS.values())}: {beside}{figures[300]}, ECCT " in text
    less = longer(rows(row(f"{one}-r", DECODER, 5.0, 1000), row(f"{other}-r", SEVERAL, 5.0, 299)))
    assert f": {one} {figures[1000]} / – (ECCT" in less and f"{other} – / " in less and "bp:50" not in less


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
    line = next(line for line in text.splitlines() if line.startswith(f"| BCH(31,16)-r | trained | {DECODER} | 62 |"))
    cells = [cell.strip() for cell in line.split("|")]
    ber = 60 / (31 * FRAMES)
    assert re.match(r"\d+\.\d\d \(", cells[5]) and cells[6].startswith(f"{-math.log(ber):.2f}* (")
    bound = ErrorCounts(FRAMES, 0, 31 * FRAMES).fer_interval[1]
    assert cells[7] == f"above {-math.log(bound):.2f}*"
    assert f"below {bound:.1e}*" in text and "1.00e-04* (" in text
    assert "### Standard H" in text and "### More checks" not in text
    planned = len(backbone_plan.points()) + 4 * len(backbone_plan.estimates())
    assert f"Unfinished: 5 of the {planned} points of the plan are here." in text
    assert "| BCH(31,16) | CrossMPT [1] |" in text and "2 codes at once, 1,500 frames" in text
    assert "nan" not in text


def test_an_estimate_is_marked_by_what_it_is_worth():
    """Radial rows have no count of frame errors; of a point that is in both tables the one worth more stands."""
    counted = row("BCH(31,16)-r", DECODER, 5.0, 100)
    estimate = counted | {"frame_errors": math.nan, "bits": math.nan, "bit_errors": math.nan}
    for worth, shown in ((99.5, "*"), (100.5, "")):
        text = report(rows(estimate | {"effective_errors": worth, "ebn0": 6.0}))
        assert f"{-math.log(200 / (31 * FRAMES)):.2f}{shown} (" in text
    both = together(rows(counted), rows(estimate | {"effective_errors": 250.0}, estimate | {"ebn0": 6.0}))
    assert both["effective_errors"].fillna(0).tolist() == [250.0, 0]


def test_more_checks_have_tables_of_their_own():
    form = backbone_plan.more_checks("BCH(63,45)")
    text = report(rows(row(form, DECODER, 5.0, 300)))
    assert text.count("### More checks") == 2 and f"| {form} | held out | {DECODER} | 126 | " in text


def test_the_report_has_a_line_for_each_decoder_of_a_form():
    union = backbone_plan.union("BCH(63,45)-r")
    some = [row("BCH(63,45)-r", decoder, 5.0, count) for decoder, count in COUNTS.items()]
    some += [*falling("BCH(31,16)", "ml", 5000), *falling("BCH(31,16)-r", SEVERAL, 10_000), row(union, PEER, 5.0, 300)]
    lines = [
        tuple(cell.strip() for cell in line.split("|")[1:-1])
        for line in report(rows(*some)).splitlines()
        if "|" in line
    ]
    bit_errors = [(line[2], line[3]) for line in lines if line[:2] == ("BCH(63,45)-r", "held out")]
    assert bit_errors == [(DECODER, "63"), (SAME, "63"), (SEVERAL, "3 x 63"), (PEER, "63"), (PEER, "189")]
    frame_errors = {line[1]: line[2:] for line in lines if line[0] == "BCH(31,16)-r" and line[1] != "trained"}
    assert list(frame_errors) == [SEVERAL, "ML"] and frame_errors["ML"][3:] == ("–", "–")
    assert frame_errors[SEVERAL][3].startswith("+0.30 (") and frame_errors[SEVERAL][0].startswith("1.00e-02 (")
    published_beside = [line[1] for line in lines if line[0] == "BCH(63,45)" and line[1] in WAYS]
    assert published_beside == [DECODER, SAME, SEVERAL]


def test_the_share_of_frames_that_need_a_second_pass_has_a_bound():
    """The largest FER of one pass at 4 dB under redundant checks, whatever other points there are."""
    assert passes(rows()).endswith("A frame's cost is counted for one pass.")
    some = [row("BCH(15,7)-r", DECODER, 4.0, 300), row("BCH(31,16)-r62", DECODER, 4.0, 1640)]
    others = [row("BCH(31,16)", DECODER, 4.0, 4000), row("BCH(31,16)-r", SEVERAL, 4.0, 5000)]
    text = passes(rows(*some, *others, row("BCH(31,16)-r", DECODER, 5.0, 6000)))
    assert text.endswith("at 4 dB and under redundant checks at most 1.64 %, on BCH(31,16)-r62.")
    assert passes(rows(*some, *others)) in report(rows(*some, *others))


def test_a_report_of_nothing_says_so():
    text = report(rows())
    assert text.split("\n\n")[1] == "Not measured yet." and "nan" not in text
