"""Spectral-aligned pruning of transformer channel decoders: codes, graphs, decoders and their measured error rates."""
