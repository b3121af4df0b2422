"""The measured points of the experiment on sparsity as a table."""

from collections.abc import Iterator

import pandas as pd

from sapcore.codes import LinearCode, find
from sapcore.decoders.backbones import backbone_digest
from sapcore.experiments import sparsity_plan
from sapcore.experiments.shipped import current_digest
from sapcore.experiments.work import point_columns
from sapcore.folders import ASSETS
from sapcore.simulation import ErrorCounts, PointKey, Store, compare
from sapcore.variants import DecoderSpec, decoder_complexity

FILE = ASSETS / "results" / "sparsity.csv"
LOSSES = ASSETS / "results" / "sparsity_orders.csv"
COMMAND = "python -m sapcore reproduce sparsity"
COLUMNS = [
    *("backbone", "code", "code_digest", "method", "decoder", "decoder_digest", "ebn0"),
    *ErrorCounts().row(),
    *("parameters", "macs", "bytes", "milliseconds"),
    *("common_frames", "dense_alone_right", "alone_right", "p_value"),
    *("seconds", "seed", "first_block", "blocks", "command"),
]


def measured_rows(store: Store) -> pd.DataFrame:
    """Every point of the experiment that `store` holds in full, as the rows of sparsity.csv.

    `method` is the decoder, but for SAP what it is set equal in; `milliseconds` are those of a worker for a frame, as
    measured while it was simulated; McNemar's test is against the dense backbone, on the frames that both have seen.
    """
    rows: list[dict[str, object]] = []
    for group in sparsity_plan.groups():
        code = find(group.code)
        for decoder in group.decoders:
            digest = current_digest(decoder, code)
            if digest is not None:
                for ebn0 in group.ebn0:
                    rows += _rows(store, PointKey(code.digest, digest, ebn0, 0), code, decoder)
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(store: Store, key: PointKey, code: LinearCode, decoder: str) -> Iterator[dict[str, object]]:
    measured = point_columns(store, key, sparsity_plan.RULE, COMMAND)
    if measured is None:
        return
    spec = DecoderSpec.parse(decoder)
    cost = decoder_complexity(spec, code)
    dense = PointKey(code.digest, current_digest(sparsity_plan.DENSE, code), key.ebn0_db, key.seed)
    paired = compare(store, key, dense)
    yield measured | {
        "backbone": backbone_digest(spec.backbone),
        "code": code.name,
        "code_digest": code.digest,
        "method": method(spec, code),
        "decoder": decoder,
        "parameters": cost.parameters,
        "macs": cost.macs,
        "bytes": cost.bytes,
        "milliseconds": 1000 * measured["seconds"] / measured["frames"],
        "common_frames": paired.frames,
        "dense_alone_right": paired.first_only,
        "alone_right": paired.second_only,
        "p_value": paired.p_value,
    }


def method(spec: DecoderSpec, code: LinearCode) -> str:
    """A decoder as the report names it, alike for all codes."""
    if spec.how is None:
        return str(spec)
    equal = [words for cost, words in sparsity_plan.EQUAL.items() if sparsity_plan.equal_cost(code, cost) == spec.ratio]
    return f"SAP at equal {' and '.join(equal)}{', LoRA' if spec.lora else ''}"
