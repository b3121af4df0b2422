import json
import math
import warnings

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from scipy.stats import norm

from sapcore.channel import noise_sigma
from sapcore.codes import find
from sapcore.decoders.backbones import backbone_card
from sapcore.decoders.fecct import CodeView, FecctConfig
from sapcore.errors import InputError
from sapcore.training import checkpoint, train, train_together
from sapcore.training import trainer as trainer_module
from sapcore.training.data import Curriculum, draw_frames, open_frames
from sapcore.training.recipe import Recipe
from sapcore.training.trainer import Length, Settings, Trainer

SMALL = {"config": FecctConfig(1, 16, 2), "precision": "no", "threads": 1, "cpu": True, "quiet": True}
CODES = ["Hamming(7,4)", "BCH(15,7)"]
BRIEF = Recipe(tokens=256, warmup=3)


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    return tmp_path


def weights(data, name):
    return load_file(data / "backbones" / f"{name}.safetensors")


def test_frames_are_conditioned_on_a_nonzero_syndrome():
    code = find("BCH(15,7)")
    view = CodeView.of(code)
    frames = draw_frames(view, code.rate, (4.0, 4.0), 20000, torch.Generator().manual_seed(0))
    assert frames.syndromes.any(1).all()
    assert torch.equal(view.syndrome(frames.wrong), frames.syndromes)
    # no error: probability (1-p)^n; undetected errors are far rarer than the tolerance
    p = norm.sf(1 / noise_sigma(4.0, code.rate))
    clean = (1 - p) ** code.n
    assert frames.nonzero == pytest.approx(1 - clean, abs=0.01)
    assert frames.wrong.mean() == pytest.approx(p / (1 - clean), rel=0.03)


def test_emphasised_codes_come_so_many_times_as_often():
    codes = [find("Hamming(7,4)"), find("BCH(15,7)")]
    plain, weighted = (Curriculum(codes, Recipe(emphasis=given)) for given in ((), (("Hamming(7,4)", 3.0),)))
    assert plain.shares[0] / plain.shares[1] == pytest.approx(math.sqrt(7 * 3 / (15 * 8)))
    assert weighted.shares[0] / weighted.shares[1] == pytest.approx(3 * plain.shares[0] / plain.shares[1])
    rng = np.random.default_rng(0)
    drawn = [weighted.pick(rng)[0] for _ in range(2000)].count("Hamming(7,4)")
    assert drawn / 2000 == pytest.approx(weighted.shares[0], abs=0.04)
    with pytest.raises(InputError, match=r"^The recipe emphasises RM\(32,16\), which is not trained\.$"):
        Curriculum(codes, Recipe(emphasis=(("RM(32,16)", 2.0),)))


def test_open_frames_are_what_the_next_pass_of_decoding_receives():
    code = find("BCH(15,5)-r15")
    view = CodeView.of(code)
    frames = draw_frames(view, code.rate, (2.0, 2.0), 200, torch.Generator().manual_seed(0))
    logits = torch.randn(200, 15, generator=torch.Generator().manual_seed(1)) - 1
    found = open_frames(frames, logits, view)
    expected = []
    for magnitudes, wrong, belief in zip(frames.magnitudes, frames.wrong, logits, strict=True):
        sign = 1 - 2 * wrong.numpy()
        received, beliefs = sign * magnitudes.numpy(), -sign * belief.numpy()
        if code.syndrome((beliefs < 0).astype(np.uint8)).any():
            scale = np.median(np.abs(received)) / np.median(np.abs(beliefs))
            values = 0.5 * received + 0.5 * scale * beliefs
            if code.syndrome((values < 0).astype(np.uint8)).any():
                expected.append(values)
    assert 50 < len(expected) < 200
    values = found.magnitudes.numpy() * (1 - 2 * found.wrong.numpy())
    assert np.allclose(values, expected, atol=1e-5)
    assert torch.equal(found.syndromes, view.syndrome(found.wrong))
    right = torch.where(frames.wrong.bool(), 1.0, -1.0)
    assert open_frames(frames, right, view) is None  # every frame is decoded


def test_a_recipe_of_two_passes_trains_on_open_frames_too(data):
    losses = {}
    for passes in (1, 2):
        recipe = Recipe(tokens=256, warmup=3, passes=passes)
        size = FecctConfig(1, 16, 2)
        trainer = Trainer(Settings("new", ("BCH(15,7)",), precision="no", recipe=recipe, config=size), cpu=True)
        code = find("BCH(15,7)-r")
        view = CodeView.of(code)
        frames = draw_frames(view, code.rate, (3.0, 3.0), 64, torch.Generator().manual_seed(0))
        losses[passes] = trainer.loss(frames, view)
        logits = trainer.network(frames.magnitudes, frames.syndromes, view)
        both = [(logits, frames.wrong)]
        if passes == 2:
            after = open_frames(frames, logits.detach(), view)
            both.append((trainer.network(after.magnitudes, after.syndromes, view), after.wrong))
        logits, wrong = (torch.cat(part) for part in zip(*both, strict=True))
        expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, wrong)
        assert losses[passes].item() == pytest.approx(expected.item(), rel=1e-5)
    assert losses[1].item() != losses[2].item()


def test_ebn0_is_uniform_in_its_range_before_frames_of_zero_syndrome_are_left_out():
    code = find("BCH(15,7)")
    frames = draw_frames(CodeView.of(code), code.rate, (2.0, 2.0), 5000, torch.Generator().manual_seed(0))
    mixed = draw_frames(CodeView.of(code), code.rate, (2.0, 6.0), 5000, torch.Generator().manual_seed(0))
    assert mixed.nonzero < frames.nonzero
    grid = np.linspace(2, 6, 400)
    p = norm.sf(1 / np.array([noise_sigma(e, code.rate) for e in grid]))
    assert mixed.nonzero == pytest.approx(np.mean(1 - (1 - p) ** code.n), abs=0.015)


def test_a_resumed_run_gives_the_weights_of_an_unbroken_one(data):
    train("whole", CODES, steps=8, recipe=BRIEF, **SMALL)
    interrupted("parts", 4)  # it sees the schedule of the whole
    train("parts", CODES, steps=8, recipe=BRIEF, resume=True, **SMALL)
    assert all(torch.equal(weights(data, "whole")[key], value) for key, value in weights(data, "parts").items())


def interrupted(name, steps, cpu=True, threads=1):
    """A run of 8 steps, stopped after a few of them."""
    torch.set_num_threads(threads)
    trainer = Trainer(Settings(name, tuple(CODES), 0, "no", None, SMALL["config"], BRIEF), cpu)
    for _ in range(steps):
        trainer.step(Length(steps=8).share(trainer.progress))
    trainer.save(Length(steps=8))
    return trainer


def parameters(optimiser):
    return [parameter for group in optimiser.param_groups for parameter in group["params"]]


def test_a_run_goes_on_with_another_number_of_threads(data):
    before = torch.get_num_threads()
    try:
        train("whole", CODES, steps=8, recipe=BRIEF, **SMALL)
        interrupted("parts", 4, threads=2)
        card = train("parts", CODES, steps=8, recipe=BRIEF, resume=True, **SMALL | {"threads": 3})
    finally:
        torch.set_num_threads(before)
    assert (card["steps"], card["frames"], card["device"]) == (8, backbone_card("whole")["frames"], "cpu")
    for key, value in weights(data, "whole").items():
        assert torch.allclose(weights(data, "parts")[key], value, atol=1e-3)  # sums are rounded in another order


@pytest.mark.parametrize("first", ["no", "bf16"])
def test_a_run_goes_on_in_the_precision_of_another_machine(data, monkeypatch, first):
    """One processor multiplies bfloat16 and the other does not: the checkpoint goes from each to the other."""
    settings = SMALL | {"precision": None, "recipe": BRIEF}
    monkeypatch.setattr(trainer_module, "training_precision", lambda device: first)
    assert train("mine", CODES, steps=2, **settings)["precision"] == first
    monkeypatch.setattr(trainer_module, "training_precision", lambda device: "bf16" if first == "no" else "no")
    card = train("mine", CODES, steps=4, resume=True, **settings)
    assert (card["steps"], card["precision"] != first) == (4, True)


def test_a_checkpoint_says_nothing_of_the_machine(data):
    interrupted("mine", 1)
    with safe_open(data / "training" / "mine" / "checkpoint.safetensors", "pt") as file:
        settings = json.loads(file.metadata()["settings"])
        tensors = [file.get_tensor(key) for key in file.keys()]  # noqa: SIM118
    assert set(settings) == {"backbone", "codes", "seed", "start", "config", "recipe"}
    assert all(one.device.type == "cpu" and one.is_contiguous() for one in tensors)


def test_every_tensor_is_taken_to_the_cpu_before_it_is_saved(tmp_path, monkeypatch):
    saved, taken, cpu = {}, [], torch.Tensor.cpu
    monkeypatch.setattr(checkpoint, "save_file", lambda tensors, path, metadata: path.touch() or saved.update(tensors))
    monkeypatch.setattr(torch.Tensor, "cpu", lambda self: taken.append(cpu(self)) or taken[-1])
    network = torch.nn.Linear(3, 2)
    network.weight = torch.nn.Parameter(torch.rand(3, 2).T)
    optimiser = torch.optim.AdamW(network.parameters())
    optimiser.state[network.weight] = {"step": torch.tensor(1.0), "exp_avg": torch.rand(3, 2).T}
    checkpoint.save(tmp_path / "a", network, network, [optimiser], checkpoint.Progress(), {})
    assert not network.weight.is_contiguous()
    assert len(saved) == 6 and all(one.is_contiguous() for one in saved.values())
    assert {id(one) for one in saved.values()} == {id(one) for one in taken}


def test_a_checkpoint_is_loaded_to_where_the_parameters_are(monkeypatch):
    kept = interrupted("mine", 2)
    monkeypatch.setenv("ACCELERATE_TORCH_DEVICE", "meta")  # tensors without contents stand for those of a GPU
    trainer = Trainer(kept.settings, cpu=True)
    assert trainer.device.type == "meta"  # though an earlier run of this process was on the CPU
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on copies to a tensor without contents
        trainer.resume()
    assert trainer.progress == kept.progress
    for optimiser, before in zip(trainer.optimisers, kept.optimisers, strict=True):
        assert len(optimiser.state) == len(before.state) > 0
        for state in optimiser.state.values():
            assert {key: one.device.type for key, one in state.items()} == {
                key: "cpu" if key == "step" else "meta" for key in state
            }  # AdamW counts its steps on the CPU, whatever the parameters are on


@pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a GPU (CUDA): a checkpoint goes from it to a CPU and back"
)
@pytest.mark.parametrize("cpu_first", [True, False])
def test_a_run_goes_on_between_a_gpu_and_a_cpu(data, cpu_first):
    before = torch.get_num_threads()
    try:
        kept = interrupted("mine", 4, cpu=cpu_first)
    finally:
        torch.set_num_threads(before)
    assert kept.device.type == ("cpu" if cpu_first else "cuda")
    trainer = Trainer(kept.settings, not cpu_first)
    assert trainer.device.type == ("cuda" if cpu_first else "cpu")
    trainer.resume()
    for ours, theirs in ((trainer.network, kept.network), (trainer.average, kept.average)):
        for key, value in theirs.state_dict().items():
            assert torch.equal(ours.state_dict()[key].cpu(), value.cpu())
    for optimiser, other in zip(trainer.optimisers, kept.optimisers, strict=True):
        assert len(optimiser.state) == len(other.state)
        for parameter, theirs in zip(parameters(optimiser), parameters(other), strict=True):
            for key, value in optimiser.state[parameter].items():
                assert value.device.type == ("cpu" if key == "step" else trainer.device.type)
                assert torch.equal(value.cpu(), other.state[theirs][key].cpu())
    card = train("mine", CODES, steps=8, recipe=BRIEF, resume=True, **SMALL | {"cpu": not cpu_first})
    assert card["steps"] == 8 and card["device"] == ("cpu, cuda" if cpu_first else "cuda, cpu")
    assert all(torch.isfinite(value).all() for value in weights(data, "mine").values())


def test_training_lowers_the_loss(data):
    train("learns", ["Hamming(7,4)"], steps=150, recipe=Recipe(tokens=1024, warmup=10), **SMALL)
    lines = [json.loads(line) for line in (data / "training" / "learns" / "log.jsonl").read_text().splitlines()]
    losses = [line["loss"]["Hamming(7,4)"] for line in lines if "loss" in line]
    assert len(losses) == 3 and losses[-1] < 0.8 * losses[0]
    card = json.loads((data / "backbones" / "learns.json").read_text())
    assert card["steps"] == 150 and card["codes"] == ["Hamming(7,4)"] and card["frames"] == lines[-1]["frames"]


def test_start_begins_from_the_weights_of_a_backbone(data):
    train("first", CODES, steps=2, recipe=Recipe(tokens=256), **SMALL)
    still = Recipe(tokens=256, muon_lr=0.0, adamw_lr=0.0, psi_lr=0.0)
    train("second", CODES, steps=1, recipe=still, start="first", **SMALL)
    first, second = weights(data, "first"), weights(data, "second")
    assert all(torch.allclose(first[key], second[key]) for key in first)


def test_a_checkpoint_of_other_settings_is_refused():
    train("a", CODES, steps=1, recipe=Recipe(tokens=256), **SMALL)
    with pytest.raises(InputError, match="other settings: seed"):
        train("a", CODES, steps=2, recipe=Recipe(tokens=256), seed=5, resume=True, **SMALL)


def test_a_damaged_checkpoint_is_refused(data):
    train("a", CODES, steps=1, recipe=Recipe(tokens=256), **SMALL)
    (data / "training" / "a" / "checkpoint.safetensors").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="damaged"):
        train("a", CODES, steps=2, recipe=Recipe(tokens=256), resume=True, **SMALL)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"codes": ["Nothing(1,1)"], "steps": 1}, "Nothing"),
        ({"codes": CODES, "steps": 0}, "above 0"),
        ({"codes": CODES}, "minutes or in steps"),
        ({"codes": CODES, "steps": 1, "minutes": 1}, "minutes or in steps"),
        ({"codes": [], "steps": 1}, "at least one code"),
        ({"codes": CODES, "steps": 1, "resume": True}, "no checkpoint"),
    ],
)
def test_bad_requests_are_one_sentence(arguments, message):
    with pytest.raises(InputError, match=message):
        train("a", **arguments, **SMALL)


def test_curriculum_draws_codes_in_proportion_and_every_form():
    codes = [find("Hamming(7,4)"), find("BCH(31,16)")]
    curriculum = Curriculum(codes, Recipe())
    picks = [curriculum.pick(np.random.default_rng([0, step])) for step in range(4000)]
    share = np.sqrt(31 * 15) / (np.sqrt(31 * 15) + np.sqrt(7 * 3))
    assert np.mean([name == "BCH(31,16)" for name, _ in picks]) == pytest.approx(share, abs=0.02)
    assert {form.rows for name, form in picks if name == "BCH(31,16)"} == {15, 31, 62, 93}
    assert all((form.standard or form).name == name for name, form in picks)


def test_schedule_warms_up_holds_and_decays():
    recipe = Recipe(warmup=10, decay=0.5, final=0.1)
    assert recipe.rate(0, 0.0) == pytest.approx(0.1)
    assert recipe.rate(9, 0.2) == recipe.rate(5000, 0.5) == 1
    assert recipe.rate(5000, 0.75) == pytest.approx(0.1 + 0.9 * 0.5)
    assert recipe.rate(5000, 1.0) == pytest.approx(0.1)
    assert math.isclose(Recipe(decay=0.0, warmup=1).rate(3, 1.0), 1.0)


def test_two_processes_on_a_cpu_train_one_backbone_together(data):
    one = {"config": FecctConfig(1, 16, 2), "recipe": Recipe(tokens=256), "precision": "no", "cpu": True, "quiet": True}
    alone = train("alone", ["BCH(15,7)"], steps=2, **one, threads=1)
    pair = train_together(2, "pair", ["BCH(15,7)"], steps=2, **one)
    assert pair["frames"] == 2 * alone["frames"] and pair["steps"] == 2
    assert weights(data, "pair").keys() == weights(data, "alone").keys()
    assert train("pair", ["BCH(15,7)"], steps=2, resume=True, **one, threads=1)["frames"] == 2 * alone["frames"]
    longer = train_together(1, "pair", ["BCH(15,7)"], steps=3, resume=True, **one)  # one goes on where two have stopped
    assert longer["steps"] == 3 and 2 * alone["frames"] < longer["frames"] < 3 * alone["frames"]


def test_processes_that_refuse_do_so_in_one_sentence(data):
    with pytest.raises(InputError, match=r"^There is no checkpoint .* to resume from; start without --resume\.$"):
        train_together(2, "pair", ["BCH(15,7)"], steps=2, resume=True)
    with pytest.raises(InputError, match=r"^Training takes 1 to 64 processes, not 0\.$"):
        train_together(0, "pair", ["BCH(15,7)"], steps=2)


def test_a_new_backbone_takes_no_others_place(data):
    train("mine", CODES, steps=1, recipe=Recipe(tokens=256), **SMALL)
    before = (data / "backbones" / "mine.safetensors").read_bytes()
    with pytest.raises(InputError, match="already; go on with it by --resume"):
        train("mine", CODES, steps=2, recipe=Recipe(tokens=256), **SMALL)
    with pytest.raises(InputError, match="ships with the product"):
        train("base", CODES, steps=2, recipe=Recipe(tokens=256), **SMALL)
    assert (data / "backbones" / "mine.safetensors").read_bytes() == before


def test_runs_of_one_process_have_precisions_and_threads_of_their_own():
    threads = torch.get_num_threads()
    for number, precision in enumerate(("no", "bf16", "no")):
        settings = SMALL | {"precision": precision, "threads": threads + 1}
        card = train(f"run{number}", CODES, steps=1, recipe=Recipe(tokens=256), **settings)
        assert card["precision"] == precision
        assert torch.get_num_threads() == threads
