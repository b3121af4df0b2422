"""Runs through the real runner process and real Dask workers, undisturbed and not."""

import subprocess
import sys
import threading

import numpy as np
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
from sapcore.runs.capacity import SCHEDULER_VARIABLE, WORKERS_VARIABLE
from sapcore.runs.cluster import Workers
from sapcore.simulation import BLOCK_FRAMES, ErrorCounts, StoppingRule, Store, simulate_block
from sapcore.variants import build_decoder

NAMES = ("Hamming(7,4)", "BCH(31,16)")
DECODERS = ("uncoded", "bp:5")
EBN0 = (3.0,)
RULE = StoppingRule(frame_errors=20_000, max_frames=10 * 1024)
ENDLESS = StoppingRule(frame_errors=10**12, max_frames=10**12)  # for what is to be disturbed: no machine is too fast
BLOCKS_CHECKED = 5


def ask(store, seed, decoders=DECODERS, rule=RULE):
    return request(store, [find(name) for name in NAMES], decoders, EBN0, rule, seed)


def started_by(process, what):
    """Child processes that run `what`, distributed.Worker or distributed.Scheduler."""

    def runs_it(child):
        try:
            return any(what in part for part in child.cmdline())
        except psutil.NoSuchProcess:  # it has just ended
            return False

    return [child for child in process.children() if runs_it(child)]


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


@pytest.fixture
def undisturbed(store, until):
    """Check an endless run after it was disturbed: cancel it, and finish what it began.

    A run over all blocks that are there and one more must fill every gap. It ends with the sums of its blocks, and of
    these a sample is simulated again here.
    """

    def check(endless):
        cancel(store, endless.id)
        until(lambda: not get_run(store, endless.id).state.is_open)
        random = np.random.default_rng(0)
        for key, point in zip(endless.spec.point_keys(), endless.points, strict=True):
            rule = StoppingRule(10**12, (max(store.blocks(key)) + 2) * BLOCK_FRAMES)
            code = store.code(key.code_digest)
            run = request(store, [code], [point.decoder], [key.ebn0_db], rule, key.seed)
            until(lambda run=run: not get_run(store, run.id).state.is_open)
            (counts,) = counts_of(get_run(store, run.id))
            known = store.blocks(key)
            blocks = [known[index] for index in range(rule.max_frames // BLOCK_FRAMES)]
            assert counts == sum(blocks, ErrorCounts())
            decoder = build_decoder(point.decoder, code)
            for index in random.choice(len(blocks), min(len(blocks), BLOCKS_CHECKED), replace=False).tolist():
                assert blocks[index] == simulate_block(code, decoder, key.ebn0_db, key.seed, index)

    return check


@pytest.fixture
def grows(store, until):
    """Wait until every point of an endless run has gone beyond what was known of it."""

    def wait(run_id):
        before = [point.counts.frames for point in get_run(store, run_id).points]

        def beyond():
            points = get_run(store, run_id).points
            return all(point.counts.frames > frames for point, frames in zip(points, before, strict=True))

        until(beyond)

    return wait


def test_undisturbed_runs_finish_side_by_side(store, until, expected):
    first, second = ask(store, seed=0), ask(store, seed=1, decoders=("bp:5",))
    assert ensure_runner(store)
    assert not ensure_runner(store)
    until(lambda: not get_run(store, first.id).state.is_open and not get_run(store, second.id).state.is_open)
    assert counts_of(get_run(store, first.id)) == expected(NAMES, DECODERS, EBN0, RULE, seed=0)
    assert counts_of(get_run(store, second.id)) == expected(NAMES, ("bp:5",), EBN0, RULE, seed=1)
    process = psutil.Process(runner_pid(store.path))
    process.terminate()
    psutil.wait_procs([process], timeout=60)
    assert not runner_is_alive(store.path)


def test_kill_anything_at_any_time(store, parent, until, grows, undisturbed, monkeypatch):
    monkeypatch.delenv(WORKERS_VARIABLE)  # as many as cores
    first, second = (ask(store, seed, ("bp:5",), ENDLESS) for seed in range(2))
    assert ensure_runner(store)
    for run in (first, second):
        grows(run.id)
        assert get_run(store, run.id).state is RunState.RUNNING
    assert table.get_workers(store) == (CPU_COUNT, None)

    # A worker is killed, and replaced.
    process = psutil.Process(runner_pid(store.path))
    workers = set(started_by(process, "distributed.Worker"))
    assert len(workers) == CPU_COUNT
    workers.pop().kill()
    until(lambda: set(started_by(process, "distributed.Worker")) - workers)
    grows(second.id)

    # The scheduler is killed: it and its workers are replaced.
    (scheduler,) = started_by(process, "distributed.Scheduler")
    workers = started_by(process, "distributed.Worker")
    scheduler.kill()
    until(lambda: {*started_by(process, "distributed.Scheduler")} - {scheduler})
    for run in (first, second):
        grows(run.id)
        assert get_run(store, run.id).state is RunState.RUNNING
    assert not psutil.wait_procs(workers, timeout=30)[1]
    undisturbed(second)

    # The runner is killed; its workers do not outlive it, and the next runner goes on.
    started = process.children(recursive=True)
    process.kill()
    assert not psutil.wait_procs(started, timeout=30)[1]
    left = get_run(store, first.id)
    assert (left.state, left.rate) == (RunState.RUNNING, 0.0)
    assert ensure_runner(store, parent=parent.pid)
    grows(first.id)

    # Another connection cancels a run, and resumes it.
    with Store(store.path) as other:
        cancel(other, first.id)
        until(lambda: get_run(other, first.id).state is RunState.CANCELLED)
        assert resume(other, first.id).state is RunState.QUEUED
        grows(first.id)
    undisturbed(first)

    # The parent ends, and with it the runner, which puts its run back into the queue, and the workers.
    resume(store, first.id)
    grows(first.id)
    process = psutil.Process(runner_pid(store.path))
    started = [process, *process.children(recursive=True)]
    parent.kill()
    assert not psutil.wait_procs(started, timeout=30)[1]
    assert get_run(store, first.id).state is RunState.QUEUED
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


def test_a_bad_number_of_workers_fails_the_run(store, monkeypatch):
    monkeypatch.setenv(WORKERS_VARIABLE, "0")
    monkeypatch.setattr(runner, "IDLE_SECONDS", 0.0)
    run = ask(store, seed=0)
    runner.Runner(store, None, threading.Event()).serve()
    assert get_run(store, run.id).message == "SAP_WORKERS must be a whole number from 1 to 256, not '0'."


def test_as_many_workers_as_asked_for(store, monkeypatch, expected, until):
    monkeypatch.setenv(WORKERS_VARIABLE, str(CPU_COUNT + 1))
    run = ask(store, seed=0, decoders=("uncoded",))
    workers = Workers(store.path.with_suffix(".scheduler.json"))
    try:
        ours = started_by(psutil.Process(), "distributed.Worker")
        assert len(ours) == workers.count() == CPU_COUNT + 1
        finished = drive(store, run.id, workers.executor)
        niceness = min(19, psutil.Process().nice() + 10)  # pages come first
        until(lambda: all(one.nice() == niceness for one in ours))
    finally:
        workers.close()
    assert counts_of(finished) == expected(NAMES, ("uncoded",), EBN0, RULE)


def test_a_cluster_that_already_runs_is_joined(store, monkeypatch, expected):
    run = ask(store, seed=0, decoders=("uncoded",))
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as running:
        monkeypatch.setenv(SCHEDULER_VARIABLE, running.scheduler_address)
        workers = Workers(store.path.with_suffix(".scheduler.json"))
        assert workers.count() == 1
        assert workers.mend()
        finished = drive(store, run.id, workers.executor)
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
