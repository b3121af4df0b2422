import os

import pytest

from sapcore.errors import InputError
from sapcore.runs import capacity, lock, worker_count, workers_in_words
from sapcore.runs.table import put_workers


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    monkeypatch.delenv("SAP_WORKERS", raising=False)
    monkeypatch.delenv("SAP_SCHEDULER", raising=False)
    monkeypatch.setattr(capacity, "CPU_COUNT", 6)


@pytest.mark.parametrize(("text", "count"), [("", 6), ("1", 1), ("12", 12), ("256", 256)])
def test_worker_count(monkeypatch, text, count):
    assert worker_count() == 6
    monkeypatch.setenv("SAP_WORKERS", text)
    assert worker_count() == count


@pytest.mark.parametrize("text", ["0", "257", "-1", "2.5", "1e2", "many", " ", "٣", "9" * 5000])
def test_worker_counts_that_cannot_be(monkeypatch, text):
    monkeypatch.setenv("SAP_WORKERS", text)
    with pytest.raises(InputError, match="SAP_WORKERS must be a whole number from 1 to 256, not "):
        worker_count()


def test_in_words_before_there_are_workers(store, monkeypatch):
    assert workers_in_words(store) == "No worker is busy; runs get 6 on this machine, one thread each."
    monkeypatch.setenv("SAP_WORKERS", "0")
    assert workers_in_words(store) == "SAP_WORKERS must be a whole number from 1 to 256, not '0'."
    monkeypatch.setenv("SAP_SCHEDULER", "tcp://there:8786")
    assert workers_in_words(store) == "No worker is busy; runs go to those of the Dask scheduler tcp://there:8786."


@pytest.mark.parametrize(
    ("count", "scheduler", "sentence"),
    [
        (1, None, "1 worker on this machine, one thread each."),
        (2, None, "2 workers on this machine, one thread each."),
        (40, "tcp://there:8786", "40 workers at the Dask scheduler tcp://there:8786."),
        (0, "tcp://there:8786", "No worker has joined the Dask scheduler tcp://there:8786 yet."),
    ],
)
def test_in_words_while_a_runner_lives(store, count, scheduler, sentence):
    held = lock.acquire(store.path)
    put_workers(store, count, scheduler)
    assert workers_in_words(store) == sentence
    os.close(held)
    assert workers_in_words(store).startswith("No worker is busy")
