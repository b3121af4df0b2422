"""The decode page without a browser."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.elements.lib import policies
from streamlit.testing.v1 import AppTest

from sapcore.codes import LinearCode, find
from sapcore.inspection import Decision, FrameSource, next_different, next_in_error
from sapcore.inspection.network import TracedNetwork
from sapcore.simulation import Store
from sapcore.ui.codes import own_name
from sapcore.ui.frame_choice import FIRST_FRAME
from sapcore.ui.recipe import decode_lines

PAGE = str(Path(__file__).parents[2] / "pages" / "decode.py")
SMALL = {"d_code": "BCH(15,7)", "d_ebn0": "1", "d_frame": "0"}
SPECS = "fecct", "fecct/sap@0.5"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))


def page(**query: object) -> AppTest:
    opened = AppTest.from_file(PAGE, default_timeout=120)
    for key, value in query.items():
        opened.query_params[key] = value
    return opened.run()


def text(parts: object) -> str:
    return re.sub(r"\\(.)", r"\1", "\n".join(part.value for part in parts))


def alts(opened: AppTest) -> list[str]:
    return [chart.proto.alt for chart in opened.get("plotly_chart")]


def test_it_opens_on_a_frame_that_pruning_makes_wrong() -> None:
    opened = page()
    assert not opened.exception and not opened.toast and not opened.error
    frame = FrameSource(find("BCH(31,16)-r"), 3.0, 0).frame(FIRST_FRAME)
    said = text(opened.markdown)
    assert f"the wrong sign in {frame.wrong.sum()} of 31 bits" in said
    assert f"{frame.syndrome.sum()} of 62 checks are not satisfied" in said
    assert "A, fecct: right, it is the word sent." in said
    assert "B, fecct/sap@0.5: wrong in" in said
    assert "ML: right, it is the word sent." in said
    assert len(alts(opened)) == 7
    assert all(re.search(r"\d", alt) for alt in alts(opened))


def test_what_it_shows_is_what_the_networks_did() -> None:
    code = find("BCH(15,7)-r")
    frame = FrameSource(code, 1.0, 0, flipped=(2,)).frame(0)
    opened = page(**SMALL, d_flip="v3")
    assert "Signs changed by hand: v3." in text(opened.markdown)
    tables = [table.value for table in opened.dataframe]
    assert np.array_equal(tables[0]["received value"].to_numpy(np.float32), frame.received)
    for spec, table in zip(SPECS, [table for table in tables if "layer 1" in table], strict=True):
        network = TracedNetwork.of(spec, code)
        logits, shares = network.summary(frame.received)
        assert np.array_equal(table[[f"layer {i}" for i in range(1, 7)]].to_numpy(np.float32).T, logits)
        decided = Decision.of(network.decoder, frame)
        row = tables[1].set_index("decoder").loc[spec]
        assert (row["bits wrong"], row["squared distance"]) == (decided.wrong.sum(), decided.squared_distance)
    heads = [table for table in tables if "share along edges" in table]
    assert heads[1]["share along edges"].to_numpy().reshape(6, 8) == pytest.approx(shares)
    assert (heads[1]["state"] == "kept").sum() == 24


def test_a_pruned_head_is_labelled_as_one() -> None:
    code = find("BCH(15,7)-r")
    layer, head = np.argwhere(~TracedNetwork.of(SPECS[1], code).kept)[0]
    opened = page(**SMALL, d_layer=str(layer + 1), d_head=str(head + 1))
    assert f"Layer {layer + 1}, head {head + 1} is pruned in fecct/sap@0.5. Shown is what it would" in text(opened.info)
    assert f"B: fecct/sap@0.5, layer {layer + 1}, head {head + 1}, pruned" in text(opened.markdown)
    assert not page(**SMALL, d_b="fecct", d_layer=str(layer + 1), d_head=str(head + 1)).info


def test_attention_between_all_nodes() -> None:
    opened = page(**SMALL, d_view="all nodes")
    assert not opened.exception
    assert sum("Bits at bits" in alt for alt in alts(opened)) == 2
    assert not any("of its attention goes along" in alt for alt in alts(opened))


def test_a_graph_too_large_for_the_view_of_all_nodes_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sapcore.figures.MOST_DRAWN_NODES", 20)
    assert "has 45 nodes; the view of all nodes is drawn for at most 20" in text(page(**SMALL, d_view="all nodes").info)


def test_a_zero_syndrome_never_enters_the_network() -> None:
    opened = page(d_ebn0="9", d_layer="2", d_view="all nodes")
    assert not opened.exception and not opened.toast
    assert "the frame does not enter the network" in text(opened.info)
    assert len(alts(opened)) == 1
    assert opened.query_params["d_layer"] == "2"


def test_flipping_every_bit_of_a_codeword_is_an_error_that_the_syndrome_does_not_see() -> None:
    word = find("BCH(15,7)").encode(np.eye(7, dtype=np.uint8)[:1])[0]
    opened = page(d_code="BCH(15,7)", d_ebn0="12", d_flip=" ".join(str(bit + 1) for bit in np.flatnonzero(word)))
    assert "the hard decision is another codeword than the one sent" in text(opened.info)
    assert "ML: wrong in" in text(opened.markdown)


def test_the_buttons_go_to_the_next_frame_worth_a_look() -> None:
    code = find("BCH(15,7)-r")
    source, (a, b) = FrameSource(code, 1.0, 0), (TracedNetwork.of(spec, code).decoder for spec in SPECS)
    wanted = next_in_error(source, a, 0), next_in_error(source, b, 0), next_different(source, a, b, 0)
    for place, index in enumerate(wanted):
        opened = page(**SMALL)
        opened.button[place].click().run()
        assert not opened.exception
        assert opened.number_input(key="d_frame").value == index
        assert f"Frame {index} of seed 0" in text(opened.markdown)


def test_going_to_a_found_frame_warns_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)  # else a second warning is not given
    monkeypatch.setattr(policies._LOGGER, "warning", lambda *words, **_: said.append(words))
    opened = page(**SMALL)
    opened.button[0].click().run()
    assert opened.number_input(key="d_frame").value > 0
    assert not said


def test_a_search_that_finds_nothing_says_so() -> None:
    opened = page(d_code="BCH(15,7)", d_ebn0="12")
    opened.button[2].click().run()
    said = "None of the frames 9 to 1032 is decided differently by fecct and fecct/sap@0.5."
    assert said in text(opened.toast)
    assert opened.number_input(key="d_frame").value == FIRST_FRAME


def test_a_matrix_too_large_for_the_network_is_one_sentence() -> None:
    own = LinearCode("wide", "matrix file", np.eye(1030, dtype=np.uint8).repeat(2, axis=1))
    with Store() as store:
        store.put_code(own)
    opened = page(d_code=own_name(own), d_form="standard")
    assert "wide has 3090 bits and checks together; fecct decodes up to 2048." in text(opened.error)


def test_an_uploaded_matrix_is_decoded() -> None:
    own = LinearCode("mine", "matrix file", find("Hamming(7,4)").parity_check[::-1])
    with Store() as store:
        store.put_code(own)
    opened = page(d_code=own_name(own), d_form="standard", d_ebn0="0", d_frame="2")
    assert not opened.exception and not opened.error
    assert "of 7 bits" in text(opened.markdown)
    assert "load('mine-" in opened.code[0].value


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"d_flip": "3, v77"}, "'v77' names no bit; write numbers from 1 to 31, such as “3, 17”."),
        ({"d_flip": "3 3"}, "Bit 3 is named twice; name each bit once."),
        ({"d_a": "bp:50"}, "bp:50 has no network to look into; fecct and its pruned forms have one."),
        ({"d_a": "fecct/passes:4"}, "decodes in several passes, and one is shown at a time; name it fecct."),
        ({"d_b": "fecct/sap@0.95"}, "A pruning ratio is a number from 0 to 0.9, not 0.95 as in 'fecct/sap@0.95'."),
        ({"d_code": "BHC(31,16)"}, "the nearest are BCH(31,16)"),
    ],
)
def test_what_cannot_be_decoded_is_one_sentence(query: dict[str, str], sentence: str) -> None:
    opened = page(**query)
    assert not opened.exception
    assert sentence in text(opened.error)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("d_ebn0", "nan", "is not a number from -2 to 12"),
        ("d_ebn0", "13", "is not a number from -2 to 12"),
        ("d_frame", "-1", "is not a whole number from 0 to 1048575"),
        ("d_layer", "7", "is not a whole number from 1 to 6"),
        ("d_view", "cube", "is not one of Tanner graph, all nodes"),
        ("d_zzz", "1", "is no control of this page and left out"),
    ],
)
def test_a_bad_address_gets_a_sentence(name: str, value: str, sentence: str) -> None:
    opened = page(**SMALL | {name: value})
    assert not opened.exception
    assert sentence in text(opened.toast)


@pytest.mark.parametrize("name", ["BCH(15,7)-r", "BCH(63,45)"])
def test_the_lines_make_the_same_numbers(name: str) -> None:
    source, made = FrameSource(find(name), 1.0, 3, flipped=(0,)), {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(decode_lines(source, 5, SPECS, 4, 2), made)
    frame = source.frame(5)
    assert frame.syndrome.any()
    assert np.array_equal(made["frame"].received, frame.received)
    network = TracedNetwork.of(SPECS[1], source.code)
    assert np.array_equal(made["summaries"][1].logits, network.summary(frame.received).logits)
    assert np.array_equal(made["attention"][1], network.attention(frame.received, 4, 2))
    assert [len(decision.bits) for decision in made["decisions"]] == [source.code.n] * 3
    assert str(frame.squared_distance(made["decisions"][0].bits)) in printed.getvalue()
