"""Pruning the backbone: what is important, what is kept, and matrices made really smaller."""

from sapcore.pruning.importance import Importance
from sapcore.pruning.structured_mask import StructuredMask

__all__ = ["Importance", "StructuredMask"]
