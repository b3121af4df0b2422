"""Training frames, made on the fly: the all-zero codeword over the channel, frames of zero syndrome thrown away."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from sapcore.channel import noise_sigma
from sapcore.codes import LinearCode
from sapcore.codes.redundant import most_rows
from sapcore.decoders.fecct import CodeView
from sapcore.decoders.passes import mixed
from sapcore.errors import InputError
from sapcore.training.recipe import Recipe

FORMS_KEPT = 512  # matrices whose views stay in memory


@dataclass(frozen=True)
class Frames:
    """One batch of received frames of one code.

    Attributes:
        magnitudes: |y|, (B, n) float32.
        syndromes: (B, m) int64, none of them zero.
        wrong: 1 where the hard decision is wrong, (B, n) float32.
        nonzero: share of the frames drawn that had a non-zero syndrome.
    """

    magnitudes: Tensor
    syndromes: Tensor
    wrong: Tensor
    nonzero: float


def draw_frames(
    view: CodeView, rate: float, ebn0: tuple[float, float], frames: int, generator: torch.Generator
) -> Frames:
    """Draw `frames` frames of non-zero syndrome of a code of rate `rate`.

    Frames are sent at Eb/N0 uniform in `ebn0` (dB) and kept where the syndrome is not zero, so those kept lean to the
    lower end. The all-zero codeword stands for all: magnitudes and syndrome do not depend on the codeword sent.
    """
    device, n = view.parity_check.device, view.parity_check.shape[1]
    low, high = (noise_sigma(value, rate) for value in ebn0)
    kept: list[tuple[Tensor, Tensor, Tensor]] = []
    found = drawn = 0
    while found < frames:
        # sigma is geometric in Eb/N0 (dB), so a uniform exponent is a uniform Eb/N0
        sigma = low * (high / low) ** torch.rand(frames, 1, generator=generator, device=device)
        received = 1 + sigma * torch.randn(frames, n, generator=generator, device=device)
        wrong = received < 0
        syndromes = view.syndrome(wrong)
        use = syndromes.any(dim=1)
        kept.append((received[use].abs(), syndromes[use], wrong[use].float()))
        found += len(kept[-1][0])
        drawn += frames
    magnitudes, syndromes, errors = (torch.cat(part)[:frames] for part in zip(*kept, strict=True))
    return Frames(magnitudes, syndromes, errors, found / drawn)


def open_frames(frames: Frames, logits: Tensor, view: CodeView) -> Frames | None:
    """What the next pass of decoding receives: the frames that are no codeword after `logits` (B, n), mixed with them.

    Those whose mixed values are a codeword are left out; None where nothing is left. See `sapcore.decoders.passes`.
    """
    wrong = frames.wrong.bool()
    left = view.syndrome(wrong ^ (logits > 0)).any(dim=1)
    received = torch.where(wrong, -frames.magnitudes, frames.magnitudes)[left]
    beliefs = torch.where(wrong, logits, -logits)[left]
    if not len(received):
        return None
    values = mixed(received, beliefs)
    syndromes = view.syndrome(values < 0)
    use = syndromes.any(dim=1)
    if not use.any():
        return None
    return Frames(values[use].abs(), syndromes[use], (values[use] < 0).float(), frames.nonzero)


@lru_cache(maxsize=FORMS_KEPT)
def view_of(code: LinearCode, device: torch.device) -> CodeView:
    """The network's view of a matrix, kept."""
    return CodeView.of(code, device)


class Curriculum:
    """Which code and which matrix each step sees.

    Codes come in proportion to sqrt(n (n - k)), times the recipe's emphasis. Raises InputError where that names a code
    that is not trained.
    """

    def __init__(self, codes: list[LinearCode], recipe: Recipe) -> None:
        self.recipe = recipe
        self.codes = codes
        emphasis = dict(recipe.emphasis)
        if unknown := emphasis.keys() - {code.name for code in codes}:
            raise InputError(f"The recipe emphasises {', '.join(sorted(unknown))}, which is not trained.")
        weights = np.array([math.sqrt(code.n * code.rank) * emphasis.get(code.name, 1) for code in codes])
        self.shares = weights / weights.sum()
        self._forms = [self._redundant_forms(code) for code in codes]

    def _redundant_forms(self, code: LinearCode) -> list[LinearCode]:
        rows = (max(code.rank, round(multiple * code.n)) for multiple in self.recipe.checks)
        return [code.redundant(min(count, most_rows(code))) for count in rows]

    def pick(self, rng: np.random.Generator) -> tuple[str, LinearCode]:
        """The name of a code, and that code under one of its matrices."""
        index = int(rng.choice(len(self.codes), p=self.shares))
        if rng.random() < self.recipe.standard_share:
            return self.codes[index].name, self.codes[index]
        form = int(rng.choice(len(self.recipe.checks), p=self.recipe.checks_shares))
        return self.codes[index].name, self._forms[index][form]
