"""Recovery: train the adapter that gives a pruned decoder back what pruning took, and see what it is worth."""

import streamlit as st

from sapcore.errors import InputError
from sapcore.recovery.background import DONE, OPEN, recovery_runs, start
from sapcore.ui.codes import FIRST_CODE
from sapcore.ui.controls import report_unknown_names, section
from sapcore.ui.glossary import about
from sapcore.ui.recoveries import (
    ADAPTER_COLUMNS,
    AT_KEY,
    KEY,
    adapter_table,
    at_hand,
    how_recovered,
    measure_button,
    measured,
    recovery_list,
    recovery_request,
    recovery_title,
    recovery_view,
    removals,
    shown_recovery,
)
from sapcore.ui.recovery_recipe import recover_command, recover_lines
from sapcore.ui.router import enter_through_router
from sapcore.ui.share import title_and_link
from sapcore.ui.show import show_table
from sapcore.ui.show_recipe import show_recipe
from sapcore.ui.store import open_store
from sapcore.ui.take_away import take_away
from sapcore.ui.text import plain, show_error
from sapcore.ui.upload import codes_or_upload

REFRESH = "1s"

enter_through_router()
title_and_link("Recovery")
st.markdown("One small LoRA adapter a code gives a pruned decoder back what pruning took. Trained in the background.")
store = open_store()
with st.container(border=True):
    chosen = codes_or_upload(store, "r_", [FIRST_CODE], 1)
    with section():
        try:
            code = chosen.load(store)[0]
        except InputError as error:
            code = None
            show_error(error)
    asked = recovery_request(code)
    with st.container(horizontal=True):
        if st.button("Recover", icon=":material/play_arrow:", type="primary", disabled=asked is None):
            st.query_params[KEY] = start(asked, code)
        if asked is not None:
            measure_button(store, code, asked)

with section():
    shown = shown_recovery()
runs = recovery_runs()
active = any(run.state == OPEN for run in runs)


@st.fragment(run_every=REFRESH if active else None)
def live() -> None:
    """The shown recovery and the list of all, redrawn while one runs, their buttons too."""
    now, run = recovery_runs(), shown_recovery()
    if (run and run.request.id) != (shown and shown.request.id):
        st.rerun()  # another one is shown
    if run is not None:
        recovery_view(run)
        how_recovered(run)
        if code is not None and run.state == DONE and run.request.code_digest == code.digest:
            if made := at_hand(run.request, code):
                take_away(code, made, "r_")
            else:
                st.caption(
                    "Its adapter is no longer in use: another recovery of the same mask has taken its place, or the "
                    "masks or the weights of the backbone are others now."
                )
    if now:
        st.subheader("Recoveries")
        recovery_list(now, shown and shown.request.id)
    if active and [run.state for run in now] != [run.state for run in runs]:
        st.rerun()  # for the adapters below


with section():
    if shown is not None:
        st.subheader(plain(recovery_title(shown)))
    live()
if code is not None:
    measured(code)
st.subheader("Adapters", help=about("adapter"))
adapters = adapter_table()
if len(adapters):
    st.caption(
        "An adapter that is made here takes the place of one that ships for the same mask and matrix, on every page "
        "and the command line. One for other weights of the backbone is not in use: recover anew. Losses: of the first "
        "step, and the mean of the last 20, in nats."
    )
    show_table(adapters, "adapters", f"{len(adapters)} adapters of the backbone.", ADAPTER_COLUMNS)
    removals(code)
else:
    st.caption("No adapter ships or was made here yet.")
if asked is not None:
    show_recipe([code], [recover_command(code, asked)], [recover_lines(code, asked)], title="How this is made")
report_unknown_names("r_", KEY, AT_KEY)
