"""Overview: one code and one pruning ratio, from the Tanner graph to the error rate."""

import streamlit as st

from sapcore import figures
from sapcore.errors import InputError
from sapcore.experiments.sap_plan import EBN0
from sapcore.experiments.signatures import COMMAND as SIGNATURES
from sapcore.experiments.signatures import signature_table
from sapcore.pruning.masks import mask_source
from sapcore.report.beside import ML, UNCODED
from sapcore.report.recipe import beside_lines, shipped_commands
from sapcore.spectra import signature, spectral_layout, spectrum
from sapcore.ui.codes import REDUNDANT, tanner_graph
from sapcore.ui.controls import choice, report_unknown_names, section, whole_number
from sapcore.ui.glossary import about, glossary
from sapcore.ui.live_mask import live_mask, ratio_in_address
from sapcore.ui.mask_recipe import prune_command, story_lines
from sapcore.ui.masks import about_rates, mask_rows
from sapcore.ui.overview import Story
from sapcore.ui.recipe import spectrum_command
from sapcore.ui.router import enter_through_router
from sapcore.ui.run_view import curves
from sapcore.ui.share import title_and_link
from sapcore.ui.show import show_figure
from sapcore.ui.show_recipe import digests_of, show_recipe
from sapcore.ui.store import open_store
from sapcore.ui.text import plain, show_error
from sapcore.ui.theme import current_theme
from sapcore.ui.tour import KEY, RATIO, tell, tour
from sapcore.ui.tradeoffs_link import measure_button
from sapcore.ui.upload import code_or_upload

FIRST_CODE = "Golay(24,12)"
NEAREST = 12
SHOWN_EBN0 = 2.0, 6.0

enter_through_router()
title_and_link("SAP explorer")
store, theme = open_store(), current_theme()
here = tour(
    "One transformer decodes any linear block code. Spectral-Aligned Pruning takes heads and channels out of it, by a "
    "mask that a code borrows from the donor of the nearest signature. Bring your own matrix, or begin with the "
    "guided tour."
)
code = code_or_upload(store, "o_", FIRST_CODE, REDUNDANT)
ratio = ratio_in_address(RATIO)
try:
    with st.spinner("Choosing the mask …"):
        story = Story.of(code, ratio, mask_source())
        rows = mask_rows([code], "sap", lora=True, ebn0=EBN0[-1])
except InputError as error:
    show_error(error)
    st.stop()

graph, points = tanner_graph(code.digest, code), story.points()
sentences = story.sentences(graph, points)
tell(here, sentences)
left, right = st.columns(2, gap="medium")
with left:
    st.subheader("Tanner graph", anchor="tanner-graph", help=about("Tanner graph"))
    triples = spectrum(code)
    rank = len(triples.singular_values)
    st.markdown(plain(sentences["tanner-graph"]))
    index = whole_number("Eigenvector", "o_vector", 1, rank, default=min(2, rank), width=150, help=about("eigenvector"))
    vector = triples.eigenvector(index - 1)
    show_figure(
        figures.tanner_figure(spectral_layout(code), graph.edges, vector, code.n, theme, None),
        figures.tanner_table(graph.edges, vector, code.n),
        "tanner-graph",
        of=[code],
    )
with right:
    st.subheader(
        "Signature and donor", anchor="signature-and-donor", help=about("signature", "spectral distance", "donor")
    )
    st.markdown(plain(sentences["signature-and-donor"]))
    place = (code.name, *signature(code))
    signatures = signature_table()
    show_figure(
        figures.signature_map_figure(signatures, place, theme, NEAREST, story.lender),
        figures.signature_map_table(signatures, place),
        "signature-map",
        of=[code],
    )
st.subheader("Mask", anchor="mask", help=about("mask", "pruning ratio", "kept head", "kept channel", "Jaccard index"))
st.markdown(plain(sentences["mask"]))
live_mask(rows, ratio, False, theme, RATIO)
with section():
    if any(row.rates for row in rows):
        st.caption(about_rates(EBN0[-1], lora=True))
    if found := story.found():
        st.markdown(plain(found))
left, right = st.columns(2, gap="medium")
with left:
    st.subheader("Cost", anchor="cost", help=about("compaction", "MACs", "adapter"))
    st.markdown(plain(sentences["cost"]))
    show_figure(figures.cost_figure(story.parts, theme), figures.cost_table(story.parts), "cost", of=[code])
with right:
    st.subheader("Error rate", anchor="error-rate", help=about("Eb/N0", "decoder spec", "passes"))
    st.markdown(plain(sentences["error-rate"]))
    metric = choice("Rate", list(figures.METRICS), "o_metric", help=about("FER", "BER", "95 % interval"))
    curves(points, [code], metric, SHOWN_EBN0, None, [ML, UNCODED])
    measure_button(code, ["fecct", f"fecct/sap@{ratio:g}", "bp:50"] if ratio else ["fecct", "bp:50"])
show_recipe(
    [code],
    [
        f"{spectrum_command(code)}\n{prune_command([code], 'sap', ratio)}",
        SIGNATURES,
        *shipped_commands(points, rows[0].measured),
    ],
    [
        story_lines(code, ratio, index, list(story.decoders()), mask_source().ships(code)),
        beside_lines([code], metric, [ML, UNCODED], SHOWN_EBN0),
    ],
    digests_of([code], list(story.decoders())),
    [f"Backbone {mask_source().digest}."],
)
glossary()
report_unknown_names("o_", RATIO, KEY)
