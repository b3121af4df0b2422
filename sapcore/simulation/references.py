"""Published error rates that ship with the product: maximum-likelihood decoding, and other decoders."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from sapcore.errors import InputError
from sapcore.folders import ASSETS
from sapcore.simulation.counts import ErrorCounts

REFERENCES = ASSETS / "references"

DECODER_FILES = ("neural.csv", "aff3ct.csv")
KINDS = ("neural", "classical")
METRICS = ("ber", "fer")
RELATIONS = ("same matrix", "same code", "another code", "unknown")


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


@dataclass(frozen=True)
class DecoderPoint:
    """A published error rate of a decoder other than maximum likelihood.

    Attributes:
        code: the name here of the code that the figure was published for; see `relation`.
        decoder: as its source calls it, with what is known of its size, iterations or training.
        kind: "neural" for decoders with learned weights, else "classical".
        ebn0_db: Eb/N0 in decibels.
        metric: "ber" or "fer".
        value: the error rate.
        neg_ln_ber: -ln(BER) as printed where that is what was printed; `value` then follows from it.
        bits: what a BER counts: "code" for all n bits, as everywhere else here, "information" for the k message bits.
        frame_errors, frames: what the point rests on, None where its source does not say.
        matrix: the parity-check matrix that was decoded under, as far as it is known.
        relation: of the code and matrix of the figure to those of `code` here. "same matrix" (but for the order of bits
            and rows); "same code" (but for the order of bits), under another or an unstated matrix; "another code" of
            the same n, k and family; or "unknown".
        source: where it was published.
    """

    code: str
    decoder: str
    kind: str
    ebn0_db: float
    metric: str
    value: float
    neg_ln_ber: float | None
    bits: str
    frame_errors: int | None
    frames: int | None
    matrix: str
    relation: str
    source: str

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of a frame error rate whose frame errors are known; None for other points."""
        if self.metric != "fer" or self.frames is None or self.frame_errors is None:
            return None
        return ErrorCounts(frames=self.frames, frame_errors=self.frame_errors).fer_interval

    @property
    def series(self) -> tuple[str, str, str]:
        """Decoder, matrix and source: the points of a code and metric that share them are one curve."""
        return self.decoder, self.matrix, self.source


@lru_cache
def maximum_likelihood_points() -> tuple[ReferencePoint, ...]:
    """Return every published point of maximum-likelihood decoding in assets/references/ml.csv."""
    return tuple(
        ReferencePoint(row["code"], float(row["ebn0_db"]), float(row["fer"]), int(row["frame_errors"]), row["source"])
        for row in _rows("ml.csv")
    )


def maximum_likelihood_curve(code_name: str) -> tuple[ReferencePoint, ...]:
    """Return the published points of the code `code_name` by rising Eb/N0, none where nothing was published.

    Maximum-likelihood decoding depends on the code alone and not on the order of its bits, so the forms with redundant
    checks ("BCH(31,16)-r") share the curve of the code, and a Hamming code that of the primitive BCH code of its size.
    """
    name = _published_name(code_name)
    return tuple(sorted((p for p in maximum_likelihood_points() if p.code == name), key=lambda p: p.ebn0_db))


@lru_cache
def decoder_points() -> tuple[DecoderPoint, ...]:
    """Return every published point of other decoders: assets/references/neural.csv, then aff3ct.csv."""
    return tuple(point for name in DECODER_FILES for point in _decoder_points(name))


@lru_cache
def peer_points() -> tuple[DecoderPoint, ...]:
    """Return what was counted here of decoders of another library: assets/references/sionna.csv, specs as names."""
    return tuple(_decoder_points("sionna.csv"))


def _decoder_points(name: str) -> Iterator[DecoderPoint]:
    for row in _rows(name):
        yield DecoderPoint(
            code=row["code"],
            decoder=row["decoder"],
            kind=row["kind"],
            ebn0_db=float(row["ebn0_db"]),
            metric=row["metric"],
            value=float(row["value"]),
            neg_ln_ber=float(row["neg_ln_ber"]) if row["neg_ln_ber"] else None,
            bits=row["bits"],
            frame_errors=int(row["frame_errors"]) if row["frame_errors"] else None,
            frames=int(row["frames"]) if row["frames"] else None,
            matrix=row["matrix"],
            relation=row["relation"],
            source=row["source"],
        )


def decoder_curves(code_name: str, kind: str | None = None, metric: str | None = None) -> tuple[DecoderPoint, ...]:
    """Return the published points of decoders of the code `code_name`, curve by curve, each by rising Eb/N0.

    A form with redundant checks, and a Hamming code, gets the points of the code as published under the names of
    `maximum_likelihood_curve`. These belong to another matrix than that of the form, so a `relation` "same matrix"
    then comes back as "same code".

    Args:
        code_name: such as "BCH(63,45)" or "BCH(63,45)-r".
        kind: "neural" or "classical"; both without it.
        metric: "ber" or "fer"; both without it.

    Raises:
        InputError: there is no such kind or metric.
    """
    for what, value, known in (("kind of decoder", kind, KINDS), ("error rate", metric, METRICS)):
        if value is not None and value not in known:
            raise InputError(f"There is no {what} {value!r} among the published points, only {' and '.join(known)}.")
    name = _published_name(code_name)
    found = [
        point
        for point in decoder_points()
        if point.code == name and kind in (None, point.kind) and metric in (None, point.metric)
    ]
    if name != code_name:
        found = [replace(p, relation="same code") if p.relation == "same matrix" else p for p in found]
    order = {series: place for place, series in enumerate(dict.fromkeys(point.series for point in found))}
    return tuple(sorted(found, key=lambda p: (order[p.series], p.metric, p.ebn0_db)))


def _published_name(code_name: str) -> str:
    """The name under which a code is published: without its redundant checks, and a Hamming code as a BCH code."""
    name = re.sub(r"-r\d*$", "", code_name)
    return re.sub(r"^Hamming\(", "BCH(", name)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (REFERENCES / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
