"""One thread for work that comes in small pieces."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_one_at_a_time = Lock()


@contextmanager
def single_threaded() -> Iterator[None]:
    """Run the body with BLAS on one thread and restore the previous number afterwards.

    On matrices of a few hundred rows the default threads of OpenBLAS cost far more than they gain. The limit holds for
    the whole process, so that bodies take turns: otherwise two that overlap would restore each other's limit.
    """
    from threadpoolctl import threadpool_limits  # late, so that graphs and distances need only NumPy and SciPy

    with _one_at_a_time, threadpool_limits(limits=1, user_api="blas"):
        yield


def use_one_thread() -> None:
    """Keep torch and BLAS of this process to one thread from now on.

    Batches of frames are too little work for two: beside a run that keeps two cores busy, 20 steps of recovery took 106
    s of CPU time with two threads and 9 s with one. And sums in bfloat16 follow the number of threads. Several cores
    are for several processes, see `sapcore.runs`.
    """
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(limits=1)
