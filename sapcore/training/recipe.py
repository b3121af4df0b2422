"""Every number of the training recipe, in one place.

Non-zero-syndrome frames, warm-up and gradient clipping follow the SBND recipe of Lebidan et al. The tables of psi and
the rates follow our comparisons, assets/results/recipe.csv. The rest is our choice, with Muon for the matrices of the
blocks (Jordan et al., 2024) among it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How a backbone is trained.

    Attributes:
        ebn0: frames are sent at an Eb/N0 uniform in this range, dB.
        tokens: nodes a step; a step holds tokens // (n + rows) frames of one code under one matrix.
        passes: passes that a frame is trained for; after each those that are no codeword go on, see `Passes`.
        standard_share: share of the steps that use the code's standard matrix.
        checks: redundant checks otherwise, as multiples of n, drawn with the shares `checks_shares`.
        emphasis: codes that come so many times as often as others of their size, by name.
        muon_lr: peak learning rate of Muon, which trains the matrices of the blocks.
        muon_momentum: of Muon.
        adamw_lr: peak learning rate of AdamW, which trains everything else.
        psi_lr: peak learning rate of AdamW for the tables of psi.
        adamw_betas: decays of the two moments of AdamW.
        warmup: steps of linear warm-up.
        decay: share of the run, at its end, in which the rate falls linearly to `final` of its peak.
        clip: largest gradient norm.
        ema: decay a step of the exponential moving average whose weights are the backbone.
    """

    ebn0: tuple[float, float] = (2.0, 4.5)
    tokens: int = 4096
    passes: int = 1
    standard_share: float = 0.1
    checks: tuple[float, ...] = (1.0, 2.0, 3.0)
    checks_shares: tuple[float, ...] = (0.4, 0.4, 0.2)
    emphasis: tuple[tuple[str, float], ...] = ()
    muon_lr: float = 8e-3
    muon_momentum: float = 0.95
    adamw_lr: float = 1e-3
    psi_lr: float = 3e-3
    adamw_betas: tuple[float, float] = (0.9, 0.99)
    warmup: int = 100
    decay: float = 0.9
    final: float = 0.02
    clip: float = 1.0
    ema: float = 0.998

    def rate(self, step: int, progress: float) -> float:
        """The factor on the learning rates at `step`, when `progress` (0 to 1) of the run is done."""
        warm = min(1.0, (step + 1) / self.warmup)
        left = min(1.0, (1 - progress) / self.decay) if self.decay else 1.0
        return warm * (self.final + (1 - self.final) * max(0.0, left))
