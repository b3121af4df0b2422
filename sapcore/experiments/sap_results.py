"""The measured points of the experiment on Spectral-Aligned Pruning as a table, and the gaps between decoders."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sapcore.codes import LinearCode, find
from sapcore.experiments import sap_plan
from sapcore.experiments.sap_recovery import Recovery, ablations, recoveries
from sapcore.experiments.shipped import current_digest
from sapcore.folders import ASSETS
from sapcore.pruning.masks import mask_source
from sapcore.simulation import BLOCK_FRAMES, ErrorCounts, PointKey, Store
from sapcore.variants import DecoderSpec, decoder_digest

FILE = ASSETS / "results" / "sap.csv"
COMMAND = "python -m sapcore reproduce sap"
COLUMNS = [
    *("backbone", "part", "code", "code_digest", "decoder", "decoder_digest", "donor", "rank", "steps", "ebn0"),
    *ErrorCounts().row(),
    *("seconds", "seed", "first_block", "blocks", "command"),
]


def measured_rows(store: Store) -> pd.DataFrame:
    """Every point of the experiment that `store` holds in full, as the rows of sap.csv."""
    rows: list[dict[str, object]] = []
    for group in sap_plan.groups():
        code = find(group.code)
        trained = {one.mask().digest: one for one in recoveries(group) if one.folder()}
        for spec in map(DecoderSpec.parse, group.decoders):
            recovery = trained.get(spec.mask(code).digest) if spec.lora else None
            if recovery is not None or not spec.lora:
                digest = decoder_digest(spec, code)
                for ebn0 in group.ebn0:
                    rows += _rows(store, PointKey(code.digest, digest, ebn0, 0), group.part, code, spec, recovery)
    for recovery in ablations():
        digest, code = recovery.digest(), find(recovery.code)
        if digest is not None:
            spec = DecoderSpec.parse(sap_plan.pruned(recovery.how, recovery.ratio, lora=True))
            key = PointKey(code.digest, digest, sap_plan.ABLATED_EBN0, 0)
            rows += _rows(store, key, "ablation", code, spec, recovery)
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(
    store: Store, key: PointKey, part: str, code: LinearCode, spec: DecoderSpec, recovery: Recovery | None
) -> Iterator[dict[str, object]]:
    counts, done = store.point(key, sap_plan.RULE)
    if done:
        recipe = (recovery.recipe.rank, recovery.recipe.steps) if recovery else (None, None)
        about = (
            mask_source().digest,
            part,
            code.name,
            code.digest,
            str(spec),
            key.decoder_digest,
            _donor(spec, code),
            *recipe,
        )
        blocks = counts.frames // BLOCK_FRAMES
        made = store.seconds(key, blocks), key.seed, 0, blocks, COMMAND
        yield dict(zip(COLUMNS, (*about, key.ebn0_db, *counts.row().values(), *made), strict=True))


def _donor(spec: DecoderSpec, code: LinearCode) -> str | None:
    """The code whose importance decides, where it is another's."""
    return mask_source(spec.backbone).importance(spec.how, code).code if spec.how in ("sap", "far") else None


def shipped_rows(code: LinearCode) -> pd.DataFrame:
    """The rows of the sap.csv that ships for `code` under its matrix, part main, whose masks are those of today.

    A recovered decoder stands as it was measured, whether or not its adapter is at hand.
    """
    if not FILE.is_file():
        return pd.DataFrame(columns=COLUMNS)
    rows = pd.read_csv(FILE)
    rows = rows[(rows["part"] == "main") & (rows["code_digest"] == code.digest)]
    unadapted = {decoder: str(replace(DecoderSpec.parse(decoder), lora=False)) for decoder in rows["decoder"].unique()}
    measured = dict(zip(rows["decoder"], rows["decoder_digest"], strict=True))
    same = {decoder: measured.get(plain) == current_digest(plain, code) for decoder, plain in unadapted.items()}
    return rows[rows["decoder"].map(same).astype(bool)]


def borrowers(rows: pd.DataFrame) -> set[str]:
    """The codes of these rows that SAP lends the mask of another."""
    lent = rows["decoder"].map(lambda decoder: DecoderSpec.parse(decoder).how == "sap").astype(bool)
    return set(rows.loc[lent & (rows["donor"] != rows["code"]), "code"])


@dataclass(frozen=True)
class Gap:
    """How far the -ln(BER) of one decoder is above that of another, on average over codes.

    Attributes:
        mean: of the differences.
        half_width: of its 95 % interval; it holds for these codes, not for a draw of codes.
        codes: how many.
    """

    mean: float
    half_width: float
    codes: int

    def __str__(self) -> str:
        return f"{round(self.mean, 2) + 0.0:+.2f} ± {self.half_width:.2f}"  # + 0.0: no minus before 0.00


def gap(rows: pd.DataFrame, decoder: str, other: str, ebn0: float, codes: Collection[str] | None = None) -> Gap:
    """The gap of `decoder` over `other` over those of `codes` on which both were measured, and erred, at `ebn0` dB.

    `codes` are by default all there are.

    The two see the same frames, which makes their errors alike; the interval leaves that out and is so rather too wide.
    Where both are the same network on a code, its difference is 0 without error.
    """
    here = rows[rows["ebn0"] == ebn0].set_index("code")
    here = here if codes is None else here[here.index.isin(codes)]
    pair = here[here["decoder"] == decoder].join(here[here["decoder"] == other], how="inner", suffixes=("", "_other"))
    pair = pair[(pair["ber"] > 0) & (pair["ber_other"] > 0)]
    same = (pair["decoder_digest"] == pair["decoder_digest_other"]).to_numpy()
    difference = np.log(pair["ber_other"] / pair["ber"]).to_numpy()
    variance = sum(np.log(pair[f"ber_high{end}"] / pair[f"ber_low{end}"]) ** 2 for end in ("", "_other")).to_numpy()
    half_widths = np.where(same, 0.0, np.sqrt(variance) / 2)
    count = len(pair)
    return Gap(float(difference.mean()), float(np.sqrt((half_widths**2).sum()) / count), count) if count else EMPTY


EMPTY = Gap(math.nan, math.nan, 0)
