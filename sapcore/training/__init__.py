"""Training a backbone: data, recipe, trainer, checkpoints."""

from sapcore.training.trainer import train

__all__ = ["train"]
