"""The speed of decoders. No test looks at a time."""

import pandas as pd
import pytest
import torch

from sapcore.codes import find
from sapcore.decoders.backbones import load_backbone, save_backbone
from sapcore.decoders.fecct import CodeView, Fecct, FecctConfig
from sapcore.errors import InputError
from sapcore.experiments import speed, speed_report
from sapcore.experiments.peak_memory import peak_megabytes
from sapcore.experiments.plain import PlainFecct
from sapcore.experiments.speed import Bench, build, noisy_frames
from sapcore.variants import build_decoder, decoder_complexity

CODE = find("Hamming(7,4)")


@pytest.fixture(autouse=True)
def backbones(tmp_path, monkeypatch):
    """The backbones `small` and, in place of the default one, `base`; both find about half of the bits wrong."""
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    torch.manual_seed(0)
    received, view = torch.from_numpy(noisy_frames(CODE, 50).received), CodeView.of(CODE)
    for name in ("small", "base"):
        network = Fecct(FecctConfig(2, 16, 4)).requires_grad_(False)
        network.out.bias -= network(received.abs(), view.syndrome(received < 0), view).median()
        save_backbone(tmp_path / "backbones", name, network, {})


def bench(*decoders, batches=(2,), seconds=1e-6):
    return Bench([CODE], decoders, batches, seconds)


def test_plain_and_ours_give_the_same_bits_to_the_frames_of_the_run():
    frames = noisy_frames(CODE, 300)
    plain, ours = (build(name, CODE).decode(frames.received, frames.sigma) for name in ("plain:small", "fecct:small"))
    assert plain.dtype == ours.dtype == "uint8" and (plain == ours).all()
    assert 0.1 < (ours != (frames.received < 0)).mean() < 0.9


def test_plain_is_the_network_on_the_whole_batch_in_one_call(monkeypatch):
    seen = []
    forward = Fecct.forward

    def noted(self, magnitudes, syndromes, view):
        seen.append((len(magnitudes), magnitudes.dtype, torch.is_grad_enabled(), bool(torch.tensor(1e-38) / 10 > 0)))
        return forward(self, magnitudes, syndromes, view)

    monkeypatch.setattr(Fecct, "forward", noted)
    frames = noisy_frames(CODE, 600)
    bits = PlainFecct(CODE, "small").decode(frames.received, frames.sigma)
    assert seen == [(600, torch.float32, False, True)]
    magnitudes, wrong = torch.from_numpy(abs(frames.received)), torch.from_numpy(bits ^ (frames.received < 0))
    view = CodeView.of(CODE)
    syndromes = view.syndrome(torch.from_numpy(frames.received < 0))
    assert ((load_backbone("small")(magnitudes, syndromes, view) > 0) == wrong).all()


def test_frames_have_no_zero_syndrome_and_begin_alike():
    few, many = noisy_frames(CODE, 5), noisy_frames(CODE, 2000)
    assert few.received.shape == (5, 7) and many.received.shape == (2000, 7) and many.received.dtype == "float32"
    assert (many.received[:5] == few.received).all()
    assert CODE.syndrome((many.received < 0).astype("uint8")).any(axis=1).all()
    assert 0 < few.zero_syndromes < 1


def test_rows_are_plain_and_the_decoders_at_every_batch(monkeypatch):
    monkeypatch.setattr(speed, "_peak_in_fresh_process", lambda name, code, batch: 100.0 + batch)
    asked = bench("fecct:small", "bp:5", "fecct", batches=(2, 3))
    steps = []
    rows = list(asked.measure(lambda: steps.append(1)))
    assert len(steps) == asked.steps
    names = ["plain:small", "plain", "fecct:small", "bp:5", "fecct"]
    assert [(row.decoder, row.batch) for row in rows] == [(name, batch) for batch in (2, 3) for name in names]
    found = {(row.decoder, row.batch): row for row in rows}
    for row in rows:
        plain = found[{"fecct:small": "plain:small", "plain:small": "plain:small"}.get(row.decoder, "plain"), row.batch]
        assert row.ratio == row.frames_per_second / plain.frames_per_second
        assert row.latency_ratio == plain.latency_ms / row.latency_ms
        assert row.latency_ms == found[row.decoder, 2].latency_ms > 0
        assert (row.code, row.threads) == ("Hamming(7,4)", 1)
        assert row.peak_mb == 100 + row.batch
    cost = decoder_complexity("fecct:small", CODE)
    for name in ("fecct:small", "plain:small"):
        assert (found[name, 2].macs, found[name, 2].bytes) == (cost.macs, cost.bytes)
    assert found["bp:5", 2].macs is found["bp:5", 2].bytes is None


def test_rows_come_before_the_next_batch_is_measured(monkeypatch):
    measured = []
    monkeypatch.setattr(speed, "_peak_in_fresh_process", lambda name, code, batch: None)
    monkeypatch.setattr(
        speed, "_medians", lambda decoders, frames, batch, _: measured.append(batch) or dict.fromkeys(decoders, 1)
    )
    seen = [(row.batch, row.decoder, tuple(measured)) for row in bench("fecct", batches=(3, 2)).measure()]
    assert seen == [(batch, name, (1, 2, 3)[:batch]) for batch in (2, 3) for name in ("plain", "fecct")]


def test_what_is_asked_for_twice_is_measured_once():
    asked = bench("fecct", "fecct", batches=(1, 1))
    assert asked.contestants == ("plain", "fecct") and asked.batches == (1,)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"seconds": 0}, "A measurement takes more than 0 and at most 600 seconds, not 0."),
        ({"seconds": float("nan")}, "A measurement takes more than 0"),
        ({"batches": (4, 0)}, "A batch has at least one frame, not 0."),
        ({"batches": (10**9,)}, "Plain attention to 1000000000 frames of Hamming(7,4) at once takes 4800.0 GB of memo"),
        ({"decoders": ["best"]}, "There is no decoder 'best'"),
        ({"decoders": ["fecct:none"]}, "There is no decoder 'fecct:none'"),
        ({"decoders": ["fecct:small/sap@0.5"]}, "The importances small.safetensors are missing"),
    ],
)
def test_measurements_that_cannot_be_made(asked, sentence):
    with pytest.raises(InputError) as error:
        Bench([CODE], **({"decoders": ["fecct"]} | asked))
    assert str(error.value).startswith(sentence)


def test_peak_memory_is_what_a_call_holds_at_once():
    held = peak_megabytes(lambda: bytearray(b"\1") * 50_000_000)
    if held is None:
        pytest.skip("This system does not tell the peak memory of a call.")
    assert 45 < held < 70
    assert peak_megabytes(lambda: None) < 5


def test_the_table_and_the_page(tmp_path):
    path = tmp_path / "speed.csv"
    speed_report.make(bench("fecct", "bp:5", batches=(3,)), lambda: None, path)
    rows = pd.read_csv(path)
    assert list(rows.columns) == [
        "decoder", "code", "batch", "threads", "frames_per_second", "latency_ms", "macs", "bytes", "peak_mb", "ratio",
        "latency_ratio", "zero_syndromes", "backbone", "code_digest", "decoder_digest", "processor", "torch", "command",
    ]  # fmt: skip
    assert set(rows["command"]) == {"python -m sapcore reproduce speed"} and set(rows["torch"]) == {torch.__version__}
    assert set(rows["code_digest"]) == {CODE.digest}
    assert rows["peak_mb"].isna().all() or (rows["peak_mb"] >= 0).all()
    assert rows["decoder_digest"][1] == build_decoder("fecct", CODE).digest
    page = path.with_suffix(".md").read_text()
    assert page == speed_report.report(rows)
    fecct = rows.iloc[1]
    assert f"Hamming(7,4), in batches of 3, against `plain`: `fecct` {fecct['ratio']:.2f} times as many" in page
    assert "| bp:5 | 3 |" in page and rows["processor"][0] in page
