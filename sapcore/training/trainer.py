"""Trains a backbone: the loop, its log, its checkpoints."""

import json
import math
import re
import shlex
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import broadcast
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from sapcore.codes import load
from sapcore.decoders.backbones import backbone_card, check_name, check_new, load_backbone, save_backbone
from sapcore.decoders.bfloat16 import training_precision
from sapcore.decoders.denormals import flushed_denormals
from sapcore.decoders.fecct import CodeView, Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.folders import data_folder
from sapcore.training import checkpoint
from sapcore.training.data import Curriculum, Frames, draw_frames, open_frames, view_of
from sapcore.training.held_out import HELD_OUT
from sapcore.training.recipe import Recipe

SAVE_SECONDS = 300
LOG_STEPS = 50
HELD_OUT_EBN0 = 4.0
HELD_OUT_FRAMES = 512
MATRICES_OF_BLOCKS = re.compile(r"blocks\.\d+\..*(q|k|v|o|up|down)\.weight")


@dataclass(frozen=True)
class Settings:
    """What decides the weights of a training run, besides its length and the machine.

    Attributes:
        backbone: name of the backbone.
        codes: names of codes or matrix files; each is trained in redundant and in standard form, as the recipe says.
        start: begin from the weights of this backbone instead of random ones; `config` must be its size.
        precision: "bf16" autocast, or "no" for float32; None for the faster on this machine, see `training_precision`.
    """

    backbone: str
    codes: tuple[str, ...]
    seed: int = 0
    precision: str | None = None
    start: str | None = None
    config: FecctConfig = field(default_factory=FecctConfig)
    recipe: Recipe = field(default_factory=Recipe)

    def __post_init__(self) -> None:
        check_name(self.backbone)
        if not self.codes:
            raise InputError("Name at least one code to train on.")
        if not 0 <= self.seed < 2**63:
            raise InputError(f"A seed is a whole number from 0 to 2^63 - 1, not {self.seed}.")
        if self.start is not None and load_backbone(self.start).config != self.config:
            raise InputError(f"The backbone {self.start!r} to start from has another size than {self.config}.")

    def command(self, length: "Length") -> str:
        """The command line that makes the run again (recipe and precision as they are by default)."""
        size = self.config
        options = {"backbone": self.backbone, "codes": shlex.quote(",".join(self.codes))}
        options |= {"minutes": f"{length.minutes:g}"} if length.minutes else {"steps": length.steps}
        options |= {"seed": self.seed, "layers": size.layers, "width": size.width, "heads": size.heads}
        options |= {"start": self.start} if self.start else {}
        return " ".join(["python -m sapcore train", *(f"--{name} {value}" for name, value in options.items())])


@dataclass(frozen=True)
class Length:
    """How long a run is, in minutes of training (time before a resume counted in) or in steps."""

    minutes: float | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.steps is None):
            raise InputError("Give the length of the training either in minutes or in steps.")
        if not 0 < (self.minutes or self.steps or 0) < math.inf:
            raise InputError("The length of the training must be a number above 0.")

    def share(self, progress: checkpoint.Progress) -> float:
        """The part of the run that is behind it, 0 to 1."""
        done = progress.step / self.steps if self.steps else progress.seconds / (60 * self.minutes)
        return min(1.0, done)


def train(
    backbone: str,
    codes: Sequence[str],
    minutes: float | None = None,
    *,
    steps: int | None = None,
    resume: bool = False,
    seed: int = 0,
    start: str | None = None,
    config: FecctConfig | None = None,
    recipe: Recipe | None = None,
    precision: str | None = None,
    threads: int | None = None,
    cpu: bool = False,
    quiet: bool = False,
) -> dict[str, object]:
    """Train a backbone and return its card.

    At every checkpoint and at the end, averaged weights and card go to the folder backbones of the data folder; the
    checkpoint and the log (one JSON object a line) to training/NAME. The frames of a step depend on seed and step
    alone: with `steps`, precision "no" and one thread a resumed run gives the weights of an unbroken one.

    A run may go on on another machine: on a GPU where it began on a CPU or the other way round, in another precision,
    with other numbers of threads and processes. Weights, optimisers and progress are the same; rounding is not, and
    from the same seed a GPU draws other frames than a CPU, of the same distribution, and each process draws its own.

    Args:
        backbone, codes, seed, start, config, recipe, precision: see `Settings`.
        minutes, steps: see `Length`.
        resume: go on from the checkpoint of that name.
        threads: torch threads, torch's own choice by default.
        cpu: stay on the CPU where there is a GPU.
        quiet: show no progress bar.

    Raises:
        InputError: a code, name, length or checkpoint cannot be used, or a new backbone has the name of one there is.
    """
    if not resume:
        check_new(backbone, "go on with it by --resume")
    length = Length(minutes, steps)
    size, numbers = config or FecctConfig(), recipe or Recipe()
    trainer = Trainer(Settings(backbone, tuple(codes), seed, precision, start, size, numbers), cpu)
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        if resume:
            trainer.resume()
        trainer.go(length, quiet)
        if trainer.accelerator.is_main_process:
            trainer.save(length)
        trainer.accelerator.wait_for_everyone()
    finally:
        torch.set_num_threads(before)
    return backbone_card(backbone)


class Trainer:
    """One training run: networks, optimisers, progress."""

    def __init__(self, settings: Settings, cpu: bool = False) -> None:
        self.settings, recipe = settings, settings.recipe
        codes = [load(name) for name in settings.codes]
        self.codes = list(dict.fromkeys(code.standard or code for code in codes))
        self.curriculum = Curriculum(self.codes, recipe)
        cpu = cpu or not torch.accelerator.is_available()  # else the processes of one run do not find each other
        AcceleratorState._reset_state(True)  # else a second run of this process keeps precision and device of the first
        device = "cpu" if cpu else torch.accelerator.current_accelerator().type
        self.precision = settings.precision or training_precision(device)
        self.accelerator = Accelerator(mixed_precision=self.precision, cpu=cpu)
        self.device = self.accelerator.device
        torch.manual_seed(settings.seed)
        self.network = Fecct(settings.config)
        if settings.start:
            self.network.load_state_dict(load_backbone(settings.start).state_dict())
        self.network.to(self.device)
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema))
        self.wrapped = self.accelerator.prepare_model(self.network)
        self.optimisers = _optimisers(self.network, recipe)
        self.progress = checkpoint.Progress()
        self.folder = data_folder() / "training" / settings.backbone

    @property
    def checkpoint_path(self) -> Path:
        """Where the run's checkpoint lies."""
        return self.folder / "checkpoint.safetensors"

    def identity(self) -> dict[str, object]:
        """What a checkpoint must have been written under to go on here; the precision is the machine's."""
        return {key: value for key, value in asdict(self.settings).items() if key != "precision"}

    def resume(self) -> None:
        """Go on from the checkpoint; raises InputError where there is none of these settings."""
        self.progress = checkpoint.load(
            self.checkpoint_path, self.network, self.average, self.optimisers, self.identity()
        )

    def go(self, length: Length, quiet: bool = False) -> None:
        """Train to the end of `length`, with a checkpoint every few minutes."""
        recent: list[tuple[str, float]] = []
        saved = since = time.perf_counter()
        quiet = quiet or not self.accelerator.is_main_process
        form = "{percentage:5.1f}% {elapsed} {postfix}"
        with flushed_denormals(), tqdm(total=100, unit="%", disable=quiet, bar_format=form) as bar:
            while (share := self._agreed(length.share(self.progress))) < 1:
                recent.append(self.step(share))
                now = time.perf_counter()
                self.progress.seconds += now - since
                since = now
                bar.update(100 * share - bar.n)
                if self.progress.step % LOG_STEPS == 0:
                    mean = sum(loss for _, loss in recent) / len(recent)
                    speed = self.progress.frames / self.progress.seconds
                    bar.set_postfix_str(f"{speed:.0f} frames/s, step {self.progress.step}, loss {mean:.4f}")
                    if self.accelerator.is_main_process:
                        self.log(loss=_means(recent), rate=self.settings.recipe.rate(self.progress.step, share))
                    recent.clear()
                if now - saved > SAVE_SECONDS and self.accelerator.is_main_process:
                    held_out = self.save(length)["held_out"]["minus_ln_ber"]
                    bar.write(f"-ln(BER) at {HELD_OUT_EBN0:g} dB: {held_out}")
                    saved = since = time.perf_counter()

    def step(self, share: float) -> tuple[str, float]:
        """One optimiser step when `share` of the run is done; returns the name of its code and the loss."""
        process = self.accelerator.process_index  # each process has frames of its own
        rng = np.random.default_rng([self.settings.seed, self.progress.step, *([process] if process else [])])
        name, code = self.curriculum.pick(rng)
        generator = torch.Generator(self.device).manual_seed(int(rng.integers(2**62)))
        view = view_of(code, self.device)
        count = max(1, self.settings.recipe.tokens // (code.n + code.rows))
        frames = draw_frames(view, code.rate, self.settings.recipe.ebn0, count, generator)
        loss = self.loss(frames, view)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise InputError(
                f"The loss became {value} at step {self.progress.step} on {code.name}; lower the rates of the Recipe."
            )
        self.accelerator.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.recipe.clip)
        factor = self.settings.recipe.rate(self.progress.step, share)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * factor
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.average.update_parameters(self.network)
        if self.device.type not in self.progress.devices:
            self.progress.devices.append(self.device.type)
        if self.precision not in self.progress.precisions:
            self.progress.precisions.append(self.precision)
        self.progress.step += 1
        self.progress.frames += count * self.accelerator.num_processes
        return name, value

    def _agreed(self, share: float) -> float:
        """The share of the first process, so that several stop together."""
        return (
            float(broadcast(torch.tensor(share, device=self.device))) if self.accelerator.num_processes > 1 else share
        )

    def loss(self, frames: Frames, view: CodeView) -> Tensor:
        """Mean binary cross-entropy, in nats, of the logits against the bits that are wrong, over all passes."""
        total, count = torch.zeros((), device=self.device), 0
        current: Frames | None = frames
        for _ in range(self.settings.recipe.passes):
            if current is None:
                break
            logits = self.wrapped(current.magnitudes, current.syndromes, view).float()
            total = total + functional.binary_cross_entropy_with_logits(logits, current.wrong, reduction="sum")
            count += current.wrong.numel()
            current = open_frames(current, logits.detach(), view)
        return total / count

    def held_out(self) -> dict[str, float]:
        """-ln(BER) of the averaged weights at HELD_OUT_EBN0, redundant form, on frames no step sees: a rough figure."""
        network, figures = self.average.module.eval(), {}
        for index, code in enumerate(self.codes):
            view = view_of(code.redundant(), self.device)
            generator = torch.Generator(self.device).manual_seed(2**62 + index)
            frames = draw_frames(view, code.rate, (HELD_OUT_EBN0, HELD_OUT_EBN0), HELD_OUT_FRAMES, generator)
            with torch.inference_mode(), self.accelerator.autocast():
                logits = network(frames.magnitudes, frames.syndromes, view)
            left = float(((logits > 0) != frames.wrong.bool()).float().mean())
            # frames of zero syndrome are returned as received and nearly always right: they count as right
            figures[code.name] = round(-math.log(max(left * frames.nonzero, 1e-9)), 2)
        return figures

    def save(self, length: Length) -> dict[str, object]:
        """Write checkpoint, averaged weights and card; return the card."""
        checkpoint.save(
            self.checkpoint_path, self.network, self.average, self.optimisers, self.progress, self.identity()
        )
        held_out = self.held_out()
        self.log(held_out=held_out)
        card = {
            "codes": [code.name for code in self.codes],
            "held_out_codes": [name for name in HELD_OUT if name not in {code.name for code in self.codes}],
            "recipe": asdict(self.settings.recipe),
            "seed": self.settings.seed,
            "precision": ", ".join(self.progress.precisions),
            "start": backbone_card(self.settings.start) if self.settings.start else None,
            "command": self.settings.command(length),
            "steps": self.progress.step,
            "frames": self.progress.frames,
            "minutes": round(self.progress.seconds / 60, 1),
            "parameters": sum(p.numel() for p in self.network.parameters()),
            "torch": torch.__version__,
            "device": ", ".join(self.progress.devices),
            "held_out": {"ebn0_db": HELD_OUT_EBN0, "frames": HELD_OUT_FRAMES, "minus_ln_ber": held_out},
        }
        return save_backbone(data_folder() / "backbones", self.settings.backbone, self.average.module, card)

    def log(self, **values: object) -> None:
        """Append a line to the log."""
        line = {"step": self.progress.step, "seconds": round(self.progress.seconds, 1), "frames": self.progress.frames}
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(json.dumps(line | values) + "\n")


def _optimisers(network: Fecct, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for the tables of psi and for the rest."""
    muon, psi, rest = [], [], []
    for name, parameter in network.named_parameters():
        group = muon if MATRICES_OF_BLOCKS.fullmatch(name) else psi if name.endswith(".psi") else rest
        group.append(parameter)
    return [
        torch.optim.Muon(
            [{"params": muon, "lr": recipe.muon_lr, "peak": recipe.muon_lr}],
            momentum=recipe.muon_momentum,
            weight_decay=0.0,
        ),
        torch.optim.AdamW(
            [
                {"params": psi, "lr": recipe.psi_lr, "peak": recipe.psi_lr},
                {"params": rest, "lr": recipe.adamw_lr, "peak": recipe.adamw_lr},
            ],
            betas=recipe.adamw_betas,
            weight_decay=0.0,
        ),
    ]


def _means(losses: list[tuple[str, float]]) -> dict[str, float]:
    """The mean loss of each code."""
    return {name: float(np.mean([loss for other, loss in losses if other == name])) for name in dict(losses)}
