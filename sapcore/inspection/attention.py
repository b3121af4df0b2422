"""Attention folded onto the Tanner graph."""

import numpy as np


def edge_attention(attention: np.ndarray, edges: np.ndarray, n: int) -> np.ndarray:
    """How much the two ends of each edge look at each other, (E, 2): the bit at the check, the check at the bit.

    Args:
        attention: (T, T), the node of the row at the node of the column, bits first.
        edges: (E, 2) of (bit, check), each from 0.
        n: bits.
    """
    bits, checks = edges[:, 0], n + edges[:, 1]
    return np.column_stack([attention[bits, checks], attention[checks, bits]])


def edge_share(attention: np.ndarray, edges: np.ndarray, n: int) -> float:
    """The share, 0 to 1, of all attention (T, T) that goes along edges of the Tanner graph; 2E/T² if it were uniform.

    See `edge_attention` for the arguments.
    """
    return float(edge_attention(attention, edges, n).sum(dtype=np.float64) / len(attention))
