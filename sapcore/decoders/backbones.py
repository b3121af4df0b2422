"""Backbones on disk: the weights of a trained FECCT in safetensors, and a card in JSON that says what they are.

Those that ship lie in assets/backbones; those trained by a user lie in the folder backbones of the data folder and come
first where a name is in both.
"""

import hashlib
import json
import os
import re
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sapcore.decoders.fecct_config import FecctConfig
from sapcore.errors import InputError, quoted
from sapcore.folders import ASSETS, data_folder

if TYPE_CHECKING:
    from sapcore.decoders.fecct import Fecct

DEFAULT_BACKBONE = "base"
SHIPPED = ASSETS / "backbones"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def check_name(name: str) -> str:
    """Return `name` if it can name a backbone: letters, digits, - and _, at most 40. Raises InputError otherwise."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"A backbone's name is 1 to 40 letters, digits, - or _, the first no sign; not {quoted(name)}."
        )
    return name


def check_new(name: str, instead: str) -> None:
    """Make sure that a new backbone of this name takes no other's place. Raises InputError otherwise.

    `instead` is what one can do where the data folder has one of this name, as in "go on with it by --resume".
    """
    if (SHIPPED / f"{check_name(name)}.json").is_file():
        raise InputError(f"The backbone {name!r} ships with the product; choose another name.")
    if name in backbone_names():
        raise InputError(f"There is a backbone {name!r} already; {instead}, or choose another name.")


def _folders() -> list[Path]:
    return [data_folder() / "backbones", SHIPPED]


def backbone_names() -> tuple[str, ...]:
    """The names of all backbones at hand, sorted."""
    return tuple(sorted({card.stem for folder in _folders() for card in folder.glob("*.json")}))


def is_backbone(name: str) -> bool:
    """Whether there is a backbone of this name at hand."""
    return _NAME.fullmatch(name) is not None and _place(name) is not None


def _place(name: str) -> Path | None:
    """Where the files of a backbone lie, without their endings."""
    return next((folder / name for folder in _folders() if (folder / f"{name}.json").is_file()), None)


def _path(name: str) -> Path:
    if place := _place(check_name(name)):
        return place
    raise InputError(f"There is no backbone {name!r}; there is {', '.join(backbone_names()) or 'none yet'}.")


def backbone_card(name: str) -> dict[str, object]:
    """The card of a backbone: config, recipe, codes, frames seen, digest, the command that made it.

    Raises:
        InputError: there is no such backbone, or its card is damaged.
    """
    path = _path(name).with_suffix(".json")
    try:
        state = path.stat()
        return dict(_card_as_of(path, state.st_mtime_ns, state.st_size))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"The card of backbone {name!r} ({path}) is damaged.") from error


@lru_cache(maxsize=32)
def _card_as_of(path: Path, modified: int, size: int) -> dict[str, object]:
    card = json.loads(path.read_text())
    FecctConfig(**card["config"])
    str(card["digest"])
    return card


def backbone_config(name: str) -> FecctConfig:
    """The size of a backbone. Raises InputError as `backbone_card`."""
    return FecctConfig(**backbone_card(name)["config"])


def backbone_digest(name: str) -> str:
    """The digest on the card: 16 hexadecimal digits of the SHA-256 of the weights file.

    Raises:
        InputError: there is no such backbone, its card is damaged, or its weights are missing or not those of its card.
    """
    digest, weights = str(backbone_card(name)["digest"]), _path(name).with_suffix(".safetensors")
    try:
        state = weights.stat()
        found = _digest_as_of(weights, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise InputError(f"The weights of backbone {name!r} ({weights}) are missing; put the file back.") from error
    if found != digest:
        raise InputError(
            f"The weights of backbone {name!r} ({weights}) are not those of its card: their digest is {found}, that on "
            f"the card {digest}."
        )
    return digest


def backbone_rows() -> list[dict[str, object]]:
    """What there is to say of every backbone at hand, by the keys of a row.

    Those are name, layers, width, heads; codes and frames of its last training, by name and by number, None where its
    card does not say; bytes and digest of its weights; ships; problem, one sentence on a backbone that cannot be used,
    whose other values but name and ships are then None.
    """
    return [backbone_row(name) for name in backbone_names()]


def backbone_row(name: str) -> dict[str, object]:
    """The row of one backbone; see `backbone_rows`."""
    keys = ("layers", "width", "heads", "codes", "frames", "bytes", "digest", "ships", "problem")
    row = {"name": name} | dict.fromkeys(keys)
    try:
        row["ships"] = ships(name)
        card, size, digest = backbone_card(name), backbone_config(name), backbone_digest(name)
    except InputError as error:
        return row | {"problem": str(error)}
    return row | {
        **{key: getattr(size, key) for key in ("layers", "width", "heads")},
        "codes": codes if isinstance(codes := card.get("codes"), list) else None,
        "frames": frames if type(frames := card.get("frames")) is int else None,
        "bytes": _path(name).with_suffix(".safetensors").stat().st_size,
        "digest": digest,
    }


def ships(name: str) -> bool:
    """Whether the backbone of this name is the one that ships, not one of the data folder.

    Raises:
        InputError: there is no such backbone.
    """
    return backbone_folder(name) == SHIPPED


def backbone_folder(name: str) -> Path:
    """The folder that the backbone of this name lies in. Raises InputError if there is none such."""
    return _path(name).parent


def other_weights(what: str, made_for: str, present: str, command: str) -> InputError:
    """The error for something that was made for other weights of a backbone than it has at present.

    Args:
        what: the thing and its verb, such as "The adapter was".
        made_for, present: digests of the weights.
        command: what makes it for the present weights.
    """
    return InputError(f"{what} made for the weights {made_for}, not for the present ones, {present}; run {command}.")


def save_backbone(folder: Path, name: str, network: "Fecct", card: dict[str, object]) -> dict[str, object]:
    """Write the weights (float32) and the card, to which config and digest are added; return the card."""
    from safetensors.torch import save

    weights = {key: value.detach().float().contiguous().cpu() for key, value in network.state_dict().items()}
    return write_backbone(folder, name, save(weights), network.config, card)


def write_backbone(
    folder: Path, name: str, weights: bytes, config: FecctConfig, card: dict[str, object]
) -> dict[str, object]:
    """Write the weights, a safetensors file, and the card, to which their name, config and digest go; return the card.

    Each file is replaced at once, the card last, so a new backbone is listed only once it is all there.
    """
    own = {"name": check_name(name), "config": asdict(config), "digest": digest_of(weights)}
    card = own | card | own  # the first for the order of the keys
    path = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    parts = {".safetensors": weights, ".json": (json.dumps(card, indent=1) + "\n").encode()}
    for suffix, contents in parts.items():
        path.with_suffix(f"{suffix}.part").write_bytes(contents)
    for suffix in parts:
        os.replace(path.with_suffix(f"{suffix}.part"), path.with_suffix(suffix))
    return card


@lru_cache(maxsize=64)
def _digest_as_of(path: Path, modified: int, size: int) -> str:
    """The digest of a file that was last modified then."""
    return digest_of(path.read_bytes())


def digest_of(weights: bytes) -> str:
    """The digest of a weights file of these contents: 16 hexadecimal digits of their SHA-256."""
    return hashlib.sha256(weights).hexdigest()[:16]


def load_backbone(name: str) -> "Fecct":
    """The trained network, frozen, in evaluation mode; the same object for the same file.

    Raises:
        InputError: there is no such backbone, or its weights are damaged or not those of its card.
    """
    return _load(_path(name), backbone_digest(name))


@lru_cache(maxsize=8)
def _load(path: Path, digest: str) -> "Fecct":
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from sapcore.decoders.fecct import Fecct

    weights = path.with_suffix(".safetensors")
    network = Fecct(FecctConfig(**json.loads(path.with_suffix(".json").read_text())["config"]))
    try:
        network.load_state_dict(load_file(weights))
    except (SafetensorError, RuntimeError) as error:
        raise InputError(f"The weights of backbone {path.name!r} ({weights}) do not fit its card.") from error
    if not all(torch.isfinite(value).all() for value in network.state_dict().values()):
        raise InputError(f"The weights of backbone {path.name!r} ({weights}) are not all finite.")
    return network.eval().requires_grad_(False)
