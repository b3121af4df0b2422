"""Decisions, the nearest codeword, and the search for frames."""

from __future__ import annotations

import numpy as np
import pytest

from sapcore.codes import LinearCode, find
from sapcore.decoders import MaximumLikelihood, Uncoded
from sapcore.inspection import (
    Decision,
    FrameSource,
    frames_searched,
    nearest_word_decoder,
    next_different,
    next_in_error,
)
from sapcore.variants import build_decoder

CODE = find("Hamming(7,4)")
WORDS = CODE.encode((np.arange(16)[:, None] >> np.arange(4)) & 1)


def outcomes(source: FrameSource, spec: str, count: int) -> list[np.ndarray]:
    decoder = build_decoder(spec, CODE)
    return [Decision.of(decoder, source.frame(index)).bits for index in range(count)]


def test_a_decision_is_judged_against_the_word_sent_and_the_nearest_one() -> None:
    source, ml = FrameSource(CODE, 0.0, 3), MaximumLikelihood(CODE)
    seen = set()
    for index in range(60):
        frame = source.frame(index)
        decision, hard = Decision.of(ml, frame), Decision(frame, frame.hard_decision)
        distances = [frame.squared_distance(word) for word in WORDS]
        assert decision.squared_distance == pytest.approx(min(distances))
        assert decision.is_codeword and np.array_equal(hard.wrong, frame.wrong)
        assert hard.is_codeword == (not frame.syndrome.any())
        assert decision.is_right == np.array_equal(decision.bits, frame.codeword)
        assert decision.beats_the_sent_word == (not decision.is_right)
        assert not Decision(frame, frame.codeword).beats_the_sent_word
        seen.add(decision.is_right)
    assert seen == {True, False}


@pytest.mark.parametrize(("name", "spec"), [("Golay(24,12)", "ml"), ("BCH(63,45)", "osd:2")])
def test_the_nearest_word_is_exact_where_that_is_within_reach(name: str, spec: str) -> None:
    found, decoder = nearest_word_decoder(find(name))
    assert found == spec and decoder.code.name == name


def test_there_may_be_no_decoder_for_the_nearest_word() -> None:
    H = np.zeros((300, 2100), dtype=np.uint8)
    H[np.arange(2100) % 300, np.arange(2100)] = 1
    H[np.arange(2100) * 7 % 299, np.arange(2100)] = 1
    assert nearest_word_decoder(LinearCode("long", "test", H)) is None


@pytest.mark.parametrize("flipped", [(), (1, 4)])
def test_the_search_finds_the_first_frame_onward(flipped: tuple[int, ...]) -> None:
    source = FrameSource(CODE, 4.0, 5, flipped)
    ml, uncoded = (outcomes(source, spec, 200) for spec in ("ml", "uncoded"))
    sent = [source.frame(index).codeword for index in range(200)]
    wrong = [index for index in range(200) if (ml[index] != sent[index]).any()]
    different = [index for index in range(200) if (ml[index] != uncoded[index]).any()]
    decoders = MaximumLikelihood(CODE), Uncoded(CODE)
    for after in (0, wrong[0] - 1, wrong[0], 90):
        assert next_in_error(source, decoders[0], after) == next(index for index in wrong if index > after)
        assert next_different(source, *decoders, after) == next(index for index in different if index > after)


def test_the_search_ends_after_a_block() -> None:
    source, ml = FrameSource(CODE, 12.0, 0), MaximumLikelihood(CODE)
    judged = []

    class Counting(MaximumLikelihood):
        def decode(self, received: np.ndarray, sigma: float) -> np.ndarray:
            judged.append(len(received))
            return super().decode(received, sigma)

    assert next_in_error(source, Counting(CODE), 100) is None
    assert sum(judged) == frames_searched(CODE) == 1024
    assert next_different(source, ml, ml, 100) is None


def test_of_a_large_graph_fewer_frames_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sapcore.inspection.search.MOST_PAIRS", 100 * 10**2 + 1)
    source = FrameSource(CODE, 12.0, 0)
    assert frames_searched(CODE) == 100
    beyond = next_different(FrameSource(CODE, 4.0, 5), MaximumLikelihood(CODE), Uncoded(CODE), 0)
    assert beyond is not None and beyond <= 100
    assert next_in_error(source, MaximumLikelihood(CODE), 0) is None
    assert frames_searched(find("WiFi(648,324)")) == 1
