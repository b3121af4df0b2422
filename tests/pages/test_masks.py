"""The masks page without a browser; the live mask itself is tested in tests/browser."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sapcore.codes import LinearCode, find
from sapcore.pruning.masks import mask_source
from sapcore.simulation import Store
from sapcore.ui.codes import own_name
from sapcore.ui.masks import whole_system

PAGE = str(Path(__file__).parents[2] / "pages" / "masks.py")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    short = tuple(find(name) for name in ("Hamming(7,4)-r", "BCH(15,7)-r"))
    monkeypatch.setattr("sapcore.ui.masks.catalogue", lambda: short)
    whole_system.clear()


def page(**query: object) -> AppTest:
    opened = AppTest.from_file(PAGE, default_timeout=120)
    for key, value in query.items():
        opened.query_params[key] = value
    return opened.run()


def tables(opened: AppTest) -> list:
    return [table.value for table in opened.dataframe]


def test_it_shows_what_the_masks_keep_and_who_lends_them() -> None:
    opened = page()
    assert not opened.exception
    kept, *_, donors, system = tables(opened)
    source = mask_source()
    for line in kept.itertuples():
        mask = source.mask("sap", find(line.code), 0.5)
        assert (line.heads, line.channels) == (mask.heads.sum(), mask.channels.sum())
        assert line[4].split() == [str(count) for count in mask.heads.sum(axis=1)]
    for _, line in donors.iterrows():
        assert line["lends"] == source.library.retrieve(find(line["code"])).nearest.code
        distances = line.drop(["code", "lends", "runner-up"]).astype(float)
        assert distances.idxmin() == line["lends"]
        assert distances.drop(line["lends"]).idxmin() == line["runner-up"]
    assert list(system["networks"])[:2] == [1, 2]
    donors_shown, system_shown = (json.loads(table.proto.columns) for table in opened.dataframe[-2:])
    assert donors_shown["BCH(31,16)-r"]["type_config"]["format"] == "%.3f"  # not 0.000000000000002 from itself
    assert system_shown["network_bytes"]["label"] == "bytes of networks"


@pytest.mark.parametrize("ratio", ["0.95", "-1", "much", "nan"])
def test_a_ratio_that_cannot_be_used_is_named(ratio: str) -> None:
    opened = page(m_ratio=ratio)
    assert not opened.exception
    assert "m\\_ratio" in opened.toast[0].value or "m_ratio" in opened.toast[0].value
    assert "At ratio 0.5" in [heading.value for heading in opened.subheader]


def test_an_uploaded_matrix_gets_its_mask_without_being_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("scored")

    monkeypatch.setattr("sapcore.pruning.masks._scored", never)
    own = LinearCode("mine", "matrix file", find("BCH(31,21)").parity_check[::-1])
    with Store() as store:
        store.put_code(own)
    opened = page(m_codes=own_name(own), m_forms="standard")
    assert not opened.exception and not opened.error
    (line,) = tables(opened)[0].itertuples()
    assert line.code == "mine" and "spectral distance" in line.mask


def test_a_name_that_is_no_code_is_one_sentence() -> None:
    opened = page(m_codes="Nothing(9,9)")
    assert not opened.exception
    assert "There is no code named" in opened.error[0].value


def counted(opened: AppTest) -> dict[str, list[int]]:
    """Of heads and channels: kept by both, by the first alone, by the second alone, by neither."""
    assert not opened.exception and not opened.toast
    table = next(frame for frame in tables(opened) if "first alone" in frame)
    rows = table[table["layer"] == "all"].set_index("part")
    return {part: rows.loc[part, ["both", "first alone", "second alone", "neither"]].tolist() for part in rows.index}


def test_two_codes_are_told_apart() -> None:
    opened = page(m_ratio="0.4", m_first="BCH(63,45)-r")
    first, second = (mask_source().mask("sap", find(name), 0.4) for name in ("BCH(63,45)-r", "Golay(24,12)-r"))
    found = counted(opened)
    assert sum(found["heads"]) == first.heads.size
    assert found["channels"][:3] == [
        (first.channels & second.channels).sum(),
        (first.channels & ~second.channels).sum(),
        (second.channels & ~first.channels).sum(),
    ]


def test_two_masks_of_one_code_are_told_apart() -> None:
    names = {"m_first": "Golay(24,12)-r", "m_second": "Golay(24,12)-r"}
    assert counted(page(**names))["channels"][1:3] == [0, 0]
    opened = page(**names, m_second_how="dedicated", m_second_ratio="0.2")
    code = find("Golay(24,12)-r")
    first, second = mask_source().mask("sap", code, 0.5), mask_source().mask("dedicated", code, 0.2)
    assert counted(opened)["heads"][1:3] == [(first.heads & ~second.heads).sum(), (second.heads & ~first.heads).sum()]
    printed = io.StringIO()
    lines = next(block.value for block in opened.code if "MaskDifference" in block.value)
    with contextlib.redirect_stdout(printed):
        exec(lines, {})
    assert str(counted(opened)["heads"][0]) in printed.getvalue().splitlines()[0]


def test_one_code_is_compared_with_itself() -> None:
    assert counted(page(m_codes="Golay(24,12)"))["heads"][1:3] == [0, 0]
