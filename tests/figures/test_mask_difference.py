"""The picture of two masks shows the states it is given, and says them in words and rows."""

from __future__ import annotations

import numpy as np
import pytest

from sapcore.figures import (
    DARK,
    LIGHT,
    FigureTheme,
    alt_text,
    mask_difference_counts,
    mask_difference_figure,
    mask_difference_table,
)
from sapcore.pruning.mask_difference import STATES

HEADS = np.array([[0, 1], [2, 3]])
CHANNELS = np.array([[0, 0, 3, 3, 1], [2, 2, 3, 0, 3]])


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_figure_shows_every_state(theme: FigureTheme) -> None:
    figure = mask_difference_figure(HEADS, CHANNELS, STATES, ("<b>a</b>", "b"), theme)
    np.testing.assert_array_equal(figure.data[0].z, HEADS)
    np.testing.assert_array_equal(figure.data[1].z, CHANNELS)
    assert figure.data[0].text.tolist() == [["", "1"], ["2", ""]]
    scale = dict.fromkeys(colour for _, colour in figure.data[0].colorscale)
    legend = {trace.name: trace.marker.color for trace in figure.data[2:]}
    assert list(scale) == list(legend.values()) and len(scale) == 4
    assert list(legend)[1] == "1: by &lt;b&gt;a&lt;/b&gt; alone"
    assert "of 10 channels, 3 are kept by both, 1 by the first alone, 2 by the second alone, 4 by neither" in alt_text(
        figure
    )


def test_the_table_has_every_head_and_channel() -> None:
    table = mask_difference_table(HEADS, CHANNELS, STATES)
    assert len(table) == HEADS.size + CHANNELS.size
    assert table["kept by"].tolist()[:4] == ["both", "first alone", "second alone", "neither"]
    last = table.iloc[-2]
    assert (last["part"], last["layer"], last["index"], last["kept by"]) == ("channel", 2, 4, "both")


def test_counts_by_layer_and_in_all() -> None:
    counts = {"heads": np.array([[1, 1, 0, 0], [0, 0, 1, 1]]), "channels": np.array([[0, 0, 0, 5], [1, 0, 2, 2]])}
    table = mask_difference_counts(counts, STATES).set_index(["part", "layer"])
    assert table.loc[("heads", "all"), list(STATES)].tolist() == [1, 1, 1, 1]
    assert table.loc[("heads", "all"), "Jaccard"] == pytest.approx(1 / 3)
    assert table.loc[("channels", "2"), "Jaccard"] == pytest.approx(1 / 3)
    assert np.isnan(table.loc[("channels", "1"), "Jaccard"])
