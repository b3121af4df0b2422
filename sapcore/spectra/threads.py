"""One BLAS thread for small dense algebra."""

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
