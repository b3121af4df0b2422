"""The card of an exported decoder: what it is, what it costs, what was measured of it, the command that made it."""

import shlex

from sapcore.codes import LinearCode
from sapcore.codes.files import FILE_FAMILY
from sapcore.complexity import complexity
from sapcore.decoders.backbones import backbone_digest
from sapcore.experiments.shipped import shipped_points
from sapcore.export.exported import Exported
from sapcore.variants import adapter_digest, decoder_digest, pruning_digest

MATRIX = "parity_check.alist"  # the matrix of the code, beside the card


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
    if not spec.is_pruned:
        return names
    mask = pruning_digest(spec, code)
    adapter = {"adapter": adapter_digest(spec, code, mask)} if spec.lora else {}
    return names | {"mask": mask} | adapter


def card(exported: Exported, target: str) -> dict[str, object]:
    """The card of a decoder that is exported to `target`, one of TARGETS; the command is to be run in its folder."""
    code, network = exported.code, exported.network
    cost = complexity(network.config, code)  # of what is exported: zeros are stored and multiplied like other weights
    named = MATRIX if (code.standard or code).family == FILE_FAMILY else code.name
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
    """The points that ship of this decoder under this matrix: Eb/N0 in dB, counts or what an estimate is worth, rates,
    source.
    """
    points = shipped_points(code)
    points = points[points["decoder_digest"] == digest].drop_duplicates("ebn0")  # several specs may be one decoder here
    points = points.drop(columns=["code", "code_digest", "decoder", "decoder_digest"])
    return [point.dropna().to_dict() for _, point in points.astype(object).iterrows()]
