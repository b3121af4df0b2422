"""What the decode page draws of two networks beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from sapcore import figures
from sapcore.codes import LinearCode
from sapcore.decoders import Decoder
from sapcore.inspection import Decision, Frame, edge_attention, nearest_word_decoder
from sapcore.inspection.network import LayerSummary, TracedNetwork
from sapcore.spectra import TannerGraph, bipartite_layout
from sapcore.threads import use_one_thread
from sapcore.ui.show import picked, show_figure
from sapcore.ui.text import plain
from sapcore.ui.theme import current_theme
from sapcore.variants import decoder_digest

LAYER_KEY, HEAD_KEY, VIEW_KEY = "d_layer", "d_head", "d_view"
GRAPH, MATRIX = VIEWS = ("Tanner graph", "all nodes")


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two networks on the frame.

    Attributes:
        letter: "A" or "B".
        network: the network.
        summary: what its layers did.
    """

    letter: str
    network: TracedNetwork
    summary: LayerSummary

    @property
    def title(self) -> str:
        """Letter and spec."""
        return f"{self.letter}: {self.network.spec}"

    def key(self, figure: str) -> str:
        """The key of a figure on this side."""
        return f"{figure}-{self.letter.lower()}"


def network_of(spec: str, code: LinearCode) -> TracedNetwork:
    """The network of a spec, built once; raises InputError as `TracedNetwork.of` does."""
    return _network(spec, decoder_digest(spec, code), code.digest, code)


def side(letter: str, network: TracedNetwork, frame: Frame) -> Side:
    """A network on a frame that enters it."""
    summary = _summary(network.decoder.digest, frame.code.digest, frame.received, network)
    return Side(letter, network, summary)


def nearest_decision(frame: Frame) -> tuple[str, Decision] | None:
    """Spec and decision of the decoder that finds the nearest codeword, None where none is in reach."""
    found = _nearest(frame.code.digest, frame.code)
    return found and (found[0], Decision.of(found[1], frame))


def reliabilities(one: Side, frame: Frame) -> None:
    """The logits of one side, bit by bit and layer by layer."""
    show_figure(
        figures.reliability_figure(one.title, one.summary.logits, frame.wrong, current_theme()),
        figures.reliability_table(one.summary.logits, frame.wrong),
        one.key("reliability"),
        of=[frame.code],
    )


def head_map(one: Side, chosen: tuple[int, int], graph: TannerGraph) -> None:
    """All heads of one side; a click chooses one."""
    shares, kept, key = one.summary.edge_shares, one.network.kept, one.key("heads")
    uniform = 2 * len(graph.edges) / (graph.code.n + graph.code.rows) ** 2
    marked = chosen if one.network.has(*chosen) else None
    show_figure(
        figures.head_map_figure(one.title, shares, kept, uniform, marked, current_theme()),
        figures.head_map_table(shares, kept),
        key,
        partial(_pick_head, key),
        [graph.code],
    )


def about_head(one: Side, layer: int, head: int) -> str | None:
    """What has to be said of a head of one side that is not simply there; both count from 0."""
    layers, heads = one.network.kept.shape
    name = f"Layer {layer + 1}, head {head + 1}"
    if not one.network.has(layer, head):
        return f"{name} does not exist in {one.network.spec}, which has {layers} layers of {heads} heads."
    if one.network.kept[layer, head]:
        return None
    return (
        f"{name} is pruned in {one.network.spec}. Shown is what it would have looked at: the head of the backbone on "
        "the tokens of the pruned network. It has no part in the decision."
    )


def head_attention(sides: list[Side], frame: Frame, layer: int, head: int, view: str) -> None:
    """The attention of one head on both sides, on one scale; `layer` and `head` count from 0."""
    code = frame.code
    edges, found, folded = TannerGraph(code).edges, {}, {}
    for one in sides:
        if one.network.has(layer, head):
            decoder = one.network.decoder
            found[one] = _attention(decoder.digest, code.digest, frame.received, layer, head, one.network)
            folded[one] = edge_attention(found[one], edges, code.n)
    if view == MATRIX and code.n + code.rows > figures.MOST_DRAWN_NODES:
        st.info(
            f"{plain(code.name)} has {code.n + code.rows} nodes; the view of all nodes is drawn for at most "
            f"{figures.MOST_DRAWN_NODES}. Choose “{GRAPH}”.",
            icon=":material/info:",
        )
        return
    for column, one in zip(st.columns(2, gap="medium"), sides, strict=True):
        if one not in found:
            continue
        pruned = "" if one.network.kept[layer, head] else ", pruned"
        name = f"{one.title}, layer {layer + 1}, head {head + 1}{pruned}"
        with column:
            st.markdown(f"**{plain(name)}**")
            if view == MATRIX:
                limit = max(float(each.max()) for each in found.values())
                show_figure(
                    figures.attention_matrix_figure(name, found[one], code.n, current_theme(), limit),
                    figures.attention_matrix_table(found[one], code.n),
                    one.key("attention-matrix"),
                    of=[code],
                )
            else:
                limit = max(float(each.max()) for each in folded.values())
                marks = frame.wrong, frame.syndrome > 0
                layout, weights = bipartite_layout(code), folded[one]
                show_figure(
                    figures.tanner_attention_figure(name, layout, edges, weights, *marks, current_theme(), limit),
                    figures.tanner_attention_table(edges, weights),
                    one.key("attention"),
                    of=[code],
                )


def _pick_head(key: str) -> None:
    if data := picked(key):
        st.session_state[LAYER_KEY], st.session_state[HEAD_KEY] = int(data[0]), int(data[1])


@st.cache_resource(max_entries=8, show_spinner=False)
def _network(spec: str, digest: str, code_digest: str, _code: LinearCode) -> TracedNetwork:
    use_one_thread()
    return TracedNetwork.of(spec, _code)


@st.cache_resource(max_entries=4, show_spinner=False)
def _nearest(code_digest: str, _code: LinearCode) -> tuple[str, Decoder] | None:
    return nearest_word_decoder(_code)


@st.cache_data(max_entries=64, show_spinner=False)
def _summary(digest: str, code_digest: str, received: np.ndarray, _network: TracedNetwork) -> LayerSummary:
    return _network.summary(received)


@st.cache_data(max_entries=8, show_spinner=False)
def _attention(
    digest: str, code_digest: str, received: np.ndarray, layer: int, head: int, _network: TracedNetwork
) -> np.ndarray:
    return _network.attention(received, layer, head)
