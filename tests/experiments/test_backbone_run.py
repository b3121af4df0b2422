"""The whole experiment on a toy plan, with the backbone that ships."""

from concurrent.futures import ThreadPoolExecutor, wait

import pandas as pd
import pytest

from sapcore.codes import find
from sapcore.experiments import backbone_plan, backbone_results, backbone_run
from sapcore.experiments.backbone_plan import DECODER, PEER, SEVERAL, WAYS, Group
from sapcore.experiments.backbone_results import COLUMNS, COMMAND, rows
from sapcore.runs import drive
from sapcore.simulation import StoppingRule, Store
from sapcore.variants import decoder_digest

CODE = "Hamming(7,4)"
SHIPPED = pd.read_csv(backbone_results.FILE)


def by_hand(code, decoder, **other):
    """A row of the file, by another command."""
    digests = {"code_digest": find(code).digest, "decoder_digest": decoder_digest(decoder, find(code))}
    return SHIPPED.iloc[0].to_dict() | {"code": code, "decoder": decoder, "command": "by hand"} | digests | other


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """A plan of a few points, written to a folder of its own."""
    groups = [Group(f"{CODE}-r", (DECODER, SEVERAL, PEER), (3.0, 5.0)), Group(CODE, ("ml", PEER), (5.0,))]
    monkeypatch.setenv("SAP_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(backbone_plan, "groups", lambda: iter(groups))
    monkeypatch.setattr(backbone_plan, "rule", lambda ebn0: StoppingRule(5, 2048))
    monkeypatch.setattr(backbone_run, "worker_pool", ThreadPoolExecutor)
    monkeypatch.setattr(backbone_run, "FILE", tmp_path / "backbone.csv")
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
            wait(under_way)

        assert not backbone_run.run_backbone(store, lambda run: measure(run, 1), finish, 1)
        assert titles[0] == f"1 of 2: {CODE}-r at 3 and 5 dB, 3 decoders, 0 to prepare"
        written = pd.read_csv(toy)
        assert list(written.columns) == COLUMNS
        ours, others = written[written["command"] == COMMAND], written[written["command"] != COMMAND]
        assert list(zip(ours["decoder"], ours["ebn0"], strict=True)) == [
            (decoder, ebn0) for decoder in (DECODER, SEVERAL, PEER) for ebn0 in (3.0, 5.0)
        ]
        assert others["code"].tolist() == ["BCH(15,7)-r"] and others["training"].tolist() == ["trained"]
        assert (ours["frames"] % 1024 == 0).all() and (ours["seconds"] > 0).all()
        assert "Unfinished: 6 of the 8 points" in toy.with_suffix(".md").read_text()

        assert backbone_run.run_backbone(store, measure, finish, 1)
        written = pd.read_csv(toy)
        assert len(written) == 9 and written["decoder"].tolist()[6:8] == ["ml", PEER]
        text = toy.with_suffix(".md").read_text()
        assert "Unfinished" not in text and "nan" not in text
        found = text.split("\n\n")[1].partition("below that of uncoded transmission ")[2]
        assert found.startswith(WAYS[DECODER]) and f", {WAYS[SEVERAL]} on " in found
        assert all(f"| {CODE}-r | held out | {decoder} | 7 |" in text for decoder in (DECODER, SEVERAL, PEER))

        before, blocks = toy.read_text(), store.read("SELECT count(*) FROM blocks")
        assert backbone_run.run_backbone(store, measure, finish, 1)
        assert toy.read_text() == before and store.read("SELECT count(*) FROM blocks") == blocks


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
