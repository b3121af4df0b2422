"""Spectra: a code's matrix, Tanner graph, spectrum and place among the others, linked by clicks."""

import streamlit as st

from sapcore import figures
from sapcore.codes.files import FORMATS, file_stem, write_matrix
from sapcore.experiments.signatures import COMMAND as SIGNATURES
from sapcore.experiments.signatures import signature_table
from sapcore.report.beside import ML, UNCODED
from sapcore.report.recipe import beside_lines, shipped_commands
from sapcore.report.results import shipped_results
from sapcore.spectra import bipartite_layout, shell_layout, signature, spectral_layout, spectrum
from sapcore.ui.codes import distance, tanner_graph
from sapcore.ui.controls import choice, report_unknown_names, select, whole_number
from sapcore.ui.decoders import has_default_backbone
from sapcore.ui.glossary import about
from sapcore.ui.picks import pick_code, pick_node, pick_singular_value
from sapcore.ui.recipe import spectrum_command, spectrum_lines
from sapcore.ui.router import enter_through_router
from sapcore.ui.run_view import curves, shipped_table
from sapcore.ui.share import title_and_link
from sapcore.ui.show import download, key_figures, show_figure
from sapcore.ui.show_recipe import digests_in, show_recipe
from sapcore.ui.spectrum_beside import other_code, spectral_distance_in_words
from sapcore.ui.store import open_store
from sapcore.ui.text import plain
from sapcore.ui.theme import current_theme
from sapcore.ui.tradeoffs_link import measure_button
from sapcore.ui.upload import code_or_upload

LAYOUTS = {"bipartite": bipartite_layout, "spectral plane": spectral_layout, "shells": shell_layout}
NO_NODE = "none"
NEAREST = 12
CLASSICAL, TRAINED = ("ml", "osd:3", "bp:50"), ("fecct", "fecct/passes:8+fresh")  # whose points are shown if they ship
SHOWN_EBN0 = 2.0, 6.0

enter_through_router()
title_and_link("Spectra")
st.markdown("The matrix of a code, its Tanner graph, and the spectrum by which codes are compared.")
store, theme = open_store(), current_theme()
code = code_or_upload(store, "s_")

graph = tanner_graph(code.digest, code)
with st.spinner("Computing the spectrum …"):
    triples = spectrum(code)
sigma1, sigma2 = signature(code)
key_figures(
    {
        "n": (code.n, about("n")),
        "k": (code.k, about("k", "code rate")),
        "Rows": (code.rows, about("redundant checks", then="Rows are all checks of this matrix.")),
        "Rank": (code.rank, about("rank")),
        "Ones": (code.ones, "Ones of the matrix, the edges of the Tanner graph."),
        "Girth": (graph.girth or "none", "Length of the shortest cycle of the Tanner graph."),
        "d min": (
            distance(code.digest, code.minimum_distance, code) or "unknown",
            "Minimum distance of the code, where it is known.",
        ),
        "Signature": (f"{sigma1:.3f}, {sigma2:.3f}", about("signature")),
    }
)

rank = len(triples.singular_values)
nodes = [NO_NODE, *figures.node_names(code.n, code.rows)]
with st.container(horizontal=True):
    index = whole_number(
        "Eigenvector",
        "s_vector",
        1,
        rank,
        default=min(2, rank),
        width=150,
        help=about("eigenvector", then="Or click a bar of the spectrum."),
    )
    chosen = select(
        "Node",
        nodes,
        "s_node",
        width=150,
        help="Or click a node of the graph: v are bits, c checks.",
        allowed=f"{NO_NODE}, v1 to v{code.n}, c1 to c{code.rows}",
    )
    layout = choice("Graph layout", list(LAYOUTS), "s_layout")
    order = choice("Matrix order", ["as given", "by eigenvector"], "s_order", help="Sort H by the chosen eigenvector.")
node = None if chosen == NO_NODE else chosen
vector = triples.eigenvector(index - 1)
sort = order == "by eigenvector"

left, right = st.columns(2, gap="medium")
with left:
    st.subheader(f"Tanner graph, coloured by eigenvector {index}", help=about("Tanner graph"))
    show_figure(
        figures.tanner_figure(LAYOUTS[layout](code), graph.edges, vector, code.n, theme, node),
        figures.tanner_table(graph.edges, vector, code.n),
        "tanner-graph",
        pick_node,
        [code],
    )
with right:
    st.subheader("Parity-check matrix H", help=about("parity-check matrix"))
    show_figure(
        figures.matrix_figure(
            code.parity_check,
            theme,
            figures.order_by(triples.left[:, index - 1]) if sort else None,
            figures.order_by(triples.right[:, index - 1]) if sort else None,
            node,
        ),
        figures.matrix_table(code.parity_check),
        "matrix",
        of=[code],
    )
    with st.container(horizontal=True):
        for name in FORMATS:
            download(f"H as .{name}", lambda name=name: write_matrix(code, name), f"{file_stem(code)}.{name}")
with left:
    st.subheader("Spectrum", help=about("spectrum"))
    other = other_code(store, "s_beside")
    values = None if other is None else (other.name, spectrum(other).singular_values)
    show_figure(
        figures.spectrum_figure(triples.singular_values, index, theme, code.name, values),
        figures.spectrum_table(triples.singular_values, values),
        "spectrum",
        pick_singular_value,
        [code] if other is None else [code, other],
    )
    st.caption("The eigenvalues of the graph are these values, their negatives, and zeros.")
    if other is not None:
        st.markdown(plain(spectral_distance_in_words(code, other)))
    st.subheader("Degree profile")
    show_figure(
        figures.degree_figure(graph.variable_degrees, graph.check_degrees, theme),
        figures.degree_table(graph.variable_degrees, graph.check_degrees),
        "degrees",
        of=[code],
    )
with right:
    st.subheader("Signatures of the catalogue", help=about("signature", "spectral distance"))
    reach = choice("Range", ["all", f"nearest {NEAREST}"], "s_range")
    here = (code.name, sigma1, sigma2)
    signatures = signature_table()
    show_figure(
        figures.signature_map_figure(signatures, here, theme, None if reach == "all" else NEAREST),
        figures.signature_map_table(signatures, here),
        "signature-map",
        pick_code,
        [code],
    )
    st.caption("A signature belongs to the matrix, not to the code: the redundant form of a code lies elsewhere.")
decoders = (*CLASSICAL, *TRAINED) if has_default_backbone() else CLASSICAL
if len(shipped := shipped_results([code], decoders)):
    st.subheader("Error rate")
    metric = choice("Rate", list(figures.METRICS), "s_metric", help=about("FER", "BER", "95 % interval"))
    curves(shipped, [code], metric, SHOWN_EBN0, None, [ML, UNCODED])
    shipped_table(shipped)
report_unknown_names("s_")
measure_button(code)
lines, both = [spectrum_lines(code, index, other)], [code] if other is None else [code, other]
if len(shipped):
    lines.append(beside_lines([code], metric, [ML, UNCODED], SHOWN_EBN0))
show_recipe(
    both,
    [*map(spectrum_command, both), SIGNATURES, *shipped_commands(shipped)],
    lines,
    digests_in(shipped),
)
