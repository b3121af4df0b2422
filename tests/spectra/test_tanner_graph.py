"""Tanner graphs, against networkx."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sapcore.codes import LinearCode, find
from sapcore.spectra import TannerGraph

networkx = pytest.importorskip("networkx")

CODES = ("Hamming(7,4)", "BCH(31,16)", "Golay(24,12)", "LDPC(49,24)", "BCH(31,16)-r")


def graph_of(matrix: np.ndarray | list[list[int]]) -> TannerGraph:
    return TannerGraph(LinearCode("H", "test", np.array(matrix, dtype=np.uint8)))


def reference_distances(graph: TannerGraph) -> np.ndarray:
    """Shortest-path lengths by networkx, -1 where there is no path."""
    nodes = sum(graph.code.parity_check.shape)
    distances = np.full((nodes, nodes), -1)
    for start, lengths in networkx.all_pairs_shortest_path_length(graph.to_networkx()):
        distances[start, list(lengths)] = list(lengths.values())
    return distances


@st.composite
def graphs(draw: st.DrawFn) -> TannerGraph:
    """Sparse small graphs: trees, single cycles and disconnected ones among them."""
    m, n = draw(st.integers(1, 8)), draw(st.integers(2, 10))
    H = draw(arrays.arrays(np.uint8, (m, n), elements=st.sampled_from([0, 0, 0, 1])))
    for row in np.flatnonzero(~H.any(axis=1)):
        H[row, draw(st.integers(0, n - 1))] = 1
    for column in np.flatnonzero(~H.any(axis=0)):
        H[draw(st.integers(0, m - 1)), column] = 1
    pendant = np.zeros((m, 1), dtype=np.uint8)  # two degree-one bits in one check make k > 0 and add no cycle
    pendant[draw(st.integers(0, m - 1))] = 1
    return graph_of(np.column_stack([H, pendant, pendant]))


def check_against_networkx(graph: TannerGraph) -> None:
    assert np.array_equal(graph.distances, reference_distances(graph))
    girth = networkx.girth(graph.to_networkx())
    assert graph.girth == (None if np.isinf(girth) else girth)
    assert graph.components == networkx.number_connected_components(graph.to_networkx())


@pytest.mark.parametrize("name", CODES)
def test_codes_against_networkx(name: str) -> None:
    check_against_networkx(TannerGraph(find(name)))


@given(graph=graphs())
@settings(max_examples=150)
def test_any_graph_against_networkx(graph: TannerGraph) -> None:
    check_against_networkx(graph)


@pytest.mark.parametrize("name", CODES)
def test_adjacency_edges_degrees(name: str) -> None:
    graph, H = TannerGraph(find(name)), find(name).parity_check.astype(int)
    m, n = H.shape
    zeros = np.zeros
    dense = np.block([[zeros((n, n), int), H.T], [H, zeros((m, m), int)]])
    assert graph.adjacency.dtype == np.uint8
    assert np.array_equal(graph.adjacency.toarray(), dense)
    assert graph.edges.shape == (H.sum(), 2)
    assert np.all(H[graph.edges[:, 1], graph.edges[:, 0]] == 1)
    assert len(np.unique(graph.edges, axis=0)) == len(graph.edges)
    assert np.array_equal(np.concatenate([graph.variable_degrees, graph.check_degrees]), dense.sum(axis=0))


def test_distances_are_int16_and_read_only() -> None:
    distances = TannerGraph(find("Hamming(7,4)")).distances
    assert distances.dtype == np.int16
    with pytest.raises(ValueError, match="read-only"):
        distances[0, 0] = 1


@pytest.mark.parametrize(("name", "girth"), [("LDPC(49,24)", 6), ("CCSDS(128,64)", 6), ("BCH(63,45)", 4)])
def test_known_girths(name: str, girth: int) -> None:
    """Array codes and CCSDS matrices have no 4-cycles by construction, and 6-cycles."""
    assert TannerGraph(find(name)).girth == girth


@pytest.mark.parametrize("length", [2, 3, 4, 5, 20])
def test_girth_of_a_ring(length: int) -> None:
    ring = (np.eye(length, dtype=int) + np.roll(np.eye(length, dtype=int), 1, axis=1)) > 0
    graph = graph_of(ring)
    assert graph.girth == 2 * length
    assert graph.distances.max() == length


def test_path_has_no_cycle() -> None:
    graph = graph_of([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]])
    assert graph.girth is None
    assert graph.distances[0, 3] == 6


def test_unreachable_nodes() -> None:
    graph = graph_of([[1, 1, 0, 0], [0, 0, 1, 1]])
    assert graph.components == 2
    assert graph.distances[0].tolist() == [0, 2, -1, -1, 1, -1]


def test_networkx_view() -> None:
    code = find("Hamming(7,4)")
    graph = TannerGraph(code).to_networkx()
    assert graph.name == "Hamming(7,4)"
    assert dict(graph.nodes[2]) == {"kind": "variable", "index": 2, "bipartite": 0}
    assert dict(graph.nodes[8]) == {"kind": "check", "index": 1, "bipartite": 1}
    matrix = networkx.bipartite.biadjacency_matrix(graph, range(7, 10), range(7))
    assert np.array_equal(matrix.toarray(), code.parity_check)


def test_graphs_are_values() -> None:
    graph = TannerGraph(find("Hamming(7,4)"))
    assert graph == TannerGraph(find("Hamming(7,4)")) != TannerGraph(find("BCH(31,16)"))
    assert np.array_equal(pickle.loads(pickle.dumps(graph)).distances, graph.distances)


def test_distances_need_only_numpy_and_scipy() -> None:
    """Training uses them on machines where little else is installed."""
    program = (
        "import sys; sys.modules.update(networkx=None, threadpoolctl=None);"
        "from sapcore.codes import find; from sapcore.spectra import TannerGraph;"
        "print(TannerGraph(find('Hamming(7,4)')).distances.max())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "4"
