import contextlib
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sapcore.codes import load
from sapcore.decoders import BeliefPropagation, MaximumLikelihood, Uncoded
from sapcore.decoders.backbones import backbone_digest, load_backbone, save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.decoders.fecct_decoder import FecctDecoder
from sapcore.decoders.registry import CLASSICAL
from sapcore.errors import InputError
from sapcore.pruning.choices import CHOICES
from sapcore.pruning.compaction import compact
from sapcore.pruning.importance import save_importances
from sapcore.pruning.learnable_permutation import LearningRecipe
from sapcore.pruning.library import build_library, save_library
from sapcore.pruning.masks import MaskSource, importances_path, library_path
from sapcore.pruning.n_to_m_plan import NToMPlan
from sapcore.pruning.n_to_m_pruning import prune_n_to_m
from sapcore.pruning.orders import load_orders, make_orders
from sapcore.pruning.pattern_training import PatternRecipe
from sapcore.pruning.pattern_weights import make_pattern, pattern_backbone
from sapcore.pruning.scores import score_code
from sapcore.pruning.structured_mask import StructuredMask
from sapcore.recovery.adapter import merged, new_adapter_folder, save_adapter
from sapcore.recovery.pruned_backbone import PrunedBackbone
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.recovery.recover import make_adapter, recover
from sapcore.variants import DecoderSpec, build_decoder, build_network, decoder_complexity, decoder_digest

CODE = load("Hamming(7,4)")


def put_backbone(data, name, seed):
    """A small backbone of random weights."""
    torch.manual_seed(seed)
    save_backbone(data / "backbones", name, Fecct(FecctConfig(2, 16, 4)), {})


@pytest.fixture(scope="module")
def backbones(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    for seed, name in enumerate(("first", "second")):
        put_backbone(data, name, seed)
    return data


@pytest.fixture(autouse=True)
def two_backbones(backbones, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(backbones))
    monkeypatch.setattr("sapcore.decoders.backbones.SHIPPED", backbones / "none")
    monkeypatch.setattr("sapcore.decoders.backbones.DEFAULT_BACKBONE", "first")


@pytest.fixture
def masks(tmp_path, monkeypatch):
    """Importances of three codes under the first backbone, and a library whose donors are two of them."""
    monkeypatch.setattr("sapcore.pruning.masks.ASSETS", tmp_path)
    network, digest = load_backbone("first"), backbone_digest("first")
    codes = [load(name) for name in ("Hamming(7,4)", "BCH(15,7)", "Golay(24,12)")]
    scores = [score_code(network, digest, code, frames=8) for code in codes]
    save_importances(importances_path("first"), scores, "command")
    save_library(library_path("first"), build_library([scores[1], scores[2]], codes), "command")
    return {code.name: score for code, score in zip(codes, scores, strict=True)}


ENDS = ["", "/lora", "/bf16", "/lora/bf16", "/passes:2", "/lora/passes:64+fresh/bf16", "/passes:9/bf16"]
SPECS = st.one_of(
    st.sampled_from(["uncoded", "ml", "fecct", "fecct/bf16", "fecct:first", "fecct:second", "fecct:second/bf16"]),
    st.builds(
        lambda name, how, ratio, end: f"{name}/{how}@{ratio / 100:g}{end}",
        st.sampled_from(["fecct", "fecct:second"]),
        st.sampled_from(list(CHOICES)),
        st.integers(0, 90),
        st.sampled_from(ENDS),
    ),
    st.builds(
        lambda base, iterations, end: f"{base}:{iterations}{end}",
        st.sampled_from(["bp", "ms"]),
        st.integers(1, 1000),
        st.sampled_from(["", "/layered"]),
    ),
    st.builds(
        lambda name, sparsity, words, end: f"{name}/{sparsity}{words}{end}",
        st.sampled_from(["fecct", "fecct:second"]),
        st.sampled_from(["2:4", "1:4", "4:8", "1:1"]),
        st.sampled_from(["", "+ria", "+lsa", "+magnitude+greedy", "+learnable", "+lsa+refit", "+ria+lsa+admm"]),
        st.sampled_from(ENDS),
    ),
    st.builds(
        lambda name, pattern, word, end: f"{name}/{pattern}{word}{end}",
        st.sampled_from(["fecct", "fecct:second"]),
        st.sampled_from(["tile@0.5", "tile@0.25", "kernel@0.5", "kernel@0.75"]),
        st.sampled_from(["", "+admm", "+srste", "+oneshot"]),
        st.sampled_from(ENDS),
    ),
    st.sampled_from(["bdd", "sc", "osd:0", "osd:3"]),
    st.integers(1, 32).map(lambda size: f"scl:{size}"),
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
        "bp:\u0665", "uncoded:3", "uncoded:", "ml:", "ml:2", "ML", " ml", "fecct:", "fecct:missing", "osd:4",
        "fecct:first/lora", "fecct/sap", "fecct/sap@", "fecct/sap@0.50", "fecct/sap@.5",
        "fecct/best@0.5", "fecct/sap@0.5/sap@0.5", "fecct/sap@0.5/bf16/lora", "fecct/sap@1e-1", "fecct/sap@nan",
        "fecct/", "fecct/int4", "fecct/bf16/bf16",
        "osd", "osd:02", "bdd:1", "sc:8", "scl", "scl:0", "scl:33", "ms:0", "ms", "bp:5/layered/layered", "ml/layered",
        "osd:2/layered", "fecct/layered", "fecct/layered/sap@0.5", "/layered", "bp:5/layered/bf16",
        "bp:5/bf16", "ml/bf16", "fecct:../first", "bp:50/sap@0.5",
        "bp:50/2:4", "ml/2:4", "fecct:missing/2:4", "fecct/2:4/sap@0.5", "fecct/sap@0.5/2:4", "fecct/2:4/bf16/lora",
        "fecct/passes", "fecct/passes:", "fecct/passes:1", "fecct/passes:65", "fecct/passes:04", "fecct/+fresh",
        "fecct/passes:4+new", "fecct/bf16/passes:4", "fecct/passes:4/lora", "bp:50/passes:4", "fecct/passes:2/passes:2",
    ],
)  # fmt: skip
def test_an_impossible_spec_is_one_sentence_that_lists_what_exists_of_its_kind(text):
    with pytest.raises(InputError) as error:
        DecoderSpec.parse(text)
    message = str(error.value)
    assert repr(text) in message
    assert "\n" not in message and message.endswith(".")
    kind = re.split("[:/]", text)[0]
    every = ("uncoded", "ml", "bp:ITERATIONS", "fecct:BACKBONE", "first", "second")
    words = {"fecct": every[3:], **{name: (CLASSICAL[name].grammar(name),) for name in CLASSICAL}}.get(kind, every)
    for word in words:
        assert word in message


@given(st.text(max_size=12))
def test_any_text_is_a_spec_or_an_input_error(text):
    with contextlib.suppress(InputError):
        assert str(DecoderSpec.parse(text)) == text


@pytest.mark.parametrize(
    "fields",
    [("bp", "0"), ("fecct", None, "sap", 0.1234567), ("fecct", None, "sap", 1e-5), ("fecct", None, "sap", 0.91),
     ("fecct", None, "sap"), ("fecct", None, None, 0.5), ("fecct", None, None, None, True), ("ml", None, "sap", 0.5),
     ("fecct", None, "sap", 0.5, False, None, False, "2:4"),
     ("fecct", None, None, None, False, None, False, "2:4+wanda"), ("ml", None, None, None, False, None, False, "2:4"),
     ("fecct", None, None, None, False, None, False, None, 1), ("ml", None, None, None, False, None, False, None, 4),
     ("fecct", None, None, None, False, None, False, None, None, True)],
)  # fmt: skip
def test_a_spec_cannot_be_made_around_the_grammar(fields):
    with pytest.raises(InputError):
        DecoderSpec(*fields)


def test_a_code_is_scored_once_on_the_way_to_a_decoder(masks, monkeypatch):
    calls = []
    monkeypatch.setattr("sapcore.pruning.scores.score_code", lambda *given: calls.append(given) or score_code(*given))
    code = load("BCH(15,11)")  # has no importance of its own yet
    assert build_decoder("fecct/dedicated@0.5", code).digest == decoder_digest("fecct/dedicated@0.5", code)
    assert len(calls) == 1


def test_without_backbones_fecct_is_refused_and_the_rest_stays(monkeypatch, tmp_path):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    with pytest.raises(InputError, match="no trained backbone"):
        DecoderSpec.parse("fecct")
    assert DecoderSpec.parse("bp:5") == DecoderSpec("bp", "5")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("uncoded", Uncoded), ("ml", MaximumLikelihood), ("bp:5", BeliefPropagation), ("fecct", FecctDecoder)],
)
def test_build_decoder(text, kind):
    for spec in (text, DecoderSpec.parse(text)):
        decoder = build_decoder(spec, CODE)
        assert isinstance(decoder, kind)
        assert decoder.code == CODE
        assert decoder.digest == decoder_digest(spec, CODE)


def logits(text, code=CODE):
    rng = np.random.default_rng(0)
    return build_decoder(text, code).logits(rng.normal(0.5, 1, (20, code.n)).astype(np.float32))


def test_fecct_builds_the_backbone_and_precision_it_names():
    assert np.array_equal(logits("fecct"), logits("fecct:first"))
    assert np.abs(logits("fecct") - logits("fecct:second")).max() > 0.01
    assert 0 < np.abs(logits("fecct") - logits("fecct/bf16")).max() < 0.1


def test_pruned_decoders_have_the_mask_that_their_name_says(masks):
    network, code = load_backbone("first"), CODE
    want = {
        "dedicated": masks["Hamming(7,4)"],
        "sap": masks["BCH(15,7)"],
        "far": masks["Golay(24,12)"],
        "magnitude": score_code(network, backbone_digest("first"), code, "magnitude"),
    }
    plain = {how: StructuredMask.from_importance(scores, 0.5) for how, scores in want.items()}
    for how, mask in plain.items():
        assert DecoderSpec.parse(f"fecct/{how}@0.5").mask(code).digest == mask.digest
        decoder = FecctDecoder(code, compact(network, mask), "x")
        received = np.random.default_rng(0).normal(0.5, 1, (20, code.n)).astype(np.float32)
        assert np.array_equal(logits(f"fecct/{how}@0.5"), decoder.logits(received))
        assert decoder_digest(f"fecct/{how}@0.5", code) == build_decoder(f"fecct/{how}@0.5", code).digest
    for how in CHOICES:
        mask = DecoderSpec.parse(f"fecct/{how}@0.5").mask(code)
        assert (mask.heads.sum(), mask.channels.sum()) == (4, 64)
    other = load("BCH(15,7)")
    for how, same in (("random", False), ("average", True), ("magnitude", True)):
        spec = DecoderSpec.parse(f"fecct/{how}@0.5")
        assert (spec.mask(code).digest == spec.mask(other).digest) == same
        assert spec.mask(code).digest == spec.mask(code).digest
    mean = sum(scores.channels / scores.channels.sum() for scores in masks.values())
    average = StructuredMask(plain["sap"].heads, mean >= np.sort(mean, axis=None)[-64], "x")
    assert np.array_equal(DecoderSpec.parse("fecct/average@0.5").mask(code).channels, average.channels)


def test_equal_masks_are_one_decoder(masks):
    assert decoder_digest("fecct/sap@0.5", load("BCH(15,7)")) == decoder_digest(
        "fecct/dedicated@0.5", load("BCH(15,7)")
    )
    assert decoder_digest("fecct/sap@0.5", CODE) != decoder_digest("fecct/dedicated@0.5", CODE)


def test_masks_that_cannot_be_had_are_refused(masks, tmp_path, backbones):
    with pytest.raises(InputError, match=r"second\.safetensors are missing or damaged"):
        decoder_digest("fecct:second/sap@0.5", CODE)
    importances_path("second").write_bytes(importances_path("first").read_bytes())
    first, second = backbone_digest("first"), backbone_digest("second")
    with pytest.raises(InputError, match=f"made for the weights {first}, not for the present ones, {second}; run"):
        decoder_digest("fecct:second/sap@0.5", CODE)
    library_path("first").write_text("{")
    with pytest.raises(InputError, match=r"first\.json is missing, damaged"):
        MaskSource("first", backbone_digest("first")).mask("sap", CODE, 0.5)


def test_an_adapter_is_found_by_mask_and_matrix_and_merged(masks):
    spec = DecoderSpec.parse("fecct/sap@0.5/lora")
    with pytest.raises(
        InputError, match=r"no adapter of Hamming\(7,4\).*recover 'Hamming\(7,4\)' --ratio 0.5 --how sap"
    ):
        build_decoder(spec, CODE)
    mask = spec.mask(CODE)
    small = compact(load_backbone("first"), mask)
    model, _ = recover(small, CODE, RecoveryRecipe(rank=1, steps=5, tokens=100), precision="no")
    folder = new_adapter_folder("first", mask.digest, CODE.digest)
    save_adapter(folder, model, {"mask": mask.digest, "code_digest": CODE.digest})
    decoder = FecctDecoder(CODE, merged(model), "x")
    received = np.random.default_rng(0).normal(0.5, 1, (20, CODE.n)).astype(np.float32)
    assert np.allclose(logits("fecct/sap@0.5/lora"), decoder.logits(received), atol=1e-6)
    assert len({decoder_digest(f"fecct{end}", CODE) for end in ("", "/sap@0.5", "/sap@0.5/lora")}) == 3
    assert build_decoder(spec, CODE).digest == decoder_digest(spec, CODE)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fecct/5:4", "N:M sparsity keeps N of M consecutive inputs; 5:4 would keep more than there are."),
        ("fecct/0:4", "N:M sparsity keeps N of M consecutive inputs, N at least 1; 0:4 keeps nothing."),
        ("fecct/2:3", "2:3 does not fit q, k, v and up: 3 does not divide its 16 inputs."),
        ("fecct/2:4+best", "There is no sparsity '2:4+best'; N:M such as 2:4 keeps N of M, after which may follow "),
        ("fecct/tile@0.3", "The pattern tile at ratio 0.3 would keep 11.2 of 16 columns, no whole number."),
        ("fecct/kernel@0.6", "The pattern kernel has ratio 0.25, 0.5 or 0.75, not 0.6."),
        ("fecct/tile@0.50", "There is no sparsity 'tile@0.50'; PATTERN@RATIO with PATTERN one of tile, kernel, such"),
        ("fecct/tile@0.5+best", "There is no training 'best' to a pattern; there are full, admm, srste, oneshot."),
        ("fecct/2:", "N:M sparsity is written as two whole numbers such as 2:4, not '2:'."),
    ],
)
def test_an_impossible_sparsity_says_why(text, sentence):
    with pytest.raises(InputError) as error:
        DecoderSpec.parse(text)
    assert str(error.value).startswith(sentence) and str(error.value).count("\n") == 0


@pytest.mark.parametrize("text", ["2:4", "1:4+ria+lsa", "2:4+magnitude+greedy", "2:4+lsa+admm"])
def test_sparse_decoders_have_the_weights_that_their_plan_says(text):
    plan = NToMPlan.parse(text)
    pruned = prune_n_to_m(load_backbone("first"), CODE, plan)
    for layer, mask in pruned.masks.items():
        assert plan.n_to_m.holds(mask)
        assert not build_network(f"fecct/{text}", CODE).get_submodule(layer).weight.numpy(force=True)[~mask].any()
    received = np.random.default_rng(0).normal(0.5, 1, (20, CODE.n)).astype(np.float32)
    assert np.array_equal(logits(f"fecct/{text}"), FecctDecoder(CODE, pruned.network, "x").logits(received))
    assert not np.array_equal(logits(f"fecct/{text}"), logits("fecct"))
    assert build_decoder(f"fecct/{text}", CODE).digest == decoder_digest(f"fecct/{text}", CODE)


def test_sparse_decoders_are_told_apart():
    texts = ["fecct", "fecct/2:4", "fecct/2:4/bf16", "fecct/1:4", "fecct/2:4+ria", "fecct/2:4+lsa", "fecct:second/2:4"]
    digests = [decoder_digest(text, code) for text in texts for code in (CODE, load("Hamming(7,4)-r"))]
    assert len(set(digests)) == 2 * len(texts) - 1  # the dense one is the same for every code


def test_learned_orders_come_first_and_are_part_of_the_decoder(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    put_backbone(tmp_path, "first", 0)
    spec = DecoderSpec.parse("fecct/2:4+learnable")
    command = r"sparsify 'Hamming\(7,4\)' --sparsity 2:4\+learnable --backbone first\.$"
    with pytest.raises(InputError, match=rf"^Nothing has been learned for 2:4\+learnable on .*{command}"):
        build_decoder(spec, CODE)
    recipe = LearningRecipe(steps=2, every=1, groups=1, iterations=2)
    digests = []
    for seed in range(2):
        card = make_orders("first", spec.plan, CODE, recipe, seed)
        pruned = prune_n_to_m(load_backbone("first"), CODE, spec.plan, load_orders(Path(card["file"])))
        received = np.random.default_rng(0).normal(0.5, 1, (20, CODE.n)).astype(np.float32)
        assert np.array_equal(logits(str(spec)), FecctDecoder(CODE, pruned.network, "x").logits(received))
        digests.append((card["digest"], decoder_digest(spec, CODE)))
    assert (digests[0][0] == digests[1][0]) == (digests[0][1] == digests[1][1])
    Path(card["file"]).write_text(Path(card["file"]).read_text().replace('"residual": [', '"residual": [99, '))
    with pytest.raises(InputError, match=r"^The learned orders .* are damaged\.$"):
        decoder_digest(spec, CODE)


def test_weights_trained_to_a_pattern_are_kept_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    put_backbone(tmp_path, "first", 0)
    dense = {name: value.clone() for name, value in load_backbone("first").state_dict().items()}
    digests = set()
    for text in ("tile@0.5", "kernel@0.25+oneshot", "kernel@0.5+admm", "tile@0.75+srste"):
        spec = DecoderSpec.parse(f"fecct/{text}")
        with pytest.raises(InputError, match=rf"^Nothing has been learned for {re.escape(text)} on Hamming"):
            decoder_digest(spec, CODE)
        card = make_pattern("first", spec.plan, CODE, PatternRecipe(steps=20, period=2, warmup=2))
        network, masks = pattern_backbone("first", spec.plan, CODE)
        for layer, mask in masks.items():
            weight = network.get_submodule(layer).weight.numpy(force=True)
            assert (weight[~mask] == 0).all() and (weight[mask] != 0).any()
        pruned = sum(int((~mask).sum()) for mask in masks.values())
        assert pruned == spec.plan.pruned_weights(network.config)
        assert decoder_complexity(spec, CODE).parameters == decoder_complexity("fecct", CODE).parameters - pruned
        received = np.random.default_rng(0).normal(0.5, 1, (20, CODE.n)).astype(np.float32)
        assert np.array_equal(logits(str(spec)), FecctDecoder(CODE, network, "x").logits(received))
        assert (card["recipe"]["admm"], card["recipe"]["sr_ste"]) == (
            ("srste" not in text and "oneshot" not in text), ("admm" not in text and "oneshot" not in text)
        )  # fmt: skip
        digests.add(decoder_digest(spec, CODE))
    assert len(digests) == 4
    assert all(torch.equal(value, dense[name]) for name, value in load_backbone("first").state_dict().items())
    Path(card["file"]).write_bytes(Path(card["file"]).read_bytes()[:-8])
    with pytest.raises(InputError, match=r"^The weights trained to a pattern .* are damaged\.$"):
        build_decoder(spec, CODE)


def test_an_adapter_of_a_sparse_decoder_is_merged_under_its_masks():
    spec = DecoderSpec.parse("fecct:second/2:4/lora")
    with pytest.raises(InputError, match=r"for this sparsity; make it with .*--sparsity 2:4 --backbone second\.$"):
        build_decoder(spec, CODE)
    pruned = PrunedBackbone.sparse("second", spec.plan, CODE)
    card = make_adapter(pruned, CODE, RecoveryRecipe(rank=1, steps=5, tokens=100))
    assert (card["sparsity"], card["mask"]) == ("2:4", pruned.digest)
    network = build_network(spec, CODE)
    for layer, mask in pruned.masks.items():
        weight = network.get_submodule(layer).weight.numpy(force=True)
        assert not weight[~mask].any()
        assert (weight != pruned.network.get_submodule(layer).weight.numpy(force=True))[mask].any()
    assert not np.array_equal(logits(str(spec)), logits("fecct:second/2:4"))
    assert build_decoder(spec, CODE).digest == decoder_digest(spec, CODE) != decoder_digest("fecct:second/2:4", CODE)


def test_an_adapter_of_a_pattern_updates_the_layers_that_it_leaves_dense_too():
    spec = DecoderSpec.parse("fecct:second/tile@0.5/lora")
    make_pattern("second", spec.plan, CODE, PatternRecipe(steps=4, period=1, warmup=1))
    pruned = PrunedBackbone.sparse("second", spec.plan, CODE)
    make_adapter(pruned, CODE, RecoveryRecipe(rank=1, steps=5, tokens=100))
    network, dense = build_network(spec, CODE), "blocks.0.attention.o"
    assert dense not in pruned.masks
    assert not torch.equal(network.get_submodule(dense).weight, pruned.network.get_submodule(dense).weight)
    for layer, mask in pruned.masks.items():
        assert not network.get_submodule(layer).weight.numpy(force=True)[~mask].any()
    assert build_decoder(spec, CODE).digest == decoder_digest(spec, CODE)


def test_a_sparse_decoder_costs_what_its_zeros_leave():
    dense, half, quarter = (decoder_complexity(f"fecct{end}", CODE) for end in ("", "/2:4", "/1:4"))
    blocks = 2 * (4 * 16 * 16 + 2 * 16 * 64)  # weights of q, k, v, o, up and down in two layers
    assert dense.parameters - half.parameters == blocks / 2
    assert dense.parameters - quarter.parameters == 3 * blocks / 4
    assert half.bytes == 4 * half.parameters + blocks // 2 * 2 // 8
    assert dense.macs - half.macs == (CODE.n + CODE.rows) * blocks / 2 == dense.macs_blocks - half.macs_blocks


def test_digests_tell_decoders_apart_and_know_the_default():
    texts = ["uncoded", "ml", "bp:5", "bp:50", "fecct", "fecct/bf16", "fecct:second", "fecct:second/bf16"]
    texts += ["fecct/passes:4", "fecct/passes:4+fresh", "fecct/passes:5", "fecct/passes:4/bf16"]
    digests = {decoder_digest(text, CODE) for text in texts}
    assert len(digests) == len(texts)
    assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in digests)
    assert decoder_digest("fecct", CODE) == decoder_digest("fecct:first", CODE)


def test_digests_never_change():
    """They are keys of stores in use: SHA-256 of the identity, e.g. `printf bp:50 | sha256sum | cut -c1-16`."""
    assert [decoder_digest(text, CODE) for text in ("uncoded", "ml", "bp:50")] == PINNED


def test_built_decoders_decode():
    code = load("Hamming(7,4)")
    received = np.ones((3, 7), dtype=np.float32)
    for text in ("uncoded", "ml", "bp:5"):
        assert not build_decoder(text, code).decode(received, 0.5).any()


PINNED = ["74ea8f4a3192a5c4", "5d58d41913d9fea4", "8675d19348a0fe90"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fecct/sap@-1", "A pruning ratio is a number from 0 to 0.9, not -1 as in 'fecct/sap@-1'."),
        ("fecct/sap@2", "A pruning ratio is a number from 0 to 0.9, not 2 as in 'fecct/sap@2'."),
        ("fecct:first/far@0.95/lora/passes:2/bf16", "A pruning ratio is a number from 0 to 0.9, not 0.95 as in"),
        ("osd:9", "There is no decoder 'osd:9'; there is osd:ORDER with 0 to 3."),
        ("ml:2", "There is no decoder 'ml:2'; there is ml."),
        ("bp:50/lora", "there is bp:ITERATIONS with 1 to 1000 and optionally /layered."),
        ("fecct/lora", "there is fecct, or fecct:BACKBONE with BACKBONE one of "),
        ("turbo", "there are uncoded, ml, osd:ORDER with 0 to 3, "),
    ],
)
def test_the_refusal_says_how_the_kind_is_written(text, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        DecoderSpec.parse(text)
