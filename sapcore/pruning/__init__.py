"""Pruning the backbone: what is important, what is kept, and matrices made really smaller."""
