"""What an interrupted training run needs to go on, in one safetensors file.

Nothing in it depends on the machine: tensors are kept as they are on the CPU, and put where the parameters are when
they are loaded. So a run goes on under another kind of device, with other numbers of threads and of processes. On the
same kind of device, with as many threads and processes, it goes on exactly; see `train` for what else changes.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from sapcore.errors import InputError


@dataclass
class Progress:
    """How far a run is.

    Attributes:
        step: optimiser steps.
        seconds: spent in them, on whatever device.
        frames: of non-zero syndrome seen.
        devices: kinds of device it ran on, such as "cpu", in the order in which it first did.
        precisions: "bf16" or "no", likewise.
    """

    step: int = 0
    seconds: float = 0.0
    frames: int = 0
    devices: list[str] = field(default_factory=list)
    precisions: list[str] = field(default_factory=list)


def save(
    path: Path, network: nn.Module, average: nn.Module, optimisers: list[torch.optim.Optimizer], progress: Progress,
    settings: dict[str, object],
) -> None:  # fmt: skip
    """Write weights, their average, the optimisers' states, the progress and the run's settings; all or nothing."""
    tensors = {f"network.{key}": value for key, value in network.state_dict().items()}
    tensors |= {f"average.{key}": value for key, value in average.state_dict().items()}
    for index, optimiser in enumerate(optimisers):
        for parameter, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{parameter}.{key}": value for key, value in state.items()}
    metadata = {"progress": json.dumps(vars(progress)), "settings": json.dumps(settings, sort_keys=True)}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file({key: value.detach().contiguous().cpu() for key, value in tensors.items()}, part, metadata)
    os.replace(part, path)


def load(
    path: Path, network: nn.Module, average: nn.Module, optimisers: list[torch.optim.Optimizer],
    settings: dict[str, object],
) -> Progress:  # fmt: skip
    """Put the state saved in `path` into the modules and optimisers, wherever these are, and return the progress.

    Raises:
        InputError: there is no such file, it is damaged, or it belongs to a run with other settings.
    """
    if not path.is_file():
        raise InputError(f"There is no checkpoint {path} to resume from; start without --resume.")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise InputError(f"The checkpoint {path} is damaged ({error}).") from error
    saved = json.loads(metadata.get("settings", "{}"))
    expected = json.loads(json.dumps(settings))
    differing = sorted(key for key in expected if saved.get(key) != expected[key])
    if differing:
        raise InputError(f"The checkpoint {path} belongs to a run with other settings: {', '.join(differing)}.")
    network.load_state_dict(_below(tensors, "network."))
    average.load_state_dict(_below(tensors, "average."))
    for index, optimiser in enumerate(optimisers):
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in _below(tensors, f"optimiser.{index}.").items():
            parameter, name = key.split(".", 1)
            state.setdefault(int(parameter), {})[name] = value
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    return Progress(**json.loads(metadata["progress"]))


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
