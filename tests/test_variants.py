import contextlib
import sys
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sapcore.decoders
from sapcore.codes import load
from sapcore.decoders import BeliefPropagation, MaximumLikelihood, Uncoded
from sapcore.errors import InputError
from sapcore.variants import DecoderSpec, build_decoder, decoder_digest


class FakeFecctDecoder:
    def __init__(self, code, network, digest, precision):
        self.code, self.network, self.digest, self.precision = code, network, digest, precision


def put_backbones(monkeypatch, names):
    backbones = types.ModuleType("sapcore.decoders.backbones")
    backbones.DEFAULT_BACKBONE = "first"
    backbones.backbone_names = lambda: tuple(names)
    backbones.backbone_digest = lambda name: f"digest of {name}"
    backbones.load_backbone = lambda name: f"network of {name}"
    fecct = types.ModuleType("sapcore.decoders.fecct_decoder")
    fecct.FecctDecoder = FakeFecctDecoder
    for name, module in (("backbones", backbones), ("fecct_decoder", fecct)):
        monkeypatch.setitem(sys.modules, f"sapcore.decoders.{name}", module)
        monkeypatch.setattr(sapcore.decoders, name, module, raising=False)


@pytest.fixture(autouse=True)
def two_backbones(monkeypatch):
    put_backbones(monkeypatch, ["first", "second"])


SPECS = st.one_of(
    st.sampled_from(["uncoded", "ml", "fecct", "fecct/bf16", "fecct:first", "fecct:second", "fecct:second/bf16"]),
    st.integers(1, 1000).map(lambda iterations: f"bp:{iterations}"),
)


@given(SPECS)
def test_a_spec_and_its_text_are_one(text):
    spec = DecoderSpec.parse(text)
    assert str(spec) == text
    assert DecoderSpec.parse(str(spec)) == spec


@pytest.mark.parametrize(
    "text",
    [
        "", ":", "bp", "bp:", "bp:0", "bp:x", "bp:-5", "bp:1001", "bp:05", "bp:5.0", "bp:5:5", "bp: 5", "bp:5\n",
        "bp:\u0665", "uncoded:3", "uncoded:", "ml:", "ml:2", "ML", " ml", "fecct:", "fecct:missing", "osd:2",
        "fecct/sap@0.5", "fecct:first/lora", "fecct/", "fecct/int4", "fecct/bf16/bf16",
        "bp:5/bf16", "ml/bf16", "fecct:../first", "bp:50/sap@0.5",
    ],
)  # fmt: skip
def test_an_impossible_spec_is_one_sentence_that_lists_what_exists(text):
    with pytest.raises(InputError) as error:
        DecoderSpec.parse(text)
    message = str(error.value)
    assert repr(text) in message
    assert "\n" not in message and message.endswith(".")
    for word in ("uncoded", "ml", "bp:ITERATIONS", "fecct:BACKBONE", "first", "second"):
        assert word in message


@given(st.text(max_size=12))
def test_any_text_is_a_spec_or_an_input_error(text):
    with contextlib.suppress(InputError):
        assert str(DecoderSpec.parse(text)) == text


def test_a_spec_cannot_be_made_around_the_grammar():
    with pytest.raises(InputError):
        DecoderSpec("bp", "0")


def test_without_backbones_fecct_is_refused_and_the_rest_stays(monkeypatch):
    put_backbones(monkeypatch, [])
    with pytest.raises(InputError, match="no trained backbone"):
        DecoderSpec.parse("fecct")
    assert DecoderSpec.parse("bp:5") == DecoderSpec("bp", "5")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("uncoded", Uncoded), ("ml", MaximumLikelihood), ("bp:5", BeliefPropagation), ("fecct", FakeFecctDecoder)],
)
def test_build_decoder(text, kind):
    code = load("Hamming(7,4)")
    for spec in (text, DecoderSpec.parse(text)):
        decoder = build_decoder(spec, code)
        assert isinstance(decoder, kind)
        assert decoder.code == code
        assert decoder.digest == decoder_digest(spec)


def test_fecct_builds_the_backbone_it_names():
    code = load("Hamming(7,4)")
    assert build_decoder("fecct", code).network == "network of first"
    assert build_decoder("fecct:second", code).network == "network of second"
    assert build_decoder("fecct", code).precision == "float32"
    assert build_decoder("fecct:second/bf16", code).precision == "bf16"


def test_digests_tell_decoders_apart_and_know_the_default():
    texts = ["uncoded", "ml", "bp:5", "bp:50", "fecct", "fecct/bf16", "fecct:second", "fecct:second/bf16"]
    digests = {decoder_digest(text) for text in texts}
    assert len(digests) == len(texts)
    assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in digests)
    assert decoder_digest("fecct") == decoder_digest("fecct:first")


def test_digests_never_change():
    """They are keys of stores in use: SHA-256 of the identity, e.g. `printf bp:50 | sha256sum | cut -c1-16`."""
    assert [decoder_digest(text) for text in ("uncoded", "ml", "bp:50")] == PINNED


def test_built_decoders_decode():
    code = load("Hamming(7,4)")
    received = np.ones((3, 7), dtype=np.float32)
    for text in ("uncoded", "ml", "bp:5"):
        assert not build_decoder(text, code).decode(received, 0.5).any()


PINNED = ["74ea8f4a3192a5c4", "5d58d41913d9fea4", "8675d19348a0fe90"]
