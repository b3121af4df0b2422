import numpy as np
import pytest

from sapcore.codes import find
from sapcore.codes.catalogue import names
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_card
from sapcore.decoders.passes import further_matrices
from sapcore.errors import InputError
from sapcore.experiments import backbone_plan
from sapcore.experiments.backbone_plan import (
    DECODER,
    HELD_OUT,
    LONGER,
    NOT_TRAINED,
    PEER,
    SAME,
    SEVERAL,
    TRAINED,
    WAYS,
    Group,
)
from sapcore.variants import DecoderSpec, check_decodable, ignores_noise_level

GROUPS = tuple(backbone_plan.groups())
ESTIMATES = backbone_plan.estimates()
TRAINED_CODES = backbone_card(DEFAULT_BACKBONE)["codes"]


def test_every_code_of_the_trained_lengths_is_measured_under_both_forms():
    longest = max(find(name).n for name in TRAINED_CODES)
    short = [name for name in names() if find(name).n <= longest or name in LONGER]
    wanted = [form for name in short for form in (name, f"{name}-r")]
    for form in wanted:
        assert (form, DECODER) in ESTIMATES
        assert [group.ebn0 for group in GROUPS if group.code == form and PEER in group.decoders] == [(4.0, 5.0, 6.0)]
    for points in (backbone_plan.points(), backbone_plan.estimates()):
        assert len(points) == len(set(points))


def test_what_is_estimated_uses_the_received_values_alone():
    assert all(ignores_noise_level(DecoderSpec.parse(decoder)) for _, decoder in ESTIMATES)
    assert not ignores_noise_level(DecoderSpec.parse(PEER))


def test_several_passes_are_measured_wherever_one_is_and_they_are_possible():
    measured = {decoder: {code for code, spec in ESTIMATES if spec == decoder} for decoder in WAYS}
    assert measured[SEVERAL] == {code for code in measured[DECODER] if find(code).standard}
    assert measured[SAME] == {f"{name}-r" for name in LONGER}
    for decoder in (SAME, SEVERAL):
        check_decodable(decoder, find("BCH(63,45)-r"))
    with pytest.raises(InputError):
        check_decodable(SEVERAL, find("BCH(63,45)"))


def test_bp_is_measured_on_all_checks_that_fresh_ones_are_taken_from():
    """On the longer codes, for then it sees no fewer checks than the network does."""
    for name in LONGER:
        form = backbone_plan.union(f"{name}-r")
        looked_at = np.concatenate([matrix.parity_check for matrix in further_matrices(find(f"{name}-r"))])
        assert {row.tobytes() for row in looked_at} <= {row.tobytes() for row in find(form).parity_check}
        assert find(form).rows == len(looked_at)
        assert [group for group in GROUPS if group.code == form] == [Group(form, (PEER,), (4.0, 5.0))]
    assert backbone_plan.union("BCH(63,45)-r") == "BCH(63,45)-r189"
    assert backbone_plan.union("BCH(63,45)-r126") is None  # a second set would be heavier


def test_every_code_has_what_stands_for_maximum_likelihood():
    for name in backbone_plan.codes():
        spec = backbone_plan.nearest(find(name))
        check_decodable(spec, find(name))
        assert (name, spec) in ESTIMATES
        assert spec == "ml" or find(name).n > backbone_plan.SHORT
    assert backbone_plan.nearest(find("BCH(63,45)")) == "osd:3"
    with pytest.raises(InputError):
        check_decodable("ml", find("BCH(63,45)"))


def test_what_the_findings_rest_on_is_measured_first():
    first = list(dict.fromkeys(find(group.code).standard or find(group.code) for group in GROUPS))
    kinds = [backbone_plan.training(code) if code.n <= 32 else "longer" for code in first]
    begins = kinds[: kinds.index(HELD_OUT)]
    assert begins == [TRAINED] * begins.count(TRAINED) + ["longer"] * len(LONGER)
    longer = next(group for group in GROUPS if group.code == "BCH(63,45)-r")
    assert longer.estimated == (
        *(("BCH(63,45)-r126", decoder) for decoder in (SEVERAL, DECODER)),
        *(("BCH(63,45)-r", decoder) for decoder in (SEVERAL, DECODER, SAME)),
        *(("BCH(63,45)", decoder) for decoder in ("osd:3", DECODER)),
    )


@pytest.mark.parametrize(
    ("name", "denser"),
    [("BCH(63,45)", "BCH(63,45)-r126"), ("Polar(64,32)", "Polar(64,32)-r128"), ("Hamming(15,11)", None)],
)
def test_more_checks_are_as_many_as_are_found(name, denser):
    assert backbone_plan.more_checks(name) == denser


def test_longer_codes_get_more_frames():
    assert backbone_plan.most_frames("BCH(63,45)-r126") == backbone_plan.most_frames("BCH(63,45)")
    assert backbone_plan.most_frames("BCH(63,45)") > backbone_plan.most_frames("BCH(31,16)-r")


def test_a_card_says_what_is_held_out(monkeypatch):
    card = {"codes": ["Hamming(15,11)", "RM(32,16)"]}
    monkeypatch.setattr(backbone_plan, "backbone_card", lambda name: card)
    codes = [find(name) for name in ("Hamming(15,11)", "BCH(15,11)", "BCH(15,7)")]
    assert [backbone_plan.training(code) for code in codes] == [TRAINED, HELD_OUT, HELD_OUT]
    card["held_out_codes"] = ["BCH(15,7)"]
    assert [backbone_plan.training(code) for code in codes] == [TRAINED, NOT_TRAINED, HELD_OUT]
    assert backbone_plan.training(find("BCH(15,7)-r60")) == HELD_OUT
    assert max(find(name).n for name in backbone_plan.codes() if name not in LONGER) == 32
    others = [group for group in backbone_plan.groups() if group.code == "BCH(15,11)-r"]
    assert others and list(backbone_plan.groups()).index(others[0]) > 0


def test_a_code_like_a_trained_one_is_named(monkeypatch):
    monkeypatch.setattr(backbone_plan, "backbone_card", lambda name: {"codes": ["Hamming(15,11)", "RM(32,16)"]})
    assert backbone_plan.like(find("BCH(15,11)-r")) == "Hamming(15,11)"
    assert backbone_plan.like(find("eBCH(32,16)")) == "RM(32,16)"
    assert backbone_plan.like(find("Hamming(15,11)-r")) is None
    assert backbone_plan.like(find("BCH(31,16)")) is None
