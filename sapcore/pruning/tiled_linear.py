"""A linear layer under the pattern tile, without its zeros: each tile of rows multiplies its own columns alone."""

import numpy as np
import torch
from torch import Tensor, nn

from sapcore.errors import InputError


class TiledLinear(nn.Module):
    """The same function as a linear layer whose mask keeps the same columns for all rows of a tile; for inference.

    Tiles are found in the mask: consecutive rows that keep the same columns.

    Args:
        weight: (outputs, inputs), zero outside the mask or not.
        bias: (outputs,).
        mask: (outputs, inputs) bool, True = kept.

    Raises:
        InputError: the mask has another shape than the weight.
    """

    def __init__(self, weight: Tensor, bias: Tensor, mask: np.ndarray) -> None:
        super().__init__()
        if mask.shape != tuple(weight.shape):
            raise InputError(f"The mask is {mask.shape}, the weight {tuple(weight.shape)}; they must be the same.")
        self.outputs = len(mask)
        self.tiles = []
        ends = [*np.flatnonzero((mask[1:] != mask[:-1]).any(axis=1)) + 1, len(mask)]
        for first, last in zip([0, *ends[:-1]], ends, strict=True):
            columns = torch.from_numpy(np.flatnonzero(mask[first]))
            kept = weight.detach()[first:last, columns].T.contiguous()  # (columns, rows)
            self.tiles.append((first, last, columns, kept, bias.detach()[first:last].clone()))

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) to (..., outputs)."""
        flat = x.reshape(-1, x.shape[-1])
        y = flat.new_empty(len(flat), self.outputs)
        for first, last, columns, kept, bias in self.tiles:
            torch.addmm(bias, flat.index_select(1, columns), kept, out=y[:, first:last])
        return y.reshape(*x.shape[:-1], self.outputs)
