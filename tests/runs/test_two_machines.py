"""A Dask scheduler and workers started by hand, as on several machines; here all on this one."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from distributed import Client

from sapcore.codes import find
from sapcore.runs import RunState, get_run, list_runs, request, runner, runner_is_alive
from sapcore.runs.capacity import SCHEDULER_VARIABLE
from sapcore.runs.table import get_workers
from sapcore.simulation import BLOCK_FRAMES, StoppingRule, simulate_point
from sapcore.variants import build_decoder

ROOT = Path(__file__).parents[2]
DASK = (sys.executable, "-m", "dask")
CODE, DECODER, EBN0 = "Hamming(7,4)", "bp:5", 3.0
ENDLESS, BLOCKS = 10**12, 200
END_SECONDS = 180

pytestmark = pytest.mark.slow


def end(process):
    """Kill a process with all that it started."""
    try:
        family = [process, *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        family = [process]
    for member in family:
        member.kill()
    process.communicate()


@pytest.fixture
def start():
    """Start a command in a folder, the clone's by default; it and its children are gone after the test."""
    started = []

    def popen(*command, cwd=ROOT, **options):
        process = subprocess.Popen(command, cwd=cwd, stderr=subprocess.DEVNULL, text=True, **options)
        started.append(process)
        return process

    yield popen
    for process in reversed(started):
        end(process)


@pytest.fixture
def scheduler(tmp_path, start, until, monkeypatch):
    """The address of a running scheduler, which is also in the environment."""
    file = tmp_path / "scheduler.json"
    start(*DASK, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    address = json.loads(until(lambda: file.exists() and file.read_text()))["address"]
    monkeypatch.setenv(SCHEDULER_VARIABLE, address)
    return address


def join(start, scheduler, **options):
    return start(*DASK, "worker", scheduler, "--nthreads", "1", "--nworkers", "1", "--no-dashboard", **options)


@pytest.fixture
def simulate(start, tmp_path, monkeypatch):
    """Ask for the point on the command line, up to a number of blocks."""
    monkeypatch.setenv("SAP_DATA", str(tmp_path))

    def ask(blocks):
        request = ["--code", CODE, "--decoder", DECODER, "--ebn0", str(EBN0), "--json"]
        limits = ["--frame-errors", str(ENDLESS), "--max-frames", str(blocks * BLOCK_FRAMES)]
        return start(sys.executable, "-m", "sapcore", "simulate", *request, *limits, stdout=subprocess.PIPE)

    return ask


def test_a_worker_and_the_submitter_are_killed(store, start, scheduler, simulate, until):
    """An endless run, so that no machine is done before it is disturbed; then as many of its blocks as are compared."""
    workers = [join(start, scheduler) for _ in range(2)]

    def frames():
        return sum(run.frames for run in list_runs(store))

    submitter = simulate(ENDLESS)
    until(lambda: get_workers(store) == (2, scheduler) and frames() > 0)
    end(workers[0])
    os.kill(submitter.pid, signal.SIGKILL)
    until(lambda: not runner_is_alive(store.path))
    left = frames()

    submitter = simulate(ENDLESS)
    until(lambda: frames() > left)
    assert get_workers(store) == (1, scheduler)
    submitter.send_signal(signal.SIGINT)
    assert (submitter.communicate(timeout=END_SECONDS)[0], submitter.returncode) == ("", 130)
    assert [run.state for run in list_runs(store)] == [RunState.CANCELLED]

    again = simulate(BLOCKS)
    (row,) = json.loads(again.communicate(timeout=END_SECONDS)[0])
    code = find(CODE)
    rule = StoppingRule(ENDLESS, BLOCKS * BLOCK_FRAMES)
    undisturbed = simulate_point(code, build_decoder(DECODER, code), EBN0, rule)
    assert {name: row[name] for name in undisturbed.row()} == undisturbed.row()
    assert workers[1].poll() is None  # the scheduler's workers are nobody's to end


def test_workers_without_the_package_are_answered_with_a_sentence(store, start, scheduler, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    join(start, scheduler, cwd=elsewhere, env=environment)
    with Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=END_SECONDS)
    monkeypatch.setattr(runner, "IDLE_SECONDS", 0.0)
    run = request(store, [find(CODE)], [DECODER], [EBN0], StoppingRule(9, 9))
    runner.Runner(store, None, threading.Event()).serve()
    failed = get_run(store, run.id)
    assert failed.state is RunState.FAILED
    assert failed.message == (
        f"The Dask scheduler {scheduler} or one of its workers does not find this sapcore (No module named 'sapcore'); "
        "start all of them with python -m dask from the folder of the same clone."
    )
