"""How fast a backbone is trained beside plain eager float32, in one run on this machine.

    python -m tests.benchmarks.training_speed

Frames a second of wall time over whole steps (frames, loss, gradient, optimisers) of the network that ships, under
redundant checks: one process in float32 with as many threads as torch likes, and bfloat16 with one process of one
thread on every core, by turns.
"""

import argparse
import os
import statistics
from tempfile import TemporaryDirectory
from unittest.mock import patch

from sapcore.training import train, train_together
from sapcore.training.recipe import Recipe

CODES = "BCH(31,16)", "BCH(63,45)"
RECIPE = Recipe(standard_share=0.0, checks=(1.0, 2.0), checks_shares=(0.5, 0.5))


def main() -> None:
    """Print frames a second and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0.5, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    options = {"minutes": arguments.minutes, "recipe": RECIPE, "cpu": True, "quiet": True}
    for code in CODES:
        plain, ours = [], []
        for _ in range(arguments.rounds):
            with TemporaryDirectory() as folder, patch.dict(os.environ, {"SAP_DATA": folder}):
                plain.append(_speed(train("plain", [code], precision="no", **options)))
                ours.append(_speed(train_together(os.cpu_count() or 1, "ours", [code], **options)))
        fast, slow = statistics.median(ours), statistics.median(plain)
        print(f"{code}: {fast:.0f} frames/s, plain {slow:.0f}, {fast / slow:.2f} times", flush=True)


def _speed(card: dict[str, object]) -> float:
    return card["frames"] / (60 * card["minutes"])


if __name__ == "__main__":
    main()
