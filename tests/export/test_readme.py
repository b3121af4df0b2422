"""The examples of the READMEs run as they stand, where nothing of this package can be imported."""

import re
import subprocess
import sys
from importlib.metadata import version
from textwrap import dedent

import numpy as np
import pytest

from sapcore.codes import find
from sapcore.export.write import export_decoder
from sapcore.variants import build_decoder

DEADLINE_SECONDS = 600
KEEP = "\nnp.save('received.npy', received)\nnp.save('bits.npy', bits)\n"
ONE_CORE = dedent("""
    import os
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    """)
GUARD = ONE_CORE + dedent("""
    import sys
    class Only:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] not in sys.stdlib_module_names | ALLOWED:
                raise ModuleNotFoundError(f"{name} is not allowed here", name=name)
    sys.meta_path.insert(0, Only())
    """)


def example(folder):
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    return code


def start(python, code, folder):
    command = [python, "-I", "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False)


def run(python, code, folder):
    """Run `code` in `folder`; returns what it printed, what it received and the bits it decided on."""
    done = start(python, code + KEEP, folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout, np.load(folder / "received.npy"), np.load(folder / "bits.npy")


def check(spec, code, printed, received, bits):
    assert np.array_equal(bits, build_decoder(spec, code).decode(received, 0.5))
    wrong = bits.any(axis=1).sum()
    assert 0 < wrong < len(bits) and printed == f"{wrong} of {len(bits)} frames are wrong\n"


@pytest.mark.parametrize("target", ["onnx", "safetensors"])
def test_the_example_gives_the_bits_of_the_decoder_with_two_packages(small, tmp_path, target):
    spec = "fecct:small/sap@0.5/lora"
    folder = export_decoder(small, spec, target, tmp_path / "out").folder
    allowed = {"onnx": {"numpy", "onnxruntime"}, "safetensors": {"numpy", "safetensors"}}[target]
    guard = GUARD.replace("ALLOWED", repr(allowed))
    check(spec, small, *run(sys.executable, guard + example(folder), folder))
    assert "torch is not allowed here" in start(sys.executable, guard + "import torch", folder).stderr


@pytest.mark.parametrize("target", ["onnx", "safetensors"])
def test_the_example_takes_frames_without_an_error(small, tmp_path, target):
    folder = export_decoder(small, "fecct:small", target, tmp_path / "out").folder
    done = start(sys.executable, ONE_CORE + example(folder).replace("4.0", "40.0"), folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("0 of ")


def test_the_readme_names_the_tested_runtime(small, tmp_path):
    folder = export_decoder(small, "fecct:small", "onnx", tmp_path / "out").folder
    assert f"tested with\n{version('onnxruntime')}." in (folder / "README.md").read_text()


@pytest.mark.slow
def test_10000_frames_in_a_fresh_environment_of_numpy_and_onnxruntime(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    wanted = [f"{name}=={version(name)}" for name in ("numpy", "onnxruntime")]
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], check=True)
    code = find("BCH(31,16)")
    folder = export_decoder(code, "fecct/sap@0.5", "onnx", tmp_path / "out").folder
    script = example(folder)
    assert script.count("ebn0_db = 1000,") == 1
    check("fecct/sap@0.5", code, *run(python, ONE_CORE + script.replace("= 1000,", "= 10_000,"), folder))
