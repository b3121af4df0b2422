"""The named codes: a list that ships, any member of a family by name, and matrix files."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import lru_cache
from math import comb, isqrt
from os.path import isfile, sep
from pathlib import Path

from sapcore.codes import families
from sapcore.codes.files import FILE_FAMILY, FORMATS, file_stem, read_matrix
from sapcore.codes.linear_code import LinearCode
from sapcore.errors import InputError, quoted

_NAMES = """
Hamming(7,4) Hamming(15,11) Hamming(31,26)
eHamming(8,4) eHamming(16,11) eHamming(32,26)
BCH(15,5) BCH(15,7) BCH(15,11) BCH(31,11) BCH(31,16) BCH(31,21) BCH(31,26)
BCH(63,30) BCH(63,36) BCH(63,39) BCH(63,45) BCH(63,51) BCH(63,57)
BCH(127,64) BCH(127,85) BCH(127,92) BCH(127,99) BCH(127,106) BCH(127,113)
eBCH(32,16) eBCH(32,21) eBCH(64,45) eBCH(64,51)
Golay(23,12) Golay(24,12)
RM(16,5) RM(16,11) RM(32,6) RM(32,16) RM(64,22) RM(64,42) RM(128,64)
Polar(32,11) Polar(32,21) Polar(64,22) Polar(64,32) Polar(64,48) Polar(128,64) Polar(128,86) Polar(128,96)
LDPC(49,24) LDPC(121,60) LDPC(121,70) LDPC(121,80)
CCSDS(128,64) CCSDS(256,128)
"""

# Polar(32,16) can be had by name but is not listed: its frozen set makes it RM(32,16).

CLOSE = 0.6  # similarity (difflib) of a name that may have been meant
_PATTERN = re.compile(r"(?P<family>[A-Za-z]+)\((?P<n>\d{1,5}),(?P<k>\d{1,5})\)(?P<redundant>-r(?P<rows>\d{1,6})?)?")
_REDUNDANT = re.compile(r"(?P<base>.+)-r(?P<rows>\d{1,6})?")


def names() -> tuple[str, ...]:
    """The standard forms of the catalogue, family by family.

    >>> names()[0]
    'Hamming(7,4)'
    """
    return tuple(_NAMES.split())


@lru_cache(maxsize=1)
def catalogue() -> tuple[LinearCode, ...]:
    """Every code of the catalogue, each in its standard form and then under its default redundant checks."""
    standard = [find(name) for name in names()]
    return tuple(form for code in standard for form in (code, code.redundant()))


@lru_cache(maxsize=256)
def find(name: str) -> LinearCode:
    """The code of this name: NAME, NAME-r or NAME-rROWS, NAME any member of a family, of the catalogue or not.

    Spaces and the case of letters do not matter.

    Raises:
        InputError: there is no such code; the message names the nearest there are, or what the family allows.

    >>> find("BCH(31,16)-r93").rows
    93
    """
    match = _PATTERN.fullmatch("".join(name.split()))
    builder = match and _BUILDERS.get(match["family"].lower())
    if not match or not builder:
        raise InputError(f"There is no code named {quoted(name)}; {_nearest(name)}.")
    n, k = int(match["n"]), int(match["k"])
    code = builder(n, k)
    if (code.n, code.k) != (n, k):
        raise InputError(f"There is no code named {quoted(name)}; {_nearest(name)}.")
    if not match["redundant"]:
        return code
    return code.redundant(int(match["rows"]) if match["rows"] else None)


def load(text: str) -> LinearCode:
    """The code of this name or, where the text is not such a name but the path of a file, the code of that matrix file.

    After the path may follow -r or -rROWS, as after a name.

    Raises:
        InputError: there is neither, or the file does not hold a usable matrix.
    """
    if _PATTERN.fullmatch("".join(text.split())):
        return find(text)
    if isfile(text):
        return read_matrix(Path(text))
    taller = _REDUNDANT.fullmatch(text)
    if taller and isfile(taller["base"]):
        return read_matrix(Path(taller["base"])).redundant(int(taller["rows"]) if taller["rows"] else None)
    if not text.strip():
        raise InputError("The name of a code is empty; python -m sapcore codes lists those there are.")
    if sep in text or Path(taller["base"] if taller else text).suffix.removeprefix(".") in FORMATS:
        raise InputError(f"There is no matrix file {quoted(text)}.")
    raise InputError(f"{quoted(text)} is neither a code nor a matrix file; {_nearest(text)}.")


def source_of(code: LinearCode) -> str:
    """What `load` takes for this code: its name; of an own one the name of a file, `file_stem`, that its matrix is in.

    With redundant checks that is the file of the standard form, and after it -rROWS.

    >>> source_of(find("BCH(31,16)-r"))
    'BCH(31,16)-r'
    """
    base = code.standard or code
    if base.family != FILE_FAMILY:
        return code.name
    return f"{file_stem(base)}.alist" + ("" if code.standard is None else f"-r{code.rows}")


def _nearest(name: str) -> str:
    spelled = {known.lower(): known for known in names()}
    close = get_close_matches("".join(name.lower().split()), spelled, n=3, cutoff=CLOSE)
    if not close:
        return "python -m sapcore codes lists those there are"
    return f"the nearest are {', '.join(spelled[known] for known in close)}"


def _hamming(n: int, k: int) -> LinearCode:
    return families.hamming(n - k)


def _extended_hamming(n: int, k: int) -> LinearCode:
    return families.extended_hamming(n - k - 1)


def _golay(n: int, k: int) -> LinearCode:
    return families.golay(n)


def _reed_muller(n: int, k: int) -> LinearCode:
    m = n.bit_length() - 1
    dimension = 0
    for r in range(m):
        dimension += comb(m, r)
        if dimension == k and n == 2**m:
            return families.reed_muller(r, m)
    raise InputError(
        f"There is no Reed-Muller code ({n},{k}); n is a power of 2 and k a sum of the first C(log2 n, i)."
    )


def _array_ldpc(n: int, k: int) -> LinearCode:
    p = isqrt(n)
    if p * p == n and p > 2 and (n - 1 - k) % (p - 1) == 0:
        return families.array_ldpc(p, (n - 1 - k) // (p - 1))
    raise InputError(f"There is no array LDPC code ({n},{k}); n is p*p for a prime p and k is n - j*p + j - 1.")


def _ccsds(n: int, k: int) -> LinearCode:
    return families.ccsds(n)


def _wimax(n: int, k: int) -> LinearCode:
    return families.wimax(n)


_BUILDERS: dict[str, Callable[[int, int], LinearCode]] = {
    "hamming": _hamming,
    "ehamming": _extended_hamming,
    "bch": families.bch,
    "ebch": families.extended_bch,
    "golay": _golay,
    "rm": _reed_muller,
    "polar": families.polar,
    "ldpc": _array_ldpc,
    "ccsds": _ccsds,
    "wifi": families.wifi,
    "wimax": _wimax,
}
