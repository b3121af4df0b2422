"""How many threads the decoders of a process take."""


def use_one_thread() -> None:
    """Keep torch and BLAS of this process to one thread from now on.

    A batch is too little work for two: on cores that are busy elsewhere each waits for the other, and decoding takes
    tens of times as long. Several cores are for several processes, see `sapcore.runs`.
    """
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(limits=1)
