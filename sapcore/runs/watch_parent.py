"""Dask preload: the scheduler and the workers end when the runner that started them is gone, however it went."""

import os
from typing import Any

import click
from tornado.ioloop import PeriodicCallback

CHECK_MILLISECONDS = 500


@click.command()
@click.option("--parent", type=int, required=True, help="Process id of the runner.")
def dask_setup(server: Any, parent: int) -> None:
    """Watch the parent of this process from the event loop of `server`, a Dask scheduler or worker."""

    def end_with_parent() -> None:
        if os.getppid() != parent:
            os._exit(0)  # nothing to save: the runner writes all counts

    PeriodicCallback(end_with_parent, CHECK_MILLISECONDS).start()
