"""The measured points of the experiment on redundant checks as a table."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import backbone_digest
from sapcore.experiments import checks_plan
from sapcore.experiments.checks_plan import Group
from sapcore.experiments.checks_sets import matrix
from sapcore.experiments.shipped import RESULTS, current_digest
from sapcore.experiments.work import point_columns
from sapcore.simulation import ErrorCounts, PointKey, Store
from sapcore.spectra import signature
from sapcore.variants import DecoderSpec, decoder_complexity

FILE = RESULTS / "checks.csv"
COMMAND = "python -m sapcore reproduce checks"
PROPERTIES = "checks", "sigma1", "sigma2", "largest_degree", "smallest_degree", "mean_row_weight", "four_cycles"
COLUMNS = [
    *("backbone", "standard", "kind", "code", "code_digest", *PROPERTIES),
    *("decoder", "decoder_digest", "macs", "ebn0"),
    *ErrorCounts().row(),
    *("seconds", "seed", "first_block", "blocks", "command"),
]
DECIMALS = 6  # of signatures: what is equal but for rounding has to rank as equal


def measured_rows(store: Store) -> pd.DataFrame:
    """Every point of the experiment that `store` holds in full, as the rows of checks.csv.

    `standard` is the name of the code, `code` that of its matrix, see `checks_sets.matrix`, and `kind` which of KINDS
    its checks are. `macs` are multiply-accumulates a frame, of several passes those of the first. `macs` and `backbone`
    are those of the network, and empty where there is none.
    """
    rows: list[dict[str, object]] = []
    for group in checks_plan.groups():
        code = matrix(group.code)
        for decoder in group.decoders:
            digest = current_digest(decoder, code)
            if digest is not None:
                for ebn0 in group.ebn0:
                    rows += _rows(store, PointKey(code.digest, digest, ebn0, 0), group, code, decoder)
    return pd.DataFrame(rows, columns=COLUMNS)


def properties(code: LinearCode) -> dict[str, float]:
    """What tells one matrix of a code from another, by the names PROPERTIES.

    A pair of checks that share b bits has b (b - 1) / 2 cycles of length 4; `four_cycles` is the sum over all pairs.
    """
    H = code.parity_check.astype(np.int64)
    degrees = H.sum(axis=0)
    shared = (H @ H.T)[np.triu_indices(code.rows, k=1)]
    first, second = signature(code)
    cycles = int((shared * (shared - 1) // 2).sum())
    values = (
        *(code.rows, round(first, DECIMALS), round(second, DECIMALS)),
        *(int(degrees.max()), int(degrees.min()), code.ones / code.rows, cycles),
    )
    return dict(zip(PROPERTIES, values, strict=True))


def _rows(store: Store, key: PointKey, group: Group, code: LinearCode, decoder: str) -> Iterator[dict[str, object]]:
    measured = point_columns(store, key, checks_plan.RULE, COMMAND)
    if measured is not None:
        spec, cost = DecoderSpec.parse(decoder), decoder_complexity(decoder, code)
        yield {
            "backbone": backbone_digest(spec.backbone) if cost else None,
            "standard": group.standard,
            "kind": group.kind,
            "code": code.name,
            "code_digest": code.digest,
            **properties(code),
            "decoder": decoder,
            "macs": cost.macs if cost else None,
            **measured,
        }
