"""Finds an order of input channels under which an N:M mask keeps more of a score.

A mask keeps the N highest scores of each group of M consecutive inputs, in every row; which inputs share a group is
the order's to choose. Where one order serves several layers their scores are stacked, one below the other. Both
searches work from exact values of what a group would keep with another channel in the place of one of its own: the
sum over rows of the N highest of its M - 1 others, plus max(0, s - t), s the newcomer's score and t the N-th highest of
the others.

* greedy: swaps two channels of different groups where that keeps most, again and again until no swap helps. As the
  channel swaps of Pool and Yu, "Channel permutations for N:M sparsity" (NeurIPS 2021), on any score; without their
  random escapes.
* lsa: channels are dealt to the groups in snake order of their summed score; then one channel of each group is taken
  out and all are given back by the best assignment, for each of the M places in turn. After Zhang et al.,
  "Plug-and-play" (ICLR 2024). Ours: it starts from the order there is where that keeps more than the dealt one, and
  goes round until a round keeps no more, ROUNDS times at most.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from sapcore.errors import InputError
from sapcore.pruning.n_to_m import NToM

ROUNDS = 6
_LEAST_GAIN = 1e-12  # of the total score: less is rounding


@dataclass(frozen=True)
class Search:
    """A way to find an order.

    Attributes:
        description: for people.
        order: of scores (rows, channels), the sparsity and the size of a block, the order (channels,) int64.
    """

    description: str
    order: Callable[[np.ndarray, NToM, int], np.ndarray]


def search_order(method: str, scores: np.ndarray, n_to_m: NToM, block: int | None = None) -> np.ndarray:
    """An order of the channels that keeps at least as much of the score as the order there is.

    Args:
        method: one of SEARCHES.
        scores: (rows, channels), zero or more.
        n_to_m: the sparsity.
        block: each channel stays within its block of so many consecutive ones; by default it may go anywhere.

    Returns:
        (channels,) int64; order[p] is the channel that comes to position p.

    Raises:
        InputError: there is no such method, or M does not divide the channels.
    """
    if method not in SEARCHES:
        raise InputError(f"There is no search {method!r} for a permutation; there are {', '.join(SEARCHES)}.")
    channels = scores.shape[1]
    n_to_m.check(channels, "the matrix to reorder")
    return SEARCHES[method].order(scores, n_to_m, block or channels)


def kept_score(scores: np.ndarray, n_to_m: NToM, order: np.ndarray | None = None) -> float:
    """Share of all of the score (rows, channels) that the mask keeps with the channels in this order, 0 to 1."""
    if order is not None:
        scores = scores[:, order]
    return kept_share(scores, n_to_m.mask(scores))


def kept_share(scores: np.ndarray, mask: np.ndarray) -> float:
    """Share of all of the score (rows, channels) that a mask of the same shape keeps, 0 to 1.

    Of a score that is zero everywhere nothing can be lost: 1.
    """
    total = scores.sum()
    return float(scores[mask].sum() / total) if total else 1.0


def stacked(scores: Sequence[np.ndarray]) -> np.ndarray:
    """The scores of layers that share their inputs, (rows, channels) each, one below the other, each summing to 1.

    The scaling is ours: each layer counts the same, whatever the size of its weights and inputs.
    """
    return np.concatenate([part / (part.sum() or 1) for part in scores])


def present_order(scores: np.ndarray, n_to_m: NToM, block: int) -> np.ndarray:
    """The order there is; arguments as `search_order`."""
    return np.arange(scores.shape[1])


def greedy_order(scores: np.ndarray, n_to_m: NToM, block: int) -> np.ndarray:
    """See the module's text; arguments as `search_order`.

    All swaps that help are carried out from the best one down, each group taking part in one of them; then what they
    changed is computed anew.
    """
    channels = scores.shape[1]
    order, groups = np.arange(channels), np.arange(channels) // n_to_m.of
    columns, places = scores.T.copy(), np.arange(channels)
    allowed = (places[:, None] // block == places // block) & (groups[:, None] != groups)
    with_other = np.empty((channels, channels))  # what the group of p keeps with the channel at q in place of its own

    def refresh(positions: np.ndarray) -> None:
        rest, least = _others(columns[order], n_to_m, positions)
        for position, kept, threshold in zip(positions, rest, least, strict=True):
            with_other[position] = kept + np.maximum(columns - threshold, 0).sum(axis=1)[order]

    refresh(places)
    enough = _LEAST_GAIN * scores.sum()
    while True:
        kept = np.diagonal(with_other)
        gains = np.triu(np.where(allowed, with_other + with_other.T - kept[:, None] - kept, 0), 1)
        candidates = np.argwhere(gains > enough)
        if not len(candidates):
            return order
        candidates = candidates[np.argsort(-gains[tuple(candidates.T)], kind="stable")]
        busy = np.zeros(channels // n_to_m.of, dtype=bool)
        for p, q in candidates:
            if not busy[groups[p]] and not busy[groups[q]]:
                busy[groups[[p, q]]] = True
                order[[p, q]] = order[[q, p]]
                with_other[:, [p, q]] = with_other[:, [q, p]]
        refresh(places[busy[groups]])


def assignment_order(scores: np.ndarray, n_to_m: NToM, block: int) -> np.ndarray:
    """See the module's text; arguments as `search_order`."""
    channels = scores.shape[1]
    columns, places = scores.T.copy(), np.arange(channels)
    dealt = _dealt(scores.sum(axis=0), n_to_m, block)
    order = max(places, dealt, key=lambda one: kept_score(scores, n_to_m, one))
    enough = 1 + _LEAST_GAIN
    before = kept_score(scores, n_to_m, order)
    for _ in range(ROUNDS):
        for place in range(n_to_m.of):
            positions = places[place :: n_to_m.of]
            _, least = _others(columns[order], n_to_m, positions)
            newcomers = columns[order[positions]]
            gains = np.stack([np.maximum(newcomers - threshold, 0).sum(axis=1) for threshold in least])
            gains[positions[:, None] // block != positions // block] = -scores.sum() - 1  # never worth it
            groups, taken = linear_sum_assignment(gains, maximize=True)
            order[positions[groups]] = order[positions[taken]]
        after = kept_score(scores, n_to_m, order)
        if after <= before * enough:
            break
        before = after
    return order


def _others(columns: np.ndarray, n_to_m: NToM, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each position what its group keeps without it, (P,), and the score a newcomer has to beat, (P, rows).

    `columns` (channels, rows) are the scores in the order there is.
    """
    groups = columns.reshape(-1, n_to_m.of, columns.shape[1])
    rest, least = np.empty(len(positions)), np.empty((len(positions), columns.shape[1]))
    for index, position in enumerate(positions):
        group, place = divmod(position, n_to_m.of)
        best = np.sort(np.delete(groups[group], place, axis=0), axis=0)[::-1][: n_to_m.kept]  # (N or N - 1, rows)
        rest[index] = best.sum()
        least[index] = best[-1] if len(best) == n_to_m.kept else 0  # where N = M anyone is welcome
    # the newcomer takes the place of the last of the N best where it beats it: kept = rest + max(0, s - least)
    return rest, least


def _dealt(totals: np.ndarray, n_to_m: NToM, block: int) -> np.ndarray:
    """The channels of each block dealt in snake order of falling score to the groups that lie in it."""
    order = np.empty(len(totals), dtype=np.int64)
    for start in range(0, len(totals), block):
        positions = np.arange(start, min(start + block, len(totals)))
        group, place = positions // n_to_m.of, positions % n_to_m.of
        in_turn = positions[np.lexsort((np.where(place % 2, -group, group), place))]
        order[in_turn] = positions[np.argsort(-totals[positions], kind="stable")]
    return order


SEARCHES = {
    "none": Search("the order the network has", present_order),
    "greedy": Search("swaps of two channels while they keep more of the score", greedy_order),
    "lsa": Search("channels dealt out by score, then exchanged by optimal assignment", assignment_order),
}
