from sapcore.training.trainer import train

__all__ = ["train"]
