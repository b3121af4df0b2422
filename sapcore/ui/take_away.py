"""A trained decoder as a file to take away: `sapcore.export` behind a download button."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import streamlit as st

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.experiments.shipped import current_digest
from sapcore.export.targets import TARGETS
from sapcore.runs import Run
from sapcore.ui.controls import choice, select
from sapcore.ui.show import download
from sapcore.ui.shown_run import changed_here
from sapcore.ui.text import plain, show_error
from sapcore.variants import DecoderSpec, check_decodable

DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold, so that equal decoders are equal files


def take_away(code: LinearCode, spec: DecoderSpec, prefix: str) -> None:
    """Offer one decoder of `code`, in float32; the keys of the controls begin with `prefix`."""
    spec = replace(spec, precision=None)
    about = ". ".join(f"{name}: {text}" for name, text in TARGETS.items())
    about = f"In float32, with H, a card and an example that runs. {about}."
    target = choice("Format", list(TARGETS), f"{prefix}format", help=about)
    try:
        check_decodable(spec, code)
    except InputError as error:
        show_error(error)
        return
    download("Decoder (.zip)", lambda: zipped(code, spec, target), _file_name(code, spec, target), "application/zip")


def take_away_of(run: Run) -> None:
    """Offer every trained decoder of a run that is still here under each of its codes; a file holds one pass."""
    codes = {code.digest: code for code in run.codes}
    pairs = {
        f"{run.code_names[digest]}, {decoder}": (codes[digest], decoder)
        for digest, decoder in run.spec.digests
        if _has_one_pass(decoder)
    }
    if pairs:
        with st.expander("Take a decoder away", icon=":material/download:"):
            name = select("Decoder", list(pairs), "t_export", width=420, silent=changed_here())
            code, decoder = pairs[name]
            if current_digest(decoder, code) == run.spec.digests[code.digest, decoder]:
                take_away(code, DecoderSpec.parse(decoder), "t_")
            else:
                st.caption(f"{plain(decoder)} is no longer the decoder that this run has measured.")


def _has_one_pass(decoder: str) -> bool:
    """Whether a decoder is a network that is here and looks at a frame once."""
    try:
        spec = DecoderSpec.parse(decoder)
    except InputError:  # its backbone is gone
        return False
    return spec.base == "fecct" and spec.passes is None


def zipped(code: LinearCode, spec: DecoderSpec, target: str) -> bytes:
    """The files of the exported decoder in one zip."""
    from sapcore.export.write import exported_files

    files, _ = exported_files(code, spec, target)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in files.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), contents, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def _file_name(code: LinearCode, spec: DecoderSpec, target: str) -> str:
    from sapcore.export.write import default_folder

    return f"{default_folder(code, spec, target)}.zip"
