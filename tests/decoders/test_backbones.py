import json

import pytest
import torch

from sapcore.decoders import backbones
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    return tmp_path / "backbones"


def save(folder, name="mine"):
    torch.manual_seed(1)
    network = Fecct(FecctConfig(1, 8, 2))
    return network, backbones.save_backbone(folder, name, network, {"codes": ["BCH(15,7)"]})


def test_round_trip(folder):
    network, card = save(folder)
    loaded = backbones.load_backbone("mine")
    assert loaded.config == network.config
    assert all(torch.equal(loaded.state_dict()[key], value) for key, value in network.state_dict().items())
    assert not any(p.requires_grad for p in loaded.parameters()) and not loaded.training
    assert backbones.backbone_digest("mine") == card["digest"] and "mine" in backbones.backbone_names()
    assert backbones.load_backbone("mine") is loaded


def test_unknown_name_lists_what_exists(folder):
    save(folder)
    with pytest.raises(InputError, match="mine"):
        backbones.load_backbone("other")


@pytest.mark.parametrize("name", ["", "../up", "a/b", "-x", "a" * 41])
def test_bad_names(folder, name):
    with pytest.raises(InputError, match="name is 1 to 40"):
        backbones.load_backbone(name)


def test_damaged_files_are_named(folder):
    save(folder)
    weights = folder / "mine.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-8])
    with pytest.raises(InputError, match="not those of its card"):
        backbones.load_backbone("mine")
    card = json.loads((folder / "mine.json").read_text())
    (folder / "mine.json").write_text(json.dumps(card | {"digest": backbones.digest_of(weights.read_bytes())}))
    with pytest.raises(InputError, match="do not fit"):
        backbones.load_backbone("mine")
    weights.write_bytes(content)
    wider = card | {"config": {"layers": 1, "width": 16, "heads": 2}}
    (folder / "mine.json").write_text(json.dumps(wider))
    with pytest.raises(InputError, match="do not fit"):
        backbones.load_backbone("mine")
    (folder / "mine.json").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        backbones.load_backbone("mine")


def test_weights_that_are_not_finite_are_refused(folder):
    network = Fecct(FecctConfig(1, 8, 2))
    with torch.no_grad():
        network.out.bias.fill_(float("nan"))
    backbones.save_backbone(folder, "broken", network, {})
    with pytest.raises(InputError, match="finite"):
        backbones.load_backbone("broken")
