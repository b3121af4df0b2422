"""What the masks page shows of each code: ranks, donor, cost, measured error rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import streamlit as st

from sapcore.codes import LinearCode, catalogue
from sapcore.complexity import complexity
from sapcore.decoders.backbones import backbone_config
from sapcore.experiments.accounting import system_table
from sapcore.experiments.sap_plan import DENSE, pruned
from sapcore.experiments.sap_results import shipped_rows
from sapcore.pruning.masks import MaskSource, mask_source
from sapcore.pruning.structured_mask import StructuredMask, ranks
from sapcore.variants import DecoderSpec


@dataclass(frozen=True)
class MaskRow:
    """One code in the live mask.

    Attributes:
        code: under its matrix.
        note: where its mask comes from.
        head_ranks: (layers, heads), what has a lower rank is kept first.
        channel_ranks: (layers, d_ff).
        macs: multiply-accumulates a frame: dense, of one head, of one channel.
        bytes: of the network, likewise.
        measured: the rows that ship of the error rates between which the live mask interpolates.
    """

    code: LinearCode
    note: str
    head_ranks: np.ndarray
    channel_ranks: np.ndarray
    macs: tuple[int, int, int]
    bytes: tuple[int, int, int]
    measured: pd.DataFrame

    @cached_property
    def rates(self) -> tuple[tuple[float, float], ...]:
        """Measured (ratio, -ln(BER)), by rising ratio."""
        ratios = [DecoderSpec.parse(decoder).ratio or 0.0 for decoder in self.measured["decoder"]]
        return tuple(sorted(zip(ratios, (-np.log(self.measured["ber"])).tolist(), strict=True)))

    def as_data(self) -> dict[str, object]:
        """What the browser gets."""
        return {
            "name": self.code.name,
            "note": self.note,
            "heads": self.head_ranks.ravel().tolist(),
            "channels": self.channel_ranks.ravel().tolist(),
            "macs": self.macs,
            "bytes": self.bytes,
            "rates": self.rates,
        }


def mask_rows(codes: Sequence[LinearCode], how: str, lora: bool, ebn0: float) -> list[MaskRow]:
    """The rows of codes whose masks are chosen `how`; rates at `ebn0` dB with or without adapter."""
    return [_mask_row(code, how, _measured(code, how, lora, ebn0)) for code in codes]


def _mask_row(code: LinearCode, how: str, measured: pd.DataFrame) -> MaskRow:
    source = mask_source()
    importance = source.importance(how, code)
    dense = backbone_config(source.backbone)
    less_head = replace(dense, kept_heads=[dense.heads - 1, *[dense.heads] * (dense.layers - 1)])
    less_channel = replace(dense, kept_channels=[dense.channels - 1, *[dense.channels] * (dense.layers - 1)])
    costs = [complexity(size, code) for size in (dense, less_head, less_channel)]
    return MaskRow(
        code,
        _note(source, code, how),
        ranks(importance.heads),
        ranks(importance.channels),
        (costs[0].macs, costs[0].macs - costs[1].macs, costs[0].macs - costs[2].macs),
        (costs[0].bytes, costs[0].bytes - costs[1].bytes, costs[0].bytes - costs[2].bytes),
        measured,
    )


def _note(source: MaskSource, code: LinearCode, how: str) -> str:
    match = source.library.retrieve(code)
    if how == "sap":
        if match.nearest.code_digest == code.digest:
            return "a donor, under its own mask"
        near = "" if source.library.covers(code) else ", beyond the reach of the library"
        return f"mask lent by {match.nearest.code}, spectral distance {match.distances[0]:.2f}{near}"
    if how == "far":
        return f"mask lent by {match.farthest.code}, spectral distance {match.distances[-1]:.2f}"
    return f"{how} mask"


def about_rates(ebn0: float, lora: bool) -> str:
    """What the -ln(BER) under a mask is, for people."""
    which = "with its adapter (LoRA)" if lora else "without an adapter"
    return (
        f"-ln(BER) at {ebn0:g} dB of the pruned decoder {which}, in bfloat16, from assets/results/sap.csv; between "
        "measured ratios it is interpolated, ratio 0 being the dense backbone without an adapter. MACs and bytes are "
        "those of the pruned backbone."
    )


def _measured(code: LinearCode, how: str, lora: bool, ebn0: float) -> pd.DataFrame:
    """The rows of `shipped_rows` for masks chosen `how`, and for the dense backbone, at `ebn0` dB."""
    rows = shipped_rows(code)
    specs = rows["decoder"].map(DecoderSpec.parse)
    wanted = [(spec.how and str(spec) == pruned(how, spec.ratio, lora)) or str(spec) == DENSE for spec in specs]
    return rows[np.array(wanted, dtype=bool) & (rows["ebn0"] == ebn0).to_numpy() & (rows["ber"] > 0).to_numpy()]


def exact_table(rows: Sequence[MaskRow], how: str, ratio: float) -> pd.DataFrame:
    """One line a code: what its mask keeps and costs at `ratio`, and how it overlaps with the code's own."""
    source = mask_source()
    dense = backbone_config(source.backbone)
    lines = []
    for row in rows:
        mask = source.mask(how, row.code, ratio)
        cost = complexity(mask.pruned(dense), row.code)
        known = source.ships(row.code)  # else it would have to be scored first
        heads, channels = mask.jaccard(source.mask("dedicated", row.code, ratio)) if known else (None, None)
        lines.append(
            {
                "code": row.code.name,
                "mask": row.note,
                "heads": int(mask.heads.sum()),
                "heads by layer": " ".join(map(str, mask.heads.sum(axis=1))),
                "channels": int(mask.channels.sum()),
                "channels by layer": " ".join(map(str, mask.channels.sum(axis=1))),
                "MACs a frame": cost.macs,
                "of dense": cost.macs / complexity(dense, row.code).macs,
                "bytes": cost.bytes,
                "Jaccard with own, heads": heads,
                "Jaccard with own, channels": channels,
            }
        )
    return pd.DataFrame(lines)


def masks_of(rows: Sequence[MaskRow], how: str, ratio: float) -> list[StructuredMask]:
    """The masks of the rows at `ratio`."""
    return [mask_source().mask(how, row.code, ratio) for row in rows]


def donor_table(rows: Sequence[MaskRow]) -> pd.DataFrame:
    """For each code the donor that lends, and its spectral distance to every donor."""
    lines = []
    for row in rows:
        match = mask_source().library.retrieve(row.code)
        second = match.runner_up
        distances = {donor.code: distance for donor, distance in zip(match.donors, match.distances, strict=True)}
        known = {donor.code: distances[donor.code] for donor in mask_source().library.donors}
        lines.append({"code": row.code.name, "lends": match.nearest.code, "runner-up": second and second.code, **known})
    return pd.DataFrame(lines)


def donor_formats() -> dict[str, object]:
    """How the distances of `donor_table` are shown: a matrix is at 0 from itself but for rounding."""
    return {donor.code: st.column_config.NumberColumn(format="%.3f") for donor in mask_source().library.donors}


@st.cache_data(max_entries=32, show_spinner="Counting bytes over the catalogue …")
def whole_system(backbone_digest: str, ratio: float) -> pd.DataFrame:
    """`system_table` of the catalogue in its redundant form, kept for each backbone and ratio."""
    codes = [code for code in catalogue() if code.standard is not None]
    return system_table(codes, mask_source(), ratio)


FORMATS = {
    **{name: st.column_config.NumberColumn(format="localized") for name in ("MACs a frame", "bytes")},
    "network_bytes": st.column_config.NumberColumn("bytes of networks", format="localized"),
    "adapter_bytes": st.column_config.NumberColumn("bytes of adapters", format="localized"),
    "of dense": st.column_config.NumberColumn(format="percent"),
    "Jaccard with own, heads": st.column_config.NumberColumn(format="%.3f"),
    "Jaccard with own, channels": st.column_config.NumberColumn(format="%.3f"),
}
"""How the columns of the tables above are shown."""
