"""A table as the HTML report shows it: cells for people, and the whole as CSV to take along."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd

MISSING = "–"


@dataclass(frozen=True)
class Column:
    """A column of a table: its key in the data, its header, and how a value that is there is written."""

    key: str
    header: str
    form: Callable[[object], str] = str

    @property
    def is_number(self) -> bool:
        """Whether it is aligned at the right."""
        return self.form is not str


@dataclass(frozen=True)
class HtmlTable:
    """A table ready for the page; the cells are plain text, to be escaped there.

    Attributes:
        caption: what it shows.
        columns: left to right.
        rows: of cells.
        file: name under which its CSV is saved.
        csv: the data in full precision, as an address that holds it.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    file: str
    csv: str


def html_table(data: pd.DataFrame, columns: Sequence[Column], caption: str, file: str) -> HtmlTable:
    """The `columns` of `data` as a table; the CSV has every column of `data`."""
    rows = tuple(
        tuple(MISSING if _missing(row[column.key]) else column.form(row[column.key]) for column in columns)
        for row in data.to_dict("records")
    )
    return HtmlTable(caption, tuple(columns), rows, file, data_address(data.to_csv(index=False), "text/csv"))


def data_address(contents: str | bytes, mime: str) -> str:
    """An address that holds the contents of a file itself."""
    if isinstance(contents, str):
        return f"data:{mime};charset=utf-8,{quote(contents)}"
    return f"data:{mime};base64,{base64.b64encode(contents).decode()}"


def decibels(value: object) -> str:
    """Such as 2.25."""
    return f"{value:.2f}"


def signed_decibels(value: object) -> str:
    """Such as +0.35."""
    return f"{value:+.2f}"


def count(value: object) -> str:
    """Such as 100,352."""
    return f"{value:,.0f}"


def rate(value: object) -> str:
    """Such as 1.23e-04."""
    return f"{value:.2e}"


def ratio(value: object) -> str:
    """Such as 0.505."""
    return f"{value:.3f}"


def figures(value: object) -> str:
    """Three significant figures, such as 0.0123."""
    return f"{value:.3g}"


def _missing(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and value != value)
