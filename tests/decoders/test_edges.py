import numpy as np
import pytest
import torch

from sapcore.decoders.edges import EvenEdges, RaggedEdges

RAGGED = np.array([[1, 1, 0, 0, 0], [0, 1, 1, 1, 1], [0, 0, 1, 0, 1], [0, 0, 0, 1, 0]], dtype=np.uint8)


def even(degree, checks=3):
    """`checks` rows of weight `degree`, no two alike."""
    matrix = np.zeros((checks, degree + checks - 1), dtype=np.uint8)
    for check in range(checks):
        matrix[check, check : check + degree] = 1
    return matrix


def edges_of(edges, matrix):
    """(check, variable) of each edge, in order: the first edge of every check, then the second, and so on."""
    if isinstance(edges, EvenEdges):
        order = range(len(matrix))
    else:
        order = np.argsort(-matrix.sum(axis=1, dtype=int), kind="stable")
    neighbours = {check: np.flatnonzero(matrix[check]) for check in order}
    widest = max(len(bits) for bits in neighbours.values())
    return [(check, bits[j]) for j in range(widest) for check, bits in neighbours.items() if len(bits) > j]


LAYOUTS = [(RaggedEdges, RAGGED)] + [
    (kind, even(degree)) for degree in range(1, 10) for kind in (RaggedEdges, EvenEdges)
]


@pytest.mark.parametrize(("kind", "matrix"), LAYOUTS)
def test_others_are_all_others_of_the_same_check(kind, matrix):
    edges = kind(matrix)
    order = edges_of(edges, matrix)
    assert edges.variables.tolist() == [variable for _, variable in order]
    assert edges.count == matrix.sum(dtype=int)
    values = torch.arange(1.0, edges.count * 5 + 1).view(edges.count, 5)  # sums of these are exact
    bits = torch.randint(0, 2**31, (edges.count, 5), generator=torch.Generator().manual_seed(1), dtype=torch.int32)
    sums = edges.combine_others(torch.add, 0.0, values)
    least = edges.combine_others(torch.minimum, 99.0, values)
    parity = edges.xor_others(bits)
    for edge, (check, _) in enumerate(order):
        others = [e for e, (c, _) in enumerate(order) if c == check and e != edge]
        assert sums[edge].tolist() == values[others].sum(dim=0).tolist()
        expected = values[others].amin(dim=0).tolist() if others else [99.0] * 5
        assert least[edge].tolist() == expected
        assert parity[edge].tolist() == np.bitwise_xor.reduce(bits[others].numpy(), axis=0, initial=0).tolist()


def test_exclusive_or_over_a_check():
    edges = RaggedEdges(RAGGED)
    words = torch.tensor([[0, 0, 1, 1, 0], [1, 1, 0, 1, 0]], dtype=torch.bool).T  # two words of five bits
    flags = words.index_select(0, edges.variables)
    order = np.argsort(-RAGGED.sum(axis=1, dtype=int), kind="stable")
    np.testing.assert_array_equal(edges.xor(flags).numpy(), (RAGGED @ words.numpy().astype(np.uint8) % 2)[order] == 1)


def test_nothing_is_lost_to_subtraction():
    """A tiny term beside a huge one: the sum without the huge one is exact."""
    for edges in (RaggedEdges(even(4, 1)), EvenEdges(even(4, 1))):
        values = torch.tensor([[1e20], [1e-20], [2e-20], [3e-20]])
        assert edges.combine_others(torch.add, 0.0, values)[0].item() == pytest.approx(6e-20)
