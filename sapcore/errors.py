"""The one error that a user is meant to read."""

LONGEST_QUOTE = 60


class InputError(ValueError):
    """What the user gave cannot be used; the message is one sentence that can be shown as it is."""


def quoted(value: object, most: int = LONGEST_QUOTE) -> str:
    """What the user gave, as Python writes it on one line, with at most so many characters of it.

    >>> quoted("no such code"), quoted("9" * 5000, 3), quoted([1, 2, 3], 4)
    ("'no such code'", "'999…'", '[1, …')
    """
    if isinstance(value, str):
        return repr(value if len(value) <= most else f"{value[:most]}…")
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}…"
