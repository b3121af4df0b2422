"""How what is shown of masks was made: the command line and the Python lines that make it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from sapcore.codes import LinearCode, source_of
from sapcore.report.recipe import load_of


def prune_command(codes: list[LinearCode], how: str, ratio: float) -> str:
    """The commands that print the masks of these codes."""
    return "\n".join(
        f"python -m sapcore prune {shlex.quote(source_of(code))} --ratio {ratio:g} --how {how} --json" for code in codes
    )


def prune_lines(codes: Sequence[LinearCode], how: str, ratio: float) -> str:
    """The lines that print masks, what they cost, how they overlap, and how far their codes are from the donors."""
    loads = "\n".join(f"    {load_of(code)}," for code in codes)
    return f"""from sapcore.codes import load
from sapcore.complexity import complexity
from sapcore.decoders.backbones import backbone_config
from sapcore.pruning.masks import mask_source
from sapcore.pruning.similarity import distance_matrix, jaccard_matrices

codes = [
{loads}
]
source = mask_source()
dense = backbone_config(source.backbone)
masks = [source.mask({how!r}, code, {ratio!r}) for code in codes]
costs = [complexity(mask.pruned(dense), code) for code, mask in zip(codes, masks)]
matches = [source.library.retrieve(code) for code in codes]
for code, mask, cost, match in zip(codes, masks, costs, matches):
    print(code.name, mask.heads.sum(axis=1), mask.channels.sum(axis=1), cost)
    print([(donor.code, distance) for donor, distance in zip(match.donors, match.distances)])
heads, channels = jaccard_matrices(masks)
distances = distance_matrix(codes)
print(heads, channels, distances)
"""


def system_lines(ratio: float) -> str:
    """The lines that print what it takes to store decoders of the whole catalogue; they look for all its checks."""
    return f"""from sapcore.codes import catalogue
from sapcore.experiments.accounting import system_table
from sapcore.pruning.masks import mask_source

codes = [code for code in catalogue() if code.standard is not None]
system = system_table(codes, mask_source(), {ratio!r})
print(system.to_string())
"""


def mask_difference_lines(first: tuple[LinearCode, str, float], second: tuple[LinearCode, str, float]) -> str:
    """The lines that count what two masks keep, each (code, how it is chosen, ratio)."""
    masks = "\n".join(f"    source.mask({how!r}, {load_of(code)}, {ratio!r})," for code, how, ratio in (first, second))
    return f"""from sapcore.codes import load
from sapcore.pruning.mask_difference import STATES, MaskDifference
from sapcore.pruning.masks import mask_source

source = mask_source()
found = MaskDifference.of(
{masks}
)
for part, counts in found.counts().items():
    print(part, dict(zip(STATES, counts.sum(axis=0).tolist())))
"""


def story_lines(code: LinearCode, ratio: float, vector: int, decoders: Sequence[str], own_mask: bool) -> str:
    """The lines that print what the overview says of a code: graph, eigenvector, donor, mask, cost and error rates.

    `vector` counts from 1; `own_mask` where the mask of the code itself is known, and so the overlap with it.
    """
    overlap = f'print(mask.jaccard(source.mask("dedicated", code, {ratio!r})))\n' if own_mask else ""
    return f"""from sapcore.codes import load
from sapcore.complexity import adapter_parameters, complexity, macs_by_part
from sapcore.decoders.backbones import backbone_config
from sapcore.experiments.shipped import shipped_points
from sapcore.pruning.masks import mask_source
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.spectra import TannerGraph, signature, spectrum

code, source = {load_of(code)}, mask_source()
graph, vector = TannerGraph(code), spectrum(code).eigenvector({vector - 1})
print(code.n, code.rows, code.ones, graph.girth, vector)
match = source.library.retrieve(code)
print(signature(code), match.nearest.code, match.distances[0], source.library.reach)
mask, dense = source.mask("sap", code, {ratio!r}), backbone_config(source.backbone)
pruned = mask.pruned(dense)
print(mask.heads.sum(), mask.channels.sum())
{overlap}for size in (dense, pruned):
    print(complexity(size, code), macs_by_part(size, code))
print(adapter_parameters(pruned, RecoveryRecipe.rank))
points = shipped_points(code, {list(decoders)})
print(points.to_string())
"""
