"""Which run a page shows, in its address."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sapcore.errors import InputError
from sapcore.runs import Run
from sapcore.simulation import Store
from sapcore.ui.shown_run import show_run, shown_run


def test_a_store_that_cannot_be_read_takes_no_run_out_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    address = {"t_run": "a"}

    def busy(store: Store, run_id: str) -> Run:
        raise InputError("The result store is in use.")

    monkeypatch.setattr("sapcore.ui.shown_run.st", SimpleNamespace(query_params=address, session_state={}))
    monkeypatch.setattr("sapcore.ui.shown_run.get_run", busy)
    with pytest.raises(InputError, match="in use"):
        shown_run(None)
    assert address == {"t_run": "a"}


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
