"""A run as one HTML file that needs nothing else: no network, no Python, no server.

What it holds is plain data; everything that comes from outside, such as the name of a code, is escaped by the template,
and the page's own policy forbids the browser to run any script but the two in it or to fetch anything.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import jinja2
import pandas as pd
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from sapcore.codes import LinearCode, write_matrix
from sapcore.codes.files import file_stem
from sapcore.figures import COSTS, DARK, LIGHT, METRICS, error_rate_figure, pareto_figure
from sapcore.report.against import AGAINST_NOTE, VERDICT_COLUMNS, bases, clearest, gaps, verdicts
from sapcore.report.beside import curve_note, lines, published_points
from sapcore.report.costs import TRADE_OFF_COLUMNS, pareto_points, passes_note, why_no_trade_off
from sapcore.report.decoders import decoder_in_words
from sapcore.report.drawing import drawing
from sapcore.report.html_table import (
    Column,
    count,
    data_address,
    decibels,
    figures,
    html_table,
    rate,
    ratio,
    signed_decibels,
)
from sapcore.report.recipe import (
    RECIPE_NOTE,
    command_line,
    compare_commands,
    compare_lines,
    own_matrices,
    python_lines,
)
from sapcore.report.results import results_table
from sapcore.report.view import View
from sapcore.runs import Run
from sapcore.runs.describe import label, progress
from sapcore.simulation import BLOCK_FRAMES

_HERE = Path(__file__).parent
_CODE = Column("code", "Code"), Column("decoder", "Decoder")
_EBN0 = Column("ebn0", "Eb/N0 (dB)", decibels)
_COUNTS = Column("frames", "Frames", count), Column("frame_errors", "Frame errors", count)
_RATES = {
    name: (Column(name, name.upper(), rate), Column(f"{name}_low", "from", rate), Column(f"{name}_high", "to", rate))
    for name in ("fer", "ber")
}


@dataclass(frozen=True)
class Report:
    """A report to be made when it is asked for.

    Attributes:
        run: what it is about.
        view: how that is shown.
    """

    run: Run
    view: View

    @property
    def file_name(self) -> str:
        """Where it is saved."""
        return f"report-{self.run.id}.html"

    def html(self) -> str:
        """Its text, see `report_html`."""
        return report_html(self.run, self.view)


def report_html(run: Run, view: View | None = None) -> str:
    """The report on `run` as it stands, shown as `view` says; equal counts give equal text.

    Raises:
        InputError: the view does not fit the run.
    """
    view = view or View()
    view.check(run)
    measured = results_table(run)
    return _template().render(
        title=f"Error rates: {label(run)}",
        run=run,
        asked=datetime.fromtimestamp(run.created, UTC).date().isoformat(),
        progress=progress(run),
        block=BLOCK_FRAMES,
        light=LIGHT,
        dark=DARK,
        style=Markup((_HERE / "page.css").read_text("utf-8")),
        plotly=Markup(_plotly()[0]),
        script=Markup(_script()[0]),
        hashes=[_plotly()[1], _script()[1]],
        quantity=METRICS[view.metric],
        **_compared(run),
        **_curves(run, view, measured),
        **_against(run, view),
        **_trade_off(run, view),
        **_made(run, view, measured),
    )


def _compared(run: Run) -> dict[str, object]:
    codes = pd.DataFrame(
        [
            {"code": c.name, "family": c.family, "n": c.n, "k": c.k, "rate": c.rate, "rows": c.rows, "rank": c.rank}
            | {"ones": c.ones, "digest": c.digest}
            for c in run.codes
        ]
    )
    columns = [
        *(Column("code", "Code"), Column("family", "Family"), Column("n", "n", count), Column("k", "k", count)),
        *(Column("rate", "Rate", ratio), Column("rows", "Checks", count), Column("rank", "Rank of H", count)),
        *(Column("ones", "Ones of H", count), Column("digest", "Digest of H")),
    ]
    decoders = pd.DataFrame([{"decoder": one, "about": decoder_in_words(one)} for one in run.spec.decoders])
    return {
        "codes": html_table(codes, columns, f"{len(codes)} codes and their parity-check matrices H.", "codes.csv"),
        "decoders": html_table(
            decoders,
            [Column("decoder", "Decoder"), Column("about", "What it is")],
            f"{len(decoders)} decoders.",
            "decoders.csv",
        ),
    }


def _curves(run: Run, view: View, measured: pd.DataFrame) -> dict[str, object]:
    codes, span = list(run.codes), view.span(run)
    published = published_points(codes, view.metric, view.beside, span)
    bounds, unknown = lines(codes, view.metric, view.beside, span)
    beside = [Column("name", "Curve"), _EBN0, Column("rate", view.metric, rate)]
    sources = [
        *beside,
        *(Column("low", "from", rate), Column("high", "to", rate), Column("frame_errors", "Frame errors", count)),
        *(Column("matrix", "Matrix"), Column("source", "Source")),
    ]
    return {
        "curves": drawing(
            "error-rates",
            lambda theme: error_rate_figure(measured, view.metric, theme, published, bounds, span, view.floor),
        ),
        "curve_note": curve_note(view.metric, unknown),
        "points": html_table(
            measured,
            [*_CODE, _EBN0, *_COUNTS, *_RATES["fer"], *_RATES["ber"]],
            f"Counts, rates and 95 % intervals of {len(measured)} points; BER is over all n bits.",
            "error-rates.csv",
        ),
        "published": html_table(published, sources, f"{len(published)} published points.", "published.csv"),
        "bounds": html_table(bounds, beside, "Bounds and closed forms over Eb/N0.", "bounds.csv"),
    }


def _against(run: Run, view: View) -> dict[str, object]:
    if not bases(run):
        return {"against": None}
    against = view.against or bases(run)[0]
    found = verdicts(run, against)
    pairs = [
        *(*_CODE, _EBN0, Column("frames", "Common frames", count), Column("right", "Only this one right", count)),
        *(Column("wrong", "Only this one wrong", count), Column("p_value", "p", figures)),
        Column("ratio", "FER ratio", ratio),
    ]
    distances = [
        *(*_CODE, Column("ebn0", "Eb/N0 at the rate (dB)", decibels), Column("interval", "95 % interval (dB)")),
        *(Column("gap", "Gap (dB)", signed_decibels), Column("gap_interval", "95 % interval of the gap (dB)")),
        *(Column("macs_ratio", "MACs ratio", ratio), Column("bytes_ratio", "Bytes ratio", ratio)),
        Column("time_ratio", "Time ratio", ratio),
    ]
    return {
        "against": against,
        "against_note": AGAINST_NOTE,
        "verdicts": clearest(found)["verdict"].tolist(),
        "pairs": html_table(
            found[VERDICT_COLUMNS],
            pairs,
            f"Discordant frames of {len(found)} pairs of points.",
            "discordant-frames.csv",
        ),
        "gaps": html_table(
            gaps(run, against, view.metric, view.rate),
            distances,
            f"Eb/N0 of each curve at {view.metric} {view.rate:g}, the gap to {against}, and the ratio of cost.",
            "gaps.csv",
        ),
    }


def _trade_off(run: Run, view: View) -> dict[str, object]:
    ebn0 = run.spec.ebn0[-1] if view.at is None else view.at
    points = pareto_points(run, ebn0)
    problem = why_no_trade_off(points, ebn0, view.cost)
    columns = [
        *(*_CODE, *_RATES["ber"], *_COUNTS, Column("MACs", "MACs a frame", count), Column("bytes", "Bytes", count)),
        Column("time", "ms a frame", figures),
    ]
    return {
        "at": f"{ebn0:g}",
        "problem": problem,
        "trade_off": None if problem else drawing("trade-off", lambda theme: pareto_figure(points, view.cost, theme)),
        "costs": None
        if points.empty
        else html_table(
            points[TRADE_OFF_COLUMNS], columns, f"Bit error rate at {ebn0:g} dB and cost.", "trade-off.csv"
        ),
        "cost_notes": ["; ".join(f"{name}: {text}" for name, text in COSTS.items()) + ".", *_passes(points)],
    }


def _passes(points: pd.DataFrame) -> list[str]:
    note = None if points.empty else passes_note(points)
    return [note] if note else []


def _made(run: Run, view: View, measured: pd.DataFrame) -> dict[str, object]:
    codes = list(run.codes)
    against = view.against or next(iter(bases(run)), None)
    curves = measured.groupby(["code", "code_digest", "decoder", "decoder_digest"], sort=False, as_index=False)
    origin = curves[["frames", "seconds"]].sum().assign(seed=run.spec.seed)
    columns = [
        *(Column("code", "Code"), Column("code_digest", "Digest of H"), Column("decoder", "Decoder")),
        *(Column("decoder_digest", "Digest of the decoder"), Column("seed", "Seed"), Column("frames", "Frames", count)),
        Column("seconds", "Worker time (s)", figures),
    ]
    return {
        "command": command_line(codes, run.spec),
        "compare_commands": compare_commands(codes, run.spec, against, verdicts(run, against)) if against else [],
        "compare_python": compare_lines(run.id, against, view.metric, view.rate) if against else None,
        "report_command": view.command(run),
        "python": python_lines(codes, run.spec),
        "matrices": [_matrix(code) for code in own_matrices(codes)],
        "origin": html_table(origin, columns, "Where each curve comes from.", "provenance.csv"),
        "recipe_note": RECIPE_NOTE,
    }


def _matrix(code: LinearCode) -> dict[str, str]:
    """The matrix of an own code, which nobody else has, as a file in the page."""
    address = data_address(write_matrix(code, "alist"), "text/plain")
    return {"code": code.name, "file": f"{file_stem(code)}.alist", "address": address}


@lru_cache(maxsize=1)
def _plotly() -> tuple[str, str]:
    """plotly.js and its hash in the page's policy."""
    return _hashed(get_plotlyjs())


@lru_cache(maxsize=1)
def _script() -> tuple[str, str]:
    """What draws the figures, and its hash."""
    return _hashed((_HERE / "page.js").read_text("utf-8"))


def _hashed(script: str) -> tuple[str, str]:
    script = script.replace("\r\n", "\n")  # as a browser reads it
    return script, base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string((_HERE / "page.html.jinja").read_text("utf-8"))
