import copy
import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from sapcore.codes import find
from sapcore.complexity import adapter_parameters
from sapcore.decoders.fecct import CodeView, Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.pruning.compaction import compact
from sapcore.pruning.scores import score_code
from sapcore.pruning.structured_mask import StructuredMask
from sapcore.recovery.adapter import (
    adapter_card,
    add_adapter,
    find_adapter,
    load_adapter,
    merged,
    new_adapter_folder,
    remove_adapter,
    save_adapter,
    shipped_adapter_folder,
    with_adapter,
)
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.recovery.recover import recover
from sapcore.training.data import draw_frames

CODE = find("Hamming(7,4)")
VIEW = CodeView.of(CODE)
SHORT = RecoveryRecipe(rank=2, steps=30, tokens=200, warmup=3)


@pytest.fixture(scope="module")
def pruned():
    torch.manual_seed(0)
    network = Fecct(FecctConfig(2, 16, 4)).eval().requires_grad_(False)
    mask = StructuredMask.from_importance(score_code(network, "b", CODE, frames=20), 0.5)
    return compact(network, mask), mask


@pytest.fixture(scope="module")
def adapted(pruned, tmp_path_factory):
    """Two adapters of one mask, trained with different seeds, and their folders."""
    network, mask = pruned
    folder = tmp_path_factory.mktemp("adapters")
    models = []
    for seed in range(2):
        model, _ = recover(network, CODE, SHORT, seed, precision="no")
        save_adapter(folder / f"a{seed}", model, {"mask": mask.digest, "code_digest": CODE.digest})
        models.append(model)
    return models, folder


def frames(count=20):
    drawn = draw_frames(VIEW, CODE.rate, (3.0, 3.0), count, torch.Generator().manual_seed(9))
    return drawn.magnitudes, drawn.syndromes


def test_a_new_adapter_changes_nothing_and_reaches_every_matrix_of_the_blocks(pruned):
    network, _ = pruned
    model = with_adapter(copy.deepcopy(network), SHORT)
    with torch.inference_mode():
        assert torch.equal(model(*frames(), VIEW), network(*frames(), VIEW))
    trainable = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert len(trainable) == 2 * 6 * 2  # A and B of q, k, v, o, up and down in two blocks
    assert all("lora_" in name for name in trainable)


def test_recovery_lowers_the_loss_leaves_the_network_alone_and_repeats(pruned):
    network, _ = pruned
    before = copy.deepcopy(network.state_dict())
    steps = []
    _, losses = recover(network, CODE, SHORT, 0, "no", lambda step, loss: steps.append((step, loss)))
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:5])
    assert steps == list(enumerate(losses))
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert recover(network, CODE, SHORT, 0, "no")[1] == losses


def test_an_adapter_comes_back_from_its_folder_and_merges(pruned, adapted):
    network, mask = pruned
    models, folder = adapted
    loaded = load_adapter(copy.deepcopy(network), folder / "a0", mask.digest)
    plain = merged(loaded)
    assert type(plain) is Fecct
    with torch.inference_mode():
        want = models[0](*frames(), VIEW)
        assert torch.equal(loaded(*frames(), VIEW), want)
        assert (plain(*frames(), VIEW) - want).abs().max() < 1e-5
        assert (network(*frames(), VIEW) - want).abs().max() > 1e-3


def test_adapters_swap_and_mix_in_one_batch(pruned, adapted):
    network, mask = pruned
    models, folder = adapted
    both = load_adapter(copy.deepcopy(network), folder / "a0", mask.digest, "a0")
    add_adapter(both, folder / "a1", mask.digest, "a1")
    with torch.inference_mode():
        want = [model(*frames(), VIEW) for model in models]
        for name, logits in (("a1", want[1]), ("a0", want[0])):
            both.set_adapter(name)
            assert torch.equal(both(*frames(), VIEW), logits)
        both.eval()
        mixed = both(*frames(), VIEW, adapter_names=["a0", "a1"] * 10)
        assert (mixed[::2] - want[0][::2]).abs().max() < 1e-5
        assert (mixed[1::2] - want[1][1::2]).abs().max() < 1e-5


def test_adapters_that_cannot_be_used_are_refused(pruned, adapted, tmp_path):
    network, _ = pruned
    _, folder = adapted
    with pytest.raises(InputError, match="'a0' is for another mask"):
        load_adapter(copy.deepcopy(network), folder / "a0", "0" * 16)
    with pytest.raises(InputError, match="'none' is missing"):
        adapter_card(tmp_path / "none")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sap.json").write_text("{")
    with pytest.raises(InputError, match="its card is damaged"):
        adapter_card(broken)


def _another_weight(folder):
    path = folder / "adapter_model.safetensors"
    weights = load_file(path)
    next(iter(weights.values()))[0, 0] += 1
    save_file(weights, path)


def _half_of_the_weights(folder):
    path = folder / "adapter_model.safetensors"
    weights = load_file(path)
    save_file(dict(list(weights.items())[::2]), path)


def _another_scale(folder):
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"lora_alpha": 99}))


@pytest.mark.parametrize(
    "damage",
    [
        _another_weight,
        _half_of_the_weights,
        _another_scale,
        lambda folder: (folder / "adapter_config.json").write_text("[]"),
        lambda folder: (folder / "adapter_config.json").unlink(),
        lambda folder: (folder / "adapter_model.safetensors").unlink(),
        lambda folder: (folder / "adapter_model.safetensors").write_bytes(b"not safetensors"),
    ],
)
def test_a_damaged_adapter_is_one_sentence(pruned, adapted, tmp_path, damage):
    network, mask = pruned
    broken = shutil.copytree(adapted[1] / "a0", tmp_path / "broken")
    both = load_adapter(copy.deepcopy(network), broken, mask.digest)
    damage(broken)
    with pytest.raises(InputError, match=r"^The adapter 'broken' is damaged"):
        load_adapter(copy.deepcopy(network), broken, mask.digest)
    with pytest.raises(InputError, match=r"^The adapter 'broken' is damaged"):
        add_adapter(both, broken, mask.digest, "other")


def test_an_adapter_takes_the_place_of_another_as_a_whole(pruned, adapted, tmp_path):
    (one, other), _ = adapted
    card = {"mask": pruned[1].digest, "code_digest": CODE.digest}
    save_adapter(tmp_path / "a", one, card)
    (tmp_path / "a" / "left over").touch()
    first = adapter_card(tmp_path / "a")["digest"]
    save_adapter(tmp_path / "a", other, card)
    assert adapter_card(tmp_path / "a")["digest"] != first
    assert {path.name for path in tmp_path.iterdir()} == {"a"}
    assert {path.name for path in (tmp_path / "a").iterdir()} == {
        "adapter_config.json", "adapter_model.safetensors", "sap.json",
    }  # fmt: skip


def test_the_rate_warms_up_and_falls_to_nothing():
    recipe = RecoveryRecipe(steps=100, warmup=10)
    rates = [recipe.rate(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and max(rates) == 1 and rates.index(1) == 9
    assert rates[10:] == sorted(rates[10:], reverse=True) and 0 < rates[-1] < 0.02


@pytest.mark.parametrize("rank", [1, 4])
def test_the_parameters_of_an_adapter_are_counted(pruned, rank):
    network, _ = pruned
    model = with_adapter(copy.deepcopy(network), RecoveryRecipe.of(rank=rank))
    trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    assert adapter_parameters(network.config, rank) == trainable


def test_an_adapter_made_here_gives_way_when_it_is_removed(pruned, adapted, tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("sapcore.recovery.adapter.ASSETS", tmp_path / "assets")
    place = "base", pruned[1].digest, CODE.digest
    for folder, model in zip((shipped_adapter_folder(*place), new_adapter_folder(*place)), adapted[0], strict=True):
        save_adapter(folder, model, {"mask": pruned[1].digest, "code_digest": CODE.digest})
    assert find_adapter(*place) == new_adapter_folder(*place)
    remove_adapter(new_adapter_folder(*place))
    assert find_adapter(*place) == shipped_adapter_folder(*place)
