"""How far two decoders stand apart on average over codes."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Gap:
    """How far the -ln(BER) of one decoder is above that of another, on average over codes.

    Attributes:
        mean: of the differences.
        half_width: of its 95 % interval; it holds for these codes, not for a draw of codes.
        codes: how many.
    """

    mean: float
    half_width: float
    codes: int

    def __str__(self) -> str:
        return f"{round(self.mean, 2) + 0.0:+.2f} ± {self.half_width:.2f}"  # + 0.0: no minus before 0.00


def gap(rows: pd.DataFrame, decoder: str, other: str, ebn0: float, codes: Collection[str] | None = None) -> Gap:
    """The gap of `decoder` over `other` over those of `codes` on which both were measured, and erred, at `ebn0` dB.

    `codes` are by default all there are.

    The two see the same frames, which makes their errors alike; the interval leaves that out and is so rather too wide.
    Where both are the same network on a code, its difference is 0 without error.
    """
    here = rows[rows["ebn0"] == ebn0].set_index("code")
    here = here if codes is None else here[here.index.isin(codes)]
    pair = here[here["decoder"] == decoder].join(here[here["decoder"] == other], how="inner", suffixes=("", "_other"))
    pair = pair[(pair["ber"] > 0) & (pair["ber_other"] > 0)]
    same = (pair["decoder_digest"] == pair["decoder_digest_other"]).to_numpy()
    difference = np.log(pair["ber_other"] / pair["ber"]).to_numpy()
    variance = sum(np.log(pair[f"ber_high{end}"] / pair[f"ber_low{end}"]) ** 2 for end in ("", "_other")).to_numpy()
    half_widths = np.where(same, 0.0, np.sqrt(variance) / 2)
    count = len(pair)
    return Gap(float(difference.mean()), float(np.sqrt((half_widths**2).sum()) / count), count) if count else EMPTY


EMPTY = Gap(math.nan, math.nan, 0)
