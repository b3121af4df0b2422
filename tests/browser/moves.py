"""Moving any control of a page, as a person would."""

from __future__ import annotations

import random
import re

from playwright.sync_api import Page

LEFT_ALONE = re.compile("^(Code|Codes|Checks)$")
KINDS = {
    "number": '[data-testid="stNumberInput"]:visible input:enabled',
    "choice": '[data-testid="stButtonGroup"]:visible button[aria-checked="false"]:enabled',
    "select": '[data-testid="stSelectbox"]:visible input:enabled',
    "slider": '[data-testid="stSlider"]:visible [role="slider"]:not([disabled])',
    "live mask": 'input[type="range"]:visible',
}
LABELS = "(controls) => controls.map((control) => control.ariaLabel || control.innerText)"


def move(tab: Page, choose: random.Random, leave: re.Pattern[str] = LEFT_ALONE) -> str:
    """Move one control of a page, chosen at random, but none whose label is to be left alone; say which, "" if none."""
    found = {kind: tab.locator(selector) for kind, selector in KINDS.items()}
    movable = [
        (kind, controls.nth(number), label)
        for kind, controls in found.items()
        for number, label in enumerate(controls.evaluate_all(LABELS))
        if not leave.match(label)
    ]
    if not movable:
        return ""
    kind, control, label = choose.choice(movable)
    if kind == "choice":
        control.click()
    elif kind == "select":
        control.click()
        for _ in range(choose.randint(1, 3)):
            control.press("ArrowDown")
        control.press("Enter")
    else:
        control.press(choose.choice(("ArrowUp", "ArrowDown")))
    return f"{kind} {label}"
