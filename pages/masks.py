"""Masks: what each code keeps of the backbone, aligned, while the pruning ratio is dragged."""

import streamlit as st

from sapcore import figures
from sapcore.errors import InputError
from sapcore.experiments.sap_plan import EBN0
from sapcore.pruning.choices import CHOICES
from sapcore.pruning.masks import mask_source
from sapcore.pruning.similarity import distance_matrix, jaccard_matrices
from sapcore.report.recipe import shipped_commands
from sapcore.ui.controls import choice, report_unknown_names, select
from sapcore.ui.glossary import about
from sapcore.ui.live_mask import KEY, live_mask, ratio_in_address
from sapcore.ui.mask_pair import mask_pair
from sapcore.ui.mask_recipe import prune_command, prune_lines, system_lines
from sapcore.ui.masks import (
    FORMATS,
    about_rates,
    donor_formats,
    donor_table,
    exact_table,
    mask_rows,
    masks_of,
    whole_system,
)
from sapcore.ui.router import enter_through_router
from sapcore.ui.share import title_and_link
from sapcore.ui.show import show_figure, show_table
from sapcore.ui.show_recipe import CALIBRATION, digests_of, show_recipe
from sapcore.ui.store import open_store
from sapcore.ui.text import show_error
from sapcore.ui.theme import current_theme
from sapcore.ui.upload import codes_or_upload

MOST_CODES = 8
CODES = ("BCH(31,16)", "Golay(24,12)", "BCH(63,45)")
ALONE, DIFFERENCE = VIEWS = ("kept", "difference from the first")
WITHOUT, WITH = ADAPTERS = ("none", "LoRA")

enter_through_router()
title_and_link("Masks")
st.markdown("What each code keeps of the backbone. Drag the ratio, release it for the exact figures.")
store, theme = open_store(), current_theme()
left, right = st.columns(2, gap="medium")
with left:
    chosen = codes_or_upload(store, "m_", CODES, MOST_CODES)
with right:
    ways = "; ".join(f"{way}: {meaning}" for way, meaning in CHOICES.items())
    how = select("Mask", list(CHOICES), "m_how", width=200, help=about("mask", "importance", then=f"{ways}."))
    with st.container(horizontal=True):
        view = choice("View", VIEWS, "m_view")
        adapter = choice("Adapter", ADAPTERS, "m_adapter", help=about("adapter", then="Of the measured error rate."))
        places = [f"{value:g}" for value in EBN0]
        ebn0 = choice("Rate at (dB)", places, "m_ebn0", default=places[-1], help=about("Eb/N0", "BER"))
ratio = ratio_in_address()
try:
    codes = chosen.load(store)
    with st.spinner("Choosing masks …"):
        rows = mask_rows(codes, how, adapter == WITH, float(ebn0))
        masks = masks_of(rows, how, ratio)
except InputError as error:
    show_error(error)
    st.stop()

live_mask(rows, ratio, view == DIFFERENCE, theme)
if any(row.rates for row in rows):
    st.caption(about_rates(float(ebn0), adapter == WITH))
else:
    st.caption("No error rate of these codes under these masks has been measured and ships.")
st.subheader(f"At ratio {ratio:g}", help=about("pruning ratio", "kept head", "kept channel", "compaction", "MACs"))
show_table(exact_table(rows, how, ratio), "masks", f"What {len(rows)} masks keep at ratio {ratio:g}.", FORMATS, codes)

names = [code.name for code in codes]
heads, channels = jaccard_matrices(masks)
with st.container(horizontal=True):
    part = choice("Overlap of", ["heads", "channels"], "m_part")
left, right = st.columns(2, gap="medium")
with left:
    st.subheader(f"Jaccard index of the kept {part}", help=about("Jaccard index"))
    overlap = heads if part == "heads" else channels
    show_figure(
        figures.pair_figure(names, overlap, "Jaccard index", theme, alike=1),
        figures.pair_table(names, overlap),
        "jaccard",
        of=codes,
    )
with right:
    st.subheader("Spectral distance", help=about("spectral distance", "signature"))
    distances = distance_matrix(codes)
    show_figure(
        figures.pair_figure(names, distances, "spectral distance", theme, alike=0),
        figures.pair_table(names, distances),
        "distances",
        of=codes,
    )
mask_pair(codes, how, ratio)
st.subheader("Which donor lends", help=about("donor", "mask library"))
st.markdown("The donor of least spectral distance lends its mask to a code under `sap`, the farthest one under `far`.")
show_table(donor_table(rows), "donors", "Spectral distance of each code to each donor.", donor_formats(), codes)
st.subheader("The whole system", help=about("backbone", "adapter"))
st.markdown("Bytes of float32 weights for all codes of the catalogue, redundant form, at this ratio.")
show_table(whole_system(mask_source().digest, ratio), "system", "Bytes by the way decoders are stored.", FORMATS)
show_recipe(
    codes,
    [prune_command(codes, how, ratio), *shipped_commands(*(row.measured for row in rows))],
    [prune_lines(codes, how, ratio), system_lines(ratio)],
    digests_of(codes, [f"fecct/{how}@{ratio:g}"]),
    [f"Backbone {mask_source().digest}. A spectral distance belongs to the matrices, not to the codes.", CALIBRATION],
)
report_unknown_names("m_", KEY)
