"""How masks of different codes compare: with spectral distance, between forms of a code, by length of the signature."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from sapcore.codes import LinearCode, load
from sapcore.decoders.backbones import load_backbone
from sapcore.pruning.library import MaskLibrary, signature_vector
from sapcore.pruning.masks import MaskSource
from sapcore.pruning.scores import score_code
from sapcore.pruning.similarity import distance_matrix, jaccard_matrices, mantel
from sapcore.pruning.structured_mask import StructuredMask

SIGNATURE_LENGTHS = 1, 2, 3, 4, 6, 8, 16, 32


def alignment(codes: Sequence[LinearCode], source: MaskSource, ratio: float) -> pd.DataFrame:
    """Whether codes of near spectrum have dedicated masks that are alike.

    Returns:
        Rows for heads and for channels: part, pairs, rho (Spearman, of Jaccard index and spectral distance), p (see
        `mantel`), and nearest, mean, the mean Jaccard index of a code and its nearest neighbour, and of all pairs.
    """
    distances = distance_matrix(codes)
    rows = []
    for part, similar in zip(("heads", "channels"), jaccard_matrices(_dedicated(codes, source, ratio)), strict=True):
        rho, p = mantel(distances, similar)
        closest = (distances + np.diag(np.full(len(codes), np.inf))).argmin(axis=1)
        nearest = similar[np.arange(len(codes)), closest].mean()
        pairs = similar[np.triu_indices(len(codes), 1)]
        rows.append((part, len(pairs), rho, p, nearest, pairs.mean()))
    return pd.DataFrame(rows, columns=["part", "pairs", "rho", "p", "nearest", "mean"])


def matrix_or_code(codes: Sequence[LinearCode], source: MaskSource, ratio: float) -> pd.DataFrame:
    """Whether a mask follows the matrix or the code: mean Jaccard index of dedicated masks, heads and channels.

    Compared are a code's standard with its redundant form, the standard forms and the redundant forms of different
    codes with each other, and the same matrix scored on two draws of calibration frames, the most that can be had.

    Args:
        codes: standard forms.
        source: of the masks.
        ratio: of pruning.
    """
    forms = _dedicated(codes, source, ratio), _dedicated([code.redundant() for code in codes], source, ratio)
    between = [jaccard_matrices(form) for form in forms]
    above = np.triu_indices(len(codes), 1)
    own = np.array([a.jaccard(b) for a, b in zip(*forms, strict=True)]).mean(axis=0)
    network = load_backbone(source.backbone)
    again = [
        mask.jaccard(StructuredMask.from_importance(score_code(network, source.digest, code, seed=1), ratio))
        for code, mask in zip(codes, forms[0], strict=True)
    ]
    rows = [
        ("same code, standard and redundant matrix", *own),
        *(
            (f"different codes, {name} matrices", *(similar[above].mean() for similar in pair))
            for name, pair in zip(("standard", "redundant"), between, strict=True)
        ),
        ("same matrix, other calibration frames", *np.array(again).mean(axis=0)),
    ]
    return pd.DataFrame(rows, columns=["compared", "heads", "channels"])


def retrieval(codes: Sequence[LinearCode], source: MaskSource, ratio: float) -> pd.DataFrame:
    """The ablation of the signature: mean Jaccard index of each code's own mask and the one it is lent.

    Codes that are donors are left out.

    Returns:
        Rows for the lengths K of the signature, 2 being (s_1, s_2); for two ways to tell standard from redundant
        matrices, the donor nearest among those of the same form, and the logarithms of s_1, s_2 and the checks a bit;
        and for the farthest and the best of all donors and the average mask: choice, other_donor (share of codes),
        heads, channels.
    """
    donors = source.library.donors
    names = {donor.code for donor in donors}
    borrowers = [code for code in codes if code.name not in names]
    own = _dedicated(borrowers, source, ratio)
    masks = {donor.code: StructuredMask.from_importance(donor, ratio) for donor in donors}
    usual = [source.library.retrieve(code) for code in borrowers]

    def row(choice: str, lent: Sequence[str]) -> tuple[object, ...]:
        overlap = np.array([mask.jaccard(masks[name]) for mask, name in zip(own, lent, strict=True)]).mean(axis=0)
        return choice, np.mean([a != b.nearest.code for a, b in zip(lent, usual, strict=True)]), *overlap

    rows = []
    for values in SIGNATURE_LENGTHS:
        signatures = np.array([signature_vector(load(donor.code), values) for donor in donors])
        library = MaskLibrary(donors, signatures, 0.0)
        rows.append(row(f"K = {values}", [library.retrieve(code).nearest.code for code in borrowers]))
    lenders = [load(donor.code) for donor in donors]
    for choice, place in (("same form", _by_form), ("with checks a bit", _with_checks)):
        distances = cdist([place(code) for code in borrowers], [place(code) for code in lenders])
        rows.append(row(choice, [lenders[i].name for i in distances.argmin(axis=1)]))
    rows.append(row("farthest donor", [match.farthest.code for match in usual]))
    best = [max(masks, key=lambda name, mask=mask: sum(mask.jaccard(masks[name]))) for mask in own]
    rows.append(row("best donor", best))
    average = source.mask("average", codes[0], ratio)  # the same for all
    rows.append(("average mask", np.nan, *np.array([mask.jaccard(average) for mask in own]).mean(axis=0)))
    return pd.DataFrame(rows, columns=["choice", "other_donor", "heads", "channels"])


def _by_form(code: LinearCode) -> np.ndarray:
    """(s_1, s_2), redundant matrices so far away from standard ones that neither is near the other."""
    return np.append(signature_vector(code), 0.0 if code.standard is None else 1e6)


def _with_checks(code: LinearCode) -> np.ndarray:
    """The logarithms of s_1, s_2 (1 stands for one that is smaller) and checks a bit."""
    return np.log([*np.maximum(signature_vector(code), 1.0), code.rows / code.n])


def _dedicated(codes: Sequence[LinearCode], source: MaskSource, ratio: float) -> list[StructuredMask]:
    return [source.mask("dedicated", code, ratio) for code in codes]
