"""Recoveries in processes of their own."""

import fcntl
import json
import os
import time

import pytest

from sapcore.codes import LinearCode, find
from sapcore.errors import InputError
from sapcore.pruning.masks import mask_source
from sapcore.recovery import background
from sapcore.recovery.adapter import adapter_card, adapter_cards, find_adapter
from sapcore.recovery.background import RecoveryRequest, recovery_run, recovery_runs, start, stop

CODE = find("Hamming(7,4)")
DEADLINE_SECONDS = 180


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    return tmp_path


def ask(steps, code=CODE, how="sap", seed=0):
    return RecoveryRequest(code.name, code.digest, how, 0.75, "base", 2, steps, seed)


def until(run_id, condition):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition(run := recovery_run(run_id)):
        assert time.monotonic() < deadline, run
        time.sleep(0.05)
    return run


def test_it_makes_the_adapter_that_its_request_names():
    own = LinearCode("my own", "matrix file", CODE.parity_check[:, ::-1])
    run_id = start(ask(3, own), own)
    run = until(run_id, lambda run: run.state != "running")
    assert (run.state, run.message, len(run.losses)) == ("done", None, 3)
    source = mask_source()
    folder = find_adapter("base", source.mask("sap", own, 0.75).digest, own.digest)
    card = adapter_card(folder)
    assert card["code"] == "my own" and card["recipe"]["rank"] == 2
    assert card["loss_first"] == pytest.approx(run.losses[0], rel=1e-5)
    assert [(one["digest"], one["ships"]) for one in adapter_cards("base") if not one["ships"]] == [
        (card["digest"], False)
    ]
    assert [one.request for one in recovery_runs()] == [ask(3, own)]


def test_it_is_stopped_and_can_be_begun_again():
    request = ask(100_000)
    run_id = start(request, CODE)
    until(run_id, lambda run: len(run.losses) > 2)
    assert start(request, CODE) == run_id  # it runs already
    stop(run_id)
    assert until(run_id, lambda run: run.state != "running").state == "stopped"
    start(request, CODE)
    assert until(run_id, lambda run: run.losses).state == "running"
    stop(run_id)
    until(run_id, lambda run: run.state != "running")


def test_those_who_look_are_not_taken_for_one_who_works(data):
    folder = background._folder("abc123")
    folder.mkdir(parents=True)
    assert not background._is_held(folder)  # nobody has ever held it
    os.close(background._hold(folder))
    with (folder / "lock").open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert not background._is_held(folder)
    held = background._hold(folder)
    assert background._is_held(folder) and background._hold(folder) is None
    os.close(held)


def test_what_goes_wrong_is_one_sentence(data):
    run_id = start(ask(3, how="best"), CODE)
    run = until(run_id, lambda run: run.state != "running")
    assert run.state == "failed"
    assert run.message.startswith("There is no way 'best'")

    killed = background._folder("abc123")
    killed.mkdir(parents=True)
    (killed / "request.json").write_text(json.dumps(ask(3).__dict__))
    assert recovery_run("abc123").state == "failed"
    assert "ended without a word" in recovery_run("abc123").message

    (killed / "request.json").write_text("{")
    for run_id in ("abc123", "none", "../abc123", ""):
        with pytest.raises(InputError, match="There is no recovery"):
            recovery_run(run_id)
    assert len(recovery_runs()) == 1
