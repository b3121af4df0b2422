"""The user's own backbones in the data folder: taking one in from files, after every check, and removing it.

The files come from anywhere. Nothing in them is unpickled, nothing is written before all of it has been checked, and
no network larger than the file is ever made: shapes are compared with those of a network without memory.
"""

import json
from typing import Any

from sapcore.decoders.backbones import check_new, digest_of, ships, write_backbone
from sapcore.decoders.fecct_config import FecctConfig
from sapcore.errors import InputError, quoted
from sapcore.folders import data_folder

MOST_WEIGHTS_BYTES, MOST_CARD_BYTES = 64_000_000, 1_000_000
MOST_HEADS = 192  # in all layers together: under 2048 nodes their attention takes more than 3 GB
MOST_WIDTH = 1024
MOST_DEPTH = 32  # of objects and lists in each other on a card; each backbone that training started from adds one
TYPES = ("float32", "float16", "bfloat16")


def add_backbone(name: str, weights: bytes, card: bytes) -> dict[str, object]:
    """Take a backbone into the data folder, where it is at hand as `fecct:NAME`, and return its card.

    The weights are kept as they are, so that their digest stays. Of the card, all is kept but name, config and digest,
    which become those of the weights.

    Args:
        name: a new one.
        weights: contents of a safetensors file: the tensors of a `Fecct` of the config on the card, in one of TYPES.
        card: contents of a JSON file, at least {"config": {"layers": L, "width": D, "heads": H}}; with a digest, it has
            to be that of the weights. "codes" (names) and "frames" (a number) say what it was trained on.

    Raises:
        InputError: the name is taken, or a file cannot be used; nothing has been written.
    """
    check_new(name, "remove it first")
    about = _card(card)
    config = _config(about.get("config"))
    _check_weights(weights, config)
    found, named = digest_of(weights), about.get("digest")
    if named is not None and named != found:
        raise InputError(
            f"The weights are not those of the card: their digest is {found}, that on the card {quoted(named)}."
        )
    return write_backbone(data_folder() / "backbones", name, weights, config, about)


def remove_backbone(name: str) -> None:
    """Remove a backbone from the data folder; masks and adapters that were made for its weights stay there.

    Raises:
        InputError: there is no such backbone, or it ships with the product.
    """
    if ships(name):
        raise InputError(f"The backbone {name!r} ships with the product and cannot be removed.")
    for suffix in (".json", ".safetensors"):
        (data_folder() / "backbones" / f"{name}{suffix}").unlink(missing_ok=True)


def _card(contents: bytes) -> dict[str, Any]:
    """The object on a card, every value of which can be written as JSON again."""
    if len(contents) > MOST_CARD_BYTES:
        raise InputError(f"A card may have at most {MOST_CARD_BYTES // 1_000_000} MB.")
    try:
        card = json.loads(contents)
        json.dumps(card, allow_nan=False)
        deep = _depth(card) > MOST_DEPTH
    except ValueError as error:
        raise InputError("The card is not JSON, which has neither NaN nor infinity.") from error
    except RecursionError:
        deep = True
    if deep:
        raise InputError(f"The card has objects or lists more than {MOST_DEPTH} deep in each other.")
    if not isinstance(card, dict):
        raise InputError('The card is not a JSON object, such as {"config": {…}}.')
    codes, frames = card.get("codes", []), card.get("frames", 0)
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise InputError(f"The codes on the card must be a list of names, not {quoted(codes)}.")
    if type(frames) is not int or frames < 0:
        raise InputError(f"The frames on the card must be a whole number from 0 on, not {quoted(frames)}.")
    return card


def _depth(value: object) -> int:
    """How many objects and lists are in each other."""
    depth, level = 0, [value]
    while level := [part for part in level if isinstance(part, (dict, list))]:
        depth += 1
        level = [inner for part in level for inner in (part.values() if isinstance(part, dict) else part)]
    return depth


def _config(given: object) -> FecctConfig:
    """The size on a card. That of a pruned network, which has kept_heads and kept_channels, is refused."""
    sizes = {key: size for key, size in given.items() if size is not None} if isinstance(given, dict) else {}
    if set(sizes) != {"layers", "width", "heads"} or not all(type(size) is int for size in sizes.values()):
        raise InputError(
            "The config on the card must be layers, width and heads, three whole numbers, and nothing else; not "
            f"{quoted(given)}."
        )
    if not (0 < sizes["layers"] * sizes["heads"] <= MOST_HEADS and 0 < sizes["width"] <= MOST_WIDTH):
        raise InputError(
            f"A backbone has 1 to {MOST_HEADS} heads in all its layers together, and a width of 1 to {MOST_WIDTH}; "
            f"the config on the card is {quoted(sizes)}."
        )
    return FecctConfig(**sizes)


def _check_weights(contents: bytes, config: FecctConfig) -> None:
    """Make sure that the contents of a safetensors file are finite weights of a network of that size."""
    if len(contents) > MOST_WEIGHTS_BYTES:
        raise InputError(f"A weights file may have at most {MOST_WEIGHTS_BYTES // 1_000_000} MB.")
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    from sapcore.decoders.fecct import Fecct

    try:
        tensors = load(contents)
    except (SafetensorError, KeyError) as error:  # a type of number that torch does not have is a KeyError
        raise InputError("The weights file is damaged or no safetensors file.") from error
    with torch.device("meta"):
        wanted = Fecct(config).state_dict()
    for key in sorted(wanted.keys() ^ tensors.keys()):
        what = "lacks the tensor" if key in wanted else "holds a tensor that no FECCT of this config has,"
        raise InputError(f"The weights file {what} {quoted(key)}.")
    for key, tensor in tensors.items():
        if tensor.shape != wanted[key].shape:
            raise InputError(
                f"The tensor {key!r} has the shape {tuple(tensor.shape)}; the config on the card makes it "
                f"{tuple(wanted[key].shape)}."
            )
        if str(tensor.dtype).removeprefix("torch.") not in TYPES:
            raise InputError(f"The tensor {key!r} is of the type {tensor.dtype}; {', '.join(TYPES)} are allowed.")
        if not tensor.isfinite().all():
            raise InputError(f"The tensor {key!r} holds values that are not finite.")
