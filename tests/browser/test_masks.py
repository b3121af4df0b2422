"""The live mask: dragging redraws in the browser alone, releasing reaches the server once."""

import pytest
from playwright.sync_api import Page, expect

from sapcore.codes import find
from sapcore.pruning.masks import mask_source
from sapcore.pruning.structured_mask import kept_count
from tests.browser.steps import open_page, settle

WATCH = """(slider) => {
    const { get, set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    window.taken = []; // [shown, set instead]
    Object.defineProperty(slider, "value", { get, set(value) {
        if (Number(value) !== Number(get.call(slider))) window.taken.push([get.call(slider), value]);
        set.call(slider, value);
    } });
}"""
CODES = ("BCH(31,16)-r", "Golay(24,12)-r", "BCH(63,45)-r")
RATIOS = [step / 100 for step in range(91)]
DRAG = """(slider, ratios) => ratios.map((ratio) => {
    const start = performance.now();
    slider.value = ratio;
    slider.dispatchEvent(new Event("input"));
    const lines = [...slider.getRootNode().querySelectorAll(".figures")].map((line) => line.textContent);
    return [performance.now() - start, lines];
})"""
PIXELS = """(canvas) => {
    const image = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const pixels = new Uint32Array(image.data.buffer);
    return Array.from(pixels);
}"""


@pytest.fixture
def masks(tab: Page, server: str) -> Page:
    open_page(tab, f"{server}/masks?m_how=dedicated")
    settle(tab)
    return tab


@pytest.fixture
def sent(tab: Page) -> list[object]:
    """What the page sends to the server from now on; to be asked for before the page."""
    frames: list[object] = []
    tab.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(frame)))
    return frames


def test_dragging_redraws_here_and_the_release_is_one_rerun(
    sent: list[object], masks: Page, speed: list[dict[str, object]]
) -> None:
    sent.clear()
    slider = masks.get_by_role("slider", name="Pruning ratio")
    for ratio, (time, lines) in zip(RATIOS, slider.evaluate(DRAG, RATIOS), strict=True):
        speed.append({"page": "masks", "kind": "drag", "ms": time})
        kept = kept_count((6, 8), ratio), kept_count((6, 512), ratio)
        assert len(lines) == len(CODES)
        assert all(line.startswith(f"heads {kept[0]}/48 · channels {kept[1]}/3072 · ") for line in lines)
    assert not sent

    box = slider.bounding_box()
    masks.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    masks.mouse.down()
    for step in range(30):
        masks.mouse.move(box["x"] + box["width"] * (0.9 - step / 60), box["y"] + box["height"] / 2)
    assert not sent
    masks.mouse.up()
    ratio = float(slider.input_value())
    assert 0.3 < ratio < 0.45
    expect(masks.get_by_role("heading", name=f"At ratio {ratio:g}")).to_be_visible()
    assert len(sent) == 1
    assert f"m_ratio={ratio:g}" in masks.url

    open_page(masks, masks.url)  # the address opens the same view
    expect(masks.get_by_role("slider", name="Pruning ratio")).to_have_value(f"{ratio:g}")
    expect(masks.get_by_role("heading", name=f"At ratio {ratio:g}")).to_be_visible()


def test_arrow_keys_move_it_and_no_late_answer_takes_it_back(masks: Page) -> None:
    slider = masks.get_by_role("slider", name="Pruning ratio")
    slider.evaluate(WATCH)
    slider.focus()
    for _ in range(10):
        masks.keyboard.press("ArrowRight")
    expect(masks.get_by_role("heading", name="At ratio 0.6", exact=True)).to_be_visible()
    settle(masks)
    assert masks.evaluate("window.taken") == []
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", "0.60, 19 of 48 heads, 1229 of 3072 channels kept")


def test_going_back_moves_the_slider_that_has_the_focus(masks: Page) -> None:
    slider = masks.get_by_role("slider", name="Pruning ratio")
    slider.focus()
    masks.keyboard.press("ArrowRight")
    expect(masks.get_by_role("heading", name="At ratio 0.51", exact=True)).to_be_visible()
    settle(masks)
    masks.keyboard.press("ArrowRight")
    masks.keyboard.press("ArrowLeft")  # the server may see both at once, and change nothing
    masks.wait_for_timeout(300)
    settle(masks)
    while "m_ratio" in masks.url:
        masks.go_back()
    expect(masks.get_by_role("heading", name="At ratio 0.5", exact=True)).to_be_visible()
    expect(slider).to_have_value("0.5")


def test_the_pixels_are_those_of_the_masks_in_aligned_rows(masks: Page) -> None:
    source = mask_source()
    boxes = []
    for number, name in enumerate(CODES):
        mask = source.mask("dedicated", find(name), 0.5)
        for kind, kept in (("heads", mask.heads), ("channels", mask.channels)):
            canvas = masks.locator(f"canvas.{kind}").nth(number)
            pixels = canvas.evaluate(PIXELS)
            colours = {
                value: {p for p, k in zip(pixels, kept.ravel(), strict=True) if k == value} for value in (True, False)
            }
            assert len(colours[True]) == len(colours[False]) == 1
            assert colours[True] != colours[False]
            assert canvas.get_attribute("aria-label") == f"{name} keeps {kept.sum()} of {kept.size} {kind}"
        boxes.append([masks.locator(f"canvas.{kind}").nth(number).bounding_box() for kind in ("heads", "channels")])
    assert (
        len({(box["x"], box["width"]) for box, _ in boxes}) == len({(box["x"], box["width"]) for _, box in boxes}) == 1
    )
