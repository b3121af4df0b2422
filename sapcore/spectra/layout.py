"""Node positions for drawing Tanner graphs: arrays (n + m, 2) in [-1, 1], variable nodes first.

The singular vectors come from the normalised matrix D_c^-1/2 H D_v^-1/2: those of the plain Laplacian gather nearly
all of their weight on one or two nodes of a Tanner graph, so that the rest of the drawing collapses to a point.
"""

import numpy as np

from sapcore.codes.linear_code import LinearCode
from sapcore.spectra.spectrum import normalised_spectrum


def bipartite_layout(code: LinearCode) -> np.ndarray:
    """Place the variables evenly on the line y = 1 and the checks on y = -1, ordered by the second singular vector.

    The order puts bits near the checks they take part in, which lowers the number of crossing edges.
    """
    sides = []
    for coordinate, y in zip(_coordinate(code, 1), (1.0, -1.0), strict=True):
        places = np.empty(len(coordinate))
        places[np.argsort(coordinate.round(9), kind="stable")] = _evenly(len(coordinate))
        sides.append(np.column_stack([places, np.full(len(coordinate), y)]))
    return np.concatenate(sides)


def spectral_layout(code: LinearCode) -> np.ndarray:
    """Place each node at its entries in the second and third singular vectors, each axis scaled to reach 1."""
    return np.column_stack([_scaled(np.concatenate(_coordinate(code, index))) for index in (1, 2)])


def shell_layout(code: LinearCode) -> np.ndarray:
    """Place the variables on the unit circle and the checks on a circle of half its radius.

    Both run clockwise from the top in the order of their index, so that a cyclic matrix is drawn with its symmetry.
    """
    m, n = code.parity_check.shape
    return np.concatenate([_circle(n, 1.0), _circle(m, 0.5)])


def _coordinate(code: LinearCode, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Return singular vectors number `index` on the variables (n,) and the checks (m,).

    A matrix of lower rank has no such vectors; its nodes are then spread by their index.
    """
    triples = normalised_spectrum(code)
    if index < len(triples.singular_values):
        return triples.right[:, index], triples.left[:, index]
    return _evenly(len(triples.right)), _evenly(len(triples.left))


def _evenly(number: int) -> np.ndarray:
    return np.linspace(-1, 1, number) if number > 1 else np.zeros(number)


def _scaled(values: np.ndarray) -> np.ndarray:
    return values / max(np.abs(values).max(), 1e-12)


def _circle(number: int, radius: float) -> np.ndarray:
    angles = 2 * np.pi * np.arange(number) / number
    return radius * np.column_stack([np.sin(angles), np.cos(angles)])
