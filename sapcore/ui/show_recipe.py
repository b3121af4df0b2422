"""The fold "How this was made" under a result: commands, Python lines, and the digests of what went in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import streamlit as st

from sapcore.codes import LinearCode
from sapcore.codes.files import file_stem
from sapcore.experiments.shipped import current_digest
from sapcore.report.recipe import own_matrices
from sapcore.ui.text import plain

TITLE = "How this was made"
CALIBRATION = "Scores look at calibration frames of seed 0, and are the same each time."


def show_recipe(
    codes: Sequence[LinearCode],
    commands: Iterable[str] = (),
    lines: Iterable[str] = (),
    digests: Mapping[tuple[str, str], str | None] | None = None,
    notes: Iterable[str] = (),
    title: str = TITLE,
) -> None:
    """Fold the recipe of a result about `codes`.

    Args:
        codes: whose matrices it starts from; own ones have to be saved as files first.
        commands: of the command line.
        lines: of Python, each text by itself enough.
        digests: of decoders, by digest of the code and spec, see `digests_of`.
        notes: sentences on what else went in.
        title: of the fold.
    """
    with st.expander(title, icon=":material/terminal:"):
        if own := own_matrices(codes):
            files = ", ".join(f"`{file_stem(one)}.alist`" for one in own)
            st.markdown(f"First save {files} from the Spectra page, in that form of the code.")
        for language, texts in (("bash", commands), ("python", lines)):
            for text in texts:
                st.code(text, language=language, wrap_lines=True)
        for code in codes:
            known = {spec: digest for (matrix, spec), digest in (digests or {}).items() if matrix == code.digest}
            parts = [f"its matrix {code.digest}", *(f"{spec} {digest}" for spec, digest in known.items() if digest)]
            st.caption(plain(f"Digests, {code.name}: {', '.join(parts)}."))
        for note in notes:
            st.caption(plain(note))


def digests_in(points: pd.DataFrame) -> dict[tuple[str, str], str | None]:
    """The digests of the decoders of points that ship, which `shipped_points` has found to be those of today."""
    return {(row.code_digest, row.decoder): row.decoder_digest for row in points.itertuples()}


def digests_of(codes: Iterable[LinearCode], decoders: Sequence[str]) -> dict[tuple[str, str], str | None]:
    """The digests that decoders have today, None where one cannot be built. A mask may have to be scored first."""
    return {(code.digest, decoder): current_digest(decoder, code) for code in codes for decoder in decoders}
