"""How fast decoders are beside the plain implementation of their backbone, on one thread.

All decoders of a code take turns on the same frames in one process: received at 4 dB, and of non-zero syndrome, since a
frame of zero syndrome never enters the network (see `FecctDecoder`; the share of such frames is in every row). A
decoder takes received values and gives bits. Time is processor time, so that what else the machine does counts little;
on an idle machine, with one thread, it is the time that passes.
"""

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np
import psutil
import torch

from sapcore.channel import hard_decision
from sapcore.codes import LinearCode
from sapcore.complexity import Complexity, complexity
from sapcore.decoders import Decoder
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_config
from sapcore.errors import InputError
from sapcore.experiments.peak_memory import peak_megabytes
from sapcore.experiments.plain import PlainFecct
from sapcore.experiments.work import worker_pool
from sapcore.inspection import FrameSource
from sapcore.simulation import BLOCK_FRAMES
from sapcore.threads import use_one_thread
from sapcore.variants import DecoderSpec, build_decoder, check_decodable, decoder_complexity

CODES = ("BCH(31,16)-r", "BCH(63,45)-r")
DECODERS = ("fecct", "fecct/bf16", "fecct/sap@0.5", "fecct/sap@0.5/bf16")
BATCHES = (1, 64, 256)
SECONDS, MOST_SECONDS = 2.0, 600.0
PLAIN = "plain"
EBN0_DB, SEED = 4.0, 0
LEAST_ROUNDS = 3
TURN_FRAMES = 32  # at least so many a turn: at batch 1 a decoder finds its weights in the cache, as in a stream
MEMORY_CALLS = 3


@dataclass(frozen=True)
class Speed:
    """The speed of one decoder at one batch size.

    Attributes:
        decoder: its spec; "plain" is `PlainFecct` with the default backbone, "plain:NAME" with that backbone.
        code: name of the code under the matrix it is decoded with.
        batch: frames that are decoded together.
        threads: of torch.
        frames_per_second: `batch` over the median time of a batch.
        latency_ms: the median time of a frame that is decoded alone, in milliseconds, whatever `batch` is.
        macs: multiply-accumulates a frame, see `decoder_complexity`; None for a decoder without a network.
        bytes: of the weights as they are kept, in float32, also those of /bf16; None likewise.
        peak_mb: memory that decoding batches takes beyond that of a fresh process with the decoder, see
            `peak_megabytes`; None where the system does not tell.
        ratio: frames a second over those of plain. Plain is never pruned: for a pruned decoder the ratio is what
            pruning and implementation give together.
        latency_ratio: latency of plain over that of the decoder.
        zero_syndromes: share of the frames received that had zero syndrome and were left out.
    """

    decoder: str
    code: str
    batch: int
    threads: int
    frames_per_second: float
    latency_ms: float
    macs: int | None
    bytes: int | None
    peak_mb: float | None
    ratio: float
    latency_ratio: float
    zero_syndromes: float


@dataclass(frozen=True, eq=False)
class NoisyFrames:
    """Frames of non-zero syndrome.

    Attributes:
        received: values (B, n) float32.
        sigma: standard deviation of the noise.
        zero_syndromes: share of frames that were left out, of all that were drawn to have these.
    """

    received: np.ndarray
    sigma: float
    zero_syndromes: float


@dataclass(frozen=True)
class Bench:
    """What is to be measured: every decoder, and plain, for every code at every batch size.

    Attributes:
        codes: with their matrices, at least one.
        decoders: specs, as text; any decoder there is.
        batches: frames in a batch.
        seconds: processor time for each measurement, on average over the decoders; three rounds are made in any case.

    Raises:
        InputError: a decoder does not exist or cannot decode one of the codes, a number is out of its range, or the
            attention of plain would not fit into memory.
    """

    codes: Sequence[LinearCode]
    decoders: Sequence[str] = DECODERS
    batches: Sequence[int] = BATCHES
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= MOST_SECONDS:
            raise InputError(
                f"A measurement takes more than 0 and at most {MOST_SECONDS:g} seconds, not {self.seconds}."
            )
        if min(self.batches) < 1:
            raise InputError(f"A batch has at least one frame, not {min(self.batches)}.")
        for name in ("decoders", "batches"):
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        for spec in map(DecoderSpec.parse, self.decoders):
            for code in self.codes:
                check_decodable(spec, code)
                _check_memory(code, _backbone(plain_of(spec)), max(self.batches))

    @property
    def contestants(self) -> tuple[str, ...]:
        """The names of all that is measured: plain, of each backbone, and the decoders."""
        plain = dict.fromkeys(plain_of(DecoderSpec.parse(text)) for text in self.decoders)
        return (*plain, *self.decoders)

    @property
    def steps(self) -> int:
        """How many times `measure` advances."""
        batches = len(self.batches)
        return len(self.codes) * (len({1, *self.batches}) + batches * len(self.contestants))

    def measure(self, advance: Callable[[], object] = lambda: None) -> Iterator[Speed]:
        """The rows as they are measured, code by code, from the smallest batch to the largest.

        Torch and BLAS of this process keep to one thread from now on. `advance` is called after every step.
        """
        use_one_thread()
        for code in self.codes:
            frames = noisy_frames(code, max(TURN_FRAMES, *self.batches))
            decoders = {name: build(name, code) for name in self.contestants}
            times = {}
            for batch in sorted({1, *self.batches}):
                times[batch] = _medians(decoders, frames, batch, self.seconds)
                advance()
                for name in self.contestants if batch in self.batches else ():
                    peak = _peak_in_fresh_process(name, code, batch)
                    advance()
                    yield _row(name, code, batch, times, peak, frames.zero_syndromes)


def plain_of(spec: DecoderSpec) -> str:
    """The name of the plain decoder that a decoder is measured against."""
    return f"{PLAIN}:{spec.argument}" if spec.base == "fecct" and spec.argument else PLAIN


def build(name: str, code: LinearCode) -> Decoder:
    """The decoder of that spec, or the plain one of that name. Raises InputError if there is none for this code."""
    return PlainFecct(code, _backbone(name)) if _is_plain(name) else build_decoder(name, code)


def cost(name: str, code: LinearCode) -> Complexity | None:
    """What a decoder that `build` builds costs; None for one without a network."""
    return complexity(backbone_config(_backbone(name)), code) if _is_plain(name) else decoder_complexity(name, code)


def noisy_frames(code: LinearCode, count: int) -> NoisyFrames:
    """The first `count` frames of non-zero syndrome that the simulator draws at 4 dB under seed 0."""
    source, kept, drawn = FrameSource(code, EBN0_DB, SEED), [], 0
    while sum(map(len, kept)) < count:
        received = source.frames(drawn, drawn + BLOCK_FRAMES)[1]
        kept.append(received[code.syndrome(hard_decision(received)).any(axis=1)])
        drawn += BLOCK_FRAMES
    found = np.concatenate(kept)
    return NoisyFrames(found[:count], source.sigma, 1 - len(found) / drawn)


def _medians(decoders: Mapping[str, Decoder], frames: NoisyFrames, batch: int, seconds: float) -> dict[str, float]:
    """The median processor time of a batch in seconds, for each of the decoders, which take turns."""
    received, sigma = frames.received, frames.sigma
    groups = cycle(received[start : start + batch] for start in range(0, len(received) - batch + 1, batch))
    times: dict[str, list[float]] = {name: [] for name in decoders}
    for decoder in decoders.values():  # what is made at the first call is not timed
        decoder.decode(received[:batch], sigma)
    rounds, start = 0, time.process_time()
    while rounds < LEAST_ROUNDS or time.process_time() - start < seconds * len(decoders):
        turn = list(islice(groups, math.ceil(TURN_FRAMES / batch)))
        for name, decoder in decoders.items():
            for group in turn:
                before = time.process_time()
                decoder.decode(group, sigma)
                times[name].append(time.process_time() - before)
        rounds += 1
    return {name: statistics.median(taken) for name, taken in times.items()}


def _row(
    name: str,
    code: LinearCode,
    batch: int,
    times: Mapping[int, Mapping[str, float]],
    peak_mb: float | None,
    zero_syndromes: float,
) -> Speed:
    """The row of a decoder; `times` are seconds by batch and decoder."""
    plain = name if _is_plain(name) else plain_of(DecoderSpec.parse(name))
    speed, plain_speed = (batch / times[batch][one] for one in (name, plain))
    latency, plain_latency = (1000 * times[1][one] for one in (name, plain))
    spent = cost(name, code)
    return Speed(
        name,
        code.name,
        batch,
        torch.get_num_threads(),
        speed,
        latency,
        spent and spent.macs,
        spent and spent.bytes,
        peak_mb,
        speed / plain_speed,
        plain_latency / latency,
        zero_syndromes,
    )


def _peak_in_fresh_process(name: str, code: LinearCode, batch: int) -> float | None:
    with worker_pool(1) as process:
        return process.submit(_peak, name, code, batch).result()


def _peak(name: str, code: LinearCode, batch: int) -> float | None:
    """The memory in MB that decoding a few batches takes beyond what this process has after building the decoder."""
    frames, decoder = noisy_frames(code, batch), build(name, code)
    return peak_megabytes(lambda: [decoder.decode(frames.received, frames.sigma) for _ in range(MEMORY_CALLS)])


def _check_memory(code: LinearCode, backbone: str, batch: int) -> None:
    """Make sure that what plain holds at once fits: products, scores and weights of the attention of a layer."""
    nodes = code.n + code.rows
    needed, free = 3 * 4 * batch * backbone_config(backbone).heads * nodes**2, psutil.virtual_memory().available
    if needed > free:
        raise InputError(
            f"Plain attention to {batch} frames of {code.name} at once takes {needed / 1e9:.1f} GB of memory, of which "
            f"{free / 1e9:.1f} GB are free; name a smaller batch."
        )


def _is_plain(name: str) -> bool:
    return name.split(":")[0] == PLAIN


def _backbone(plain: str) -> str:
    """The name of the backbone of a plain decoder."""
    return plain.partition(":")[2] or DEFAULT_BACKBONE
