"""The measured points of the experiment on Spectral-Aligned Pruning as a table."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from sapcore.codes import LinearCode, find
from sapcore.experiments import sap_plan
from sapcore.experiments.sap_recovery import Recovery, ablations, recoveries
from sapcore.experiments.shipped import current_digest, of_present_weights, table
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
    """The rows of the sap.csv that ships for `code` under its matrix, part main, whose weights and masks are of today.

    A recovered decoder stands as it was measured, whether or not its adapter is at hand.
    """
    if not FILE.is_file():
        return pd.DataFrame(columns=COLUMNS)
    rows = of_present_weights(table(FILE))
    rows = rows[(rows["part"] == "main") & (rows["code_digest"] == code.digest)]
    unadapted = {decoder: str(replace(DecoderSpec.parse(decoder), lora=False)) for decoder in rows["decoder"].unique()}
    measured = dict(zip(rows["decoder"], rows["decoder_digest"], strict=True))
    same = {
        decoder: plain in measured and measured[plain] == current_digest(plain, code)
        for decoder, plain in unadapted.items()
    }
    return rows[rows["decoder"].map(same).astype(bool)]


def borrowers(rows: pd.DataFrame) -> set[str]:
    """The codes of these rows that SAP lends the mask of another."""
    lent = rows["decoder"].map(lambda decoder: DecoderSpec.parse(decoder).how == "sap").astype(bool)
    return set(rows.loc[lent & (rows["donor"] != rows["code"]), "code"])
