"""Builders of the code families, one function each. Coordinates and H are those of the cited recipe, bit for bit."""

from collections.abc import Iterable
from functools import lru_cache
from math import comb

import numpy as np
from numpy.typing import NDArray

from sapcore.codes import tables
from sapcore.codes.linear_code import LinearCode
from sapcore.errors import InputError

Bits = NDArray[np.uint8]


def hamming(r: int) -> LinearCode:
    """Hamming code of length 2^r - 1: column j of H is j + 1 in binary, most significant bit in the first row.

    Raises:
        InputError: r is not in 2..8.

    >>> hamming(3).name
    'Hamming(7,4)'
    """
    if r not in range(2, 9):
        raise InputError(f"A Hamming code has r from 2 to 8 checks here, not {r}.")
    n = 2**r - 1
    columns = np.arange(1, n + 1)
    H = (columns >> np.arange(r - 1, -1, -1)[:, None]) & 1
    return LinearCode(f"Hamming({n},{n - r})", "Hamming", H, minimum_distance=3)


def extended_hamming(r: int) -> LinearCode:
    """Hamming code with an overall parity bit as its last coordinate: length 2^r, minimum distance 4.

    Raises:
        InputError: r is not in 2..8.

    >>> extended_hamming(3).name
    'eHamming(8,4)'
    """
    base = hamming(r)
    return LinearCode(f"eHamming({base.n + 1},{base.k})", "extended Hamming", _extended(base.parity_check), 4)


def bch(n: int, k: int) -> LinearCode:
    """Narrow-sense primitive BCH code, H of the cyclic form: row i is i zeros, then h_k … h_0, with h = (x^n - 1) / g.

    Minimum distances are those of MacWilliams and Sloane, The Theory of Error-Correcting Codes, figure 9.1.

    Raises:
        InputError: n is not 7, 15, 31, 63, 127 or 255, or no such code has this k.

    >>> bch(31, 16).ones
    120
    """
    g = generator_polynomial(n, k)
    h = _quotient((1 << n) | 1, g)
    descending = np.array([int(digit) for digit in f"{h:b}"], dtype=np.uint8)
    H = np.zeros((n - k, n), dtype=np.uint8)
    for i in range(n - k):
        H[i, i : i + k + 1] = descending
    return LinearCode(f"BCH({n},{k})", "BCH", H, tables.BCH_DISTANCES.get((n, k)), cyclic=True)


def extended_bch(n: int, k: int) -> LinearCode:
    """BCH code of length n - 1 with an overall parity bit as its last coordinate.

    Raises:
        InputError: no BCH(n-1,k) exists.

    >>> extended_bch(32, 16).minimum_distance
    8
    """
    try:
        base = bch(n - 1, k)
    except InputError as error:
        raise InputError(f"There is no eBCH({n},{k}): {error}") from error
    odd = base.minimum_distance
    distance = None if odd is None else odd + odd % 2
    return LinearCode(f"eBCH({n},{k})", "extended BCH", _extended(base.parity_check), distance)


def golay(n: int) -> LinearCode:
    """Binary Golay code: the cyclic (23,12) with g = x^11 + x^10 + x^6 + x^5 + x^4 + x^2 + 1, or the extended (24,12).

    Raises:
        InputError: n is neither 23 nor 24.

    >>> golay(23).cyclic, golay(24).minimum_distance
    (True, 8)
    """
    if n not in (23, 24):
        raise InputError(f"The binary Golay codes have length 23 or 24, not {n}.")
    h = _quotient((1 << 23) | 1, 0b110001110101)
    descending = np.array([int(digit) for digit in f"{h:b}"], dtype=np.uint8)
    H = np.array([np.roll(np.pad(descending, (0, 10)), i) for i in range(11)])
    if n == 23:
        return LinearCode("Golay(23,12)", "Golay", H, 7, cyclic=True)
    return LinearCode("Golay(24,12)", "Golay", _extended(H), 8)


def reed_muller(r: int, m: int) -> LinearCode:
    """Reed-Muller code RM(r, m) of length 2^m, named by (n,k).

    H holds the monomials of degree at most m - r - 1, the generator of the dual RM(m-r-1, m), by rising degree.

    Raises:
        InputError: not 0 <= r < m <= 8.

    >>> reed_muller(2, 5).name
    'RM(32,16)'
    """
    if not 0 <= r < m <= 8:
        raise InputError(f"A Reed-Muller code has 0 <= r < m <= 8 here, not r = {r}, m = {m}.")
    n = 2**m
    points = np.arange(n)
    monomials = sorted((s for s in range(n) if s.bit_count() < m - r), key=lambda s: (s.bit_count(), s))
    H = np.array([(points & s) == s for s in monomials])
    k = sum(comb(m, degree) for degree in range(r + 1))
    return LinearCode(f"RM({n},{k})", "Reed-Muller", H, 2 ** (m - r))


def polar(n: int, k: int) -> LinearCode:
    """Polar code in natural index order: H = F[:, frozen]ᵀ, F the m-fold Kronecker power of [[1, 0], [1, 1]].

    The frozen positions are the n - k least reliable of the 5G order (3GPP TS 38.212, table 5.3.1.2-1), kept to indices
    below n. The minimum distance is the least weight among the rows of F that are used (Hussami, Korada, Urbanke 2009).

    Raises:
        InputError: n is not 8, 16, 32, 64 or 128, or not 0 < k < n.

    >>> polar(64, 32).ones
    576
    """
    if n not in (8, 16, 32, 64, 128) or not 0 < k < n:
        raise InputError(f"A polar code has n = 8, 16, 32, 64 or 128 and 0 < k < n here, not ({n},{k}).")
    order = [i for i in tables.POLAR_ORDER_128 if i < n]
    return polar_with(f"Polar({n},{k})", n, order[: n - k])


def polar_with(name: str, n: int, frozen: Iterable[int]) -> LinearCode:
    """The code of `polar` with these frozen positions.

    Raises:
        InputError: n is not a power of 2, or the positions are none, all, or not within 0 … n - 1.
    """
    index, positions = np.arange(n), sorted(set(frozen))
    if n & (n - 1) or not 0 < len(positions) < n or not set(positions) <= set(range(n)):
        raise InputError(f"A polar code has n a power of 2 and some, not all, of 0 to n - 1 frozen, not n = {n}.")
    F = (index[:, None] & index[None, :]) == index[None, :]
    distance = min(2 ** i.bit_count() for i in range(n) if i not in positions)
    return LinearCode(name, "polar", F[:, positions].T, distance)


def array_ldpc(p: int, j: int) -> LinearCode:
    """Array LDPC code (Fan 2000): block (i, c) of the j by p blocks is the identity of size p rolled right by -i·c.

    The jp rows have rank jp - j + 1. Known minimum distances: see `tables.ARRAY_DISTANCES`.

    Raises:
        InputError: p is not an odd prime up to 61, or not 2 <= j < p.

    >>> code = array_ldpc(7, 4)
    >>> code.name, code.rows, code.rank
    ('LDPC(49,24)', 28, 25)
    """
    if p not in range(3, 62) or any(p % divisor == 0 for divisor in range(2, p)) or not 2 <= j < p:
        raise InputError(f"An array LDPC code has an odd prime p up to 61 and 2 <= j < p, not p = {p}, j = {j}.")
    H = np.block([[_circulant(p, -i * c) for c in range(p)] for i in range(j)])
    return LinearCode(f"LDPC({p * p},{p * p - j * p + j - 1})", "array LDPC", H, tables.ARRAY_DISTANCES.get((p, j)))


def ccsds(n: int) -> LinearCode:
    """CCSDS telecommand LDPC code of rate 1/2 (CCSDS 231.1-O-1), from 4 by 8 blocks of sums of circulants.

    Raises:
        InputError: n is not 128, 256 or 512.

    >>> ccsds(128).ones
    512
    """
    if n not in tables.CCSDS_BLOCKS:
        raise InputError(f"The CCSDS telecommand codes have length 128, 256 or 512, not {n}.")
    blocks = tables.CCSDS_BLOCKS[n]
    H = np.block([[_circulant_sum(n // 8, cell) for cell in line.split()] for line in blocks.split("|")])
    return LinearCode(f"CCSDS({n},{n // 2})", "CCSDS LDPC", H, tables.CCSDS_DISTANCES.get(n))


def wifi(n: int, k: int) -> LinearCode:
    """IEEE 802.11n quasi-cyclic LDPC code: (648,324) and (648,540), circulants of size 27.

    Raises:
        InputError: (n, k) is neither.

    >>> wifi(648, 540).k
    540
    """
    if (n, k) not in tables.WIFI_SHIFTS:
        known = " and ".join(f"({a},{b})" for a, b in tables.WIFI_SHIFTS)
        raise InputError(f"The 802.11n codes here are {known}, not ({n},{k}).")
    H = _quasi_cyclic(tables.WIFI_SHIFTS[n, k], n // 24)
    return LinearCode(f"WiFi({n},{k})", "802.11n LDPC", H)


def wimax(n: int) -> LinearCode:
    """IEEE 802.16e quasi-cyclic LDPC code of rate 1/2: circulants of size z = n / 24, shifts floor(s·z / 96).

    Raises:
        InputError: n is not a multiple of 96 from 576 to 2304.

    >>> wimax(576).k
    288
    """
    if n not in range(576, 2305, 96):
        raise InputError(f"The 802.16e codes have a length from 576 to 2304 in steps of 96, not {n}.")
    H = _quasi_cyclic(tables.WIMAX_SHIFTS, n // 24, scale_from=96)
    return LinearCode(f"WiMAX({n},{n // 2})", "802.16e LDPC", H)


@lru_cache(maxsize=256)
def generator_polynomial(n: int, k: int) -> int:
    """Generator polynomial of the narrow-sense primitive BCH(n,k), bit i the coefficient of x^i.

    The product of the minimal polynomials of alpha, alpha^3, alpha^5, … until its degree is n - k.

    Raises:
        InputError: n is not 7, 15, 31, 63, 127 or 255, or no such code has this k.

    >>> f"{generator_polynomial(63, 45):o}"
    '1701317'
    """
    m = (n + 1).bit_length() - 1
    if m not in tables.PRIMITIVE_POLYNOMIALS or n != 2**m - 1:
        raise InputError(f"A primitive BCH code has length 7, 15, 31, 63, 127 or 255, not {n}.")
    powers = _powers(m)
    g, dimensions, covered = 1, [], set()
    for root in range(1, n, 2):
        if root in covered:
            continue
        coset = {root * 2**i % n for i in range(m)}
        covered |= coset
        g = _multiply(g, _minimal_polynomial(coset, powers))
        dimension = n + 1 - g.bit_length()
        if dimension == k:
            return g
        if dimension > 0:
            dimensions.append(dimension)
    allowed = ", ".join(str(dimension) for dimension in sorted(dimensions))
    raise InputError(f"A BCH code of length {n} has k = {allowed}, not {k}.")


def _powers(m: int) -> list[int]:
    """alpha^0 … alpha^(2^m - 2) as polynomials in alpha."""
    powers = [1]
    while len(powers) < 2**m - 1:
        shifted = powers[-1] << 1
        powers.append(shifted ^ tables.PRIMITIVE_POLYNOMIALS[m] if shifted >> m else shifted)
    return powers


def _minimal_polynomial(coset: set[int], powers: list[int]) -> int:
    """Product of (x - alpha^e) over a cyclotomic coset; its coefficients are 0 and 1."""
    logarithm = {value: exponent for exponent, value in enumerate(powers)}
    coefficients = [1]
    for exponent in coset:
        shifted = [0, *coefficients]
        for i, value in enumerate(coefficients):
            if value:
                shifted[i] ^= powers[(logarithm[value] + exponent) % len(powers)]
        coefficients = shifted
    return sum(coefficient << i for i, coefficient in enumerate(coefficients))


def _multiply(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = a << 1, b >> 1
    return product


def _quotient(dividend: int, divisor: int) -> int:
    quotient = 0
    while dividend.bit_length() >= divisor.bit_length():
        shift = dividend.bit_length() - divisor.bit_length()
        quotient |= 1 << shift
        dividend ^= divisor << shift
    return quotient


def _extended(H: Bits) -> Bits:
    """H of the code with an overall parity bit: a zero column, then a row of ones."""
    widened = np.pad(H, ((0, 0), (0, 1)))
    return np.vstack([widened, np.ones((1, widened.shape[1]), dtype=np.uint8)])


def _circulant(size: int, shift: int) -> Bits:
    return np.roll(np.eye(size, dtype=np.uint8), shift % size, axis=1)


def _circulant_sum(size: int, cell: str) -> Bits:
    """The sum of the circulants of a cell such as "0+7"; "." is the zero block."""
    total = np.zeros((size, size), dtype=np.uint8)
    if cell != ".":
        for shift in cell.split("+"):
            total ^= _circulant(size, int(shift))
    return total


def _quasi_cyclic(shifts: str, size: int, scale_from: int | None = None) -> Bits:
    """24 block columns; "column:shift" cells, block rows separated by "|"; shifts scaled to `size` where asked."""
    lines = shifts.split("|")
    H = np.zeros((len(lines) * size, 24 * size), dtype=np.uint8)
    for i, line in enumerate(lines):
        for cell in line.split():
            column, shift = map(int, cell.split(":"))
            if scale_from is not None:
                shift = shift * size // scale_from
            H[i * size : (i + 1) * size, column * size : (column + 1) * size] = _circulant(size, shift)
    return H
