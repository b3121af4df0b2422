"""A second code beside the spectrum of the one on show."""

from __future__ import annotations

from sapcore.codes import LinearCode
from sapcore.errors import InputError
from sapcore.simulation import Store
from sapcore.spectra import signature, signature_distance
from sapcore.ui.codes import offered_codes, resolve
from sapcore.ui.controls import free_select
from sapcore.ui.text import show_error

NONE = "none"


def other_code(store: Store, key: str) -> LinearCode | None:
    """The code to draw beside, None for none; a name that is no code is answered with its sentence."""
    text = free_select(
        "Beside it",
        [NONE, *offered_codes(store)],
        key,
        default=NONE,
        width=280,
        help="Another code, or another form of this one: type a name such as BCH(31,16)-r.",
    )
    if text in (None, NONE):
        return None
    try:
        return resolve(text, store)
    except InputError as error:
        show_error(error)
        return None


def spectral_distance_in_words(first: LinearCode, second: LinearCode) -> str:
    """The two signatures and how far apart they lie."""
    (a1, a2), (b1, b2) = signature(first), signature(second)
    return (
        f"Signature of {first.name}: {a1:.3f}, {a2:.3f}; of {second.name}: {b1:.3f}, {b2:.3f}. "
        f"Spectral distance {signature_distance(first, second):.3f}."
    )
