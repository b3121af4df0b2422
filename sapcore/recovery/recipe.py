"""Every number of a recovery, in one place. All of them are ours: the paper's were not to be had."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RecoveryRecipe:
    """How an adapter is trained.

    Attributes:
        rank: of the update of each matrix.
        alpha: the update is scaled by alpha / rank.
        steps: optimiser steps.
        tokens: nodes a step; a step holds tokens // (n + rows) frames.
        ebn0: frames are sent at an Eb/N0 uniform in this range, dB.
        lr: peak learning rate of AdamW.
        warmup: steps of linear warm-up; the rate then falls linearly to 0.
        clip: largest gradient norm.
    """

    rank: int = 4
    alpha: int = 8
    steps: int = 400
    tokens: int = 4096
    ebn0: tuple[float, float] = (2.0, 4.5)
    lr: float = 3e-3
    warmup: int = 20
    clip: float = 1.0

    @classmethod
    def of(cls, rank: int = rank, steps: int = steps) -> "RecoveryRecipe":
        """The recipe with another rank, alpha staying twice the rank, or another number of steps."""
        return cls(rank=rank, alpha=2 * rank, steps=steps)

    def rate(self, step: int) -> float:
        """The factor on the learning rate at `step`."""
        return min((step + 1) / self.warmup, (self.steps - step) / max(1, self.steps - self.warmup), 1.0)
