"""Where bfloat16 is worth it: on processors that multiply it. Elsewhere PyTorch emulates it, many times slower."""

import torch

INSTRUCTIONS = ("amx_bf16", "avx512_bf16", "bf16")  # x86-64, x86-64, ARM


def multiplies_bfloat16(device: str = "cpu") -> bool:
    """Whether products of bfloat16 matrices are fast on this kind of device; accelerators are taken to be."""
    if device != "cpu":
        return True
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in INSTRUCTIONS)


def training_precision(device: str = "cpu") -> str:
    """The faster precision to train in on this kind of device: "bf16" autocast, or "no" for float32."""
    return "bf16" if multiplies_bfloat16(device) else "no"
