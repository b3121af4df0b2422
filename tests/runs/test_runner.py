"""Runs through the real runner process and real Dask workers, undisturbed and not."""

import subprocess
import sys
import threading

import psutil
import pytest
from dask.system import CPU_COUNT
from distributed import LocalCluster

from sapcore.codes import find
from sapcore.runs import (
    RunState,
    cancel,
    cluster,
    drive,
    ensure_runner,
    get_run,
    lock,
    request,
    resume,
    runner,
    runner_is_alive,
    runner_pid,
    table,
)
from sapcore.runs.cluster import SCHEDULER_VARIABLE, Workers
from sapcore.simulation import StoppingRule, Store

NAMES = ("Hamming(7,4)", "BCH(31,16)")
DECODERS = ("uncoded", "bp:5")
EBN0 = (3.0,)
RULE = StoppingRule(frame_errors=20_000, max_frames=30 * 1024)


def ask(store, seed, decoders=DECODERS, rule=RULE):
    return request(store, [find(name) for name in NAMES], decoders, EBN0, rule, seed)


def workers_of(process):
    return [child for child in process.children() if any("distributed.Worker" in part for part in child.cmdline())]


def counts_of(run):
    assert (run.state, run.message) == (RunState.DONE, None)
    return [point.counts for point in run.points]


@pytest.fixture
def parent():
    """A process that waits to be killed."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def command_line(store, monkeypatch):
    """The arguments of a runner without a parent, and nothing else of the process changed by it."""
    monkeypatch.setattr(sys, "argv", ["runner", "--store", str(store.path)])
    monkeypatch.setattr(runner.signal, "signal", lambda *arguments: None)
    monkeypatch.setattr(runner, "PROCESS_SETTINGS", {})


def test_kill_anything_at_any_time(store, parent, until, expected):
    first, second = ask(store, seed=0), ask(store, seed=1, decoders=("bp:5",))
    assert ensure_runner(store)
    assert not ensure_runner(store)

    # Two runs at once; a worker is killed while neither is done, and replaced.
    def both_progress():
        runs = get_run(store, first.id), get_run(store, second.id)
        return all(run.frames and run.state is RunState.RUNNING for run in runs)

    until(both_progress)
    process = psutil.Process(runner_pid(store.path))
    assert len(workers_of(process)) == CPU_COUNT
    victim = workers_of(process)[0]
    victim.kill()
    until(lambda: not get_run(store, first.id).state.is_open and not get_run(store, second.id).state.is_open)
    assert counts_of(get_run(store, first.id)) == expected(NAMES, DECODERS, EBN0, RULE, seed=0)
    assert counts_of(get_run(store, second.id)) == expected(NAMES, ("bp:5",), EBN0, RULE, seed=1)

    # The runner is killed; its workers do not outlive it, and the next runner finishes the run.
    third = ask(store, seed=2)
    until(lambda: get_run(store, third.id).frames)
    started = process.children(recursive=True)
    process.kill()
    _, alive = psutil.wait_procs(started, timeout=30)
    assert not alive
    assert get_run(store, third.id).state is RunState.RUNNING
    assert ensure_runner(store, parent=parent.pid)
    until(lambda: not get_run(store, third.id).state.is_open)
    assert counts_of(get_run(store, third.id)) == expected(NAMES, DECODERS, EBN0, RULE, seed=2)

    # Another connection cancels a run, and resumes it.
    endless = ask(store, seed=3, rule=StoppingRule(10**9, 10**9))
    until(lambda: get_run(store, endless.id).frames)
    with Store(store.path) as other:
        cancel(other, endless.id)
        until(lambda: get_run(other, endless.id).state is RunState.CANCELLED)
        frames = get_run(other, endless.id).frames
        assert resume(other, endless.id).state is RunState.QUEUED
        until(lambda: get_run(other, endless.id).frames > frames)

    # The parent ends, and with it the runner, which puts its run back into the queue, and the workers.
    process = psutil.Process(runner_pid(store.path))
    started = [process, *process.children(recursive=True)]
    parent.kill()
    _, alive = psutil.wait_procs(started, timeout=30)
    assert not alive
    assert get_run(store, endless.id).state is RunState.QUEUED
    assert not runner_is_alive(store.path)


def test_the_runner_ends_with_its_parent(store, parent):
    serving = threading.Thread(target=runner.Runner(store, psutil.Process(parent.pid), threading.Event()).serve)
    serving.start()
    parent.kill()  # a zombie until the test ends: gone for the runner all the same
    serving.join(timeout=30)
    assert not serving.is_alive()


@pytest.mark.usefixtures("held", "command_line")
def test_a_second_runner_leaves_at_once(store, monkeypatch):
    monkeypatch.setattr(runner, "Runner", None)
    assert runner.main() == 0
    assert lock.runner_is_alive(store.path)


def test_a_runner_without_a_parent_ends_when_idle(store, monkeypatch):
    monkeypatch.setattr(runner, "IDLE_SECONDS", 0.0)
    runner.Runner(store, None, threading.Event()).serve()


def test_no_scheduler_at_the_address(store, monkeypatch):
    monkeypatch.setenv(SCHEDULER_VARIABLE, "tcp://127.0.0.1:1")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(runner, "IDLE_SECONDS", 0.0)
    run = ask(store, seed=0)
    runner.Runner(store, None, threading.Event()).serve()
    failed = get_run(store, run.id)
    assert failed.state is RunState.FAILED
    assert failed.message.startswith("The workers could not be started: ")
    assert "tcp://127.0.0.1:1" in failed.message


def test_a_cluster_that_already_runs_is_joined(store, monkeypatch, expected):
    run = ask(store, seed=0, decoders=("uncoded",))
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as running:
        monkeypatch.setenv(SCHEDULER_VARIABLE, running.scheduler_address)
        workers = Workers(store.path.with_suffix(".scheduler.json"))
        assert workers.task_limit() == 2
        assert workers.mend()
        finished = drive(store, run.id, workers.executor, workers.task_limit())
        workers.close()
        assert running.scheduler.workers  # closing only disconnects
    assert counts_of(finished) == expected(NAMES, ("uncoded",), EBN0, RULE)


@pytest.mark.usefixtures("command_line")
def test_a_request_made_while_an_idle_runner_leaves_is_not_lost(store, monkeypatch):
    """It came when the runner had seen no work and still held the lock, so that no other was started for it."""
    seen = []

    class Served:
        def __init__(self, *arguments):
            pass

        def serve(self):
            seen.append(table.open_runs(store))
            if len(seen) == 1:
                ask(store, seed=0)
            else:
                table.set_state(store, *seen[-1], RunState.DONE)

    monkeypatch.setattr(runner, "Runner", Served)
    assert runner.main() == 0
    assert seen == [[], [ask(store, seed=0).id]]
    assert not lock.runner_is_alive(store.path)
