"""A LoRA adapter: a PEFT folder, and beside it a card that ties it to one backbone, mask, code and matrix.

Adapters lie in adapters/BACKBONE/MASK-MATRIX, named by the digests of both: those made here in the data folder, looked
at first, those that ship in assets.
"""

import copy
import hashlib
import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from sapcore.decoders.fecct import Fecct
from sapcore.errors import InputError
from sapcore.folders import ASSETS, data_folder
from sapcore.recovery.recipe import RecoveryRecipe

if TYPE_CHECKING:
    from peft import PeftModel
    from peft.tuners.lora import LoraLayer

TARGETS = r"blocks\.\d+\.(attention\.(q|k|v|o)|up|down)"  # every matrix of the blocks
CARD = "sap.json"
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
FEW_ZEROS = 0.01  # a network whose weights all count may have some that are exactly zero


def with_adapter(network: Fecct, recipe: RecoveryRecipe) -> "PeftModel":
    """`network` under a new adapter, which at first changes nothing; only the adapter is trainable.

    The layers of `network` itself are wrapped: pass a copy to keep it.
    """
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=recipe.rank, lora_alpha=recipe.alpha, target_modules=TARGETS, bias="none")
    return get_peft_model(network, config)


def save_adapter(folder: Path, model: "PeftModel", card: dict[str, object]) -> None:
    """Write the active adapter of `model` and its card (mask, code, matrix, recipe, command) as `folder`.

    The digests of the weights and of PEFT's config, 16 hexadecimal digits of SHA-256, are added to the card. A folder
    that is there already is replaced at once.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".adapter-", dir=folder.parent) as beside:
        made, old = Path(beside) / "made", Path(beside) / "old"
        model.save_pretrained(made)
        (made / "README.md").unlink(missing_ok=True)  # PEFT's model card template
        digests = {"digest": _digest(made / WEIGHTS), "config_digest": _digest(made / CONFIG)}
        (made / CARD).write_text(json.dumps(digests | card, indent=1) + "\n")
        if folder.exists():
            folder.rename(old)
        made.rename(folder)


def new_adapter_folder(backbone: str, mask_digest: str, code_digest: str) -> Path:
    """Where an adapter that is made here belongs."""
    return data_folder() / "adapters" / backbone / f"{mask_digest}-{code_digest}"


def shipped_adapter_folder(backbone: str, mask_digest: str, code_digest: str) -> Path:
    """Where an adapter that ships belongs."""
    return ASSETS / "adapters" / backbone / f"{mask_digest}-{code_digest}"


def find_adapter(backbone: str, mask_digest: str, code_digest: str) -> Path | None:
    """The folder of the adapter of this mask and matrix, None where there is none."""
    places = (place(backbone, mask_digest, code_digest) for place in (new_adapter_folder, shipped_adapter_folder))
    return next((folder for folder in places if (folder / CARD).is_file()), None)


def adapter_cards(backbone: str) -> list[dict[str, object]]:
    """The cards of all adapters of a backbone at hand but damaged ones, with the keys `folder`, `bytes` and `ships`."""
    cards = []
    for root, ships in ((data_folder(), False), (ASSETS, True)):
        for folder in sorted((root / "adapters" / backbone).glob("*")):
            try:
                card = adapter_card(folder)
                size = (folder / WEIGHTS).stat().st_size
            except (InputError, OSError):
                continue  # decoders that need it say so
            cards.append({**card, "folder": str(folder), "bytes": size, "ships": ships})
    return cards


def adapters_of_other_weights(backbone: str, digest: str) -> list[dict[str, object]]:
    """Of `adapter_cards`, those that were made for other weights than those of this digest."""
    return [card for card in adapter_cards(backbone) if card.get("backbone") != digest]


def remove_adapter(folder: Path) -> None:
    """Remove an adapter; where it was made here, one that ships for the same mask and matrix is then in use."""
    shutil.rmtree(folder, ignore_errors=True)


def adapter_card(folder: Path) -> dict[str, object]:
    """The card of the adapter in `folder`.

    Raises:
        InputError: there is none, or it is damaged.
    """
    try:
        card = json.loads((folder / CARD).read_text())
        card["mask"], card["digest"], card["config_digest"], card["code_digest"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"The adapter {folder.name!r} is missing or its card is damaged.") from error
    return card


def load_adapter(network: Fecct, folder: Path, mask_digest: str, name: str = "default") -> "PeftModel":
    """`network`, pruned by the mask of that digest, under the adapter in `folder`.

    The layers of `network` itself are wrapped. More adapters of the same mask go beside it with `add_adapter`.

    Raises:
        InputError: the adapter is missing, damaged, or for another mask.
    """
    from peft import PeftModel

    _check(folder, mask_digest)
    try:
        return PeftModel.from_pretrained(network, folder, adapter_name=name)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise InputError(f"The adapter {folder.name!r} is damaged.") from error


def add_adapter(model: "PeftModel", folder: Path, mask_digest: str, name: str) -> None:
    """Load one more adapter of the same mask; `model.set_adapter(name)` swaps to it without rebuilding anything.

    Raises:
        InputError: the adapter is missing, damaged, or for another mask.
    """
    _check(folder, mask_digest)
    try:
        model.load_adapter(folder, adapter_name=name)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise InputError(f"The adapter {folder.name!r} is damaged.") from error


def merged(model: "PeftModel") -> Fecct:
    """A plain network with the active adapter added to its matrices; `model` stays as it is.

    Raises:
        InputError: the matrices hold many zeros, as pruning to N:M or to a pattern leaves them, which would not stay.
    """
    adapted = [layer.base_layer.weight for _, layer in adapted_layers(model)]
    zeros = sum(int((weight == 0).sum()) for weight in adapted)
    weights = sum(weight.numel() for weight in adapted)
    if zeros > FEW_ZEROS * weights:
        raise InputError(
            f"{zeros} of the {weights} weights are zero by pruning, and merging the adapter as it is would fill them; "
            "merge it under the masks."
        )
    return copy.deepcopy(model).merge_and_unload().eval().requires_grad_(False)


def adapted_layers(model: "PeftModel") -> list[tuple[str, "LoraLayer"]]:
    """The layers under an adapter, by their names in the plain network."""
    from peft.tuners.lora import LoraLayer

    return [(name, layer) for name, layer in model.get_base_model().named_modules() if isinstance(layer, LoraLayer)]


def _check(folder: Path, mask_digest: str) -> None:
    card = adapter_card(folder)
    if card["mask"] != mask_digest:
        raise InputError(f"The adapter {folder.name!r} is for another mask than the one asked for.")
    try:
        found = _digest(folder / WEIGHTS), _digest(folder / CONFIG)
    except OSError as error:
        raise InputError(f"The adapter {folder.name!r} is damaged.") from error
    if found != (card["digest"], card["config_digest"]):
        raise InputError(f"The adapter {folder.name!r} is damaged: its files are not those of its card.")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
