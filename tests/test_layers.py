"""The layers: a module imports only from modules to its left in ORDER."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ORDER = [
    *("errors", "folders", "contents", "threads", "codes", "spectra", "channel", "decoders", "training", "complexity"),
    *("pruning", "recovery", "variants", "simulation", "inspection", "runs", "experiments", "export", "figures"),
    *("report", "ui", "cli"),
]
MODULES = sorted((ROOT / "sapcore").rglob("*.py"))
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]


def imports(path: Path) -> set[str]:
    """Every dotted name a file imports, at its top or inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def layer(path: Path) -> str:
    return path.relative_to(ROOT / "sapcore").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", [p for p in MODULES if not layer(p).startswith("__")], ids=lambda p: str(p.name))
def test_imports_point_left(path):
    own = ORDER.index(layer(path))
    for name in imports(path):
        if name.startswith("sapcore."):
            assert ORDER.index(name.split(".")[1]) <= own, f"{path} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.name))
def test_streamlit_only_in_ui(path):
    if layer(path) != "ui":
        assert not {name.split(".")[0] for name in imports(path)} & {"streamlit"}


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_pages_compute_nothing(path):
    assert not {name.split(".")[0] for name in imports(path)} & {"torch", "numpy", "scipy", "networkx", "distributed"}


def blocked(modules: str, statement: str) -> None:
    code = f"import sys\nfor name in {modules.split()!r}: sys.modules[name] = None\n{statement}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_core_runs_without_streamlit():
    blocked(
        "streamlit",
        "import sapcore.codes, sapcore.spectra, sapcore.simulation, sapcore.runs, sapcore.cli, sapcore.inspection",
    )


def test_training_runs_on_a_bare_machine():
    blocked("streamlit plotly distributed dask", "import sapcore.training")


def test_what_simulates_starts_without_the_distributions_of_scipy():
    """They take half a second to import, in the runner and in every worker."""
    blocked("scipy.stats", "import sapcore.runs.runner, sapcore.runs.task")


def test_figures_never_import_torch():
    blocked("torch", "import sapcore.figures")
