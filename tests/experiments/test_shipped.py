import pandas as pd
import pytest

from sapcore.codes import find
from sapcore.experiments import shipped
from sapcore.experiments.shipped import RESULTS, shipped_points
from sapcore.variants import decoder_digest


def test_the_points_are_those_of_the_file():
    code = find("BCH(31,16)-r")
    points = shipped_points(code).set_index(["decoder", "ebn0"])
    table = pd.read_csv(RESULTS / "backbone.csv")
    row = table[(table["code"] == code.name) & table["decoder"].str.startswith("fecct") & (table["ebn0"] == 5)].iloc[0]
    assert points.loc[(row["decoder"], 5.0), "frames"] >= row["frames"]
    assert points.loc[(row["decoder"], 5.0), "decoder_digest"] == row["decoder_digest"]
    assert points.index.is_unique
    assert shipped_points(find("WiFi(648,324)")).empty


def test_points_of_other_weights_are_left_out_and_the_longer_count_stands(monkeypatch, tmp_path):
    code = find("Hamming(7,4)")
    row = {name: 0 for name in pd.read_csv(RESULTS / "backbone.csv", nrows=0)}
    row |= {"code": code.name, "code_digest": code.digest, "decoder": "bp:50", "ebn0": 4.0}
    digest = decoder_digest("bp:50", code)
    rows = [row | {"decoder_digest": digest, "frames": frames} for frames in (1024, 4096, 2048)]
    rows += [row | {"decoder_digest": "other", "frames": 9000}, row | {"decoder": "fecct:gone", "decoder_digest": "x"}]
    pd.DataFrame(rows).to_csv(tmp_path / "backbone.csv", index=False)
    pd.DataFrame({"code": ["x"]}).to_csv(tmp_path / "signatures.csv", index=False)
    monkeypatch.setattr(shipped, "RESULTS", tmp_path)
    assert shipped_points(code)["frames"].tolist() == [4096]


def test_estimates_stand_beside_counts_and_the_one_worth_more_wins(monkeypatch, tmp_path):
    code = find("BCH(63,45)-r")
    tables = {name: pd.read_csv(RESULTS / name) for name in ("backbone.csv", "radial.csv")}
    estimate = tables["radial.csv"].iloc[[0]].assign(code=code.name, code_digest=code.digest, decoder="bp:50")
    estimate = estimate.assign(decoder_digest=decoder_digest("bp:50", code))
    monkeypatch.setattr(shipped, "RESULTS", tmp_path)
    kept = tables["backbone.csv"]
    kept = kept[(kept["code"] == code.name) & (kept["decoder"] == "bp:50") & (kept["ebn0"] < 6)]
    kept.to_csv(tmp_path / "backbone.csv", index=False)
    counted = shipped_points(code)
    assert counted["effective_errors"].isna().all() and {4.0, 5.0} <= set(counted["ebn0"])
    more = [estimate.assign(ebn0=ebn0, effective_errors=worth) for ebn0, worth in ((4.0, 1e4), (5.0, 10), (6.0, 10))]
    pd.concat(more).to_csv(tmp_path / "radial.csv", index=False)
    found = shipped_points(code).set_index("ebn0")
    assert found["effective_errors"].fillna(0).to_dict() == {4.0: 1e4, 5.0: 0, 6.0: 10}
    assert found.loc[5.0, "frame_errors"] == counted.set_index("ebn0").loc[5.0, "frame_errors"]
    assert found["file"].str.contains("radial").tolist() == [True, False, True]


def test_a_table_that_is_written_anew_is_read_anew(monkeypatch, tmp_path):
    code = find("Hamming(7,4)")
    row = {name: 0 for name in pd.read_csv(RESULTS / "backbone.csv", nrows=0)}
    row |= {"code": code.name, "code_digest": code.digest, "decoder": "bp:50", "ebn0": 4.0}
    row |= {"decoder_digest": decoder_digest("bp:50", code)}
    monkeypatch.setattr(shipped, "RESULTS", tmp_path)
    assert shipped_points(code).empty
    for frames in (1024, 10240):
        pd.DataFrame([row | {"frames": frames}]).to_csv(tmp_path / "backbone.csv", index=False)
        assert shipped_points(code)["frames"].tolist() == [frames]
    (tmp_path / "backbone.csv").unlink()
    assert shipped_points(code).empty


@pytest.mark.parametrize("name", ["Golay(24,12)-r", "BCH(63,45)-r"])
def test_the_codes_of_the_tour_have_points(name):
    assert {"fecct", "fecct/bf16"} & set(shipped_points(find(name))["decoder"])
