"""The adapters of the experiment on Spectral-Aligned Pruning."""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from sapcore.codes import find
from sapcore.decoders import identity_digest
from sapcore.decoders.backbones import load_backbone
from sapcore.decoders.fecct_decoder import FecctDecoder
from sapcore.errors import InputError
from sapcore.experiments import sap_plan
from sapcore.folders import data_folder
from sapcore.pruning.compaction import compact
from sapcore.pruning.masks import mask_source
from sapcore.pruning.structured_mask import StructuredMask
from sapcore.recovery.adapter import (
    adapter_card,
    find_adapter,
    load_adapter,
    merged,
    new_adapter_folder,
    shipped_adapter_folder,
)
from sapcore.recovery.pruned_backbone import PrunedBackbone
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.recovery.recover import make_adapter
from sapcore.simulation import Store, simulate_point
from sapcore.variants import DecoderSpec

SEED = 0  # of every adapter


@dataclass(frozen=True)
class Recovery:
    """One adapter: for `code`, under the mask chosen `how` at `ratio`, trained by `recipe`."""

    code: str
    how: str
    ratio: float
    recipe: RecoveryRecipe

    def mask(self) -> StructuredMask:
        """The mask."""
        return mask_source().mask(self.how, find(self.code), self.ratio)

    def folder(self) -> Path | None:
        """Where the adapter is, None where it is yet to be trained, or was by another recipe or for other weights."""
        kept = self._own_folder()
        if self._is_default:
            kept = find_adapter(*self._place)
        if kept is None or not kept.is_dir():
            return None
        asked = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self.recipe).items()}
        card = adapter_card(kept)
        made = tuple(map(card.get, ("backbone", "recipe", "seed")))
        return kept if made == (mask_source().digest, asked, SEED) else None

    def is_ready(self) -> bool:
        """Whether it is where it belongs."""
        kept = self.folder()
        return kept is not None and not (self._ships and kept == new_adapter_folder(*self._place))

    def make(self) -> None:
        """Train it where it is not at hand. Those of SAP at the middle ratio ship; others stay in the data folder.

        Raises:
            InputError: in its place in the data folder is one that was made by another recipe.
        """
        made, kept = new_adapter_folder(*self._place), self.folder()
        if kept is None and self._is_default and made.is_dir():
            raise InputError(f"The adapter {made} was made by another recipe; move it away to run the experiment.")
        if kept is None:
            folder = (
                shipped_adapter_folder(*self._place)
                if self._ships
                else None
                if self._is_default
                else self._own_folder()
            )
            code = find(self.code)
            pruned = PrunedBackbone.structured(mask_source(), self.how, code, self.ratio)
            make_adapter(pruned, code, self.recipe, SEED, folder=folder)
        elif not self.is_ready():
            shutil.copytree(made, shipped_adapter_folder(*self._place), dirs_exist_ok=True)

    def digest(self) -> str | None:
        """The digest of the decoder that the adapter makes, as `decoder_digest` has it; None without the adapter."""
        folder = self.folder()
        if folder is None:
            return None
        parts = mask_source().digest, self.mask().digest, adapter_card(folder)["digest"], sap_plan.PRECISION
        return identity_digest(f"fecct:{'/'.join(parts)}")

    def measure(self, store_path: Path) -> None:
        """Train the adapter where it is not at hand, and measure its decoder at ABLATED_EBN0 into the store.

        Decoders of several adapters for one mask and matrix have one spec, so they are told apart by their digests.
        """
        self.make()
        code, mask = find(self.code), self.mask()
        small = compact(load_backbone(mask_source().backbone), mask)
        network = merged(load_adapter(small, self.folder(), mask.digest))
        decoder = FecctDecoder(code, network, self.digest(), sap_plan.PRECISION)
        with Store(store_path) as store:
            simulate_point(code, decoder, sap_plan.ABLATED_EBN0, sap_plan.RULE, store=store)

    @property
    def _place(self) -> tuple[str, str, str]:
        return mask_source().backbone, self.mask().digest, find(self.code).digest

    @property
    def _ships(self) -> bool:
        return self._is_default and (self.how, self.ratio) == ("sap", sap_plan.MIDDLE)

    @property
    def _is_default(self) -> bool:
        return self.recipe == sap_plan.RECIPE

    def _own_folder(self) -> Path:
        """For an adapter of another recipe than the default one."""
        name = f"{self.mask().digest}-{find(self.code).digest}-rank{self.recipe.rank}-steps{self.recipe.steps}"
        return data_folder() / "experiments" / "adapters" / mask_source().digest / name


def recoveries(group: sap_plan.Group) -> list[Recovery]:
    """The adapters that a group needs; masks that are the same share one."""
    code, needed = find(group.code), {}
    for spec in map(DecoderSpec.parse, group.decoders):
        if spec.lora:
            needed.setdefault(spec.mask(code).digest, Recovery(code.name, spec.how, spec.ratio, sap_plan.RECIPE))
    return list(needed.values())


def ablations() -> list[Recovery]:
    """The adapters of every recipe that is compared."""
    recipes = sap_plan.recipes()
    return [Recovery(code, "sap", sap_plan.MIDDLE, recipe) for code in sap_plan.ABLATED for recipe in recipes]
