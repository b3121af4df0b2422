"""Recovery of a pruned network: one small LoRA adapter a code."""
