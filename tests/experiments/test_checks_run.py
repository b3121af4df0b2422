"""The experiment on redundant checks on a toy plan, with the backbone that ships."""

from concurrent.futures import ThreadPoolExecutor, wait
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from sapcore.codes import LinearCode, find
from sapcore.decoders.backbones import backbone_digest
from sapcore.experiments import checks_plan, checks_run
from sapcore.experiments.checks_plan import DENSE, PEER, PRUNED, SEVERAL, Group
from sapcore.experiments.checks_results import COLUMNS, COMMAND, PROPERTIES, properties
from sapcore.experiments.checks_sets import IN_ORDER, RANDOM, matrix
from sapcore.experiments.shipped import COUNTS, POINT
from sapcore.runs import drive, list_runs
from sapcore.simulation import StoppingRule, Store
from sapcore.spectra import signature
from sapcore.variants import decoder_complexity, decoder_digest

CODE = "BCH(15,7)"
SET = f"{CODE}, random checks 1"


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """A plan of a few points, written to a folder of its own."""
    groups = [
        Group(f"{CODE}-r15", (DENSE, PEER), CODE, IN_ORDER),
        Group(f"{CODE}-r", (DENSE, SEVERAL, PRUNED, PEER), CODE, IN_ORDER),
        Group(SET, (DENSE, PEER), CODE, RANDOM),
    ]
    monkeypatch.setenv("SAP_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(checks_plan, "groups", lambda: iter(groups))
    monkeypatch.setattr(checks_plan, "RULE", StoppingRule(5, 1024))
    monkeypatch.setattr(checks_run, "worker_pool", ThreadPoolExecutor)
    monkeypatch.setattr(checks_run, "FILE", tmp_path / "checks.csv")
    return tmp_path / "checks.csv"


def test_it_stops_and_goes_on_and_writes_what_it_has(toy):
    with Store() as store, ThreadPoolExecutor(1) as executor:
        measured, titles = [], []

        def measure(run, stop_after=99):
            measured.append(run.id)
            return len(measured) <= stop_after and drive(store, run.id, executor).state == "done"

        def finish(title, under_way):
            titles.append(title)
            wait(under_way)

        assert not checks_run.run_checks(store, lambda run: measure(run, 1), finish, 1)
        assert titles[0] == f"1 of 3: {CODE}-r15 at 4 dB, 2 decoders, 0 to prepare"
        written = pd.read_csv(toy)
        assert list(written.columns) == COLUMNS and written["decoder"].tolist() == [DENSE, PEER]
        assert "Unfinished: 2 of the 8 points" in toy.with_suffix(".md").read_text()

        assert checks_run.run_checks(store, measure, finish, 1)
        written = pd.read_csv(toy)
        assert written["decoder"].tolist() == [DENSE, PEER, DENSE, SEVERAL, PRUNED, PEER, DENSE, PEER]
        assert written["checks"].tolist() == [15, 15, *[30] * 6]
        assert written["code"].tolist()[-2:] == [SET, SET] and set(written["standard"]) == {CODE}
        assert written["kind"].tolist() == [*[IN_ORDER] * 6, RANDOM, RANDOM]
        assert (written["frames"] % 1024 == 0).all() and set(written["command"]) == {COMMAND}
        networks = written[written["decoder"] != PEER]
        assert set(networks["backbone"]) == {backbone_digest("base")} and (networks["macs"] > 0).all()
        peers = written[written["decoder"] == PEER]
        assert peers["backbone"].isna().all() and peers["macs"].isna().all()
        assert {*POINT, *COUNTS} <= set(written.columns)  # pages find the points of forms
        pruned = networks.set_index("decoder").loc[PRUNED]
        assert pruned["macs"] == decoder_complexity(PRUNED, find(f"{CODE}-r")).macs
        last = written.iloc[-2]
        assert last["code_digest"] == matrix(SET).digest
        assert last["decoder_digest"] == decoder_digest(DENSE, matrix(SET))
        assert last[list(PROPERTIES)].tolist() == pytest.approx(list(properties(matrix(SET)).values()))
        text = toy.with_suffix(".md").read_text()
        assert "Unfinished" not in text and "nan" not in text
        assert f"| {SET} | random | 30 |" in text and "| 15 | " in text

        kept = {name for run in list_runs(store) for name in run.code_names.values()}
        assert kept == {f"{CODE}-r15", f"{CODE}-r", SET}
        assert store.code(matrix(SET).digest).name == SET
        before, blocks = toy.read_text(), store.read("SELECT count(*) FROM blocks")
        assert checks_run.run_checks(store, measure, finish, 1)
        assert toy.read_text() == before and store.read("SELECT count(*) FROM blocks") == blocks


def test_traits_of_a_matrix_are_counted():
    code = LinearCode("own", "matrix file", [[1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [0, 0, 1, 1, 1]])
    found = properties(code)
    assert found["four_cycles"] == 3 + 0 + 1
    assert (found["checks"], found["largest_degree"], found["smallest_degree"]) == (3, 3, 1)
    assert found["mean_row_weight"] == pytest.approx(10 / 3)
    assert (found["sigma1"], found["sigma2"]) == pytest.approx(signature(code), abs=1e-6)


def test_cycles_are_those_of_the_graph():
    H = find("BCH(15,7)-r").parity_check
    cycles = sum(
        bool(H[i, a] and H[i, b] and H[j, a] and H[j, b])
        for i, j in combinations(range(len(H)), 2)
        for a, b in combinations(np.flatnonzero(H[i]), 2)
    )
    assert properties(find("BCH(15,7)-r"))["four_cycles"] == cycles > 0
