"""How every figure stands on a page: alternative text, a table twin, downloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from sapcore.figures import alt_text, standalone_page

MOST_ROWS_SHOWN = 2000


def show_figure(figure: go.Figure, table: pd.DataFrame, key: str, on_pick: Callable[[], None] | None = None) -> None:
    """Show a figure and, folded under it, its data as a table, as CSV and as a page that works without a network.

    `on_pick` runs when a point is clicked; it reads the point with `picked(key)`.
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
        show_table(table, key, alt_text(figure))
        download("Figure (HTML)", lambda: standalone_page(figure), f"{key}.html", "text/html")


def show_table(table: pd.DataFrame, key: str, alt: str, columns: Mapping[str, object] | None = None) -> None:
    """Show a table and offer it as CSV; `columns` are Streamlit's column configurations."""
    st.dataframe(
        table.head(MOST_ROWS_SHOWN), hide_index=True, height="auto", alt=alt, column_config=columns, placeholder="–"
    )
    if len(table) > MOST_ROWS_SHOWN:
        st.caption(f"The first {MOST_ROWS_SHOWN} of {len(table)} rows; the CSV has all.")
    download("CSV", lambda: table.to_csv(index=False), f"{key}.csv", "text/csv")


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
