"""`reproduce all`: whatever depends on the backbone, step by step."""

from functools import partial
from types import SimpleNamespace

import pytest
import torch

from sapcore.cli import main, reproduce
from sapcore.cli.exit_codes import EXIT_INTERRUPTED
from sapcore.decoders.backbones import backbone_digest, save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def steps(monkeypatch):
    """Steps that only note that they were made; `codes` are their exit codes, `done` those there already."""
    noted = SimpleNamespace(codes={}, done=set(), made=[])

    def make(name):
        noted.made.append(name)
        return noted.codes.get(name, 0)

    table = {
        name: reproduce.Step(
            f"about {name}", partial(make, name), step.of_backbone, partial(lambda n: n in noted.done, name)
        )
        for name, step in reproduce.STEPS.items()
    }
    monkeypatch.setattr(reproduce, "STEPS", table)
    return noted


def run(*arguments):
    return main(["reproduce", *arguments])


def test_steps_are_made_in_the_order_in_which_they_build_on_each_other(steps, capsys):
    steps.done.add("masks")
    assert run("all") == 0
    dependent = [name for name, step in reproduce.STEPS.items() if step.of_backbone]
    assert dependent == ["masks", "backbone", "sap", "sparsity", "checks"]
    assert steps.made == dependent[1:]
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [f"For the weights {backbone_digest('base')} of backbone 'base':", "masks: there already"]


def test_an_interruption_ends_it_and_it_goes_on(steps):
    steps.codes["sap"] = EXIT_INTERRUPTED
    assert run("all") == EXIT_INTERRUPTED
    assert "sparsity" not in steps.made and steps.made[-1] == "sap"
    steps.done.update(steps.made)
    assert run("all") == 0
    assert steps.made[-2:] == ["sparsity", "checks"] and steps.made.count("masks") == 1


def test_the_masks_that_ship_are_not_made_again():
    assert reproduce.STEPS["masks"].is_done()


def test_speed_is_measured_of_the_decoders_that_ship(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr("sapcore.experiments.speed_report.make", lambda bench, advance: asked.append(bench))
    assert run("speed") == 0
    (bench,) = asked
    assert [code.name for code in bench.codes] == ["BCH(31,16)-r", "BCH(63,45)-r"]
    assert bench.contestants == ("plain", "fecct", "fecct/bf16", "fecct/sap@0.5", "fecct/sap@0.5/bf16")
    assert capsys.readouterr().out.endswith("speed.csv and speed.md hold the speeds of this machine.\n")


@pytest.mark.parametrize("what", ["all", "backbone", "sap", "sparsity", "checks", "speed"])
def test_results_that_ship_are_not_made_for_an_own_backbone(data, capsys, what):
    torch.manual_seed(0)
    save_backbone(data / "backbones", "base", Fecct(FecctConfig(1, 8, 2)), {"codes": []})
    assert run(what) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith(f"The backbone 'base' in {data / 'backbones'} hides the one that ships; move it away")


def test_a_backbone_is_chosen_for_masks_alone(capsys):
    assert run("all", "--backbone", "base") == 2
    assert capsys.readouterr().err == "--backbone goes with masks, not with all.\n"
