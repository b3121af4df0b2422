"""The catalogue: every code checked, every name found, every mistake answered."""

import numpy as np
import pytest

from sapcore.codes import catalogue, find, gf2, load, names, write_matrix
from sapcore.codes.weights import minimum_distance
from sapcore.errors import InputError

FAMILIES = {
    "Hamming", "extended Hamming", "BCH", "extended BCH", "Golay", "Reed-Muller", "polar", "array LDPC", "CCSDS LDPC",
}  # fmt: skip


def test_names_are_distinct_and_within_the_promised_lengths():
    assert len(set(names())) == len(names()) >= 45
    lengths = [find(name).n for name in names()]
    assert (min(lengths), max(lengths)) == (7, 256)
    assert {find(name).family for name in names()} == FAMILIES


@pytest.mark.parametrize("name", names())
def test_every_standard_form(name):
    code = find(name)
    n, k = map(int, name[name.index("(") + 1 : -1].split(","))
    assert (code.name, code.n, code.k) == (name, n, k)
    H, G = code.parity_check.astype(int), code.generator.astype(int)
    assert not (H @ G.T % 2).any()
    assert gf2.rank(G) == k and gf2.rank(H) == n - k
    assert code.minimum_distance == minimum_distance(code)


def test_both_forms_are_listed():
    codes = catalogue()
    assert [code.name for code in codes[::2]] == list(names())
    for standard, redundant in zip(codes[::2], codes[1::2], strict=True):
        assert redundant.name == standard.name + "-r"
        assert redundant.k == standard.k
        assert not redundant.syndrome(standard.generator).any()


def test_no_two_entries_are_the_same_matrix():
    digests = [code.digest for code in catalogue()]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("BCH(31,16)", "BCH(31,16)"),
        ("bch(31, 16)", "BCH(31,16)"),
        (" BCH(31,16)-r ", "BCH(31,16)-r"),
        ("BCH(31,16)-r62", "BCH(31,16)-r"),
        ("BCH(31,16)-r93", "BCH(31,16)-r93"),
        ("EBCH(64,36)", "eBCH(64,36)"),
        ("WiFi(648,540)", "WiFi(648,540)"),
        ("WiMAX(1440,720)", "WiMAX(1440,720)"),
        ("CCSDS(512,256)", "CCSDS(512,256)"),
        ("RM(64,7)", "RM(64,7)"),
        ("LDPC(25,8)", "LDPC(25,8)"),
        ("Polar(32,16)", "Polar(32,16)"),
        ("BCH(255,131)", "BCH(255,131)"),
    ],
)
def test_find(spelled, name):
    assert find(spelled).name == load(spelled).name == name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("BCH(31,17)", "k = 1, 6, 11, 16, 21, 26"),
        ("BHC(31,16)", "BCH(31,16)"),
        ("Golay(24,11)", "Golay(24,12)"),
        ("Golay(23,23)", "Golay(23,12)"),
        ("Hamming(7,3)", "Hamming(7,4)"),
        ("Hamming(7,9)", "2 to 8"),
        ("LDPC(50,24)", "array LDPC"),
        ("LDPC(49,0)", "2 <= j < p"),
        ("LDPC(1,0)", "array LDPC"),
        ("RM(32,17)", "Reed-Muller"),
        ("RM(0,0)", "Reed-Muller"),
        ("CCSDS(128,63)", "CCSDS(128,64)"),
        ("WiMAX(576,287)", "no code named"),
        ("BCH(31,16)-r3", "15 to"),
        ("BCH(127,64)-r5000", "63 to"),
        ("", "is empty|no code"),
        ("no-such-file.alist", "no matrix file|no code"),
        ("no-such-file.alist-r14", "no matrix file|no code"),
        ("x" * 5000, "neither|no code"),
        ("a\0b", "neither|no code"),
    ],
)
def test_mistakes_are_answered_in_one_sentence(name, says):
    for ask in (find, load):
        with pytest.raises(InputError) as caught:
            ask(name)
        message = str(caught.value)
        assert message.endswith(".") and "\n" not in message
        assert any(part in message for part in says.split("|"))


def test_load_reads_matrix_files(tmp_path):
    code = find("Hamming(7,4)")
    path = tmp_path / "mine.alist"
    path.write_bytes(write_matrix(code, "alist"))
    loaded = load(str(path))
    assert (loaded.name, loaded.family) == ("mine", "matrix file")
    assert np.array_equal(loaded.parity_check, code.parity_check)
    for ending in ("-r", "-r6"):
        taller = load(f"{path}{ending}")
        assert taller == loaded.redundant(int(ending[2:]) if ending[2:] else None)
        assert taller.name == f"mine{ending}" and taller.standard == loaded


def test_a_name_like_no_other_has_no_nearest():
    with pytest.raises(InputError, match="There is no code named 'Foo\\(1,2\\)'; python -m sapcore codes lists"):
        find("Foo(1,2)")
