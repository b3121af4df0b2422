"""How a mask is chosen for a code: Spectral-Aligned Pruning, and what it is compared with."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from sapcore.codes import LinearCode
from sapcore.decoders.backbones import DEFAULT_BACKBONE, backbone_digest, load_backbone, other_weights, ships
from sapcore.errors import InputError, quoted
from sapcore.folders import ASSETS, data_folder
from sapcore.pruning.choices import CHOICES
from sapcore.pruning.importance import Importance, load_importances
from sapcore.pruning.library import MaskLibrary, load_library
from sapcore.pruning.structured_mask import StructuredMask


@dataclass(frozen=True)
class MaskSource:
    """Everything that masks of one backbone are chosen from.

    Attributes:
        backbone: its name.
        digest: its digest.
    """

    backbone: str
    digest: str

    @cached_property
    def importances(self) -> dict[str, Importance]:
        """The importances at hand, by name of code. Raises InputError where there are none of this backbone."""
        importances = load_importances(importances_path(self.backbone))
        for other in {one.backbone for one in importances.values()} - {self.digest}:
            command = f"python -m sapcore reproduce masks --backbone {self.backbone}"
            raise other_weights(f"The importances of backbone {self.backbone!r} were", other, self.digest, command)
        return importances

    @cached_property
    def library(self) -> MaskLibrary:
        """The mask library at hand. Raises InputError where there is none of this backbone."""
        return load_library(library_path(self.backbone), self.importances)

    def ships(self, code: LinearCode) -> bool:
        """Whether the importance of `code` under its matrix is at hand without scoring it."""
        ready = self.importances.get(code.name)
        return ready is not None and ready.code_digest == code.digest

    def importance(self, how: str, code: LinearCode) -> Importance:
        """What decides the mask of `code` when it is chosen `how`, one of CHOICES.

        Raises:
            InputError: there is no such choice, or what it needs is not at hand.
        """
        match how:
            case "sap":
                return self.library.retrieve(code).nearest
            case "far":
                return self.library.retrieve(code).farthest
            case "average":
                return self._average
            case "dedicated":
                if self.ships(code):
                    return self.importances[code.name]
                return _scored(self.backbone, self.digest, code, "taylor")
            case "magnitude":
                return _scored(self.backbone, self.digest, code, "magnitude")
            case "random":
                return self._random(code)
        raise InputError(f"There is no way {quoted(how)} to choose a mask; there are {', '.join(CHOICES)}.")

    def mask(self, how: str, code: LinearCode, ratio: float) -> StructuredMask:
        """The mask of `code` at a pruning ratio, chosen `how`. Raises InputError as `importance`, or for the ratio."""
        return self._masks(how, code, ratio)

    @cached_property
    def _masks(self) -> Callable[[str, LinearCode, float], StructuredMask]:
        """`mask`, which keeps those asked for last: a page asks for the same ones each time it is drawn."""
        return lru_cache(maxsize=1024)(
            lambda how, code, ratio: StructuredMask.from_importance(self.importance(how, code), ratio)
        )

    @cached_property
    def _average(self) -> Importance:
        heads, channels = (
            np.mean([part / part.sum() for part in parts], axis=0)
            for parts in zip(*((one.heads, one.channels) for one in self.importances.values()), strict=True)
        )
        return Importance(self.digest, "average", "", "taylor", heads, channels)

    def _random(self, code: LinearCode) -> Importance:
        shapes = next(iter(self.importances.values()))
        seed = int(hashlib.sha256(f"{self.digest}:{code.digest}".encode()).hexdigest()[:16], 16)
        rng = np.random.default_rng(seed)
        heads, channels = rng.random(shapes.heads.shape), rng.random(shapes.channels.shape)
        return Importance(self.digest, code.name, code.digest, "random", heads, channels)


@lru_cache(maxsize=64)  # a mask is asked for several times on the way to a decoder, and a score takes seconds
def _scored(backbone: str, digest: str, code: LinearCode, score: str) -> Importance:
    from sapcore.pruning.scores import score_code

    return score_code(load_backbone(backbone), digest, code, score)


def mask_source(backbone: str | None = None) -> MaskSource:
    """Where the masks of a backbone, by default that of `fecct`, come from. Raises InputError if there is none such."""
    backbone = backbone or DEFAULT_BACKBONE
    return _source(backbone, backbone_digest(backbone))


@lru_cache(maxsize=8)
def _source(backbone: str, digest: str) -> MaskSource:
    return MaskSource(backbone, digest)


def importances_path(backbone: str) -> Path:
    """Where the importances of a backbone lie; raises InputError if there is none such."""
    return _root(backbone) / "importances" / f"{backbone}.safetensors"


def library_path(backbone: str) -> Path:
    """Where the mask library of a backbone lies; raises InputError if there is none such."""
    return _root(backbone) / "library" / f"{backbone}.json"


def _root(backbone: str) -> Path:
    """The assets for a backbone that ships, the data folder for the user's own, of whatever name."""
    return ASSETS if ships(backbone) else data_folder()
