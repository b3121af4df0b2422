"""Every figure: what is drawn is the data, the take-away is in words, nothing of the page is needed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sapcore.figures import (
    DARK,
    LIGHT,
    FigureTheme,
    alt_text,
    before_after_figure,
    before_after_table,
    cost_figure,
    cost_table,
    degree_figure,
    degree_table,
    error_rate_figure,
    for_a_file,
    matrix_figure,
    matrix_table,
    node_names,
    order_by,
    pair_figure,
    pair_table,
    pareto_figure,
    pareto_front,
    signature_map_figure,
    signature_map_table,
    spectrum_figure,
    spectrum_table,
    standalone_page,
    tanner_figure,
    tanner_table,
    theme_named,
)
from sapcore.figures import tanner as tanner_module
from sapcore.figures.theme import decade_ticks

H = np.array([[1, 1, 0, 1], [0, 1, 1, 1]], dtype=np.uint8)
EDGES = np.argwhere(H)[:, ::-1]
POSITIONS = np.arange(12.0).reshape(6, 2)
COMPONENT = np.array([0.5, -0.25, 0.0, 0.5, -0.5, 0.25])
SIGNATURES = pd.DataFrame(
    [("A(7,4)", "standard", 7, 4, 3, 2.0, 1.0), ("A(7,4)-r", "redundant", 7, 4, 7, 5.0, 5.0)],
    columns=["name", "form", "n", "k", "rows", "sigma1", "sigma2"],
)


def test_neither_torch_nor_streamlit_is_needed() -> None:
    script = "import sys, sapcore.figures; sys.exit(any(name in sys.modules for name in ('torch', 'streamlit')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_page_of_its_own_has_the_colours_of_the_theme_and_saves_the_figure_under_its_name(theme: FigureTheme) -> None:
    page = standalone_page(spectrum_figure(np.array([3.0, 1.0]), 1, theme, "A(7,4)"), "A_7_4-spectrum")
    assert f'<body style="background: {theme.background}">' in page
    assert f'"paper_bgcolor":"{theme.background}"' in page
    assert "<title>A_7_4-spectrum</title>" in page
    assert '"toImageButtonOptions": {"format": "svg", "filename": "A_7_4-spectrum"}' in page


def test_theme_is_light_until_the_page_says_dark() -> None:
    assert theme_named("dark") is DARK
    assert theme_named(None) is LIGHT


def test_matrix_shows_h_and_marks_a_bit() -> None:
    trace = matrix_figure(H, LIGHT, node="v2").data[0]
    assert np.array_equal(np.asarray(trace.z) % 2, H)
    assert np.array_equal(np.asarray(trace.z) >= 2, np.array([[0, 1, 0, 0], [0, 1, 0, 0]], dtype=bool))
    assert "2 checks and 4 bits with 6 ones" in alt_text(matrix_figure(H, LIGHT))
    assert matrix_table(H)["bits"].tolist() == ["v1 v2 v4", "v2 v3 v4"]


@given(st.permutations(range(2)), st.permutations(range(4)))
def test_matrix_keeps_the_names_when_it_is_reordered(rows: list[int], columns: list[int]) -> None:
    trace = matrix_figure(H, DARK, np.array(rows), np.array(columns)).data[0]
    for i, check in enumerate(trace.y):
        for j, bit in enumerate(trace.x):
            assert trace.z[i][j] == H[int(check[1:]) - 1, int(bit[1:]) - 1]


def test_order_by_a_vector_is_stable() -> None:
    assert order_by(np.array([1.0, 0.0, 1.0, 0.0])).tolist() == [1, 3, 0, 2]


def test_tanner_draws_every_edge_once_and_marks_the_neighbours() -> None:
    figure = tanner_figure(POSITIONS, EDGES, COMPONENT, 4, LIGHT, node="v2")
    others, marked = figure.data[:2]
    assert np.isnan(others.x).sum() + np.isnan(marked.x).sum() == len(EDGES)
    assert np.isnan(marked.x).sum() == 2
    drawn = [trace for trace in figure.data if trace.customdata is not None]
    assert [name for trace in drawn for name in trace.customdata[:, 0]] == node_names(4, 2)
    assert np.concatenate([trace.marker.color for trace in drawn]).tolist() == COMPONENT.tolist()
    assert "3 nodes have a positive" in alt_text(figure)
    assert "2 a negative one" in alt_text(figure)


def test_tanner_of_very_many_edges_draws_those_of_the_marked_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tanner_module, "MOST_EDGES", 5)
    others, marked = tanner_figure(POSITIONS, EDGES, COMPONENT, 4, LIGHT, node="c1").data[:2]
    assert len(others.x) == 0
    assert np.isnan(marked.x).sum() == 3


def test_tanner_table_lists_neighbours() -> None:
    table = tanner_table(EDGES, COMPONENT, 4).set_index("node")
    assert table.loc["v2", "neighbours"] == "c1 c2"
    assert table.loc["c2", "degree"] == 3
    assert table["component"].tolist() == COMPONENT.tolist()


def test_spectrum_marks_the_chosen_value() -> None:
    values = np.array([3.0, 2.0, 1.0])
    figure = spectrum_figure(values, 2, LIGHT)
    assert figure.data[0].y.tolist() == values.tolist()
    assert (np.asarray(figure.data[0].marker.color) == LIGHT.accent).tolist() == [False, True, False]
    assert "gap between the first and the second is 1.000" in alt_text(figure)
    assert spectrum_table(values)["index"].tolist() == [1, 2, 3]


def test_two_spectra_share_axes_and_table() -> None:
    values, other = np.array([3.0, 2.0, 1.0]), ("<b>B</b>", np.array([4.0, 0.5]))
    figure = spectrum_figure(values, 2, LIGHT, "A", other)
    assert [trace.name for trace in figure.data] == ["A", "&lt;b&gt;B&lt;/b&gt;"]
    assert figure.data[1].y.tolist() == [4.0, 0.5] and figure.data[1].customdata is None
    assert "the 2 of <b>B</b>, from 4.000 down to 0.500" in alt_text(figure)
    table = spectrum_table(values, other)
    assert table["index"].tolist() == [1, 2, 3] and table["singular value"].tolist() == values.tolist()
    assert table["of <b>B</b>"].tolist()[:2] == [4.0, 0.5] and np.isnan(table["of <b>B</b>"][2])
    longer = spectrum_table(other[1], ("A", values))
    assert longer["of A"].tolist() == values.tolist()


@pytest.mark.parametrize("nearest", [None, 1])
def test_signature_map_names_the_nearest_other_matrix(nearest: int | None) -> None:
    chosen = ("A(7,4)", 2.0, 1.0)
    figure = signature_map_figure(SIGNATURES, chosen, LIGHT, nearest)
    assert [len(trace.x) for trace in figure.data] == [1, 1, 1]
    assert not any(trace.text for trace in figure.data)
    (label,) = figure.layout.annotations
    assert label.text == "A(7,4)"
    assert (label.x, label.y) == ((2.0, 1.0) if nearest else (pytest.approx(np.log10(2)), 0.0))
    assert "nearest neighbour is A(7,4)-r at distance 5.000" in alt_text(figure)
    assert signature_map_table(SIGNATURES, chosen)["distance"].tolist() == [0.0, 5.0]


@pytest.mark.parametrize("nearest", [None, 1])
def test_signature_map_marks_the_donor(nearest: int | None) -> None:
    far = pd.concat([SIGNATURES, SIGNATURES.assign(name=["B", "B-r"], sigma1=[3.0, 20.0])], ignore_index=True)
    figure = signature_map_figure(far, ("A(7,4)", 2.0, 1.0), LIGHT, nearest, "B-r")
    assert [label.text for label in figure.layout.annotations] == ["A(7,4)", "donor B-r"]
    assert (figure.data[-1].x, figure.data[-1].y) == ((20.0,), (5.0,))
    assert alt_text(figure).endswith("Its donor is B-r.")
    if nearest:
        assert figure.layout.xaxis.range[1] > 20
    own = signature_map_figure(far, ("A(7,4)", 2.0, 1.0), LIGHT, nearest, "A(7,4)")
    assert [label.text for label in own.layout.annotations] == ["A(7,4), its own donor"]
    assert alt_text(own).endswith("It is its own donor.")


def test_degrees_are_counted() -> None:
    figure = degree_figure(H.sum(axis=0), H.sum(axis=1), LIGHT)
    assert [(trace.x.tolist(), trace.y.tolist()) for trace in figure.data] == [([1, 2], [2, 2]), ([3], [2])]
    assert "bits of degree 1 to 2, every one of the checks has degree 3" in alt_text(figure)
    table = degree_table(H.sum(axis=0), H.sum(axis=1))
    assert table.to_dict("list") == {"degree": [1, 2, 3], "bits": [2, 2, 0], "checks": [0, 0, 2]}


def test_short_axes_of_counts_and_indices_have_whole_ticks() -> None:
    for figure in (spectrum_figure(np.ones(2), 1, LIGHT), degree_figure(H.sum(axis=0), H.sum(axis=1), LIGHT)):
        assert figure.layout.xaxis.dtick == 1
    assert degree_figure(H.sum(axis=0), H.sum(axis=1), LIGHT).layout.yaxis.dtick == 1
    assert degree_figure(np.array([15, 16]), np.array([17]), LIGHT).layout.xaxis.dtick == 1
    assert spectrum_figure(np.ones(40), 1, LIGHT).layout.xaxis.dtick is None


def points(frame_errors: tuple[int, ...]) -> pd.DataFrame:
    rows = []
    for ebn0, errors in enumerate(frame_errors):
        rate = errors / 1000
        rows.append(("A(7,4)", "ml", float(ebn0), 1000, errors, rate, rate / 2, rate * 2 + 0.004))
    columns = ["code", "decoder", "ebn0", "frames", "frame_errors", "fer", "fer_low", "fer_high"]
    return pd.DataFrame(rows, columns=columns)


def test_few_errors_are_hollow_and_none_is_an_upper_limit() -> None:
    band, line, limit = error_rate_figure(points((200, 100, 99, 0)), "FER", LIGHT).data
    assert (np.asarray(line.marker.color) == LIGHT.background).tolist() == [False, False, True]
    assert line.x.tolist() == [0.0, 1.0, 2.0]
    assert limit.x.tolist() == [3.0]
    assert limit.y.tolist() == [0.004]
    assert limit.marker.symbol == "triangle-down-open"
    assert len(band.x) == 6
    assert line.name == "A(7,4), ml"


def test_a_point_without_frames_is_not_drawn() -> None:
    table = points((200, 50))
    table.loc[1, ["frames", "frame_errors"]] = 0
    table.loc[1, "fer"] = np.nan
    figure = error_rate_figure(table, "FER", LIGHT)
    assert figure.data[1].x.tolist() == [0.0]
    assert "A(7,4) with ml 2.00e-01 at 0 dB" in alt_text(figure)


def test_published_points_and_bounds_stand_beside_the_measured_ones() -> None:
    published = pd.DataFrame(
        [("A(7,4), ML", 1.0, 0.1, 0.05, 0.2, "a book"), ("A(7,4), net", 1.0, 0.3, np.nan, np.nan, "a paper")],
        columns=["name", "ebn0", "rate", "low", "high", "source"],
    )
    lines = pd.DataFrame({"name": "A(7,4), union bound", "ebn0": [0.0, 1.0], "rate": [0.2, 0.1]})
    traces = {trace.name: trace for trace in error_rate_figure(points((200,)), "FER", LIGHT, published, lines).data}
    first, second = traces["A(7,4), ML, published"], traces["A(7,4), net, published"]
    assert (first.error_y.array[0], first.error_y.arrayminus[0]) == pytest.approx((0.1, 0.05))
    assert np.isnan(second.error_y.array[0])  # no interval is stated, none is drawn
    assert "a paper" in second.customdata[0] and first.marker.symbol != second.marker.symbol
    assert traces["A(7,4), union bound"].y.tolist() == [0.2, 0.1]


def test_a_name_of_a_user_is_shown_as_it_is() -> None:
    """It may come from a file name: no tag, entity or %{} of it is obeyed."""
    name, shown = "<b>a</b> %{x}", "&lt;b&gt;a&lt;/b&gt; &#37;{x}"
    assert list(pair_figure([name, "B"], np.eye(2), "overlap", LIGHT, 1.0).data[0].x) == [shown, "B"]
    figure = signature_map_figure(SIGNATURES, (name, 3.0, 2.0), LIGHT)
    assert [note.text for note in figure.layout.annotations] == [shown]


def test_many_published_curves_can_be_told_apart() -> None:
    published = pd.DataFrame(
        [(f"curve {i}", 1.0, 0.1, 0.05, 0.2, "a book") for i in range(6)],
        columns=["name", "ebn0", "rate", "low", "high", "source"],
    )
    lines = pd.DataFrame([(f"bound {i}", 0.0, 0.1) for i in range(5)], columns=["name", "ebn0", "rate"])
    drawn = error_rate_figure(points((200,)), "FER", LIGHT, published, lines).data
    assert len({trace.marker.symbol for trace in drawn if "curve" in (trace.name or "")}) == 6
    assert len({trace.line.dash for trace in drawn if "bound" in (trace.name or "")}) == 5


def test_an_estimate_is_drawn_by_what_it_is_worth_and_says_so() -> None:
    """Hollow below 100 effective frame errors, an upper limit without any."""
    counted = points((500, 30, 20))
    estimated = counted.assign(frame_errors=[500, None, None], effective_errors=[np.nan, 140.4, 0.0])
    figure = error_rate_figure(estimated.astype({"frame_errors": "Int64"}), "FER", LIGHT)
    drawn = next(trace for trace in figure.data if trace.mode == "lines+markers")
    assert list(drawn.marker.color) == [LIGHT.series[0]] * 2
    assert [(row[0], row[4]) for row in drawn.customdata] == [(500, ""), (140.4, "estimated, worth ")]
    (limit,) = (trace for trace in figure.data if trace.marker.symbol == "triangle-down-open")
    assert list(limit.x) == [estimated["ebn0"].iloc[2]]


def test_an_empty_figure_shows_rates_up_to_one() -> None:
    top = error_rate_figure(points(()), "FER", LIGHT, ebn0_range=(2.0, 4.0)).layout.yaxis.range[1]
    assert 10**top < 2


def test_nothing_measured_says_so() -> None:
    figure = error_rate_figure(points(()), "FER", LIGHT, ebn0_range=(2.0, 4.0), floor=1e-4)
    assert alt_text(figure) == "No frame error rate has been measured for this choice yet."
    assert figure.layout.yaxis.range[0] == pytest.approx(-4)


@pytest.mark.parametrize(("low", "dtick"), [(0.05, "D2"), (1e-5, 1)])
def test_an_axis_of_few_decades_has_ticks_between_the_powers_of_ten(low: float, dtick: object) -> None:
    table = points((200, 200)).assign(fer_low=low)
    assert error_rate_figure(table, "FER", LIGHT).layout.yaxis.dtick == dtick


def test_no_one_of_a_large_matrix_is_dropped() -> None:
    ones = np.random.default_rng(0).random((2500, 3001)) < 1e-3
    heatmap = matrix_figure(ones.astype(np.uint8), LIGHT, node="c7").data[0]
    assert heatmap.z.shape == (834, 751)
    for row, column in np.argwhere(ones):
        assert heatmap.z[row // 3, column // 4] % 2 == 1 or row // 3 == 2
    assert list(heatmap.x[-2:]) == ["v2997 … v3000", "v3001"]
    assert list(heatmap.y[:2]) == ["c1 … c3", "c4 … c6"]


def test_the_front_is_what_nothing_beats_and_the_figure_holds_every_point() -> None:
    rng = np.random.default_rng(0)
    cost, rate = rng.integers(1, 6, 40).astype(float), rng.integers(1, 6, 40).astype(float)
    beaten = [
        any((c <= cost[i] and r <= rate[i]) and (c < cost[i] or r < rate[i]) for c, r in zip(cost, rate, strict=True))
        for i in range(40)
    ]
    assert pareto_front(cost, rate).tolist() == [not one for one in beaten]
    points = pd.DataFrame(
        {
            "code": ["A", "A", "A", "B"],
            "decoder": ["dense", "half", "bp:5", "dense"],
            "ber": [1e-4, 3e-4, 1e-3, 0.0],
            "ber_low": [9e-5, 2e-4, 9e-4, 0.0],
            "ber_high": [2e-4, 4e-4, 2e-3, 1e-5],
            "MACs": [8.0, 4.0, np.nan, 8.0],
        }
    )
    front, marks = pareto_figure(points, "MACs", LIGHT).data
    assert list(marks.text) == ["half", "dense"]  # by cost; no cost and no error are left out
    assert list(front.x) == [4.0, 8.0]
    assert "A: cheapest half with 3.00e-04, best dense with 1.00e-04" in alt_text(pareto_figure(points, "MACs", LIGHT))
    assert "No decoder" in alt_text(pareto_figure(points.assign(MACs=np.nan), "MACs", LIGHT))


def test_of_many_decoders_those_on_a_front_are_named_and_every_one_can_be_asked() -> None:
    names = [f"d{place}" for place in range(20)]
    cost, rate = np.array([1.0, 2.0] * 10), np.linspace(1e-4, 2e-4, 20)
    points = pd.DataFrame({"code": "A", "decoder": names, "ber": rate, "ber_low": rate, "ber_high": rate, "MACs": cost})
    front, marks = pareto_figure(points, "MACs", LIGHT).data
    assert list(front.x) == [1.0]
    assert [name for name in marks.text if name] == ["d0"]
    assert sorted(marks.customdata) == sorted(names)


@pytest.mark.parametrize("alike", [0, 1])
def test_pairs_are_drawn_with_the_extremes_in_words(alike: int) -> None:
    values = np.array([[alike, 0.2, 0.9], [0.2, alike, 0.5], [0.9, 0.5, alike]])
    figure = pair_figure(["A", "B", "C"], values, "distance", LIGHT, alike)
    assert np.array_equal(figure.data[0].z, values)
    assert alt_text(figure) == "Distance of every two codes, from A and B 0.20 to A and C 0.90."
    strong = figure.data[0].colorscale[1 if alike else 0][1]
    assert strong == LIGHT.series[0]
    assert pair_table(["A", "B", "C"], values).iloc[0].tolist() == ["A", alike, 0.2, 0.9]
    assert alt_text(pair_figure(["A"], values[:1, :1], "distance", LIGHT, alike)).startswith(
        "Distance of A with itself"
    )


def test_cost_bars_hold_every_part():
    parts = {"dense": {"q": 4_000_000, "ffn": 6_000_000}, "half": {"q": 2_000_000, "ffn": 3_000_000}}
    figure = cost_figure(parts, LIGHT)
    assert {trace.name: list(trace.x) for trace in figure.data} == {
        "q": [4_000_000, 2_000_000],
        "ffn": [6_000_000, 3_000_000],
    }
    assert "dense 10.0 million; half 5.0 million" in alt_text(figure)
    assert cost_table(parts)["MACs"].sum() == 15_000_000


@pytest.mark.parametrize(
    ("span", "ticks"),
    [
        ((1e-5, 1e-2), {"dtick": 1}),
        ((4e-3, 4e-2), {"dtick": "D2"}),
        ((1.5e-3, 6e-3), ["2·10<sup>-3</sup>", "5·10<sup>-3</sup>"]),
        ((2.5e-3, 4.5e-3), ["3·10<sup>-3</sup>", "4·10<sup>-3</sup>"]),
        ((3.1e-3, 3.3e-3), ["3.1·10<sup>-3</sup>", "3.2·10<sup>-3</sup>", "3.3·10<sup>-3</sup>"]),
    ],
)
def test_every_logarithmic_axis_can_be_read(span, ticks):
    found = decade_ticks(*span)
    assert (found if isinstance(ticks, dict) else found["ticktext"]) == ticks


def test_ticks_with_si_prefixes():
    assert decade_ticks(2.1e7, 5.3e7, si=True)["ticktext"] == ["30M", "40M", "50M"]
    assert decade_ticks(0.4, 0.6, si=True)["ticktext"] == ["400m", "500m", "600m"]
    assert decade_ticks(3.0, 3.0, si=True)["ticktext"] == ["3"]


@given(st.floats(1e-9, 1e9), st.floats(1, 99))
def test_ticks_lie_within_and_are_few(low, factor):
    found = decade_ticks(low, low * factor, si=True)
    if "tickvals" in found:
        assert 1 <= len(found["tickvals"]) <= 6
        assert all(low * (1 - 1e-9) <= value <= low * factor * (1 + 1e-9) for value in found["tickvals"])


def recoveries(*rows: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["mask", "ratio", "recovered", "ber"])
    return frame.assign(ber_low=frame["ber"] * 0.9, ber_high=frame["ber"] * 1.1, frames=1000, frame_errors=200)


def test_recovery_is_drawn_mask_by_mask_beside_the_dense_network() -> None:
    rows = recoveries(
        (None, np.nan, False, 1e-4),
        ("sap", 0.5, False, 4e-4),
        ("sap", 0.5, True, 1.5e-4),
        ("random", 0.5, False, 2e-2),
        ("average", 0.25, True, 1.2e-4),
    )
    table = before_after_table(rows)
    assert table["mask"].tolist() == [
        "dense", "average at 0.25", "sap at 0.5", "sap at 0.5", "random at 0.5"
    ]  # fmt: skip
    assert table["stage"].tolist() == ["dense", "after", "before", "after", "before"]
    figure = before_after_figure(table, LIGHT)
    drawn = {trace.name: dict(zip(trace.y, trace.x, strict=True)) for trace in figure.data if trace.y[0] is not None}
    assert drawn == {
        "before recovery": {"sap at 0.5": 4e-4, "random at 0.5": 2e-2},
        "after recovery": {"average at 0.25": 1.2e-4, "sap at 0.5": 1.5e-4},
    }
    assert figure.layout.shapes[0].x0 == 1e-4
    assert alt_text(figure) == (
        "Bit error rates of 3 pruned decoders before and after recovery; dense 1.00e-04. Best is average at 0.25: "
        "1.20e-04 after."
    )


def test_recovery_without_points_or_without_errors_is_still_a_figure() -> None:
    for rows in (recoveries(), recoveries(("sap", 0.5, True, 0.0))):
        figure = before_after_figure(before_after_table(rows), DARK)
        assert alt_text(figure) == "Bit error rates of 0 pruned decoders before and after recovery."


def test_the_ticks_are_of_everything_that_is_drawn() -> None:
    """Points within half a decade, and published ones over several: powers of ten alone."""
    points = pd.DataFrame(
        [("c", "d", 5.0, 1000, 5, 4e-3, 4e-3, 6e-3)],
        columns=["code", "decoder", "ebn0", "frames", "frame_errors", "fer_low", "fer", "fer_high"],
    )
    lines = pd.DataFrame({"name": "uncoded", "ebn0": [2.0, 6.0, 12.0], "rate": [0.5, 1e-2, 1e-30]})
    alone = error_rate_figure(points, "FER", LIGHT, ebn0_range=(2.0, 6.0))
    assert alone.layout.yaxis.tickvals is not None
    beside = error_rate_figure(points, "FER", LIGHT, lines=lines, ebn0_range=(2.0, 6.0))
    assert beside.layout.yaxis.tickvals is None and beside.layout.yaxis.dtick == 1


def test_a_figure_stands_still_on_a_page_and_can_be_moved_in_a_file() -> None:
    figure = spectrum_figure(np.array([2.0, 1.0]), 1, LIGHT)
    free = for_a_file(figure).layout
    assert (free.xaxis.fixedrange, free.yaxis.fixedrange, free.legend.itemclick) == (False, False, "toggle")
    still = figure.layout.template.layout
    assert (figure.layout.xaxis.fixedrange, figure.layout.legend.itemclick) == (None, None)
    assert (still.xaxis.fixedrange, still.yaxis.fixedrange, still.legend.itemclick) == (True, True, False)
