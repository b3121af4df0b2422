"""Sets of checks beside a trait of their matrices: what is drawn is the data, and the take-away is in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sapcore.figures import DARK, LIGHT, alt_text, check_set_figure, check_set_table

SETS = pd.DataFrame(
    [
        ("A(7,4)-r", "A(7,4)", "in order", 5.0, 2e-3, 1e-3, 4e-3),
        ("B(8,4)-r", "B(8,4)", "in order", 7.0, 5e-3, 4e-3, 6e-3),
        ("A(7,4), random checks 1", "A(7,4)", "random", 5.5, 1e-3, 8e-4, 1.5e-3),
    ],
    columns=["code", "standard", "kind", "sigma2", "ber", "ber_low", "ber_high"],
)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_each_code_is_a_series_of_its_sets_with_intervals(theme) -> None:
    first, second = check_set_figure(SETS, "sigma2", "σ₂", theme).data
    assert (first.name, second.name) == ("A(7,4)", "B(8,4)")
    assert first.marker.symbol != second.marker.symbol and first.marker.color != second.marker.color
    assert list(first.x) == [5.5, 5.0] and np.allclose(first.y, -np.log([1e-3, 2e-3]))
    assert np.allclose(np.add(first.y, first.error_y.array), -np.log([8e-4, 1e-3]))
    assert np.allclose(np.subtract(first.y, first.error_y.arrayminus), -np.log([1.5e-3, 4e-3]))
    assert [list(row) for row in first.customdata] == [["A(7,4), random checks 1", "random"], ["A(7,4)-r", "in order"]]


def test_the_axes_are_named_and_the_ends_are_in_words() -> None:
    figure = check_set_figure(SETS, "sigma2", "σ₂", LIGHT)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("σ₂", "-ln(BER)")
    assert alt_text(figure) == (
        "-ln(BER) of sets of checks over σ₂: A(7,4), 2 sets, from 6.21 at 5.000 (in order) to 6.91 at 5.500 (random); "
        "B(8,4), one set, 5.30 at 7.000 (in order)."
    )


def test_the_table_has_a_row_a_set_the_best_of_a_code_first() -> None:
    table = check_set_table(SETS, "sigma2")
    assert table["code"].tolist() == ["A(7,4), random checks 1", "A(7,4)-r", "B(8,4)-r"]
    assert list(table.columns) == ["code", "standard", "kind", "sigma2", "minus_ln_ber", "low", "high"]
    assert (table["low"] < table["minus_ln_ber"]).all() and (table["minus_ln_ber"] < table["high"]).all()
