"""Layouts: in the square, deterministic, and spread out."""

from collections.abc import Callable

import numpy as np
import pytest

from sapcore.codes import LinearCode, find
from sapcore.spectra import TannerGraph, bipartite_layout, normalised_spectrum, shell_layout, spectral_layout

LAYOUTS = (bipartite_layout, spectral_layout, shell_layout)
SMALL = {
    "one check": [[1, 1]],
    "two checks": [[1, 1, 0], [0, 1, 1]],
    "two parts": [[1, 1, 0, 0], [0, 0, 1, 1]],
    "equal rows": [[1, 1, 1], [1, 1, 1]],
}
CODES = [find(name) for name in ("Hamming(7,4)", "BCH(63,45)", "LDPC(49,24)", "CCSDS(128,64)", "BCH(31,16)-r")]
CODES += [LinearCode(name, "test", np.array(matrix)) for name, matrix in SMALL.items()]

Layout = Callable[[LinearCode], np.ndarray]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
def test_every_layout_fills_the_square(layout: Layout, code: LinearCode) -> None:
    points = layout(code)
    assert points.shape == (code.n + code.rows, 2)
    assert np.isfinite(points).all()
    assert np.abs(points).max() == pytest.approx(1)
    assert np.array_equal(points, layout(code))


@pytest.mark.parametrize("layout", [bipartite_layout, shell_layout])
@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
def test_no_two_nodes_share_a_place(layout: Layout, code: LinearCode) -> None:
    assert len(np.unique(layout(code).round(6), axis=0)) == code.n + code.rows


@pytest.mark.parametrize("name", ["BCH(63,45)", "LDPC(49,24)", "CCSDS(128,64)", "BCH(31,16)-r"])
def test_spectral_layout_does_not_collapse(name: str) -> None:
    """The inverse participation ratio of each axis says over how many nodes it is spread."""
    points = spectral_layout(find(name))
    participation = (points**2).sum(axis=0) ** 2 / (points**4).sum(axis=0)
    assert participation.min() > len(points) / 8


def test_spectral_layout_shows_the_second_and_third_vector() -> None:
    code = find("CCSDS(128,64)")
    points, triples = spectral_layout(code), normalised_spectrum(code)
    for axis in (0, 1):
        vector = triples.eigenvector(axis + 1)
        assert np.abs(points[:, axis] @ vector) == pytest.approx(np.linalg.norm(points[:, axis]))


def crossings(code: LinearCode, points: np.ndarray) -> int:
    """The number of pairs of edges that cross between the two lines."""
    ends = points[TannerGraph(code).edges + np.array([0, code.n]), 0]
    apart = (ends[:, None] - ends[None]).prod(axis=2)
    return int((apart < -1e-12).sum()) // 2


@pytest.mark.parametrize("name", ["Hamming(7,4)", "LDPC(49,24)", "CCSDS(128,64)"])
def test_bipartite_order_lowers_the_crossings(name: str) -> None:
    code = find(name)
    ordered = bipartite_layout(code)
    in_order = np.concatenate([np.linspace(-1, 1, size) for size in (code.n, code.rows)])
    unordered = np.column_stack([in_order, ordered[:, 1]])
    assert crossings(code, ordered) < crossings(code, unordered)


def test_bipartite_sides() -> None:
    code = find("Hamming(7,4)")
    points = bipartite_layout(code)
    assert np.all(points[:7, 1] == 1) and np.all(points[7:, 1] == -1)


def test_shells() -> None:
    points = shell_layout(find("LDPC(49,24)"))
    radii = np.linalg.norm(points, axis=1)
    assert radii[:49] == pytest.approx(np.ones(49)) and radii[49:] == pytest.approx(np.full(28, 0.5))
    assert points[0] == pytest.approx([0, 1]) and points[1, 0] > 0  # clockwise from the top
