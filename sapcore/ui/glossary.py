"""The words of the field as the pages explain them: each term has the same sentences wherever it stands."""

from __future__ import annotations

import streamlit as st

from sapcore.simulation import BLOCK_FRAMES

GLOSSARY: dict[str, str] = {
    "code": "A binary linear code: all words of n bits that satisfy every check of a parity-check matrix H.",
    "parity-check matrix": "H: each row is a check, which holds if the bits that it marks have an even number of ones. "
    "A code has many; graph, spectrum, signature, mask and adapter belong to the one used.",
    "redundant checks": "The same code under more, and lighter, rows of H than it needs. With more of them the network "
    "decodes better, and slower.",
    "n": "Bits of a codeword, the columns of H.",
    "k": "Information bits of a codeword: n minus the rank of H.",
    "rank": "Of H, over GF(2): how many of its rows are independent.",
    "code rate": "R = k/n: information bits for each bit sent.",
    "syndrome": "H times the hard decisions on the received values, modulo 2: a one for each check that does not hold.",
    "Tanner graph": "A node for each bit and for each check of H, an edge where H has a one.",
    "spectrum": "The singular values of H. With their negatives, and zeros, they are the eigenvalues of the Tanner "
    "graph's adjacency matrix, for that graph is bipartite.",
    "eigenvector": "Of the Tanner graph: [v; u]/√2, v and u the right and left singular vectors of one singular value "
    "of H. It has a component for each bit and for each check.",
    "signature": "(σ₁, σ₂): the two largest eigenvalues of the Tanner graph (Spectral-Aligned Pruning, arXiv "
    "2602.01602). It belongs to the matrix, not to the code alone.",
    "spectral distance": "The Euclidean distance between two signatures. The norm is ours; the paper names none.",
    "backbone": "One trained network (FECCT) whose weights decode every code.",
    "importance": "Of a code and a backbone: a score for each head and for each feed-forward channel, ranked over all "
    "layers. What has the lowest score is pruned first.",
    "mask": "Which heads and feed-forward channels of a backbone are kept, of both at least one in each layer.",
    "kept head": "An attention head that the mask leaves in the network.",
    "kept channel": "A hidden unit of a feed-forward layer that the mask leaves in the network.",
    "pruning ratio": "The share removed: of all heads of the network, and of all its feed-forward channels.",
    "Jaccard index": "|A ∩ B| / |A ∪ B| of what two masks keep: 1 if they keep the same, 0 if they share nothing.",
    "donor": "A code of the mask library. It lends its importance, and so its mask, to each code to whose signature "
    "its own is the nearest.",
    "mask library": "The donors of a backbone, with their signatures and importances.",
    "compaction": "The mask made real: smaller weight matrices, not zeros. Outputs equal those of the masked network "
    "to 1e-5.",
    "adapter": "A LoRA (Hu et al., ICLR 2022) for one backbone, mask and matrix: products of two matrices of low rank, "
    "added to the weights and trained to recover what pruning took.",
    "decoder spec": "The name of a decoder, the same in controls, addresses, commands and results: fecct/sap@0.5/lora "
    "is the backbone under the mask of its donor at ratio 0.5, with its adapter.",
    "passes": "How often a frame may go through the network: while its word is no codeword it goes in again, the "
    "received values mixed with what the network believed.",
    "Eb/N0": "Energy of an information bit over noise density, in dB. Noise has the variance "
    "σ² = 1/(2·R·10^(Eb/N0/10)), R the code rate.",
    "frame error": "A frame, one codeword sent, of which at least one bit is decided wrongly.",
    "FER": "Frame error rate: frames in error over frames sent.",
    "BER": "Bit error rate: wrong bits over all n bits of the frames sent.",
    "95 % interval": "Of a counted FER that of Clopper and Pearson; of a counted BER from the spread of bit errors "
    "over frames, because errors within a frame are not independent; of an estimate by the delta method.",
    "block": f"{BLOCK_FRAMES} frames, the unit of simulation. Their noise comes from seed, n and block number alone, "
    "so every decoder, matrix and Eb/N0 of a length sees the same frames.",
    "McNemar's test": "Whether two decoders are wrong equally often, from the frames that one alone decided rightly "
    "(McNemar, Psychometrika 12, 1947); exact and two-sided.",
    "MACs": "Multiply-accumulates a frame in the network's matrix products, counted. Norms, softmax and GELU are no "
    "products and not counted.",
    "N:M": "Of every M consecutive inputs of a row of weights N are kept.",
    "permutation": "An order of channels. The network computes the same in any, but the order decides which inputs "
    "share a group of M, and so which weights N:M prunes.",
    "pattern": "The masks that a matrix may have: whole columns of a tile, or as many weights in every row and column "
    "of a small block.",
    "ADMM": "Alternating direction method of multipliers (Boyd et al., 2011): trains weights while it pulls them to "
    "their projection onto the pattern.",
    "SR-STE": "Sparse-refined straight-through estimator (Zhou et al., ICLR 2021): the mask is chosen anew each step, "
    "gradients pass to all weights, and those outside of the mask shrink.",
}


def about(*terms: str, then: str = "") -> str:
    """What these terms mean, as the help of a control, a heading, a key figure or a column; `then` follows them.

    >>> about("k")
    '**k**: Information bits of a codeword: n minus the rank of H.'
    """
    return "\n\n".join([*(f"**{term}**: {GLOSSARY[term]}" for term in terms), *([then] if then else [])])


def glossary() -> None:
    """All terms, folded."""
    with st.expander("Glossary", icon=":material/dictionary:"):
        st.markdown(about(*GLOSSARY))
