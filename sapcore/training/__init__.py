"""Training a backbone: data, recipe, trainer, checkpoints."""

from sapcore.training.together import train_together
from sapcore.training.trainer import train

__all__ = ["train", "train_together"]
