"""The one error that a user is meant to read."""


class InputError(ValueError):
    """What the user gave cannot be used; the message is one sentence that can be shown as it is."""
