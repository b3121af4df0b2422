"""Writes a decoder as a folder: the network, H, a card in JSON, and a README with an example that runs."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from sapcore.codes import LinearCode, write_matrix
from sapcore.errors import InputError
from sapcore.export.card import MATRIX, card, identity
from sapcore.export.exported import Exported
from sapcore.export.folder import check_free, write_folder
from sapcore.export.readme import readme
from sapcore.export.targets import TARGETS
from sapcore.variants import DecoderSpec

CARD, README = "card.json", "README.md"


@dataclass(frozen=True)
class ExportedFolder:
    """What was written.

    Attributes:
        folder: where.
        files: the names of its files.
        bytes: of all of them.
        card: the contents of card.json.
    """

    folder: Path
    files: tuple[str, ...]
    bytes: int
    card: dict[str, object]


def default_folder(code: LinearCode, spec: DecoderSpec, target: str) -> Path:
    """A folder beside where one stands, named by what it holds.

    >>> from sapcore.codes import find
    >>> default_folder(find("BCH(31,16)"), DecoderSpec.parse("fecct"), "onnx").name
    'BCH-31-16-fecct-onnx'
    """
    return Path(re.sub(r"[^A-Za-z0-9.]+", "-", f"{code.name} {spec} {target}").strip("-."))


def export_decoder(
    code: LinearCode, spec: DecoderSpec | str, target: str, folder: Path | None = None
) -> ExportedFolder:
    """Write the decoder `spec` of `code` to `folder`, which must be new or empty, in one step.

    Args:
        code: with the matrix to decode under.
        spec: a fecct in float32, pruned and adapted or not.
        target: one of TARGETS.
        folder: by default `default_folder`.

    Raises:
        InputError: there is no such target, the decoder cannot be exported, or the folder cannot be written.
    """
    if target not in TARGETS:
        raise InputError(f"There is no export to {target!r}; there is {', '.join(TARGETS)}.")
    spec = DecoderSpec.parse(spec) if isinstance(spec, str) else spec
    folder = default_folder(code, spec, target) if folder is None else folder
    check_free(folder)
    files, about = exported_files(code, spec, target)
    write_folder(folder, files)
    return ExportedFolder(folder, tuple(files), sum(map(len, files.values())), about)


def exported_files(code: LinearCode, spec: DecoderSpec, target: str) -> tuple[dict[str, bytes], dict[str, object]]:
    """The files of an exported decoder by name, and its card; arguments and errors as of `export_decoder`."""
    exported = Exported.of(code, spec)
    name, contents = f"decoder.{target}", _network_file(exported, target)
    about = card(exported, target)
    files = {
        name: contents,
        MATRIX: write_matrix(code, "alist"),
        CARD: (json.dumps(about, indent=1) + "\n").encode(),
        README: readme(about, target).encode(),
    }
    return files, about


def _network_file(exported: Exported, target: str) -> bytes:
    if target == "onnx":
        from sapcore.export.onnx_decoder import decoder_model

        return decoder_model(exported.code, exported.network, identity(exported)).SerializeToString()
    from sapcore.export.safetensors_decoder import safetensors_file

    return safetensors_file(exported, identity(exported))
