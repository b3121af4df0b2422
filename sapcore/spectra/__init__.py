"""Tanner graphs of parity-check matrices, their spectra, signatures and drawings.

Everything here belongs to the matrix H and not to the code alone: the same code under another H has another graph.
"""

from sapcore.spectra.layout import bipartite_layout, shell_layout, spectral_layout
from sapcore.spectra.spectrum import Spectrum, normalised_spectrum, signature, signature_distance, spectrum
from sapcore.spectra.tanner_graph import TannerGraph

__all__ = [
    "Spectrum",
    "TannerGraph",
    "bipartite_layout",
    "normalised_spectrum",
    "shell_layout",
    "signature",
    "signature_distance",
    "spectral_layout",
    "spectrum",
]
