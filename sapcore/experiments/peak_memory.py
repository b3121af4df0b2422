"""The memory that a call needs, as the operating system sees it."""

import re
from collections.abc import Callable
from pathlib import Path

_SELF = Path("/proc/self")
_RESET_PEAK = "5"  # what clear_refs takes for: the peak of resident memory is what is resident now


def peak_megabytes(call: Callable[[], object]) -> float | None:
    """The most resident memory of this process during `call` beyond that before it, in MB of 10^6 bytes.

    What this process held and freed before may be used again unseen: call it in a fresh process. Program code that is
    first needed in the call counts. The kernel's peak is set back before the call: that of `resource.getrusage` cannot
    be, holds the peak of whatever was built before, and starts from the parent's.

    Returns None where the kernel is not a Linux that lets a process do so.
    """
    try:
        (_SELF / "clear_refs").write_text(_RESET_PEAK)
    except OSError:
        return None
    before = _kibibytes("VmRSS")
    call()
    return max(0, _kibibytes("VmHWM") - before) * 1024 / 1e6


def _kibibytes(field: str) -> int:
    return int(re.search(rf"^{field}:\s+(\d+) kB$", (_SELF / "status").read_text(), re.MULTILINE)[1])
