"""Layers of checks: groups that share no bit, so that the checks of a group can be processed at once."""

import numpy as np


def layers(parity_check: np.ndarray) -> list[np.ndarray]:
    """Group the rows of H (m, n): each row, in order, joins the first layer of its weight that it shares no bit with.

    Returns the indices of the rows of each layer, rising within a layer; every row is in one layer.

    >>> [layer.tolist() for layer in layers(np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1]]))]
    [[0, 2], [1], [3]]
    """
    rows_of: list[list[int]] = []
    weight_and_bits: list[tuple[int, int]] = []  # of a row of the layer; of all its rows, as a binary number
    for index, row in enumerate(np.asarray(parity_check, dtype=np.uint8)):
        weight, bits = int(row.sum(dtype=np.int64)), int.from_bytes(np.packbits(row).tobytes())
        for layer, (layer_weight, layer_bits) in enumerate(weight_and_bits):
            if layer_weight == weight and not layer_bits & bits:
                rows_of[layer].append(index)
                weight_and_bits[layer] = weight, layer_bits | bits
                break
        else:
            rows_of.append([index])
            weight_and_bits.append((weight, bits))
    return [np.array(rows) for rows in rows_of]
