"""The Tanner graph of a parity-check matrix: a node for each bit and each check, an edge for each one in H."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import block_array, csr_array, eye_array
from scipy.sparse.csgraph import connected_components, shortest_path

from sapcore.codes.linear_code import LinearCode

if TYPE_CHECKING:
    import networkx


@dataclass(frozen=True)
class TannerGraph:
    """The Tanner graph of `code`: nodes 0 ... n-1 are the variable nodes, n ... n+m-1 the check nodes.

    Properties are computed at first use and kept; do not write into their arrays.
    """

    code: LinearCode

    @cached_property
    def adjacency(self) -> csr_array:
        """A(H) = [[0, H^T], [H, 0]], sparse (n + m, n + m) uint8."""
        H = csr_array(self.code.parity_check)
        return block_array([[None, H.T], [H, None]], format="csr", dtype=np.uint8)

    @cached_property
    def edges(self) -> np.ndarray:
        """(E, 2): the variable index (0 ... n-1) and the check index (0 ... m-1) of each edge, check by check."""
        return np.argwhere(self.code.parity_check)[:, ::-1].copy()

    @cached_property
    def variable_degrees(self) -> np.ndarray:
        """(n,): the number of checks each bit takes part in, the column weights of H."""
        return self.code.parity_check.sum(axis=0, dtype=np.int64)

    @cached_property
    def check_degrees(self) -> np.ndarray:
        """(m,): the number of bits in each check, the row weights of H."""
        return self.code.parity_check.sum(axis=1, dtype=np.int64)

    @cached_property
    def components(self) -> int:
        """The number of connected components."""
        return int(connected_components(self.adjacency, directed=False, return_labels=False))

    @cached_property
    def distances(self) -> np.ndarray:
        """(n + m, n + m) int16, read-only: edges on the shortest path between two nodes, -1 where there is none."""
        lengths = shortest_path(self.adjacency, method="D", unweighted=True)
        lengths[np.isinf(lengths)] = -1
        distances = lengths.astype(np.int16)
        distances.setflags(write=False)
        return distances

    @cached_property
    def girth(self) -> int | None:
        """The length of the shortest cycle, None in a graph without cycles.

        In a bipartite graph it is 2d for the smallest d at which some node, d steps away from a variable node, has two
        neighbours that are d - 1 steps away.
        """
        m, n = self.code.parity_check.shape
        if len(self.edges) == n + m - self.components:
            return None
        if self._has_four_cycle():
            return 4
        adjacency = self.adjacency.astype(np.int32)
        before = csr_array((n, n + m), dtype=np.int32)
        level = eye_array(n, n + m, dtype=np.int32, format="csr")  # [i, j] = 1: node j is d - 1 steps from variable i
        for d in count(1):
            parents = level @ adjacency  # how many neighbours of j are d - 1 steps from i
            parents = parents - parents.multiply(before)  # nodes j that were d - 2 steps away
            parents.eliminate_zeros()
            if parents.max() > 1:
                return 2 * d
            before, level = level, parents

    def _has_four_cycle(self) -> bool:
        """Whether two checks share two bits (one dense product, also fast where H is dense)."""
        H = self.code.parity_check.astype(np.float32)  # counts up to 2^24 are exact
        overlaps = H @ H.T
        np.fill_diagonal(overlaps, 0)
        return bool(overlaps.max() > 1)

    def to_networkx(self) -> networkx.Graph:
        """Return the graph for networkx.

        Each node has the attributes `kind` ("variable" or "check"), `index` (within its kind) and, as networkx's
        bipartite functions expect, `bipartite` (0 for variables, 1 for checks).
        """
        import networkx as nx

        m, n = self.code.parity_check.shape
        graph = nx.Graph(name=self.code.name)
        graph.add_nodes_from((i, {"kind": "variable", "index": i, "bipartite": 0}) for i in range(n))
        graph.add_nodes_from((n + j, {"kind": "check", "index": j, "bipartite": 1}) for j in range(m))
        graph.add_edges_from((variable, n + check) for variable, check in self.edges.tolist())
        return graph
