"""Where files lie: what ships with the product, and what belongs to the user."""

import os
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[1] / "assets"


def data_folder() -> Path:
    """The user's data folder: the environment variable SAP_DATA, or ~/.local/share/sapcore."""
    return Path(os.environ.get("SAP_DATA") or Path.home() / ".local" / "share" / "sapcore")
