from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch.nn import functional

from sapcore.codes import LinearCode, find
from sapcore.decoders.fecct import CodeView, Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.pruning.compaction import gated
from sapcore.pruning.importance import SCORES, Importance, load_importances, save_importances
from sapcore.pruning.scores import CALIBRATION_EBN0, score_code
from sapcore.training.data import draw_frames

CODE = find("BCH(15,7)")


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Fecct(FecctConfig(layers=2, width=16, heads=4)).eval().requires_grad_(False)


def calibration(frames):
    return draw_frames(CodeView.of(CODE), CODE.rate, CALIBRATION_EBN0, frames, torch.Generator().manual_seed(0))


def test_taylor_is_the_slope_of_the_loss_as_a_gate_closes(network):
    """Against finite differences in float64, gate by gate and frame by frame."""
    network, view, frames = network.double(), CodeView.of(CODE), calibration(3)
    view = CodeView(view.parity_check, view.distances, view.fold.double())

    def losses(layer, head, channel, value):
        heads = [torch.ones(4, dtype=torch.double) for _ in range(2)]
        channels = [torch.ones(64, dtype=torch.double) for _ in range(2)]
        if head is not None:
            heads[layer][head] = value
        if channel is not None:
            channels[layer][channel] = value
        with gated(network, heads, channels), torch.inference_mode():
            logits = network(frames.magnitudes.double(), frames.syndromes, view)
        return functional.binary_cross_entropy_with_logits(logits, frames.wrong.double(), reduction="none").mean(1)

    def slope(*gate):
        return float(((losses(*gate, 1 + 1e-5) - losses(*gate, 1 - 1e-5)) / 2e-5).abs().mean())

    got = score_code(network.float(), "b", CODE, frames=3)
    network.double()
    for layer in range(2):
        assert got.heads[layer] == pytest.approx([slope(layer, head, None) for head in range(4)], rel=1e-3, abs=1e-7)
        want = [slope(layer, None, channel) for channel in (0, 7, 63)]
        assert got.channels[layer, [0, 7, 63]] == pytest.approx(want, rel=1e-3, abs=1e-7)


def test_activation_is_what_is_added_to_the_residual_stream(network):
    """Closing a gate changes the output of its layer by the root mean square that the score states."""
    frames, view = calibration(5), CodeView.of(CODE)
    added = []
    for gate in (1.0, 0.0):
        seen = []
        hooks = [layer.register_forward_hook(lambda _m, _x, y, s=seen: s.append(y)) for layer in
                 (network.blocks[0].attention.o, network.blocks[0].down)]  # fmt: skip
        heads, channels = [torch.ones(4) for _ in range(2)], [torch.ones(64) for _ in range(2)]
        heads[0][2] = gate
        with gated(network, heads, channels), torch.inference_mode():
            network(frames.magnitudes, frames.syndromes, view)
        for hook in hooks:
            hook.remove()
        added.append(seen)
    change = (added[0][0] - added[1][0]).square().sum(-1).mean(1).sqrt().mean()
    assert score_code(network, "b", CODE, "activation", frames=5).heads[0, 2] == pytest.approx(float(change), rel=1e-4)


def test_magnitude_is_the_norm_of_the_weights_and_needs_no_code(network):
    one, other = (score_code(network, "b", find(name), "magnitude") for name in ("BCH(15,7)", "Hamming(7,4)"))
    assert np.array_equal(one.heads, other.heads) and np.array_equal(one.channels, other.channels)
    block = network.blocks[1]
    rows = slice(4, 8)
    attention = block.attention
    want = [attention.q.weight[rows], attention.k.weight[rows], attention.v.weight[rows], attention.o.weight[:, rows]]
    assert one.heads[1, 1] == pytest.approx(float(torch.cat([part.ravel() for part in want]).norm()), rel=1e-5)
    want = torch.cat([block.up.weight[9], block.down.weight[:, 9]]).norm()
    assert one.channels[1, 9] == pytest.approx(float(want), rel=1e-5)


@pytest.mark.parametrize("score", SCORES)
def test_scores_are_deterministic_and_independent_of_the_groups(network, score, monkeypatch):
    first, again = (score_code(network, "b", CODE, score, frames=20) for _ in range(2))
    assert np.array_equal(first.heads, again.heads) and np.array_equal(first.channels, again.channels)
    monkeypatch.setattr("sapcore.pruning.scores.NODES_AT_ONCE", 50)
    small = score_code(network, "b", CODE, score, frames=20)
    assert np.allclose(first.heads, small.heads, rtol=1e-4) and np.allclose(first.channels, small.channels, rtol=1e-4)


def test_an_unknown_score_is_refused(network):
    with pytest.raises(InputError, match="taylor, activation, magnitude"):
        score_code(network, "b", CODE, "fisher")


def test_importances_come_back_from_their_file(network, tmp_path):
    stored = [score_code(network, "b", find(name), frames=4) for name in ("BCH(15,7)", "Hamming(7,4)-r")]
    save_importances(tmp_path / "x.safetensors", stored, "command")
    loaded = load_importances(tmp_path / "x.safetensors")
    assert set(loaded) == {"BCH(15,7)", "Hamming(7,4)-r"}
    for one in stored:
        other = loaded[one.code]
        assert (one.backbone, one.code_digest, one.score) == (other.backbone, other.code_digest, other.score)
        assert np.array_equal(one.heads, other.heads) and np.array_equal(one.channels, other.channels)


def test_files_and_scores_that_cannot_be_used_are_refused(network, tmp_path):
    with pytest.raises(InputError, match=r"x\.safetensors are missing or damaged"):
        load_importances(tmp_path / "x.safetensors")
    (tmp_path / "x.safetensors").write_bytes(b"not that")
    with pytest.raises(InputError, match=r"x\.safetensors are missing or damaged"):
        load_importances(tmp_path / "x.safetensors")
    for heads in (np.array([[-1.0]]), np.array([[np.nan]]), np.ones(3), np.ones((2, 2))):
        with pytest.raises(InputError, match="finite scores from 0 on"):
            Importance("b", "c", "d", "taylor", heads, np.ones((1, 4)))
    one = score_code(network, "b", CODE, frames=2)
    other = score_code(network, "b", CODE, "magnitude")
    with pytest.raises(InputError, match="one backbone and one score"):
        save_importances(tmp_path / "y.safetensors", [one, other], "command")


def test_two_codes_can_be_scored_at_once_on_one_network(network):
    """As two sessions of a server do: each has hooks of its own."""
    codes = [CODE, find("Golay(24,12)"), find("BCH(31,16)-r")] * 2
    want = [score_code(network, "b", code, frames=64) for code in codes]
    with ThreadPoolExecutor(len(codes)) as executor:
        got = list(executor.map(lambda code: score_code(network, "b", code, frames=64), codes))
    for one, other in zip(got, want, strict=True):
        assert np.array_equal(one.heads, other.heads) and np.array_equal(one.channels, other.channels)


@pytest.mark.parametrize("score", ["taylor", "activation"])
def test_a_graph_too_large_for_the_network_is_refused_before_anything_is_drawn(network, score):
    code = LinearCode("long", "matrix file", np.ones((1, 2101), dtype=np.uint8))
    with pytest.raises(InputError, match="long has 2102 bits and checks together; fecct decodes up to 2048"):
        score_code(network, "b", code, score)
