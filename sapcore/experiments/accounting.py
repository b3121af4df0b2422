"""What it takes to store decoders for many codes, by how their masks are chosen."""

from collections.abc import Sequence

import pandas as pd

from sapcore.codes import LinearCode
from sapcore.complexity import adapter_parameters, complexity
from sapcore.decoders.backbones import backbone_config
from sapcore.pruning.masks import MaskSource
from sapcore.recovery.recipe import RecoveryRecipe

FLOAT_BYTES = 4


def system_table(codes: Sequence[LinearCode], source: MaskSource, ratio: float) -> pd.DataFrame:
    """Bytes of float32 weights that serve all of `codes` at a pruning ratio.

    Returns:
        One row a way to store them: system, networks (how many different ones), network_bytes, adapter_bytes, bytes.
    """
    dense = backbone_config(source.backbone)
    dense_bytes = complexity(dense, codes[0]).bytes
    rows = [("one dense backbone", 1, dense_bytes, 0), ("dense copies", len(codes), len(codes) * dense_bytes, 0)]
    for name, how in (("pruned, dedicated masks", "dedicated"), ("pruned, SAP", "sap"), ("pruned, average", "average")):
        masks = [source.mask(how, code, ratio) for code in codes]
        sizes = [mask.pruned(dense) for mask in masks]
        networks = {mask.digest: complexity(size, codes[0]).bytes for mask, size in zip(masks, sizes, strict=True)}
        adapters = sum(FLOAT_BYTES * adapter_parameters(size, RecoveryRecipe.rank) for size in sizes)
        rows.append((f"{name}, adapters", len(networks), sum(networks.values()), adapters))
    table = pd.DataFrame(rows, columns=["system", "networks", "network_bytes", "adapter_bytes"])
    return table.assign(bytes=table["network_bytes"] + table["adapter_bytes"])
