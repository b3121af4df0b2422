"""The whole experiment on a toy plan, with the backbone that ships."""

from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from sapcore.codes import find
from sapcore.experiments import backbone_plan, backbone_results, backbone_run, estimation
from sapcore.experiments.backbone_plan import DECODER, PEER, SEVERAL, WAYS, Group
from sapcore.experiments.backbone_results import COLUMNS, COMMAND, estimated_rows, estimations, rows
from sapcore.runs import drive
from sapcore.simulation import StoppingRule, Store, radial_estimates
from sapcore.variants import build_decoder, decoder_digest

CODE = "Hamming(7,4)"
SHIPPED = pd.read_csv(backbone_results.FILE)


def by_hand(code, decoder, **other):
    """A row of the file, by another command."""
    digests = {"code_digest": find(code).digest, "decoder_digest": decoder_digest(decoder, find(code))}
    return SHIPPED.iloc[0].to_dict() | {"code": code, "decoder": decoder, "command": "by hand"} | digests | other


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """A plan of a few points, written to a folder of its own."""
    estimated = (f"{CODE}-r", SEVERAL), (f"{CODE}-r", DECODER), (CODE, "ml")
    groups = [Group(f"{CODE}-r", (PEER,), (3.0, 5.0), estimated), Group(CODE, (PEER,), (5.0,))]
    monkeypatch.setenv("SAP_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(backbone_plan, "groups", lambda: iter(groups))
    monkeypatch.setattr(backbone_plan, "RULE", StoppingRule(5, 1024))
    monkeypatch.setattr(backbone_plan, "MOST_FRAMES", (1024, 1024, 1024))
    monkeypatch.setattr(backbone_run, "worker_pool", ThreadPoolExecutor)
    monkeypatch.setattr(backbone_run, "FILE", tmp_path / "backbone.csv")
    monkeypatch.setattr(backbone_run, "ESTIMATES", tmp_path / "radial.csv")
    return tmp_path / "backbone.csv"


def test_it_stops_and_goes_on_and_writes_what_it_has(toy):
    kept = by_hand("BCH(15,7)-r", DECODER)
    older = by_hand("BCH(15,7)", DECODER, decoder_digest="of another backbone")
    pd.DataFrame([kept, older])[SHIPPED.columns].to_csv(toy, index=False)
    with Store() as store, ThreadPoolExecutor(1) as executor:
        measured = []

        def measure(run, stop_after=99):
            measured.append(run.id)
            return len(measured) <= stop_after and drive(store, run.id, executor).state == "done"

        titles = []

        def finish(title, under_way):
            titles.append(title)
            for one in under_way:
                one.result()

        assert not backbone_run.run_backbone(store, lambda run: measure(run, 1), finish, 1)
        assert titles[0] == f"1 of 2: {CODE}-r at 3 and 5 dB, 1 decoder, 3 to estimate"
        written = pd.read_csv(toy)
        assert list(written.columns) == COLUMNS
        ours, others = written[written["command"] == COMMAND], written[written["command"] != COMMAND]
        assert list(zip(ours["decoder"], ours["ebn0"], strict=True)) == [(PEER, 3.0), (PEER, 5.0)]
        assert others["code"].tolist() == ["BCH(15,7)-r"] and others["training"].tolist() == ["trained"]
        assert (ours["frames"] % 1024 == 0).all() and (ours["seconds"] > 0).all()
        assert "Unfinished: 14 of the 15 points" in toy.with_suffix(".md").read_text()
        estimated = pd.read_csv(toy.with_name("radial.csv"))
        assert list(estimated.columns) == [*estimation.COLUMNS, "training"]
        assert estimated["decoder"].tolist() == [spec for spec in (SEVERAL, DECODER, "ml") for _ in backbone_plan.EBN0]
        assert (estimated["frames"] <= 1024).all() and (estimated["seconds"] > 0).all()
        assert (estimated["ber_low"] < estimated["ber"]).all() and estimated["training"].eq("held out").sum() == 12

        assert backbone_run.run_backbone(store, measure, finish, 1)
        assert titles[-2].endswith(" 0 to estimate")
        assert pd.read_csv(toy)["decoder"].tolist()[:3] == [PEER, PEER, PEER]
        text = toy.with_suffix(".md").read_text()
        assert "Unfinished" not in text and "nan" not in text
        found = text.split("\n\n")[1].partition("below that of uncoded transmission ")[2]
        assert found.startswith(WAYS[DECODER]) and f", {WAYS[SEVERAL]} on " in found
        assert all(f"| {CODE}-r | held out | {decoder} | 7 |" in text for decoder in (DECODER, SEVERAL, PEER))

        before = toy.read_text(), toy.with_name("radial.csv").read_text()
        blocks = store.read("SELECT count(*) FROM blocks")
        assert backbone_run.run_backbone(store, measure, finish, 1)
        assert (toy.read_text(), toy.with_name("radial.csv").read_text()) == before
        assert store.read("SELECT count(*) FROM blocks") == blocks


def test_an_estimate_is_that_of_the_library(toy):
    """And of other weights, nothing; what lies in the store for another seed does not count towards its frames."""
    code = find(f"{CODE}-r")
    group = next(backbone_plan.groups())
    with Store() as store:
        one = estimations(group, store.path)[1]
        radial_estimates(code, build_decoder(DECODER, code), [8.0], 0.01, 2048, store=store)
        assert not one.is_ready() and not list(one.rows(store, COMMAND))
        one.make()
        alone = radial_estimates(code, build_decoder(DECODER, code), backbone_plan.EBN0, 0.4, 1024, estimation.SEED)
        assert one.is_ready()
        assert [{name: row[name] for name in alone[0].row()} for row in one.rows(store, COMMAND)] == [
            estimate.row() for estimate in alone
        ]
        found = estimated_rows(store, toy.with_name("none.csv"))
        assert len(found) == len(backbone_plan.EBN0)
        found.assign(decoder_digest="of another backbone", decoder="fecct").to_csv(toy, index=False)
        assert len(estimated_rows(store, toy)) == len(backbone_plan.EBN0)


def test_rows_of_today_are_kept_and_the_longest_stands(toy):
    frames = [by_hand(CODE, "ml", ebn0=5.0, frames=frames, seed=0) for frames in (1024, 4096, 2048)]
    gone = [by_hand(CODE, PEER, code_digest="of another matrix"), by_hand(CODE, PEER) | {"code": "Hamming(7,5)"}]
    pd.DataFrame(frames + gone)[SHIPPED.columns].to_csv(toy, index=False)
    with Store() as store:
        assert rows(store, toy)["frames"].tolist() == [4096]
        assert rows(store, toy.with_name("none.csv")).empty


def test_the_file_that_ships_is_of_the_backbone_that_ships(toy):
    with Store() as store:
        found = rows(store, backbone_results.FILE)
    assert found[SHIPPED.columns].equals(SHIPPED)
