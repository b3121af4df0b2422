"""The README of an exported decoder, from the template of its target beside this file."""

from collections.abc import Mapping
from pathlib import Path
from string import Template


def readme(card: Mapping[str, object], target: str) -> str:
    """The text for the decoder of `card`, with an example that runs in its folder."""
    here = Path(__file__).parent
    target_text = Template((here / f"readme_{target}.md").read_text(encoding="utf-8"))
    shared = Template((here / "readme_shared.md").read_text(encoding="utf-8"))
    return target_text.substitute(card, conventions=shared.substitute(card))
