"""Radial estimates as work that an experiment shares out among processes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sapcore.codes import find
from sapcore.experiments.shipped import current_digest
from sapcore.simulation import RadialEstimate, Store, kept_estimates, radial_estimates
from sapcore.variants import build_decoder

COLUMNS = [
    *("code", "code_digest", "decoder", "decoder_digest", "ebn0"),
    *[name for name in RadialEstimate.__dataclass_fields__ if name != "ebn0_db"],
    *("seconds", "seed", "command"),
]
SEED = 1  # its own: frames of other estimates, such as at other Eb/N0, would count towards max_frames


@dataclass(frozen=True)
class Estimation:
    """The radial estimates of a decoder, by its spec, for a matrix of the catalogue.

    Attributes:
        ebn0, relative_width, max_frames: see `radial_estimates`.
        store: the file that the blocks are kept in.
    """

    code: str
    decoder: str
    ebn0: tuple[float, ...]
    relative_width: float
    max_frames: int
    store: Path

    def is_ready(self) -> bool:
        """Whether nothing is left to simulate."""
        with Store(self.store) as store:
            return bool(list(self.rows(store, "")))

    def make(self) -> None:
        """Simulate what is missing."""
        code = find(self.code)
        with Store(self.store) as store:
            decoder = build_decoder(self.decoder, code)
            radial_estimates(code, decoder, self.ebn0, self.relative_width, self.max_frames, SEED, store)

    def rows(self, store: Store, command: str) -> Iterator[dict[str, object]]:
        """What a table says of the estimates, with the columns COLUMNS; nothing while frames are missing."""
        code = find(self.code)
        digest = current_digest(self.decoder, code)
        if digest is None:
            return
        found, seconds = kept_estimates(store, code, digest, self.ebn0, SEED)
        widest = max(one.relative_width for one in found)
        if widest <= self.relative_width or found[0].frames >= self.max_frames:
            about = {"code": code.name, "code_digest": code.digest, "decoder": self.decoder, "decoder_digest": digest}
            made = {"seconds": seconds, "seed": SEED, "command": command}
            yield from (about | one.row() | made for one in found)
