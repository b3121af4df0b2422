import json
from pathlib import Path

import pandas as pd
import pytest

from sapcore.codes import find, load, read_matrix, write_matrix
from sapcore.decoders.backbones import backbone_digest
from sapcore.errors import InputError
from sapcore.experiments.shipped import RESULTS
from sapcore.export.targets import TARGETS
from sapcore.export.write import export_decoder
from sapcore.recovery.adapter import adapter_card, find_adapter
from sapcore.variants import DecoderSpec, decoder_complexity, decoder_digest

SPEC = "fecct:small/sap@0.5/lora"


@pytest.mark.parametrize("target", TARGETS)
def test_the_folder_holds_the_decoder_its_matrix_a_card_and_a_readme(small, tmp_path, target):
    written = export_decoder(small, SPEC, target, tmp_path / "out")
    names = (f"decoder.{target}", "parity_check.alist", "card.json", "README.md")
    assert written.files == names and {path.name for path in written.folder.iterdir()} == set(names)
    assert written.bytes == sum((written.folder / name).stat().st_size for name in names)
    assert read_matrix(written.folder / "parity_check.alist").digest == small.digest
    card = json.loads((written.folder / "card.json").read_text())
    assert card == written.card
    digests = (card["code_digest"], card["decoder_digest"], card["backbone_digest"])
    assert digests == (small.digest, decoder_digest(SPEC, small), backbone_digest("small"))
    cost = decoder_complexity(SPEC, small)
    assert (card["parameters"], card["macs"]) == (cost.parameters, cost.macs)
    assert (card["code"], card["n"], card["k"], card["rows"]) == (small.name, 15, 7, 8)
    assert card["measured"] == []
    assert card["command"] == f"python -m sapcore export --code 'BCH(15,7)' --decoder {SPEC} --to {target}"
    text = (written.folder / "README.md").read_text()
    assert text.startswith(f"# BCH(15,7), decoded by {SPEC}\n") and "$" not in text


def test_the_card_names_mask_and_adapter(small, tmp_path):
    spec = DecoderSpec.parse("fecct:small/sap@0.5/lora")
    card = export_decoder(small, spec, "safetensors", tmp_path / "out").card
    mask = spec.mask(small)
    folder = find_adapter("small", mask.digest, small.digest)
    assert (card["mask"], card["adapter"]) == (mask.digest, adapter_card(folder)["digest"])


def test_the_same_export_gives_the_same_bytes(small, tmp_path):
    for target in TARGETS:
        first, second = (export_decoder(small, SPEC, target, tmp_path / f"{target}{place}") for place in "ab")
        for name in first.files:
            assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


def test_a_matrix_file_is_named_as_it_lies_in_the_folder(small, tmp_path, monkeypatch):
    path = tmp_path / "mine.alist"
    path.write_bytes(write_matrix(find("Hamming(7,4)"), "alist"))
    written = export_decoder(load(str(path)), "fecct:small", "safetensors", tmp_path / "out")
    assert "--code parity_check.alist --decoder" in written.card["command"]
    assert str(tmp_path) not in (written.folder / "card.json").read_text()
    monkeypatch.chdir(written.folder)
    assert load("parity_check.alist").digest == written.card["code_digest"]


def test_the_folder_this_runs_in_is_refused(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="is not exported into the folder this runs in"):
        export_decoder(small, "fecct:small", "safetensors", Path())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("spec", "target", "sentence"),
    [
        ("fecct:small/bf16", "onnx", r"A decoder is exported in float32 and for one pass; name it fecct:small\."),
        ("fecct:small/passes:4+fresh/bf16", "onnx", r"float32 and for one pass; name it fecct:small\."),
        ("bp:50", "onnx", r"bp:50 has no network; fecct and its pruned forms have one\."),
        ("uncoded", "safetensors", r"uncoded has no network"),
        ("fecct:none", "onnx", r"There is no decoder 'fecct:none'"),
        ("fecct:small/dedicated@0.5/lora", "onnx", r"There is no adapter of BCH\(15,7\) for this mask"),
        ("fecct:small", "pickle", r"There is no export to 'pickle'; there is onnx, safetensors\."),
    ],
)
def test_what_cannot_be_exported_is_refused_and_leaves_nothing(small, tmp_path, spec, target, sentence):
    with pytest.raises(InputError, match=sentence):
        export_decoder(small, spec, target, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_code_beyond_the_network_is_refused(small, tmp_path, monkeypatch):
    monkeypatch.setattr("sapcore.decoders.fecct_config.MOST_NODES", 20)
    with pytest.raises(InputError, match="fecct decodes up to 20"):
        export_decoder(small, "fecct:small", "onnx", tmp_path / "out")


def test_the_card_of_what_ships_holds_exactly_its_measured_points(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    code, table = find("BCH(31,16)-r"), pd.read_csv(RESULTS / "backbone.csv")
    rows = table[(table.code == code.name) & table.decoder.str.startswith("fecct")].drop_duplicates("ebn0")
    rows = rows.assign(decoder="fecct", decoder_digest=decoder_digest("fecct", code)).sort_values("ebn0")
    pd.concat([table[table.decoder == "bp:50"], rows]).to_csv(tmp_path / "backbone.csv", index=False)
    monkeypatch.setattr("sapcore.experiments.shipped.RESULTS", tmp_path)
    card = export_decoder(code, "fecct", "safetensors", tmp_path / "out").card
    assert len(card["measured"]) == len(rows) >= 2
    for point, row in zip(card["measured"], rows.itertuples(), strict=True):
        for name in ("ebn0", "frames", "frame_errors", "ber_low", "command"):
            assert point[name] == getattr(row, name)
    assert json.loads((tmp_path / "out" / "card.json").read_text()) == card
