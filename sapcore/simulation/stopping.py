"""When a point has been simulated for long enough."""

from dataclasses import dataclass

import numpy as np

from sapcore.errors import InputError
from sapcore.simulation.counts import ErrorCounts, frame_error_interval


@dataclass(frozen=True)
class StoppingRule:
    """Stop at `max_frames` frames, or as soon as the frame error rate is known well enough.

    That is, there are `frame_errors` frame errors and, where `relative_width` is given, the 95 % interval of the frame
    error rate is no wider than that fraction of the rate.

    Frames are run in whole blocks, so the counts of a point may pass the rule by part of a block. Raises InputError for
    a bound that is not positive.
    """

    frame_errors: int = 100
    max_frames: int = 1_000_000
    relative_width: float | None = None

    def __post_init__(self) -> None:
        for name, bound in (("frame errors", self.frame_errors), ("frames", self.max_frames)):
            if bound < 1:
                raise InputError(f"A stopping rule needs at least 1 for the number of {name}, not {bound}.")
        if self.relative_width is not None and not self.relative_width > 0:
            raise InputError(f"The relative interval width to stop at must be above 0, not {self.relative_width}.")

    def done(self, counts: ErrorCounts) -> bool:
        """Whether `counts` satisfy the rule."""
        return bool(self.satisfied(np.array([counts.frames]), np.array([counts.frame_errors]))[0])

    def satisfied(self, frames: np.ndarray, frame_errors: np.ndarray) -> np.ndarray:
        """Whether the rule holds, elementwise for arrays of frames and frame errors."""
        enough = frame_errors >= self.frame_errors
        if self.relative_width is not None and enough.any():
            # the exact interval is never narrower than 2.7 standard errors, which is the cheaper test
            narrowest = 2.7 * np.sqrt(frame_errors * (frames - frame_errors) / np.maximum(frames, 1))
            enough &= narrowest <= self.relative_width * frame_errors
            low, high = frame_error_interval(frame_errors[enough], frames[enough])
            enough[enough] = (high - low) * frames[enough] <= self.relative_width * frame_errors[enough]
        return enough | (frames >= self.max_frames)
