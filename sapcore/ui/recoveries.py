"""What the recovery page shows of adapters, and of recoveries under way."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import DEFAULT_BACKBONE, SHIPPED, backbone_digest
from sapcore.errors import InputError
from sapcore.experiments.sap_results import COMMAND, shipped_rows
from sapcore.figures import before_after_figure, before_after_table, loss_figure, loss_table
from sapcore.pruning.choices import CHOICES
from sapcore.recovery.adapter import adapter_card, adapter_cards, find_adapter, remove_adapter
from sapcore.recovery.background import (
    DONE,
    OPEN,
    STOPPED,
    RecoveryRequest,
    RecoveryRun,
    recovery_code,
    recovery_run,
    stop,
)
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.report.recipe import shipped_commands
from sapcore.simulation import Store
from sapcore.ui.controls import select, whole_number
from sapcore.ui.glossary import about
from sapcore.ui.recovery_recipe import recover_command, recover_lines
from sapcore.ui.show import show_figure
from sapcore.ui.show_recipe import digests_of, show_recipe
from sapcore.ui.text import in_quotation_marks, plain, show_error
from sapcore.ui.theme import current_theme
from sapcore.ui.tradeoffs_link import run_button
from sapcore.variants import DecoderSpec

KEY = "r_run"
AT_KEY = "r_at"
ICONS = {OPEN: ":material/play_circle:", DONE: ":material/check_circle:"}
MOST_PERCENT = 90


def recovery_request(code: LinearCode | None) -> RecoveryRequest | None:
    """Draw the controls of a recovery; None without a code."""
    with st.container(horizontal=True):
        ways = "; ".join(f"{way}: {meaning}" for way, meaning in CHOICES.items())
        how = select("Mask", list(CHOICES), "r_how", width=160, help=about("mask", then=f"{ways}."))
        percent = whole_number(
            "Pruned (%)", "r_percent", 0, MOST_PERCENT, default=50, width=140, help=about("pruning ratio")
        )
        rank = whole_number("Rank", "r_rank", 1, 64, default=RecoveryRecipe.rank, width=120, help=about("adapter"))
        steps = whole_number("Steps", "r_steps", 1, 5000, default=RecoveryRecipe.steps, width=140)
        seed = whole_number("Seed", "r_seed", 0, 2**31, default=0, width=130)
    if code is None:
        return None
    return RecoveryRequest(code.name, code.digest, how, percent / 100, DEFAULT_BACKBONE, rank, steps, seed)


def shown_recovery() -> RecoveryRun | None:
    """The recovery in the address, None where there is none."""
    run_id = st.query_params.get(KEY)
    if not run_id:
        return None
    try:
        return recovery_run(run_id)
    except InputError:
        st.query_params.pop(KEY, None)
        st.warning(
            f"There is no recovery {in_quotation_marks(run_id)} in this data folder; choose one below or start one."
        )
        return None


def recovery_view(run: RecoveryRun) -> None:
    """State, progress and loss curve."""
    request, done = run.request, len(run.losses)
    icon = ICONS.get(run.state, ":material/cancel:")
    st.progress(done / request.steps, f"{icon} Recovery `{request.id}` {run.state}: {done} of {request.steps} steps")
    if run.message:
        st.error(plain(run.message))
    if run.state == STOPPED:
        st.caption("Stopped: no adapter was kept of it.")
    if done:
        figure = loss_figure(run.losses, request.steps, current_theme())
        show_figure(figure, loss_table(run.losses), f"loss-{request.id}")


def how_recovered(run: RecoveryRun) -> None:
    """The recipe of a recovery."""
    asked = run.request
    try:
        code = recovery_code(run)
    except InputError as error:
        show_error(error)
        return
    show_recipe(
        [code],
        [recover_command(code, asked)],
        [recover_lines(code, asked)],
        digests_of([code], [str(recovered(asked))]) if run.state == DONE else {},  # till then the run itself scores
        ["The frames of a step follow from the seed and its number. Losses repeat but for rounding."],
    )


def recovery_title(run: RecoveryRun) -> str:
    """What a recovery is for, in one line."""
    request = run.request
    return (
        f"{request.code}, {request.how} mask at {request.ratio:g}, rank {request.rank}, {request.steps} steps, "
        f"seed {request.seed}"
    )


def recovery_list(runs: list[RecoveryRun], shown: str | None) -> None:
    """List recoveries with their buttons."""
    for run in runs:
        with st.container(horizontal=True, vertical_alignment="center", border=run.request.id == shown):
            with st.container(width="stretch"):
                icon = ICONS.get(run.state, ":material/cancel:")
                st.markdown(f"{icon} **{run.state}** · {plain(recovery_title(run))}")
            if run.state == OPEN:
                st.button("Stop", key=f"stop {run.request.id}", on_click=stop, args=(run.request.id,))
            if run.request.id != shown:
                st.button("Show", key=f"show {run.request.id}", on_click=_show, args=(run.request.id,))


def _show(run_id: str) -> None:
    st.query_params[KEY] = run_id


def adapter_table() -> pd.DataFrame:
    """Every adapter of the default backbone at hand."""
    cards, lines, present = adapter_cards(DEFAULT_BACKBONE), [], _present_weights()
    weights = SHIPPED / f"{DEFAULT_BACKBONE}.safetensors"
    dense = weights.stat().st_size if weights.is_file() else math.nan
    made = {(card["mask"], card["code_digest"]) for card in cards if not card["ships"]}
    for card in cards:
        recipe = card.get("recipe", {})
        lines.append(
            {
                "code": card.get("code"),
                "pruned": card.get("sparsity") or card.get("how"),
                "ratio": card.get("ratio"),
                "rank": recipe.get("rank"),
                "steps": recipe.get("steps"),
                "first loss": card.get("loss_first"),
                "last loss": card.get("loss_last"),
                "seconds": card.get("seconds"),
                "bytes": card["bytes"],
                "of dense": card["bytes"] / dense,
                "from": "ships" if card["ships"] else "made here",
                "in use": _in_use(card, made, present),
                "digest": card["digest"],
                "weights": card.get("backbone"),
                "command": card.get("command"),
            }
        )
    return pd.DataFrame(lines)


def _in_use(card: Mapping[str, object], made: Collection[tuple[object, object]], present: str | None) -> str:
    """Whether decoders use an adapter; `made` are masks and matrices of those made here, `present` the weights."""
    if card.get("backbone") != present:
        return "no, for other weights"
    return "no" if card["ships"] and (card["mask"], card["code_digest"]) in made else "yes"


def _present_weights() -> str | None:
    """The digest of the backbone, None where it is gone or damaged."""
    try:
        return backbone_digest(DEFAULT_BACKBONE)
    except InputError:
        return None


def removals(code: LinearCode | None) -> None:
    """Buttons that remove the adapters of this code that were made here."""
    present = _present_weights()
    for card in adapter_cards(DEFAULT_BACKBONE):
        if not card["ships"] and code is not None and card["code_digest"] == code.digest:
            way = card.get("sparsity") or f"{card.get('how')} at {card.get('ratio')}"
            of_others = "" if card.get("backbone") == present else ", for other weights"
            st.button(
                f"Remove {code.name}, {way}, {card.get('recipe', {}).get('steps')} steps, made here{of_others}",
                icon=":material/delete:",
                key=f"remove {card['digest']}",
                on_click=remove_adapter,
                args=(Path(card["folder"]),),
            )


def measured(code: LinearCode) -> None:
    """What ships of this code's bit error rates before and after recovery; nothing where none does."""
    rows = shipped_rows(code)
    if rows.empty:
        return
    st.subheader(f"{plain(code.name)}: measured before and after")
    places = {f"{ebn0:g}": ebn0 for ebn0 in sorted(rows["ebn0"].unique(), reverse=True)}
    rows = rows[rows["ebn0"] == places[select("Eb/N0 (dB)", list(places), AT_KEY, width=140)]]
    specs = [DecoderSpec.parse(decoder) for decoder in rows["decoder"]]
    named = rows.assign(mask=[spec.how for spec in specs], ratio=[spec.ratio for spec in specs])
    table = before_after_table(named.assign(recovered=[spec.lora for spec in specs]))
    st.caption(
        "Counted, linear layers in bfloat16, every decoder on the same frames; bars and the band of the dense network "
        f"are 95 % intervals. Adapters of {RecoveryRecipe.steps} steps and rank {RecoveryRecipe.rank}; made by "
        f"`{COMMAND}`, in assets/results/sap.csv."
    )
    show_figure(before_after_figure(table, current_theme()), table, "before-and-after", of=[code])
    show_recipe([code], shipped_commands(rows), [], digests_of([code], list(rows["decoder"].unique())))


def at_hand(request: RecoveryRequest, code: LinearCode) -> DecoderSpec | None:
    """The decoder that a recovery made, None where another one has taken the place of its adapter."""
    spec = recovered(request)
    try:
        folder = find_adapter(spec.backbone, spec.mask(code).digest, code.digest)
        card = None if folder is None else adapter_card(folder)
    except InputError:
        return None
    recipe = card.get("recipe", {}) if card else {}
    made = card and (recipe.get("rank"), recipe.get("steps"), card.get("seed"))
    return spec if made == (request.rank, request.steps, request.seed) else None


def recovered(request: RecoveryRequest) -> DecoderSpec:
    """The decoder that a recovery makes."""
    backbone = None if request.backbone == DEFAULT_BACKBONE else request.backbone
    return DecoderSpec("fecct", backbone, request.how, request.ratio, lora=True)


ADAPTER_COLUMNS = {
    "of dense": st.column_config.NumberColumn(format="percent"),
    "bytes": st.column_config.NumberColumn(format="localized"),
}
"""How the columns of `adapter_table` are shown."""


def measure_button(store: Store, code: LinearCode, asked: RecoveryRequest) -> None:
    """Measure the dense, the pruned and the recovered decoder, and go to the curves."""
    after = recovered(asked)
    run_button("Measure before and after", store, code, ["fecct", str(replace(after, lora=False)), str(after)])
