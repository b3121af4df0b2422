"""Bringing one's own: what cannot be used gets its sentence; a matrix that can is chosen, kept and decoded."""

from __future__ import annotations

import io
import re

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.steps import metric, open_page, settle

REPETITION = b"1 1 0\n0 1 1\n"
CARD = b'{"config": {"layers": 1, "width": 8, "heads": 2}}'
NOT_A_NUMBER = io.BytesIO()
np.save(NOT_A_NUMBER, np.array([[1.0, np.nan], [0.0, 1.0]]))
BAD = {
    "ragged.txt": (b"110\n01\n", "ragged.txt"),
    "binary.csv": (b"1,2,0\n0,1,1\n", "only 0 and 1"),
    "empty.alist": (b"", "empty"),
    "zero-row.txt": (b"110\n000\n", "all zero"),
    "zero-column.txt": (b"100\n100\n", "all zero"),
    "full-rank.txt": (b"10\n01\n", "k = 0"),
    "wide.txt": (b"1" * 4097 + b"\n", "4096"),
    "nan.npy": (NOT_A_NUMBER.getvalue(), "nan.npy"),
    "truncated.alist": (b"7 3\n3 4\n2 2 1 2", "truncated.alist"),
    "range.alist": (b"3 2\n2 2\n1 2 1\n2 2\n1 0\n1 2\n9 0\n1 2\n2 3\n", "range.alist"),
    "picture.png": (b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
    "![x](http://example.org/x.png).txt": (b"12", "only 0 and 1"),
}


def uploading(tab: Page, address: str) -> Page:
    open_page(tab, address)
    tab.get_by_role("button", name="Your own matrix").click()
    return tab


def test_each_bad_matrix_gets_one_sentence(tab: Page, server: str) -> None:
    uploader, sentences = uploading(tab, f"{server}/recovery"), []
    for name, (contents, part) in BAD.items():
        uploader.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": contents}
        )
        sentence = uploader.get_by_test_id("stAlertContentError").locator("p")
        expect(sentence.last).to_contain_text(part)
        settle(uploader)
        sentences.append(sentence.last.inner_text())
        uploader.get_by_test_id("stFileChipDeleteBtn").get_by_role("button").click()
        expect(sentence).to_have_count(0)  # the next upload begins where a first one does
        settle(uploader)
    expect(uploader.get_by_test_id("stException")).to_have_count(0)
    expect(uploader.get_by_text("BCH(31,16)", exact=True).first).to_be_visible()
    assert len(set(sentences)) >= len(BAD) - 1
    assert all(sentence.strip().endswith(".") and "\n" not in sentence.strip() for sentence in sentences)
    assert uploader.locator("img").count() == 0


def test_a_large_file_is_refused_before_it_is_sent(tab: Page, server: str) -> None:
    uploader = uploading(tab, f"{server}/recovery")
    uploader.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "large.txt", "mimeType": "text/plain", "buffer": b"1" * 4_000_001}
    )
    expect(uploader.get_by_text("File must be 4.0MB or smaller.")).to_be_visible()


def test_own_matrix_is_kept_and_offered_for_measuring(tab: Page, server: str) -> None:
    uploading(tab, f"{server}/spectra")
    tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "mine.txt", "mimeType": "text/plain", "buffer": REPETITION}
    )
    expect(metric(tab, "Rows")).to_have_text("2")
    expect(tab).to_have_url(re.compile(r"s_code=mine%40[0-9a-f]{16}"))
    address = tab.url
    other = tab.context.new_page()
    open_page(other, address)
    expect(metric(other, "Rows")).to_have_text("2")
    other.get_by_role("button", name="Measure its error rate").click()
    expect(other.get_by_role("heading", name="Error rates")).to_be_visible()
    expect(other.get_by_text(re.compile("^mine@")).first).to_be_visible()
    expect(other.get_by_role("button", name="Start")).to_be_enabled()


def test_a_removed_matrix_is_chosen_nowhere(tab: Page, server: str) -> None:
    uploading(tab, f"{server}/spectra")
    tab.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "brief.txt", "mimeType": "text/plain", "buffer": REPETITION}
    )
    expect(tab).to_have_url(re.compile(r"s_code=brief%40[0-9a-f]{16}"))
    settle(tab)
    name = re.search("brief%40[0-9a-f]{16}", tab.url)[0]
    open_page(tab, f"{tab.url}&s_beside={name}")
    tab.get_by_role("button", name="Measure its error rate").click()
    expect(tab.get_by_role("heading", name="Error rates")).to_be_visible()
    expect(tab.get_by_text(re.compile("^brief@")).first).to_be_visible()
    tab.get_by_test_id("stTopNavLink").filter(has_text="Spectra").click()
    expect(metric(tab, "Rows")).to_have_text("2")
    expect(tab.get_by_role("combobox", name="Beside it")).to_have_value(re.compile("^brief@"))
    tab.get_by_role("button", name="Your own matrix").click()
    tab.get_by_role("button", name="Remove brief", exact=True).click()
    tab.get_by_role("button", name="Remove brief for good").click()
    expect(tab.get_by_test_id("stAlertContentSuccess")).to_have_text(re.compile("brief is removed."))
    expect(tab.get_by_role("combobox", name="Code")).to_have_value("BCH(31,16)")
    expect(tab.get_by_role("combobox", name="Beside it")).to_have_value("none")
    expect(tab).not_to_have_url(re.compile("brief"))
    tab.keyboard.press("Escape")
    tab.get_by_test_id("stTopNavLink").filter(has_text="Error rates").click()
    expect(tab.get_by_role("button", name="Start")).to_be_enabled()
    expect(tab.get_by_text("BCH(31,16)", exact=True).first).to_be_visible()
    expect(tab.get_by_test_id("stAlertContentError")).to_have_count(0)
    assert "brief" not in tab.url


def test_weights_larger_than_any_matrix_reach_their_checks(tab: Page, server: str) -> None:
    open_page(tab, f"{server}/tradeoffs?t_codes=Hamming(7,4)")
    tab.get_by_role("button", name="Your own backbone").click()
    body = tab.get_by_test_id("stPopoverBody")
    for index, (name, contents) in enumerate({"mine.safetensors": b"\0" * 6_000_000, "mine.json": CARD}.items()):
        body.get_by_test_id("stFileUploaderDropzoneInput").nth(index).set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": contents}
        )
        expect(body.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    body.get_by_role("textbox", name="Name").fill("mine")
    body.get_by_role("button", name="Add", exact=True).click()
    expect(body.get_by_test_id("stAlertContentError")).to_contain_text("damaged or no safetensors file")
