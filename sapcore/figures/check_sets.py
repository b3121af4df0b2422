"""How well sets of checks of a code decode, beside a trait of their matrices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sapcore.figures.remembered import remembered
from sapcore.figures.theme import SYMBOLS, FigureTheme, finish


@remembered
def check_set_figure(sets: pd.DataFrame, trait: str, words: str, theme: FigureTheme) -> go.Figure:
    """Scatter of -ln(BER) with its 95 % interval over the column `trait` of `sets`, which `words` names; by code.

    `sets` has a row a set of checks: columns code (its matrix), standard (the code), kind, ber, ber_low and ber_high,
    each above 0, and the trait.
    """
    table = check_set_table(sets, trait)
    figure = go.Figure()
    for number, (code, rows) in enumerate(table.groupby("standard", sort=False)):
        colour = theme.series[number % len(theme.series)]
        figure.add_trace(
            go.Scatter(
                x=rows[trait],
                y=rows["minus_ln_ber"],
                name=str(code),
                mode="markers",
                customdata=rows[["code", "kind"]],
                marker={"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 9, "color": colour, "opacity": 0.85},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": rows["high"] - rows["minus_ln_ber"],
                    "arrayminus": rows["minus_ln_ber"] - rows["low"],
                    "color": colour,
                    "thickness": 1,
                    "width": 3,
                },
                hovertemplate="%{customdata[0]}<br>" + words + " %{x:.3f}, -ln(BER) %{y:.2f}<extra>%{customdata[1]}"
                "</extra>",
            )
        )
    figure.update_xaxes(title=words, showline=True)
    figure.update_yaxes(title="-ln(BER)", showline=True)
    return finish(figure, theme, _alt(table, trait, words), height=420)


def check_set_table(sets: pd.DataFrame, trait: str) -> pd.DataFrame:
    """One row a set, code by code, the best first; low and high are the ends of the interval of minus_ln_ber."""
    order = {code: place for place, code in enumerate(dict.fromkeys(sets["standard"]))}
    table = sets.assign(
        place=sets["standard"].map(order),
        minus_ln_ber=-np.log(sets["ber"]),
        low=-np.log(sets["ber_high"]),
        high=-np.log(sets["ber_low"]),
    )
    table = table.sort_values(["place", "ber"], kind="stable", ignore_index=True)
    return table[["code", "standard", "kind", trait, "minus_ln_ber", "low", "high"]]


def _alt(table: pd.DataFrame, trait: str, words: str) -> str:
    """The best and the worst set of each code."""
    parts = []
    for code, rows in table.groupby("standard", sort=False):
        best, worst = (
            f"{one['minus_ln_ber']:.2f} at {one[trait]:.3f} ({one['kind']})" for one in (rows.iloc[0], rows.iloc[-1])
        )
        parts.append(
            f"{code}, {len(rows)} sets, from {worst} to {best}" if len(rows) > 1 else f"{code}, one set, {best}"
        )
    return f"-ln(BER) of sets of checks over {words}: {'; '.join(parts)}."
