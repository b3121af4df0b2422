import numpy as np
import pytest
import torch
from torch import nn

from sapcore.codes import find
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.pruning.input_statistics import InputStatistics, calibration_batches, collect_inputs
from sapcore.pruning.weight_scores import weight_scores

WEIGHT = np.array([[1.0, -2, 0, 4], [3, 0, 0, -1]])
STATISTICS = InputStatistics({"layer": np.diag([4.0, 1, 9, 0.25])})


def test_scores_against_their_formulas():
    assert weight_scores("magnitude", WEIGHT, "layer", STATISTICS).tolist() == [[1, 2, 0, 4], [3, 0, 0, 1]]
    assert weight_scores("wanda", WEIGHT, "layer", STATISTICS).tolist() == [[2, 2, 0, 2], [6, 0, 0, 0.5]]
    ria = weight_scores("ria", WEIGHT, "layer", STATISTICS)
    assert ria[0, 0] == pytest.approx((1 / 4 + 1 / 7) * 2**0.5)
    assert ria[1, 3] == pytest.approx((1 / 5 + 1 / 4) * 0.5**0.5)
    assert (ria[:, 2] == 0).all()  # a column of zeros has no share


def test_an_unknown_score_is_refused():
    with pytest.raises(InputError, match="no weight score 'x'; there are magnitude, wanda, ria"):
        weight_scores("x", WEIGHT, "layer", STATISTICS)


def test_moments_are_those_of_the_inputs():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    batches = [(torch.randn(5, 7, 3),), (torch.randn(2, 7, 3),)]
    statistics = collect_inputs(network, ["0", "2"], batches)
    x = torch.cat([batch.flatten(0, 1) for (batch,) in batches])
    seen = network[1](network[0](x)).detach().double()
    assert np.allclose(statistics.moments["2"], seen.T @ seen / len(seen), atol=1e-6)
    assert np.allclose(statistics.root_mean_square("0"), x.double().square().mean(0).sqrt(), atol=1e-6)
    assert not network[0]._forward_pre_hooks


def test_calibration_frames_belong_to_the_code_and_the_seed():
    torch.manual_seed(0)
    network, layers = Fecct(FecctConfig(1, 16, 2)).eval(), ["blocks.0.up", "blocks.0.down"]
    one, same, other_seed, other_code = (
        collect_inputs(network, layers, calibration_batches(find(name), 16, seed)).moments["blocks.0.down"]
        for name, seed in (("Hamming(7,4)", 0), ("Hamming(7,4)", 0), ("Hamming(7,4)", 1), ("Golay(24,12)", 0))
    )
    assert one.shape == (64, 64)
    assert np.array_equal(one, same)
    assert not np.allclose(one, other_seed)
    assert not np.allclose(one, other_code)
    batches = list(calibration_batches(find("Hamming(7,4)"), 16))
    assert all(syndromes.any(1).all() for _, syndromes, _ in batches)
    assert sum(len(magnitudes) for magnitudes, _, _ in batches) == 16
