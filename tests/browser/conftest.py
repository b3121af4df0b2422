"""One app on a free port with a data folder of its own, and one Chromium, for all browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.app import App, running_app
from tests.browser.speed import of_server, watch_paints
from tests.browser.steps import PATIENCE

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1440, "height": 1000}
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium the tests here are skipped, and say so."""
    if shutil.which("chromium") is None:
        reason = "no Chromium on the PATH: install one (apt install chromium) to run the browser tests"
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sap-data")


@pytest.fixture(scope="session")
def app(data_folder: Path) -> Iterator[App]:
    with running_app(data_folder) as running:
        yield running


@pytest.fixture(scope="session")
def server(app: App) -> str:
    """The address of a running app."""
    return app.address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def paints() -> list[dict[str, object]]:
    """What tabs have told of their paints since the test began."""
    return []


@pytest.fixture(scope="session")
def context(browser: Browser, paints: list[dict[str, object]]) -> Iterator[BrowserContext]:
    """Where tests have their tabs: one place, so that the scripts of the app are compiled once, as for a user."""
    made = browser.new_context(viewport=DESK)
    made.set_default_timeout(PATIENCE)
    watch_paints(made, paints)
    yield made
    made.close()


@pytest.fixture
def tab(context: BrowserContext) -> Iterator[Page]:
    yield context.new_page()
    for page in context.pages:
        page.close()


@pytest.fixture(autouse=True)
def speed(
    request: pytest.FixtureRequest, app: App, paints: list[dict[str, object]]
) -> Iterator[list[dict[str, object]]]:
    """What the test found about speed, for the report at the end: reruns and paints by themselves, the rest by it."""
    before, found = len(app.runs), []
    paints.clear()
    yield found
    request.node.user_properties.append(("speed", [*found, *paints, *of_server(app.runs[before:])]))
