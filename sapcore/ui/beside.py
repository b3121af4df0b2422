"""The control of what stands beside the measured curves."""

from __future__ import annotations

from sapcore.report.beside import BESIDE, DEFAULT, MEANINGS
from sapcore.ui.controls import several

KEY = "t_beside"


def beside_control() -> list[str]:
    """What to show beside the measured curves."""
    return several("Beside", BESIDE, KEY, default=DEFAULT, help=MEANINGS)
