"""No source of the product unpickles: neither by name nor through a reader that would.

What travels between Dask's processes, and what `st.cache_data` copies within one, is pickled by those libraries: it is
the product's own, never a file or an address, and outside of what is looked for here.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "sapcore").rglob("*.py"))]
MODULES = {"pickle", "_pickle", "cPickle", "pickletools", "cloudpickle", "dill", "joblib", "shelve", "marshal", "dbm"}
READERS = {"torch.load", "torch.jit.load", "torch.hub.load", "torch.package.PackageImporter"}
READERS |= {f"{module}.read_{kind}" for module in ("pd", "pandas") for kind in ("pickle", "hdf")}
NUMPY = {"np.load", "numpy.load"}  # without allow_pickle=False, said where it is called
BUILT_IN = {"eval", "exec", "compile", "__import__"}


def unpickling(source: str) -> list[str]:
    """What in a source unpickles, or runs text as a program."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name for name in names if name.split(".")[0] in MODULES or name in READERS | NUMPY]
        elif isinstance(node, ast.Call):
            name, said = ast.unparse(node.func), {word.arg: ast.unparse(word.value) for word in node.keywords}
            unsafe = name in READERS | BUILT_IN or name.split(".")[0] in MODULES
            unsafe |= name in NUMPY and said.get("allow_pickle") != "False"
            unsafe |= said.get("allow_pickle", "False") != "False"
            found += [name] * unsafe
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_unpickles(path: Path) -> None:
    assert unpickling(path.read_text()) == []


def test_all_sources_are_looked_at() -> None:
    assert {"app.py", "overview.py", "npy.py", "own_backbones.py", "cluster.py"} <= {path.name for path in SOURCES}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import joblib.memory as m",
        "from pickle import loads",
        "from torch import load",
        "from numpy import load",
        "torch.load(path, weights_only=True)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=asked)",
        "np.lib.format.read_array(file, allow_pickle=True)",
        "pd.read_pickle(path)",
        "eval(text)",
    ],
)
def test_what_unpickles_is_found(source: str) -> None:
    assert unpickling(source)


def test_what_does_not_is_left() -> None:
    assert unpickling("np.load(path, allow_pickle=False)\nmodel.eval()\nimport json\njson.load(file)") == []
