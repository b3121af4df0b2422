import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sapcore.channel import hard_decision
from sapcore.codes import find
from sapcore.errors import InputError
from sapcore.export.onnx_decoder import decoder_model
from sapcore.folders import ASSETS
from sapcore.pruning.masks import mask_source
from sapcore.recovery.pruned_backbone import PrunedBackbone
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.recovery.recover import make_adapter
from sapcore.variants import build_decoder, build_network

FRAMES, BATCH = 10_000, 64
SIGMA = 0.5  # of no matter to a fecct


def session_of(contents):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(contents, options, providers=["CPUExecutionProvider"])


def decode(session, received):
    return session.run(["bits"], {"received": received})[0]


def assert_same_bits(session, decoder, received):
    parts = [received[i : i + BATCH] for i in range(0, len(received), BATCH)]
    syndromes = decoder.code.syndrome(hard_decision(received))
    assert 0.05 < syndromes.any(axis=1).mean() < 0.95  # some frames go through the network, some do not
    bits = np.concatenate([decode(session, part) for part in parts])
    assert bits.dtype == np.uint8
    assert np.array_equal(bits, decoder.decode(received, SIGMA))


@pytest.fixture(scope="module", params=["fecct:small", "fecct:small/sap@0.5", "fecct:small/sap@0.5/lora"])
def pair(small, request):
    """The exported decoder and that of the application."""
    model = decoder_model(small, build_network(request.param, small), {})
    return session_of(model.SerializeToString()), build_decoder(request.param, small)


def test_the_bits_of_10000_frames_are_those_of_the_decoder(pair, receive):
    session, decoder = pair
    assert_same_bits(session, decoder, receive(decoder.code, FRAMES))


@pytest.mark.parametrize("frames", [0, 1, 2, 257])
def test_a_batch_has_any_size(pair, receive, frames):
    session, decoder = pair
    received = receive(decoder.code, frames, ebn0=2.0, seed=1)
    bits = decode(session, received)
    assert (bits.shape, bits.dtype) == ((frames, decoder.code.n), np.uint8)
    assert np.array_equal(bits, decoder.decode(received, SIGMA))


@pytest.mark.parametrize("frames", [1, 40])
def test_frames_of_zero_syndrome_come_back_as_received(pair, receive, frames):
    session, decoder = pair
    received = receive(decoder.code, frames, ebn0=40.0, seed=2)
    bits = decode(session, received)
    assert bits.any() and not decoder.code.syndrome(bits).any()
    assert np.array_equal(bits, hard_decision(received))


@settings(max_examples=50)
@given(data=st.data())
def test_any_finite_values_are_decoded_alike(pair, data):
    session, decoder = pair
    shape = data.draw(st.integers(1, 4)), decoder.code.n
    received = data.draw(arrays(np.float32, shape, elements=st.floats(-10, 10, width=32)))
    assert np.array_equal(decode(session, received), decoder.decode(received, SIGMA))


def test_the_file_says_what_it_was_told_and_nothing_of_the_machine(small):
    network = build_network("fecct:small", small)
    model = decoder_model(small, network, {"code": "BCH(15,7)"})
    contents = model.SerializeToString()
    assert contents == decoder_model(small, network, {"code": "BCH(15,7)"}).SerializeToString()
    assert {entry.key: entry.value for entry in model.metadata_props} == {"code": "BCH(15,7)"}
    assert str(ASSETS.parent).encode() not in contents
    batch = [value.type.tensor_type.shape.dim[0].dim_param for value in (model.graph.input[0], model.graph.output[0])]
    assert batch == ["batch", "batch"]
    assert {opset.domain for opset in model.opset_import} == {""}


def test_pruned_layers_have_their_real_widths(small):
    sizes = [
        sum(onnx.numpy_helper.to_array(tensor).size for tensor in branch.initializer)
        for spec in ("fecct:small", "fecct:small/sap@0.5")
        for branch in [corrected(decoder_model(small, build_network(spec, small), {}))]
    ]
    assert sizes[1] < 0.65 * sizes[0]


def corrected(model):
    """The graph that holds the network."""
    (choice,) = (node for node in model.graph.node if node.op_type == "If")
    return next(attribute.g for attribute in choice.attribute if attribute.name == "then_branch")


def test_what_the_format_cannot_hold_is_refused(small, monkeypatch):
    monkeypatch.setattr("sapcore.export.graph.MOST_BYTES", 10_000)
    with pytest.raises(InputError, match="GB that an ONNX file may hold"):
        decoder_model(small, build_network("fecct:small", small), {})


@pytest.mark.slow
@pytest.mark.parametrize("spec", ["fecct", "fecct/sap@0.5", "fecct/sap@0.5/lora"])
def test_the_backbone_that_ships_gives_the_same_bits_on_10000_frames(spec, tmp_path, monkeypatch, receive):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    code = find("BCH(31,16)")
    if spec.endswith("lora"):
        make_adapter(
            PrunedBackbone.structured(mask_source(), "sap", code, 0.5),
            code,
            RecoveryRecipe(rank=2, steps=20, tokens=1000),
        )
    session = session_of(decoder_model(code, build_network(spec, code), {}).SerializeToString())
    assert_same_bits(session, build_decoder(spec, code), receive(code, FRAMES))
