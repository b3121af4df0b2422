"""The glossary holds every word of the design, and each of its terms is explained where it is used."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sapcore.ui.glossary import GLOSSARY, about

ROOT = Path(__file__).parents[2]
WORDS = {  # of the design, and the terms that stand for them on the pages
    "LinearCode": ("code", "parity-check matrix", "n", "k", "rank", "code rate"),
    "redundant checks": ("redundant checks",),
    "TannerGraph": ("Tanner graph",),
    "spectrum": ("spectrum", "eigenvector"),
    "signature": ("signature", "spectral distance"),
    "backbone": ("backbone",),
    "importance": ("importance",),
    "StructuredMask": ("mask", "kept head", "kept channel", "pruning ratio", "Jaccard index"),
    "MaskLibrary": ("mask library", "donor"),
    "compaction": ("compaction",),
    "adapter": ("adapter",),
    "DecoderSpec": ("decoder spec", "passes", "N:M", "permutation", "pattern", "ADMM", "SR-STE"),
    "ErrorCounts": ("frame error", "BER", "FER", "95 % interval", "McNemar's test"),
    "block": ("block",),
    "units": ("Eb/N0", "MACs", "syndrome"),
}


def used() -> dict[str, list[str]]:
    """The terms that pages and their parts ask for, and where."""
    found: dict[str, list[str]] = {}
    for path in [*(ROOT / "pages").glob("*.py"), *(ROOT / "sapcore" / "ui").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "about":
                for term in node.args:
                    if isinstance(term, ast.Constant):
                        found.setdefault(term.value, []).append(path.name)
    return found


def test_it_holds_the_words_of_the_design_and_no_others() -> None:
    assert sorted(GLOSSARY) == sorted(term for terms in WORDS.values() for term in terms)


def test_every_term_is_explained_on_a_page_and_none_that_it_lacks_is_asked_for() -> None:
    assert set(used()) == set(GLOSSARY)


@pytest.mark.parametrize("term", GLOSSARY)
def test_a_term_is_explained_in_one_to_three_sentences_that_do_not_begin_with_it(term: str) -> None:
    text = GLOSSARY[term]
    assert text[-1] == "."
    assert text[0].isupper() or not text[0].isalpha()
    assert not text.startswith(f"{term} ")
    assert len(text) <= 260


def test_several_terms_are_paragraphs() -> None:
    assert about("n", "k", then="Last.").split("\n\n") == [about("n"), about("k"), "Last."]
    with pytest.raises(KeyError):
        about("turbo")


def test_the_overview_lists_all_terms_and_its_headings_explain_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    page = AppTest.from_file(str(ROOT / "pages" / "overview.py"), default_timeout=120).run()
    assert not page.exception
    folded = next(part for part in page.expander if part.label == "Glossary")
    assert folded.markdown[0].value == about(*GLOSSARY)
    help_of = {heading.value: heading.proto.help for heading in page.subheader}
    assert help_of["Tanner graph"] == about("Tanner graph")
    assert about("donor") in help_of["Signature and donor"]
    assert page.number_input(key="o_vector").help == about("eigenvector")
