"""The sentences of the overview: what is on show, in figures."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from sapcore.codes import LinearCode
from sapcore.complexity import Complexity, adapter_parameters, complexity, macs_by_part
from sapcore.decoders.backbones import backbone_config
from sapcore.experiments.accounting import FLOAT_BYTES
from sapcore.experiments.gap import gap
from sapcore.experiments.sap_plan import EBN0, MIDDLE, PASSES, pruned
from sapcore.experiments.sap_results import FILE, borrowers
from sapcore.experiments.shipped import of_present_weights, shipped_points, table
from sapcore.pruning.masks import MaskSource
from sapcore.pruning.structured_mask import StructuredMask
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.spectra import TannerGraph, signature
from sapcore.variants import DecoderSpec


@dataclass(frozen=True)
class Story:
    """One code at one pruning ratio.

    Attributes:
        code: under its matrix.
        ratio: of pruning.
        source: of the mask.
        mask: that the library lends.
        dense, pruned: the cost of the backbone and of what the mask leaves of it.
        parts: multiply-accumulates a frame of both, by part.
        adapter_bytes: of the adapter of the code.
    """

    code: LinearCode
    ratio: float
    source: MaskSource
    mask: StructuredMask
    dense: Complexity
    pruned: Complexity
    parts: dict[str, dict[str, int]]
    adapter_bytes: int

    @classmethod
    def of(cls, code: LinearCode, ratio: float, source: MaskSource) -> Story:
        """Put together what is known without measuring anything."""
        mask, dense = source.mask("sap", code, ratio), backbone_config(source.backbone)
        small = mask.pruned(dense)
        adapter = FLOAT_BYTES * adapter_parameters(small, RecoveryRecipe.rank)
        parts = {"dense": macs_by_part(dense, code), f"ratio {ratio:g}": macs_by_part(small, code)}
        return cls(code, ratio, source, mask, complexity(dense, code), complexity(small, code), parts, adapter)

    def sentences(self, graph: TannerGraph, points: pd.DataFrame) -> dict[str, str]:
        """What each part of the page says, by its anchor; `points` are those of `points`."""
        return {
            "tanner-graph": self.graph(graph),
            "signature-and-donor": self.donor(),
            "mask": self.kept(),
            "cost": self.cost(),
            "error-rate": self.rates(points),
        }

    def graph(self, graph: TannerGraph) -> str:
        """Of the Tanner graph."""
        code = self.code
        girth = f"its shortest cycle has {graph.girth} edges" if graph.girth else "it has no cycle"
        return f"{code.rows} checks on {code.n} bits, {code.ones} edges; k = {code.k}; {girth}."

    def donor(self) -> str:
        """Of the signature and the donor."""
        sigma1, sigma2 = signature(self.code)
        match = self.source.library.retrieve(self.code)
        text = f"The signature of this matrix is ({sigma1:.3f}, {sigma2:.3f}). Of {len(match.donors)} donors "
        if match.nearest.code_digest == self.code.digest:
            return text + "it is one itself, and keeps its own mask."
        text += f"{match.nearest.code} lies nearest, at a spectral distance of {match.distances[0]:.2f}, and lends its "
        second = match.runner_up
        text += f"mask; the runner-up, {second.code}, lies at {match.distances[1]:.2f}." if second else "mask."
        if not self.source.library.covers(self.code):
            text += f" That is beyond the reach of the library, {self.source.library.reach:.2f}."
        return text

    @property
    def lender(self) -> str:
        """The name of the matrix whose mask it gets, its own where it is a donor."""
        nearest = self.source.library.retrieve(self.code).nearest
        return self.code.name if nearest.code_digest == self.code.digest else nearest.code

    def found(self) -> str:
        """Of what the experiment that ships says of choosing the donor so; empty where it says nothing."""
        return _found(FILE.stat().st_mtime_ns, self.source.digest) if FILE.is_file() else ""

    def kept(self) -> str:
        """Of the mask."""
        mask = self.mask
        text = (
            f"At ratio {self.ratio:g} it keeps {mask.heads.sum()} of {mask.heads.size} heads and "
            f"{mask.channels.sum():,} of {mask.channels.size:,} channels."
        )
        if not self.source.ships(self.code):
            return text + " The Masks page compares it with a mask of this code's own, dedicated."
        heads, channels = mask.jaccard(self.source.mask("dedicated", self.code, self.ratio))
        return text + (
            f" Its Jaccard index with the code's own mask is {heads:.2f} in heads and {channels:.2f} in channels."
        )

    def cost(self) -> str:
        """Of the cost."""
        text = (
            f"{self.pruned.macs / 1e6:.1f} of {self.dense.macs / 1e6:.1f} million multiply-accumulates a frame, "
            f"{self.pruned.macs / self.dense.macs:.0%}; {self.pruned.bytes / 1e6:.2f} of {self.dense.bytes / 1e6:.2f} "
            "MB of weights."
        )
        if not self.ratio:
            return text
        return f"{text} An adapter of rank {RecoveryRecipe.rank} for this code takes {self.adapter_bytes / 1e6:.2f} MB."

    def decoders(self) -> dict[str, str]:
        """What the error rate is shown of, by spec: the network dense and pruned, and belief propagation.

        The network in one pass, and in the passes that the experiments measure.
        """
        networks = {"dense": DecoderSpec("fecct")}
        if self.ratio:
            sap = DecoderSpec("fecct", how="sap", ratio=self.ratio)
            networks |= {f"SAP at {self.ratio:g}": sap, f"SAP with LoRA at {self.ratio:g}": replace(sap, lora=True)}
        shown = {"bp:50": "bp:50"}
        for words, spec in networks.items():
            shown |= {str(spec): words, str(replace(spec, precision="bf16")): f"{words}, bf16"}
            several = replace(spec, passes=PASSES, fresh=True, precision="bf16")
            shown[str(several)] = f"{words}, up to {PASSES} passes, bf16"
        return shown

    def points(self) -> pd.DataFrame:
        """The points that ship of those decoders under this matrix, counted or estimated."""
        return shipped_points(self.code, self.decoders())

    def rates(self, points: pd.DataFrame) -> str:
        """Of the error rates in `points`, see there, at the highest Eb/N0 that most of the decoders share."""
        names = self.decoders()
        if points.empty:
            return "No error rate of this matrix ships; it can be measured here."
        ebn0 = points["ebn0"].mode().max()
        parts = [
            f"{names[row.decoder]} {_bit_errors(row)}"
            for row in points[points["ebn0"] == ebn0].sort_values("ber").itertuples()
        ]
        text = f"-ln(BER) at {ebn0:g} dB, higher is better: {', '.join(parts)}."
        pruned = points["decoder"].str.contains("/sap@", regex=False).any()
        return text if pruned or not self.ratio else f"{text} SAP at {self.ratio:g} has not been measured here yet."


def _bit_errors(row: tuple) -> str:
    if not row.ber:
        return f"without an error in {row.frames:,} frames"
    return f"{-math.log(row.ber):.2f} ({-math.log(row.ber_high):.2f} to {-math.log(row.ber_low):.2f})"


@lru_cache(maxsize=4)
def _found(modified: int, backbone: str) -> str:
    """`Story.found`, of the file as it was changed last and the weights of the backbone."""
    rows = of_present_weights(table(FILE))
    rows = rows[rows["part"] == "main"]
    lent, sap = borrowers(rows), pruned("sap", MIDDLE, lora=True)
    gaps = {
        words: gap(rows, sap, pruned(how, MIDDLE, lora=True), EBN0[-1], lent)
        for how, words in (("average", "the average mask"), ("far", "the mask of the farthest donor"))
    }
    told = [f"{one} against {words}" for words, one in gaps.items() if one.codes]
    if not told:
        return ""
    codes = max(one.codes for one in gaps.values())
    return (
        f"Does the nearest donor lend the best mask? Over the {codes} codes that borrow in the experiment that "
        f"ships, at ratio {MIDDLE:g} and {EBN0[-1]:g} dB after recovery, the -ln(BER) of SAP is "
        f"{' and '.join(told)} (assets/results/sap.md)."
    )
