import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sapcore.codes import LinearCode, find
from sapcore.errors import InputError
from sapcore.runs import RunSpec
from sapcore.simulation import StoppingRule

CODES = (find("Hamming(7,4)"), find("BCH(15,7)"))
RULE = StoppingRule(frame_errors=100, max_frames=10_000)


def spec(codes=CODES, decoders=("uncoded", "bp:5"), ebn0=(3.0, 4.0), rule=RULE, seed=0):
    return RunSpec.of(codes, decoders, ebn0, rule, seed)


def test_the_same_request_in_another_order_is_the_same_run():
    other = spec(CODES[::-1], ("bp:5", "uncoded", "bp:5"), (4, 3, 3.0))
    assert other.id == spec().id
    assert len(spec().id) == 16


@pytest.mark.parametrize(
    "other",
    [
        spec(codes=CODES[:1]),
        spec(decoders=("uncoded",)),
        spec(ebn0=(3.0, 4.5)),
        spec(rule=StoppingRule(frame_errors=101, max_frames=10_000)),
        spec(rule=StoppingRule(frame_errors=100, max_frames=10_000, relative_width=0.1)),
        spec(seed=1),
    ],
)
def test_another_request_is_another_run(other):
    assert other.id != spec().id


def test_points_go_curve_by_curve_with_rising_ebn0():
    points = list(spec(ebn0=(4.0, 3.0)).points())
    assert points[:3] == [(CODES[0].digest, *point) for point in (("uncoded", 3.0), ("uncoded", 4.0), ("bp:5", 3.0))]
    assert len(points) == 8


@given(
    st.lists(st.floats(-20, 40), min_size=1, max_size=5),
    st.integers(0, 2**63 - 1),
    st.none() | st.floats(0.01, 1),
)
def test_json_round_trip(ebn0, seed, width):
    original = spec(ebn0=tuple(ebn0), seed=seed, rule=StoppingRule(7, 9, width))
    assert RunSpec.from_json(original.to_json()) == original


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"codes": ()}, "at least one code"),
        ({"decoders": ()}, "at least one decoder"),
        ({"ebn0": ()}, "at least one Eb/N0"),
        ({"ebn0": (float("nan"),)}, "-20 to 40 dB"),
        ({"ebn0": (40.5,)}, "-20 to 40 dB"),
        ({"seed": -1}, "Seed -1"),
        ({"decoders": ("viterbi",)}, "viterbi"),
        ({"ebn0": tuple(i / 100 for i in range(600))}, "at most 2000"),
    ],
)
def test_unusable_requests(fields, sentence):
    with pytest.raises(InputError, match=sentence):
        spec(**fields)


def test_decoders_are_told_apart_by_digest():
    now = spec()
    before = RunSpec(now.codes, now.decoders, now.ebn0, now.rule, 0, ("a" * 16, *now.decoder_digests[1:]))
    assert before.id != now.id
    assert RunSpec.from_json(before.to_json()) == before
    now.check_decoders(CODES)
    with pytest.raises(InputError, match="uncoded is not the decoder it was"):
        before.check_decoders(CODES)


def test_a_request_for_a_decoder_that_is_gone_can_be_read():
    gone = RunSpec(tuple(code.digest for code in CODES), ("fecct:gone",), (3.0,), RULE, 0, ("a" * 16, "b" * 16))
    assert RunSpec.from_json(gone.to_json()) == gone
    assert [key.decoder_digest for key in gone.point_keys()] == ["a" * 16, "b" * 16]
    with pytest.raises(InputError, match="There is no decoder 'fecct:gone'"):
        gone.check_decoders(CODES)


def test_a_request_of_an_earlier_version_is_read():
    now = spec()
    fields = json.loads(now.to_json())
    fields["decoder_digests"] = list(now.decoder_digests[:2])  # one for each decoder, whatever the code
    assert RunSpec.from_json(json.dumps(fields)) == now


def test_what_no_decoder_can_decode_is_refused_before_there_is_a_run():
    chain = np.eye(1100, 2100, dtype=np.uint8) + np.eye(1100, 2100, k=1, dtype=np.uint8)
    long = LinearCode("long", "matrix file", np.delete(chain, np.flatnonzero(~chain.any(axis=0)), axis=1))
    for decoder, code in (("ml", find("BCH(127,64)")), ("fecct", long)):
        with pytest.raises(InputError, match=f"out of reach for {re.escape(code.name)}|decodes up to 2048"):
            RunSpec.of([find("Hamming(7,4)"), code], ["uncoded", decoder], [1.0], StoppingRule(9, 9))
