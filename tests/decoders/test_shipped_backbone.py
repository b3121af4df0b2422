"""The backbone that ships is the one its card and the shipped results speak of, and it decodes as they say."""

import pandas as pd
import pytest
from scipy.stats import binomtest

from sapcore.channel import uncoded_bit_error_rate
from sapcore.codes import find
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_card, load_backbone
from sapcore.folders import ASSETS
from sapcore.simulation import ErrorCounts, simulate_block
from sapcore.variants import build_decoder, decoder_digest

RESULTS = pd.read_csv(ASSETS / "results" / "backbone.csv")
OURS = RESULTS[RESULTS.decoder.isin(["fecct", "fecct/bf16"])]
SEED = 20261122  # not that of the shipped results
BLOCKS = 3


@pytest.fixture(autouse=True)
def only_what_ships(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))


def test_card_names_what_was_trained():
    card = backbone_card(DEFAULT_BACKBONE)
    config = load_backbone(DEFAULT_BACKBONE).config
    assert config.layers * config.heads >= 32
    codes = [find(name) for name in card["codes"]]
    assert len(codes) >= 10 and len({code.family for code in codes}) >= 4
    assert "BCH(63,45)" in card["codes"] and max(code.n for code in codes) <= 64
    assert card["frames"] > 0 and card["command"].startswith("python -m sapcore train")


def test_results_belong_to_the_shipped_files():
    for row in RESULTS.itertuples():
        assert find(row.code).digest == row.code_digest
        assert decoder_digest(row.decoder, find(row.code)) == row.decoder_digest


@pytest.mark.parametrize("code", ["BCH(31,16)-r", "RM(16,11)-r"])
def test_error_rate_is_the_shipped_one(code):
    """Fresh frames agree with the shipped count, two-sided at 1e-4 (binomial, both counts taken into account)."""
    shipped = OURS[(OURS.code == code) & (OURS.ebn0 == 4.0)].iloc[0]
    matrix = find(code)
    decoder = build_decoder(shipped.decoder, matrix)
    counts = sum((simulate_block(matrix, decoder, 4.0, SEED, index) for index in range(BLOCKS)), ErrorCounts())
    both = int(shipped.frame_errors) + counts.frame_errors
    share = counts.frames / (counts.frames + shipped.frames)
    assert binomtest(counts.frame_errors, both, share).pvalue > 1e-4


def test_unseen_codes_beat_uncoded_transmission():
    trained = set(backbone_card(DEFAULT_BACKBONE)["codes"])
    rows = OURS[(OURS.ebn0 == 5.0) & OURS.code.str.endswith("-r")]
    unseen = [
        row for row in rows.itertuples() if find(row.code).standard.name not in trained and find(row.code).n <= 32
    ]
    assert len({row.code for row in unseen}) >= 2
    for row in unseen:
        assert row.ber_high < uncoded_bit_error_rate(5.0), row.code


def test_trained_codes_beat_belief_propagation_on_their_standard_matrix():
    peers = RESULTS[(RESULTS.ebn0 == 5.0) & (RESULTS.decoder == "bp:50")].set_index("code")
    for name in backbone_card(DEFAULT_BACKBONE)["codes"]:
        ours = OURS[(OURS.ebn0 == 5.0) & (OURS.code == f"{name}-r")]
        assert len(ours) and (ours.ber_high < peers.ber_low[name]).all(), name
        assert f"{name}-r" in peers.index
