"""Tables of an experiment as Markdown."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sapcore.experiments.gap import Gap
from sapcore.simulation import StoppingRule

DASH = "–"


def point(points: pd.DataFrame, key: str, rule: StoppingRule) -> str:
    """-ln(BER) of the row `key`, * marking fewer frame errors than `rule` asks for; a dash without the row."""
    if key not in points.index:
        return DASH
    row = points.loc[key]
    short = "" if row["frame_errors"] >= rule.frame_errors else "*"
    return f"{-np.log(row['ber']):.2f}{short}" if row["ber"] > 0 else f"no error in {row['frames']:,}{short}"


def gap_text(one: Gap) -> str:
    """A gap, a dash where no code has it."""
    return str(one) if one.codes else DASH


def plain_table(rows: pd.DataFrame, formats: dict[str, str] | None = None) -> str:
    """A table as it is, numbers to three places unless `formats` says otherwise."""
    formats = formats or {}
    lines = [
        tuple(
            value if isinstance(value, str) else DASH if pd.isna(value) else formats.get(column, "{:.3f}").format(value)
            for column, value in row.items()
        )
        for row in rows.to_dict("records")
    ]
    return table([column.replace("_", " ") for column in rows.columns], lines)


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table of cells, or a sentence where it has no line."""
    if not lines:
        return f"Not measured yet: {head[0]}."
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))
