"""Figures that are drawn once."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import lru_cache, wraps

import plotly.graph_objects as go

KEPT = 32


class _Call:
    """Arguments that are the same if their contents are, whatever their types."""

    def __init__(self, arguments: tuple, named: dict) -> None:
        self.arguments, self.named = arguments, named
        self.content = pickle.dumps((arguments, named))

    def __hash__(self) -> int:
        return hash(self.content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Call) and self.content == other.content


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
