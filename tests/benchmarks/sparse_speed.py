"""What layers under a pattern and adapters cost in time and bytes, on one thread.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.sparse_speed

The layers of a network under the pattern tile beside dense ones, best of several rounds in which the two take turns;
the swap of one adapter for another; the bytes of the adapters that ship. For whole decoders, see python -m sapcore
bench.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import nn

from sapcore.codes import LinearCode, load
from sapcore.decoders.backbones import SHIPPED, load_backbone
from sapcore.decoders.fecct import CodeView
from sapcore.decoders.tiled_linear import TiledLinear, hidden_order
from sapcore.folders import ASSETS
from sapcore.pruning.compaction import compact
from sapcore.pruning.patterns import PATTERNS
from sapcore.recovery.adapter import add_adapter, load_adapter, save_adapter, with_adapter
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.variants import DecoderSpec

CODE = "BCH(31,16)-r"
LAYERS = {"qkv": (384, 128), "up": (512, 128), "down": (128, 512)}
NODES = (93, 512, 1024)  # one frame of BCH(31,16)-r, and groups in which frames are decoded
SWAPS = 200


def best_of(runs: dict[str, Callable[[], object]], rounds: int, repeats: int = 1) -> dict[str, float]:
    """The least seconds of each run, which take turns."""
    best = dict.fromkeys(runs, math.inf)
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.process_time()
            for _ in range(repeats):
                run()
            best[name] = min(best[name], (time.process_time() - start) / repeats)
    return best


def layers(rounds: int) -> None:
    """Print how much faster layers under the pattern tile are, the channels of up and down in the order of decoding."""
    print("the pattern tile at 0.5, times as fast as dense")
    torch.manual_seed(0)
    dense = {name: nn.Linear(inputs, outputs) for name, (outputs, inputs) in LAYERS.items()}
    weights = {name: layer.weight.detach() for name, layer in dense.items()}
    for weight in weights.values():
        weight *= torch.from_numpy(PATTERNS["tile"].project(weight.numpy(), 0.5))
    order = hidden_order(weights["up"], weights["down"])
    tiled = {
        "qkv": TiledLinear(weights["qkv"], dense["qkv"].bias),
        "up": TiledLinear(weights["up"][order], dense["up"].bias[order]),
        "down": TiledLinear(weights["down"][:, order], dense["down"].bias),
    }
    for name, (outputs, inputs) in LAYERS.items():
        for nodes in NODES:
            x = torch.randn(nodes, inputs)
            taken = x[:, : len(order)].contiguous() if name == "down" else x
            with torch.inference_mode():
                runs = {"dense": partial(dense[name], x), "tile": partial(tiled[name], taken)}
                best = best_of(runs, 5 * rounds, 20_000 // nodes)
            print(f"  {name:5s} {outputs}x{inputs}, {nodes:5d} nodes: {best['dense'] / best['tile']:.2f}")


def adapters(code: LinearCode) -> None:
    """Print the time of a swap between two adapters, and the bytes of those that ship."""
    mask = DecoderSpec.parse("fecct/sap@0.5").mask(code)
    small = compact(load_backbone("base"), mask)
    view = CodeView.of(code)
    with TemporaryDirectory() as root:
        for name in ("one", "other"):
            card = {"mask": mask.digest, "code_digest": code.digest}
            save_adapter(Path(root) / name, with_adapter(compact(load_backbone("base"), mask), RecoveryRecipe()), card)
        model = load_adapter(small, Path(root) / "one", mask.digest, "one").eval()
        add_adapter(model, Path(root) / "other", mask.digest, "other")
    with torch.inference_mode():
        model(torch.ones(1, code.n), torch.ones(1, code.rows, dtype=torch.long), view)
    swaps = []
    for number in range(SWAPS):
        start = time.perf_counter()
        model.set_adapter(("one", "other")[number % 2])
        swaps.append(1000 * (time.perf_counter() - start))
    print(
        f"a swap of adapters: {statistics.median(swaps):.2f} ms at the median, {max(swaps):.2f} ms at most of {SWAPS}"
    )
    dense = (SHIPPED / "base.safetensors").stat().st_size
    for path in sorted((ASSETS / "adapters").rglob("adapter_model.safetensors")):
        size = path.stat().st_size
        print(f"  {path.parent.name}: {size} bytes, {100 * size / dense:.1f} % of the dense backbone's {dense}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="rounds, the best of which counts (default 7)")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    layers(rounds)
    adapters(load(CODE))


if __name__ == "__main__":
    main()
