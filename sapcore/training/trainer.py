"""Trains a backbone: the loop, its log, its checkpoints."""

import json
import math
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from sapcore.codes import LinearCode, find
from sapcore.decoders.backbones import check_name, load_backbone, save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.folders import data_folder
from sapcore.training import checkpoint
from sapcore.training.data import Curriculum, Frames, draw_frames, view_of
from sapcore.training.recipe import Recipe

SAVE_SECONDS = 300
LOG_STEPS = 50
HELD_OUT_EBN0 = 4.0
HELD_OUT_FRAMES = 512


def train(
    backbone: str,
    codes: Sequence[str],
    minutes: float | None = None,
    *,
    steps: int | None = None,
    resume: bool = False,
    start: str | None = None,
    seed: int = 0,
    threads: int | None = None,
    config: FecctConfig | None = None,
    recipe: Recipe | None = None,
    precision: str = "bf16",
    cpu: bool = False,
    folder: Path | None = None,
    quiet: bool = False,
) -> dict[str, object]:
    """Train a backbone on catalogue codes and return its card.

    Weights and card go to `folder` (the data folder's backbones by default) at every checkpoint and at the end; the
    checkpoint and the log (one JSON object a line) to training/NAME in the data folder. The frames of a step depend on
    seed and step alone: with `steps`, precision "no" and one thread a resumed run gives the weights of an unbroken one.

    Args:
        backbone: its name.
        codes: names of codes; each is trained in redundant and in standard form, as the recipe says.
        minutes: length of the whole run, time before a resume counted in; or else give `steps`.
        resume: go on from the checkpoint of that name.
        start: begin from the weights of this backbone instead of random ones.
        precision: "bf16" autocast, or "no" for float32.

    Raises:
        InputError: a code, name, length or checkpoint cannot be used.
    """
    check_name(backbone)
    if (minutes is None) == (steps is None):
        raise InputError("Give the length of the training either in minutes or in steps.")
    if not (minutes or steps or 0) > 0:
        raise InputError("The length of the training must be above 0.")
    run = _Run(backbone, [find(code) for code in codes], seed, config, recipe, precision, cpu, start, threads)
    if resume:
        run.resume()
    run.go(minutes, steps, folder or data_folder() / "backbones", quiet)
    return run.card


class _Run:
    """One training run: networks, optimisers, progress."""

    def __init__(
        self, backbone: str, codes: list[LinearCode], seed: int, config: FecctConfig | None, recipe: Recipe | None,
        precision: str, cpu: bool, start: str | None, threads: int | None,
    ) -> None:  # fmt: skip
        if not codes:
            raise InputError("Name at least one code to train on.")
        if threads:
            torch.set_num_threads(threads)
        torch.manual_seed(seed)
        self.backbone, self.codes, self.seed = backbone, codes, seed
        self.recipe = recipe or Recipe()
        self.accelerator = Accelerator(mixed_precision=precision, cpu=cpu)
        self.device = self.accelerator.device
        self.network = load_trainable(start) if start else Fecct(config or FecctConfig())
        self.network.to(self.device)
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(self.recipe.ema))
        self.wrapped = self.accelerator.prepare_model(self.network)
        r = self.recipe
        named = dict(self.network.named_parameters())
        matrices = [name for name in named if re.fullmatch(r"blocks\.\d+\..*\.?(q|k|v|o|up|down)\.weight", name)]
        tables = [name for name in named if name.endswith(".psi")]
        others = [name for name in named if name not in {*matrices, *tables}]
        muon, psi, adamw = ([named[name] for name in names] for names in (matrices, tables, others))
        self.optimisers: list[torch.optim.Optimizer] = [
            torch.optim.Muon(muon, lr=r.muon_lr, momentum=r.muon_momentum, weight_decay=0.0),
            torch.optim.AdamW(
                [{"params": psi, "lr": r.psi_lr}, {"params": adamw, "lr": r.adamw_lr}],
                betas=r.adamw_betas,
                weight_decay=0.0,
            ),
        ]
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["peak"] = group["lr"]
        self.curriculum = Curriculum(codes, r)
        self.progress = checkpoint.Progress()
        self.folder = data_folder() / "training" / backbone
        self.settings = {
            "backbone": backbone, "codes": [code.name for code in codes], "seed": seed, "precision": precision,
            "start": start, "config": self.network.config.to_dict(), "recipe": r.to_dict(),
        }  # fmt: skip
        self.card: dict[str, object] = {}

    @property
    def checkpoint_path(self) -> Path:
        return self.folder / "checkpoint.safetensors"

    def resume(self) -> None:
        self.progress = checkpoint.load(
            self.checkpoint_path, self.network, self.average, self.optimisers, self.settings
        )

    def done(self, minutes: float | None, steps: int | None) -> float:
        """Share of the run that is behind it, 0 to 1."""
        share = self.progress.step / steps if steps else self.progress.seconds / (60 * minutes)
        return min(1.0, share)

    def go(self, minutes: float | None, steps: int | None, folder: Path, quiet: bool) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        recent: list[tuple[int, float]] = []
        saved = since = time.perf_counter()
        with tqdm(total=100, unit="%", disable=quiet, bar_format="{percentage:5.1f}% {elapsed} {postfix}") as bar:
            while (share := self.done(minutes, steps)) < 1:
                index, loss = self.step(share)
                now = time.perf_counter()
                self.progress.seconds += now - since
                since = now
                recent.append((index, loss))
                bar.update(100 * share - bar.n)
                if self.progress.step % LOG_STEPS == 0:
                    rate = self.progress.frames / self.progress.seconds
                    mean = float(np.mean([value for _, value in recent]))
                    bar.set_postfix_str(f"{rate:.0f} frames/s, step {self.progress.step}, loss {mean:.4f}")
                    self.log(loss=self._by_code(recent), rate=self.recipe.rate(self.progress.step, share))
                    recent.clear()
                if now - saved > SAVE_SECONDS:
                    self.save(folder)
                    saved = since = time.perf_counter()
        self.save(folder)

    def step(self, share: float) -> tuple[int, float]:
        """One optimiser step; returns the index of its code and the loss."""
        rng = np.random.default_rng([self.seed, self.progress.step])
        index, code = self.curriculum.pick(rng)
        generator = torch.Generator(self.device).manual_seed(int(rng.integers(2**62)))
        view = view_of(code, self.device)
        count = max(1, self.recipe.tokens // (code.n + code.rows))
        frames = draw_frames(view, code.rate, self.recipe.ebn0, count, generator)
        loss = self.loss(frames, view)
        self.accelerator.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        factor = self.recipe.rate(self.progress.step, share)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * factor
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.average.update_parameters(self.network)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise FloatingPointError(f"The loss is {value} at step {self.progress.step} on {code.name}.")
        self.progress.step += 1
        self.progress.frames += count
        return index, value

    def loss(self, frames: Frames, view: object) -> Tensor:
        """Mean binary cross-entropy, in nats, of the logits against the bits that are wrong."""
        logits = self.wrapped(frames.magnitudes, frames.syndromes, view)
        return functional.binary_cross_entropy_with_logits(logits.float(), frames.wrong)

    def held_out(self) -> dict[str, float]:
        """-ln(BER) of the averaged weights for each code at HELD_OUT_EBN0, on frames no step sees (a rough figure)."""
        network, figures = self.average.module.eval(), {}
        for index, code in enumerate(self.codes):
            form = code.redundant()
            view = view_of(form, self.device)
            generator = torch.Generator(self.device).manual_seed(2**62 + index)
            ebn0 = (HELD_OUT_EBN0, HELD_OUT_EBN0)
            frames = draw_frames(view, code.rate, ebn0, HELD_OUT_FRAMES, generator)
            with torch.inference_mode(), self.accelerator.autocast():
                logits = network(frames.magnitudes, frames.syndromes, view)
            left = float(((logits > 0) != frames.wrong.bool()).float().mean())
            # frames of zero syndrome are returned as received and nearly always right, so count as right
            figures[code.name] = round(-math.log(max(left * frames.nonzero, 1e-9)), 2)
        return figures

    def save(self, folder: Path) -> None:
        checkpoint.save(self.checkpoint_path, self.network, self.average, self.optimisers, self.progress, self.settings)
        held_out = self.held_out()
        self.log(held_out=held_out)
        self.card = save_backbone(
            folder,
            self.backbone,
            self.average.module,
            {
                "codes": [code.name for code in self.codes],
                "recipe": self.recipe.to_dict(),
                "seed": self.seed,
                "precision": self.settings["precision"],
                "start": self.settings["start"],
                "steps": self.progress.step,
                "frames": self.progress.frames,
                "minutes": round(self.progress.seconds / 60, 1),
                "parameters": sum(p.numel() for p in self.network.parameters()),
                "torch": torch.__version__,
                "device": self.device.type,
                "held_out": {"ebn0_db": HELD_OUT_EBN0, "frames": HELD_OUT_FRAMES, "minus_ln_ber": held_out},
            },
        )

    def log(self, **values: object) -> None:
        """Append a line to the log."""
        line = {"step": self.progress.step, "seconds": round(self.progress.seconds, 1), "frames": self.progress.frames}
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(json.dumps(line | values) + "\n")

    def _by_code(self, recent: list[tuple[int, float]]) -> dict[str, float]:
        return {
            code.name: round(float(np.mean(values)), 5)
            for index, code in enumerate(self.codes)
            if (values := [value for which, value in recent if which == index])
        }


def load_trainable(name: str) -> Fecct:
    """A copy of a backbone whose weights can be trained."""
    source = load_backbone(name)
    network = Fecct(replace(source.config))
    network.load_state_dict(source.state_dict())
    return network
