"""The figures of the sparsity page: what is drawn is the data, and the take-away is in words."""

from __future__ import annotations

import numpy as np
import pytest

from sapcore.figures import (
    DARK,
    LIGHT,
    alt_text,
    held_out_figure,
    held_out_table,
    kept_share_figure,
    kept_share_table,
    residual_figure,
    residual_table,
    soft_permutation_figure,
    soft_permutation_table,
    weight_window_figure,
    weight_window_table,
)

VALUES = np.array([[4.0, 1.0, 2.0, 3.0], [0.0, 5.0, 4.0, 1.0]])
KEPT = np.array([[True, False, False, True], [False, True, True, False]])
SHARES = {"none": {"residual": 0.5, "values": 0.6}, "lsa": {"residual": 0.75, "values": 0.8}}
RESIDUALS = [{"step": 10, "primal": 0.5, "dual": 0.0}, {"step": 20, "primal": 0.05, "dual": 0.2}]
P = np.array([[0.9, 0.1, 0.0], [0.1, 0.2, 0.7], [0.0, 0.7, 0.3]])


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_window_strikes_what_is_pruned(theme) -> None:
    figure = weight_window_figure("W", VALUES, KEPT, [5, 6], [9, 3, 1, 7], ([1], [2]), theme, limit=3)
    kept, pruned, marks = figure.data
    assert np.array_equal(np.isnan(kept.z), ~KEPT) and np.array_equal(np.isnan(pruned.z), KEPT)
    assert np.array_equal(kept.z[KEPT], VALUES[KEPT]) and np.array_equal(pruned.z[~KEPT], VALUES[~KEPT])
    assert kept.zmax == pruned.zmax == 3
    assert kept.colorscale[1] != pruned.colorscale[1]
    assert {(int(y), int(x)) for x, y in zip(marks.x, marks.y, strict=True)} == {(0, 1), (0, 2), (1, 0), (1, 3)}
    assert marks.marker.symbol == "x-thin"
    lines = [(line.x0, line.x1, line.y0, line.y1) for line in figure.layout.shapes]
    assert lines == [(-0.5, 3.5, 0.5, 0.5), (1.5, 1.5, -0.5, 1.5)]
    assert list(figure.layout.xaxis.ticktext) == ["9", "3", "1", "7"]
    assert list(figure.layout.yaxis.ticktext) == ["5", "6"]
    assert (
        alt_text(figure)
        == "W: 2 outputs and 4 inputs. Kept are 4 of 8 weights, which have 80.0% of the window's score."
    )


def test_the_table_of_a_window_has_a_row_a_weight() -> None:
    table = weight_window_table(VALUES, KEPT, [5, 6], [9, 3, 1, 7], "|weight|")
    assert list(table.columns) == ["output", "input", "|weight|", "state"]
    assert table.iloc[0].tolist() == [5, 9, 4.0, "kept"]
    assert table.iloc[4].tolist() == [6, 9, 0.0, "pruned"]


def test_a_window_of_zeros_is_drawn() -> None:
    none = np.zeros_like(VALUES)
    assert "100.0% of the window's score" in alt_text(
        weight_window_figure("W", none, KEPT, [1, 2], [1, 2, 3, 4], ([], []), LIGHT)
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_kept_shares_have_a_mark_an_order(theme) -> None:
    figure = kept_share_figure(SHARES, "values", "wanda", theme)
    marks = {trace.name: trace for trace in figure.data if trace.mode == "markers"}
    assert {name: list(trace.x) for name, trace in marks.items()} == {"none": [50, 60], "lsa": [75, 80]}
    assert len({trace.marker.symbol for trace in marks.values()}) == 2
    assert list(figure.layout.yaxis.ticktext) == ["residual", "<b>values</b>"]
    assert alt_text(figure) == (
        "Share of the wanda score that is kept, mean over 2 sets of channels: none 55.0%, lsa 77.5%. "
        "Of values: none 60.0%, lsa 80.0%."
    )
    assert kept_share_table(SHARES).to_dict("list") == {
        "channels": ["residual", "values"],
        "none": [0.5, 0.6],
        "lsa": [0.75, 0.8],
    }


def test_the_held_out_loss_marks_start_and_best() -> None:
    losses = {10: 0.35, 0: 0.4, 5: 0.3}
    figure = held_out_figure(losses, 5, LIGHT)
    start, tried, best = figure.data
    assert list(start.y) == [0.4, 0.4] and list(tried.x) == [0, 5, 10] and list(best.x) == [5]
    assert alt_text(figure) == (
        "Loss on the held-out set at 3 steps: 0.40000 nats a bit in the order of lsa, least at step 5, 0.30000, at the "
        "last step, 10, 0.35000."
    )
    assert held_out_table(losses, 5)["best"].tolist() == [False, True, False]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_soft_permutation_says_how_hard_it_is(theme) -> None:
    figure = soft_permutation_figure(P, 5, 0.3, theme)
    assert np.array_equal(figure.data[0].z, P)
    assert list(zip(figure.data[1].x, figure.data[1].y, strict=True)) == [(1, 1), (3, 2), (2, 3)]
    assert alt_text(figure) == (
        "Soft permutation of 3 channels at step 5, temperature 0.3: the greatest entry of a row is 0.77 on average; 1 "
        "of 3 channels have it at their own position."
    )
    table = soft_permutation_table(P)
    assert len(table) == 7 and table.iloc[0].tolist() == [1, 1, 0.9]


def test_residuals_of_0_are_left_out_and_said() -> None:
    figure = residual_figure(RESIDUALS, DARK)
    primal, dual = figure.data
    assert list(primal.y) == [0.5, 0.05]
    assert np.isnan(dual.y[0]) and dual.y[1] == 0.2
    assert primal.line.dash != dual.line.dash
    assert figure.layout.yaxis.type == "log"
    assert alt_text(figure) == (
        "Residuals of ADMM: primal from 5.00e-01 at step 10 to 5.00e-02 at step 20; dual from 0.00e+00 at step 10 to "
        "2.00e-01 at step 20. 1 dual residuals are 0 and not drawn."
    )
    assert residual_table(RESIDUALS)["primal"].tolist() == [0.5, 0.05]
