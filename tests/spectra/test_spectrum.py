"""The spectrum of the Tanner graph, against dense eigenvalues and published signatures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from threadpoolctl import threadpool_info

from sapcore.codes import LinearCode, find, names
from sapcore.errors import InputError
from sapcore.spectra import TannerGraph, normalised_spectrum, signature, signature_distance, spectrum
from sapcore.threads import single_threaded

CODES = ("Hamming(7,4)", "BCH(31,16)", "BCH(63,45)", "LDPC(49,24)", "CCSDS(128,64)", "Golay(24,12)", "BCH(31,16)-r")

# The two largest singular values of public matrices, as computed by others from the files of yoniLc/ECCT.
SIGNATURES = {
    "BCH(31,16)": (6.250, 3.387),
    "BCH(63,36)": (13.257, 6.365),
    "BCH(63,45)": (13.950, 5.645),
    "BCH(63,51)": (13.108, 4.859),
    "CCSDS(128,64)": (5.831, 4.203),
    "LDPC(49,24)": (5.292, 2.646),
    "LDPC(121,60)": (8.124, 3.317),
    "LDPC(121,70)": (7.416, 3.317),
    "LDPC(121,80)": (6.633, 3.317),
    "Polar(64,48)": (14.970, 5.754),
    "Polar(128,96)": (24.781, 9.145),
}


def code_of(matrix: list[list[int]]) -> LinearCode:
    return LinearCode("H", "test", np.array(matrix, dtype=np.uint8))


@st.composite
def codes(draw: st.DrawFn) -> LinearCode:
    """Codes of small matrices, singular ones, disconnected graphs and repeated singular values among them."""
    H = draw(arrays.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(0, 1)))
    H[~H.any(axis=1), 0] = 1
    H[0, ~H.any(axis=0)] = 1
    return LinearCode("drawn", "test", np.column_stack([H, H[:, 0]]))


@pytest.mark.parametrize(("name", "published"), SIGNATURES.items())
def test_published_signatures(name: str, published: tuple[float, float]) -> None:
    assert signature(find(name)) == pytest.approx(published, abs=6e-4)


def test_regular_codes() -> None:
    """The largest singular value of a (dv, dc)-regular matrix is sqrt(dv dc), its vectors are constant."""
    code = find("LDPC(49,24)")
    triples = spectrum(code)
    assert triples.singular_values[0] == pytest.approx(np.sqrt(4 * 7))
    assert triples.right[:, 0] == pytest.approx(np.full(49, 1 / 7))
    assert triples.left[:, 0] == pytest.approx(np.full(28, 1 / np.sqrt(28)))


def test_multiplicities_of_an_array_code() -> None:
    """H H^T of a Fan array code is p I plus all-one blocks between different block rows: p j once, p and 0 beyond."""
    multiplicities = spectrum(find("LDPC(49,24)")).multiplicities
    assert [count for _, count in multiplicities] == [1, 24]
    assert [value for value, _ in multiplicities] == pytest.approx([np.sqrt(28), np.sqrt(7)])


@pytest.mark.parametrize("name", CODES)
def test_eigenvalues_are_those_of_the_adjacency(name: str) -> None:
    code = find(name)
    dense = TannerGraph(code).adjacency.toarray().astype(float)
    assert spectrum(code).eigenvalues == pytest.approx(np.linalg.eigvalsh(dense)[::-1], abs=1e-6)


@given(code=codes())
@settings(max_examples=150)
def test_any_matrix(code: LinearCode) -> None:
    H = code.parity_check.astype(float)
    triples = spectrum(code)
    rank = len(triples.singular_values)
    assert rank == np.linalg.matrix_rank(H)
    assert (triples.right * triples.singular_values) @ triples.left.T == pytest.approx(H.T, abs=1e-9)
    assert triples.right.T @ triples.right == pytest.approx(np.eye(rank), abs=1e-9)
    assert triples.left.T @ triples.left == pytest.approx(np.eye(rank), abs=1e-9)
    assert np.all(np.diff(triples.singular_values) <= 0)
    assert sum(count for _, count in triples.multiplicities) == rank
    adjacency = TannerGraph(code).adjacency.toarray().astype(float)
    assert triples.eigenvalues == pytest.approx(np.linalg.eigvalsh(adjacency)[::-1], abs=1e-6)
    assert signature(code) == pytest.approx(np.append(triples.singular_values, 0)[:2], abs=1e-7)


@pytest.mark.parametrize("name", CODES)
def test_eigenvectors(name: str) -> None:
    code = find(name)
    triples, adjacency = spectrum(code), TannerGraph(code).adjacency.astype(float)
    rank = len(triples.singular_values)
    for index in (0, 1, rank - 1, triples.nodes - rank, triples.nodes - 1):
        vector = triples.eigenvector(index)
        assert np.linalg.norm(vector) == pytest.approx(1)
        assert adjacency @ vector == pytest.approx(triples.eigenvalues[index] * vector, abs=1e-9)


def test_zero_eigenvalues_have_no_eigenvector() -> None:
    triples = spectrum(find("LDPC(49,24)"))
    for index in (-1, 25, 51, 77):
        with pytest.raises(InputError, match=f"no eigenvector {index}: .* 0 to 24 and 52 to 76"):
            triples.eigenvector(index)


@pytest.mark.parametrize("name", ["LDPC(49,24)", "CCSDS(128,64)", "BCH(31,16)-r"])
def test_vectors_depend_on_the_subspace_alone(name: str) -> None:
    """Rows in another order give the decomposition other round-off, but the same vectors."""
    code = find(name)
    order = np.random.default_rng(1).permutation(code.rows)
    shuffled = LinearCode("shuffled", "test", code.parity_check[order])
    assert spectrum(shuffled).right == pytest.approx(spectrum(code).right, abs=1e-7)
    assert spectrum(shuffled).left == pytest.approx(spectrum(code).left[order], abs=1e-7)


def test_first_vector_is_positive() -> None:
    """Perron and Frobenius: a connected graph has a positive first eigenvector."""
    assert np.all(spectrum(find("BCH(63,45)")).eigenvector(0) > 0)


def test_rank_one() -> None:
    code = code_of([[1, 1, 1, 1]])
    assert signature(code) == (2.0, 0.0)
    assert spectrum(code).eigenvalues == pytest.approx([2, 0, 0, 0, -2])


def test_equal_rows_leave_no_noise_in_the_second_value() -> None:
    assert signature(code_of([[1, 1, 0, 1, 1, 1, 1]] * 5 + [[1, 1, 1, 1, 1, 1, 1]]))[1] > 0.1
    assert signature(code_of([[1, 1, 1, 1, 1, 1, 1]] * 3)) == (pytest.approx(np.sqrt(21)), 0.0)


@pytest.mark.parametrize("name", CODES)
def test_normalised_spectrum(name: str) -> None:
    """1 -+ s_i are the eigenvalues of the normalised Laplacian of networkx."""
    networkx = pytest.importorskip("networkx")
    code = find(name)
    laplacian = networkx.normalized_laplacian_spectrum(TannerGraph(code).to_networkx())
    triples = normalised_spectrum(code)
    assert np.sort(1 - triples.eigenvalues) == pytest.approx(np.sort(laplacian), abs=1e-6)
    assert triples.singular_values[0] == pytest.approx(1)


def test_signature_distance() -> None:
    bch, ldpc = find("BCH(31,16)"), find("LDPC(49,24)")
    assert signature_distance(bch, ldpc) == pytest.approx(np.hypot(6.250 - 5.292, 3.387 - 2.646), abs=1e-3)
    assert signature_distance(bch, ldpc) == signature_distance(ldpc, bch)
    assert signature_distance(bch, bch) == 0


def test_whole_catalogue_has_signatures() -> None:
    for name in names():
        first, second = signature(find(name))
        assert first >= second > 0


def test_results_are_read_only() -> None:
    triples = spectrum(find("Hamming(7,4)"))
    for array in (triples.singular_values, triples.right, triples.left):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_single_threaded_restores_the_limit() -> None:
    def blas_threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = blas_threads()
    with single_threaded():
        assert set(blas_threads()) == {1}
    assert blas_threads() == before
