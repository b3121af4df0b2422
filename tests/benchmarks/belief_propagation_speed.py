"""Frames per CPU-second of belief propagation here and in sionna, on the same frames, side by side on one thread.

Flooding, box-plus, at most 50 iterations. Sionna has no early stopping and always runs all of them; of its batch sizes
the fastest counts. Rounds of all decoders alternate, so that a busy machine slows all of them, and each is given its
best round. Sionna is no dependency; put it into a folder of its own, and run this from the folder of the clone:

    pip install --target FOLDER --no-deps sionna-no-rt matplotlib h5py importlib-resources contourpy cycler kiwisolver \
        fonttools pyparsing
    PYTHONPATH=. python tests/benchmarks/belief_propagation_speed.py FOLDER
"""

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import LinearCode, load
from sapcore.decoders.belief_propagation import BeliefPropagation
from sapcore.decoders.min_sum import MinSum
from sapcore.simulation import block_frames

POINTS = (("BCH(63,45)", 4.0), ("CCSDS(128,64)", 3.0))
ITERATIONS = 50
SIONNA_BATCHES = (64, 256, 1024)

Decode = Callable[[np.ndarray], np.ndarray]


def sionna_decoder(code: LinearCode, sigma: float, batch: int, iterations: int = ITERATIONS) -> Decode:
    """Sionna's decoder on received values (B, n), `batch` frames at a time."""
    from sionna.phy.fec.ldpc import LDPCBPDecoder

    decoder = LDPCBPDecoder(
        code.parity_check.astype(np.float32), cn_update="boxplus", num_iter=iterations, device="cpu"
    )

    @torch.inference_mode()
    def decode(received: np.ndarray) -> np.ndarray:
        llr = torch.from_numpy(received * np.float32(-2 / sigma**2))  # sionna's are ln p(1)/p(0)
        return torch.cat([decoder(part) for part in llr.split(batch)]).numpy()

    return decode


def measure(code: LinearCode, ebn0_db: float, blocks: int, rounds: int) -> None:
    """Print a line for each decoder."""
    sigma = noise_sigma(ebn0_db, code.rate)
    sent, noise = (
        np.concatenate(parts) for parts in zip(*(block_frames(code, 5, i) for i in range(blocks)), strict=True)
    )
    received = transmit(sent, noise, sigma)
    ours = {
        f"{name}:{ITERATIONS}" + "/layered" * layered: kind(code, ITERATIONS, layered)
        for name, kind in (("bp", BeliefPropagation), ("ms", MinSum))
        for layered in (False, True)
    }
    decoders: dict[str, Decode] = {
        name: lambda values, decoder=decoder: decoder.decode(values, sigma) for name, decoder in ours.items()
    }
    decoders |= {f"sionna, batch {batch}": sionna_decoder(code, sigma, batch) for batch in SIONNA_BATCHES}
    speeds: dict[str, float] = dict.fromkeys(decoders, 0.0)
    error_rates = {}
    for _ in range(rounds):
        for name, decode in decoders.items():
            start = time.process_time()
            decoded = decode(received)
            speeds[name] = max(speeds[name], len(received) / (time.process_time() - start))
            error_rates[name] = float((decoded != sent).any(axis=1).mean())
    reference = max(speed for name, speed in speeds.items() if name.startswith("sionna"))
    print(f"{code.name} at {ebn0_db:g} dB, {len(received)} frames, best of {rounds} rounds")
    for name, speed in speeds.items():
        print(f"  {name:20} {speed:8.0f} frames/CPU-s, {speed / reference:5.2f} of sionna, FER {error_rates[name]:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="where sionna-no-rt is installed")
    parser.add_argument("--blocks", type=int, default=1, help="blocks of 1024 frames (default 1)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the best counts (default 5)")
    arguments = parser.parse_args()
    sys.path.append(arguments.folder)
    torch.set_num_threads(1)
    for name, ebn0_db in POINTS:
        measure(load(name), ebn0_db, arguments.blocks, arguments.rounds)


if __name__ == "__main__":
    main()
