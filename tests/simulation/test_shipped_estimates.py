"""The radial estimates that ship belong to the decoders as they are, and go on where the counts end."""

import math

import pandas as pd

from sapcore.codes import find
from sapcore.folders import ASSETS
from sapcore.variants import decoder_digest

ESTIMATES = pd.read_csv(ASSETS / "results" / "radial.csv")
COUNTED = pd.read_csv(ASSETS / "results" / "backbone.csv")


def test_every_row_is_of_a_decoder_as_it_is_now():
    for row in ESTIMATES.itertuples():
        code = find(row.code)
        assert (code.digest, decoder_digest(row.decoder, code)) == (row.code_digest, row.decoder_digest)
        assert row.ber_low < row.ber < row.ber_high or row.ber_low == row.ber == row.effective_errors == 0
        assert row.command.startswith(("python -m sapcore estimate ", "python -m sapcore reproduce backbone"))


def test_the_estimates_lie_on_the_curves_that_were_counted():
    """-ln(BER) grows faster than in the step before, and by less than the union bound of d_min lets it."""
    checked = 0
    for row in ESTIMATES[(ESTIMATES.ebn0 == 6) & (ESTIMATES.ber > 0)].itertuples():
        ours = COUNTED[(COUNTED.code == row.code) & COUNTED.decoder.isin([row.decoder, row.decoder.split("/bf16")[0]])]
        counted = ours.drop_duplicates("ebn0").set_index("ebn0").ber
        if not {4.0, 5.0} <= set(counted.index):
            continue
        checked += 1
        last, before = -math.log(counted[5.0]), -math.log(counted[4.0])
        code = find(row.code)
        at_most = code.minimum_distance * code.rate * (10**0.6 - 10**0.5)  # slope of Q(sqrt(2 d R Eb/N0)), twice over
        assert last + (last - before) < -math.log(row.ber_low)
        assert -math.log(row.ber_high) < last + 2 * at_most
    assert checked


def test_an_estimate_agrees_with_the_count_at_the_same_point():
    points = ["code_digest", "decoder_digest", "ebn0"]
    both = ESTIMATES.merge(COUNTED, on=points, suffixes=("", "_counted"))
    assert len(both)
    apart = (both["ber_low"] > both["ber_high_counted"]) | (both["ber_low_counted"] > both["ber_high"])
    assert apart.mean() <= 0.05  # two 95 % intervals lie apart more rarely than one misses
