"""How what the pages Spectra and Decode show was made: the command line and the Python lines that make it again."""

from __future__ import annotations

import shlex

from sapcore.codes import LinearCode, source_of
from sapcore.inspection import FrameSource
from sapcore.report.recipe import load_of


def spectrum_command(code: LinearCode) -> str:
    """The command that prints the spectrum of a code."""
    return f"python -m sapcore spectrum {shlex.quote(source_of(code))} --json"


def spectrum_lines(code: LinearCode, index: int = 1, other: LinearCode | None = None) -> str:
    """The same from Python, with the eigenvector of that number from 1 and, beside it, an `other` code."""
    beside = (
        ""
        if other is None
        else f"""
other = {load_of(other)}
print(signature(other), spectrum(other).singular_values, signature_distance(code, other))
"""
    )
    return f"""from sapcore.codes import load
from sapcore.codes.weights import minimum_distance
from sapcore.spectra import TannerGraph, signature, signature_distance, spectrum

code = {load_of(code)}
graph, triples = TannerGraph(code), spectrum(code)
distance = code.minimum_distance or minimum_distance(code)
print(code.n, code.k, code.rows, code.rank, code.ones, graph.girth, distance)
print(signature(code), triples.singular_values)
vector = triples.eigenvector({index - 1})
print(vector, graph.variable_degrees, graph.check_degrees)
{beside}"""


def decode_lines(source: FrameSource, index: int, decoders: tuple[str, str], layer: int, head: int) -> str:
    """The lines that decode one frame and print what the decode page shows of it; `layer` and `head` from 0."""
    flipped = f", flipped={source.flipped}" if source.flipped else ""
    return f"""from sapcore.codes import load
from sapcore.inspection import Decision, FrameSource, edge_attention, nearest_word_decoder
from sapcore.inspection.network import TracedNetwork
from sapcore.spectra import TannerGraph

code = {load_of(source.code)}
frame = FrameSource(code, {source.ebn0_db!r}, seed={source.seed}{flipped}).frame({index})
print(frame.received, frame.wrong.sum(), frame.syndrome.sum())
networks = [TracedNetwork.of(spec, code) for spec in {list(decoders)}]
decisions = [Decision.of(network.decoder, frame) for network in networks]
if nearest := nearest_word_decoder(code):
    decisions.append(Decision.of(nearest[1], frame))
for decision in decisions:
    print(decision.bits, decision.wrong.sum(), decision.is_codeword, decision.squared_distance)
if frame.syndrome.any():  # else no network runs
    summaries = [network.summary(frame.received) for network in networks]
    place = {layer}, {head}  # layer and head from 0
    attention = [network.attention(frame.received, *place) for network in networks if network.has(*place)]
    print(summaries, [edge_attention(one, TannerGraph(code).edges, code.n) for one in attention])
"""
