"""Whether sets of checks that decode better have something in common."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from sapcore.experiments.checks_sets import IN_ORDER

TRAITS = {
    "sigma1": "σ₁",
    "sigma2": "σ₂",
    "degree_spread": "degree spread",
    "mean_row_weight": "mean row weight",
}
"""By column of the sets; the degree spread is the largest column degree less the least."""
SHOWN = 0.05  # largest p-value of a correlation that counts as shown
FEWEST = 4  # sets that a correlation is taken over
PERMUTATIONS = 9999


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation, its two-sided permutation p-value, and over how many sets."""

    rho: float
    p: float
    sets: int

    @property
    def is_shown(self) -> bool:
        """Whether the p-value is at most SHOWN."""
        return self.p <= SHOWN

    def __str__(self) -> str:
        return f"ρ = {self.rho:+.2f}, p = {self.p:.2g}"


def as_many_as_by_default(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the default redundant form of each code, and of other sets of as many checks."""
    return rows[(rows["kind"] != IN_ORDER) | (rows["code"] == rows["standard"] + "-r")]


def compared_sets(rows: pd.DataFrame, decoder: str) -> pd.DataFrame:
    """The rows of a decoder whose checks are as many as by default, with minus_ln_ber and degree_spread.

    Rows without a bit error are left out: their rate is only a bound.
    """
    here = as_many_as_by_default(rows[(rows["decoder"] == decoder) & (rows["bit_errors"] > 0)])
    spread = here["largest_degree"] - here["smallest_degree"]
    here = here.assign(minus_ln_ber=-np.log(here["ber"].astype(float)), degree_spread=spread)
    return here.astype(dict.fromkeys(TRAITS, float))  # a table without rows has no numbers


def of_default_weight(sets: pd.DataFrame) -> pd.DataFrame:
    """The sets whose mean row weight is that of the default set of their code."""
    weights = sets[sets["kind"] == IN_ORDER].set_index("standard")["mean_row_weight"]
    return sets[np.isclose(sets["mean_row_weight"], sets["standard"].map(weights).astype(float))]


def correlation(sets: pd.DataFrame, trait: str, seed: int = 0) -> Correlation | None:
    """The rank correlation of minus_ln_ber with a trait, of both what is left after the mean of each code is taken off.

    Permutations are drawn within each code; p = (1 + number at least as far from 0) / (1 + PERMUTATIONS). Codes of a
    single set say nothing and are left out. None for fewer than FEWEST sets, or where one of the two is constant.
    """
    sets = sets[sets.groupby("standard")["standard"].transform("size") > 1]
    if len(sets) < FEWEST:
        return None
    ours, theirs = (_ranks(sets, column) for column in (trait, "minus_ln_ber"))
    scale = np.sqrt((ours**2).sum() * (theirs**2).sum())
    if scale == 0:
        return None
    rho = float(ours @ theirs / scale)
    rng, products = np.random.default_rng(seed), np.zeros(PERMUTATIONS)
    for places in sets.reset_index(drop=True).groupby("standard").indices.values():
        products += rng.permuted(np.tile(ours[places], (PERMUTATIONS, 1)), axis=1) @ theirs[places]
    as_far = int((np.abs(products / scale) >= abs(rho) - 1e-12).sum())
    return Correlation(rho, (1 + as_far) / (1 + PERMUTATIONS), len(sets))


def _ranks(sets: pd.DataFrame, column: str) -> np.ndarray:
    """The ranks, less their mean, of what a column has beyond the mean of its code."""
    beyond = sets[column] - sets.groupby("standard")[column].transform("mean")
    ranks = rankdata(beyond.round(9))  # equal but for rounding is equal
    return ranks - ranks.mean()
