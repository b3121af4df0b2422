"""What a report shows of a run: the choices that the error-rate page has controls for."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from sapcore.errors import InputError
from sapcore.figures import COSTS, METRICS
from sapcore.report.against import bases
from sapcore.report.beside import BESIDE, DEFAULT
from sapcore.runs import Run

DEFAULT_RATE = 1e-2


@dataclass(frozen=True)
class View:
    """The choices.

    Attributes:
        metric: "FER" or "BER", of the curves and the gaps.
        floor: lower end of the axis of error rates, None as low as the data go.
        window: Eb/N0 in dB from and to, None all that was measured.
        beside: what stands beside the measured curves, of `BESIDE`.
        against: what the curves stand against, one of `against.bases`, None the first of them.
        rate: of the metric, at which gaps are taken.
        cost: key of COSTS.
        at: Eb/N0 in dB of the trade-off, None the highest of the run.
    """

    metric: str = "FER"
    floor: float | None = None
    window: tuple[float, float] | None = None
    beside: tuple[str, ...] = DEFAULT
    against: str | None = None
    rate: float = DEFAULT_RATE
    cost: str = "MACs"
    at: float | None = None

    def command(self, run: Run) -> str:
        """The command that writes the report on `run` in this view."""
        parts = [f"python -m sapcore runs report {run.id} --out report.html --metric {self.metric}"]
        if self.floor is not None:
            parts.append(f"--floor {self.floor:g}")
        if self.window is not None:
            parts.append(f"--window {self.window[0]:g} {self.window[1]:g}")
        parts.append(" ".join(["--beside", *map(shlex.quote, self.beside)]))
        if self.against is not None:
            parts.append(f"--against {shlex.quote(self.against)} --rate {self.rate:g}")
        parts.append(f"--cost {self.cost}")
        if self.at is not None:
            parts.append(f"--at {self.at:g}")
        return " ".join(parts)

    def check(self, run: Run) -> None:
        """Raise InputError unless `run` can be shown so."""
        for value, allowed, what in (
            (self.metric, METRICS, "error rate"),
            (self.cost, COSTS, "cost"),
            (self.against, (None, *bases(run)), "decoder or curve of this run"),
            (self.at, (None, *run.spec.ebn0), "Eb/N0 of this run"),
            *((one, BESIDE, "curve to show beside") for one in self.beside),
        ):
            if value not in allowed:
                names = "; ".join(f"{one:g}" if isinstance(one, float) else one for one in allowed if one is not None)
                raise InputError(f"There is no {what} {value!r}; there are {names}.")
        for value in (self.rate, self.floor):
            if value is not None and not 0 < value < 1:
                raise InputError(f"An error rate to compare at or to begin at is above 0 and below 1, not {value:g}.")
        if self.window is not None and not self.window[0] <= self.window[1]:
            raise InputError(f"Eb/N0 is shown from low to high, not {self.window[0]:g} to {self.window[1]:g} dB.")

    def span(self, run: Run) -> tuple[float, float]:
        """Eb/N0 in dB, from and to, of the curves."""
        return self.window or (run.spec.ebn0[0], run.spec.ebn0[-1])
