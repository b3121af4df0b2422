"""One point of an error-rate curve, simulated in this process."""

from sapcore.codes import LinearCode
from sapcore.decoders import Decoder
from sapcore.simulation.block import measure_block
from sapcore.simulation.counts import ErrorCounts
from sapcore.simulation.stopping import StoppingRule
from sapcore.simulation.store import PointKey, Store


def simulate_point(
    code: LinearCode,
    decoder: Decoder,
    ebn0_db: float,
    rule: StoppingRule,
    seed: int = 0,
    store: Store | None = None,
) -> ErrorCounts:
    """Return the counts of the shortest run of blocks 0, 1, 2, ... that satisfies `rule`.

    With a `store`, blocks that it holds are taken from there and new ones are added as they end.
    """
    key = PointKey(code.digest, decoder.digest, ebn0_db, seed)
    known: dict[int, ErrorCounts] = {}
    if store is not None:
        store.put_code(code)
        known = store.blocks(key)
    counts = ErrorCounts()
    index = 0
    while not rule.done(counts):
        block = known.get(index)
        if block is None:
            result = measure_block(code, decoder, ebn0_db, seed, index)
            block = result.counts
            if store is not None:
                store.add_many(key, [result])
        counts += block
        index += 1
    return counts
