"""The sentences about a frame say what happened to it."""

from __future__ import annotations

import numpy as np
import pytest

from sapcore.codes import find
from sapcore.inspection import Decision, Frame, FrameSource
from sapcore.ui.verdict import Verdicts

CODE = find("Hamming(7,4)")
SENT = np.zeros(7, dtype=np.uint8)
OTHER = CODE.generator[0]


def verdicts(received: list[float], a: np.ndarray, b: np.ndarray, nearest: tuple[str, np.ndarray] | None) -> Verdicts:
    frame = Frame(CODE, SENT, np.array(received, dtype=np.float32), 0.5)
    return Verdicts(
        FrameSource(CODE, 3.0, 7, flipped=(2,)),
        4,
        frame,
        {"A": Decision(frame, a), "B": Decision(frame, b)},
        {"A": "fecct", "B": "fecct/sap@0.5"},
        nearest and (nearest[0], Decision(frame, nearest[1])),
    )


def one_wrong() -> np.ndarray:
    bits = SENT.copy()
    bits[4] = 1
    return bits


def test_a_frame_that_one_network_decodes() -> None:
    told = verdicts([1, 1, -0.5, 1, 1, 1, 1], SENT, one_wrong(), ("ml", SENT))
    checks = int(CODE.parity_check[:, 2].sum())
    assert told.arrival() == (
        f"Frame 4 of seed 7 at 3 dB (σ = 0.500) arrives with the wrong sign in 1 of 7 bits (v3); {checks} of 3 checks "
        "are not satisfied. Signs changed by hand: v3."
    )
    assert told.sentences() == [
        "A, fecct: right, it is the word sent.",
        "B, fecct/sap@0.5: wrong in 1 of 7 bits (v5), not a codeword.",
        "ML: right, it is the word sent.",
    ]
    assert told.beaten() is None and told.zero_syndrome() is None
    table = told.table().set_index("word")
    assert table.index.tolist() == ["sent", "received", "A", "B", "ML"]
    assert table["bits wrong"].tolist() == [0, 1, 0, 1, 0]
    assert table["codeword"].tolist() == ["yes", "no", "yes", "no", "yes"]
    assert table.loc["B", "squared distance"] == pytest.approx(1.5**2 + 2**2)
    assert table.loc["received", "which bits"] == "v3"


def test_a_frame_on_which_maximum_likelihood_errs() -> None:
    received = (1.0 - 2.0 * OTHER) * 0.8
    received[np.flatnonzero(OTHER == 0)[0]] = -0.1
    told = verdicts(received.tolist(), SENT, OTHER, ("osd:2", OTHER))
    sent, other = (told.frame.squared_distance(word) for word in (SENT, OTHER))
    last = told.sentences()[-1]
    assert last.startswith("OSD-2, near ML (exact ML is out of reach for this code): wrong in ")
    assert last.endswith(f"a codeword at squared distance {other:.2f}, nearer than the word sent, {sent:.2f}.")
    assert "Maximum likelihood itself is wrong here" in told.beaten()


@pytest.mark.parametrize(("word", "said"), [(SENT, "the codeword sent"), (OTHER, "another codeword than the one sent")])
def test_a_zero_syndrome_is_said(word: np.ndarray, said: str) -> None:
    told = verdicts((1.0 - 2.0 * word).tolist(), word, word, None)
    assert f"the hard decision is {said}." in told.zero_syndrome()
    assert "no check fails" in told.arrival()
    assert told.sentences()[-1] == "Neither maximum likelihood nor OSD-2 is within reach for this code."
