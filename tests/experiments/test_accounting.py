import pytest

from sapcore.codes import find
from sapcore.decoders.backbones import SHIPPED
from sapcore.experiments.accounting import system_table
from sapcore.pruning.masks import mask_source


def test_bytes_are_those_of_the_files():
    codes = [find(name) for name in ("BCH(31,16)-r", "BCH(31,21)-r", "eBCH(32,21)-r")]
    table = system_table(codes, mask_source(), 0.5).set_index("system")
    file = (SHIPPED / "base.safetensors").stat().st_size
    dense = table.loc["one dense backbone", "bytes"]
    assert dense == pytest.approx(file, rel=0.01)
    assert table.loc["dense copies", "bytes"] == 3 * dense
    assert table["networks"].to_dict() == {
        "one dense backbone": 1,
        "dense copies": 3,
        "pruned, dedicated masks, adapters": 3,
        "pruned, SAP, adapters": 2,  # eBCH(32,21)-r borrows the mask of BCH(31,21)-r
        "pruned, average, adapters": 1,
    }
    assert (table["bytes"] == table["network_bytes"] + table["adapter_bytes"]).all()
    assert table.loc["pruned, SAP, adapters", "adapter_bytes"] <= 3 * 0.06 * dense
