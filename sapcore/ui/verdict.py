"""One frame and what was decided of it, in sentences and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sapcore.inspection import Decision, Frame, FrameSource, bit_names

MOST_NAMED = 12
NEAREST_NAMES = {"ml": "ML", "osd:2": "OSD-2"}


@dataclass(frozen=True)
class Verdicts:
    """A frame and the words decided for it.

    Attributes:
        source: of the frame.
        index: of the frame.
        frame: itself.
        networks: decisions of the two networks by their letter, "A" and "B".
        specs: of the two networks by letter.
        nearest: spec and decision of the decoder that finds the nearest codeword, None where none is in reach.
    """

    source: FrameSource
    index: int
    frame: Frame
    networks: Mapping[str, Decision]
    specs: Mapping[str, str]
    nearest: tuple[str, Decision] | None

    @property
    def decisions(self) -> dict[str, Decision]:
        """All decisions by a short name."""
        if self.nearest is None:
            return dict(self.networks)
        spec, decision = self.nearest
        return {**self.networks, NEAREST_NAMES[spec]: decision}

    def arrival(self) -> str:
        """Of the frame as it arrived."""
        frame, source = self.frame, self.source
        unsatisfied = int(frame.syndrome.sum())
        wrong = f"with the wrong sign in {_some(frame.wrong)}" if frame.wrong.any() else "with every sign right"
        checks = f"{unsatisfied} of {frame.code.rows} checks are not satisfied" if unsatisfied else "no check fails"
        noise = f"{source.ebn0_db:g} dB (σ = {frame.sigma:.3f})"
        text = f"Frame {self.index} of seed {source.seed} at {noise} arrives {wrong}; {checks}."
        if source.flipped:
            text += f" Signs changed by hand: {bit_names(source.flipped, MOST_NAMED)}."
        return text

    def zero_syndrome(self) -> str | None:
        """That no network runs, None where one does."""
        if self.frame.syndrome.any():
            return None
        word = "another codeword than the one sent" if self.frame.wrong.any() else "the codeword sent"
        return (
            f"The syndrome is zero: the hard decision is {word}. The decoder returns such a frame as received, and the "
            "frame does not enter the network; there are no attention weights and no reliabilities to show."
        )

    def sentences(self) -> list[str]:
        """Of each decision."""
        found = [f"{name}, {self.specs[name]}: {_verdict(decision)}" for name, decision in self.networks.items()]
        if self.nearest is None:
            return [*found, "Neither maximum likelihood nor OSD-2 is within reach for this code."]
        spec, decision = self.nearest
        near = ", near ML (exact ML is out of reach for this code)" if spec != "ml" else ""
        return [*found, f"{NEAREST_NAMES[spec]}{near}: {_verdict(decision)}"]

    def beaten(self) -> str | None:
        """That maximum likelihood itself is wrong, None where no word found says so."""
        if not any(decision.beats_the_sent_word for decision in self.decisions.values()):
            return None
        return (
            "Maximum likelihood itself is wrong here: a codeword lies nearer to the received values than the one sent."
        )

    def table(self) -> pd.DataFrame:
        """One row a word: sent, received, and each decision."""
        frame = self.frame
        words = {
            "sent": Decision(frame, frame.codeword),
            "received": Decision(frame, frame.hard_decision),
            **self.decisions,
        }
        return pd.DataFrame(
            {
                "word": words.keys(),
                "decoder": ["", "", *self.specs.values(), *([] if self.nearest is None else [self.nearest[0]])],
                "bits wrong": [int(word.wrong.sum()) for word in words.values()],
                "codeword": ["yes" if word.is_codeword else "no" for word in words.values()],
                "equals sent": ["yes" if word.is_right else "no" for word in words.values()],
                "squared distance": [word.squared_distance for word in words.values()],
                "which bits": [bit_names(np.flatnonzero(word.wrong)) for word in words.values()],
            }
        )


def _verdict(decision: Decision) -> str:
    if decision.is_right:
        return "right, it is the word sent."
    wrong = f"wrong in {_some(decision.wrong)}"
    if not decision.is_codeword:
        return f"{wrong}, not a codeword."
    sent = decision.frame.squared_distance(decision.frame.codeword)
    here, side = decision.squared_distance, "nearer" if decision.beats_the_sent_word else "no nearer"
    return f"{wrong}, a codeword at squared distance {here:.2f}, {side} than the word sent, {sent:.2f}."


def _some(wrong: np.ndarray) -> str:
    return f"{int(wrong.sum())} of {len(wrong)} bits ({bit_names(np.flatnonzero(wrong), MOST_NAMED)})"
