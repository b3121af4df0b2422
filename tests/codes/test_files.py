"""Matrix files: exact round trips, the variants that exist in the wild, and one sentence for everything else."""

import io
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import coo_array

from sapcore.codes import find
from sapcore.codes.files import FORMATS, LONGEST_NAME, MAX_BYTES, read_matrix, write_matrix
from sapcore.codes.linear_code import LinearCode
from sapcore.errors import InputError

HAMMING = np.array([[1, 0, 1, 0, 1, 0, 1], [0, 1, 1, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1, 1]], dtype=np.uint8)
HAMMING_ALIST = """7 3
3 4
1 1 2 1 2 2 3
4 4 4
1 0 0
2 0 0
1 2 0
3 0 0
1 3 0
2 3 0
1 2 3
1 3 5 7
2 3 6 7
4 5 6 7
"""


def npy(array: np.ndarray, **options: bool) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def mtx(array: np.ndarray, **options: str) -> bytes:
    file = io.BytesIO()
    scipy.io.mmwrite(file, array, **options)
    return file.getvalue()


def read(contents: bytes | str, filename: str) -> np.ndarray:
    return read_matrix(contents.encode() if isinstance(contents, str) else contents, filename).parity_check


def refusal(contents: bytes | str, filename: str) -> str:
    """The sentence with which the contents are refused."""
    with pytest.raises(InputError) as caught:
        read(contents, filename)
    sentence = str(caught.value)
    assert sentence.startswith(f"{filename}: ") and sentence.endswith(".") and "\n" not in sentence
    return sentence


# Round trips


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["Hamming(7,4)", "BCH(63,45)", "LDPC(49,24)", "CCSDS(128,64)"])
def test_catalogue_round_trip(name: str, format: str) -> None:
    code = find(name)
    again = read_matrix(write_matrix(code, format), f"{name}.{format}")
    assert (again.name, again.digest) == (code.name, code.digest)
    assert (again.name, again.family, again.k) == (name, "matrix file", code.k)


@st.composite
def codes(draw: st.DrawFn) -> LinearCode:
    """Codes of any matrix without all-zero rows and columns and with k > 0."""
    shape = st.tuples(st.integers(1, 12), st.integers(2, 12))
    H = draw(arrays.arrays(np.uint8, shape, elements=st.integers(0, 1)))
    H[~H.any(axis=1), 0] = 1
    H[0, ~H.any(axis=0)] = 1
    try:
        return LinearCode("drawn", "test", H)
    except InputError:  # k = 0: a repeated column gives a codeword of weight two
        return LinearCode("drawn", "test", np.column_stack([H, H[:, 0]]))


@given(code=codes(), format=st.sampled_from(FORMATS))
@settings(max_examples=150)
def test_any_matrix_round_trips(code: LinearCode, format: str) -> None:
    assert read_matrix(write_matrix(code, format), f"drawn.{format}") == code


@given(code=codes())
@settings(max_examples=50)
def test_files_mean_what_other_programs_read(code: LinearCode) -> None:
    H = code.parity_check
    assert np.array_equal(np.load(io.BytesIO(write_matrix(code, "npy")), allow_pickle=False), H)
    assert np.array_equal(np.loadtxt(io.BytesIO(write_matrix(code, "txt")), ndmin=2), H)
    assert np.array_equal(np.loadtxt(io.BytesIO(write_matrix(code, "csv")), delimiter=",", ndmin=2), H)
    assert np.array_equal(scipy.io.mmread(io.BytesIO(write_matrix(code, "mtx"))).toarray(), H)


def test_alist_text_is_mackays() -> None:
    assert write_matrix(LinearCode("H", "test", HAMMING), "alist").decode() == HAMMING_ALIST


def test_unknown_format_is_refused() -> None:
    with pytest.raises(InputError, match=r"'xlsx'.*alist, txt, csv, npy, mtx"):
        write_matrix(find("Hamming(7,4)"), "xlsx")


def test_path(tmp_path: Path) -> None:
    path = tmp_path / "my code.alist"
    path.write_text(HAMMING_ALIST)
    code = read_matrix(path)
    assert code.name == "my code"
    assert np.array_equal(code.parity_check, HAMMING)
    assert read_matrix(path, "other.alist").name == "other"


@pytest.mark.parametrize(
    ("ending", "kept"), [(".alist", ".alist"), ("", ""), ("." + "e" * 100, ".eeeeeeeee"), ("." + "e" * 9, ".eeeeeeeee")]
)
def test_a_long_name_is_shortened_and_keeps_its_ending(ending: str, kept: str) -> None:
    stem = "x" * (LONGEST_NAME - 1 - len(kept)) + "…"
    assert read_matrix(HAMMING_ALIST.encode(), "x" * 4000 + ending).name == stem
    with pytest.raises(InputError, match=f"^{re.escape(stem + kept)}: "):
        read_matrix(b"", "x" * 4000 + ending)
    fits = "x" * (LONGEST_NAME - len(kept))
    assert read_matrix(HAMMING_ALIST.encode(), fits + kept).name == fits


# Variants


def without_padding(alist: str) -> str:
    return "\n".join(" ".join(word for word in line.split() if word != "0") for line in alist.splitlines())


@pytest.mark.parametrize(
    "variant",
    [
        HAMMING_ALIST,
        without_padding(HAMMING_ALIST),
        HAMMING_ALIST.replace(" ", "\t"),
        HAMMING_ALIST.replace("\n", "  \t\n") + "\n\n",
        HAMMING_ALIST.replace("\n", "\r\n"),
        HAMMING_ALIST.replace("3 4\n", "5 9\n", 1),
        "\ufeff" + HAMMING_ALIST,
    ],
    ids=["padded", "unpadded", "tabs", "trailing blanks", "CRLF", "larger maxima", "byte order mark"],
)
@pytest.mark.parametrize("filename", ["H.alist", "H.ALIST", "96.33.964", "H"])
def test_alist_variants(variant: str, filename: str) -> None:
    assert np.array_equal(read(variant, filename), HAMMING)


@pytest.mark.parametrize("separator", ["", " ", ",", ", ", ";", "\t", "  "])
@pytest.mark.parametrize("end", ["\n", "\r\n", "  \n", "\n\n"])
def test_text_variants(separator: str, end: str) -> None:
    text = end.join(separator.join(map(str, row)) for row in HAMMING.tolist())
    for filename in ("H.txt", "H.dat"):
        assert np.array_equal(read(text, filename), HAMMING)
    if separator:
        assert np.array_equal(read(text, "H.csv"), HAMMING)


def test_text_of_other_programs() -> None:
    saved = io.BytesIO()
    np.savetxt(saved, HAMMING)
    assert np.array_equal(read(saved.getvalue(), "H.txt"), HAMMING)
    quoted = "\n".join(",".join(f'"{bit}.0"' for bit in row) for row in HAMMING.tolist())
    assert np.array_equal(read("\ufeff" + quoted, "H.csv"), HAMMING)
    assert np.array_equal(read("1010 101\n0110 011\n0001 111\n", "H.txt"), HAMMING)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, ">i4", np.int64, np.float16, np.float32, float])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_variants(dtype: type | str, order: str) -> None:
    contents = npy(np.array(HAMMING, dtype=dtype, order=order))
    assert np.array_equal(read(contents, "H.npy"), HAMMING)
    assert np.array_equal(read(contents, "upload"), HAMMING)


def test_matrix_market_variants() -> None:
    variants = [mtx(coo_array(HAMMING), field=field) for field in ("pattern", "integer", "real")]
    variants.append(mtx(HAMMING))
    variants.append(mtx(coo_array(HAMMING), comment="a comment"))
    for contents in variants:
        assert np.array_equal(read(contents, "H.mtx"), HAMMING)
        assert np.array_equal(read(contents, "upload"), HAMMING)
    ring = np.eye(5, dtype=np.uint8) + np.roll(np.eye(5, dtype=np.uint8), 1, axis=1)
    symmetric = ring ^ ring.T
    for contents in (mtx(coo_array(symmetric), symmetry="symmetric"), mtx(symmetric, symmetry="symmetric")):
        assert b"symmetric" in contents
        assert np.array_equal(read(contents, "H.mtx"), symmetric)
    assert np.array_equal(read(mtx(HAMMING).upper(), "H.mtx"), HAMMING)


# Refusals

TEXT_REFUSALS = {
    "ragged": ("1 0 1\n1 1\n", "Line 2 has 2 entries and the first row has 3"),
    "ragged without blanks": ("101\n1101\n", "Line 2 has 4 entries and the first row has 3"),
    "two": ("1 0 1\n1 2 1\n", "Line 2, column 2 holds '2'; only 0 and 1"),
    "half": ("1 0.5 1\n", "Line 1, column 2 holds '0.5'"),
    "NaN": ("1 nan 1\n0 1 1\n", "Line 1, column 2 holds 'nan'"),
    "words": ("this is no matrix\n", "Line 1, column 1 holds 'this'"),
    "long word": ("9" * 100_000, "holds '99999999999999999999…'"),
    "empty": ("", "empty"),
    "blank": (" \n\t\n", "empty"),
    "zero row": ("1 1 1\n0 0 0\n", "Row 2 of the matrix is all zero"),
    "zero column": ("1 0 1\n1 0 0\n", "Column 2 of the matrix is all zero"),
    "k = 0": ("1 0\n0 1\n", "k = 0"),
    "columns": ("1" * 4097, "4097 columns; at most 4096"),
    "rows": ("1 1\n" * 4097, "4097 rows; at most 4096"),
    "missing entry": ("1,,1\n1,1,1\n", "Line 1, column 2 holds ''"),
    "trailing comma": ("1,1,\n1,1,\n", "Line 1, column 3 holds ''"),
    "not text": (b"\xff\xfe1\x00 \x001\x00", "not a text file"),
}


@pytest.mark.parametrize(("contents", "reason"), TEXT_REFUSALS.values(), ids=TEXT_REFUSALS.keys())
def test_bad_text(contents: bytes | str, reason: str) -> None:
    assert reason in refusal(contents, "H.txt")


def test_bad_csv() -> None:
    assert "'10'" in refusal("10,01\n11,11\n", "H.csv")  # in CSV, digits that touch are one number
    assert "holds 'b1'" in refusal("b1,b2\n1,1\n", "H.csv")
    assert "Line 2 has 2 entries" in refusal("1,0,1\n1,1\n", "H.csv")
    assert "'NaN'" in refusal("1,NaN\n1,1\n", "H.csv")
    assert "''" in refusal("1,\n1,1\n", "H.csv")
    assert "not a text file" in refusal(npy(HAMMING), "H.csv")


def alist_with(old: str, new: str) -> str:
    assert old in HAMMING_ALIST
    return HAMMING_ALIST.replace(old, new, 1)


ALIST_REFUSALS = {
    "sizes only": ("7 3\n", "ends before"),
    "truncated in the weights": ("7 3\n3 4\n1 1 2\n", "ends within the weights"),
    "truncated in the lists": (HAMMING_ALIST[:60], "ends too early"),
    "no row lists": ("\n".join(HAMMING_ALIST.splitlines()[:11]), "its weights ask for 24 indices and it has 12"),
    "too long": (HAMMING_ALIST + "1 2 3\n", "goes on too long"),
    "row index": (alist_with("\n3 0 0\n", "\n4 0 0\n"), "The list of column 4 names row 4; the rows go from 1 to 3"),
    "column index": (alist_with("1 3 5 7", "1 3 5 8"), "The list of row 1 names column 8; the columns go from 1 to 7"),
    "negative index": (alist_with("1 3 5 7", "1 3 -5 7"), "names column -5"),
    "lists disagree": (alist_with("1 3 5 7", "1 3 4 7"), "disagree at row 1, column 4"),
    "twice": (alist_with("1 3 5 7", "1 3 3 7"), "The list of row 1 names the same column twice"),
    "weight zero": (alist_with("1 1 2 1 2 2 3", "0 1 2 1 2 2 3"), "Column 1 has the weight 0; every column must"),
    "weights disagree": (alist_with("4 4 4", "4 4 3"), "sum to 12 and the row weights to 11"),
    "weight above the largest": (alist_with("3 4\n", "2 4\n"), "Column 7 has the weight 3; the alist file"),
    "no number": (alist_with("1 3 5 7", "1 3 x 7"), "holds 'x', where a whole number is needed"),
    "fraction": (alist_with("1 3 5 7", "1 3 5.0 7"), "holds '5.0', where"),
    "huge number": (alist_with("1 3 5 7", "1 3 " + "5" * 99 + " 7"), "holds '55555555555555555555…', where"),
    "no columns": ("0 3\n0 0\n", "empty"),
    "negative size": ("-7 3\n3 4\n", "empty"),
    "columns": ("4097 3\n3 4\n", "4097 columns; at most 4096"),
    "rows": ("7 999999999\n3 4\n", "999999999 rows; at most 4096"),
    "k = 0": ("2 2\n1 1\n1 1\n1 1\n1\n2\n1\n2\n", "k = 0"),
    "0/1 text": ("101\n110\n", "ends before"),
    "not text": (b"7 3\n\xff", "not a text file"),
    "empty": ("", "empty"),
}


@pytest.mark.parametrize(("contents", "reason"), ALIST_REFUSALS.values(), ids=ALIST_REFUSALS.keys())
def test_bad_alist(contents: bytes | str, reason: str) -> None:
    assert reason in refusal(contents, "H.alist")


NPY_REFUSALS = {
    "pickle": (npy(np.array([[1, None]], dtype=object), allow_pickle=True), "never unpickled"),
    "bare pickle": (pickle.dumps(HAMMING), "not a NumPy .npy file"),
    "text": (b"1 0 1\n", "not a NumPy .npy file"),
    "one axis": (npy(HAMMING[0]), "1 dimensions"),
    "three axes": (npy(HAMMING[None]), "3 dimensions"),
    "scalar": (npy(np.array(1)), "0 dimensions"),
    "empty": (npy(np.zeros((0, 7))), "empty"),
    "NaN": (npy(np.where(HAMMING == 1, np.nan, 0)), "Row 1, column 1 holds 'nan'"),
    "two": (npy(HAMMING * 2), "Row 1, column 1 holds '2'"),
    "negative": (npy(-HAMMING.astype(np.int8)), "holds '-1'"),
    "complex": (npy(HAMMING.astype(complex)), "does not hold numbers"),
    "strings": (npy(HAMMING.astype(str)), "does not hold numbers"),
    "records": (npy(np.zeros(3, dtype=[("a", "u1"), ("b", "u1")])), "plain array"),
    "columns": (npy(np.ones((1, 4097), dtype=np.uint8)), "4097 columns; at most 4096"),
    "truncated": (npy(HAMMING)[:-1], "damaged"),
    "header only": (npy(HAMMING)[:20], "damaged"),
    "zero row": (npy(np.array([[1, 1], [0, 0]])), "Row 2 of the matrix is all zero"),
}


@pytest.mark.parametrize(("contents", "reason"), NPY_REFUSALS.values(), ids=NPY_REFUSALS.keys())
def test_bad_npy(contents: bytes, reason: str) -> None:
    assert reason in refusal(contents, "H.npy")


def test_pickle_is_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return Path.touch, (tmp_path / "sprung",)

    trap = npy(np.array([[Trap()]], dtype=object), allow_pickle=True)
    for filename in ("H.npy", "upload", "H.txt"):
        refusal(trap, filename)
    assert not (tmp_path / "sprung").exists()


BANNER = "%%MatrixMarket matrix coordinate pattern general\n"
MTX_REFUSALS = {
    "no banner": ("1 0 1\n", "does not begin with '%%MatrixMarket matrix'"),
    "banner only": (BANNER, "ends before the size"),
    "size only": (BANNER + "2 3 1\n", "ends too early"),
    "no number of entries": (BANNER + "2 3\n", "the number of its entries"),
    "truncated": (BANNER + "2 3 4\n1 1\n1 2\n", "ends too early: its size asks for 8 numbers and it has 4"),
    "too long": (BANNER + "2 3 1\n1 1\n1 2\n", "goes on too long"),
    "index": (BANNER + "2 3 2\n1 1\n2 4\n", "an entry at row 2, column 4; the matrix is 2 by 3"),
    "zero index": (BANNER + "2 3 2\n0 1\n2 3\n", "an entry at row 0, column 1"),
    "no number": (BANNER + "2 3 2\n1 x\n2 3\n", "holds 'x', where a whole number is needed"),
    "too many entries declared": (BANNER + "2 3 999999999\n1 1\n", "ends too early"),
    "columns": (BANNER + "2 4097 1\n1 1\n", "4097 columns; at most 4096"),
    "rows": (BANNER + "9999 9 1\n1 1\n", "9999 rows; at most 4096"),
    "empty": (BANNER + "0 0 0\n", "empty"),
    "twice": (BANNER + "1 3 4\n1 1\n1 1\n1 2\n1 3\n", "the same entry twice"),
    "complex": ("%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 0\n", "pattern, integer or real"),
    "NaN": ("%%MatrixMarket matrix coordinate real general\n1 2 2\n1 1 nan\n1 2 1\n", "Entry 1 holds 'nan'"),
    "half": ("%%MatrixMarket matrix array real general\n1 2\n1\n0.5\n", "Entry 2 holds '0.5'"),
    "not square": ("%%MatrixMarket matrix array integer symmetric\n1 2\n1\n1\n", "1 by 2 is symmetric"),
    "zero row": (BANNER + "2 2 2\n1 1\n1 2\n", "Row 2 of the matrix is all zero"),
    "not text": (BANNER.encode() + b"\xff", "not a text file"),
}


@pytest.mark.parametrize(("contents", "reason"), MTX_REFUSALS.values(), ids=MTX_REFUSALS.keys())
def test_bad_matrix_market(contents: bytes | str, reason: str) -> None:
    assert reason in refusal(contents, "H.mtx")


@pytest.mark.parametrize("contents", [b"\x89PNG\r\n\x1a\n\x00\xff", b"PK\x03\x04\x14\x00\xff"])
def test_wrong_ending_not_text(contents: bytes) -> None:
    assert "not a text file" in refusal(contents, "H.xlsx")


def test_wrong_ending_text() -> None:
    assert ".alist, .txt, .csv, .npy, .mtx" in refusal("# A readme\n", "README.md")


@pytest.mark.parametrize("format", FORMATS)
def test_size_is_checked_before_parsing(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"big.{format}"
    path.write_bytes(b"1" * (MAX_BYTES + 1))
    for source in (path, path.read_bytes()):
        with pytest.raises(InputError, match="at most 4 MB"):
            read_matrix(source, path.name)


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no matrix file .*missing\.alist"):
        read_matrix(tmp_path / "missing.alist")
    with pytest.raises(InputError, match="is a directory"):
        read_matrix(tmp_path)
    with pytest.raises(InputError, match="There is no matrix file"):
        read_matrix(Path("null\0character"))
    with pytest.raises(InputError, match="cannot be read"):
        read_matrix(tmp_path / ("x" * 5000))


# Whatever comes in, either a code or an InputError comes out

ENDINGS = (*FORMATS, "xyz")


def code_or_refusal(contents: bytes, ending: str) -> None:
    try:
        code = read_matrix(contents, f"fuzz.{ending}")
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert code.k > 0


@given(contents=st.binary(max_size=300), ending=st.sampled_from(ENDINGS))
@settings(max_examples=300)
def test_random_bytes(contents: bytes, ending: str) -> None:
    code_or_refusal(contents, ending)


@given(contents=st.text('0123456789 \n\t,;.-+e"nan%#', max_size=200), ending=st.sampled_from(ENDINGS))
@settings(max_examples=400)
@example(contents="1 1 1 1 1 1 1 1", ending="alist")
@example(contents="\ufeff", ending="mtx")
def test_random_tables(contents: str, ending: str) -> None:
    code_or_refusal(contents.encode(), ending)


@given(
    head=st.sampled_from([b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00\x76", b"%%MatrixMarket matrix ", BANNER.encode()]),
    tail=st.one_of(st.binary(max_size=150), st.text("0123456789 \n-.e%", max_size=80).map(str.encode)),
    ending=st.sampled_from(["npy", "mtx", "xyz"]),
)
@settings(max_examples=300)
def test_random_bodies(head: bytes, tail: bytes, ending: str) -> None:
    code_or_refusal(head + tail, ending)


@given(format=st.sampled_from(FORMATS), data=st.data())
@settings(max_examples=500)
def test_damaged_files(format: str, data: st.DataObject) -> None:
    contents = bytearray(write_matrix(LinearCode("H", "test", HAMMING), format))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(contents)))
        length = data.draw(st.integers(0, 8))
        patch = st.binary(max_size=8) | st.sampled_from([b" ", b"\n", b"0", b"1", b"9 9"])
        contents[place : place + length] = data.draw(patch)
    code_or_refusal(bytes(contents), format)
