"""Counts the frame errors of sionna's belief propagation, which the self-test compares ours with.

Flooding, box-plus; our frames, under a seed that the self-test does not use. Writes assets/references/sionna.csv. For
sionna see belief_propagation_speed.py; from the folder of the clone:

    PYTHONPATH=. python tests/benchmarks/belief_propagation_counts.py FOLDER
"""

import argparse
import csv
import sys
from importlib.metadata import distributions
from itertools import count

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import find
from sapcore.folders import ASSETS
from sapcore.simulation import ErrorCounts, StoppingRule, block_frames
from sapcore.threads import use_one_thread
from tests.benchmarks.belief_propagation_speed import sionna_decoder

FILE = ASSETS / "references" / "sionna.csv"
POINTS = tuple(
    (code, iterations, ebn0_db)
    for code, iterations in (("BCH(31,16)", 5), ("BCH(31,16)", 50), ("LDPC(49,24)", 50))
    for ebn0_db in (4.0, 5.0)
)
COLUMNS = (
    *("code", "decoder", "kind", "ebn0_db", "metric", "value", "neg_ln_ber", "bits"),
    *("frame_errors", "frames", "matrix", "relation", "source"),
)
RULE = StoppingRule(frame_errors=300, max_frames=500_000)
SEED = 5
BATCH = 256


def counted(name: str, iterations: int, ebn0_db: float) -> ErrorCounts:
    """Frame and bit errors of sionna's decoder."""
    code, counts = find(name), ErrorCounts()
    sigma = noise_sigma(ebn0_db, code.rate)
    decode = sionna_decoder(code, sigma, BATCH, iterations)
    for index in count():
        sent, noise = block_frames(code, SEED, index)
        counts += ErrorCounts.compare(sent, decode(transmit(sent, noise, sigma)).astype(sent.dtype))
        if RULE.done(counts):
            return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="where sionna-no-rt is installed")
    folder = parser.parse_args().folder
    sys.path.append(folder)
    use_one_thread()
    (version,) = {one.version for one in distributions(path=[folder]) if one.name == "sionna-no-rt"}
    with FILE.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(
            [
                "code",
                "decoder",
                "kind",
                "ebn0_db",
                "metric",
                "value",
                "neg_ln_ber",
                "bits",
                "frame_errors",
                "frames",
                "matrix",
                "relation",
                "source",
            ]
        )
        for name, iterations, ebn0_db in POINTS:
            counts = counted(name, iterations, ebn0_db)
            source = f"sionna-no-rt {version}, LDPCBPDecoder; counted by tests/benchmarks/belief_propagation_counts.py"
            row = name, f"bp:{iterations}", "classical", f"{ebn0_db:g}", "fer", counts.fer, "", ""
            table.writerow([*row, counts.frame_errors, counts.frames, "standard H", "same matrix", source])
            file.flush()
            print(*row[:4], counts.fer, counts.ber, counts.frames, counts.frame_errors, flush=True)


if __name__ == "__main__":
    main()
