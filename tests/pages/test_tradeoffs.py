"""The error-rate page without a browser. Runs themselves are tested in tests/runs and tests/browser."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from sapcore.codes import LinearCode, find
from sapcore.decoders.backbones import save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.report.page import Report
from sapcore.report.view import View
from sapcore.runs import Run, RunState, cancel, drive, get_run, list_runs, request
from sapcore.runs.table import set_state
from sapcore.simulation import StoppingRule, Store
from sapcore.variants import decoder_complexity

PAGE = str(Path(__file__).parents[2] / "pages" / "tradeoffs.py")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    return Store()


@pytest.fixture
def page(store: Store, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page with nobody to work on runs, so that a test decides what has been measured."""
    monkeypatch.setattr("sapcore.runs.ensure_runner", lambda store: False)
    monkeypatch.setattr("sapcore.ui.run_view.count_starts", lambda store, starts: starts)
    return AppTest.from_file(PAGE, default_timeout=120).run()


def measured(store: Store) -> Run:
    run = request(store, [find("Hamming(7,4)")], ["ml"], [2.0, 9.0], StoppingRule(frame_errors=200, max_frames=1024))
    with ThreadPoolExecutor(1) as executor:
        return drive(store, run.id, executor)


def press(page: AppTest, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()


def test_opens_without_a_run(page: AppTest) -> None:
    assert not page.exception
    assert "No run is shown" in page.info[0].value
    assert len(page.get("plotly_chart")) == 1


def test_points_that_ship_are_shown_until_a_run_is(page: AppTest) -> None:
    shipped = [caption.value for caption in page.caption if "These points ship" in caption.value]
    assert shipped and "assets/results/backbone" in shipped[0]
    assert page.dataframe[0].value["ebn0"].between(2, 5).all()
    page.multiselect(key="t_codes").set_value(["RM(128,64)"]).run()
    assert not page.exception and not any("These points ship" in caption.value for caption in page.caption)


def test_start_submits_what_the_controls_say(page: AppTest, store: Store) -> None:
    page.multiselect(key="t_codes").set_value(["Hamming(7,4)"])
    page.multiselect(key="t_decoders").set_value(["uncoded"])
    page.segmented_control(key="t_forms").set_value(["standard", "redundant"])
    page.slider(key="t_ebn0").set_value((3.0, 4.0))
    page.segmented_control(key="t_step").set_value("0.5")
    page.number_input(key="t_errors").set_value(50)
    page.number_input(key="t_frames").set_value(3000)
    page.number_input(key="t_seed").set_value(9).run()
    press(page, "Start")
    assert not page.exception
    (run,) = list_runs(store)
    assert [store.code(digest).name for digest in run.spec.codes] == ["Hamming(7,4)", "Hamming(7,4)-r"]
    assert run.spec.decoders == ("uncoded",)
    assert run.spec.ebn0 == (3.0, 3.5, 4.0)
    assert run.spec.rule == StoppingRule(frame_errors=50, max_frames=3000)
    assert run.spec.seed == 9
    assert page.query_params["t_run"] == run.id
    press(page, "Stop")
    assert get_run(store, run.id).state == "cancelled"
    press(page, "Resume")
    assert get_run(store, run.id).state == "queued"


def test_a_run_in_the_address_is_shown(page: AppTest, store: Store) -> None:
    run = measured(store)
    page.query_params["t_run"] = run.id
    page.run()
    assert not page.exception
    table = next(frame.value for frame in page.dataframe if "progress" in frame.value)
    assert table["frames"].tolist() == [point.counts.frames for point in run.points]
    assert table["frame_errors"].tolist() == [point.counts.frame_errors for point in run.points]
    assert "python -m sapcore simulate" in page.code[0].value
    press(page, "Hide")
    assert "No run is shown" in page.info[0].value
    press(page, "Show")
    assert page.query_params["t_run"] == run.id


def test_an_unknown_run_is_one_sentence(page: AppTest) -> None:
    page.query_params["t_run"] = "0123456789abcdef"
    page.run()
    assert not page.exception
    assert "There is no run “0123456789abcdef”" in page.warning[0].value


@pytest.mark.parametrize(
    ("key", "values", "sentence"),
    [
        ("t_codes", ["BHC(31,16)"], "the nearest are"),
        ("t_codes", [], "at least one code"),
        ("t_decoders", [], "at least one decoder"),
        ("t_decoders", ["turbo"], "There is no decoder 'turbo'"),
    ],
)
def test_a_request_that_cannot_be_made_is_one_sentence(
    page: AppTest, key: str, values: list[str], sentence: str
) -> None:
    page.session_state[key] = values
    page.run()
    assert not page.exception
    assert sentence in page.error[0].value
    assert next(button for button in page.button if button.label == "Start").disabled


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("t_ebn0", ["3"], "“3” in the address (t_ebn0) is not two numbers from -2 to 12; the default is shown"),
        ("t_ebn0", ["2", "x"], "“2, x” in the address (t_ebn0) is not two numbers"),
        ("t_forms", ["standard", "tall"], "“tall” in the address (t_forms) is not one of standard, redundant; it is"),
        ("t_decoders", ["ml"] * 9, "“ml” in the address (t_decoders) is not among the first 8"),
        ("t_floor", ["1e-99"], "is not one of auto, 1e-2"),
        (
            "t_frame",
            ["1"],
            "“t\\_frame” in the address is no control of this page and left out; the nearest is t_frames.",
        ),
    ],
)
def test_what_the_address_cannot_mean_is_one_sentence(
    page: AppTest, name: str, values: list[str], sentence: str
) -> None:
    fresh = AppTest.from_file(PAGE, default_timeout=120)
    fresh.query_params[name] = values
    fresh.run()
    assert not fresh.exception
    (toast,) = fresh.toast
    assert sentence in toast.value


def test_what_the_address_may_mean_is_taken(page: AppTest) -> None:
    fresh = AppTest.from_file(PAGE, default_timeout=120)
    fresh.query_params["t_ebn0"] = ["5", "2.5"]
    fresh.query_params["t_checks"] = "62"
    fresh.run()
    assert not fresh.exception
    assert not fresh.toast
    assert not next(button for button in fresh.button if button.label == "Start").disabled


def test_a_damaged_store_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "results.sqlite").write_bytes(b"not a database" * 50)
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    page = AppTest.from_file(PAGE, default_timeout=120).run()
    assert not page.exception
    assert "is not a result store" in page.error[0].value


@pytest.mark.parametrize("refused", [False, True])
def test_a_failed_run_that_would_fail_again_cannot_be_resumed(
    page: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    def gone(spec: str, code: LinearCode) -> None:
        raise InputError("It is gone.")

    rule = StoppingRule(frame_errors=9, max_frames=9)
    run = request(store, [find("Hamming(7,4)")], ["ml"], [1.0], rule, seed=int(refused))
    if refused:
        monkeypatch.setattr("sapcore.runs.describe.check_decodable", gone)
    set_state(store, run.id, RunState.FAILED, "This is why.")
    page.run()
    assert "This is why" in page.caption[-1].value
    assert ("Resume" in [button.label for button in page.button]) is not refused
    press(page, "Show")
    assert "This is why" in page.error[0].value
    assert ("Resume" in [button.label for button in page.button]) is not refused


def test_cancelled_runs_can_be_resumed_from_the_list(page: AppTest, store: Store) -> None:
    run = request(store, [find("Hamming(7,4)")], ["uncoded"], [1.0], StoppingRule(frame_errors=9, max_frames=9))
    cancel(store, run.id)
    page.run()
    press(page, "Resume")
    assert get_run(store, run.id).state == "queued"


def test_the_trade_off_of_a_run_has_its_decoders_and_costs(page: AppTest, store: Store) -> None:
    code = find("Hamming(7,4)-r")
    decoders = ["fecct", "fecct/sap@0.5", "uncoded"]
    run = request(store, [code], decoders, [2.0, 3.0], StoppingRule(frame_errors=5, max_frames=1024))
    with ThreadPoolExecutor(1) as executor:
        drive(store, run.id, executor)
    page.query_params["t_run"] = run.id
    page.query_params["t_at"] = "2"
    page.run()
    assert not page.exception and not page.toast
    table = next(frame.value for frame in page.dataframe if "MACs" in frame.value)
    assert list(table["decoder"]) == decoders
    for row in table.to_dict("records"):
        cost = decoder_complexity(row["decoder"], code)
        assert (np.isnan(row["MACs"]) and cost is None) or row["MACs"] == cost.macs
        assert row["time"] > 0
    assert 0.4 < table["MACs"][1] / table["MACs"][0] < 0.55
    assert not any("several passes" in caption.value for caption in page.caption)


def test_of_several_passes_the_first_is_counted_and_the_page_says_so(page: AppTest, store: Store) -> None:
    decoders = ["fecct", "fecct/passes:3+fresh"]
    run = request(store, [find("Hamming(7,4)-r")], decoders, [2.0], StoppingRule(frame_errors=5, max_frames=1024))
    with ThreadPoolExecutor(1) as executor:
        drive(store, run.id, executor)
    page.query_params["t_run"] = run.id
    page.run()
    assert not page.exception
    table = next(frame.value for frame in page.dataframe if "MACs" in frame.value)
    assert list(table["decoder"]) == decoders and table["MACs"][0] == table["MACs"][1]
    assert table["frame_errors"][1] <= table["frame_errors"][0]
    assert any("MACs of several passes are those of the first." in caption.value for caption in page.caption)


def test_decoders_are_compared_on_their_common_frames(page: AppTest, store: Store) -> None:
    codes = [find("BCH(15,7)")]
    run = request(store, codes, ["ml", "bp:5"], [2.0, 3.0, 5.0], StoppingRule(frame_errors=10**6, max_frames=4096))
    with ThreadPoolExecutor(1) as executor:
        run = drive(store, run.id, executor)
    page.query_params["t_run"] = run.id
    page.query_params["t_metric"] = "FER"
    page.query_params["t_against"] = "ml"
    page.run()
    assert not page.exception
    paired = next(frame.value for frame in page.dataframe if "p_value" in frame.value)
    assert paired["decoder"].tolist() == ["bp:5"] * 3 and paired["frames"].tolist() == [4096] * 3
    counts = {(point.decoder, point.ebn0_db): point.counts.frame_errors for point in run.points}
    for row in paired.itertuples():
        assert row.wrong - row.right == counts["bp:5", row.ebn0] - counts["ml", row.ebn0]
    assert any("dB ml makes fewer frame errors than" in text.value for text in page.markdown)
    gaps = next(frame.value for frame in page.dataframe if "gap" in frame.value).set_index("decoder")
    assert gaps.loc["bp:5", "gap"] == pytest.approx(gaps.loc["bp:5", "ebn0"] - gaps.loc["ml", "ebn0"])
    assert gaps.loc["bp:5", "gap"] > 0.2
    page.selectbox(key="t_rate").set_value("1e-6").run()
    gaps = next(frame.value for frame in page.dataframe if "gap" in frame.value)
    assert gaps["ebn0"].isna().all()  # no point was measured as far down


def test_another_run_forgets_what_was_chosen_for_the_one_before(page: AppTest, store: Store) -> None:
    run, code = measured(store), find("Hamming(7,4)")
    other = request(store, [code], ["bp:5", "bp:1"], [2.0, 3.0], StoppingRule(frame_errors=5, max_frames=1024))
    with ThreadPoolExecutor(1) as executor:
        drive(store, other.id, executor)
    page.query_params["t_run"] = other.id
    page.query_params["t_against"] = "bp:1"
    page.query_params["t_at"] = "2"
    page.run()
    assert not page.exception and not page.toast
    press(page, "Show")
    assert page.query_params["t_run"] == run.id
    assert not page.exception and not page.toast
    assert "t_against" not in page.query_params


def test_one_decoder_has_nothing_to_be_compared_with(page: AppTest, store: Store) -> None:
    page.query_params["t_run"] = measured(store).id
    page.run()
    assert not page.exception
    assert "t_against" not in [box.key for box in page.selectbox]


def test_the_trained_decoders_of_a_run_can_be_taken_away(page: AppTest, store: Store) -> None:
    code = find("Hamming(7,4)")
    decoders = ["ml", "fecct/bf16", "fecct/sap@0.5", "fecct/passes:4", "fecct/passes:4+fresh"]
    run = request(store, [code.redundant()], decoders, [2.0], StoppingRule(1, 1024))
    page.query_params["t_run"] = run.id
    page.run()
    assert not page.exception
    offered = page.selectbox(key="t_export")
    assert offered.options == ["Hamming(7,4)-r, fecct/bf16", "Hamming(7,4)-r, fecct/sap@0.5"]
    assert [one.label for one in page.get("download_button")].count("Decoder (.zip)") == 1


def test_a_run_without_a_trained_decoder_offers_none(page: AppTest, store: Store) -> None:
    page.query_params["t_run"] = measured(store).id
    page.run()
    assert not page.exception
    assert "Take a decoder away" not in [part.label for part in page.expander]


def test_the_report_of_a_run_is_offered_as_the_page_shows_it(page: AppTest, store: Store) -> None:
    run = request(store, [find("Hamming(7,4)")], ["ml", "bp:5"], [2.0, 3.0], StoppingRule(5, 1024))
    with ThreadPoolExecutor(1) as executor:
        run = drive(store, run.id, executor)
    for name, value in {"t_run": run.id, "t_against": "bp:5", "t_at": "2", "t_cost": "time"}.items():
        page.query_params[name] = value
    page.segmented_control(key="t_metric").set_value("BER")
    made: list[Report] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "sapcore.ui.run_view.download",
            lambda label, data, *_, **__: made.append(data) if "Report" in label else None,
        )
        page.run()
    assert not page.exception
    (offered,) = (data.__self__ for data in made)
    assert offered.run.id == run.id
    assert offered.view == View("BER", None, None, ("published ML", "uncoded"), "bp:5", 1e-2, "time", 2.0)
    assert "Error rates: Hamming(7,4) under ml, bp:5" in offered.html()


def test_without_a_run_there_is_no_report(page: AppTest) -> None:
    assert "Report (HTML)" not in [button.label for button in page.get("download_button")]


def test_codes_are_compared_with_one_curve(page: AppTest, store: Store) -> None:
    codes = [find("BCH(15,7)"), find("BCH(15,7)-r")]
    run = request(store, codes, ["bp:5"], [2.0, 4.0], StoppingRule(frame_errors=10**6, max_frames=2048))
    with ThreadPoolExecutor(1) as executor:
        drive(store, run.id, executor)
    page.query_params["t_run"] = run.id
    page.query_params["t_against"] = "BCH(15,7)-r, bp:5"
    page.run()
    assert not page.exception and not page.toast
    paired = next(frame.value for frame in page.dataframe if "p_value" in frame.value)
    assert paired["code"].tolist() == ["BCH(15,7)"] * 2 and paired["frames"].tolist() == [2048] * 2
    lines = next(block.value for block in page.code if "sapcore.report.against" in block.value)
    exec(lines, {})


def upload(page: AppTest, name: str, *files: bytes | None) -> None:
    """Fill in the form for an own backbone and press Add."""
    for kind, contents in zip(("weights", "card"), files, strict=True):
        given = [] if contents is None else [(kind, contents, "application/octet-stream")]
        page.file_uploader(key=f"backbone {kind}").set_value(given)
    page.text_input(key="backbone name").set_value(name)
    press(page, "Add")
    assert not page.exception


def test_an_own_backbone_is_uploaded_measured_and_removed(page: AppTest, store: Store, tmp_path: Path) -> None:
    save_backbone(tmp_path / "elsewhere", "theirs", Fecct(FecctConfig(1, 8, 2)), {"codes": ["BCH(15,7)"], "frames": 9})
    files = [(tmp_path / "elsewhere" / f"theirs.{ending}").read_bytes() for ending in ("safetensors", "json")]
    page.multiselect(key="t_codes").set_value(["Hamming(7,4)"])
    for name, given, sentence in (
        ("mine", [files[0], None], "Choose both files"),
        ("mine", [files[0][:-1], files[1]], "The weights file is damaged"),
        ("mine", files[::-1], "The card is not JSON"),
        ("my own", files, "1 to 40 letters"),
        ("base", files, "ships with the product"),
    ):
        upload(page, name, *given)
        (error,) = page.error
        assert sentence in re.sub(r"\\(.)", r"\1", error.value)
        assert not (tmp_path / "backbones").exists()
    upload(page, " mine ", *files)
    assert not page.error and r"fecct\:mine is at hand" in page.success[0].value
    assert page.multiselect(key="t_decoders").value == ["fecct", "bp:50", "fecct:mine"]
    about = [line.value for line in page.markdown if line.value.startswith("`fecct")]
    assert [line.split()[0] for line in about] == ["`fecct`", "`fecct:mine`", "`fecct:wide`"]
    assert "1 × 2 heads, width 8, 1 code, 9 frames in its last training, your own" in about[1]
    assert about[0].endswith("ships")
    press(page, "Start")
    (run,) = list_runs(store)
    assert run.spec.decoders == ("fecct", "bp:50", "fecct:mine")
    assert [button.label for button in page.button if button.label.startswith(("Remove", "Keep"))] == ["Remove mine"]
    press(page, "Remove mine")
    press(page, "Keep mine")
    press(page, "Remove mine")
    press(page, "Remove mine for good")
    assert not page.exception and not page.error and r"Your backbone mine is removed\." in page.success[0].value
    assert page.multiselect(key="t_decoders").value == ["fecct", "bp:50"]
    assert list((tmp_path / "backbones").iterdir()) == []


def test_an_own_backbone_is_not_chosen_where_there_is_no_room(page: AppTest, tmp_path: Path) -> None:
    save_backbone(tmp_path / "elsewhere", "theirs", Fecct(FecctConfig(1, 8, 2)), {})
    files = [(tmp_path / "elsewhere" / f"theirs.{ending}").read_bytes() for ending in ("safetensors", "json")]
    full = ["bp:50", "bp:5", "ml", "osd:1", "osd:2", "bdd", "ms:50", "uncoded"]
    page.multiselect(key="t_decoders").set_value(full)
    upload(page, "mine", *files)
    assert not page.error and "is at hand" in page.success[0].value
    assert page.multiselect(key="t_decoders").value == full


@pytest.mark.parametrize("fast", [True, False])
def test_it_says_where_bfloat16_is_not_multiplied(page: AppTest, monkeypatch: pytest.MonkeyPatch, fast: bool) -> None:
    monkeypatch.setattr("sapcore.ui.decoders.multiplies_bfloat16", lambda: fast)
    page.multiselect(key="t_decoders").set_value(["fecct/bf16"]).run()
    assert not page.exception
    assert any("does not multiply bfloat16" in caption.value for caption in page.caption) != fast
