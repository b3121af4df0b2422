"""Codes: what a `LinearCode` is, the families that build them, the catalogue, and matrix files in and out."""

from sapcore.codes.catalogue import catalogue, find, load, names, source_of
from sapcore.codes.files import FORMATS, read_matrix, write_matrix
from sapcore.codes.linear_code import LinearCode

__all__ = ["FORMATS", "LinearCode", "catalogue", "find", "load", "names", "read_matrix", "source_of", "write_matrix"]
