"""A backbone with zeros in its matrices, for a code, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sapcore.codes import LinearCode
from sapcore.decoders import identity_digest
from sapcore.decoders.backbones import backbone_digest, load_backbone
from sapcore.pruning.n_to_m_plan import NToMPlan
from sapcore.pruning.orders import find_orders, load_orders, orders_card
from sapcore.pruning.sparsity import SparsityPlan

if TYPE_CHECKING:
    from sapcore.decoders.fecct import Fecct


@dataclass(frozen=True, eq=False)
class SparseBackbone:
    """A network with zeros.

    Attributes:
        network: with zeros where weights are pruned.
        masks: by name of each pruned layer, (outputs, inputs) bool, True = kept.
        score_kept: share of its score that a coupling's readers keep on average; None where no score decided.
    """

    network: "Fecct"
    masks: Mapping[str, np.ndarray]
    score_kept: float | None


def sparse_digest(backbone: str, plan: SparsityPlan, code: LinearCode) -> str:
    """Identifies what `sparse_backbone` is made from, without making it.

    That is backbone, plan, code and matrix, and what was learned for them. On other processors calibration may round
    otherwise and tip a weight whose score is all but equal to another's.

    Raises:
        InputError: something has to be learned first, or is damaged.
    """
    identity = f"{backbone_digest(backbone)}/{plan}/{code.digest}"
    if isinstance(plan, NToMPlan):
        learned = orders_card(find_orders(backbone, plan, code)) if plan.learned else None
    else:
        from sapcore.pruning.pattern_weights import pattern_card

        learned = pattern_card(backbone, plan, code)
    return identity_digest(identity if learned is None else f"{identity}/{learned['digest']}")


def sparse_backbone(backbone: str, plan: SparsityPlan, code: LinearCode) -> SparseBackbone:
    """The backbone of this name, pruned for `code` under its matrix.

    N:M takes seconds, as calibration frames are decoded; a pattern is read.

    Raises:
        InputError: M does not divide the inputs of a layer; or something has to be learned first, or is damaged.
    """
    if isinstance(plan, NToMPlan):
        from sapcore.pruning.n_to_m_pruning import prune_n_to_m

        orders = load_orders(find_orders(backbone, plan, code)) if plan.learned else None
        pruned = prune_n_to_m(load_backbone(backbone), code, plan, orders)
        return SparseBackbone(pruned.network, pruned.masks, float(np.mean(list(pruned.kept_scores.values()))))
    from sapcore.pruning.pattern_weights import pattern_backbone

    return SparseBackbone(*pattern_backbone(backbone, plan, code), None)
