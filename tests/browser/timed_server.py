"""Streamlit that also writes down how long each page took to run.

    SAP_TIMES=times.jsonl python -m tests.browser.timed_server run app.py

Timed in the server, from the moment a request for a run is taken up until its script, those it leads to (`st.rerun`)
and their cleaning up are over. Each run is one line: the page; its kind, "open" for the first of a page in a session,
"rerun" after a control was moved, "refresh" for a fragment that redraws itself; seconds of wall time, and of the
processor in the script's thread.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.web import cli

TIMES = "SAP_TIMES"
_page_of_session: dict[str, str] = {}


class TimedRunner(ScriptRunner):
    """A script runner with a watch."""

    def _run_script(self, rerun_data: object) -> None:
        wall, processor = time.perf_counter(), time.thread_time()
        super()._run_script(rerun_data)
        wall, processor = time.perf_counter() - wall, time.thread_time() - processor
        digest = self._get_script_run_ctx().page_script_hash
        page = self._pages_manager.get_pages().get(digest, {}).get("url_pathname", "")
        before, _page_of_session[self._session_id] = _page_of_session.get(self._session_id), page
        kind = "refresh" if rerun_data.is_auto_rerun else "rerun" if before == page else "open"
        with Path(os.environ[TIMES]).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"page": page, "kind": kind, "wall": wall, "processor": processor}) + "\n")


if __name__ == "__main__":
    app_session.ScriptRunner = TimedRunner
    cli.main(prog_name="streamlit")
