"""Background runs: submit, watch, steer, resume.

The store's database is where everyone meets. Pages and the command line put runs into it and read their progress; one
runner process a store (`ensure_runner`) takes them up and drives them on Dask workers. `sapcore.runs.describe` puts a
run into words and rows.
"""

from sapcore.runs.capacity import worker_count, workers_in_words
from sapcore.runs.driver import drive
from sapcore.runs.launcher import count_starts, ensure_runner, log_path, log_tail
from sapcore.runs.lock import runner_is_alive, runner_pid
from sapcore.runs.run import PointProgress, Priority, Run, RunState
from sapcore.runs.spec import RunSpec
from sapcore.runs.table import UnknownRunError, cancel, get_run, list_runs, pause, request, resume, set_priority, submit

__all__ = [
    "PointProgress",
    "Priority",
    "Run",
    "RunSpec",
    "RunState",
    "UnknownRunError",
    "cancel",
    "count_starts",
    "drive",
    "ensure_runner",
    "get_run",
    "list_runs",
    "log_path",
    "log_tail",
    "pause",
    "request",
    "resume",
    "runner_is_alive",
    "runner_pid",
    "set_priority",
    "submit",
    "worker_count",
    "workers_in_words",
]
