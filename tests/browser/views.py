"""What a page shows, in a form that can be compared; and every control on it, whichever there are, to be changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import PATIENCE, settle

COUNT_RUNS = """
window.runsEnded = 0;
new MutationObserver((changes) => {
  window.runsEnded += changes.filter((change) => change.oldValue === "running").length;
}).observe(document, { subtree: true, attributeFilter: ["data-test-script-state"], attributeOldValue: true });
"""
WIDGETS = "stButtonGroup", "stSelectbox", "stMultiSelect", "stNumberInput", "stSlider", "stTextInput", "stCheckbox"
FIND_CONTROLS = """
(kinds) => [...document.querySelectorAll('[data-testid="stMain"] [class*="st-key-"]')].flatMap((place) => {
  const key = [...place.classList].find((name) => name.startsWith("st-key-"));
  if (place.querySelector('[class*="st-key-"]')) return [];
  const kind = kinds.find((kind) => place.querySelector(`[data-testid="${kind}"]`));
  const shadowed = [...place.querySelectorAll("*")].some((part) => part.shadowRoot?.querySelector('[type="range"]'));
  return kind || shadowed ? [[key, kind ?? "shadowed slider"]] : [];
})
"""
VIEW = """
() => {
  const main = document.querySelector('[data-testid="stMain"]');
  const all = (what, root = main) => [...root.querySelectorAll(what)];
  const field = (input) => `${input.ariaLabel}: ${input.value}`;
  const pressed = (button) => button.ariaPressed === "true" || button.ariaChecked === "true";
  const chosen = (group) => all("button", group).filter(pressed).map((button) => button.innerText);
  const components = all("*").filter((one) => one.shadowRoot && !one.closest(".st-key-copy-link"));
  const figures = all(".js-plotly-plot");
  const reduced = (name, value) => (["width", "height"].includes(name) && !Array.isArray(value) ? undefined : value);
  return {
    controls: [
      ...all("input:not([type=file])").map(field),
      ...all('[data-testid="stButtonGroup"]').map((group) => chosen(group).join()),
      ...all("[data-tag]").map((tag) => tag.ariaLabel),
      ...components.flatMap((one) => all("input", one.shadowRoot).map(field)),
    ],
    text: main.innerText.split("\\n").filter((line) => line.trim()),
    components: components.flatMap((one) => [
      one.shadowRoot.textContent,
      ...all("canvas", one.shadowRoot).map((canvas) => canvas.toDataURL()),
    ]),
    figures: figures.map((one) => JSON.stringify([one.data, one.layout], reduced)),
    movable: figures.flatMap((one) =>
      Object.entries(one._fullLayout)
        .filter(([name, part]) => (name === "legend" ? part?.itemclick : /^[xy]axis/.test(name) && !part.fixedrange))
        .map(([name]) => name),
    ),
    tables: all('[data-testid="stDataFrame"] canvas table').map((table) => table.textContent),
    complaints: [...document.querySelectorAll('[data-testid="stToast"]')].map((toast) => toast.innerText),
  };
}
"""
PLACE_IN_LIST = """(drawn) => [
  Number(drawn.find((one) => one.ariaSelected === "true")?.ariaPosInSet ?? 0),
  Number(drawn[0]?.ariaSetSize ?? 0),
]"""
ENOUGH_CHECKS = "40"  # for an empty number field: as many as BCH(31,16) and its neighbours in the catalogue can have


@dataclass(frozen=True)
class Control:
    """A control that is bound to the address: the class of its place, and what kind of widget it is."""

    key: str
    kind: str

    def place(self, tab: Page) -> Locator:
        """Where it stands."""
        return tab.locator(f".{self.key}")


def controls(tab: Page) -> list[Control]:
    """Every control that the page has now, but those that steer a run, which are no part of a view."""
    found = [Control(*each) for each in tab.evaluate(FIND_CONTROLS, WIDGETS)]
    return [control for control in found if not control.key.startswith("st-key-priority")]


def drawn(tab: Page) -> None:
    """Wait until the page is complete."""
    settle(tab)
    expect(tab.get_by_test_id("stSkeleton")).to_have_count(0)


def change(tab: Page, control: Control, step: int) -> bool:
    """Give a control its `step`-th other value, from 0, and wait for the page; False where it has none."""
    return drawn_again(tab, lambda: _change(control.place(tab), control.kind, step))


def drawn_again(tab: Page, act: Callable[[], bool | None]) -> bool:
    """Do something that changes the address, and wait until the page has been drawn again for it.

    A rerun that ends may be of what was done before: the address tells them apart. False, at once, where `act` gives
    False.
    """
    before = tab.evaluate("[runsEnded, location.href]")
    if act() is False:
        return False
    tab.wait_for_function("([runs, address]) => runsEnded > runs && location.href !== address", arg=before)
    drawn(tab)
    return True


def _change(place: Locator, kind: str, step: int) -> bool:
    place.scroll_into_view_if_needed()
    if kind == "stButtonGroup":
        return _click(place.locator("button[data-variant]:not([aria-pressed=true], [aria-checked=true])"), step)
    if kind == "stSelectbox":
        return step < 2 and _choose(place, step)
    if kind == "stMultiSelect":
        return _choose_or_replace(place) if step == 0 else step == 1 and _remove(place)
    if kind == "stNumberInput":
        return step < 2 and _count(place, "Increment" if step == 0 else "Decrement")
    if kind in ("stSlider", "shadowed slider"):
        return _move(place.get_by_role("slider"), step)
    if kind == "stTextInput":
        return step == 0 and _type(place.get_by_role("textbox"), "3")
    raise AssertionError(f"no way is known here to change a {kind}")


def _choose(place: Locator, number: int) -> bool:
    """Choose the option `number` places after the next one, by keyboard: of a long list only a part is drawn.

    The list may hold a remark instead of options.
    """
    tab, box = place.page, place.get_by_role("combobox")
    if box.is_disabled():
        return False
    box.click()
    tab.get_by_role("option").first.wait_for(state="attached")
    chosen, count = tab.locator("[role=option][data-key]").evaluate_all(PLACE_IN_LIST)
    if chosen + 1 + number > count:
        tab.keyboard.press("Escape")
        return False
    for _ in range(number + 1):
        box.press("ArrowDown")
    box.press("Enter")
    box.press("Tab")  # a list of which several can be chosen stays open, and hides the rest of the page from roles
    return True


def _choose_or_replace(place: Locator) -> bool:
    """One option more, or another one where there is room for no more."""
    if _choose(place, 0):
        return True
    return drawn_again(place.page, lambda: _remove(place)) and drawn_again(place.page, lambda: _choose(place, 1))


def _remove(place: Locator) -> bool:
    return _click(place.get_by_role("button", name="Remove "), 0)


def _count(place: Locator, direction: str) -> bool:
    field = place.get_by_role("spinbutton")
    if field.is_disabled():
        return False
    if field.input_value():
        return _click(place.get_by_role("button", name=direction), 0)
    return _type(field, ENOUGH_CHECKS)


def _move(thumbs: Locator, number: int) -> bool:
    thumbs.first.wait_for(state="attached")
    if number >= thumbs.count():
        return False
    thumb = thumbs.nth(number)
    thumb.press("ArrowLeft" if thumb.evaluate("(thumb) => thumb.value === thumb.max") else "ArrowRight")
    return True


def _type(field: Locator, text: str) -> bool:
    field.fill(text)
    field.press("Enter")
    return True


def _click(those: Locator, number: int) -> bool:
    if number >= those.count() or those.nth(number).is_disabled():
        return False
    those.nth(number).click()
    return True


def copied_link(tab: Page) -> str:
    """What "Copy link" puts on the clipboard."""
    tab.evaluate("navigator.clipboard.writeText('')")
    tab.get_by_role("button", name="Copy link").click()
    return tab.wait_for_function("navigator.clipboard.readText()").json_value()


def differences(one: Page, other: Page, patience: int = PATIENCE) -> list[str]:
    """Where two tabs show different views, once both had time to be drawn; empty where they show the same."""
    found: list[str] = []
    for _ in range(patience // 250):
        views = one.evaluate(VIEW), other.evaluate(VIEW)
        found = [*_unlike(*views), *(f"movable: {part}" for part in views[0]["movable"])]
        if not found:
            break
        other.wait_for_timeout(250)
    return found


def _unlike(one: dict[str, list[str]], other: dict[str, list[str]]) -> Iterator[str]:
    for part, those in one.items():
        if those == other[part]:
            continue
        if len(those) != len(other[part]):
            yield f"{part}: {len(those)} and {len(other[part])}"
        for this, that in zip(those, other[part], strict=False):
            if this != that:
                yield f"{part}: {json.dumps(this)[:300]} and {json.dumps(that)[:300]}"
                break
