"""The Dask workers that runs are computed on.

By default a local scheduler and one single-threaded worker a core, or SAP_WORKERS of them, each a plain subprocess: a
multiprocessing pool or a `LocalCluster` would re-execute the main script in every worker. With
SAP_SCHEDULER=tcp://HOST:PORT in the environment a cluster that already runs is joined instead.
"""

import os
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path

import psutil
from distributed import Client, Worker, WorkerPlugin
from distributed.deploy.spec import SpecCluster
from distributed.deploy.subprocess import SubprocessCluster, SubprocessWorker

from sapcore.errors import InputError
from sapcore.runs.capacity import SCHEDULER_VARIABLE, worker_count

CONNECT_SECONDS = 15
CLOSE_SECONDS = 10
PROCESS_SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "DASK_LOGGING__DISTRIBUTED": "error",  # nobody drains the scheduler's stderr pipe
}
"""Environment of the runner, which the scheduler and the workers inherit."""


def _single_threaded() -> WorkerPlugin:
    """Keeps torch and BLAS of a worker to one thread, wherever the worker was started.

    The class is local so that it travels by value: a worker that joins later and finds no sapcore could not unpickle
    another one, and Dask would give it tasks all the same and wait for ever.
    """

    class SingleThreaded(WorkerPlugin):
        name = "sapcore-single-threaded"

        def setup(self, worker: Worker) -> None:
            import torch
            from threadpoolctl import threadpool_limits

            torch.set_num_threads(1)
            threadpool_limits(limits=1)

    return SingleThreaded()


class Workers:
    """A connection to the workers; `close` it when done.

    Args:
        address_file: where the local scheduler writes its address.

    Raises:
        InputError: SAP_WORKERS cannot be used, or a process at $SAP_SCHEDULER does not find this package.
        OSError: no scheduler answers at $SAP_SCHEDULER.
        RuntimeError: the local cluster did not start.
    """

    def __init__(self, address_file: Path) -> None:
        self.scheduler = os.environ.get(SCHEDULER_VARIABLE) or None
        self._local = worker_count()
        self._cluster = None if self.scheduler else _local_cluster(address_file, self._local)
        self._client = Client(self.scheduler or self._cluster, timeout=CONNECT_SECONDS, set_as_default=False)
        if self.scheduler:
            self._find_package()
        self._client.register_plugin(_single_threaded())
        self.executor: Executor = self._client.get_executor(pure=False)

    def _find_package(self) -> None:
        def find() -> None:  # local, so that it travels by value
            import sapcore.runs.task  # noqa: F401

        try:
            self._client.run_on_scheduler(find)
            self._client.run(find)
        except ImportError as error:
            self.close()
            raise InputError(
                f"The Dask scheduler {self.scheduler} or one of its workers does not find this sapcore ({error}); "
                "start all of them with python -m dask from the folder of the same clone."
            ) from error

    def count(self) -> int:
        """How many worker threads there are now; of a local cluster, how many there are to be.

        Raises:
            OSError: the scheduler at $SAP_SCHEDULER no longer answers.
        """
        return sum(self._client.nthreads().values()) if self._cluster is None else self._local

    def mend(self) -> bool:
        """Replace local workers that have died; False where the scheduler is lost and these workers are of no use."""
        if self._client.status != "running":
            return False
        cluster = self._cluster
        if cluster is None:
            return True
        if cluster.scheduler.process.returncode is not None:
            return False
        dead = [name for name, worker in list(cluster.workers.items()) if _has_ended(worker)]
        for name in dead:
            cluster.sync(cluster.workers.pop(name).close)
        if dead:
            cluster.scale(self._local)  # opens what is missing
        return True

    def close(self) -> None:
        """Disconnect, and end the local workers, also where the scheduler is lost and answers nobody."""
        with suppress(OSError):  # TimeoutError is one
            self._client.close(timeout=CLOSE_SECONDS)
        cluster = self._cluster
        if cluster is not None:
            with suppress(psutil.NoSuchProcess):  # it is ending just now
                cluster.sync(cluster.scheduler.close)  # kills it; asking a lost one to let all go takes half a minute
            cluster.shutdown_scheduler = False
            with suppress(OSError, psutil.NoSuchProcess):
                cluster.close(timeout=CLOSE_SECONDS)


def _has_ended(worker: SubprocessWorker) -> bool:
    return worker.process is not None and worker.process.returncode is not None


def _local_cluster(address_file: Path, workers: int) -> SpecCluster:
    address_file.unlink(missing_ok=True)  # one left by a killed runner would be taken for the new scheduler's
    preload = str(Path(__file__).with_name("watch_parent.py"))  # as a file: the package takes longer to import
    watch = {"preload": [preload], "preload_argv": ["--parent", str(os.getpid())]}
    return SubprocessCluster(
        n_workers=workers,
        threads_per_worker=1,
        worker_class="distributed.Worker",
        dashboard_address=None,
        scheduler_kwargs={"scheduler_file": str(address_file), **watch},
        worker_kwargs={"dashboard": False, "memory_limit": 0, **watch},
    )
