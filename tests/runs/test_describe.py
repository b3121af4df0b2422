import math

import pytest

from sapcore.codes import find
from sapcore.runs import RunState, get_run, request
from sapcore.runs.describe import duration, label, point_row, progress
from sapcore.runs.table import put_rates, set_state
from sapcore.simulation import ErrorCounts, StoppingRule

CODE = find("Hamming(7,4)")
RULE = StoppingRule(frame_errors=100, max_frames=10_240)


def ask(store, ebn0=(3.0, 4.5)):
    return request(store, [CODE, find("Hamming(7,4)-r")], ["uncoded", "bp:5"], ebn0, RULE, seed=7)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (600, "10 min"), (5399, "90 min"), (5401, "1.5 h")],
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_label(store):
    assert label(ask(store)) == "Hamming(7,4), Hamming(7,4)-r under uncoded, bp:5, 3 to 4.5 dB, seed 7"
    assert label(ask(store, (3.0,))).endswith("bp:5, 3 dB, seed 7")


@pytest.mark.usefixtures("held")
def test_progress(store):
    run = request(store, [CODE], ["uncoded"], [3.0], RULE)
    assert progress(run) == "0 of 1 points done, 0 frames"
    set_state(store, run.id, RunState.RUNNING)
    begun = "0 of 1 points done, 0 frames, the first blocks of 1,024 frames are under way"
    assert progress(get_run(store, run.id)) == begun
    set_state(store, run.id, RunState.QUEUED)
    store.add(next(run.spec.point_keys()), 0, ErrorCounts(1024, 0, 7168, 0, 0), 0.5)
    run = request(store, [CODE], ["uncoded"], [3.0], RULE)
    assert progress(run) == "0 of 1 points done, 1,024 frames"
    set_state(store, run.id, RunState.RUNNING)
    put_rates(store, run.id, [(0, 1024.0)])
    assert progress(get_run(store, run.id)) == "0 of 1 points done, 1,024 frames, 1,024 frames/s, about 9 s left"


def test_point_row(store):
    run = ask(store)
    counts = ErrorCounts(1024, 100, 7168, 200, 400)
    store.add(next(run.spec.point_keys()), 0, counts, 0.5)
    measured, empty, *_ = ask(store).points
    row = point_row(measured)
    assert list(row) == [
        "code", "decoder", "ebn0", "frames", "frame_errors", "bits", "bit_errors",
        "fer", "fer_low", "fer_high", "ber", "ber_low", "ber_high", "seconds",
    ]  # fmt: skip
    assert (row["code"], row["decoder"], row["ebn0"], row["seconds"]) == ("Hamming(7,4)", "uncoded", 3.0, 0.5)
    assert (row["fer"], (row["fer_low"], row["fer_high"])) == (100 / 1024, counts.fer_interval)
    assert (row["ber"], (row["ber_low"], row["ber_high"])) == (200 / 7168, counts.ber_interval)
    assert point_row(measured, seed=7) == row | {
        "seed": 7,
        "code_digest": CODE.digest,
        "decoder_digest": measured.decoder_digest,
    }
    rates = [value for name, value in point_row(empty).items() if name.startswith(("fer", "ber"))]
    assert len(rates) == 6
    assert all(map(math.isnan, rates))
