"""The report is one file: it parses, fetches nothing, runs no script but its own, and says what the store holds."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import shlex
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from sapcore.cli import main
from sapcore.codes import LinearCode, find, read_matrix
from sapcore.decoders import registry
from sapcore.errors import InputError
from sapcore.report.against import gaps, verdicts
from sapcore.report.decoders import decoder_in_words
from sapcore.report.page import Report, report_html
from sapcore.report.view import View
from sapcore.runs import Run, request
from sapcore.simulation import StoppingRule, Store, maximum_likelihood_curve
from tests.report.conftest import Measure

EVIL = "<script>alert(1)</script>\"'& %{x} {{ 7*7 }}<img src=x onerror=alert(2)>"
VOID = {"meta", "link", "img", "br", "hr", "input", "base"}


@dataclass
class Element:
    """An element with its attributes and the text directly in it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    path: tuple[str, ...] = ()


@dataclass
class Page(HTMLParser):
    """The elements of a page; an end tag that closes another element than the last is an error."""

    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, path=tuple(e.tag for e in self.open))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def figure(self, name: str, theme: str) -> dict:
        (found,) = (e for e in self.all("script") if e.attributes.get("id") == f"{name}-{theme}")
        return json.loads(found.text)

    def table(self, file: str) -> list[dict[str, str]]:
        (link,) = (e for e in self.all("a") if e.attributes.get("download") == file)
        return list(csv.DictReader(io.StringIO(unquote(link.attributes["href"].split(",", 1)[1]))))


def parsed(text: str) -> Page:
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open
    return page


@pytest.fixture
def run(measure: Measure) -> Run:
    own = LinearCode(EVIL, "matrix file", find("BCH(15,7)").parity_check[::-1])
    return measure([find("BCH(31,21)"), own], ["ml", "bp:5", "uncoded"], [2.0, 4.0])


@pytest.fixture
def page(run: Run) -> Page:
    return parsed(report_html(run, View(beside=("published ML", "union bound"), rate=0.1, cost="time")))


def test_nothing_is_fetched_from_outside(run: Run, page: Page) -> None:
    for element in page.elements:
        for name, value in element.attributes.items():
            if name in ("src", "href", "srcset", "data", "poster", "action", "background", "style"):
                assert "//" not in value.split(",")[0], (element.tag, name, value[:80])
    assert not page.all("link") and not page.all("iframe") and not page.all("img") and not page.all("base")
    assert all(a.attributes["href"].startswith("data:") for a in page.all("a"))
    for style in page.all("style"):
        assert "url(" not in style.text and "@import" not in style.text
    (policy,) = (e.attributes["content"] for e in page.all("meta") if "http-equiv" in e.attributes)
    assert policy.startswith("default-src 'none'") and "http" not in policy


def test_no_script_runs_but_the_two_of_the_page(page: Page) -> None:
    (policy,) = (e.attributes["content"] for e in page.all("meta") if "http-equiv" in e.attributes)
    allowed = re.findall(r"'sha256-([^']+)'", policy)
    code = [e for e in page.all("script") if e.attributes.get("type") != "application/json"]
    assert [base64.b64encode(hashlib.sha256(e.text.encode()).digest()).decode() for e in code] == allowed
    assert len(code) == 2 and not any("src" in e.attributes for e in code)
    assert not [name for e in page.elements for name in e.attributes if name.startswith("on")]


def test_the_name_of_an_own_code_is_text_everywhere(page: Page) -> None:
    cells = [cell.text for cell in page.all("td")]
    assert EVIL in cells
    assert any(item.text.startswith(f"{EVIL}: at ") for item in page.all("li"))
    (about,) = (e.attributes["aria-label"] for e in page.all("div") if e.attributes.get("id") == "error-rates")
    assert EVIL in about
    for theme in ("light", "dark"):
        for figure in ("error-rates", "trade-off"):
            names = [
                str(trace.get("name")) + trace.get("hovertemplate", "") for trace in page.figure(figure, theme)["data"]
            ]
            assert any("&lt;script&gt;" in name for name in names)
            assert not any("<script" in name or "<img" in name or "%{x} {{" in name for name in names)


def test_its_numbers_are_those_of_the_store(run: Run, page: Page) -> None:
    rows = page.table("error-rates.csv")
    assert len(rows) == len(run.points) == 12
    for row, point in zip(rows, run.points, strict=True):
        assert (row["code"], row["decoder"], float(row["ebn0"])) == (point.code_name, point.decoder, point.ebn0_db)
        counts, _ = run.store.point(
            next(k for k, p in zip(run.spec.point_keys(), run.points, strict=True) if p is point), run.spec.rule
        )
        assert (int(row["frames"]), int(row["frame_errors"])) == (counts.frames, counts.frame_errors)
        assert (float(row["fer_low"]), float(row["fer_high"])) == counts.fer_interval
        assert (float(row["ber_low"]), float(row["ber_high"])) == counts.ber_interval
        assert (row["code_digest"], row["decoder_digest"]) == (point.code, point.decoder_digest)
    shown = {trace["name"]: trace for trace in page.figure("error-rates", "light")["data"] if "name" in trace}
    assert "BCH(31,21), ml" in shown
    cells = [cell.text for cell in page.all("td")]
    first = run.points[0].counts
    assert f"{first.frame_errors:,}" in cells and f"{first.fer:.2e}" in cells
    pairs = verdicts(run, "ml")
    assert [int(row["wrong"]) for row in page.table("discordant-frames.csv")] == pairs["wrong"].tolist()
    distances = gaps(run, "ml", "FER", 0.1)
    assert [row["interval"] for row in page.table("gaps.csv")] == distances["interval"].tolist()
    costs = {(row["code"], row["decoder"]): float(row["ber"]) for row in page.table("trade-off.csv")}
    assert costs == {(p.code_name, p.decoder): p.counts.ber for p in run.points if p.ebn0_db == 4}


def test_published_points_come_with_their_sources(page: Page) -> None:
    rows = page.table("published.csv")
    want = [point for point in maximum_likelihood_curve("BCH(31,21)") if 2 <= point.ebn0_db <= 4]
    assert want and [(float(row["rate"]), row["source"]) for row in rows] == [(p.fer, p.source) for p in want]
    cells = [cell.text for cell in page.all("td")]
    assert want[0].source in cells


def test_an_own_matrix_travels_with_the_report(run: Run, page: Page) -> None:
    (link,) = (e for e in page.all("a") if e.attributes["download"].endswith(".alist"))
    matrix = base64.b64decode(link.attributes["href"].split(",", 1)[1])
    assert read_matrix(matrix, "own.alist").digest == run.codes[1].digest
    assert any(link.attributes["download"] in command.text for command in page.all("pre"))


def test_both_themes_have_their_colours(page: Page) -> None:
    light, dark = (page.figure("error-rates", theme) for theme in ("light", "dark"))
    assert light["layout"]["font"]["color"] != dark["layout"]["font"]["color"]
    assert any("prefers-color-scheme: dark" in style.text for style in page.all("style"))


def test_equal_counts_give_equal_text(run: Run) -> None:
    assert report_html(run) == report_html(run)


def test_a_run_without_a_frame_says_so(store: Store) -> None:
    run = request(store, [find("Hamming(7,4)")], ["ml"], [3.0], StoppingRule(5, 1024))
    page = parsed(report_html(run))
    text = " ".join(element.text for element in page.elements)
    assert "Nothing has been measured at 3 dB yet." in text and "It was not complete" in text
    assert not any("Against" in heading.text for heading in page.all("h2"))


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (View(metric="XER"), "no error rate 'XER'"),
        (View(against="osd:2"), "no decoder or curve of this run 'osd:2'; there are ml; bp:5; uncoded; BCH(31,21), ml"),
        (View(at=3.0), "no Eb/N0 of this run 3.0; there are 2; 4"),
        (View(beside=("luck",)), "no curve to show beside 'luck'"),
        (View(rate=0.0), "above 0 and below 1, not 0"),
        (View(window=(4.0, 2.0)), "not 4 to 2 dB"),
    ],
)
def test_a_view_that_does_not_fit_is_one_sentence(run: Run, view: View, sentence: str) -> None:
    with pytest.raises(InputError, match=re.escape(sentence)):
        report_html(run, view)


def test_its_own_command_writes_it_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    view = View("BER", 1e-4, (2.0, 3.5), ("uncoded",), "bp:5", 1e-3, "time", 2.0)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(view.command(run))
    assert words[:3] == ["python", "-m", "sapcore"]
    assert main(words[3:]) == 0
    assert Path("report.html").read_text("utf-8") == Report(run, view).html()


def test_a_file_that_cannot_be_written_is_one_sentence(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["runs", "report", run.id, "--out", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_decoders_in_words() -> None:
    assert decoder_in_words("scl:8").endswith("; size 8")
    words = decoder_in_words("fecct/sap@0.25/lora/bf16")
    assert words.startswith("FECCT, backbone base; 25% of heads") and words.endswith("in bfloat16")
    assert all(decoder_in_words(name) == kind.about for name, kind in registry.CLASSICAL.items() if not kind.argument)
    assert "no longer installed" in decoder_in_words("fecct:gone")


def test_what_macs_of_several_passes_are_is_said(measure: Measure) -> None:
    code = find("Hamming(7,4)-r")
    one, several = (report_html(measure([code], [name], [3.0])) for name in ("fecct", "fecct/passes:2"))
    assert "MACs of several passes are those of the first." in several
    assert "MACs of several passes" not in one
