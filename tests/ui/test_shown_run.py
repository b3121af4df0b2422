"""Which run a page shows, in its address."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sapcore.ui.shown_run import show_run


def test_the_address_is_written_only_where_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, str]] = []

    class Address(dict):
        def __setitem__(self, key: str, value: str) -> None:
            written.append((key, value))
            super().__setitem__(key, value)

    monkeypatch.setattr("sapcore.ui.shown_run.st", SimpleNamespace(query_params=Address(), session_state={}))
    for run in ("a", "a", "b", "b"):
        show_run(run)
    assert written == [("t_run", "a"), ("t_run", "b")]
