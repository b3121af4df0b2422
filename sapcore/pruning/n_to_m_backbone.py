"""A backbone pruned to N:M sparsity for a code, by name."""

from typing import TYPE_CHECKING

from sapcore.codes import LinearCode
from sapcore.decoders import identity_digest
from sapcore.decoders.backbones import backbone_digest, load_backbone
from sapcore.errors import InputError
from sapcore.pruning.n_to_m_plan import NToMPlan
from sapcore.pruning.orders import find_orders, load_orders, orders_card, permute_command

if TYPE_CHECKING:
    from pathlib import Path

    from sapcore.decoders.fecct import Fecct
    from sapcore.pruning.n_to_m_pruning import NToMPruned


def n_to_m_digest(backbone: str, plan: NToMPlan, code: LinearCode) -> str:
    """Identifies the masks and weights that `n_to_m_backbone` gives, without making them.

    They follow from backbone, plan, code and matrix, and from the orders of channels where these are learned.

    Raises:
        InputError: the orders have to be learned first, or are damaged.
    """
    identity = f"{backbone_digest(backbone)}/{plan}/{code.digest}"
    if plan.learned:
        identity += f"/{orders_card(_orders(backbone, plan, code))['digest']}"
    return identity_digest(identity)


def n_to_m_backbone(backbone: str, plan: NToMPlan, code: LinearCode) -> "NToMPruned[Fecct]":
    """The backbone of this name, pruned for `code` under its matrix; takes seconds, as calibration frames are decoded.

    Raises:
        InputError: M does not divide the inputs of a layer; or the orders have to be learned first, or are damaged.
    """
    from sapcore.pruning.n_to_m_pruning import prune_n_to_m

    orders = load_orders(_orders(backbone, plan, code)) if plan.learned else None
    return prune_n_to_m(load_backbone(backbone), code, plan, orders)


def _orders(backbone: str, plan: NToMPlan, code: LinearCode) -> "Path":
    path = find_orders(backbone, plan, code)
    if path is None:
        raise InputError(
            f"No orders of channels have been learned for {plan} on {code.name}; make them with "
            f"{permute_command(backbone, plan, code.name)}."
        )
    return path
