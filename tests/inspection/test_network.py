"""Networks by their specs, laid open."""

from __future__ import annotations

import numpy as np
import pytest

from sapcore.codes import find
from sapcore.errors import InputError
from sapcore.inspection import FrameSource, edge_attention, edge_share
from sapcore.inspection.network import TracedNetwork
from sapcore.spectra import TannerGraph

CODE = find("BCH(15,7)-r")
FRAME = FrameSource(CODE, 1.0, 0).frame(0)


@pytest.mark.parametrize(
    "spec", ["fecct", "fecct/bf16", "fecct/sap@0.5", "fecct/sap@0.5/bf16", "fecct/random@0", "fecct/2:4"]
)
def test_the_summary_ends_with_what_the_decoder_decides(spec: str) -> None:
    network = TracedNetwork.of(spec, CODE)
    logits, shares = network.summary(FRAME.received)
    assert FRAME.syndrome.any()
    assert np.array_equal(logits[-1], network.decoder.logits(FRAME.received[None])[0])
    decided = network.decoder.decode(FRAME.received[None], FRAME.sigma)[0]
    assert np.array_equal(FRAME.hard_decision ^ (logits[-1] > 0), decided)
    assert network.kept.sum() == (24 if "@0.5" in spec else 48)
    for layer, step in enumerate(network.trace(FRAME.received)):
        assert np.array_equal(step.kept, network.kept[layer])
        for head in (0, 7):
            attention = network.attention(FRAME.received, layer, head)
            assert np.array_equal(attention, step.attention[head])
            assert shares[layer, head] == edge_share(attention, TannerGraph(CODE).edges, CODE.n)


def test_attention_is_folded_onto_the_edges_in_both_directions() -> None:
    edges, nodes = TannerGraph(CODE).edges, CODE.n + CODE.rows
    attention = np.random.default_rng(0).random((nodes, nodes))
    folded = edge_attention(attention, edges, CODE.n)
    for (bit, check), (bit_at_check, check_at_bit) in zip(edges, folded, strict=True):
        assert CODE.parity_check[check, bit]
        assert bit_at_check == attention[bit, CODE.n + check]
        assert check_at_bit == attention[CODE.n + check, bit]
    uniform = np.full((nodes, nodes), 1 / nodes)
    assert edge_share(uniform, edges, CODE.n) == pytest.approx(2 * CODE.ones / nodes**2)
    adjacent = (
        TannerGraph(CODE).adjacency.toarray() / np.r_[CODE.parity_check.sum(0), CODE.parity_check.sum(1)][:, None]
    )
    assert edge_share(adjacent, edges, CODE.n) == pytest.approx(1)


@pytest.mark.parametrize("spec", ["bp:50", "fecct/zap@0.5", "fecct:none", "fecct/sap@0.37/lora"])
def test_what_has_no_network_is_refused(spec: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    with pytest.raises(InputError):
        TracedNetwork.of(spec, CODE)


def test_a_head_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="has layers 0 to 5 and heads 0 to 7, not 6, 0"):
        TracedNetwork.of("fecct", CODE).attention(FRAME.received, 6, 0)
