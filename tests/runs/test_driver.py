from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest

from sapcore.codes import LinearCode, find
from sapcore.errors import InputError
from sapcore.runs import (
    Priority,
    RunState,
    cancel,
    drive,
    get_run,
    pause,
    request,
    resume,
    set_priority,
    table,
    task,
)
from sapcore.runs.driver import Driver
from sapcore.simulation import StoppingRule, Store
from sapcore.variants import build_decoder

NAMES = ("Hamming(7,4)", "BCH(31,16)")
DECODERS = ("uncoded", "bp:5")
EBN0 = (2.0, 4.0)
RULE = StoppingRule(frame_errors=300, max_frames=6 * 1024)
ENDLESS = StoppingRule(frame_errors=10**9, max_frames=10**9)


def ask(store, rule=RULE, decoders=DECODERS, ebn0=EBN0, names=NAMES):
    return request(store, [find(name) for name in names], decoders, ebn0, rule)


class HereAndNow(Executor):
    """Runs a task when it is submitted; what comes before it may look on, or spoil the future."""

    def __init__(self, before=lambda future: None):
        self.before = before

    def submit(self, function, /, *arguments):
        future = Future()
        self.before(future)
        if not future.done():
            future.set_result(function(*arguments))
        return future


def test_counts_are_those_of_simulate_point(store, expected):
    with ThreadPoolExecutor(2) as threads:
        run = drive(store, ask(store).id, threads, task_limit=5)
    assert run.state is RunState.DONE
    assert [point.counts for point in run.points] == expected(NAMES, DECODERS, EBN0, RULE)
    assert all(point.done and point.rate is None for point in run.points)


def test_a_relative_width_is_reached(store, expected):
    rule = StoppingRule(frame_errors=10, max_frames=10**6, relative_width=0.15)
    run = drive(store, ask(store, rule, ("uncoded",), (3.0,), NAMES[:1]).id, HereAndNow())
    assert [point.counts for point in run.points] == expected(NAMES[:1], ("uncoded",), (3.0,), rule)
    low, high = run.points[0].counts.fer_interval
    assert high - low <= 0.15 * run.points[0].counts.fer


def test_all_points_grow_together(store):
    seen = []
    executor = HereAndNow(lambda future: seen.append(get_run(store, run.id)))
    run = ask(store, StoppingRule(10**9, 1024 * 4))
    drive(store, run.id, executor, task_limit=1)
    middle = seen[len(seen) // 2]
    assert all(point.counts.frames for point in middle.points)
    assert not any(point.done for point in seen[8].points)


def test_two_runs_progress_together_and_share_their_points(store, expected):
    first = ask(store, decoders=("uncoded",))
    second = ask(store, decoders=("uncoded", "bp:5"))
    blocks = []
    with Driver(store) as driver:
        driver.take(first.id)
        driver.take(second.id)
        halves = []
        while driver.active:
            driver.step(HereAndNow(lambda future: blocks.append(future)), task_limit=2)
            halves.append((get_run(store, first.id).frames, get_run(store, second.id).frames))
    assert any(0 < frames < halves[-1][0] and other for frames, other in halves)
    counts = expected(NAMES, ("uncoded", "bp:5"), EBN0, RULE)
    assert [point.counts for point in get_run(store, second.id).points] == counts
    assert [point.counts for point in get_run(store, first.id).points] == counts[:2] + counts[4:6]


@pytest.fixture
def asked_for(store, monkeypatch):
    """The codes of the tasks that a driver submits, in order."""
    codes = []

    def watched(key, code, decoder, indices):
        codes.append(code.name)
        return task.simulate_blocks(key, code, decoder, indices)

    monkeypatch.setattr("sapcore.runs.driver.simulate_blocks", watched)
    return codes


def test_the_highest_priority_gets_the_workers_first(store, asked_for, expected):
    rule = StoppingRule(10**9, 1024 * 3)
    low, normal, high = (
        request(store, [find(name)], ("uncoded",), (2.0, 4.0), rule, priority=priority)
        for name, priority in zip(("Hamming(7,4)", "BCH(31,16)", "Golay(24,12)"), Priority, strict=True)
    )
    with Driver(store) as driver:
        for run in (low, normal, high):
            driver.take(run.id)
        while driver.active:
            driver.step(HereAndNow(), task_limit=1)
    order = list(dict.fromkeys(asked_for))
    assert order == ["Golay(24,12)", "BCH(31,16)", "Hamming(7,4)"]
    assert asked_for == sorted(asked_for, key=order.index)
    counts = expected(("Hamming(7,4)",), ("uncoded",), (2.0, 4.0), rule)
    assert [point.counts for point in get_run(store, low.id).points] == counts


def test_equals_take_turns_and_a_change_is_noticed(store, asked_for):
    first, second = (ask(store, ENDLESS, ("uncoded",), (3.0,), (name,)) for name in NAMES)
    with Driver(store) as driver:
        driver.take(first.id)
        driver.take(second.id)
        for _ in range(4):
            driver.step(HereAndNow(), task_limit=1)
        assert asked_for == [*NAMES, *NAMES]
        set_priority(store, first.id, Priority.LOW)
        for _ in range(3):
            driver.step(HereAndNow(), task_limit=1)
        assert asked_for[4:] == [NAMES[1]] * 3


def test_no_worker_idles_while_a_lower_priority_has_work(store, asked_for):
    """The high run needs one task more, and there is room for four."""
    one_block = StoppingRule(10**9, 1024)
    high = request(store, [find(NAMES[0])], ("uncoded",), (3.0,), one_block, priority=Priority.HIGH)
    low = request(store, [find(NAMES[1])], ("uncoded",), (1.0, 2.0, 3.0, 4.0), ENDLESS, priority=Priority.LOW)
    with Driver(store) as driver:
        driver.take(low.id)
        driver.take(high.id)
        driver.step(HereAndNow(), task_limit=4)
    assert asked_for == [NAMES[0], *[NAMES[1]] * 3]


@pytest.mark.usefixtures("held")
def test_paused_in_the_middle_and_resumed(store, expected):
    run, other = ask(store), ask(store, ENDLESS)
    with Driver(store) as driver, ThreadPoolExecutor(2) as threads:
        driver.take(run.id)
        driver.take(other.id)
        while not get_run(store, run.id).frames:
            driver.step(threads, task_limit=2)
        assert pause(store, run.id).pausing
        driver.step(threads, task_limit=2)
        paused = get_run(store, run.id)
        assert (paused.state, paused.told, driver.active) == (RunState.PAUSED, None, (other.id,))
        assert all(point.rate is None for point in paused.points)
        before = get_run(store, other.id).frames
        while get_run(store, other.id).frames == before:
            driver.step(threads, task_limit=2)
    assert get_run(store, run.id) == paused
    assert resume(store, run.id).state is RunState.QUEUED
    finished = drive(store, run.id, HereAndNow())
    assert [point.counts for point in finished.points] == expected(NAMES, DECODERS, EBN0, RULE)


@pytest.mark.parametrize("tell", [cancel, pause])
def test_a_driver_lets_go_of_a_run_that_was_ended_behind_its_back(store, tell):
    """Nobody holds the lock of this store, so that the run is cancelled or paused at once."""
    run = ask(store, ENDLESS)
    ended = drive(store, run.id, HereAndNow(lambda future: tell(store, run.id)))
    assert ended.state is tell(store, run.id).state
    assert not ended.state.is_open


@pytest.mark.usefixtures("held")
def test_cancelled_from_another_store_object_and_resumed(store, expected):
    run = ask(store)

    def cancel_it(future):
        with Store(store.path) as other:
            if get_run(other, run.id).frames:
                cancel(other, run.id)

    stopped = drive(store, run.id, HereAndNow(cancel_it))
    assert (stopped.state, stopped.cancelling) == (RunState.CANCELLED, False)
    assert stopped.frames > 0
    assert stopped.points_done < len(stopped.points)
    assert resume(store, run.id).state is RunState.QUEUED
    finished = drive(store, run.id, HereAndNow())
    assert [point.counts for point in finished.points] == expected(NAMES, DECODERS, EBN0, RULE)


def test_finished_blocks_are_not_simulated_again(store):
    run = ask(store, StoppingRule(10**9, 1024 * 3))
    drive(store, run.id, HereAndNow())
    tasks = []
    more = ask(store, StoppingRule(10**9, 1024 * 4))
    drive(store, more.id, HereAndNow(lambda future: tasks.append(future)))
    assert len(tasks) == len(more.points)


@pytest.fixture
def no_ml(monkeypatch):
    """Workers that cannot build `ml`."""

    def build(spec, code):
        if spec == "ml":
            raise InputError(f"There is no ml for {code.name} here.")
        return build_decoder(spec, code)

    monkeypatch.setattr("sapcore.runs.task.build_decoder", build)
    task._built.cache_clear()


@pytest.mark.usefixtures("no_ml")
def test_a_failing_block_fails_the_run_with_a_sentence(store):
    with ThreadPoolExecutor(1) as threads:
        run = drive(store, ask(store, decoders=("ml",), names=("BCH(15,7)",)).id, threads)
    assert run.state is RunState.FAILED
    assert run.message.startswith("Measuring ml on BCH(15,7) at 2 dB failed: ")
    assert "\n" not in run.message


def test_an_unforeseen_error_fails_the_run_with_its_kind(store):
    spoil = HereAndNow(lambda future: future.set_exception(MemoryError("no room\nfor details")))
    run = drive(store, ask(store).id, spoil)
    assert run.state is RunState.FAILED
    assert run.message.endswith("failed: MemoryError: no room")


@pytest.mark.usefixtures("no_ml")
def test_only_the_runs_that_want_the_failing_point_fail(store):
    bad = ask(store, decoders=("ml",), names=("BCH(15,7)",))
    good = ask(store)
    with Driver(store) as driver, ThreadPoolExecutor(1) as threads:
        driver.take(bad.id)
        driver.take(good.id)
        while driver.active:
            driver.step(threads, task_limit=2)
    assert get_run(store, bad.id).state is RunState.FAILED
    assert get_run(store, good.id).state is RunState.DONE


def test_tasks_lost_with_their_scheduler_are_submitted_again(store, expected):
    losses = iter([True, False, True, True, False])

    def lose(future):
        if next(losses, False):
            future.cancel()
            future.set_running_or_notify_cancel()

    run = drive(store, ask(store).id, HereAndNow(lose))
    assert [point.counts for point in run.points] == expected(NAMES, DECODERS, EBN0, RULE)


def test_an_error_in_the_driver_is_not_silent(store):
    class Broken(Executor):
        def submit(self, function, /, *arguments):
            raise RuntimeError("closed")

    run = ask(store)
    with pytest.raises(RuntimeError):
        drive(store, run.id, Broken())
    assert get_run(store, run.id).message == "The run stopped on an error: RuntimeError: closed"


def test_a_driver_that_is_left_puts_its_runs_back_into_the_queue(store):
    run = ask(store, ENDLESS)
    with Driver(store) as driver:
        driver.take(run.id)
        driver.step(HereAndNow(), task_limit=2)
        assert get_run(store, run.id).state is RunState.RUNNING
    assert get_run(store, run.id).state is RunState.QUEUED
    assert table.open_runs(store) == [run.id]


def test_tasks_of_a_lost_executor_are_submitted_to_the_next_one(store, expected):
    class Lost(Executor):
        def submit(self, function, /, *arguments):
            return Future()

    run = ask(store)
    with Driver(store) as driver:
        driver.take(run.id)
        driver.step(Lost(), task_limit=6, timeout=0)
        driver.abandon_tasks()
        while driver.active:
            driver.step(HereAndNow(), task_limit=2)
    assert [point.counts for point in get_run(store, run.id).points] == expected(NAMES, DECODERS, EBN0, RULE)


def test_progress_is_written_with_the_blocks(store, monkeypatch):
    """A runner killed at any moment leaves counts that are those of its blocks."""
    run = ask(store)

    def fail(*arguments):
        raise MemoryError

    monkeypatch.setattr(table, "put_progress", fail)
    driver = Driver(store)
    with pytest.raises(MemoryError):
        driver.take(run.id)
    assert get_run(store, run.id).state is RunState.QUEUED
    monkeypatch.undo()
    driver.take(run.id)
    monkeypatch.setattr(table, "put_progress", fail)
    with pytest.raises(MemoryError):
        driver.step(HereAndNow(), task_limit=1)
    assert not any(store.blocks(key) for key in run.spec.point_keys())
    assert get_run(store, run.id).frames == 0


@pytest.mark.usefixtures("no_ml")
def test_a_failure_names_the_code_as_the_run_does(store):
    code = find("BCH(15,7)")
    run = request(store, [LinearCode("mine", "matrix file", code.parity_check)], ("ml",), (2.0,), RULE)
    with ThreadPoolExecutor(1) as threads:
        assert drive(store, run.id, threads).message.startswith("Measuring ml on mine at 2 dB failed: ")
