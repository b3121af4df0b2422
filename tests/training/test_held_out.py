from sapcore.codes import find
from sapcore.decoders.backbones import SHIPPED, backbone_card
from sapcore.decoders.fecct import FecctConfig
from sapcore.training import train
from sapcore.training.held_out import HELD_OUT
from sapcore.training.recipe import Recipe


def test_codes_of_several_families_are_held_out():
    codes = [find(name) for name in HELD_OUT]
    assert len(set(HELD_OUT)) == len(HELD_OUT) >= 6
    assert len({code.family for code in codes}) >= 4
    assert all(code.standard is None for code in codes)


def test_no_backbone_that_ships_has_seen_them_under_any_name():
    """Nor any code of the same n and k, so none that could be one of them with its bits in another order."""
    held_out = {(code.n, code.k) for code in map(find, HELD_OUT)}
    paths = sorted(SHIPPED.glob("*.json"))
    assert paths
    for path in paths:
        card: dict | None = backbone_card(path.stem)
        while card:
            assert not {(code.n, code.k) for code in map(find, card["codes"])} & held_out
            card = card["start"]


def test_a_card_names_them(tmp_path, monkeypatch):
    monkeypatch.setenv("SAP_DATA", str(tmp_path))
    size = FecctConfig(1, 16, 2)
    options = {"steps": 1, "recipe": Recipe(tokens=64), "config": size, "precision": "no", "cpu": True, "quiet": True}
    card = train("one", ["BCH(15,7)", "RM(16,11)"], **options)
    assert card["held_out_codes"] == [name for name in HELD_OUT if name != "RM(16,11)"]
