"""The browser application: `streamlit run app.py`. Page list and page config, nothing else."""

import streamlit as st

from sapcore.ui.theme import wear_theme

OVERVIEW = st.Page("pages/overview.py", title="Overview", icon=":material/map:", url_path="overview")
SPECTRA = st.Page("pages/spectra.py", title="Spectra", icon=":material/graphic_eq:", url_path="spectra")
MASKS = st.Page("pages/masks.py", title="Masks", icon=":material/grid_on:", url_path="masks")
SPARSITY = st.Page("pages/sparsity.py", title="Sparsity", icon=":material/blur_on:", url_path="sparsity")
TRADEOFFS = st.Page(
    "pages/tradeoffs.py", title="Error rates", icon=":material/stacked_line_chart:", url_path="tradeoffs"
)
DECODE = st.Page("pages/decode.py", title="Decode", icon=":material/troubleshoot:", url_path="decode")
RUNS = st.Page("pages/runs.py", title="Runs", icon=":material/list_alt:", url_path="runs")
RECOVERY = st.Page("pages/recovery.py", title="Recovery", icon=":material/healing:", url_path="recovery")


def home() -> None:
    """The bare address leads to the first page, so that every page has an address of its own that stays."""
    st.switch_page(OVERVIEW, query_params={})


st.set_page_config(page_title="SAP explorer", page_icon="sapcore/ui/icon.png", layout="wide")
wear_theme()
HOME = st.Page(home, title="Home", default=True, visibility="hidden")
st.navigation([HOME, OVERVIEW, SPECTRA, MASKS, SPARSITY, TRADEOFFS, DECODE, RUNS, RECOVERY], position="top").run()
