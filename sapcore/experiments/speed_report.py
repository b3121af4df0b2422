"""The speed of the decoders that ship as a table and a page of Markdown made from it alone."""

import platform
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import torch

from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest
from sapcore.experiments.markdown import DASH, table
from sapcore.experiments.speed import PLAIN, Bench, Speed, build
from sapcore.experiments.work import write_results
from sapcore.folders import ASSETS

FILE = ASSETS / "results" / "speed.csv"
COMMAND = "python -m sapcore reproduce speed"


def make(bench: Bench, advance: Callable[[], object], path: Path = FILE) -> None:
    """Measure, and write `path` and the page beside it."""
    rows = measured_rows(bench, advance)
    write_results(path, rows, report(rows))


def measured_rows(bench: Bench, advance: Callable[[], object] = lambda: None) -> pd.DataFrame:
    """The rows of speed.csv: the fields of `Speed`, and what they were measured with and on."""
    codes = {code.name: code for code in bench.codes}
    digests = {(code.name, name): build(name, code).digest for code in bench.codes for name in bench.contestants}
    rows = [_described(row, codes[row.code].digest, digests[row.code, row.decoder]) for row in bench.measure(advance)]
    return pd.DataFrame(rows)


def _described(row: Speed, code_digest: str, decoder_digest: str) -> dict[str, object]:
    made_with = {
        "backbone": backbone_digest(DEFAULT_BACKBONE),
        "code_digest": code_digest,
        "decoder_digest": decoder_digest,
        "processor": processor(),
        "torch": torch.__version__,
        "command": COMMAND,
    }
    return asdict(row) | made_with


def processor() -> str:
    """The name that the processor gives itself, or what the platform calls it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def report(rows: pd.DataFrame) -> str:
    """The page, from the rows of speed.csv."""
    first = rows.iloc[0]
    shares = rows.drop_duplicates("code").set_index("code")["zero_syndromes"]
    parts = [
        "# Speed: what was measured",
        *(_finding(group) for _, group in rows.groupby("code", sort=False)),
        f"Everything here is made by `{COMMAND}` from `speed.csv` beside it, on one core: {first['processor']}, "
        f"torch {first['torch']}, {first['threads']} thread. `{PLAIN}` is the backbone as one writes it first in eager "
        "PyTorch, in float32: the whole batch at once, q, k and v each a product, psi looked up in every layer. It is "
        "never pruned. All decoders of a code take turns on the same frames in one process; times are medians. Only "
        "frames of non-zero syndrome are decoded here. Others never enter the network: at 4 dB "
        + ", ".join(f"{share:.0%} of those of {code}" for code, share in shares.items())
        + ". Memory is what decoding takes beyond a fresh process that has the decoder, program code that it loads at "
        "its first call included. Multiply-accumulates (MAC) are of a frame, weights in float32. Pruned decoders are "
        "measured for time alone: what pruning costs in error rate "
        "stands in `sap.md`.",
    ]
    for code, group in rows.groupby("code", sort=False):
        parts += [f"## {code}", _table(group)]
    return "\n\n".join(parts) + "\n"


def _finding(rows: pd.DataFrame) -> str:
    """A paragraph on one code: how each decoder stands to plain, alone and in the largest batch."""
    batch = rows["batch"].max()
    decoders = rows[(rows["batch"] == batch) & ~rows["decoder"].str.startswith(PLAIN)]
    sentences = [
        f"`{row['decoder']}` {row['ratio']:.2f} times as many frames a second ({row['frames_per_second']:.0f}), "
        f"a single frame in {row['latency_ms']:.2f} ms ({row['latency_ratio']:.2f} times as fast)"
        for _, row in decoders.iterrows()
    ]
    return f"{rows['code'].iloc[0]}, in batches of {batch}, against `{PLAIN}`: {'; '.join(sentences)}."


def _table(rows: pd.DataFrame) -> str:
    lines = [
        (
            row["decoder"],
            str(row["batch"]),
            f"{row['frames_per_second']:.0f}",
            f"{row['ratio']:.2f}",
            f"{row['latency_ms']:.2f}",
            f"{row['latency_ratio']:.2f}",
            _in_millions(row["macs"]),
            _in_millions(row["bytes"]),
            DASH if pd.isna(row["peak_mb"]) else f"{row['peak_mb']:.0f}",
        )
        for _, row in rows.iterrows()
    ]
    head = (
        "decoder",
        "batch",
        "frames/s",
        "to plain",
        "one frame, ms",
        "to plain",
        "MMAC",
        "weights, MB",
        "memory, MB",
    )
    return table(head, lines)


def _in_millions(value: float | None) -> str:
    return DASH if pd.isna(value) else f"{value / 1e6:.1f}"
