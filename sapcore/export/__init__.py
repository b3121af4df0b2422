"""Export: a decoder of one code as a folder that needs nothing of this package to decode."""
