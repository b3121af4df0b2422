import math

import numpy as np
import pandas as pd
import pytest

from sapcore.experiments.sap_plan import DENSE, pruned
from sapcore.experiments.sap_report import report
from sapcore.experiments.sap_results import COLUMNS, gap
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


@pytest.mark.parametrize(("errors", "sentence"), [(10_000, "SAP is ahead of average"), (1010, "do as well as SAP")])
def test_the_first_paragraph_says_which_plain_choice_does_as_well(errors, sentence):
    counts = {SAP: 1000, DEDICATED: 900, AVERAGE: errors, DENSE: 500, pruned("sap", 0.5): 3000}
    text = written(table(*(row("BCH(15,7)-r", decoder, count) for decoder, count in counts.items())))
    first = text.split("\n\n")[1]
    assert sentence in first
    assert f"{-math.log(1000 / 900):+.2f}" in first
    assert "| BCH(15,7)-r |" in text


def test_a_report_of_nothing_says_so():
    text = written(table())
    assert "Not measured yet" in text.split("\n\n")[1]
    assert "nan" not in text
