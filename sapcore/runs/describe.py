"""A run and its points in words and rows, the same on pages and on the command line."""

from typing import Any

from sapcore.errors import InputError
from sapcore.runs.run import PointProgress, Run, RunState
from sapcore.simulation import BLOCK_FRAMES
from sapcore.variants import check_decodable


def duration(seconds: float) -> str:
    """A time in the unit that suits it.

    >>> duration(42), duration(600), duration(9000)
    ('42 s', '10 min', '2.5 h')
    """
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def label(run: Run) -> str:
    """What a run measures, in one line."""
    low, high = run.spec.ebn0[0], run.spec.ebn0[-1]
    ebn0 = f"{low:g} dB" if low == high else f"{low:g} to {high:g} dB"
    return f"{', '.join(run.code_names.values())} under {', '.join(run.spec.decoders)}, {ebn0}, seed {run.spec.seed}"


def progress(run: Run) -> str:
    """How far a run is, and while it is worked on how fast, in one line."""
    parts = [f"{run.points_done} of {len(run.points)} points done", f"{run.frames:,} frames"]
    if run.state is RunState.RUNNING and not run.frames:
        parts.append(f"the first blocks of {BLOCK_FRAMES:,} frames are under way")
    if run.state.is_open and run.rate:
        parts.append(f"{run.rate:,.0f} frames/s")
    if run.state.is_open and run.seconds_left:
        parts.append(f"about {duration(run.seconds_left)} left")
    return ", ".join(parts)


def is_refused(run: Run) -> bool:
    """Whether a failed run would fail again, because a decoder is gone or cannot decode one of the codes."""
    if run.state is not RunState.FAILED:
        return False
    try:
        run.spec.check_decoders(run.codes)
        for code in run.codes:
            for decoder in run.spec.decoders:
                check_decodable(decoder, code)
    except InputError:
        return True
    return False


def point_row(point: PointProgress, seed: int | None = None) -> dict[str, Any]:
    """The point with the keys that `simulate --json` prints; intervals are 95 %, BER is over all n bits.

    Rates and intervals are NaN without frames. With the `seed` of its run the row also says where it comes from: keys
    seed, code_digest and decoder_digest.
    """
    row = {
        "code": point.code_name,
        "decoder": point.decoder,
        "ebn0": point.ebn0_db,
        **point.counts.row(),
        "seconds": point.seconds,
    }
    if seed is not None:
        row |= {"seed": seed, "code_digest": point.code, "decoder_digest": point.decoder_digest}
    return row
