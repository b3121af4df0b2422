"""What calibration frames say of a FECCT before it is pruned to N:M: scores of its weights, and orders they lead to."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sapcore.codes import LinearCode
from sapcore.decoders.fecct import Fecct
from sapcore.errors import InputError
from sapcore.pruning.input_statistics import InputStatistics, calibration_batches, collect_inputs
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.permutation import Coupling, Permutation, fecct_couplings
from sapcore.pruning.permutation_search import search_order, stacked
from sapcore.pruning.weight_scores import weight_scores


@dataclass(frozen=True, eq=False)
class MeasuredScores:
    """The scores of a network's weights on the calibration frames of a code.

    Attributes:
        couplings: of the network.
        statistics: of the inputs of every layer that reads one of them.
        scores: by name of such a layer, (outputs, inputs) float64, in the network's order of channels.
    """

    couplings: tuple[Coupling, ...]
    statistics: InputStatistics
    scores: Mapping[str, np.ndarray]

    def stacked(self, coupling: Coupling) -> np.ndarray:
        """The scores of all readers of a coupling, (rows, channels), each reader's summing to 1."""
        return stacked([self.scores[reader] for reader in coupling.readers])

    def search(self, method: str, n_to_m: NToM) -> tuple[Permutation, ...]:
        """The order of each coupling that a search finds; raises InputError as `search_order`."""
        return tuple(
            Permutation(one, search_order(method, self.stacked(one), n_to_m, one.block)) for one in self.couplings
        )

    def permutations(self, orders: Mapping[str, np.ndarray]) -> tuple[Permutation, ...]:
        """Known orders, by name of the coupling; raises InputError where they are for another network."""
        if {coupling.name for coupling in self.couplings} != set(orders):
            raise InputError("These orders of channels are for another network.")
        return tuple(Permutation(coupling, orders[coupling.name]) for coupling in self.couplings)


def measure_scores(
    network: Fecct, code: LinearCode, score: str, frames: int | None = None, seed: int = 0
) -> MeasuredScores:
    """Score every weight of the blocks of `network`, which stays as it is.

    Args:
        network: on the CPU.
        code: with the matrix the network will look at.
        score: one of WEIGHT_SCORES.
        frames: calibration frames, as for `score_code`.
        seed: of the calibration frames.

    Raises:
        InputError: there is no such score, or the Tanner graph is too large for the network.
    """
    couplings = fecct_couplings(network)
    layers = [reader for coupling in couplings for reader in coupling.readers]
    statistics = collect_inputs(network, layers, calibration_batches(code, frames, seed))
    scores = {
        layer: weight_scores(score, network.get_submodule(layer).weight.detach().numpy(), layer, statistics)
        for layer in layers
    }
    return MeasuredScores(couplings, statistics, scores)


def check_fits(network: Fecct, n_to_m: NToM) -> None:
    """Make sure that M divides the inputs of every layer that is pruned; raises InputError otherwise."""
    for coupling in fecct_couplings(network):
        for layer in coupling.readers:
            n_to_m.check(network.get_submodule(layer).in_features, layer)
