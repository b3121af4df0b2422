"""The card of an exported decoder: what it is, what it costs, what was measured of it, the command that made it."""

import shlex
from os.path import basename

from sapcore.codes import LinearCode
from sapcore.codes.files import FILE_FAMILY
from sapcore.decoders.backbones import backbone_digest
from sapcore.experiments.shipped import shipped_points
from sapcore.export.exported import Exported
from sapcore.variants import decoder_complexity, decoder_digest


def identity(exported: Exported) -> dict[str, str]:
    """The names and digests of code, decoder and backbone, and of mask and adapter where there are any."""
    code, spec = exported.code, exported.spec
    names = {
        "code": code.name,
        "code_digest": code.digest,
        "decoder": str(spec),
        "decoder_digest": decoder_digest(spec, code),
        "backbone": spec.backbone,
        "backbone_digest": backbone_digest(spec.backbone),
    }
    return names | ({"mask": spec.mask(code).digest} if spec.how else {})


def card(exported: Exported, target: str, code_text: str) -> dict[str, object]:
    """The card of a decoder.

    Args:
        exported: the decoder.
        target: one of TARGETS.
        code_text: what names the code on the command line.
    """
    code, network = exported.code, exported.network
    cost = decoder_complexity(exported.spec, code)
    named = basename(code_text) if code.family == FILE_FAMILY else code_text  # of a file not the user's folders
    command = f"python -m sapcore export --code {shlex.quote(named)} --decoder {exported.spec} --to {target}"
    digests = identity(exported)
    return {
        **digests,
        "n": code.n,
        "k": code.k,
        "rows": code.rows,
        "precision": "float32",
        "parameters": cost.parameters,
        "macs": cost.macs,
        "config": {
            "width": network.config.width,
            "head_width": network.config.head_width,
            "heads": list(network.config.layer_heads),
            "channels": list(network.config.layer_channels),
            "norm_epsilon": network.norm.eps,
        },
        "measured": _measured(code, digests["decoder_digest"]),
        "command": command,
    }


def _measured(code: LinearCode, digest: str) -> list[dict[str, object]]:
    """The counted points that ship of this decoder under this matrix: Eb/N0 in dB, counts, rates, source."""
    points = shipped_points(code)
    points = points[points["decoder_digest"] == digest]
    return points.drop(columns=["code", "code_digest", "decoder", "decoder_digest"]).to_dict("records")
