"""Figures that are drawn once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache, wraps

import numpy as np
import pandas as pd
import plotly.graph_objects as go

KEPT = 32


class _Call:
    """Arguments that are the same if their contents are."""

    def __init__(self, arguments: tuple, named: Mapping) -> None:
        self.arguments, self.named = arguments, named
        self.contents = _contents(arguments), _contents(named)

    def __hash__(self) -> int:
        return hash(self.contents)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Call) and self.contents == other.contents


def remembered(draw: Callable[..., go.Figure]) -> Callable[..., go.Figure]:
    """Let a function that draws a figure keep those it drew last, which are then not to be changed.

    A page is run again each time a control is moved, and most of its figures stay as they are; plotly takes 10 to 100
    ms for each.
    """

    @lru_cache(maxsize=KEPT)
    def drawn(call: _Call) -> go.Figure:
        return draw(*call.arguments, **call.named)

    @wraps(draw)
    def remember(*arguments: object, **named: object) -> go.Figure:
        return drawn(_Call(arguments, named))

    return remember


def _contents(value: object) -> Hashable:
    if isinstance(value, pd.DataFrame):
        return tuple((name, _contents(column.to_numpy())) for name, column in value.items())
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, repr(value.tolist()) if value.dtype == object else value.tobytes()
    if isinstance(value, Mapping):
        return tuple((name, _contents(part)) for name, part in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_contents, value))
    return type(value), value
