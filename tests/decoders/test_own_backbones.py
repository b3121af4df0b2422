"""Backbones from files: what is whole is taken in as it is, everything else is one sentence and leaves nothing."""

import json
import pickle

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from sapcore.codes import find
from sapcore.decoders.backbones import (
    SHIPPED,
    backbone_digest,
    backbone_names,
    backbone_rows,
    digest_of,
    load_backbone,
)
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.decoders.own_backbones import MOST_CARD_BYTES, MOST_WEIGHTS_BYTES, add_backbone, remove_backbone
from sapcore.errors import InputError
from sapcore.experiments.catalogue_masks import make_masks
from sapcore.simulation import StoppingRule, simulate_point
from sapcore.variants import build_decoder

SIZE = {"layers": 1, "width": 8, "heads": 2}
CODE = find("Hamming(7,4)-r")
FUZZ = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tensors(seed: int = 1) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    return Fecct(FecctConfig(**SIZE)).state_dict()


WEIGHTS = save(tensors())


def card(**values: object) -> bytes:
    return json.dumps({"config": SIZE} | values).encode()


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    monkeypatch.setattr(torch, "load", None)  # would unpickle
    monkeypatch.setattr(pickle, "loads", None)
    monkeypatch.setattr(pickle, "load", None)
    return tmp_path


def refusal(data, weights=WEIGHTS, about=None, name="mine") -> str:
    """The sentence with which the files are refused; nothing may have been written."""
    before = sorted(data.rglob("*"))
    with pytest.raises(InputError) as caught:
        add_backbone(name, weights, card() if about is None else about)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 250
    assert sorted(data.rglob("*")) == before
    return sentence


def test_one_that_ships_is_taken_in_under_another_name(data):
    weights, about = ((SHIPPED / f"base.{ending}").read_bytes() for ending in ("safetensors", "json"))
    made = add_backbone("mine", weights, about)
    assert (data / "backbones" / "mine.safetensors").read_bytes() == weights
    theirs = json.loads(about)
    assert made["name"] == "mine" and made["digest"] == theirs["digest"] == backbone_digest("mine")
    assert {key: made[key] for key in theirs.keys() - {"name", "config"}} == {
        key: theirs[key] for key in theirs.keys() - {"name", "config"}
    }
    assert load_backbone("mine").config == load_backbone("base").config
    rows = {row["name"]: row for row in backbone_rows()}
    assert {key for key in rows["base"] if rows["base"][key] != rows["mine"][key]} == {"name", "ships"}


def test_a_card_with_nothing_but_the_size(data):
    add_backbone("mine", WEIGHTS, card())
    assert all(torch.equal(value, load_backbone("mine").state_dict()[key]) for key, value in tensors().items())
    (row,) = [row for row in backbone_rows() if row["name"] == "mine"]
    digest = backbone_digest("mine")
    assert row == {"name": "mine", **SIZE, "codes": None, "frames": None, "bytes": len(WEIGHTS), "digest": digest,
                   "ships": False, "problem": None}  # fmt: skip
    with pytest.raises(InputError, match="'mine' names no codes it was trained on"):
        make_masks("mine", "command")


def test_name_size_and_digest_on_the_card_become_ours():
    kept = {"kept_heads": None, "kept_channels": None}
    made = add_backbone("mine", WEIGHTS, card(name="../up", config=SIZE | kept, note=["kept"], frames=3))
    assert list(made)[:3] == ["name", "config", "digest"]
    assert (made["name"], made["config"], made["note"], made["frames"]) == ("mine", SIZE | kept, ["kept"], 3)


@pytest.mark.parametrize("change", [
    lambda values: values, lambda values: values.half(), lambda values: values.bfloat16(),
    lambda values: torch.zeros_like(values), lambda values: torch.full_like(values, 3e38),
])  # fmt: skip
def test_what_is_taken_in_decodes(change):
    add_backbone("mine", save({key: change(value) for key, value in tensors().items()}), card())
    for spec in ("fecct:mine", "fecct:mine/bf16", "fecct:mine/passes:2"):
        counts = simulate_point(CODE, build_decoder(spec, CODE), 3.0, StoppingRule(1, 1024))
        assert counts.frames == 1024
    with pytest.raises(InputError, match="reproduce masks --backbone mine makes them"):
        build_decoder("fecct:mine/sap@0.5", CODE)


LACKING, WITH_MORE, OF_ANOTHER_SHAPE = tensors(), tensors() | {"more\n": torch.zeros(1)}, tensors()
del LACKING["out.bias"]
OF_ANOTHER_SHAPE["out.bias"] = torch.zeros(1, 1)


@pytest.mark.parametrize(
    ("weights", "part"),
    [
        (b"", "damaged or no safetensors file"),
        (b"\x80\x04\x95", "damaged or no safetensors file"),
        (pickle.dumps(tensors()), "damaged or no safetensors file"),
        (WEIGHTS[:-1], "damaged or no safetensors file"),
        (WEIGHTS + b"\0", "damaged or no safetensors file"),
        (b"\0" * (MOST_WEIGHTS_BYTES + 1), "at most 64 MB"),
        (save(LACKING), "lacks the tensor 'out.bias'"),
        (save(WITH_MORE), r"no FECCT of this config has, 'more\n'"),
        (save(OF_ANOTHER_SHAPE), "'out.bias' has the shape (1, 1); the config on the card makes it (1,)"),
        (save({key: value.double() for key, value in tensors().items()}), "torch.float64; float32, float16, bfloat16"),
        (save(tensors() | {"out.bias": torch.tensor([torch.inf])}), "'out.bias' holds values that are not finite"),
        (save(tensors() | {"norm.bias": torch.full((8,), torch.nan)}), "'norm.bias' holds values that are not finite"),
    ],
)  # fmt: skip
def test_weights_that_cannot_be_used(data, weights, part):
    assert part in refusal(data, weights)


@pytest.mark.parametrize(
    ("about", "part"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe{", "not JSON"),
        (b"{", "not JSON"),
        (card(note=float("nan")), "neither NaN nor infinity"),
        (card()[:-1] + b', "note": 1e999}', "neither NaN nor infinity"),
        (card()[:-1] + b', "note": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "32 deep"),
        (card()[:-1] + b', "start": ' + b"[" * 32 + b"]" * 32 + b"}", "32 deep"),
        (b"[]", "not a JSON object"),
        (b" " * (MOST_CARD_BYTES + 1), "at most 1 MB"),
        (b"{}", "three whole numbers, and nothing else; not None"),
        (card(config=[1, 8, 2]), "not [1, 8, 2]"),
        (card(config={"layers": 1, "width": 8}), "three whole numbers"),
        (card(config=SIZE | {"kept_heads": [1]}), "nothing else"),
        (card(config=SIZE | {"layers": True}), "three whole numbers"),
        (card(config=SIZE | {"width": 8.0}), "three whole numbers"),
        (card(config=SIZE | {"layers": 10**4000}), "1 to 192 heads in all its layers together"),
        (card(config=SIZE | {"width": 10**9}), "a width of 1 to 1024"),
        (card(config=SIZE | {"layers": 0}), "1 to 192 heads"),
        (card(config=SIZE | {"layers": -1, "heads": -1}), "at least one layer"),
        (card(config=SIZE | {"heads": 3}), "heads that divide its width"),
        (card(config={"layers": 192, "width": 1024, "heads": 1}), "lacks the tensor 'blocks.1."),
        (card(config=SIZE | {"width": 16}), "the config on the card makes it"),
        (card(digest="0123456789abcdef"), "on the card '0123456789abcdef'"),
        (card(digest=["x" * 10_000]), "not those of the card"),
        (card(codes="BCH(31,16)"), "must be a list of names, not 'BCH(31,16)'"),
        (card(codes=[1]), "must be a list of names, not [1]"),
        (card(frames=-1), "whole number from 0 on, not -1"),
        (card(frames="many"), "whole number from 0 on, not 'many'"),
        (card(frames=True), "whole number from 0 on, not True"),
    ],
)
def test_cards_that_cannot_be_used(data, about, part):
    assert part in refusal(data, about=about)


@pytest.mark.parametrize(
    ("name", "part"), [("", "1 to 40 letters"), ("../up", "1 to 40 letters"), ("base", "ships with the product")]
)
def test_names_that_cannot_be_given(data, name, part):
    assert part in refusal(data, name=name)


def test_no_other_is_replaced(data):
    add_backbone("mine", WEIGHTS, card())
    assert "'mine' already; remove it first, or choose another name" in refusal(data, save(tensors(2)))
    assert (data / "backbones" / "mine.safetensors").read_bytes() == WEIGHTS


def refused_or_usable(weights: bytes, about: bytes) -> None:
    try:
        add_backbone("mine", weights, about)
    except InputError:
        assert "mine" not in backbone_names()
    else:
        load_backbone("mine")
        remove_backbone("mine")


@FUZZ
@given(st.data())
def test_damaged_weights_are_refused(data, draw):
    """Cut, lengthened or changed anywhere, they are not those that a digest names; without one, they may be others."""
    at = draw.draw(st.integers(0, len(WEIGHTS) - 1) | st.integers(0, 600))  # the header lies in front
    damage = draw.draw(st.binary(max_size=8))
    cut = draw.draw(st.sampled_from([at, at + len(damage), len(WEIGHTS)]))
    damaged = WEIGHTS[:at] + damage + WEIGHTS[cut:]
    if damaged != WEIGHTS:
        refusal(data, damaged, card(digest=digest_of(WEIGHTS)))
    refused_or_usable(damaged, card())


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@FUZZ
@given(st.dictionaries(st.sampled_from(["layers", "width", "heads", "kept_heads", "more"]), VALUES) | VALUES)
def test_any_config_but_the_right_one_is_refused(data, config):
    sizes = {key: size for key, size in config.items() if size is not None} if isinstance(config, dict) else config
    if sizes != SIZE:
        refusal(data, about=card(config=config))


@FUZZ
@given(st.integers(0, len(card()) - 1), st.binary(min_size=1, max_size=3))
def test_a_damaged_card_is_refused_or_still_a_card(at, damage):
    refused_or_usable(WEIGHTS, card()[:at] + damage + card()[at + len(damage) :])


def test_a_backbone_is_removed_but_never_one_that_ships(data):
    add_backbone("mine", WEIGHTS, card())
    remove_backbone("mine")
    assert "mine" not in backbone_names() and list((data / "backbones").iterdir()) == []
    with pytest.raises(InputError, match="There is no backbone 'mine'"):
        remove_backbone("mine")
    with pytest.raises(InputError, match="'base' ships with the product and cannot be removed"):
        remove_backbone("base")
    with pytest.raises(InputError, match="1 to 40 letters"):
        remove_backbone("../../base")
    assert "base" in backbone_names()


def test_one_that_is_damaged_is_listed_and_removed(data):
    add_backbone("mine", WEIGHTS, card())
    (data / "backbones" / "mine.json").write_text("[" * 10_000)
    (row,) = [row for row in backbone_rows() if row["name"] == "mine"]
    assert "is damaged" in row["problem"] and row["ships"] is False and row["digest"] is None
    remove_backbone("mine")
    assert "mine" not in backbone_names()
