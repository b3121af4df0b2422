"""What a donor is retrieved by, with the masks that ship."""

import numpy as np
import pytest

from sapcore.codes import find
from sapcore.experiments.mask_statistics import _by_form, _with_checks, retrieval
from sapcore.pruning.masks import mask_source
from sapcore.spectra import signature


def test_checks_a_bit_stand_beside_the_signature():
    code = find("BCH(31,16)-r")  # 62 rows on 31 bits
    assert _with_checks(code) == pytest.approx([*np.log(signature(code)), np.log(2)])


def test_forms_are_far_apart_and_otherwise_the_signature_counts():
    standard, redundant, other = map(find, ("BCH(31,16)", "BCH(31,16)-r", "BCH(63,45)-r"))
    assert np.linalg.norm(_by_form(standard) - _by_form(redundant)) > 1e5
    between = np.linalg.norm(np.subtract(signature(redundant), signature(other)))
    assert np.linalg.norm(_by_form(redundant) - _by_form(other)) == pytest.approx(between)


def test_every_way_to_retrieve_is_a_row_and_none_beats_the_best_donor():
    codes = [find(name) for name in ("BCH(15,7)-r", "RM(16,11)-r", "Polar(32,21)", "BCH(31,16)")]
    table = retrieval(codes, mask_source(), 0.5).set_index("choice")
    assert {"K = 1", "K = 2", "same form", "with checks a bit", "farthest donor", "best donor", "average mask"} <= {
        *table.index
    }
    both = table["heads"] + table["channels"]
    assert both.drop("average mask").max() == both["best donor"]
    assert table.loc["K = 2", "other_donor"] == 0
