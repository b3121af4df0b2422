"""`export`: a decoder as a folder to take away."""

import argparse
from pathlib import Path
from typing import Any

from sapcore.cli.output import CODE_HELP, add_json_option, add_verb, print_json


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    from sapcore.export.targets import TARGETS

    parser = add_verb(
        verbs,
        "export",
        "Write the decoder of one code as a folder that needs nothing of this program: network, matrix, card, README.",
        "python -m sapcore export --code 'BCH(31,16)-r' --decoder fecct/sap@0.5 --to onnx",
    )
    parser.add_argument("--code", required=True, metavar="CODE", help=CODE_HELP)
    parser.add_argument("--decoder", required=True, metavar="SPEC", help="such as fecct, fecct/sap@0.5/lora; float32")
    ways = "; ".join(f"{target}: {text}" for target, text in TARGETS.items())
    parser.add_argument("--to", required=True, choices=TARGETS, help=ways)
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="new or empty (default: here, named by code and decoder)"
    )
    add_json_option(parser)
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Export one decoder."""
    from sapcore.codes import load
    from sapcore.export.write import export_decoder
    from sapcore.threads import use_one_thread

    use_one_thread()
    code = load(arguments.code)
    written = export_decoder(code, arguments.decoder, arguments.to, arguments.output)
    result = {
        "code": code.name,
        "decoder": arguments.decoder,
        "to": arguments.to,
        "folder": str(written.folder),
        "files": list(written.files),
        "bytes": written.bytes,
        "parameters": written.card["parameters"],
        "macs": written.card["macs"],
    }
    if arguments.json:
        print_json(result)
    else:
        print(f"{written.folder}: {', '.join(written.files)}; {written.bytes / 1e6:.1f} MB")
    return 0
