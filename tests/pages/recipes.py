"""Recipes of a page, taken from its folds "How this was made", made again, and held against the tables of the page."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from streamlit.testing.v1 import AppTest

from sapcore.cli import main, parser
from sapcore.codes import LinearCode, write_matrix
from sapcore.codes.files import file_stem
from sapcore.runs import Run, drive
from sapcore.simulation import Store
from sapcore.ui.show import MOST_ROWS_SHOWN

TITLES = "How this was made", "How this is made"
PAGES = Path(__file__).parents[2] / "pages"


@dataclass(frozen=True)
class Recipe:
    """One fold: its commands and its Python texts."""

    commands: tuple[str, ...]
    lines: tuple[str, ...]


def page(name: str, query: dict[str, object]) -> AppTest:
    """A page, opened at an address."""
    opened = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=300)
    for key, value in query.items():
        opened.query_params[key] = value
    opened.run()
    assert not opened.exception and not opened.error and not opened.toast
    return opened


def recipes(opened: AppTest) -> list[Recipe]:
    """Every recipe that a page shows; there is one at least, and none is empty."""
    found = []
    for fold in opened.expander:
        if fold.label in TITLES:
            blocks = [(block.language, block.value) for block in fold.code]
            assert blocks and {language for language, _ in blocks} <= {"bash", "python"}
            texts = [text for language, text in blocks if language == "bash"]
            commands = [line for text in texts for line in text.replace("\\\n", " ").splitlines()]
            found.append(Recipe(tuple(commands), tuple(text for language, text in blocks if language == "python")))
    assert found
    return found


def words_of(command: str) -> list[str]:
    """The arguments of a command of this product, which its parser takes."""
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "sapcore"]
    parser().parse_args(words[3:])
    return words[3:]


@dataclass
class Kitchen:
    """A data folder and a working folder of their own, where nothing is known of what the page has measured."""

    folder: Path
    patch: pytest.MonkeyPatch
    printed: list[str] = field(default_factory=list)

    def bring(self, *codes: LinearCode) -> None:
        """Save own matrices as the recipe asks."""
        for code in codes:
            (self.folder / f"{file_stem(code)}.alist").write_bytes(write_matrix(code, "alist"))

    def run(self, command: str) -> object:
        """What a command prints as JSON, what it measures being measured in this process."""
        with self._here(), contextlib.redirect_stdout(io.StringIO()) as printed:
            assert main(words_of(command)) == 0
        return json.loads(printed.getvalue())

    def execute(self, text: str) -> dict[str, object]:
        """The names that Python lines leave behind; they print something."""
        names: dict[str, object] = {}
        with self._here(), contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(text, names)
        assert printed.getvalue().strip()
        self.printed.append(printed.getvalue())
        return names

    @contextlib.contextmanager
    def _here(self):
        with self.patch.context() as patch:
            patch.setenv("SAP_DATA", str(self.folder))
            patch.chdir(self.folder)
            patch.setattr("sapcore.cli.follow.follow", _drive)
            yield


def _drive(store: Store, run_id: str, *_: object, **__: object) -> Run:
    with ThreadPoolExecutor(1) as executor:
        return drive(store, run_id, executor)


class Shown:
    """The tables of a page, each to be told by a recipe."""

    def __init__(self, opened: AppTest) -> None:
        self._tables = [frame.value for frame in opened.dataframe]
        self._told: set[int] = set()

    def has(self, expected: pd.DataFrame, but: tuple[str, ...] = (), tolerance: float = 1e-6) -> None:
        """One of the tables, not told of before, holds the expected figures; columns `but` are of no account."""
        want = expected.head(MOST_ROWS_SHOWN).reset_index(drop=True)
        for place, table in enumerate(self._tables):
            if place not in self._told and set(table.columns) - {*but} == set(want.columns) - {*but}:
                with contextlib.suppress(AssertionError):
                    both = [one[[c for c in want.columns if c not in but]].map(_plain) for one in (table, want)]
                    assert_frame_equal(*both, check_dtype=False, rtol=tolerance, atol=1e-12)
                    self._told.add(place)
                    return
        alike = [t for t in self._tables if set(want.columns) <= set(t.columns)]
        raise AssertionError(f"No table shows\n{want}\nbut there are\n{alike}")

    def columns(self, *columns: str) -> pd.DataFrame:
        """The table with these columns among its own, taken as told; for those that no single value makes."""
        for place, table in enumerate(self._tables):
            if place not in self._told and {*columns} <= set(table.columns):
                self._told.add(place)
                return table
        raise AssertionError(f"No table has {columns}; there are {[list(t.columns) for t in self._tables]}")

    def skip(self, *columns: str) -> None:
        """Leave out the tables with these columns, where there are any: what no recipe of this test makes."""
        self._told |= {place for place, table in enumerate(self._tables) if {*columns} <= set(table.columns)}

    def all_told(self) -> None:
        """No table is left that no recipe told of."""
        left = [table for place, table in enumerate(self._tables) if place not in self._told]
        assert self._told and not left, left


def _plain(value: object) -> object:
    """A cell without the type that it came in."""
    if value is None or value is pd.NA or value != value:
        return None
    return value.item() if hasattr(value, "item") else value
