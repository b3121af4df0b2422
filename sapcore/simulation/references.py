"""Published maximum-likelihood error rates that ship with the product."""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache

from sapcore.folders import ASSETS
from sapcore.simulation.counts import ErrorCounts

REFERENCES = ASSETS / "references"


@dataclass(frozen=True)
class ReferencePoint:
    """A published frame error rate of maximum-likelihood decoding, with the frame errors it rests on and its source."""

    code: str
    ebn0_db: float
    fer: float
    frame_errors: int
    source: str

    @property
    def frames(self) -> int:
        """The number of frames behind the point, frame errors / FER."""
        return max(self.frame_errors, round(self.frame_errors / self.fer))

    @property
    def fer_interval(self) -> tuple[float, float]:
        """The 95 % interval of the frame error rate."""
        return ErrorCounts(frames=self.frames, frame_errors=self.frame_errors).fer_interval


@lru_cache
def maximum_likelihood_points() -> tuple[ReferencePoint, ...]:
    """Return every published point of maximum-likelihood decoding in assets/references/ml.csv."""
    with (REFERENCES / "ml.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            ReferencePoint(
                row["code"], float(row["ebn0_db"]), float(row["fer"]), int(row["frame_errors"]), row["source"]
            )
            for row in csv.DictReader(file)
        )


def maximum_likelihood_curve(code_name: str) -> tuple[ReferencePoint, ...]:
    """Return the published points of the code `code_name` by rising Eb/N0, none where nothing was published.

    Maximum-likelihood decoding depends on the code alone and not on the order of its bits, so the forms with redundant
    checks ("BCH(31,16)-r") share the curve of the code, and a Hamming code that of the primitive BCH code of its size.
    """
    name = re.sub(r"-r\d*$", "", code_name)
    name = re.sub(r"^Hamming\(", "BCH(", name)
    return tuple(sorted((p for p in maximum_likelihood_points() if p.code == name), key=lambda p: p.ebn0_db))
