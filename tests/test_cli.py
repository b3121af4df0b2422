import json
import os
import pty
import re
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from sapcore import cli
from sapcore.cli.output import print_as_they_come
from sapcore.cli.runs import PRIORITIES
from sapcore.cli.train import split_names
from sapcore.codes import find
from sapcore.decoders.backbones import backbone_digest, load_backbone, save_backbone
from sapcore.decoders.fecct import Fecct, FecctConfig
from sapcore.pruning.importance import save_importances
from sapcore.pruning.library import build_library, save_library
from sapcore.pruning.masks import MaskSource, importances_path, library_path
from sapcore.pruning.scores import score_code
from sapcore.runs import Priority, RunState, cancel, get_run, list_runs, pause, request
from sapcore.simulation import StoppingRule, Store, simulate_point
from sapcore.spectra import signature
from sapcore.variants import build_decoder

ROW_KEYS = [
    "code", "decoder", "ebn0", "frames", "frame_errors", "bits", "bit_errors",
    "fer", "fer_low", "fer_high", "ber", "ber_low", "ber_high", "seconds",
]  # fmt: skip
CODE = find("Hamming(7,4)")
RULE = StoppingRule(frame_errors=50, max_frames=4096)
SIMULATE = ["simulate", "--code", "Hamming(7,4)", "--decoder", "uncoded", "--ebn0", "3", "4"]
LIMITS = ["--frame-errors", "50", "--max-frames", "4096"]
DEADLINE_SECONDS = 180


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """The store that the command line uses in this test."""
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    with Store() as store:
        yield store


def run_here(*arguments):
    try:
        return cli.main(list(arguments))
    except SystemExit as end:  # argparse
        return end.code


def run_process(*arguments, **options):
    command = [sys.executable, "-m", "sapcore", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False, **options)


@pytest.fixture
def measured(store):
    """A run that is done because the store already holds its blocks."""
    for ebn0 in (3.0, 4.0):
        simulate_point(CODE, build_decoder("uncoded", CODE), ebn0, RULE, store=store)
    return request(store, [CODE], ["uncoded"], [3.0, 4.0], RULE)


def test_codes_json(capsys):
    assert run_here("codes", "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    bch = rows["BCH(31,16)"]
    assert list(bch) == ["name", "family", "n", "k", "rows", "rank", "ones", "dmin", "signature"]
    assert (bch["n"], bch["k"], bch["rows"], bch["rank"], bch["ones"], bch["dmin"]) == (31, 16, 15, 15, 120, 7)
    assert bch["signature"] == pytest.approx([6.250, 3.387], abs=5e-4)
    assert (rows["LDPC(49,24)"]["rows"], rows["LDPC(49,24)"]["rank"]) == (28, 25)
    assert rows["BCH(31,16)-r"]["rows"] == 62


def test_codes_table(capsys):
    assert run_here("codes") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "family", "n", "k", "rows", "rank", "ones", "dmin", "signature"]
    assert any(line.startswith("BCH(31,16) ") and line.endswith("6.250, 3.387") for line in lines)


def test_spectrum(capsys):
    assert run_here("spectrum", "BCH(31,16)", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    singular_values = np.linalg.svd(find("BCH(31,16)").parity_check.astype(float), compute_uv=False)
    assert result["singular_values"] == pytest.approx(list(singular_values), abs=1e-9)
    assert result["signature"] == pytest.approx(result["singular_values"][:2], abs=1e-9)
    assert {"name", "n", "k", "rows", "rank", "girth"} <= set(result)
    assert run_here("spectrum", "BCH(31,16)") == 0
    assert "15 of degree 8" in capsys.readouterr().out


def test_spectrum_of_a_matrix_file(capsys, tmp_path):
    path = tmp_path / "own.txt"
    path.write_text("1101100\n1011010\n0111001\n")
    assert run_here("spectrum", str(path), "--json") == 0
    assert json.loads(capsys.readouterr().out)["name"] == "own"


def test_simulate_until_the_rate_is_known_well(capsys, store):
    rule = StoppingRule(50, 10**6, relative_width=0.3)
    counts = simulate_point(CODE, build_decoder("uncoded", CODE), 3.0, rule, store=store)
    assert counts.frame_errors > 50
    limits = ["--frame-errors", "50", "--max-frames", "1000000", "--relative-width", "0.3"]
    assert run_here(*SIMULATE[:-1], *limits, "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["frames"], row["frame_errors"]) == (counts.frames, counts.frame_errors)
    assert row["fer_high"] - row["fer_low"] <= 0.3 * row["fer"]


@pytest.mark.usefixtures("measured")
def test_simulate_prints_what_the_store_holds_without_a_runner(capsys, tmp_path):
    assert run_here(*SIMULATE, *LIMITS, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [list(row) for row in rows] == [ROW_KEYS] * 2
    counts = simulate_point(CODE, build_decoder("uncoded", CODE), 3.0, RULE)
    assert (rows[0]["code"], rows[0]["decoder"], rows[0]["ebn0"]) == ("Hamming(7,4)", "uncoded", 3.0)
    assert (rows[0]["frames"], rows[0]["bit_errors"]) == (counts.frames, counts.bit_errors)
    assert rows[0]["fer_low"] < rows[0]["fer"] < rows[0]["fer_high"]
    assert not (tmp_path / "results.lock").exists()


def test_simulate_says_how_far_it_is_where_nobody_parses_its_output():
    done = run_process(*SIMULATE, *LIMITS)
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert "0 of 2 points done" in lines[0]
    assert all(line.startswith("run ") and "points done" in line for line in lines)
    assert "uncoded" in done.stdout


def test_simulate_cancel_by_ctrl_c_and_resume(store):
    """A run through a runner, seen on a terminal and stopped by Ctrl-C; meanwhile another one is resumed and ends."""
    endless = ["simulate", "--code", "Hamming(7,4)", "--decoder", "bp:5", "--ebn0", "3"]
    endless += ["--frame-errors", "1000000000", "--max-frames", "1000000000"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "sapcore", *endless],
        stdout=subprocess.PIPE,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
    )
    os.close(theirs)
    seen = b""
    while b"frames/s" not in seen:
        seen += os.read(ours, 4096)
    (run,) = list_runs(store)

    short = cancel(store, request(store, [CODE], ["bp:5"], [7.0], RULE).id)
    resumed = run_process("runs", "resume", short.id[:8], "--json")
    assert (resumed.returncode, resumed.stderr) == (0, "")
    (row,) = json.loads(resumed.stdout)
    counts = simulate_point(CODE, build_decoder("bp:5", CODE), 7.0, RULE)
    assert (row["frames"], row["bit_errors"]) == (counts.frames, counts.bit_errors)
    assert get_run(store, short.id).state is RunState.DONE

    process.send_signal(signal.SIGINT)
    try:
        while more := os.read(ours, 4096):
            seen += more
    except OSError:  # how a terminal says that the other side is closed
        pass
    assert (process.communicate(timeout=DEADLINE_SECONDS)[0], process.returncode) == (b"", 130)
    assert get_run(store, run.id).state is RunState.CANCELLED
    assert f"python -m sapcore runs resume {run.id}" in seen.decode()


def test_runs(measured, capsys, store):
    assert run_here("runs", "list", "--json") == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["id"], listed["state"], listed["points"], listed["points_done"]) == (measured.id, "done", 2, 2)
    assert run_here("runs", "list") == 0
    assert measured.id in capsys.readouterr().out
    assert run_here("runs", "show", measured.id, "--json") == 0
    assert [list(row) for row in json.loads(capsys.readouterr().out)["rows"]] == [ROW_KEYS] * 2
    assert run_here("runs", "show", measured.id[:5]) == 0
    assert f"run {measured.id}: done, 2 of 2 points done" in capsys.readouterr().err
    assert run_here("runs", "watch", measured.id, "--json") == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    queued = request(store, [CODE], ["bp:5"], [3.0], RULE)
    assert run_here("runs", "pause", queued.id) == 0
    assert get_run(store, queued.id).state is RunState.PAUSED
    assert f"python -m sapcore runs resume {queued.id}" in capsys.readouterr().err
    assert run_here("runs", "cancel", queued.id) == 0
    assert get_run(store, queued.id).state is RunState.CANCELLED


@pytest.mark.usefixtures("measured")
def test_priorities(capsys, store):
    assert run_here(*SIMULATE, *LIMITS, "--json") == 0
    (run,) = list_runs(store)
    assert run.priority is Priority.NORMAL
    assert run_here(*SIMULATE, *LIMITS, "--priority", "high") == 0
    assert run_here(*SIMULATE, *LIMITS) == 0
    capsys.readouterr()
    assert run_here("runs", "list", "--json") == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["id"], listed["priority"]) == (run.id, "high")
    assert run_here("runs", "priority", run.id[:6], "low") == 0
    assert capsys.readouterr() == ("", f"Run {run.id} has low priority.\n")
    assert get_run(store, run.id).priority is Priority.LOW
    assert run_here("runs", "list") == 0
    assert " low " in capsys.readouterr().out
    assert tuple(map(str, Priority)) == PRIORITIES


def test_merge(capsys, store, tmp_path, measured):
    other = tmp_path / "other" / "results.sqlite"
    with Store(other) as theirs:
        rule = StoppingRule(10**6, 8192)
        simulate_point(CODE, build_decoder("uncoded", CODE), 3.0, rule, store=theirs)
    (counts, _), *_ = (store.point(key, RULE) for key in measured.spec.point_keys())
    known = counts.frames // 1024
    assert run_here("runs", "merge", str(other), "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"added": 8 - known, "known": known, "different": 0}
    assert run_here("runs", "merge", str(other)) == 0
    assert capsys.readouterr().out == (
        "0 blocks were added, 8 were known here, and 0 are known here with different counts, which stay.\n"
    )
    again = request(store, [CODE], ["uncoded"], [3.0, 4.0], RULE)
    assert [point.counts for point in again.points] == [point.counts for point in measured.points]
    assert request(store, [CODE], ["uncoded"], [3.0], rule).frames == 8192


@pytest.mark.parametrize("arguments", [[*SIMULATE, *LIMITS], ["runs", "resume", "a"], ["runs", "watch", "a"]])
def test_a_bad_number_of_workers_is_refused_before_there_is_a_run(arguments, capsys, store, monkeypatch):
    monkeypatch.setenv("SAP_WORKERS", "300")
    assert run_here(*arguments) == 2
    assert capsys.readouterr() == ("", "SAP_WORKERS must be a whole number from 1 to 256, not '300'.\n")
    assert list_runs(store) == []


def test_following_a_run_ends_when_it_is_paused(store, capsys):
    run = pause(store, request(store, [CODE], ["bp:5"], [3.0], RULE).id)
    assert run_here("runs", "watch", run.id) == 130
    assert f"Run {run.id} was paused; its finished blocks are kept." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["spectrum", "BCH(31,17)"], "not 17"),
        (["spectrum", "no-such-code"], "neither a code nor a matrix file"),
        (["spectrum", "no-such-file.txt"], "There is no matrix file 'no-such-file.txt'."),
        (["spectrum", "no/such/file"], "There is no matrix file 'no/such/file'."),
        (["spectrum", " "], "The name of a code is empty"),
        ([*SIMULATE, "--decoder", "viterbi", *LIMITS], "viterbi"),
        ([*SIMULATE, "--code", "BCH(31,17)", *LIMITS], "not 17"),
        ([*SIMULATE, "--ebn0", "nan", *LIMITS], "-20 to 40 dB"),
        ([*SIMULATE, "--frame-errors", "0", "--max-frames", "4096"], "at least 1"),
        ([*SIMULATE, *LIMITS, "--seed", "-1"], "Seed -1"),
        ([*SIMULATE, *LIMITS, "--relative-width", "0"], "above 0"),
        (["runs", "show", "nothing"], "No run"),
        (["runs", "cancel", "nothing"], "No run"),
        (["runs", "resume", "nothing"], "No run"),
        (["runs", "watch", "nothing"], "No run"),
        (["runs", "pause", "nothing"], "No run"),
        (["runs", "priority", "nothing", "low"], "No run"),
        (["runs", "merge", "nothing.sqlite"], "There is no file nothing.sqlite"),
        (["train", "--backbone", "x", "--codes", "BCH(31,17)", "--minutes", "1"], "not 17"),
        (["train", "--backbone", "x", "--codes", "Hamming(7,4)", "--minutes", "0"], "above 0"),
        (["train", "--backbone", "x", "--codes", "Hamming(7,4)", "--minutes", "1", "--threads", "0"], "1 or more"),
    ],
)
def test_bad_input_is_one_sentence(arguments, sentence, capsys, store):
    assert run_here(*arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert sentence in output.err
    assert output.err.count("\n") == 1
    assert list_runs(store) == []


@pytest.mark.parametrize("action", ["cancel", "pause"])
def test_a_done_run_is_not_stopped(measured, capsys, action):
    assert run_here("runs", action, measured.id) == 2
    assert "is done" in capsys.readouterr().err


def test_a_failed_run(store, capsys):
    from sapcore.runs.table import set_state

    run = request(store, [CODE], ["bp:5"], [3.0], RULE)
    set_state(store, run.id, RunState.FAILED, "Measuring failed.")
    assert run_here("runs", "watch", run.id) == 1
    assert capsys.readouterr() == ("", "Measuring failed.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        *([], ["decode"], ["simulate"], ["runs"], ["codes", "--frobnicate"], ["spectrum"], ["train"]),
        ["runs", "priority", "a", "urgent"],
        [*SIMULATE, *LIMITS, "--priority", "0"],
    ],
)
def test_usage_errors_are_one_sentence(arguments, capsys):
    assert run_here(*arguments) == 2
    out, line = capsys.readouterr()
    assert out == "" and re.fullmatch(r"[A-Z].*; see python -m sapcore( [a-z]+)* --help\.\n", line)


@pytest.mark.parametrize(
    "verb",
    [
        "codes",
        "spectrum",
        "simulate",
        "train",
        "export",
        "runs",
        "runs list",
        "runs resume",
        "runs priority",
        "runs merge",
        "backbones list",
        "backbones add",
        "backbones remove",
    ],
)
def test_help_ends_with_an_example(verb, capsys):
    assert run_here(*verb.split(), "--help") == 0
    assert f"example:\n  python -m sapcore {verb}" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["spectrum", "simulate", "train"])
def test_help_names_the_redundant_forms(verb, capsys):
    assert run_here(verb, "--help") == 0
    text = capsys.readouterr().out
    assert "NAME-r " in text
    assert "NAME-rROWS" in text


def test_help_imports_nothing_heavy():
    script = (
        "import sys\nfrom sapcore import cli\n"
        "try:\n    cli.main(['simulate', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'torch', 'distributed', 'scipy', 'streamlit'} & set(sys.modules)\nassert not heavy, heavy"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 0


def test_a_broken_pipe_is_not_an_accident():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "sapcore", "spectrum", "Hamming(7,4)", "--json"]
    process = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=DEADLINE_SECONDS, check=False)
    os.close(writer)
    assert (process.returncode, process.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("BCH(31,16)", ["BCH(31,16)"]),
        ("BCH(31,16)-r,RM(32,16), own.alist", ["BCH(31,16)-r", "RM(32,16)", "own.alist"]),
    ],
)
def test_names_are_split_outside_brackets(text, names):
    assert split_names(text) == names


@pytest.fixture
def files(tmp_path):
    """The arguments that name the weights and the card of a small backbone."""
    card = save_backbone(tmp_path / "elsewhere", "theirs", Fecct(FecctConfig(1, 8, 2)), {"codes": ["BCH(15,7)"]})
    return [str(tmp_path / "elsewhere" / f"theirs.{ending}") for ending in ("safetensors", "json")], card["digest"]


def test_backbones_are_added_listed_used_and_removed(files, capsys):
    paths, digest = files
    row = {"name": "mine", "layers": 1, "width": 8, "heads": 2, "codes": ["BCH(15,7)"], "frames": None}
    row |= {"bytes": os.path.getsize(paths[0]), "digest": digest, "ships": False, "problem": None}
    assert run_here("backbones", "add", *paths, "--name", "mine", "--json") == 0
    assert json.loads(capsys.readouterr().out) == row
    assert run_here("backbones", "list", "--json") == 0
    rows = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert rows["mine"] == row and rows["base"]["ships"] and rows["base"]["codes"][0] == "BCH(15,7)"
    simulate_point(CODE, build_decoder("fecct:mine", CODE), 3.0, RULE)
    assert run_here("backbones", "remove", "mine") == 0
    assert capsys.readouterr() == ("", "The backbone 'mine' is removed.\n")
    assert run_here("backbones", "add", *paths, "--name", "mine") == 0
    assert capsys.readouterr() == (f"fecct:mine: weights {digest}.\n", "")


def test_backbones_table(files, capsys, tmp_path):
    assert run_here("backbones", "add", *files[0], "--name", "mine") == 0
    (tmp_path / "backbones" / "hurt.json").write_text("{")
    capsys.readouterr()
    assert run_here("backbones", "list") == 0
    out, err = capsys.readouterr()
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert lines["name"] == ["layers", "width", "heads", "codes", "frames", "bytes", "digest", "from"]
    assert lines["mine"][:5] == ["1", "8", "2", "1", "-"] and lines["mine"][6:] == [files[1], "own"]
    assert lines["base"][-1] == "ships" and lines["hurt"] == [*"-------", "own"]
    assert err.count("\n") == 1 and "The card of backbone 'hurt'" in err


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (["add", "{weights}", "{card}", "--name", "base"], "'base' ships with the product"),
        (["add", "{card}", "{card}", "--name", "mine"], "The weights file is damaged or no safetensors file."),
        (["add", "{weights}", "{weights}", "--name", "mine"], "The card is not JSON"),
        (["add", "none.safetensors", "{card}", "--name", "mine"], "There is no weights file none.safetensors."),
        (["add", "{weights}", ".", "--name", "mine"], ". is a directory; a card is needed."),
        (["remove", "base"], "'base' ships with the product and cannot be removed"),
        (["remove", "none"], "There is no backbone 'none'"),
    ],
)
def test_what_backbones_cannot_do_is_one_sentence(action, sentence, files, capsys):
    places = dict(zip(("{weights}", "{card}"), files[0], strict=True))
    assert run_here("backbones", *(places.get(word, word) for word in action)) == 2
    out, err = capsys.readouterr()
    assert out == "" and sentence in err and err.count("\n") == 1


@pytest.fixture
def pruning(tmp_path, monkeypatch):
    """A small backbone, its importances and a library of one donor, in place of those that ship."""
    torch.manual_seed(0)
    save_backbone(tmp_path / "backbones", "small", Fecct(FecctConfig(2, 16, 4)), {})
    monkeypatch.setattr("sapcore.pruning.masks.ASSETS", tmp_path / "assets")
    scores = [score_code(load_backbone("small"), backbone_digest("small"), code, frames=8)
              for code in (CODE, find("BCH(15,7)"))]  # fmt: skip
    save_importances(importances_path("small"), scores, "command")
    save_library(library_path("small"), build_library(scores[1:], [CODE]), "command")


def test_prune_json(pruning, capsys):
    arguments = ["prune", "Hamming(7,4)", "--backbone", "small", "--ratio", "0.5"]
    assert run_here(*arguments, "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert list(row) == [
        "code", "decoder", "donor", "distance", "heads_kept", "heads", "channels_kept", "channels",
        "jaccard_dedicated", "macs", "macs_dense", "parameters", "bytes",
    ]  # fmt: skip
    assert (row["code"], row["decoder"], row["donor"]) == ("Hamming(7,4)", "fecct:small/sap@0.5", "BCH(15,7)")
    assert row["distance"] == pytest.approx(np.hypot(*np.subtract(signature(CODE), signature(find("BCH(15,7)")))))
    assert (row["heads_kept"], row["heads"], row["channels_kept"], row["channels"]) == (4, 8, 64, 128)
    assert row["macs"] < 0.65 * row["macs_dense"] and row["bytes"] == 4 * row["parameters"]
    assert run_here(*arguments, "--how", "dedicated") == 0
    assert "1.000 of heads, 1.000 of channels" in capsys.readouterr().out


@pytest.mark.parametrize(
    "verb",
    [
        "prune --backbone small",
        "recover --backbone small --steps 1",
        "estimate --ebn0 2 --max-frames 1024 --decoder fecct",
    ],
)
def test_work_in_small_pieces_takes_one_thread(pruning, verb):
    torch.set_num_threads(2)
    try:
        name, *options = verb.split()
        where = ["--code", "Hamming(7,4)"] if name == "estimate" else ["Hamming(7,4)", "--ratio", "0.5"]
        assert run_here(name, *where, *options) == 0
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(1)


def test_recover_json_makes_the_adapter_that_the_decoder_needs(pruning, capsys):
    arguments = ["Hamming(7,4)", "--backbone", "small", "--ratio", "0.5", "--how", "dedicated"]
    assert run_here("recover", *arguments, "--steps", "3", "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert list(row) == ["code", "decoder", "adapter", "steps", "loss_first", "loss_last", "seconds"]
    assert (row["decoder"], row["steps"]) == ("fecct:small/dedicated@0.5/lora", 3)
    assert build_decoder(row["decoder"], CODE).decode(np.ones((2, 7), np.float32), 0.5).tolist() == [[0] * 7] * 2
    assert run_here("recover", *arguments, "--steps", "2") == 0
    assert "fecct:small/dedicated@0.5/lora: loss" in capsys.readouterr().out


def test_prune_json_of_a_sparsity(pruning, capsys):
    arguments = ["prune", "Hamming(7,4)", "--backbone", "small", "--sparsity", "2:4+lsa"]
    assert run_here(*arguments, "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert list(row) == [
        "code", "decoder", "weights_kept", "weights", "score_kept", "macs", "macs_dense", "parameters", "bytes",
    ]  # fmt: skip
    assert (row["decoder"], 2 * row["weights_kept"]) == ("fecct:small/2:4+lsa", row["weights"])
    assert 0.5 < row["score_kept"] < 1 and row["macs"] < 0.65 * row["macs_dense"]
    assert run_here(*arguments) == 0
    assert "score_kept" in capsys.readouterr().out


def test_sparsify_and_recover_make_what_the_decoder_needs(pruning, capsys):
    arguments = ["Hamming(7,4)", "--backbone", "small", "--sparsity", "2:4+learnable"]
    assert run_here("sparsify", *arguments, "--steps", "2", "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert list(row) == [
        "code", "decoder", "file", "steps", "best_step", "loss_first", "loss_last", "seconds",
    ]  # fmt: skip
    assert row["decoder"] == "fecct:small/2:4+learnable" and row["loss_last"] <= row["loss_first"]
    assert run_here("recover", *arguments, "--steps", "3", "--json") == 0
    decoder = json.loads(capsys.readouterr().out)["decoder"]
    assert decoder == "fecct:small/2:4+learnable/lora"
    assert build_decoder(decoder, CODE).decode(np.ones((2, 7), np.float32), 0.5).tolist() == [[0] * 7] * 2
    assert run_here("sparsify", *arguments, "--steps", "1") == 0
    assert "fecct:small/2:4+learnable: held-out loss" in capsys.readouterr().out


def test_sparsify_trains_weights_to_a_pattern(pruning, capsys):
    arguments = ["Hamming(7,4)", "--backbone", "small", "--sparsity", "kernel@0.5"]
    assert run_here("sparsify", *arguments, "--steps", "40", "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert list(row) == [
        "code", "decoder", "file", "steps", "primal_residual", "loss_first", "loss_last", "seconds",
    ]  # fmt: skip
    assert row["primal_residual"] < 0.1
    assert build_decoder(row["decoder"], CODE).decode(np.ones((2, 7), np.float32), 0.5).tolist() == [[0] * 7] * 2
    assert run_here("prune", *arguments, "--json") == 0
    pruned = json.loads(capsys.readouterr().out)
    assert (2 * pruned["weights_kept"], pruned["score_kept"]) == (pruned["weights"], None)
    assert run_here("sparsify", *arguments, "--steps", "1") == 0
    assert "fecct:small/kernel@0.5: loss" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("verb", "arguments", "sentence"),
    [
        ("prune", ["--sparsity", "5:4"], "N:M sparsity keeps N of M consecutive inputs; 5:4 would keep more"),
        ("prune", ["--sparsity", "2:3"], "2:3 does not fit q, k, v and up: 3 does not divide its 16 inputs."),
        ("recover", ["--sparsity", "2:4+best"], "There is no sparsity '2:4+best'; N:M such as 2:4"),
        ("prune", ["--sparsity", "best"], "There is no sparsity 'best'; N:M such as 2:4 keeps N of M, after which"),
        ("prune", ["--sparsity", "tile@0.3"], "The pattern tile at ratio 0.3 would keep 11.2 of 16 columns, no whole"),
        ("prune", ["--sparsity", "kernel@0.6"], "The pattern kernel has ratio 0.25, 0.5 or 0.75, not 0.6."),
        ("prune", ["--sparsity", "tile@0.5"], "Nothing has been learned for tile@0.5 on Hamming(7,4) yet; do it with"),
        ("recover", ["--sparsity", "2:4", "--how", "sap"], "--how chooses the mask of a --ratio; --sparsity says"),
        ("recover", ["--sparsity", "2:4+learnable"], "Nothing has been learned for 2:4+learnable on Ham"),
        ("sparsify", ["--sparsity", "2:4+lsa"], "The orders of channels of 2:4+lsa are not learned; 2:4+learnable has"),
        ("sparsify", ["--sparsity", "2:4+learnable", "--steps", "0"], "--steps is 0; 1 to 100000 are allowed."),
        ("sparsify", ["--sparsity", "2:4+learnable", "--seed", "-1"], "--seed is -1; 0 or more is allowed."),
    ],
)
def test_sparsities_that_cannot_be_had(pruning, capsys, verb, arguments, sentence):
    assert run_here(verb, "Hamming(7,4)", "--backbone", "small", *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(sentence) and error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--ratio", "0.95"], "A pruning ratio is a number from 0 to 0.9, not 0.95."),
        (["--ratio", "0.1234567"], "A pruning ratio has at most six digits, not 0.1234567."),
        (["--ratio", "0.5", "--how", "best"], "There is no way 'best' to choose a mask"),
        (["--ratio", "0.5", "--backbone", "none"], "There is no backbone 'none'"),
    ],
)
@pytest.mark.parametrize("verb", ["prune", "recover"])
def test_masks_that_cannot_be_had(pruning, capsys, verb, arguments, sentence):
    assert run_here(verb, "Hamming(7,4)", "--backbone", "small", *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(sentence) and error.count("\n") == 1


def test_reproduce_masks_makes_the_files_that_masks_are_chosen_from(tmp_path, monkeypatch, capsys):
    torch.manual_seed(0)
    names = ["Hamming(7,4)", "BCH(15,7)"]
    save_backbone(tmp_path / "backbones", "small", Fecct(FecctConfig(2, 16, 4)), {"codes": names})
    monkeypatch.setattr("sapcore.pruning.masks.ASSETS", tmp_path / "assets")
    forms = [form for name in names for form in (find(name), find(name).redundant())]
    monkeypatch.setattr("sapcore.experiments.catalogue_masks.catalogue", lambda: tuple(forms))
    assert run_here("reproduce", "masks", "--backbone", "small") == 0
    said = capsys.readouterr().out.splitlines()
    assert said == ["4 donors, reach 0.000.", str(importances_path("small")), str(library_path("small"))]
    assert not (tmp_path / "assets").exists()
    source = MaskSource("small", backbone_digest("small"))
    assert set(source.importances) == {form.name for form in forms}
    assert {source.mask("sap", form, 0.5).digest for form in forms} == {
        source.mask("dedicated", form, 0.5).digest for form in forms
    }


def test_estimate_prints_the_columns_of_simulate_and_keeps_its_blocks(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    arguments = ["--code", "Hamming(7,4)", "--decoder", "ml", "--ebn0", "4", "5", "--relative-width", "0.6"]
    assert run_here("estimate", *arguments, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["ebn0"] for row in rows] == [4.0, 5.0]
    for row in rows:
        assert row["ber_low"] < row["ber"] < row["ber_high"] <= row["fer_high"]
        assert row["ber_high"] - row["ber_low"] <= 0.6 * row["ber"]
        assert row["effective_errors"] > 0
    with Store(tmp_path / "results.sqlite") as store:
        blocks = store.read("SELECT count(*) FROM sphere_blocks")
        assert run_here("estimate", *arguments) == 0
        assert store.read("SELECT count(*) FROM sphere_blocks") == blocks
    assert capsys.readouterr().out.startswith("code")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--decoder", "bp:50", "--ebn0", "4"], "bp:50 decodes by the noise level, so there is no radial estimate"),
        (["--decoder", "ml", "--ebn0", "4", "--relative-width", "0"], "A radial estimate needs an Eb/N0"),
        (["--decoder", "ml", "--ebn0", "nan"], "Eb/N0 must be a finite number"),
    ],
)
def test_estimates_that_cannot_be_had(monkeypatch, tmp_path, capsys, arguments, sentence):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    assert run_here("estimate", "--code", "Hamming(7,4)", *arguments) == 2
    assert capsys.readouterr().err.startswith(sentence)


def test_compare_json(store, capsys):
    for decoder in ("ml", "bp:1", "uncoded"):
        simulate_point(CODE, build_decoder(decoder, CODE), 3.0, StoppingRule(10**6, 4096), store=store)
    arguments = [
        "compare",
        "--code",
        CODE.name,
        "--ebn0",
        "3",
        "--frames",
        "4000",
        "--decoder",
        "ml",
        "bp:1",
        "uncoded",
    ]
    assert run_here(*arguments, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["first"], row["second"], row["frames"]) for row in rows] == [
        ("ml", "bp:1", 4096),
        ("ml", "uncoded", 4096),
    ]
    for row in rows:
        assert row["first_only"] < row["second_only"] and row["p_value"] < 0.01
        assert row["not_worse_p_value"] < 0.01 and row["verdict"].startswith("ml makes fewer frame errors than")
    assert run_here(*arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and "1.1 times the frame error rate of bp:1 is shown" in lines[0]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (["--decoder", "ml"], "two decoders or more"),
        (["--decoder", "ml", "ml"], "two decoders or more"),
        (["--decoder", "ml", "bp:5", "--margin", "-1"], "A margin is from 0 to 10"),
        (["--decoder", "ml", "bp:5", "--frames", "0"], "at least 1"),
    ],
)
def test_comparisons_that_cannot_be_made(changed, sentence, capsys):
    assert run_here("compare", "--code", CODE.name, "--ebn0", "3", "--frames", "1024", *changed) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert sentence in error


def test_percent_signs_stand_alone_in_every_help(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    listed = capsys.readouterr().out
    assert "at the 99.9 % level" in " ".join(listed.split())
    verbs = re.findall(r"^    ([a-z]+) ", listed, re.MULTILINE)
    assert {"selftest", "simulate", "estimate"} <= set(verbs)
    for verb in verbs:
        with pytest.raises(SystemExit):
            cli.main([verb, "--help"])
        listed += capsys.readouterr().out
    assert "%%" not in listed


@pytest.mark.parametrize("target", ["onnx", "safetensors"])
def test_export_json(pruning, capsys, tmp_path, target):
    spec, folder = "fecct:small/dedicated@0.5", tmp_path / "out"
    arguments = ["export", "--code", "Hamming(7,4)", "--decoder", spec, "--to", target, "--output", str(folder)]
    assert run_here(*arguments, "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert list(row) == ["code", "decoder", "to", "folder", "files", "bytes", "parameters", "macs"]
    assert (row["code"], row["decoder"], row["to"]) == ("Hamming(7,4)", spec, target)
    assert row["folder"] == str(folder) and row["files"][0] == f"decoder.{target}"
    assert row["bytes"] == sum((folder / name).stat().st_size for name in row["files"])
    assert (
        run_here("prune", "Hamming(7,4)", "--backbone", "small", "--ratio", "0.5", "--how", "dedicated", "--json") == 0
    )
    pruned = json.loads(capsys.readouterr().out)
    assert (row["parameters"], row["macs"]) == (pruned["parameters"], pruned["macs"])
    assert run_here(*arguments) == 2
    assert capsys.readouterr() == ("", f"The folder {folder} is not empty; name a new one.\n")


def test_export_names_its_folder(pruning, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_here("export", "--code", "Hamming(7,4)", "--decoder", "fecct:small", "--to", "safetensors") == 0
    said = (
        "Hamming-7-4-fecct-small-safetensors: decoder.safetensors, parity_check.alist, card.json, README.md; 0.0 MB\n"
    )
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["Hamming(7,4)", "--decoder", "ml"], "ml has no network"),
        (["Hamming(7,4)", "--decoder", "fecct:small/bf16"], "A decoder is exported in float32 and for one pass;"),
        (["Hamming(7,4)", "--decoder", "fecct:none"], "There is no decoder 'fecct:none'"),
        (["BCH(31,17)", "--decoder", "fecct:small"], "A BCH code of length 31 has k = "),
    ],
)
def test_exports_that_cannot_be_had(pruning, capsys, tmp_path, arguments, sentence):
    assert run_here("export", "--code", *arguments, "--to", "onnx", "--output", str(tmp_path / "out")) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.startswith(sentence) and output.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_bench_json(pruning, capsys, monkeypatch):
    monkeypatch.setattr("sapcore.experiments.speed._peak_in_fresh_process", lambda name, code, batch: 1.5)
    arguments = ["bench", "--code", CODE.name, "--decoder", "fecct:small", "--batch", "3", "--seconds", "1e-6"]
    assert run_here(*arguments, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    kinds = {
        "decoder": str, "code": str, "batch": int, "threads": int, "frames_per_second": float, "latency_ms": float,
        "macs": int, "bytes": int, "peak_mb": float, "ratio": float, "latency_ratio": float,
        "zero_syndromes": float,
    }  # fmt: skip
    for row in rows:
        assert list(row) == list(kinds) and all(isinstance(row[key], kind) for key, kind in kinds.items())
    assert [(row["decoder"], row["batch"]) for row in rows] == [("plain:small", 3), ("fecct:small", 3)]
    assert rows[1]["ratio"] == rows[1]["frames_per_second"] / rows[0]["frames_per_second"]
    assert run_here(*arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == list(kinds) and [line.split()[0] for line in lines[1:]] == ["plain:small", "fecct:small"]


def test_rows_are_printed_as_they_come(capsys):
    printed = []

    def rows():
        yield {"decoder": "plain", "batch": 1, "ratio": 1.0}
        printed.append(capsys.readouterr().out)
        yield {"decoder": "fecct/sap@0.5", "batch": 256, "ratio": None}

    print_as_they_come(rows(), {"decoder": 13})
    assert printed == ["decoder        batch  ratio\nplain              1  1.000\n"]
    assert capsys.readouterr().out == "fecct/sap@0.5    256      -\n"


def test_bench_measures_few_decoders_by_default(monkeypatch):
    asked = []
    monkeypatch.setattr("sapcore.experiments.speed.Bench.measure", lambda self, advance: asked.append(self) or iter(()))
    assert run_here("bench") == 0
    (bench,) = asked
    assert [code.name for code in bench.codes] == ["BCH(31,16)-r", "BCH(63,45)-r"]
    assert (bench.contestants, bench.batches, bench.seconds) == (("plain", "fecct", "fecct/sap@0.5"), (1, 256), 1.0)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (["--decoder", "best"], "There is no decoder 'best'"),
        (["--code", "none"], "'none' is neither a code nor a matrix file"),
        (["--batch", "0"], "A batch has at least one frame, not 0."),
        (["--batch", "many"], "Argument --batch: invalid int value: 'many'"),
        (["--seconds", "-1"], "A measurement takes more than 0 and at most 600 seconds, not -1.0."),
    ],
)
def test_speeds_that_cannot_be_measured(changed, sentence, capsys):
    assert run_here("bench", *changed) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.startswith(sentence) and output.err.count("\n") == 1
