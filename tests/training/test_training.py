import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from scipy.stats import norm

from sapcore.channel import noise_sigma
from sapcore.codes import find
from sapcore.decoders.backbones import backbone_card
from sapcore.decoders.fecct import CodeView, FecctConfig
from sapcore.errors import InputError
from sapcore.training import train
from sapcore.training.data import Curriculum, draw_frames
from sapcore.training.recipe import Recipe
from sapcore.training.trainer import Length, Settings, Trainer

SMALL = {"config": FecctConfig(1, 16, 2), "precision": "no", "threads": 1, "cpu": True, "quiet": True}
CODES = ["Hamming(7,4)", "BCH(15,7)"]


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


def test_ebn0_is_uniform_in_its_range_before_frames_of_zero_syndrome_are_left_out():
    code = find("BCH(15,7)")
    frames = draw_frames(CodeView.of(code), code.rate, (2.0, 2.0), 5000, torch.Generator().manual_seed(0))
    mixed = draw_frames(CodeView.of(code), code.rate, (2.0, 6.0), 5000, torch.Generator().manual_seed(0))
    assert mixed.nonzero < frames.nonzero
    grid = np.linspace(2, 6, 400)
    p = norm.sf(1 / np.array([noise_sigma(e, code.rate) for e in grid]))
    assert mixed.nonzero == pytest.approx(np.mean(1 - (1 - p) ** code.n), abs=0.015)


def test_a_resumed_run_gives_the_weights_of_an_unbroken_one(data):
    recipe = Recipe(tokens=256, warmup=3)
    train("whole", CODES, steps=8, recipe=recipe, **SMALL)
    length = Length(steps=8)  # the interrupted run sees the schedule of the whole
    parts = Trainer(Settings("parts", tuple(CODES), 0, "no", None, SMALL["config"], recipe), cpu=True)
    torch.set_num_threads(1)
    for _ in range(4):
        parts.step(length.share(parts.progress))
    parts.save(length)
    train("parts", CODES, steps=8, recipe=recipe, resume=True, **SMALL)
    assert all(torch.equal(weights(data, "whole")[key], value) for key, value in weights(data, "parts").items())


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
    assert {form.rows for name, form in picks if name == "BCH(31,16)"} == {15, 19, 31, 46}
    assert all((form.standard or form).name == name for name, form in picks)


def test_schedule_warms_up_holds_and_decays():
    recipe = Recipe(warmup=10, decay=0.5, final=0.1)
    assert recipe.rate(0, 0.0) == pytest.approx(0.1)
    assert recipe.rate(9, 0.2) == recipe.rate(5000, 0.5) == 1
    assert recipe.rate(5000, 0.75) == pytest.approx(0.1 + 0.9 * 0.5)
    assert recipe.rate(5000, 1.0) == pytest.approx(0.1)
    assert math.isclose(Recipe(decay=0.0, warmup=1).rate(3, 1.0), 1.0)


def test_two_processes_on_a_cpu_train_one_backbone_together(data):
    script = data / "script.py"
    script.write_text(
        "from sapcore.decoders.fecct import FecctConfig\n"
        "from sapcore.training import train\n"
        "from sapcore.training.recipe import Recipe\n"
        "if __name__ == '__main__':\n"
        "    train('pair', ['BCH(15,7)'], steps=2, config=FecctConfig(1, 16, 2), recipe=Recipe(tokens=256),\n"
        "          precision='no', threads=1, quiet=True)\n"
    )
    alone = train("alone", ["BCH(15,7)"], steps=2, recipe=Recipe(tokens=256), **SMALL)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", str(script)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, env=environment, capture_output=True, timeout=120)
    assert backbone_card("pair")["frames"] == 2 * alone["frames"]


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
