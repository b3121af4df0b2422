import numpy as np
import pytest
import torch

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import find
from sapcore.decoders.backbones import backbone_digest, load_backbone, save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.pruning.importance import save_importances
from sapcore.pruning.library import build_library, save_library
from sapcore.pruning.masks import MaskSource, importances_path, library_path
from sapcore.pruning.scores import score_code
from sapcore.recovery.pruned_backbone import PrunedBackbone
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.recovery.recover import make_adapter

CODE = find("BCH(15,7)")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """`fecct:small` with random weights, its importances, a library, and one adapter of BCH(15,7); gives that code."""
    data = tmp_path_factory.mktemp("data")
    torch.manual_seed(0)
    network = Fecct(FecctConfig(2, 16, 4))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.2 * torch.randn_like(parameter)  # the scales and shifts of norms too
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAP_DATA", str(data))
        patch.setattr("sapcore.pruning.masks.ASSETS", data / "assets")
        save_backbone(data / "backbones", "small", network, {})
        digest = backbone_digest("small")
        scores = [score_code(load_backbone("small"), digest, code, frames=8) for code in (CODE, find("Hamming(7,4)"))]
        save_importances(importances_path("small"), scores, "command")
        save_library(library_path("small"), build_library(scores[1:], [CODE]), "command")
        make_adapter(
            PrunedBackbone.structured(MaskSource("small", digest), "sap", CODE, 0.5),
            CODE,
            RecoveryRecipe(rank=2, steps=20, tokens=200),
        )
        yield CODE


@pytest.fixture(scope="session")
def receive():
    """A function that gives received values (frames, n) float32 of random codewords of a code at an Eb/N0."""

    def of(code, frames, ebn0=4.0, seed=0):
        rng = np.random.default_rng(seed)
        codewords = code.encode(rng.integers(0, 2, (frames, code.k), dtype=np.uint8))
        return transmit(codewords, rng.standard_normal((frames, code.n)), noise_sigma(ebn0, code.rate))

    return of
