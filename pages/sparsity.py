"""Sparsity: zeros inside the matrices, N of M or in patterns, what an order of channels saves, what was learned."""

import streamlit as st

from sapcore.errors import InputError
from sapcore.report.recipe import shipped_commands
from sapcore.ui.codes import FIRST_CODE, REDUNDANT
from sapcore.ui.controls import report_unknown_names, section
from sapcore.ui.glossary import about
from sapcore.ui.orders import (
    STEP_KEY,
    compared_orders,
    kept_shares,
    learned_card,
    learning_views,
    order_sentences,
    order_views,
)
from sapcore.ui.patterns import pattern_views
from sapcore.ui.router import enter_through_router
from sapcore.ui.share import title_and_link
from sapcore.ui.show_recipe import CALIBRATION, digests_of, show_recipe
from sapcore.ui.sparsity import pattern_controls, plan_controls, window_controls
from sapcore.ui.sparsity_cost import MEASURED_KEYS, commands, cost_view, decoders_to_cost, measured_view, python_lines
from sapcore.ui.store import open_store
from sapcore.ui.text import plain, show_error
from sapcore.ui.tradeoffs_link import run_button
from sapcore.ui.upload import code_or_upload

enter_through_router()
title_and_link("Sparsity")
st.markdown(
    "Zeros inside the matrices of the backbone. N:M keeps N of every M consecutive inputs of a row; a pattern keeps "
    "whole columns of a tile, or as many weights in every row and column of a small block. N counts what is kept."
)
store = open_store()
code = code_or_upload(store, "p_", FIRST_CODE, REDUNDANT)
try:
    plan, layer = plan_controls()
    compared = compared_orders(plan, code)
except InputError as error:
    show_error(error)
    st.stop()
card = learned_card(plan, code)

st.subheader("N:M and the order of channels", help=about("N:M", "permutation"))
st.caption(
    "Which inputs share a group is up to the order of channels, which can change while the network computes the same. "
    "Weights that are pruned are crossed out and drawn in another colour; lines part the groups of M inputs. Channels "
    "and outputs have the numbers that they have in the backbone, from 1. Colours end at the 95th percentile of a "
    "matrix's scores."
)
window = window_controls(compared.measured.scores[layer.name].shape)
order_views(compared, code, plan, layer, window, missing=str(card))
st.markdown("\n".join(f"* {plain(sentence)}" for sentence in order_sentences(compared, plan, layer)))
kept_shares(compared, code, plan, layer)

st.subheader("Learning the order", help=about("permutation"))
with section():
    if isinstance(card, str):
        st.info(plain(card), icon=":material/info:")
    else:
        learning_views(card, code)

st.subheader("Patterns", help=about("pattern", "ADMM", "SR-STE"))
with section():
    pattern = pattern_controls()
with section():
    if pattern is not None:
        pattern_views(pattern, layer, window, code)

st.subheader("Cost and error rate", help=about("MACs", "BER"))
decoders = decoders_to_cost(plan, pattern)
with section():
    ready = cost_view(code, decoders)
st.caption(
    "MACs are those of kernels that skip zeros; bytes are float32 weights and the places of those kept. On a CPU N:M, "
    "2:4 as well, saves no time: PyTorch has no kernel there that skips scattered zeros, and multiplies in full. "
    "The pattern tile is decoded without its zeros; structured pruning makes the matrices themselves smaller."
)
measured = measured_view(code)
run_button("Measure their error rates", store, code, ready)
show_recipe(
    [code],
    [commands(code, plan, pattern, ready), *shipped_commands(measured)],
    [python_lines(code, plan, pattern, layer, window, decoders)],
    digests_of([code], decoders),
    [CALIBRATION, "What was learned is read: the commands that learn it go first."],
)
report_unknown_names("p_", STEP_KEY, *MEASURED_KEYS)
