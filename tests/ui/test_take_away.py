"""The zip of a decoder, and that it decodes."""

import io
import json
import zipfile

import numpy as np
import onnxruntime

from sapcore.codes import find
from sapcore.ui.take_away import zipped
from sapcore.variants import DecoderSpec, build_decoder


def test_the_zip_holds_a_decoder_that_decodes_and_is_the_same_each_time():
    code, spec = find("Hamming(7,4)"), DecoderSpec.parse("fecct/sap@0.5")
    contents = zipped(code, spec, "onnx")
    assert contents == zipped(code, spec, "onnx")
    with zipfile.ZipFile(io.BytesIO(contents)) as archive:
        assert set(archive.namelist()) == {"decoder.onnx", "parity_check.alist", "card.json", "README.md"}
        assert json.loads(archive.read("card.json"))["decoder"] == str(spec)
        session = onnxruntime.InferenceSession(archive.read("decoder.onnx"))
    received = np.random.default_rng(0).normal(1, 0.7, (64, 7)).astype(np.float32)
    (bits,) = session.run(None, {"received": received})
    assert (bits == build_decoder(spec, code).decode(received, 0.7)).all()
