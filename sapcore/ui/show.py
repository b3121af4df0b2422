"""How every figure stands on a page: alternative text, a table twin, downloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from sapcore.codes import LinearCode
from sapcore.codes.files import file_stem
from sapcore.figures import alt_text, standalone_page
from sapcore.ui.saving import picture_buttons

MOST_ROWS_SHOWN = 2000
MOST_CODES_NAMED = 3


def show_figure(
    figure: go.Figure,
    table: pd.DataFrame,
    key: str,
    on_pick: Callable[[], None] | None = None,
    of: Sequence[LinearCode] = (),
) -> None:
    """Show a figure and, folded under it, its data as a table, as CSV, as a picture and as a page of its own.

    `on_pick` runs when a point is clicked; it reads the point with `picked(key)`. `of` are the codes that it is about,
    which names its files.
    """
    st.plotly_chart(
        figure,
        key=key,
        theme=None,
        alt=alt_text(figure),
        on_select=on_pick or "ignore",
        selection_mode="points",
        config={"displayModeBar": False},
    )
    with st.expander("Table and downloads", icon=":material/table:"):
        table_view(table, alt_text(figure))
        with st.container(horizontal=True):
            table_download(table, file_name(key, of))
            figure_downloads(figure, key, file_name(key, of))


def figure_downloads(figure: go.Figure, key: str, name: str) -> None:
    """Offer the figure shown under `key` as SVG, as PNG, and as a page that works without a network."""
    picture_buttons(figure, key, name)
    download("Figure (HTML)", lambda: standalone_page(figure, name), f"{name}.html", "text/html")


def show_table(
    table: pd.DataFrame,
    key: str,
    alt: str,
    columns: Mapping[str, object] | None = None,
    of: Sequence[LinearCode] = (),
) -> None:
    """Show a table and offer it as CSV; `columns` are Streamlit's column configurations, `of` as in `show_figure`."""
    table_view(table, alt, columns)
    table_download(table, file_name(key, of))


def table_view(table: pd.DataFrame, alt: str, columns: Mapping[str, object] | None = None) -> None:
    """Show a table, or the first of its rows."""
    st.dataframe(
        table.head(MOST_ROWS_SHOWN), hide_index=True, height="auto", alt=alt, column_config=columns, placeholder="–"
    )
    if len(table) > MOST_ROWS_SHOWN:
        st.caption(f"The first {MOST_ROWS_SHOWN} of {len(table)} rows; the CSV has all.")


def table_download(table: pd.DataFrame, name: str) -> None:
    """Offer a table as CSV."""
    download("CSV", lambda: table.to_csv(index=False), f"{name}.csv", "text/csv")


def file_name(what: str, codes: Sequence[LinearCode] = ()) -> str:
    """A file's name, but for its ending, that says what is shown of which codes.

    >>> from sapcore.codes import find
    >>> file_name("tanner-graph", [find("BCH(31,16)-r")])
    'BCH_31_16-r-tanner-graph'
    >>> file_name("error-rates", [find("BCH(15,7)")] * 4)
    '4-codes-error-rates'
    """
    stems = [file_stem(code) for code in codes]
    return "-".join([*stems, what] if len(stems) <= MOST_CODES_NAMED else [f"{len(stems)}-codes", what])


def picked(key: str) -> object | None:
    """The custom data of the point just clicked in the figure `key`, None if the click cleared the selection."""
    points = st.session_state[key]["selection"]["points"]
    return points[0].get("customdata") if points else None


def download(
    label: str,
    data: Callable[[], str | bytes],
    file_name: str,
    mime: str = "application/octet-stream",
    help: str | None = None,
) -> None:
    """A download button whose content is made when it is pressed."""
    st.download_button(
        label,
        data,
        file_name,
        mime,
        key=f"download {file_name}",
        on_click="ignore",
        icon=":material/download:",
        help=help,
    )


def key_figures(figures: Mapping[str, tuple[object, str]]) -> None:
    """A row of numbers that wraps on a narrow screen; each is (value, what it is)."""
    with st.container(horizontal=True, gap="medium"):
        for label, (value, meaning) in figures.items():
            st.metric(label, value, help=meaning, width="content")
