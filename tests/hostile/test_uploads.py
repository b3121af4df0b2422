"""Files that are wrong on purpose: each is taken or refused in one sentence, in little memory, and leaves nothing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sapcore.codes import LinearCode
from sapcore.codes.files import LONGEST_NAME, read_matrix
from sapcore.decoders.backbones import backbone_names, load_backbone
from sapcore.decoders.own_backbones import add_backbone, remove_backbone
from sapcore.errors import InputError
from sapcore.simulation import Store
from tests.hostile.files import backbone_uploads, bombs, matrix_uploads

PAGES = Path(__file__).parents[2] / "pages"
MATRICES, BACKBONES = 140, 80
MOST_MEMORY = 300_000_000  # bytes; the largest matrix of the widest numbers takes 268 million


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SAP_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)  # 0.3 s a run
    return tmp_path / "data"


@pytest.fixture
def trap(tmp_path: Path) -> Iterator[Path]:
    """A file that is there only if something was unpickled."""
    yield tmp_path / "sprung"
    assert not (tmp_path / "sprung").exists()


def check_sentence(error: InputError | str) -> None:
    sentence = str(error)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 400, sentence[:400]


def check_matrices(count: int, trap: Path, seed: int) -> None:
    refused = 0
    with Store() as store:
        for name, contents in matrix_uploads(count, trap, seed):
            try:
                code = read_matrix(contents, name)
            except InputError as error:
                refused += 1
                check_sentence(error)
            else:
                assert code.k > 0 and "/" not in code.name and len(code.name) <= LONGEST_NAME
                store.put_code(code)
                assert store.code(code.digest, code.name) == code
    assert 0.6 * count < refused < count


def check_backbones(count: int, trap: Path, data: Path, seed: int) -> None:
    refused, shipped = 0, backbone_names()
    for name, weights, card in backbone_uploads(count, trap, seed):
        try:
            add_backbone(name, weights, card)
        except InputError as error:
            refused += 1
            check_sentence(error)
        else:
            load_backbone(name)
            remove_backbone(name)
        assert backbone_names() == shipped and not list(data.rglob("*.safetensors")), name
    assert 0.6 * count < refused < count


def test_matrices(trap: Path) -> None:
    check_matrices(MATRICES, trap, seed=0)


def test_backbones(trap: Path, data: Path) -> None:
    check_backbones(BACKBONES, trap, data, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 9))
def test_many_more(trap: Path, data: Path, seed: int) -> None:
    check_matrices(2000, trap, seed)
    check_backbones(1000, trap, data, seed)


@pytest.mark.parametrize("ending", ["alist", "txt", "csv", "npy", "mtx", "xyz"])
def test_small_files_take_little_memory(ending: str) -> None:
    tracemalloc.start()
    try:
        for contents in bombs():
            with pytest.raises(InputError):
                read_matrix(contents, f"H.{ending}")
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["\udcff.txt", "a\x00\u202eb.txt", "x" * 4000 + ".txt"])
def test_a_name_that_cannot_be_kept_as_text_is_replaced(name: str) -> None:
    code = read_matrix(b"110\n011\n", name)
    assert code.name.isprintable() and len(code.name) <= LONGEST_NAME
    with Store() as store:
        store.put_code(code)
        assert store.code(code.digest, code.name) == LinearCode(code.name, code.family, [[1, 1, 0], [0, 1, 1]])


def test_a_sample_through_the_page(trap: Path) -> None:
    page = AppTest.from_file(PAGES / "spectra.py", default_timeout=600).run()
    sample = list(matrix_uploads(MATRICES, trap))[:: MATRICES // 6]
    for name, contents in [*sample, ("../<img src=x>![x](http://example.org/x.png).txt", b"110\n011\n")]:
        sent = name.encode("utf-8", "replace").decode() or "unnamed"  # a browser sends text
        page.file_uploader(key="upload").set_value((sent, contents, "text/plain")).run()
        assert not page.exception
        for error in page.error:
            check_sentence(error.value)
        assert bool(page.error) != bool(page.success)
        page.file_uploader(key="upload").set_value(None).run()
    assert page.selectbox(key="s_code").value.startswith("x.png)@")  # no folders
    assert [metric.value for metric in page.metric][:3] == ["3", "1", "2"]


def test_a_sample_of_backbones_through_the_page(trap: Path) -> None:
    page = AppTest.from_file(PAGES / "tradeoffs.py", default_timeout=600)
    page.query_params["t_codes"] = "Hamming(7,4)"
    page.run()
    for name, weights, card in list(backbone_uploads(BACKBONES, trap))[:: BACKBONES // 4]:
        page.file_uploader(key="backbone weights").set_value(("w.safetensors", weights, "text/plain"))
        page.file_uploader(key="backbone card").set_value(("c.json", card, "text/plain"))
        page.text_input(key="backbone name").set_value(name.encode("utf-8", "replace").decode())
        next(button for button in page.button if button.label == "Add").click().run()
        assert not page.exception
        assert len(page.error) == 1, name
        check_sentence(page.error[0].value)
