"""The importances and the library of a backbone, made and gone on with."""

import pytest
import torch

from sapcore.codes import find
from sapcore.decoders.backbones import backbone_digest, save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.experiments import catalogue_masks
from sapcore.experiments.catalogue_masks import are_present, make_masks
from sapcore.pruning.importance import load_importances
from sapcore.pruning.masks import importances_path, library_path

NAMES = "Hamming(7,4)", "BCH(15,7)"
FORMS = tuple(form for name in NAMES for form in (find(name), find(name).redundant()))


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A small backbone, and a catalogue of four matrices."""
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    monkeypatch.setattr(catalogue_masks, "catalogue", lambda: FORMS)
    table = catalogue_masks.signature_table()
    table = table[table["name"].isin([form.name for form in FORMS])]
    monkeypatch.setattr(catalogue_masks, "signature_table", lambda: table)
    put(tmp_path, seed=0)
    return tmp_path


def put(data, seed):
    torch.manual_seed(seed)
    save_backbone(data / "backbones", "small", Fecct(FecctConfig(1, 16, 2)), {"codes": list(NAMES)})


def made():
    """What the two files hold; the order of metadata in the first is up to chance."""
    scores = load_importances(importances_path("small"))
    told = {name: (one.backbone, one.heads.tolist(), one.channels.tolist()) for name, one in scores.items()}
    return told, library_path("small").read_text()


def test_an_interrupted_scoring_goes_on_where_it_stopped(small):
    make_masks("small", "command")
    whole = made()
    importances_path("small").unlink()
    assert not are_present("small")

    def two_and_no_more(codes):
        yield from codes[:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_masks("small", "command", two_and_no_more)
    assert not importances_path("small").exists()
    asked = []

    def watch(codes):
        asked.extend(codes)
        return codes

    make_masks("small", "command", watch)
    assert tuple(asked) == FORMS[2:]
    assert made() == whole
    assert not list((small / "experiments").iterdir())  # nothing is left over


def test_what_is_left_of_other_weights_or_damaged_is_scored_anew(small):
    make_masks("small", "command")
    first, old = made(), importances_path("small").read_bytes()
    assert are_present("small")
    put(small, seed=1)
    assert not are_present("small")
    kept = small / "experiments" / f"importances-{backbone_digest('small')}.safetensors"
    for contents in (old, b"nonsense"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(contents)
        asked = []
        make_masks("small", "command", lambda codes, asked=asked: asked.extend(codes) or codes)
        assert tuple(asked) == FORMS
        assert made() != first
    assert are_present("small")


def test_a_matrix_that_has_no_importance_yet_is_noticed(small, monkeypatch):
    make_masks("small", "command")
    table = catalogue_masks.signature_table()
    monkeypatch.setattr(catalogue_masks, "signature_table", lambda: table.assign(digest="other"))
    assert not are_present("small")
