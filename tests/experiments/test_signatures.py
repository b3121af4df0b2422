"""The table of signatures that ships agrees with the catalogue."""

import pandas as pd

from sapcore.codes import find, names
from sapcore.experiments.signatures import COMMAND, FILE, measure, signature_table


def test_both_forms_of_every_code_are_in_the_table() -> None:
    expected = [form for name in names() for form in (name, f"{name}-r")]
    assert signature_table()["name"].tolist() == expected, f"make it again with {COMMAND}"


def test_short_codes_measured_again_are_the_same() -> None:
    table = signature_table()
    short = table[table["n"] <= 32].reset_index(drop=True)
    measured = measure(find(name) for name in short["name"])
    pd.testing.assert_frame_equal(short, measured, check_exact=False, rtol=1e-9, obj=f"{FILE.name} ({COMMAND})")
