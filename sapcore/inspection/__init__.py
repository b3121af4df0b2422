"""One frame, looked at closely: as the simulator draws it, through a network layer by layer, and what was decided."""

from sapcore.inspection.attention import edge_attention, edge_share
from sapcore.inspection.bits import bit_names, parse_bits
from sapcore.inspection.decision import Decision, nearest_word_decoder
from sapcore.inspection.frame import Frame, FrameSource
from sapcore.inspection.search import frames_searched, next_different, next_in_error

__all__ = [
    "Decision",
    "Frame",
    "FrameSource",
    "bit_names",
    "edge_attention",
    "edge_share",
    "frames_searched",
    "nearest_word_decoder",
    "next_different",
    "next_in_error",
    "parse_bits",
]
