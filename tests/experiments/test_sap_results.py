import math
import re

import numpy as np
import pandas as pd
import pytest

from sapcore.experiments.gap import gap
from sapcore.experiments.sap_plan import DENSE, SPECIALISED, in_passes, planned_points, pruned
from sapcore.experiments.sap_report import report
from sapcore.experiments.sap_results import COLUMNS
from sapcore.simulation import ErrorCounts

SAP, DEDICATED, AVERAGE = (pruned(how, 0.5, lora=True) for how in ("sap", "dedicated", "average"))


def row(code, decoder, bit_errors, digest=None, ebn0=5.0, part="main"):
    counts = ErrorCounts(100_000, bit_errors // 2, 1_000_000, bit_errors, 2 * bit_errors)
    about = {"part": part, "code": code, "decoder": decoder, "decoder_digest": digest or decoder, "ebn0": ebn0}
    return {column: (about | counts.row()).get(column) for column in COLUMNS}


def table(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def test_a_gap_is_the_mean_log_ratio_with_the_errors_of_both():
    rows = table(row("a", SAP, 1000), row("a", DENSE, 500), row("b", SAP, 600), row("b", DENSE, 600))
    found = gap(rows, SAP, DENSE, 5.0)
    assert found.codes == 2
    assert found.mean == pytest.approx(-math.log(2) / 2)
    relative = [1.96 * math.sqrt(2 / errors) for errors in (1000, 500, 600, 600)]  # frames of two wrong bits each
    assert found.half_width == pytest.approx(np.hypot.reduce(relative) / 2, rel=0.01)
    assert str(found) == f"-0.35 ± {found.half_width:.2f}"


def test_the_same_network_has_no_gap_and_other_points_play_no_part():
    rows = table(
        row("a", SAP, 1000, "same"),
        row("a", DEDICATED, 1000, "same"),
        row("b", SAP, 1000),
        row("c", DEDICATED, 1000),
        row("b", DEDICATED, 10, ebn0=4.0),
        row("d", SAP, 0),
        row("d", DEDICATED, 10),
    )
    found = gap(rows, SAP, DEDICATED, 5.0)
    assert (found.mean, found.half_width, found.codes) == (0, 0, 1)
    assert gap(rows, AVERAGE, DENSE, 5.0).codes == 0


def written(rows):
    return report(rows, *(pd.DataFrame({"name": ["x"], "value": [0.5]}) for _ in range(4)))


def first_paragraph(rows):
    return written(rows).split("\n\n")[1]


def lent(code, decoder, bit_errors, donor="BCH(31,16)-r"):
    return row(code, decoder, bit_errors) | {"donor": donor}


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        (10_000, r"After recovery, worse than SAP: average \(\+2.30 ± 0.\d\d\)\."),
        (1001, r"After recovery, not to be told from SAP: average \(\+0.00 ± 0.\d\d\)\."),
        (999, r"After recovery, not to be told from SAP: average \(\+0.00 ± 0.\d\d\)\."),
        (300, r"After recovery, better than SAP: average \(-1.20 ± 0.\d\d\)\."),
    ],
)
def test_the_first_paragraph_says_how_plain_choices_do(errors, sentence):
    counts = {DEDICATED: 900, AVERAGE: errors, DENSE: 500, pruned("average", 0.5): 2000}
    rows = [row("BCH(15,7)-r", decoder, count) for decoder, count in counts.items()]
    rows += [lent("BCH(15,7)-r", SAP, 1000), lent("BCH(15,7)-r", pruned("sap", 0.5), 3000)]
    text = first_paragraph(table(*rows))
    assert re.search(sentence, text)
    assert "Before recovery, better than SAP: average (-0.41 ± " in text
    assert f"{-math.log(1000 / 900):+.2f}" in text
    assert "| BCH(15,7)-r | yes | BCH(31,16)-r |" in written(table(*rows))
    assert "donors among them" not in text  # there is none


def test_donors_are_told_from_codes_that_borrow():
    rows = [row(code, decoder, 500) for code in ("BCH(15,7)-r", "BCH(31,16)-r") for decoder in (DENSE, DEDICATED)]
    rows += [lent("BCH(15,7)-r", SAP, 1000), lent("BCH(31,16)-r", SAP, 500)]
    rows += [row(code, AVERAGE, 700) for code in ("BCH(15,7)-r", "BCH(31,16)-r")]
    text = first_paragraph(table(*rows))
    assert (
        "On the 1 donors among them SAP is dedicated pruning; over the 1 codes that borrow a mask it stands -0.69"
        in text
    )
    assert f"average ({-math.log(1000 / 700):+.2f}" in text  # over the one that borrows


def test_what_an_adapter_gives_the_dense_backbone_is_said():
    rows = [lent("BCH(15,7)-r", SAP, 600), row("BCH(15,7)-r", DENSE, 500), row("BCH(15,7)-r", DEDICATED, 500)]
    assert first_paragraph(table(*rows)).endswith("is part of its gaps after LoRA.")
    rows.append(row("BCH(15,7)-r", SPECIALISED, 400))
    assert re.search(
        r"after LoRA: with an adapter it stands \+0\.22 ± 0\.\d\d to itself, over 1 codes\.$",
        first_paragraph(table(*rows)),
    )


def test_what_passes_make_of_a_mask_is_said():
    once, several = (DENSE, pruned("sap", 0.5)), [in_passes(one) for one in (DENSE, pruned("sap", 0.5))]
    rows = [row("BCH(15,7)-r", decoder, errors, ebn0=4.0) for decoder, errors in zip(once, (500, 1500), strict=True)]
    assert "passes" not in first_paragraph(table(*rows))
    rows += [
        row("BCH(15,7)-r", decoder, errors, ebn0=4.0, part="passes")
        for decoder, errors in zip(several, (200, 220), strict=True)
    ]
    others = [row("BCH(15,7)-r", DENSE, 90, ebn0=4.0, part="checks")]
    others += [row("BCH(15,7)-r", SAP, 90, ebn0=4.0, part="ablation") | {"rank": 4, "steps": 400}]
    others += [row("BCH(31,16)-r", decoder, 90, ebn0=4.0) for decoder in once]  # no passes here
    text = written(table(*rows, *others))
    gaps = [f"{math.log(value):+.2f} ± " for value in (200 / 220, 500 / 220)]
    assert "over 1 codes" in first_paragraph(table(*rows, *others))
    assert f"SAP without an adapter stands {gaps[0]}" in text and f" in as many passes and {gaps[1]}" in text
    line = r"^\| sap \| 1 \| -1\.10 ± 0\.\d\d \| \+0\.82 ± 0\.\d\d \| -0\.10 ± 0\.\d\d \|$"
    assert re.search(line, text, re.MULTILINE)


def test_a_part_of_the_plan_says_how_much_is_missing():
    rows = table(lent("BCH(15,7)-r", SAP, 600))
    assert written(rows).split("\n\n")[2] == f"Unfinished: 1 of the {planned_points()} points of the plan are here."


def test_a_report_of_nothing_says_so():
    text = written(table())
    assert "Not measured yet" in text.split("\n\n")[1]
    assert "nan" not in text
