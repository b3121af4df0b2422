"""Re-fits the kept weights of a pruned linear layer to the outputs of the dense one, by ADMM.

Minimises E‖(W' - W) x‖² over W' that are zero outside a mask, after Boža, "Fast and effective weight update for pruned
large language models" (TMLR 2024). With D = diag(sqrt(E[x²])), V = W' D transposed and H = D⁻¹ E[x xᵀ] D⁻¹ + λ I,
scaled so that the diagonal of its first term is 1, the iterations are

    Z ← (V + U) ⊙ mask        U ← U + V - Z        V ← (H + ρ I)⁻¹ (H V₀ + ρ (Z - U))

and W' is Z of the last V and U, scaled back. While the mask is being looked for, it is chosen anew from |V + U|
before each of the first 15 iterations; the first such choice is Wanda's. ρ = 1, 20 iterations, 15 with choice and
λ = 0.1 are those of the author's code. The moments are those of the dense network's inputs, collected once: layers
are not re-fitted one after the other on the inputs that pruned layers before them give, which is ours.
"""

from collections.abc import Callable

import numpy as np
from scipy.linalg import cho_factor, cho_solve

PENALTY = 1.0
DAMPING = 0.1  # of the mean diagonal of H
ITERATIONS = 20
CHOICES_OF_MASK = 15


def updated_weights(
    weight: np.ndarray,
    moments: np.ndarray,
    choose: Callable[[np.ndarray], np.ndarray] | None = None,
    mask: np.ndarray | None = None,
    iterations: int = ITERATIONS,
) -> tuple[np.ndarray, np.ndarray]:
    """The re-fitted weights, zero where pruned, and the mask; both (outputs, inputs).

    Args:
        weight: of the dense layer, (outputs, inputs).
        moments: E[x xᵀ] of its inputs, (inputs, inputs).
        choose: makes a mask of scores (outputs, inputs), such as `NToM.mask`; needed where `mask` is None.
        mask: what is kept, True = kept, where that is settled already.
        iterations: of ADMM.

    Raises:
        ValueError: neither a mask nor a way to choose one is given, or both are.
    """
    if (choose is None) == (mask is None):
        raise ValueError("Give either a mask or a way to choose one.")
    scale = np.sqrt(np.diagonal(moments)) + 1e-8
    hessian = moments / np.outer(scale, scale)
    hessian = hessian + DAMPING * np.mean(np.diagonal(hessian)) * np.eye(len(hessian))
    factor = cho_factor(hessian + PENALTY * np.eye(len(hessian)))
    dense = (weight.astype(np.float64) * scale).T  # (inputs, outputs)
    target, V, U = hessian @ dense, dense, np.zeros_like(dense)
    for step in range(iterations):
        if choose is not None and step < CHOICES_OF_MASK:
            mask = choose(np.abs(V + U).T)
        Z = (V + U) * mask.T
        U = U + V - Z
        V = cho_solve(factor, target + PENALTY * (Z - U))
    return ((V + U) * mask.T).T / scale, mask


def output_error(weight: np.ndarray, pruned: np.ndarray, moments: np.ndarray) -> float:
    """E‖(W' - W) x‖² / E‖W x‖² of a layer: what pruning does to its outputs, relative to their power."""
    change = pruned - weight
    return float(np.sum((change @ moments) * change) / np.sum((weight @ moments) * weight))
