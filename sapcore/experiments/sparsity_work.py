"""What the sparse decoders of the experiment need before they decode: orders of channels, weights, adapters."""

from dataclasses import dataclass, replace

from sapcore.codes import find
from sapcore.experiments.shipped import current_digest
from sapcore.experiments.sparsity_plan import Group
from sapcore.pruning.masks import mask_source
from sapcore.pruning.n_to_m_plan import NToMPlan
from sapcore.pruning.orders import make_orders
from sapcore.pruning.pattern_weights import make_pattern
from sapcore.recovery.pruned_backbone import PrunedBackbone
from sapcore.recovery.recover import make_adapter
from sapcore.variants import DecoderSpec


@dataclass(frozen=True)
class Preparation:
    """All that the decoders `specs` of `code` need, which share one way to prune."""

    code: str
    specs: tuple[str, ...]

    def is_ready(self) -> bool:
        """Whether nothing is missing."""
        code = find(self.code)
        return all(current_digest(spec, code) is not None for spec in self.specs)

    def make(self) -> None:
        """Learn and recover what is missing, into the data folder."""
        code = find(self.code)
        for spec in map(DecoderSpec.parse, self.specs):
            plain = replace(spec, lora=False)
            if current_digest(plain, code) is None:
                make = make_orders if isinstance(plain.plan, NToMPlan) else make_pattern
                make(plain.backbone, plain.plan, code)
            if current_digest(spec, code) is None:
                if spec.how:
                    pruned = PrunedBackbone.structured(mask_source(spec.backbone), spec.how, code, spec.ratio)
                else:
                    pruned = PrunedBackbone.sparse(spec.backbone, spec.plan, code)
                make_adapter(pruned, code)


def preparations(group: Group) -> list[Preparation]:
    """What a group needs, by way to prune."""
    ways: dict[DecoderSpec, list[str]] = {}
    for text in group.decoders:
        spec = DecoderSpec.parse(text)
        if spec.lora or (spec.plan is not None and spec.plan.learned):
            ways.setdefault(replace(spec, lora=False), []).append(text)
    return [Preparation(group.code, tuple(specs)) for specs in ways.values()]
