"""Simulation: error counts, blocks of frames, stopping rules, the result store, bounds, published points."""

from sapcore.simulation.block import BLOCK_FRAMES, BlockResult, block_frames, measure_block, simulate_block
from sapcore.simulation.bounds import (
    bounded_distance_fer,
    capacity_and_dispersion,
    has_union_bound,
    normal_approximation_fer,
    union_bound_ber,
    union_bound_fer,
)
from sapcore.simulation.comparison import Comparison, Crossing, compare, crossing, gap, same_rate_p_value
from sapcore.simulation.counts import ErrorCounts, frame_error_interval
from sapcore.simulation.merging import Merged, merge
from sapcore.simulation.point import simulate_point
from sapcore.simulation.radial import RadialEstimate, kept_estimates, radial_estimates
from sapcore.simulation.references import (
    DecoderPoint,
    ReferencePoint,
    decoder_curves,
    decoder_points,
    maximum_likelihood_curve,
    maximum_likelihood_points,
    peer_points,
)
from sapcore.simulation.stopping import StoppingRule
from sapcore.simulation.store import PointKey, Store, default_path

__all__ = [
    "BLOCK_FRAMES",
    "BlockResult",
    "Comparison",
    "Crossing",
    "DecoderPoint",
    "ErrorCounts",
    "Merged",
    "PointKey",
    "RadialEstimate",
    "ReferencePoint",
    "StoppingRule",
    "Store",
    "block_frames",
    "bounded_distance_fer",
    "capacity_and_dispersion",
    "compare",
    "crossing",
    "decoder_curves",
    "decoder_points",
    "default_path",
    "frame_error_interval",
    "gap",
    "has_union_bound",
    "kept_estimates",
    "maximum_likelihood_curve",
    "maximum_likelihood_points",
    "measure_block",
    "merge",
    "normal_approximation_fer",
    "peer_points",
    "radial_estimates",
    "same_rate_p_value",
    "simulate_block",
    "simulate_point",
    "union_bound_ber",
    "union_bound_fer",
]
