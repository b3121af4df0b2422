"""No page may raise, whatever a test looks at."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


@pytest.fixture(autouse=True)
def no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    run = AppTest._run

    def checked(self: AppTest, *arguments: object, **named: object) -> AppTest:
        run(self, *arguments, **named)
        assert not self.exception
        return self

    monkeypatch.setattr(AppTest, "_run", checked)
