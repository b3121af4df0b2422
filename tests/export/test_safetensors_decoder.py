import json

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import load

from sapcore.decoders.fecct import CodeView, Fecct, FecctConfig
from sapcore.export.card import card
from sapcore.export.exported import Exported
from sapcore.export.safetensors_decoder import safetensors_file
from sapcore.variants import DecoderSpec


def test_the_file_holds_the_merged_network_and_its_matrix(small, tmp_path):
    exported = Exported.of(small, DecoderSpec.parse("fecct:small/sap@0.5/lora"))
    contents = safetensors_file(exported, {"code": small.name})
    tensors = load(contents)
    assert np.array_equal(tensors.pop("parity_check"), small.parity_check)
    distances = tensors.pop("distances")
    assert distances.dtype == np.uint8
    assert np.array_equal(distances, CodeView.of(small).distances.numpy())
    about = card(exported, "safetensors")
    assert sum(tensor.size for tensor in tensors.values()) == about["parameters"]
    config = about["config"]
    again = Fecct(FecctConfig(2, config["width"], 4, config["heads"], config["channels"])).eval()
    again.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in tensors.items()})
    magnitudes, syndromes = torch.rand(4, small.n), torch.ones(4, small.rows, dtype=torch.int64)
    with torch.inference_mode():
        view = CodeView.of(small)
        want = exported.network(magnitudes, syndromes, view)
        assert torch.equal(again(magnitudes, syndromes, view), want)
    (tmp_path / "decoder.safetensors").write_bytes(contents)
    with safe_open(tmp_path / "decoder.safetensors", "numpy") as file:
        assert json.loads(file.metadata()["about"]) == {"code": small.name}
