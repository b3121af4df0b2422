"""The figures of one frame: what is drawn is the data, and the take-away is in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sapcore.figures import (
    DARK,
    LIGHT,
    alt_text,
    attention_matrix_figure,
    attention_matrix_table,
    frame_figure,
    frame_table,
    head_map_figure,
    head_map_table,
    reliability_figure,
    reliability_table,
    tanner_attention_figure,
    tanner_attention_table,
)
from sapcore.figures import tanner_attention as tanner_attention_module

CODEWORD = np.array([0, 1, 0, 1], dtype=np.uint8)
RECEIVED = np.array([1.2, 0.3, -0.1, -2.0], dtype=np.float32)  # v2 and v3 arrive wrong
DECISIONS = {"A": np.array([0, 1, 0, 1]), "B": np.array([1, 1, 1, 1])}
WRONG = np.array([False, True, True, False])
LOGITS = np.array([[-3.0, -1.0, -2.0, -9.0], [-4.0, 1.0, -0.5, -9.0], [-4.0, 2.0, 0.5, -9.0]])
H = np.array([[1, 1, 0, 1], [0, 1, 1, 1]], dtype=np.uint8)
EDGES = np.argwhere(H)[:, ::-1]
POSITIONS = np.arange(12.0).reshape(6, 2)
WEIGHTS = np.array([[0.1, 0.0], [0.2, 0.9], [0.0, 0.0], [0.5, 0.3], [0.05, 0.3], [0.0, 0.6]])


def traces(figure) -> dict[str, object]:
    return {trace.name: trace for trace in figure.data}


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_frame_shows_every_value_and_every_decision(theme) -> None:
    figure = frame_figure(RECEIVED, CODEWORD, DECISIONS, theme)
    drawn = traces(figure)
    assert [drawn[name].x.tolist() for name in ("sign right", "sign wrong")] == [[1, 4], [2, 3]]
    assert drawn["sign wrong"].y.tolist() == RECEIVED[1:3].tolist()
    assert drawn["sign wrong"].marker.pattern.shape == "/"
    marks = {name: set(zip(drawn[name].x, drawn[name].y, strict=True)) for name in ("corrected", "wrong")}
    assert marks["corrected"] == {(2, "A"), (3, "A"), (2, "B")}
    assert marks["wrong"] == {(2, "received"), (3, "received"), (1, "B"), (3, "B")}
    assert len({drawn[name].marker.symbol for name in ("right as received", "corrected", "wrong")}) == 3
    assert sum(len(drawn[name].x) for name in ("right as received", "corrected", "wrong")) == 12
    assert alt_text(figure) == "A frame of 4 bits. Wrong bits: received 2, A 0, B 2."


def test_the_table_of_a_frame_has_a_row_a_bit() -> None:
    table = frame_table(RECEIVED, CODEWORD, DECISIONS)
    assert table["bit"].tolist() == ["v1", "v2", "v3", "v4"]
    assert table["hard decision"].tolist() == [0, 0, 1, 1]
    assert table["B"].tolist() == [1, 1, 1, 1]


def test_reliabilities_are_drawn_by_layer_with_the_sign_marked() -> None:
    figure = reliability_figure("fecct", LOGITS, WRONG, LIGHT)
    heat, above, arrived = figure.data
    assert np.array_equal(heat.z, LOGITS)
    assert (heat.zmin, heat.zmax) == (-6, 6)
    assert list(zip(above.y, above.x, strict=True)) == [(2, 2), (3, 2), (3, 3)]
    assert arrived.x.tolist() == [2, 3] and set(arrived.y) == {4}
    assert alt_text(figure) == (
        "fecct: logit that each bit is wrong, after each of 3 layers. The last turns over 2 bits, 2 of the 2 that are "
        "wrong; no layer before said so."
    )
    assert reliability_table(LOGITS, WRONG)["layer 2"].tolist() == LOGITS[1].tolist()


@pytest.mark.parametrize(
    ("rows", "words"),
    [((0, 2, 2), "from layer 2 on"), ((2, 2, 2), "from layer 1 on"), ((2, 0, 2), "no layer before said so")],
)
def test_the_words_say_from_where_on_the_decision_stands(rows: tuple[int, ...], words: str) -> None:
    assert words in alt_text(reliability_figure("fecct", LOGITS[list(rows)], WRONG, LIGHT))


def test_heads_that_are_pruned_are_told_by_their_shape() -> None:
    shares, kept = np.array([[0.2, 0.9], [1.0, 0.0]]), np.array([[True, False], [True, True]])
    figure = head_map_figure("half", shares, kept, 0.1, (0, 1), LIGHT)
    drawn = traces(figure)
    assert list(drawn["kept"].text) == ["20", "100", "0"]
    assert [list(one) for one in drawn["kept"].customdata] == [[1, 1], [2, 1], [2, 2]]
    assert [list(one) for one in drawn["pruned"].customdata] == [[1, 2]]
    assert drawn["kept"].marker.symbol != drawn["pruned"].marker.symbol
    assert (drawn["chosen"].x, drawn["chosen"].y) == ((2,), (1,))
    assert alt_text(figure) == (
        "half: share of attention along edges of the Tanner graph, by layer and head; 3 of 4 heads are kept. Most in "
        "layer 2, head 1, 100%; a head that looks everywhere alike has 10%. Layer 1, head 2 has 90% and is pruned."
    )
    without = head_map_figure("half", shares, kept, 0.1, None, LIGHT)
    assert "chosen" not in traces(without) and alt_text(without).endswith("alike has 10%.")
    table = head_map_table(shares, kept)
    assert table["state"].tolist() == ["kept", "pruned", "kept", "kept"]
    assert table["share along edges"].tolist() == shares.ravel().tolist()


def test_edges_are_drawn_by_the_greater_weight() -> None:
    unsatisfied = np.array([True, False])
    figure = tanner_attention_figure("fecct", POSITIONS, EDGES, WEIGHTS, WRONG, unsatisfied, LIGHT, 1.0)
    drawn = traces(figure)
    lines = [drawn[name] for name in ("0 to 0.25", "0.25 to 0.5", "0.5 to 0.75", "0.75 to 1")]
    assert [int(np.isnan(line.x).sum()) for line in lines] == [2, 1, 2, 1]
    assert [line.line.width for line in lines] == sorted(line.line.width for line in lines)
    strongest = EDGES[1] + [0, 4]
    assert lines[-1].x[:2].tolist() == POSITIONS[strongest, 0].tolist()
    nodes = {name: list(drawn[name].text) for name in ("bit", "bit, sign wrong", "check", "check, unsatisfied")}
    assert nodes == {
        "bit": ["v1", "v4"], "bit, sign wrong": ["v2", "v3"], "check": ["c2"], "check, unsatisfied": ["c1"],
    }  # fmt: skip
    assert alt_text(figure) == (
        f"fecct: {WEIGHTS.sum() / 6:.0%} of its attention goes along the 6 edges of the Tanner graph. The strongest is "
        "0.90, of c1 at v2."
    )
    table = tanner_attention_table(EDGES, WEIGHTS)
    assert table.iloc[0].tolist() == ["v2", "c1", 0.2, 0.9, 0.9]
    assert len(table) == 6 and table["greater"].is_monotonic_decreasing


def test_of_very_many_edges_the_strongest_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tanner_attention_module, "MOST_EDGES", 2)
    figure = tanner_attention_figure("fecct", POSITIONS, EDGES, WEIGHTS, WRONG, np.zeros(2, dtype=bool), LIGHT)
    counts = {name: int(np.isnan(trace.x).sum()) for name, trace in traces(figure).items() if "to" in name}
    assert sum(counts.values()) == 2
    assert "The 2 edges of greatest weight are drawn." in alt_text(figure)


def test_the_attention_between_all_nodes() -> None:
    attention = np.full((6, 6), 1 / 6)
    attention[0] = [0, 0, 0, 0, 1, 0]
    figure = attention_matrix_figure("fecct", attention, 4, LIGHT)
    assert np.array_equal(figure.data[0].z, attention)
    assert list(figure.data[0].x) == ["v1", "v2", "v3", "v4", "c1", "c2"]
    shares = attention[:4, :4].sum() / 6, attention[:4, 4:].sum() / 6
    assert f"Bits at bits {shares[0]:.0%} of it, bits at checks {shares[1]:.0%}" in alt_text(figure)
    table = attention_matrix_table(attention, 4)
    assert table.iloc[0].tolist() == ["v1", "c1", 1.0]
    assert isinstance(table, pd.DataFrame) and len(table) == 36
