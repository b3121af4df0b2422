"""The families against published polynomials, counts, frozen sets and weights."""

import hashlib

import numpy as np
import pytest

from sapcore.codes import families, gf2
from sapcore.codes.light_words import light_words
from sapcore.codes.tables import BCH_DISTANCES
from sapcore.codes.weights import minimum_distance, weight_distribution
from sapcore.errors import InputError

# Lin and Costello, table of generator polynomials of primitive BCH codes, octal.
OCTAL = {
    (7, 4): "13",
    (15, 11): "23",
    (15, 7): "721",
    (15, 5): "2467",
    (31, 26): "45",
    (31, 21): "3551",
    (31, 16): "107657",
    (31, 11): "5423325",
    (31, 6): "313365047",
    (63, 57): "103",
    (63, 51): "12471",
    (63, 45): "1701317",
    (63, 39): "166623567",
    (63, 36): "1033500423",
    (63, 30): "157464165547",
    (127, 120): "211",
    (127, 113): "41567",
    (127, 106): "11554743",
}


@pytest.mark.parametrize(("parameters", "octal"), OCTAL.items())
def test_bch_generator_polynomials(parameters, octal):
    assert f"{families.generator_polynomial(*parameters):o}" == octal


@pytest.mark.parametrize(
    ("n", "dimensions"),
    [
        (7, {4, 1}),
        (15, {11, 7, 5, 1}),
        (31, {26, 21, 16, 11, 6, 1}),
        (63, {57, 51, 45, 39, 36, 30, 24, 18, 16, 10, 7, 1}),
        (127, {120, 113, 106, 99, 92, 85, 78, 71, 64, 57, 50, 43, 36, 29, 22, 15, 8, 1}),
    ],
)
def test_every_bch_dimension_exists_and_no_other(n, dimensions):
    found = set()
    for k in range(1, n):
        try:
            found.add(families.bch(n, k).k)
        except InputError:
            continue
    assert found == dimensions


@pytest.mark.parametrize(
    ("code", "rows", "rank", "ones", "row_weights", "column_weights"),
    [
        (families.bch(31, 16), 15, 15, 120, (8, 8), (1, 7)),
        (families.bch(63, 36), 27, 27, 486, (18, 18), (1, 13)),
        (families.bch(63, 45), 18, 18, 432, (24, 24), (1, 11)),
        (families.bch(63, 51), 12, 12, 336, (28, 28), (1, 9)),
        (families.array_ldpc(7, 4), 28, 25, 196, (7, 7), (4, 4)),
        (families.array_ldpc(11, 6), 66, 61, 726, (11, 11), (6, 6)),
        (families.array_ldpc(11, 5), 55, 51, 605, (11, 11), (5, 5)),
        (families.array_ldpc(11, 4), 44, 41, 484, (11, 11), (4, 4)),
        (families.ccsds(128), 64, 64, 512, (8, 8), (3, 5)),
        (families.ccsds(256), 128, 128, 1024, (8, 8), (3, 5)),
        (families.ccsds(512), 256, 256, 2048, (8, 8), (3, 5)),
        (families.polar(64, 32), 32, 32, 576, (8, 64), (1, 32)),
        (families.polar(64, 48), 16, 16, 400, (16, 64), (1, 16)),
        (families.polar(128, 64), 64, 64, 1768, (8, 128), (1, 64)),
        (families.polar(128, 86), 42, 42, 1456, (16, 128), (1, 42)),
        (families.polar(128, 96), 32, 32, 1264, (16, 128), (1, 32)),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_facts_of_the_matrices(code, rows, rank, ones, row_weights, column_weights):
    """The published files of these matrices (github.com/yoniLc/ECCT Codes_DB, AFF3CT, labrador-ldpc), counted.

    The published Polar(128,64) freezes 88, 98, 100 where the 5G order freezes 27, 29, 39: three columns of F of weight
    16 for three of weight 8, so 1792 ones there are 1768 here.
    """
    H = code.parity_check.astype(int)
    assert (code.rows, code.rank, code.ones) == (rows, rank, ones)
    assert (H.sum(1).min(), H.sum(1).max()) == row_weights
    assert (H.sum(0).min(), H.sum(0).max()) == column_weights


@pytest.mark.parametrize(
    ("code", "signature"),
    [
        (families.bch(31, 16), (6.250, 3.387)),
        (families.bch(63, 36), (13.257, 6.365)),
        (families.bch(63, 45), (13.950, 5.645)),
        (families.bch(63, 51), (13.108, 4.859)),
        (families.array_ldpc(7, 4), (5.292, 2.646)),
        (families.array_ldpc(11, 4), (6.633, 3.317)),
        (families.ccsds(128), (5.831, 4.203)),
        (families.polar(64, 48), (14.970, 5.754)),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_two_largest_singular_values(code, signature):
    """Of the published matrices (github.com/yoniLc/ECCT); Polar(64,48) there is a permutation of our columns."""
    values = np.linalg.svd(code.parity_check.astype(float), compute_uv=False)
    assert values[:2] == pytest.approx(signature, abs=6e-4)


def test_bch_rows_are_shifts_of_the_parity_polynomial():
    code = families.bch(7, 4)  # g = x^3 + x + 1, h = x^4 + x^2 + x + 1
    assert code.parity_check.tolist() == [[1, 0, 1, 1, 1, 0, 0], [0, 1, 0, 1, 1, 1, 0], [0, 0, 1, 0, 1, 1, 1]]


@pytest.mark.parametrize(
    "code", [families.bch(15, 7), families.bch(63, 45), families.golay(23)], ids=lambda code: code.name
)
def test_cyclic_codes_are_closed_under_shifts(code):
    assert code.cyclic
    assert not code.syndrome(np.roll(code.generator, 1, axis=1)).any()


@pytest.mark.parametrize(("parameters", "distance"), BCH_DISTANCES.items())
def test_bch_distances_are_proved(parameters, distance):
    """BCH bound from below (consecutive roots of g), a codeword from above."""
    n, k = parameters
    code = families.bch(n, k)
    g = families.generator_polynomial(n, k)
    m = n.bit_length()
    powers = families._powers(m)
    consecutive = 1
    while _evaluate(g, consecutive, powers) == 0:
        consecutive += 1
    assert consecutive >= distance
    if min(k, n - k) <= 20:
        assert minimum_distance(code) == distance
    else:
        assert gf2.weights(light_words(code.generator, 16))[0] == distance


def _evaluate(polynomial, exponent, powers):
    value = 0
    for i in range(polynomial.bit_length()):
        if polynomial >> i & 1:
            value ^= powers[i * exponent % len(powers)]
    return value


@pytest.mark.parametrize("r", [2, 3, 4, 5, 6])
def test_hamming_and_extended_hamming(r):
    n = 2**r - 1
    code, extended = families.hamming(r), families.extended_hamming(r)
    assert (code.n, code.k) == (n, n - r)
    assert (extended.n, extended.k) == (n + 1, n - r)
    assert sorted(map(tuple, code.parity_check.T)) == sorted(
        tuple((j >> i) & 1 for i in range(r)) for j in range(1, n + 1)
    )
    assert not (extended.generator.sum(axis=1) % 2).any()
    if r > 2:
        assert minimum_distance(code) == code.minimum_distance == 3
        assert minimum_distance(extended) == extended.minimum_distance == 4


@pytest.mark.parametrize(("n", "k"), [(16, 7), (32, 16), (32, 21), (64, 45), (64, 51)])
def test_extended_bch_is_bch_with_overall_parity(n, k):
    code = families.extended_bch(n, k)
    base = families.bch(n - 1, k)
    assert (code.n, code.k, code.cyclic) == (n, k, False)
    parity = base.generator.sum(axis=1, keepdims=True) % 2
    assert not code.syndrome(np.hstack([base.generator, parity])).any()
    assert minimum_distance(code) == code.minimum_distance == base.minimum_distance + 1


def test_golay_weight_enumerators():
    assert {w: a for w, a in enumerate(weight_distribution(families.golay(24))) if a} == {
        0: 1, 8: 759, 12: 2576, 16: 759, 24: 1,
    }  # fmt: skip
    assert {w: a for w, a in enumerate(weight_distribution(families.golay(23))) if a} == {
        0: 1, 7: 253, 8: 506, 11: 1288, 12: 1288, 15: 506, 16: 253, 23: 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("r", "m", "k"), [(0, 3, 1), (1, 4, 5), (2, 4, 11), (2, 5, 16), (2, 6, 22), (3, 6, 42), (3, 7, 64)]
)
def test_reed_muller_words_are_polynomials_of_low_degree(r, m, k):
    code = families.reed_muller(r, m)
    assert (code.n, code.k, code.minimum_distance) == (2**m, k, 2 ** (m - r))
    points = (np.arange(2**m)[:, None] >> np.arange(m)) & 1
    monomials = [s for s in range(2**m) if s.bit_count() <= r]
    words = [np.prod(points[:, [i for i in range(m) if s >> i & 1]], axis=1) for s in monomials]
    assert len(words) == k
    assert not code.syndrome(words).any()


def test_reed_muller_minimum_words():
    """Numbers of minimum-weight words: MacWilliams and Sloane, theorem 13.9."""
    assert weight_distribution(families.reed_muller(1, 4))[8] == 30
    assert weight_distribution(families.reed_muller(2, 5))[8] == 620


# 5G reliability order for N = 64 (3GPP TS 38.212, table 5.3.1.2-1, below 64): not derived from that of 128.
ORDER_64 = (
    "0 1 2 4 8 16 32 3 5 9 6 17 10 18 12 33 20 34 24 36 7 11 40 19 13 48 14 21 35 26 37 25 22 38 41 28 42 "
    "49 44 50 15 52 23 56 27 39 29 43 30 45 51 46 53 54 57 58 60 31 47 55 59 61 62 63"
)


@pytest.mark.parametrize(("n", "k"), [(32, 11), (32, 21), (64, 22), (64, 32), (64, 48)])
def test_polar_codes_are_the_words_with_zeros_at_the_frozen_positions(n, k):
    order = [int(i) for i in ORDER_64.split() if int(i) < n]
    F = np.array([[1]])
    while len(F) < n:
        F = np.kron(F, [[1, 0], [1, 1]])
    code = families.polar(n, k)
    assert code.k == k
    assert not code.syndrome(F[order[n - k :]]).any()
    assert code.minimum_distance == F[order[n - k :]].sum(axis=1).min()
    assert np.array_equal(code.parity_check, F[:, sorted(order[: n - k])].T)


@pytest.mark.parametrize(("n", "k", "distance"), [(64, 32, 8), (64, 48, 4), (128, 64, 8)])
def test_polar_distances(n, k, distance):
    code = families.polar(n, k)
    assert code.minimum_distance == distance
    assert gf2.weights(light_words(code.generator, 16))[0] == distance


def test_polar_64_48_spectrum():
    distribution = weight_distribution(families.polar(64, 48))
    assert [distribution[w] for w in (4, 6, 8)] == [432, 2304, 171000]


def test_polar_32_16_is_reed_muller():
    assert gf2.rank(np.vstack([families.polar(32, 16).parity_check, families.reed_muller(2, 5).parity_check])) == 16


@pytest.mark.parametrize(("p", "j"), [(7, 4), (11, 4), (11, 5), (11, 6)])
def test_array_codes_have_no_four_cycles(p, j):
    code = families.array_ldpc(p, j)
    assert code.k == p * p - j * p + j - 1
    shared = code.parity_check.astype(int) @ code.parity_check.T
    assert shared[~np.eye(len(shared), dtype=bool)].max() == 1


def test_array_distances_have_words():
    for p, j in ((11, 4), (11, 5)):
        code = families.array_ldpc(p, j)
        assert gf2.weights(light_words(code.generator, 16))[0] == code.minimum_distance == 10


@pytest.mark.parametrize(
    ("code", "k", "four_cycles"),
    [
        (families.ccsds(128), 64, False),
        (families.ccsds(256), 128, False),
        (families.wifi(648, 324), 324, None),
        (families.wifi(648, 540), 540, None),
        (families.wimax(576), 288, None),
        (families.wimax(1440), 720, None),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_standard_ldpc(code, k, four_cycles):
    assert (code.k, code.rank, code.rows) == (k, code.n - k, code.n - k)
    if four_cycles is False:
        shared = code.parity_check.astype(int) @ code.parity_check.T
        assert shared[~np.eye(len(shared), dtype=bool)].max() == 1


def test_wifi_and_wimax_shapes():
    """Rate 1/2 of 802.11n at z = 27 has 88 circulants, of 802.16e 76 (both standards' base matrices)."""
    assert families.wifi(648, 324).ones == 88 * 27
    assert families.wifi(648, 540).ones == 88 * 27
    assert families.wimax(576).ones == 76 * 24
    assert families.wimax(2304).parity_check[0, 96 + 94] == 1


def test_ccsds_128_minimum_distance_is_counted():
    """A lighter word would hold at most 6 ones on one of two disjoint information sets, and all these are tried."""
    code = families.ccsds(128)
    systematic, pivots = gf2.row_reduce(code.generator)
    rest = [j for j in range(128) if j not in pivots]
    other, others = gf2.row_reduce(systematic[:, rest + list(pivots)])
    assert others == tuple(range(64))
    assert min(_lightest_of_few(gf2.pack(systematic), 6), _lightest_of_few(gf2.pack(other), 6)) == 14


def _lightest_of_few(rows, most):
    """Least weight among the sums of one to `most` (even) packed rows: halves joined at every split of the indices."""
    half = most // 2
    count = len(rows)
    sums = {0: (np.zeros((1, rows.shape[1]), dtype=np.uint64), np.array([count]), np.array([-1]))}
    for size in range(1, half + 1):
        words, firsts, lasts = sums[size - 1]
        parts = [
            (words[firsts > i] ^ rows[i], np.full((firsts > i).sum(), i), np.where(size == 1, i, lasts[firsts > i]))
            for i in range(count)
        ]
        sums[size] = tuple(np.concatenate(part) for part in zip(*parts, strict=True))
    least = min(int(gf2.weights(sums[size][0]).min()) for size in range(1, half + 1))
    head, _, head_lasts = sums[half]
    for size in range(1, half + 1):
        tail, tail_firsts, _ = sums[size]
        starts = np.searchsorted(tail_firsts, head_lasts + 1)
        for word, start in zip(head, starts, strict=True):
            if start < len(tail):
                least = min(least, int(gf2.weights(tail[start:] ^ word).min()))
    return least


@pytest.mark.parametrize(
    ("build", "arguments"),
    [
        (families.hamming, (1,)),
        (families.extended_hamming, (9,)),
        (families.bch, (31, 17)),
        (families.bch, (30, 16)),
        (families.bch, (1, 1)),
        (families.extended_bch, (31, 16)),
        (families.golay, (22,)),
        (families.reed_muller, (5, 5)),
        (families.reed_muller, (-1, 5)),
        (families.polar, (48, 24)),
        (families.polar, (64, 64)),
        (families.polar, (64, 0)),
        (families.array_ldpc, (9, 4)),
        (families.array_ldpc, (7, 7)),
        (families.ccsds, (129,)),
        (families.wifi, (648, 432)),
        (families.wimax, (600,)),
    ],
)
def test_what_does_not_exist_is_refused(build, arguments):
    with pytest.raises(InputError, match=r"\.$"):
        build(*arguments)


def test_digests_do_not_change():
    """Stores, backbones and links hold digests: a new recipe for an old name must not go unseen."""
    codes = (
        families.hamming(3), families.bch(31, 16), families.bch(63, 45), families.golay(24),
        families.reed_muller(2, 5), families.polar(64, 32), families.array_ldpc(7, 4), families.ccsds(128),
        families.wifi(648, 324), families.wimax(576),
    )  # fmt: skip
    together = hashlib.sha256(" ".join(code.digest for code in codes).encode()).hexdigest()[:16]
    assert together == "72cd911ffedb1b11"
