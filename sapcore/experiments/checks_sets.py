"""Other sets of light words of the dual as checks of a code, as many as it has by default.

Every set is a matrix of full rank with distinct rows, so it is one of the same code. Draws are seeded: a set is the
same at any time. Sets are not in the catalogue; `matrix` finds them by name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np

from sapcore.codes import LinearCode, find, gf2
from sapcore.codes.files import FILE_FAMILY
from sapcore.codes.gf2 import Bits, Words
from sapcore.codes.light_words import light_words
from sapcore.codes.redundant import cyclic_orbits, in_order
from sapcore.decoders.passes import completed
from sapcore.errors import InputError
from sapcore.spectra import signature

IN_ORDER = "in order"  # a redundant form of the catalogue, such as BCH(31,16)-r93
RANDOM, BALANCED, HEAVIER, ORBITS, OUTSIDE = "random", "balanced", "heavier", "orbits", "outside"
KINDS = {
    IN_ORDER: "the redundant checks of the catalogue, columns balanced, for cyclic codes whole orbits",
    RANDOM: "drawn from the lightest words, columns left as they fall",
    BALANCED: "other lightest words, columns balanced, orbits left aside",
    HEAVIER: "words of the next weights instead of the lightest, columns balanced",
    ORBITS: "of a cyclic code: whole orbits of lightest words, the last of them another one",
    OUTSIDE: "so many words outside the span of the lightest, where these do not span the dual; the others lightest",
}

DRAWS = {RANDOM: (1, 2, 3), BALANCED: (1, 2, 3), HEAVIER: (1, 2)}  # seeds
MOST_ORBITS = 3  # sets of orbits
OUTSIDE_WORDS = 8, 16, 24
_WORDS_PER_COLUMN = 16  # light words looked for
_SAME = 6  # decimals of a signature


@dataclass(frozen=True)
class CheckSet:
    """Checks of a code, and which of KINDS they are."""

    kind: str
    code: LinearCode


@lru_cache(maxsize=64)
def check_sets(name: str) -> tuple[CheckSet, ...]:
    """The other sets of the code called `name`, in the order of KINDS."""
    base = find(name)
    default = base.redundant()
    groups = _by_weight(base)
    outside = _outside(groups, default)
    found = [
        *((RANDOM, str(draw), _drawn(_shuffled(groups, RANDOM, draw), default)) for draw in DRAWS[RANDOM]),
        *((BALANCED, str(draw), _balanced(_shuffled(groups, BALANCED, draw), default)) for draw in DRAWS[BALANCED]),
        *((HEAVIER, str(draw), _balanced(_shuffled(groups[1:], HEAVIER, draw), default)) for draw in DRAWS[HEAVIER]),
        *((ORBITS, str(number), rows) for number, rows in enumerate(_other_orbits(groups[0], default), 1)),
        *((OUTSIDE, str(count), _with_outside(outside, groups[0], default, count)) for count in OUTSIDE_WORDS),
    ]
    return tuple(
        CheckSet(kind, LinearCode(f"{name}, {kind} checks {number}", FILE_FAMILY, rows, base.minimum_distance))
        for kind, number, rows in found
        if rows is not None
    )


def matrix(name: str) -> LinearCode:
    """The code under the matrix of this name: one of `check_sets`, or a form of the catalogue.

    Raises:
        InputError: there is none.
    """
    base, comma, _ = name.partition(", ")
    if not comma:
        return find(name)
    for one in check_sets(base):
        if one.code.name == name:
            return one.code
    raise InputError(f"There is no set of checks named {name!r}.")


def _by_weight(base: LinearCode) -> list[Words]:
    """Light words of the dual, packed, by weight: two weights at least where the dual has two."""
    words = light_words(base.parity_check, _WORDS_PER_COLUMN * base.n)
    if len(np.unique(gf2.weights(words))) == 1:
        words = light_words(base.parity_check, len(words) + 1)
    weights = gf2.weights(words)
    return [words[weights == weight] for weight in np.unique(weights)]


def _shuffled(groups: Sequence[Words], kind: str, draw: int) -> list[Words]:
    """Each of the groups in an order that draws of one kind and number share."""
    random = np.random.Generator(np.random.PCG64([list(KINDS).index(kind), draw]))
    return [random.permutation(group) for group in groups]


def _drawn(groups: Sequence[Words], default: LinearCode) -> Bits | None:
    """The first words, those of one weight as they come; the last few make room for what the rank lacks."""
    words = gf2.unpack(np.concatenate(groups), default.n)
    if len(words) <= default.rows:
        return None
    return completed(words[: default.rows], words[default.rows :], default.rank)


def _balanced(groups: Sequence[Words], default: LinearCode) -> Bits | None:
    """Words by weight, each time the one whose columns are used least, the first of equals."""
    rows = np.array(list(islice(in_order(tuple(groups), default.n, default.rank), default.rows)))
    return rows if len(rows) == default.rows and gf2.rank(rows) == default.rank else None


def _other_orbits(lightest: Words, default: LinearCode) -> Iterator[Bits]:
    """Orbits of the default matrix, the last exchanged for another; of equal signatures only the first is taken.

    Matrices of equal signature may be images of one another under a permutation of bits that keeps the code.
    """
    if not default.cyclic:
        return
    own_rows = {row.tobytes() for row in default.parity_check}
    orbits = [gf2.unpack(orbit, default.n) for orbit in cyclic_orbits(lightest, default.n)]
    inside = [all(row.tobytes() in own_rows for row in orbit) for orbit in orbits]
    own = [orbit for orbit, is_own in zip(orbits, inside, strict=True) if is_own]
    seen, found = {_rounded_signature(default)}, 0
    if sum(map(len, own)) != default.rows:  # it ends within an orbit, or has heavier ones
        return
    for orbit in (orbit for orbit, is_own in zip(orbits, inside, strict=True) if not is_own):
        rows = np.vstack([*own[:-1], orbit])
        if found == MOST_ORBITS:
            return
        if len(rows) == default.rows and gf2.rank(rows) == default.rank:
            place = _rounded_signature(LinearCode("orbits", FILE_FAMILY, rows))
            if place not in seen:
                seen.add(place)
                found += 1
                yield rows


def _rounded_signature(code: LinearCode) -> tuple[float, ...]:
    return tuple(round(value, _SAME) for value in signature(code))


def _with_outside(outside: Words, lightest: Words, default: LinearCode, count: int) -> Bits | None:
    """`count` of the words outside and the rest of the lightest, columns balanced."""
    if len(outside) < count:
        return None
    chosen = np.array(list(islice(in_order((outside,), default.n, default.rank), count)))
    rows = islice(in_order((gf2.pack(chosen), lightest), default.n, default.rank), default.rows)
    return np.array(list(rows))


def _outside(groups: Sequence[Words], default: LinearCode) -> Words:
    """The lightest found of the words outside the span of the lightest weight, in a fixed mixed order.

    Looked at are sums of the words met outside it, independent modulo the span, plus up to two lightest words.
    """
    lightest, met = groups[0], np.concatenate(groups)
    reduced, pivots = gf2.row_reduce(gf2.unpack(lightest, default.n))
    residual = met.copy()
    for word in gf2.pack(reduced)[: len(pivots)]:
        gf2.eliminate(residual, word)
    seeds = []  # independent of each other modulo the span
    while (left := np.flatnonzero(residual.any(axis=1))).size:
        seeds.append(met[left[0]])
        gf2.eliminate(residual, residual[left[0]].copy())
    if not seeds:
        return lightest[:0]
    first, second = np.triu_indices(len(lightest), k=1)
    span = np.concatenate([lightest[:1] ^ lightest[:1], lightest, lightest[first] ^ lightest[second]])
    cosets = np.concatenate(list(gf2.span_blocks(np.array(seeds))))[1:]
    words = np.concatenate([span ^ word for word in cosets])
    weights = gf2.weights(words)
    return _shuffled([np.unique(words[weights == weights.min()], axis=0)], OUTSIDE, 0)[0]
