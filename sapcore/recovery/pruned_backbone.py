"""What an adapter recovers: a backbone, pruned for a code, and how."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import load_backbone
from sapcore.decoders.fecct import Fecct
from sapcore.pruning.compaction import compact
from sapcore.pruning.masks import MaskSource
from sapcore.pruning.n_to_m_backbone import n_to_m_backbone, n_to_m_digest
from sapcore.pruning.n_to_m_plan import NToMPlan


@dataclass(frozen=True, eq=False)
class PrunedBackbone:
    """A pruned backbone.

    Attributes:
        backbone: its name.
        digest: of the mask, or of what else decided the pruning; an adapter is tied to it.
        network: what pruning left.
        masks: of the matrices that hold zeros, by name of the layer; None where pruned weights are gone.
        how: how it was pruned, for the adapter's card.
        options: the same for the command `recover`.
    """

    backbone: str
    digest: str
    network: Fecct
    masks: Mapping[str, np.ndarray] | None
    how: Mapping[str, object]
    options: str

    @classmethod
    def structured(cls, source: MaskSource, how: str, code: LinearCode, ratio: float) -> "PrunedBackbone":
        """Without heads and channels. Raises InputError where the mask cannot be had."""
        mask = source.mask(how, code, ratio)
        network = compact(load_backbone(source.backbone), mask)
        words = {"how": how, "ratio": ratio}
        return cls(source.backbone, mask.digest, network, None, words, f"--ratio {ratio:g} --how {how}")

    @classmethod
    def sparse(cls, backbone: str, plan: NToMPlan, code: LinearCode) -> "PrunedBackbone":
        """With N:M sparse matrices. Raises InputError as `n_to_m_backbone`."""
        pruned = n_to_m_backbone(backbone, plan, code)
        digest = n_to_m_digest(backbone, plan, code)
        return cls(backbone, digest, pruned.network, pruned.masks, {"sparsity": str(plan)}, f"--sparsity {plan}")
