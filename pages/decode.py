"""Decode: one noisy frame through two networks, layer by layer, beside the most likely word."""

import streamlit as st

from sapcore import figures
from sapcore.errors import InputError
from sapcore.inspection import Decision
from sapcore.ui.codes import FIRST_CODE, REDUNDANT, tanner_graph
from sapcore.ui.controls import choice, report_unknown_names, section, whole_number
from sapcore.ui.decode import (
    HEAD_KEY,
    LAYER_KEY,
    VIEW_KEY,
    VIEWS,
    about_head,
    head_attention,
    head_map,
    nearest_decision,
    network_of,
    reliabilities,
    side,
)
from sapcore.ui.frame_choice import frame_controls, network_controls, search_buttons
from sapcore.ui.glossary import about
from sapcore.ui.recipe import decode_lines
from sapcore.ui.router import enter_through_router
from sapcore.ui.share import title_and_link
from sapcore.ui.show import show_figure, show_table
from sapcore.ui.show_recipe import digests_of, show_recipe
from sapcore.ui.store import open_store
from sapcore.ui.text import plain, show_error
from sapcore.ui.theme import current_theme
from sapcore.ui.upload import code_or_upload
from sapcore.ui.verdict import Verdicts

FIRST_LAYER = 5  # its first head looks along edges alone

enter_through_router()
title_and_link("Decode")
st.markdown("One noisy frame, decoded step by step by two networks, beside the most likely codeword.")
store = open_store()
code = code_or_upload(store, "d_", FIRST_CODE, REDUNDANT)
try:
    with st.container(horizontal=True):
        specs = network_controls()
    with st.container(horizontal=True):
        source, index = frame_controls(code)
    with st.spinner("Preparing the decoders …"):
        networks = [network_of(spec, code) for spec in specs]
        frame = source.frame(index)
        decisions = [Decision.of(network.decoder, frame) for network in networks]
        nearest = nearest_decision(frame)
except InputError as error:
    show_error(error)
    st.stop()
with st.container(horizontal=True):
    search_buttons(source, index, *networks)

letters = ("A", "B")
verdicts = Verdicts(
    source,
    index,
    frame,
    dict(zip(letters, decisions, strict=True)),
    dict(zip(letters, specs, strict=True)),
    nearest,
)
st.subheader("The frame and the decisions", help=about("syndrome"))
st.markdown(plain(verdicts.arrival()))
st.markdown("\n".join(f"* {plain(sentence)}" for sentence in verdicts.sentences()))
with section():
    if beaten := verdicts.beaten():
        st.markdown(plain(beaten))
words = {name: decision.bits for name, decision in verdicts.decisions.items()}
show_figure(
    figures.frame_figure(frame.received, frame.codeword, words, current_theme()),
    figures.frame_table(frame.received, frame.codeword, words),
    "frame",
    of=[code],
)
show_table(
    verdicts.table(), "decisions", f"The words decided for frame {index}: wrong bits and squared distances.", of=[code]
)

layer, head = FIRST_LAYER - 1, 0
if unseen := verdicts.zero_syndrome():
    st.info(plain(unseen), icon=":material/info:")
else:
    with st.spinner("Reading out every layer …"):
        sides = [side(letter, network, frame) for letter, network in zip(letters, networks, strict=True)]
    st.subheader("Reliability of each bit after each layer")
    st.caption(
        "The logit that the hard decision on a bit is wrong; above 0 the bit is turned over. The network's read-out is "
        "applied after every layer (logit lens). That is ours: the network was trained to be read out after the last "
        "layer only, and only that row decides."
    )
    for column, one in zip(st.columns(2, gap="medium"), sides, strict=True):
        with column:
            st.markdown(f"**{plain(one.title)}**")
            reliabilities(one, frame)

    st.subheader("Attention", help=about("kept head", "Tanner graph"))
    st.caption(
        "Of each head, the percentage of its attention that goes along edges of the Tanner graph. Click one, or choose "
        "it here. An edge below is drawn by the greater of the two weights that its ends give each other."
    )
    layers, heads = (max(network.kept.shape[axis] for network in networks) for axis in (0, 1))
    with st.container(horizontal=True):
        layer = whole_number("Layer", LAYER_KEY, 1, layers, default=min(FIRST_LAYER, layers), width=130) - 1
        head = whole_number("Head", HEAD_KEY, 1, heads, default=1, width=130) - 1
        view = choice("Attention between", VIEWS, VIEW_KEY)
    graph = tanner_graph(code.digest, code)
    for column, one in zip(st.columns(2, gap="medium"), sides, strict=True):
        with column:
            st.markdown(f"**{plain(one.title)}**")
            head_map(one, (layer, head), graph)
    for one in sides:
        if remark := about_head(one, layer, head):
            st.info(plain(remark), icon=":material/content_cut:")
    head_attention(sides, frame, layer, head, view)
show_recipe([code], [], [decode_lines(source, index, specs, layer, head)], digests_of([code], specs))
report_unknown_names("d_", LAYER_KEY, HEAD_KEY, VIEW_KEY)
