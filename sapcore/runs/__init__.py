"""Background runs: submit, watch, cancel, resume.

The store's database is where everyone meets. Pages and the command line put runs into it and read their progress; one
runner process a store (`ensure_runner`) takes them up and drives them on Dask workers. `sapcore.runs.describe` puts a
run into words and rows.
"""

from sapcore.runs.driver import drive
from sapcore.runs.launcher import count_starts, ensure_runner, log_path
from sapcore.runs.lock import runner_is_alive, runner_pid
from sapcore.runs.run import PointProgress, Run, RunState
from sapcore.runs.spec import RunSpec
from sapcore.runs.table import cancel, get_run, list_runs, request, resume, submit

__all__ = [
    "PointProgress",
    "Run",
    "RunSpec",
    "RunState",
    "cancel",
    "count_starts",
    "drive",
    "ensure_runner",
    "get_run",
    "list_runs",
    "log_path",
    "request",
    "resume",
    "runner_is_alive",
    "runner_pid",
    "submit",
]
