"""Several processes that train one backbone together, each on frames of its own.

On a CPU, one process for each core, of one thread each, makes more steps an hour than one process of several threads.
"""

from typing import Any

from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from sapcore.errors import InputError
from sapcore.training.trainer import train

MOST_PROCESSES = 64


def train_together(processes: int, backbone: str, codes: list[str], **options: Any) -> dict[str, object]:
    """Train a backbone as `train` does, in `processes` processes of one thread each, and return its card.

    A step holds the frames of all processes: `processes` times the tokens of the recipe. A run may go on with another
    number of processes.

    Raises:
        InputError: see `train`, or `processes` is not 1 to 64.
    """
    if not 1 <= processes <= MOST_PROCESSES:
        raise InputError(f"Training takes 1 to {MOST_PROCESSES} processes, not {processes}.")
    options["threads"] = 1
    if processes == 1:
        return train(backbone, codes, **options)
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        start_method="spawn",
    )
    try:
        ended = elastic_launch(config, _train_or_refuse)(backbone, codes, options)
    except SignalException as error:
        raise KeyboardInterrupt from error
    card, refusal = ended[0]
    if refusal is not None:
        raise InputError(refusal)
    return card


def _train_or_refuse(backbone: str, codes: list[str], options: dict[str, Any]) -> tuple[Any, str | None]:
    """The card of one process, or why it refuses: all refuse alike."""
    try:
        return train(backbone, codes, **options), None
    except InputError as error:
        return None, str(error)
