"""Frames a CPU-second of ordered statistics decoding, beside the OSDecoder of Sionna on the same frames.

Sionna (Apache-2.0) and what its import needs go to a folder of their own, beside the installed torch, NumPy and SciPy:

    pip install --target FOLDER --no-deps sionna-no-rt matplotlib h5py contourpy cycler fonttools kiwisolver \
        pyparsing importlib_resources pillow packaging python-dateutil six
    OMP_NUM_THREADS=1 PYTHONPATH=FOLDER python -m tests.benchmarks.ordered_statistics_speed

Without it on the path only our own speed is printed. Drawing the frames is not counted. CPU time of one thread, best
of several rounds in which the decoders take turns; Sionna's in eager mode at the best of some batch sizes, ours in the
batches of 1024 in which frames are simulated.
"""

import argparse
import importlib.util
import math
import time
from collections.abc import Callable

import numpy as np
import torch

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import LinearCode, load
from sapcore.decoders.ordered_statistics import OrderedStatistics
from sapcore.simulation.block import BLOCK_FRAMES

POINTS = (("BCH(63,45)", 4.0, 2048), ("CCSDS(128,64)", 3.0, 512))  # code, Eb/N0 in dB, frames that Sionna decodes
OUR_FRAMES = 8192
SIONNA_ORDER = 2
SIONNA_BATCHES = (4, 16, 64)

Decode = Callable[[np.ndarray], np.ndarray]


def sionna_decoder(code: LinearCode, sigma: float) -> Decode:
    """Sionna's decoder of order 2: received values (B, n) to bits (B, n)."""
    from sionna.phy.fec.linear import OSDecoder

    decoder = OSDecoder(np.array(code.generator, dtype=np.float32), t=SIONNA_ORDER)

    @torch.inference_mode()
    def decode(received: np.ndarray) -> np.ndarray:
        llr = torch.from_numpy(received) * (-2 / sigma**2)  # ln p(1)/p(0)
        return decoder(llr).numpy().astype(np.uint8)

    return decode


def in_batches(decode: Decode, received: np.ndarray, size: int) -> np.ndarray:
    return np.concatenate([decode(received[start : start + size]) for start in range(0, len(received), size)])


def seconds(decode: Decode, received: np.ndarray, size: int) -> float:
    start = time.process_time()
    in_batches(decode, received, size)
    return time.process_time() - start


def measure(name: str, ebn0_db: float, sionna_frames: int, rounds: int) -> None:
    """Print frames a CPU-second and frame error rates of every decoder on one code at one Eb/N0."""
    code = load(name)
    rng = np.random.default_rng(2026)
    sent = code.encode(rng.integers(0, 2, (OUR_FRAMES, code.k), dtype=np.uint8))
    sigma = noise_sigma(ebn0_db, code.rate)
    received = transmit(sent, rng.standard_normal(sent.shape), sigma)

    ours = [(f"osd:{order}", OrderedStatistics(code, order)) for order in (1, 2)]
    runs = {name: (lambda y, d=d: d.decode(y, sigma), OUR_FRAMES, BLOCK_FRAMES) for name, d in ours}
    if importlib.util.find_spec("sionna"):
        decode = sionna_decoder(code, sigma)
        runs |= {f"sionna t={SIONNA_ORDER}, batch {size}": (decode, sionna_frames, size) for size in SIONNA_BATCHES}
    best = dict.fromkeys(runs, math.inf)
    for _ in range(rounds):
        for name, (decode, frames, size) in runs.items():
            best[name] = min(best[name], seconds(decode, received[:frames], size) / frames)

    print(f"{code.name} at {ebn0_db:g} dB")
    bits = {name: in_batches(decode, received[:frames], size) for name, (decode, frames, size) in runs.items()}
    for name, found in bits.items():
        wrong = (found != sent[: len(found)]).any(axis=1).sum()
        print(f"  {name:22s} {1 / best[name]:9.0f} frames/s, {wrong} of {len(found)} frames wrong")
    theirs = [name for name in runs if name.startswith("sionna")]
    if theirs:
        fastest = min(theirs, key=best.__getitem__)
        alike = (bits[fastest] == bits[f"osd:{SIONNA_ORDER}"][:sionna_frames]).all(axis=1).sum()
        print(f"  osd:{SIONNA_ORDER} and sionna t={SIONNA_ORDER} decide {alike} of {sionna_frames} frames alike")
        for name, _ in ours:
            print(f"  {name} is {best[fastest] / best[name]:.0f} times as fast as {fastest}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, the best of which counts (default 5)")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    for name, ebn0_db, sionna_frames in POINTS:
        measure(name, ebn0_db, sionna_frames, rounds)


if __name__ == "__main__":
    main()
