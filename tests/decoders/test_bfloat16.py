"""bfloat16 is chosen where the processor multiplies it, and nowhere else."""

import pytest
import torch

from sapcore.decoders.bfloat16 import multiplies_bfloat16, training_precision


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [
        ({"avx2": True, "avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, "no"),
        ({"avx512_f": True, "avx512_bf16": True}, "bf16"),
        ({"amx_bf16": True}, "bf16"),
        ({"architecture": "aarch64", "bf16": True}, "bf16"),
        ({}, "no"),
    ],
)
def test_a_processor_trains_in_what_it_multiplies(monkeypatch, capabilities, precision):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert training_precision() == precision
    assert training_precision("cuda") == "bf16"


def test_this_processor_says_which_it_is():
    known = torch.cpu.get_capabilities()
    assert known["architecture"]
    assert multiplies_bfloat16() == (training_precision() == "bf16")
    assert not multiplies_bfloat16() or any("bf16" in name and known[name] for name in known)
