import numpy as np
import pytest
import torch

from sapcore.codes import find
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.pruning.measured_scores import measure_scores
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.n_to_m_plan import NToMPlan
from sapcore.pruning.n_to_m_pruning import prune_n_to_m
from sapcore.pruning.order_comparison import compare_orders
from sapcore.pruning.permutation_search import SEARCHES

CODE = find("Hamming(7,4)")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return Fecct(FecctConfig(2, 16, 2, kept_heads=(2, 1), kept_channels=(64, 40))).eval()


@pytest.mark.parametrize(("sparsity", "score"), [("2:4", "wanda"), ("1:8", "ria"), ("2:4", "magnitude")])
def test_it_says_what_pruning_does(network, sparsity, score):
    n_to_m = NToM.parse(sparsity)
    compared = compare_orders(measure_scores(network, CODE, score, frames=32), n_to_m)
    assert list(compared.kept) == list(SEARCHES)
    for way in SEARCHES:
        pruned = prune_n_to_m(network, CODE, NToMPlan(n_to_m, score, way), frames=32)
        assert compared.kept[way] == pytest.approx(dict(pruned.kept_scores), rel=1e-12)
        for one, other in zip(compared.permutations[way], pruned.permutations, strict=True):
            assert np.array_equal(one.order, other.order)
        outputs = {("v", 0): "o", ("up", 0): "down"}  # whose order the rows of a matrix follow
        for block in range(2):
            for part in ("q", "v", "up", "down"):
                name = f"blocks.{block}.{'' if part in ('up', 'down') else 'attention.'}{part}"
                mask, reader = compared.mask(way, name), outputs.get((part, 0))
                if reader:
                    place = f"blocks.{block}.{'attention.o' if reader == 'o' else 'down'}"
                    mask = mask[compared.order(way, place)]
                if part == "down":
                    mask = mask[compared.order(way, "blocks.0.attention.q")]
                assert np.array_equal(mask, pruned.masks[name])
                assert n_to_m.holds(mask)


def test_a_search_never_keeps_less_and_a_layer_alone_may(network):
    compared = compare_orders(measure_scores(network, CODE, "wanda", frames=32), NToM(2, 4))
    for way in ("greedy", "lsa"):
        assert all(compared.kept[way][name] >= share for name, share in compared.kept["none"].items())
    layer = "blocks.1.down"
    scores = compared.measured.scores[layer]
    kept = np.where(compared.mask("lsa", layer), compared.scores("lsa", layer), 0).sum() / scores.sum()
    assert compared.layer_kept("lsa", layer) == pytest.approx(kept)
    assert compared.layer_kept("lsa", layer) == pytest.approx(compared.kept["lsa"]["blocks.1.hidden"])
    assert np.array_equal(compared.order("none", layer), np.arange(40))


def test_known_orders_stand_beside_those_found(network):
    compared = compare_orders(measure_scores(network, CODE, "wanda", frames=32), NToM(2, 4))
    orders = {one.coupling.name: one.order for one in compared.permutations["greedy"]}
    more = compared.with_orders("learnable", orders)
    assert more.kept["learnable"] == more.kept["greedy"]
    assert "learnable" not in compared.kept
    with pytest.raises(InputError, match=r"^These orders of channels are for another network\.$"):
        compared.with_orders("learnable", {"residual": np.arange(16)})


@pytest.mark.parametrize(
    ("score", "sparsity", "sentence"),
    [
        ("best", "2:4", "There is no weight score 'best'; there are magnitude, wanda, ria."),
        ("wanda", "2:3", "2:3 does not fit the matrix to reorder: 3 does not divide its 16 inputs."),
    ],
)
def test_what_cannot_be_is_one_sentence(network, score, sparsity, sentence):
    with pytest.raises(InputError) as error:
        compare_orders(measure_scores(network, CODE, score, frames=8), NToM.parse(sparsity))
    assert str(error.value) == sentence
