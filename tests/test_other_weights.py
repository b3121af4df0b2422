"""What ships for a backbone is refused, sentence by sentence, once the backbone has other weights."""

import json
import re
import shutil

import pandas as pd
import pytest
import torch
from streamlit.testing.v1 import AppTest

from sapcore.codes import find
from sapcore.decoders import backbones
from sapcore.decoders.backbones import backbone_card, backbone_digest, load_backbone, save_backbone, ships
from sapcore.decoders.fecct import Fecct
from sapcore.errors import InputError
from sapcore.experiments import sap_results
from sapcore.experiments.catalogue_masks import are_present
from sapcore.experiments.sap_plan import DENSE, SPECIALISED, pruned
from sapcore.experiments.sap_results import shipped_rows
from sapcore.experiments.shipped import shipped_points
from sapcore.folders import ASSETS
from sapcore.pruning import masks
from sapcore.pruning.importance import load_importances, save_importances
from sapcore.pruning.library import build_library, save_library
from sapcore.pruning.masks import importances_path, library_path, mask_source
from sapcore.pruning.scores import score_code
from sapcore.recovery.adapter import adapters_of_other_weights
from sapcore.ui.overview import Story
from sapcore.ui.recoveries import adapter_table
from sapcore.variants import DecoderSpec, build_decoder, decoder_digest

CODE = find("BCH(15,7)-r")
SHIPPED = backbone_digest("base")


def both(made_for, present, command):
    return f"made for the weights {made_for}, not for the present ones, {present}; run {re.escape(command)}"


@pytest.fixture
def assets(tmp_path, monkeypatch):
    """A copy of what ships, in which the backbone has other weights."""
    monkeypatch.setenv("SAP_DATA", str(tmp_path / "data"))
    network, codes = Fecct(load_backbone("base").config), backbone_card("base")["codes"]
    network.load_state_dict(load_backbone("base").state_dict())
    with torch.no_grad():
        network.out.bias.add_(0.5)
    copied = tmp_path / "assets"
    for name in ("importances", "library", "adapters"):
        shutil.copytree(ASSETS / name, copied / name)
    save_backbone(copied / "backbones", "base", network, {"codes": codes})
    monkeypatch.setattr(backbones, "SHIPPED", copied / "backbones")
    for module in ("pruning.masks", "pruning.learned", "recovery.adapter"):
        monkeypatch.setattr(f"sapcore.{module}.ASSETS", copied)
    masks._source.cache_clear()  # keeps what it has read of weights of the same digest
    yield copied
    masks._source.cache_clear()


@pytest.fixture
def fresh_masks(assets):
    """Importances and a library of two codes for these weights."""
    codes = [CODE, find("BCH(31,16)-r")]
    scores = [score_code(load_backbone("base"), backbone_digest("base"), code, frames=4) for code in codes]
    save_importances(importances_path("base"), scores, "command")
    save_library(library_path("base"), build_library(scores, codes), "command")
    return assets


@pytest.mark.parametrize("how", ["sap", "far", "average", "dedicated", "random"])
def test_masks_are_refused_with_both_digests(assets, how):
    sentence = "^The importances of backbone 'base' were " + both(
        SHIPPED, backbone_digest("base"), "python -m sapcore reproduce masks --backbone base."
    )
    for lora in ("", "/lora"):
        with pytest.raises(InputError, match=sentence):
            build_decoder(f"fecct/{how}@0.5{lora}", CODE)


def test_a_library_is_refused_with_both_digests(assets):
    scores = load_importances(importances_path("base")).values()
    present = backbone_digest("base")
    anew = [type(one)(present, one.code, one.code_digest, one.score, one.heads, one.channels) for one in scores]
    save_importances(importances_path("base"), anew, "command")
    assert decoder_digest("fecct/dedicated@0.5", CODE)
    command = "python -m sapcore reproduce masks --backbone base"
    with pytest.raises(InputError, match="^The mask library of backbone 'base' was " + both(SHIPPED, present, command)):
        decoder_digest("fecct/sap@0.5", CODE)
    assert not are_present("base")


def test_an_adapter_is_refused_with_both_digests(fresh_masks):
    present = backbone_digest("base")
    assert decoder_digest("fecct/sap@0.5", CODE)
    sentence = r"^The adapter of BCH\(15,7\)-r for fecct/sap@0.5 was " + both(
        SHIPPED, present, "python -m sapcore recover 'BCH(15,7)-r' --ratio 0.5 --how sap."
    )
    with pytest.raises(InputError, match=sentence):
        build_decoder("fecct/sap@0.5/lora/passes:4/bf16", CODE)
    with pytest.raises(InputError, match=r"^There is no adapter"):  # nor was there one for the other weights
        build_decoder("fecct/sap@0.25/lora", CODE)
    assert len(adapters_of_other_weights("base", present)) == len(list((fresh_masks / "adapters/base").iterdir()))
    assert set(adapter_table()["in use"]) == {"no, for other weights"}


@pytest.mark.parametrize(("kind", "plan"), [("orders", "2:4+learnable"), ("patterns", "tile@0.5")])
def test_what_was_learned_is_refused_with_both_digests(assets, kind, plan):
    folder = assets / kind / "base"
    folder.mkdir(parents=True)
    (folder / "damaged.json").write_text("{")
    with pytest.raises(InputError, match=r"^Nothing has been learned for"):
        decoder_digest(f"fecct/{plan}", CODE)
    card = {"backbone": SHIPPED, "plan": plan, "code_digest": CODE.digest}
    (folder / "old.json").write_text(json.dumps(card))
    sentence = f"^What was learned for {re.escape(plan)} on BCH.* was " + both(
        SHIPPED, backbone_digest("base"), f"python -m sapcore sparsify 'BCH(15,7)-r' --sparsity {plan}."
    )
    with pytest.raises(InputError, match=sentence):
        build_decoder(f"fecct/{plan}", CODE)
    with pytest.raises(InputError, match=r"^Nothing has been learned for"):
        decoder_digest(f"fecct/{plan}", find("BCH(31,16)-r"))


def test_figures_of_other_weights_are_not_shown(fresh_masks):
    decoders = set(shipped_points(CODE)["decoder"])
    assert not any(DecoderSpec.parse(decoder).base == "fecct" for decoder in decoders)
    assert shipped_rows(CODE).empty
    assert Story.of(CODE, 0.5, mask_source()).found() == ""


def test_recovered_rows_without_their_pruned_row_are_not_taken_for_present(assets, tmp_path, monkeypatch):
    rows = [{"backbone": SHIPPED, "part": "main", "code_digest": CODE.digest, "decoder": decoder, "decoder_digest": "x"}
            for decoder in (SPECIALISED, pruned("sap", 0.5, lora=True))]  # fmt: skip
    monkeypatch.setattr(sap_results, "FILE", tmp_path / "sap.csv")
    pd.DataFrame(rows).to_csv(sap_results.FILE, index=False)
    assert shipped_rows(CODE).empty  # though none of their masks can be had
    rows = [row | {"backbone": backbone_digest("base")} for row in rows]
    pd.DataFrame(rows).to_csv(sap_results.FILE, index=False)
    assert shipped_rows(CODE).empty
    dense = rows[0] | {"decoder": DENSE, "decoder_digest": decoder_digest(DENSE, CODE)}
    pd.DataFrame([*rows, dense]).to_csv(sap_results.FILE, index=False)
    assert shipped_rows(CODE)["decoder"].tolist() == [DENSE]


@pytest.mark.parametrize("name", ["overview", "masks", "decode"])
def test_pages_refuse_masks_in_the_same_sentence(assets, name):
    opened = AppTest.from_file(str(ASSETS.parent / "pages" / f"{name}.py"), default_timeout=120).run()
    assert not opened.exception
    (said,) = (error.value for error in opened.error)
    assert SHIPPED in said and backbone_digest("base") in said and "reproduce masks" in said
    assert not opened.get("plotly_chart")


def test_the_recovery_page_shows_no_figures_of_other_weights(fresh_masks):
    opened = AppTest.from_file(str(ASSETS.parent / "pages" / "recovery.py"), default_timeout=120)
    opened.query_params["r_codes"], opened.query_params["r_forms"] = CODE.standard.name, "redundant"
    opened.run()
    assert not opened.exception
    assert not any("measured before and after" in one.value for one in opened.subheader)
    (adapters,) = (table.value for table in opened.dataframe if "in use" in table.value)
    assert set(adapters["in use"]) == {"no, for other weights"} and set(adapters["weights"]) == {SHIPPED}


def test_weights_under_the_card_of_others_are_refused_with_both_digests(assets):
    present = backbone_digest("base")
    shutil.copy(ASSETS / "backbones" / "base.json", assets / "backbones" / "base.json")
    sentence = f"are not those of its card: their digest is {present}, that on the card {SHIPPED}"
    for use in (load_backbone, backbone_digest, mask_source):
        with pytest.raises(InputError, match=sentence):
            use("base")
    with pytest.raises(InputError, match=sentence):
        decoder_digest("fecct", CODE)
    assert shipped_rows(CODE).empty
    assert "fecct" not in set(shipped_points(CODE)["decoder"])
    (assets / "backbones" / "base.safetensors").unlink()
    with pytest.raises(InputError, match="are missing"):
        backbone_digest("base")


def test_masks_of_an_own_backbone_of_the_same_name_belong_in_the_data_folder(assets, tmp_path):
    assert ships("base") and importances_path("base").is_relative_to(assets)
    save_backbone(tmp_path / "data" / "backbones", "base", load_backbone("base"), {"codes": [CODE.name]})
    assert not ships("base")
    for path in (importances_path("base"), library_path("base")):
        assert path.is_relative_to(tmp_path / "data")
    with pytest.raises(InputError, match="There is no backbone 'none'"):
        importances_path("none")


def test_the_masks_that_ship_are_those_of_the_backbone_that_ships(monkeypatch, tmp_path):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    assert are_present("base")
