from sapcore.codes import find
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_card
from sapcore.experiments import sap_plan
from sapcore.experiments.sap_recovery import ablations, recoveries
from sapcore.pruning.choices import CHOICES
from sapcore.pruning.masks import mask_source
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.variants import DecoderSpec, check_decodable

GROUPS = [group for group in sap_plan.groups() if group.part == "main"]


def test_the_codes_are_those_that_the_question_needs():
    codes = [find(name) for name in sap_plan.CODES]
    trained = backbone_card(DEFAULT_BACKBONE)["codes"]
    donors = {donor.code for donor in mask_source().library.donors}
    assert len(codes) >= 12
    assert len({code.family for code in codes}) >= 5
    assert sum(code.standard.name not in trained for code in codes) >= 2
    assert donors & {code.name for code in codes}
    assert {code.name for code in codes} - donors


def test_every_choice_is_measured_before_recovery_and_the_named_ones_after():
    for name in sap_plan.CODES:
        for ebn0 in (4.0, 5.0):
            here = [group.decoders for group in GROUPS if group.code == name and ebn0 in group.ebn0]
            specs = [DecoderSpec.parse(text) for decoders in here for text in decoders]
            specialised = DecoderSpec.parse(sap_plan.SPECIALISED)
            assert (specialised in specs) == (ebn0 == 5.0)
            specs = [spec for spec in specs if spec != specialised]
            assert len(specs) == len(set(specs)) == 1 + 3 * 6 + 6 + 2 * 3
            before = {(spec.how, spec.ratio) for spec in specs if spec.how and not spec.lora}
            after = {(spec.how, spec.ratio) for spec in specs if spec.lora}
            assert before == {(how, ratio) for how in CHOICES for ratio in sap_plan.RATIOS}
            assert after >= {(how, ratio) for how in ("sap", "dedicated", "average") for ratio in sap_plan.RATIOS}
            assert {how for how, ratio in after if ratio == 0.5} == set(CHOICES)


def test_what_the_findings_rest_on_is_measured_first():
    first = GROUPS[: len(sap_plan.CODES)]
    assert {group.code for group in first} == set(sap_plan.CODES)
    assert all(group.ebn0 == (5.0,) and group.decoders == sap_plan.AT_MIDDLE for group in first)


def test_passes_are_measured_beside_one_pass_at_the_same_point():
    once = {(group.code, spec) for group in GROUPS if 4.0 in group.ebn0 for spec in group.decoders}
    several = [group for group in sap_plan.groups() if group.part == "passes"]
    assert [group.code for group in several] == list(sap_plan.CODES)
    for group in several:
        assert group.ebn0 == (4.0,)
        for decoder, text in zip(sap_plan.REPEATED.values(), group.decoders, strict=True):
            check_decodable(text, find(group.code))
            assert DecoderSpec.parse(text).passes == 8 and (group.code, decoder) in once


def test_each_adapter_is_trained_once_for_all_the_decoders_that_share_its_mask():
    group = next(group for group in GROUPS if group.code == "BCH(31,16)-r" and group.decoders == sap_plan.AT_MIDDLE)
    code, listed = find(group.code), recoveries(group)
    masks = {spec.mask(code).digest for spec in map(DecoderSpec.parse, group.decoders) if spec.lora}
    assert {one.mask().digest for one in listed} == masks
    assert len(listed) == len(masks) < len(CHOICES)  # a donor lends to itself
    assert not recoveries(sap_plan.Group("main", group.code, (sap_plan.DENSE, sap_plan.pruned("sap", 0.5)), (4.0,)))


def test_the_default_recipe_is_among_those_compared_once():
    recipes = sap_plan.recipes()
    assert recipes.count(RecoveryRecipe()) == 1
    assert len(ablations()) == len(recipes) * len(sap_plan.ABLATED)
