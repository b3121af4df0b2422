"""Feeds hostile uploads and addresses to the product and prints, as JSON, what was written where and what unpickled.

Run as `python -m tests.hostile.watched ALLOWED`, in a process of its own, as an audit hook stays. ALLOWED is the
folder that may be written in: SAP_DATA and TMPDIR lie in it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import dask.delayed  # noqa: F401 - before the watch, for when imported it pickles its own operators to name them

ROOT = Path(__file__).parents[2]
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
PLACES = {  # audit events that change files, and which of their arguments are paths
    "os.mkdir": [0], "os.rename": [0, 1], "os.remove": [0], "os.rmdir": [0], "os.symlink": [1], "os.link": [1],
    "os.truncate": [0], "os.chmod": [0], "os.chown": [0], "os.utime": [0], "shutil.rmtree": [0], "shutil.move": [1],
}  # fmt: skip
CACHE = os.path.join("streamlit", "runtime", "caching")  # st.cache_data copies what the product itself has computed
COUNT = 40  # uploads of either kind
ADDRESSES = {"spectra": "s_", "tradeoffs": "t_", "recovery": "r_"}


class Watch:
    """What has been written outside of a folder, which classes unpickling asked for, which programs were started."""

    def __init__(self, allowed: Path) -> None:
        self.allowed = allowed
        self.outside: list[str] = []
        self.inside = 0
        self.classes: list[str] = []
        self.programs: list[str] = []

    def __call__(self, event: str, arguments: tuple) -> None:
        """The audit hook."""
        if (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES) or event == "sqlite3.connect":
            self._written(event, arguments[0])
        elif event in PLACES:
            for place in PLACES[event]:
                self._written(event, arguments[place])
        elif event == "pickle.find_class" and not _within(CACHE):
            self.classes.append(f"{arguments[0]}.{arguments[1]}")
        elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
            self.programs.append(f"{event} {arguments[0]}")

    def _written(self, event: str, path: object) -> None:
        if isinstance(path, int) or path in (os.devnull, ":memory:"):
            return
        place = Path(os.path.realpath(os.fsdecode(path)))
        if place.is_relative_to(self.allowed):
            self.inside += 1
        else:
            self.outside.append(f"{event} {place}")

    def found(self) -> dict[str, object]:
        """All of it, to print."""
        return {
            name: list(value) if isinstance(value, list) else value
            for name, value in vars(self).items()
            if name != "allowed"
        }


def _within(folder: str) -> bool:
    """Whether code of files below a folder is at work."""
    frame = sys._getframe(2)
    while frame is not None:
        if folder in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def uploads(trap: Path) -> int:
    """Matrices and backbones, through what the pages call and through the command line; how many."""
    from sapcore.cli import main
    from sapcore.codes.files import read_matrix
    from sapcore.decoders.own_backbones import add_backbone, remove_backbone
    from sapcore.errors import InputError
    from sapcore.simulation import Store
    from tests.hostile.files import backbone_uploads, matrix_uploads

    count, files = 0, trap.parent
    with Store() as store:
        for count, (name, contents) in enumerate(matrix_uploads(COUNT, trap, seed=3), start=1):
            with contextlib.suppress(InputError):
                store.put_code(read_matrix(contents, name))
            (files / f"H{count}.npy").write_bytes(contents)
            main(["spectrum", str(files / f"H{count}.npy"), "--json"])
    for number, (name, weights, card) in enumerate(backbone_uploads(COUNT, trap, seed=3)):
        with contextlib.suppress(InputError):
            add_backbone(name, weights, card)
            remove_backbone(name)
        for ending, part in (("safetensors", weights), ("json", card)):
            (files / f"B{number}.{ending}").write_bytes(part)
        main(
            [
                "backbones",
                "add",
                str(files / f"B{number}.safetensors"),
                str(files / f"B{number}.json"),
                "--name",
                "mine",
            ]
        )
        main(["backbones", "remove", "mine"])
        count += 1
    for text in ("../../x", "x\udcff", "' OR 1=1", "9" * 500):
        for words in (
            ["spectrum", text],
            ["prune", text, "--ratio", "0.5"],
            ["runs", "show", text],
            ["backbones", "remove", text],
        ):
            main(words)
    return count


def pages() -> int:
    """Some addresses of some pages; how many."""
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.testing.v1 import AppTest

    from tests.hostile.values import address

    PagesManager.uses_pages_directory = False
    keys = {
        page: [prefix + name for name in ("code", "codes", "form", "run", "seed")] for page, prefix in ADDRESSES.items()
    }
    for page in ADDRESSES:
        for number in range(2):
            app = AppTest.from_file(ROOT / "pages" / f"{page}.py", default_timeout=600)
            for name, values in address(number, keys[page])[0].items():
                app.query_params[name] = values
            assert not app.run().exception
    return 2 * len(ADDRESSES)


def assets() -> int:
    """Every kind of file that ships is loaded; how many decoders."""
    from sapcore.codes import find
    from sapcore.report.results import shipped_results
    from sapcore.variants import build_decoder

    code = find("BCH(31,16)-r")
    specs = ("fecct", "fecct/sap@0.5", "fecct/sap@0.5/lora", "fecct/average@0.25", "bp:5")
    for spec in specs:
        build_decoder(spec, code)
    assert len(shipped_results([code], ["fecct"]))
    return len(specs)


def main() -> None:
    watch = Watch(Path(os.path.realpath(sys.argv[1])))
    sys.addaudithook(watch)
    trap = watch.allowed / "files" / "sprung"
    trap.parent.mkdir()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        fed = {"uploads": uploads(trap), "assets": assets(), "pages": pages()}
    found = watch.found()
    Path(os.environ["HOME"], "outside").write_text("")  # from here on the watch shows that it sees
    pickle.loads(pickle.dumps(Fraction(1, 2)))
    seen = {
        name: sorted(Counter(value) - Counter(found[name]))
        for name, value in watch.found().items()
        if isinstance(value, list)
    }
    print(json.dumps({"fed": fed, "found": found, "seen": seen, "sprung": trap.exists()}))


if __name__ == "__main__":
    main()
