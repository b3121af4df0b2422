import os
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from sapcore.codes import LinearCode, find
from sapcore.decoders.backbones import save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.runs import (
    Priority,
    RunSpec,
    RunState,
    cancel,
    drive,
    get_run,
    list_runs,
    lock,
    pause,
    request,
    resume,
    set_priority,
    submit,
)
from sapcore.runs.describe import label
from sapcore.runs.table import get_workers, obey, open_runs, put_rates, put_workers, set_state, steering
from sapcore.simulation import BlockResult, ErrorCounts, StoppingRule, Store, simulate_point
from sapcore.variants import build_decoder

CODE = find("Hamming(7,4)")
OWN = LinearCode("mine", "matrix file", CODE.parity_check)
RULE = StoppingRule(frame_errors=100, max_frames=10_000)
ENOUGH = ErrorCounts(1024, 100, 7168, 200, 400)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A user's backbone "own": call it with a seed to give it other weights; the path of its card."""
    monkeypatch.setenv("SAP_DATA", str(tmp_path))

    def train(seed):
        torch.manual_seed(seed)
        save_backbone(tmp_path / "backbones", "own", Fecct(FecctConfig(1, 8, 2)), {"codes": []})
        return tmp_path / "backbones" / "own.json"

    train(1)
    return train


def fill(store, run):
    """Put into the store what the points of a run lack."""
    for key in run.spec.point_keys():
        store.add(key, 0, ENOUGH, 0.5)


def ask(store, decoders=("uncoded",), ebn0=(3.0,)):
    return request(store, [CODE], decoders, ebn0, RULE)


def test_a_store_without_runs(store):
    assert list_runs(store) == []
    assert open_runs(store) == []
    assert steering(store) == {}


def test_a_request_is_queued_once(store):
    first = ask(store, ("bp:5", "uncoded"), (4, 3))
    assert first.state is RunState.QUEUED
    assert [(point.code_name, point.decoder, point.ebn0_db) for point in first.points] == [
        ("Hamming(7,4)", "bp:5", 3.0),
        ("Hamming(7,4)", "bp:5", 4.0),
        ("Hamming(7,4)", "uncoded", 3.0),
        ("Hamming(7,4)", "uncoded", 4.0),
    ]
    again = ask(store, ("uncoded", "bp:5"), (3, 4))
    assert again.id == first.id
    assert [run.id for run in list_runs(store)] == [first.id]
    assert open_runs(store) == [first.id]


def test_another_process_sees_it(store):
    run = ask(store)
    with Store(store.path) as other:
        assert get_run(other, run.id) == run
        assert get_run(other, run.id[:6]) == run


@pytest.mark.parametrize("run_id", ["", "nothing", "%", "_"])
def test_unknown_runs(store, run_id):
    ask(store)
    for function in (get_run, cancel, pause, resume, lambda *run: set_priority(*run, Priority.LOW)):
        with pytest.raises(InputError, match="No run"):
            function(store, run_id)


def test_an_ambiguous_id(store):
    ids = [ask(store, ebn0=(db / 10,)).id for db in range(20)]  # more ids than first digits
    shared = next(run_id[0] for run_id in ids if sum(other[0] == run_id[0] for other in ids) > 1)
    with pytest.raises(InputError, match="More than one run"):
        get_run(store, shared)


def test_a_code_must_be_in_the_store(store):
    with pytest.raises(InputError, match=CODE.digest):
        submit(store, RunSpec.of([CODE], ["uncoded"], [3.0], RULE))
    assert list_runs(store) == []


def test_what_the_store_holds_already_is_done_at_once(store):
    counts = simulate_point(CODE, build_decoder("uncoded", CODE), 3.0, RULE, store=store)
    run = ask(store)
    assert run.state is RunState.DONE
    assert (run.points[0].counts, run.points[0].done, run.fraction, run.seconds_left) == (counts, True, 1.0, 0.0)
    assert run.points[0].seconds > 0
    key = next(run.spec.point_keys())
    store.add_many(key, [BlockResult(index, ErrorCounts(1024, 0, 1024 * 7, 0, 0), 1000.0) for index in range(50, 60)])
    assert ask(store).points[0].seconds == run.points[0].seconds  # those of blocks beyond the rule are not its own


def test_without_a_runner_a_run_is_cancelled_at_once(store):
    run = cancel(store, ask(store).id)
    assert (run.state, run.cancelling) == (RunState.CANCELLED, False)
    assert ask(store).state is RunState.QUEUED  # asking again goes on


@pytest.mark.usefixtures("held")
def test_with_a_runner_it_is_for_the_runner_to_obey(store):
    run = cancel(store, ask(store).id)
    assert (run.state, run.cancelling, run.pausing) == (RunState.QUEUED, True, False)
    assert steering(store) == {run.id: (True, Priority.NORMAL)}
    assert obey(store, run.id)
    assert get_run(store, run.id).state is RunState.CANCELLED
    assert not obey(store, run.id)


@pytest.mark.usefixtures("held")
def test_a_cancellation_can_be_taken_back(store):
    run = cancel(store, ask(store).id)
    assert not resume(store, run.id).cancelling
    assert not obey(store, run.id)
    assert get_run(store, run.id).state is RunState.QUEUED


def test_without_a_runner_a_run_is_paused_at_once(store):
    run = ask(store)
    paused = pause(store, run.id)
    assert (paused.state, paused.told, paused.state.is_open) == (RunState.PAUSED, None, False)
    assert (open_runs(store), steering(store)) == ([], {})
    assert resume(store, run.id) == run
    pause(store, run.id)
    assert ask(store) == run  # asking again goes on


@pytest.mark.usefixtures("held")
def test_a_pause_is_for_the_runner_to_obey(store):
    run = pause(store, ask(store).id)
    assert (run.state, run.pausing, run.cancelling) == (RunState.QUEUED, True, False)
    set_state(store, run.id, RunState.RUNNING)
    assert obey(store, run.id)
    assert get_run(store, run.id).state is RunState.PAUSED
    assert not obey(store, run.id)
    pause(store, resume(store, run.id).id)
    assert not resume(store, run.id).pausing
    assert not obey(store, run.id)
    assert get_run(store, run.id).state is RunState.QUEUED


@pytest.mark.usefixtures("held")
def test_of_a_pause_and_a_cancellation_the_last_holds(store):
    run = ask(store)
    pause(store, run.id)
    assert cancel(store, run.id).cancelling
    assert pause(store, run.id).pausing
    obey(store, run.id)
    assert cancel(store, run.id).state is RunState.CANCELLED  # nobody works on it, so at once
    assert pause(store, run.id).state is RunState.CANCELLED


def test_a_paused_run_keeps_its_place(store):
    runs = [ask(store, ebn0=(db,)) for db in (1.0, 2.0, 3.0)]
    pause(store, runs[0].id)
    assert open_runs(store) == [run.id for run in runs[1:]]
    resume(store, runs[0].id)
    assert open_runs(store) == [run.id for run in runs]


def test_priorities(store):
    run = ask(store)
    assert run.priority is Priority.NORMAL
    assert set_priority(store, run.id[:8], Priority.HIGH).priority is Priority.HIGH
    assert ask(store).priority is Priority.HIGH  # said nothing of it
    low = request(store, [CODE], ["uncoded"], [3.0], RULE, priority=Priority.LOW)
    assert (low.id, low.priority) == (run.id, Priority.LOW)
    assert steering(store) == {run.id: (False, Priority.LOW)}
    assert [str(priority) for priority in Priority] == ["low", "normal", "high"]
    assert [Priority.parse(str(priority)) for priority in Priority] == list(Priority)
    with pytest.raises(InputError, match="no priority 'urgent'; there are low, normal, high"):
        Priority.parse("urgent")


@pytest.mark.parametrize("state", [RunState.DONE, RunState.FAILED])
@pytest.mark.parametrize("tell", [cancel, pause])
def test_a_run_that_has_ended_is_not_stopped(store, state, tell):
    run = ask(store)
    set_state(store, run.id, state, "why")
    assert tell(store, run.id).state is state
    set_state(store, run.id, RunState.RUNNING)
    assert get_run(store, run.id).state is state


def test_a_failed_run_says_why_until_it_is_resumed(store):
    run = ask(store)
    set_state(store, run.id, RunState.FAILED, "The reason.")
    assert get_run(store, run.id).message == "The reason."
    resumed = resume(store, run.id)
    assert (resumed.state, resumed.message) == (RunState.QUEUED, None)


@pytest.mark.usefixtures("held")
def test_progress_and_the_time_left(store):
    decoder = build_decoder("uncoded", CODE)
    simulate_point(CODE, decoder, 3.0, RULE, store=store)
    simulate_point(CODE, decoder, 9.0, StoppingRule(1, 2048), store=store)
    run = ask(store, ebn0=(3.0, 9.0))
    assert (run.points_done, run.seconds_left, run.rate) == (1, None, 0.0)
    set_state(store, run.id, RunState.RUNNING)
    put_rates(store, run.id, [(1, 1000.0)])
    run = get_run(store, run.id)
    assert run.rate == 1000.0
    assert run.points[1].counts.frames == 2048
    assert 0 < run.points[1].fraction < 1
    assert run.seconds_left == run.points[1].seconds_left == pytest.approx((10_000 - 2048) / 1000)


@pytest.mark.usefixtures("held")
def test_rates_of_a_run_that_is_worked_on(store):
    run = ask(store)
    set_state(store, run.id, RunState.RUNNING)
    put_rates(store, run.id, [(0, 500.0)])
    assert get_run(store, run.id).rate == 500.0
    set_state(store, run.id, RunState.RUNNING)  # taken up by the next runner
    assert get_run(store, run.id).points[0].rate is None


def test_rates_left_by_a_killed_runner_are_not_shown(store):
    run = ask(store)
    set_state(store, run.id, RunState.RUNNING)
    put_rates(store, run.id, [(0, 500.0)])
    (run,) = list_runs(store)
    assert (run.state, run.rate, run.points[0].rate, run.seconds_left) == (RunState.RUNNING, 0.0, None, None)


def test_workers_are_known_while_their_runner_lives(store):
    assert get_workers(store) is None
    put_workers(store, 2)
    assert get_workers(store) is None
    held = lock.acquire(store.path)
    try:
        assert get_workers(store) == (2, None)
        put_workers(store, 4, "tcp://there:8786")
        assert get_workers(store) == (4, "tcp://there:8786")
        put_workers(store, None)
        assert get_workers(store) is None
    finally:
        os.close(held)


def test_listing_reads_no_block_and_builds_no_code(store, monkeypatch):
    simulate_point(CODE, build_decoder("uncoded", CODE), 3.0, RULE, store=store)
    runs = [ask(store, ebn0=(3.0, 4.0)), ask(store)]

    def fail(*arguments):
        raise AssertionError

    for name in ("code", "point", "blocks", "seconds"):
        monkeypatch.setattr(Store, name, fail)
    monkeypatch.setattr("sapcore.runs.spec.decoder_digest", fail)
    assert list_runs(store) == runs[::-1]
    assert get_run(store, runs[0].id) == runs[0]


@pytest.mark.parametrize("change", ["deleted", "damaged", "trained anew"])
def test_a_run_outlives_its_decoder(store, own, change):
    done = ask(store, ("fecct:own",))
    fill(store, done)
    done = resume(store, done.id)
    waiting = ask(store, ("fecct:own",), (4.0,))
    assert (done.state, waiting.state) == (RunState.DONE, RunState.QUEUED)
    if change == "deleted":
        own(1).unlink()
    elif change == "damaged":
        own(1).write_text("{")
    else:
        own(2)

    assert list_runs(store) == [waiting, done]
    assert resume(store, done.id) == done
    assert resume(store, waiting.id) == waiting
    with ThreadPoolExecutor(1) as executor:
        failed = drive(store, waiting.id, executor)
    sentence = {
        "deleted": "There is no decoder 'fecct:own'; there is fecct, or fecct:BACKBONE ",
        "damaged": "The card of backbone 'own' (",
        "trained anew": "fecct:own is not the decoder it was when this was asked for; ask for it anew.",
    }[change]
    assert failed.state is RunState.FAILED
    assert failed.message.startswith(sentence)
    assert "\n" not in failed.message
    with pytest.raises(InputError):
        submit(store, done.spec)


def test_the_same_request_with_another_backbone_is_another_run(store, own):
    first = ask(store, ("fecct:own",))
    fill(store, first)
    first = resume(store, first.id)
    own(2)
    second = ask(store, ("fecct:own",))
    assert second.id != first.id
    assert (second.state, second.frames) == (RunState.QUEUED, 0)
    assert [point.decoder_digest for point in first.points] != [point.decoder_digest for point in second.points]
    own(1)
    assert ask(store, ("fecct:own",)) == first == get_run(store, first.id)


def test_a_code_is_called_what_it_was_called_in_the_request(store):
    store.put_code(OWN)
    run = ask(store)
    assert label(run).startswith("Hamming(7,4) under")
    assert run.codes == (CODE,)
    assert run.codes[0].family == "Hamming"
    assert store.code(CODE.digest) == CODE

    again = request(store, [OWN], ["uncoded"], [3.0], RULE)
    assert again.id == run.id
    assert label(again).startswith("mine under")
    assert again.codes == (OWN,)
    assert again.codes[0].family == "matrix file"
    assert [point.code_name for point in ask(store).points] == ["Hamming(7,4)"]


def test_a_code_asked_for_twice_has_its_first_name(store):
    run = request(store, [OWN, CODE], ["uncoded"], [3.0], RULE)
    assert run.code_names == {CODE.digest: "mine"}


def test_the_codes_of_a_request_by_digest_have_the_names_of_the_store(store):
    store.put_code(OWN)
    store.put_code(CODE)
    assert submit(store, RunSpec.of([CODE], ["uncoded"], [3.0], RULE)).codes == (CODE,)
