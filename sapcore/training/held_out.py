"""Codes that no backbone that ships is trained on, for ever: what a decoder does on a code it has never seen.

Five families, lengths 16 to 64, low and high rates. No trained code is one of them under another name.
"""

HELD_OUT = (
    *("RM(16,11)", "Golay(23,12)", "BCH(31,26)", "Polar(32,11)"),
    *("BCH(63,30)", "BCH(63,39)", "eBCH(64,51)"),
)
