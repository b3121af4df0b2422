"""What an adapter recovers: a backbone, pruned for a code, and how."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import load_backbone
from sapcore.decoders.fecct import Fecct
from sapcore.pruning.compaction import compact
from sapcore.pruning.masks import MaskSource
from sapcore.pruning.sparse_backbone import sparse_backbone, sparse_digest
from sapcore.pruning.sparsity import SparsityPlan
from sapcore.recovery.masked import masks_digest


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
    def sparse(cls, backbone: str, plan: SparsityPlan, code: LinearCode) -> "PrunedBackbone":
        """With zeros in its matrices. Raises InputError as `sparse_backbone`."""
        pruned = sparse_backbone(backbone, plan, code)
        digest = sparse_digest(backbone, plan, code)
        words = {"sparsity": str(plan), "masks": masks_digest(pruned.masks)}
        return cls(backbone, digest, pruned.network, pruned.masks, words, f"--sparsity {plan}")
