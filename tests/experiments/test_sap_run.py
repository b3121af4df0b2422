"""The whole experiment on a toy plan, with the backbone and the masks that ship."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict

import pandas as pd
import pytest

from sapcore.codes import find
from sapcore.errors import InputError
from sapcore.experiments import sap_plan, sap_run
from sapcore.experiments.sap_plan import DENSE, Group, pruned
from sapcore.experiments.sap_recovery import Recovery
from sapcore.recovery import adapter
from sapcore.recovery.adapter import new_adapter_folder, shipped_adapter_folder
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.runs import drive
from sapcore.simulation import StoppingRule, Store

CODE = "Hamming(7,4)-r"
CODE_DIGEST = find(CODE).digest


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """A plan of a few points, written to a folder of its own."""
    after = Group("main", CODE, (pruned("sap", 0.5, lora=True),), (5.0,))
    group = Group("main", CODE, (DENSE, pruned("sap", 0.5)), (5.0,))
    monkeypatch.setenv("SAP_DATA", str(tmp_path / "data"))
    recipe = RecoveryRecipe(steps=3, tokens=200)
    monkeypatch.setattr(sap_plan, "RECIPE", recipe)
    monkeypatch.setattr(sap_plan, "groups", lambda: iter([group, after]))
    monkeypatch.setattr(sap_plan, "recipes", lambda: (recipe, RecoveryRecipe(steps=2, tokens=200)))
    monkeypatch.setattr(sap_plan, "ABLATED", (CODE,))
    monkeypatch.setattr(sap_plan, "CODES", (CODE, "BCH(15,7)-r"))
    monkeypatch.setattr(sap_plan, "RULE", StoppingRule(5, 1024))
    monkeypatch.setattr(sap_run, "FILE", tmp_path / "sap.csv")
    monkeypatch.setattr(sap_run, "catalogue", lambda: tuple(map(sap_run.find, ("BCH(15,7)", CODE, "Golay(24,12)-r"))))
    monkeypatch.setattr(sap_run, "worker_pool", ThreadPoolExecutor)
    monkeypatch.setattr(adapter, "ASSETS", tmp_path / "assets")
    return tmp_path / "sap.csv"


def test_it_stops_and_goes_on_and_writes_what_it_has(toy):
    with Store() as store, ThreadPoolExecutor(1) as executor:
        measured = []

        def measure(run, stop_after=99):
            measured.append(run.id)
            return len(measured) <= stop_after and drive(store, run.id, executor).state == "done"

        titles = []

        def finish(title, under_way):
            titles.append((title, len(under_way)))
            wait(under_way)

        one = Recovery(CODE, "sap", 0.5, sap_plan.RECIPE)
        place = "base", one.mask().digest, CODE_DIGEST
        for folder in (shipped_adapter_folder(*place), shipped_adapter_folder("base", "gone", CODE_DIGEST)):
            folder.mkdir(parents=True)  # both were made for weights that are no more, as they may be after a swap
            card = {"mask": "gone", "digest": "", "config_digest": "", "code_digest": CODE_DIGEST, "seed": 0}
            recipe = json.loads(json.dumps(asdict(sap_plan.RECIPE)))
            (folder / "sap.json").write_text(json.dumps(card | {"backbone": "other", "recipe": recipe}))
            (folder / "adapter_model.safetensors").touch()
        assert not one.is_ready()

        assert not sap_run.run_sap(store, lambda run: measure(run, 1), finish, 1)
        rows = pd.read_csv(toy)
        assert list(rows["decoder"]) == [DENSE, pruned("sap", 0.5)]
        assert titles[-1][1] == 1  # the adapter was trained, its decoder not yet measured
        (shipped,) = (card for card in adapter.adapter_cards("base") if card["mask"] != "gone")
        assert shipped["ships"] and shipped["code"] == CODE and shipped["how"] == "sap"

        assert sap_run.run_sap(store, measure, finish, 1)
        assert titles[-2][1] == 0  # the adapter was found again
        assert [card["digest"] for card in adapter.adapter_cards("base")] == [shipped["digest"]]  # no other is left
        rows = pd.read_csv(toy)
        assert list(rows["part"]) == ["main"] * 3 + ["ablation"] * 2
        assert rows["decoder_digest"].nunique() == 4  # the default recipe is the one of the third row
        assert set(rows["steps"].dropna()) == {3, 2}
        assert (rows["frames"] % 1024 == 0).all()
        assert (rows["donor"].dropna() == rows["donor"].iloc[1]).all()
        text = toy.with_suffix(".md").read_text()
        assert "Not measured yet" in text  # dedicated pruning is not in the toy plan
        assert f"| {CODE} |" in text

        shutil.copytree(one.folder(), made := new_adapter_folder("base", one.mask().digest, CODE_DIGEST))
        shutil.rmtree(tmp_shipped := shipped_adapter_folder("base", one.mask().digest, CODE_DIGEST))
        one.make()  # one that was made by this recipe ships
        assert (tmp_shipped / "sap.json").read_bytes() == (made / "sap.json").read_bytes()
        card = json.loads((made / "sap.json").read_text())
        (made / "sap.json").write_text(json.dumps(card | {"recipe": card["recipe"] | {"steps": 7}}))
        with pytest.raises(InputError, match="made by another recipe; move it away"):
            one.make()
        shutil.rmtree(made)

        before = store.read("SELECT count(*) FROM blocks")
        assert sap_run.run_sap(store, measure, finish, 1)
        assert store.read("SELECT count(*) FROM blocks") == before  # nothing is measured twice
        assert pd.read_csv(toy).equals(rows)
