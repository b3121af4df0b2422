import os
import time

import pytest

from sapcore.codes import find
from sapcore.runs import lock
from sapcore.simulation import StoppingRule, Store, simulate_point
from sapcore.variants import build_decoder

DEADLINE_SECONDS = 180


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        yield store


@pytest.fixture
def held(store):
    """The lock of the store, held as a runner would, so that it is for the driver to obey a cancellation."""
    descriptor = lock.acquire(store.path)
    yield
    os.close(descriptor)


@pytest.fixture(scope="session")
def until():
    """Wait for a condition, and return what made it true; fails at a deadline that only a defect reaches."""

    def wait(condition):
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (value := condition()):
            assert time.monotonic() < deadline, "the condition was not met in time"
            time.sleep(0.05)
        return value

    return wait


@pytest.fixture(scope="session")
def expected():
    """Counts of points simulated one block after the other in this process, in the order of RunSpec.points()."""

    def simulate(names, decoders, ebn0, rule: StoppingRule, seed=0):
        return [
            simulate_point(find(name), build_decoder(decoder, find(name)), db, rule, seed)
            for name in names
            for decoder in decoders
            for db in ebn0
        ]

    return simulate
