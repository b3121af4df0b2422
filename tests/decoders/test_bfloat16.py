"""bfloat16 is chosen where the processor multiplies it, and nowhere else."""

from pathlib import Path

import pytest
import torch

from sapcore.decoders.bfloat16 import INSTRUCTIONS, multiplies_bfloat16, training_precision

CPU = Path("/proc/cpuinfo")


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


@pytest.mark.skipif(not CPU.exists(), reason="only Linux lists what the processor can do in a file")
def test_this_processor_is_what_the_kernel_says_it_is():
    assert multiplies_bfloat16() == bool(set(INSTRUCTIONS) & set(CPU.read_text().split()))
