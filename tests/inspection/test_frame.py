"""A frame of the page is the frame of the simulator."""

from __future__ import annotations

import numpy as np
import pytest

from sapcore.channel import noise_sigma
from sapcore.codes import find
from sapcore.decoders import identity_digest
from sapcore.errors import InputError
from sapcore.inspection import FrameSource, bit_names, parse_bits
from sapcore.simulation import BLOCK_FRAMES, simulate_block

CODE = find("Hamming(7,4)")


class Recorder:
    """Keeps what the simulator hands it, and decides nothing."""

    digest = identity_digest("recorder")

    def __init__(self) -> None:
        self.code = CODE
        self.seen: list[np.ndarray] = []

    def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
        self.seen.append(received.copy())
        assert sigma == noise_sigma(2.5, CODE.rate)
        return (received < 0).astype(np.uint8)


def test_frame_i_is_what_a_run_of_this_seed_decodes_at_place_i() -> None:
    recorder = Recorder()
    counts = [simulate_block(CODE, recorder, 2.5, 11, block) for block in (0, 1)]
    source = FrameSource(CODE, 2.5, 11)
    seen = np.concatenate(recorder.seen)
    for index in (0, 8, BLOCK_FRAMES - 1, BLOCK_FRAMES, 2 * BLOCK_FRAMES - 1):
        frame = source.frame(index)
        assert np.array_equal(frame.received, seen[index])
        assert np.array_equal(frame.hard_decision, seen[index] < 0)
        assert np.array_equal(frame.syndrome, CODE.syndrome(frame.hard_decision))
    wrong = [source.frame(index).wrong.sum() for index in range(BLOCK_FRAMES)]
    assert (sum(wrong), np.count_nonzero(wrong)) == (counts[0].bit_errors, counts[0].frame_errors)
    assert not CODE.syndrome(source.frame(3).codeword).any()


def test_a_range_of_frames_may_cross_blocks() -> None:
    source = FrameSource(CODE, 2.5, 11, flipped=(2,))
    codewords, received = source.frames(BLOCK_FRAMES - 2, BLOCK_FRAMES + 3)
    for place, index in enumerate(range(BLOCK_FRAMES - 2, BLOCK_FRAMES + 3)):
        frame = source.frame(index)
        assert np.array_equal(frame.codeword, codewords[place])
        assert np.array_equal(frame.received, received[place])


def test_flipped_bits_have_the_other_sign() -> None:
    plain, flipped = FrameSource(CODE, 4.0, 0).frame(5), FrameSource(CODE, 4.0, 0, flipped=(0, 6)).frame(5)
    assert np.array_equal(flipped.received, plain.received * [-1, 1, 1, 1, 1, 1, -1])
    assert np.array_equal(flipped.wrong != plain.wrong, [True, False, False, False, False, False, True])
    assert np.array_equal(flipped.codeword, plain.codeword)


def test_the_squared_distance_is_to_the_symbols_of_a_word() -> None:
    frame = FrameSource(CODE, 4.0, 0).frame(1)
    symbols = np.where(frame.codeword == 1, -1.0, 1.0)
    assert frame.squared_distance(frame.codeword) == pytest.approx(np.sum((frame.received - symbols) ** 2))


def test_what_is_no_frame_is_refused() -> None:
    for wrong in ({"flipped": (7,)}, {"flipped": (-1,)}, {"seed": -1}, {"ebn0_db": float("nan")}):
        with pytest.raises(InputError):
            FrameSource(**{"code": CODE, "ebn0_db": 3.0, "seed": 0} | wrong)
    with pytest.raises(InputError):
        FrameSource(CODE, 3.0, 0).frame(-1)


@pytest.mark.parametrize(
    ("text", "bits"),
    [("", ()), (" , ", ()), ("3, 17", (2, 16)), ("v17 V3", (2, 16)), ("31;1", (0, 30)), ("07,", (6,))],
)
def test_bits_are_read_by_their_numbers(text: str, bits: tuple[int, ...]) -> None:
    assert parse_bits(text, 31) == bits
    assert parse_bits(bit_names(bits), 31) == bits


@pytest.mark.parametrize("text", ["0", "32", "v", "c3", "3.5", "-1", "3 x", "1e1", "９", "9999999", "x" * 400])
def test_what_is_no_bit_is_named_with_what_is_allowed(text: str) -> None:
    with pytest.raises(InputError, match="names no bit; write numbers from 1 to 31"):
        parse_bits(text, 31)


def test_a_bit_named_twice_is_one_sentence() -> None:
    with pytest.raises(InputError, match="Bit 3 is named twice"):
        parse_bits("3, v3", 31)
