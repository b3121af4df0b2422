"""Controls keep their places: one that moves loses its tie to the address, see `sapcore.ui.controls.section`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Widget

from sapcore.codes import find
from sapcore.runs import request
from sapcore.simulation import StoppingRule, Store, simulate_point
from sapcore.variants import build_decoder
from tests.browser.app import PAGES, ROOT

CODE = find("BCH(31,16)")
PREFIXES = "o_", "s_", "m_", "p_", "t_", "d_", "q_", "r_"  # of what is bound to the address
SELECTS, NUMBERS, GROUPS, MULTIPLE = "selectbox", "number_input", "button_group", "multiselect"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    monkeypatch.setattr("sapcore.ui.run_view.count_starts", lambda store, starts: starts)


def opened(page: str, **address: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    test.query_params.update(address)
    return test.switch_page(f"pages/{page}.py").run()


def places(block: Block, path: tuple[int, ...] = ()) -> dict[str, tuple[int, ...]]:
    """The path to every control by its key."""
    found: dict[str, tuple[int, ...]] = {}
    for index, child in block.children.items():
        if isinstance(child, Block):
            found |= places(child, (*path, index))
        elif str(getattr(child, "key", "")).startswith(PREFIXES):
            found[child.key] = (*path, index)
    return found


def other_values(control: Widget) -> Iterator[object]:
    """A few values that a control can have and has not."""
    if control.type == SELECTS:
        left = [option for option in control.options if option != control.value]
        yield from {left[0], left[-1]} if left else ()
    elif control.type == MULTIPLE:
        yield control.value[:-1]
        left = [option for option in control.options if option not in control.value]
        if len(control.value) < (control.proto.max_selections or len(control.options)):
            yield [*control.value, left[0]]
    elif control.type == GROUPS:
        one = not isinstance(control.value, list)
        values = [option if one else [option] for option in control.options]
        yield from (value for value in values if value != control.value)
    else:
        value = 40 if control.value is None else control.value
        yield from {min(control.max, value + control.step), max(control.min, value - control.step)}


@pytest.fixture
def runs() -> dict[str, str]:
    """The ids of a run of two decoders, one of which is trained, and of a run of one."""
    rule, found = StoppingRule(frame_errors=1, max_frames=1024), {}
    with Store() as store:
        for name, decoders in {"TWO": ["uncoded", "fecct"], "ONE": ["uncoded"]}.items():
            for decoder in decoders:
                simulate_point(CODE, build_decoder(decoder, CODE), 3.0, rule, store=store)
            found[name] = request(store, [CODE], decoders, [3.0], rule).id
    return found


@pytest.mark.parametrize(
    ("page", "one", "other", "control"),
    [
        ("overview", "", "o_form=standard", "o_metric"),
        ("overview", "", "o_code=Hamming(7,4)", "o_metric"),
        ("decode", "d_frame=8", "d_frame=8&d_code=Hamming(7,4)", "d_head"),
        ("recovery", "", "r_codes=", "r_rank"),
        ("recovery", "", "r_run=0123456789ab", "r_at"),
        ("sparsity", "", "p_ratio=2", "p_at"),
        ("sparsity", "p_layer=up", "p_layer=o", "p_at"),
        ("tradeoffs", "", "t_run=0123456789abcdef", "t_beside"),
        ("tradeoffs", "", "t_run=TWO", "t_beside"),
        ("tradeoffs", "t_run=ONE", "t_run=TWO", "t_at"),
        ("tradeoffs", "t_run=TWO", "t_run=TWO&t_beside=", "t_export"),
    ],
)
def test_two_views_have_a_control_at_the_same_place(
    runs: dict[str, str], page: str, one: str, other: str, control: str
) -> None:
    seen = []
    for query in (one, other):
        address = dict(part.split("=") for part in query.split("&") if part)
        seen.append(places(opened(page, **{key: runs.get(value, value) for key, value in address.items()}).main))
    assert seen[0][control] == seen[1][control]


@pytest.mark.slow
@pytest.mark.parametrize("page", [*PAGES, "tradeoffs?t_run=RUN", "runs?q_run=RUN", "overview?o_step=1"])
def test_no_value_of_any_control_moves_another(runs: dict[str, str], page: str) -> None:
    """Control by control, from where the last one left the page."""
    name, _, query = page.replace("RUN", runs["TWO"]).partition("?")
    test = opened(name, **dict(part.split("=") for part in query.split("&") if part))
    moved, changes, known = [], 0, places(test.main)
    for kind in (GROUPS, NUMBERS, MULTIPLE, SELECTS):
        for key in [one.key for one in test.get(kind) if str(one.key).startswith(PREFIXES)]:
            control = next((one for one in test.get(kind) if one.key == key), None)
            for value in [] if control is None or control.disabled else list(other_values(control)):
                control = next((one for one in test.get(kind) if one.key == key), None)
                if control is None:
                    break
                control.set_value(value).run()
                changes += 1
                now = places(test.main)
                moved += [f"{key} = {value}: {one}" for one in known if one in now and now[one] != known[one]]
                known |= now
    assert changes or name == "runs"
    assert moved == []
