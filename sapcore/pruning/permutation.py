"""Reorders channels inside a network without changing its function.

A linear layer reads its input channels in any order as long as whatever writes them, and everything else that reads
them, changes order with it. A `Coupling` says which tensors those are; three kinds of them are offered for a FECCT:

* hidden: the feed-forward channels of a layer. Rows and bias of `up`, columns of `down`.
* values: the channels of V within each head of a layer. Rows and bias of `v`, columns of `o`; q and k untouched. A
  channel cannot leave its head, which has its own attention.
* residual: the residual stream, one order for the whole network, as every block adds to it and every norm reads it.

A fourth, the rows of `bit` and `check` with the columns of `out`, is not: `out` is never pruned. The order of channels
in one block's residual input alone cannot change, nor can V's across heads: both change the function.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from sapcore.decoders.fecct import Fecct
from sapcore.errors import InputError

Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True)
class Coupling:
    """Channels of a network that can be reordered together, leaving its function as it is.

    Attributes:
        name: of the coupling, for people.
        channels: how many there are.
        block: an order keeps each channel within its block of so many consecutive channels; `channels` where it may
            go anywhere.
        readers: names of the Linear layers whose inputs the channels are. It is their groups of M inputs that a new
            order changes.
        axes: every tensor of the network that the channels run along, by its name in the state and its axis. Weights
            of the readers, axis 1, are among them; the rest absorbs the new order.

    Raises:
        InputError: the weight of a reader, axis 1, is not among the axes.
    """

    name: str
    channels: int
    block: int
    readers: tuple[str, ...]
    axes: tuple[tuple[str, int], ...]

    def __post_init__(self) -> None:
        for reader in self.readers:
            if (f"{reader}.weight", 1) not in self.axes:
                raise InputError(
                    f"{self.name} has {reader} among its readers, but not axis 1 of its weight among its axes."
                )


@dataclass(frozen=True, eq=False)
class Permutation:
    """An order of the channels of a coupling.

    Attributes:
        coupling: what is reordered.
        order: (channels,) integers; order[p] is the channel that comes to position p.

    Raises:
        InputError: `order` does not hold every channel once, or moves one out of its block.
    """

    coupling: Coupling
    order: np.ndarray

    def __post_init__(self) -> None:
        order, coupling = np.asarray(self.order), self.coupling
        places = np.arange(coupling.channels)
        if order.shape != places.shape or order.dtype.kind not in "iu" or not np.array_equal(np.sort(order), places):
            raise InputError(
                f"An order of {coupling.name} holds each of its {coupling.channels} channels, from 0 on, exactly once."
            )
        if not np.array_equal(order // coupling.block, places // coupling.block):
            raise InputError(
                f"An order of {coupling.name} keeps each channel within its {coupling.block} consecutive ones; "
                f"channel {int(order[order // coupling.block != places // coupling.block][0])} leaves them."
            )
        order = order.astype(np.int64)
        order.setflags(write=False)
        object.__setattr__(self, "order", order)

    def reorder(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Those `tensors`, by name in the state of a network, that the channels run along: in the new order.

        Raises:
            InputError: one of them has another number of channels.
        """
        order, changed = torch.from_numpy(self.order.copy()), {}
        for name, axis in self.coupling.axes:
            if name in tensors:
                tensor = changed.get(name, tensors[name])
                if tensor.shape[axis] != len(order):
                    raise InputError(
                        f"{self.coupling.name} has {len(order)} channels, but {name} has {tensor.shape[axis]}."
                    )
                changed[name] = tensor.index_select(axis, order.to(tensor.device))
        return changed

    def apply(self, network: Module) -> Module:
        """A new network of the same function whose channels are in this order."""
        return reordered(network, [self])


def reordered(network: Module, permutations: Sequence[Permutation]) -> Module:
    """A new network, with one permutation after the other applied; `network` stays as it is.

    Raises:
        InputError: a permutation is for a network of another size, or one with tensors of other names.
    """
    state = network.state_dict()
    for coupling in (permutation.coupling for permutation in permutations):
        if missing := [name for name, _ in coupling.axes if name not in state]:
            raise InputError(f"{coupling.name} runs along {', '.join(missing)}, which the network does not have.")
    changed = copy.deepcopy(network)
    changed.load_state_dict(reordered_tensors(state, permutations))
    return changed


def reordered_tensors(tensors: Mapping[str, Tensor], permutations: Sequence[Permutation]) -> dict[str, Tensor]:
    """All `tensors`, by name in the state of a network, with the permutations applied to those they concern.

    Works as well on tensors that only have the names and shapes of weights, such as their masks, and on some of them:
    names of a coupling that there is no tensor of are passed over. Raises InputError as `Permutation.reorder`.
    """
    result = dict(tensors)
    for permutation in permutations:
        result |= permutation.reorder(result)
    return result


def hidden_coupling(network: Fecct, layer: int) -> Coupling:
    """The feed-forward channels of a layer."""
    block = f"blocks.{layer}"
    return Coupling(
        name=f"{block}.hidden",
        channels=network.blocks[layer].down.in_features,
        block=network.blocks[layer].down.in_features,
        readers=(f"{block}.down",),
        axes=((f"{block}.up.weight", 0), (f"{block}.up.bias", 0), (f"{block}.down.weight", 1)),
    )


def values_coupling(network: Fecct, layer: int) -> Coupling:
    """The channels of V within each head of a layer, and so the inputs of o."""
    attention, name = network.blocks[layer].attention, f"blocks.{layer}.attention"
    return Coupling(
        name=f"{name}.values",
        channels=attention.o.in_features,
        block=attention.o.in_features // attention.heads,
        readers=(f"{name}.o",),
        axes=((f"{name}.v.weight", 0), (f"{name}.v.bias", 0), (f"{name}.o.weight", 1)),
    )


def residual_coupling(network: Fecct) -> Coupling:
    """The channels of the residual stream; their one order is shared by the whole network."""
    axes = [("magnitude", 0), ("syndrome.weight", 1), ("norm.weight", 0), ("norm.bias", 0)]
    axes += [("bit.weight", 1), ("check.weight", 1)]
    readers = []
    for layer in range(network.config.layers):
        block = f"blocks.{layer}"
        own = [f"{block}.attention.{part}" for part in "qkv"] + [f"{block}.up"]
        readers += own
        axes += [(f"{name}.weight", 1) for name in own]
        writers = "norm_attention", "norm_ffn", "attention.o", "down"
        axes += [(f"{block}.{part}.{kind}", 0) for part in writers for kind in ("weight", "bias")]
    width = network.config.width
    return Coupling("residual", width, width, tuple(readers), tuple(axes))


def fecct_couplings(network: Fecct) -> tuple[Coupling, ...]:
    """Every coupling of a FECCT, also of one whose layers differ in width; each Linear of a block reads one."""
    layers = range(network.config.layers)
    return (
        residual_coupling(network),
        *(values_coupling(network, layer) for layer in layers),
        *(hidden_coupling(network, layer) for layer in layers),
    )
