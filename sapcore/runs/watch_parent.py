"""Dask preload: the scheduler and the workers end when the runner that started them is gone, however it went.

Workers give way to whatever else the machine does, so that pages answer while runs keep every core busy.
"""

import os
from typing import Any

import click
from distributed import Worker
from tornado.ioloop import PeriodicCallback

CHECK_MILLISECONDS = 500
NICENESS = 10


@click.command()
@click.option("--parent", type=int, required=True, help="Process id of the runner.")
def dask_setup(server: Any, parent: int) -> None:
    """Watch the parent of this process from the event loop of `server`, a Dask scheduler or worker."""
    if isinstance(server, Worker):
        os.nice(NICENESS)

    def end_with_parent() -> None:
        if os.getppid() != parent:
            os._exit(0)  # nothing to save: the runner writes all counts

    PeriodicCallback(end_with_parent, CHECK_MILLISECONDS).start()
