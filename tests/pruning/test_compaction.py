import copy

import numpy as np
import pytest
import torch

from sapcore.codes import find, names
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest, load_backbone, save_backbone
from sapcore.decoders.fecct import CodeView, Fecct, FecctConfig
from sapcore.decoders.fecct_decoder import FecctDecoder
from sapcore.errors import InputError
from sapcore.pruning.compaction import compact, masked
from sapcore.pruning.masks import mask_source
from sapcore.pruning.scores import score_code
from sapcore.pruning.structured_mask import StructuredMask


def frames(code, count=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    magnitudes = torch.rand(count, code.n, generator=generator) * 2
    return magnitudes, CodeView.of(code).syndrome(torch.rand(count, code.n, generator=generator) < 0.1)


@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("name", ["Hamming(7,4)", "BCH(31,16)-r", "LDPC(49,24)"])
def test_the_compact_network_says_what_the_masked_one_says(name, ratio):
    """In float64: sharp attention makes much of the rounding of float32, 2e-4 of a logit on LDPC(49,24)."""
    code, network = find(name), copy.deepcopy(load_backbone(DEFAULT_BACKBONE)).double()
    view = CodeView.of(code)
    exact = CodeView(view.parity_check, view.distances, view.fold.double())
    scores = score_code(network, backbone_digest(DEFAULT_BACKBONE), code, "magnitude")
    mask = StructuredMask.from_importance(scores, ratio)
    small = compact(network, mask)
    magnitudes, syndromes = frames(code)
    with torch.inference_mode():
        with masked(network, mask):
            want = network(magnitudes.double(), syndromes, exact)
        assert (small(magnitudes.double(), syndromes, exact) - want).abs().max() < 1e-9
        assert (network(magnitudes.double(), syndromes, exact) - want).abs().max() > 0.1  # something is removed
    assert small.config.layer_heads == tuple(mask.heads.sum(1))
    assert small.config.layer_channels == tuple(mask.channels.sum(1))
    y = (magnitudes - 0.5).numpy()
    plain = small.float()(torch.from_numpy(np.abs(y)), view.syndrome(torch.from_numpy(y < 0)), view)
    assert np.abs(FecctDecoder(code, small, "x").logits(y) - plain.numpy()).max() < 1e-3


def test_a_compact_network_saves_and_loads_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    torch.manual_seed(0)
    network, code = Fecct(FecctConfig(2, 16, 4)).eval(), find("Hamming(7,4)")
    mask = StructuredMask.from_importance(score_code(network, "b", code, "magnitude"), 0.5)
    small = compact(network, mask)
    save_backbone(tmp_path / "backbones", "small", small, {})
    loaded = load_backbone("small")
    assert loaded.config == small.config
    assert (tmp_path / "backbones" / "small.safetensors").stat().st_size < 0.7 * 4 * sum(
        p.numel() for p in network.parameters()
    )
    view = CodeView.of(code)
    with torch.inference_mode():
        assert torch.equal(loaded(*frames(code), view), small(*frames(code), view))


def test_masks_of_another_size_and_impossible_sizes_are_refused():
    network = Fecct(FecctConfig(2, 16, 4))
    mask = StructuredMask(np.ones((2, 8), bool), np.ones((2, 64), bool), "b")
    for use in (lambda: compact(network, mask), lambda: masked(network, mask).__enter__()):
        with pytest.raises(InputError, match="2 layers of 8 heads and 64 channels, not for a network of 2 layers of 4"):
            use()
    with pytest.raises(InputError, match="kept_heads must hold 1 to 4"):
        FecctConfig(2, 16, 4, kept_heads=(5, 1))
    with pytest.raises(InputError, match="kept_channels must hold 1 to 64"):
        FecctConfig(2, 16, 4, kept_channels=(0, 1))


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("name", [f"{name}{form}" for name in names() for form in ("", "-r")])
def test_compact_is_masked_on_every_matrix_of_the_catalogue(name, ratio):
    code, network = find(name), copy.deepcopy(load_backbone(DEFAULT_BACKBONE)).double()
    view = CodeView.of(code)
    exact = CodeView(view.parity_check, view.distances, view.fold.double())
    mask = mask_source().mask("dedicated", code, ratio)
    magnitudes, syndromes = frames(code, count=2)
    with torch.inference_mode():
        with masked(network, mask):
            want = network(magnitudes.double(), syndromes, exact)
        assert (compact(network, mask)(magnitudes.double(), syndromes, exact) - want).abs().max() < 1e-5
