"""Uploads that are wrong on purpose: matrices in every format and backbones, with names that lead elsewhere."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from sapcore.codes import find
from sapcore.codes.files import FORMATS, write_matrix
from sapcore.decoders.fecct import Fecct, FecctConfig

SIZE = {"layers": 1, "width": 8, "heads": 2}
BOMB = 20_000_000  # bytes, out of some thousand
NAMES = (
    "H.{}", "../../../etc/H.{}", "/etc/passwd/H.{}", "..\\..\\H.{}", "<img src=x onerror=alert(1)>.{}",
    "![x](http://example.org/x.png).{}", "'; DROP TABLE codes; --.{}", "H\x00.{}", "H\n\r.{}", "\u202egnp.{}",
    "\udcff\ud800.{}", "x" * 4000 + ".{}", ".{}", "..", "", "con.{}", "H.{}.exe", "𝕳.{}",
)  # fmt: skip


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def pickles(trap: Path) -> list[bytes]:
    """A trap in every container that some reader somewhere would unpickle."""
    array = np.array([[Trap(trap)]], dtype=object)
    npy, npz, torch_zip, torch_old = (io.BytesIO() for _ in range(4))
    np.save(npy, array, allow_pickle=True)
    np.savez(npz, H=array)
    torch.save({"out.bias": Trap(trap)}, torch_zip)
    torch.save({"out.bias": Trap(trap)}, torch_old, _use_new_zipfile_serialization=False)
    held = [file.getvalue() for file in (npy, npz, torch_zip, torch_old)]
    return [*held, *(pickle.dumps(Trap(trap), protocol) for protocol in (0, 2, 5))]


def bombs() -> list[bytes]:
    """Small files that become large once unpacked, or that say they are large."""
    archive, tensor = io.BytesIO(), {"out.bias": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4 * 10**9]}}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr("H.npy", bytes(BOMB))
    header = json.dumps(tensor).encode()
    shapes = ("4096, 4096", "999999999, 999999999", "9223372036854775807, 2", "-1, -1", "4096, 4096, 4096")
    declared = [
        f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}"
        for shape in shapes
        for kind in ("<f16", "<i8", "|O")
    ]
    return [
        archive.getvalue(), gzip.compress(bytes(BOMB)), len(header).to_bytes(8, "little") + header,
        b"\xff" * 8 + b"{}", b"999999999 999999999\n9 9\n", b"4096 4096\n4096 4096\n" + b"4096 " * 8192,
        b"%%MatrixMarket matrix coordinate pattern general\n4096 4096 999999999\n1 1\n",
        b"%%MatrixMarket matrix array real general\n4096 4096\n1\n", b"[" * 200_000, b'{"a":' * 100_000,
        *(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() for text in declared),
    ]  # fmt: skip


def oddities() -> list[bytes]:
    """What is neither, and arrays of what is no bit."""
    values = (np.nan, np.inf, -1, 2, 0.5, 255)
    arrays = [np.full((3, 7), value) for value in values]
    arrays += [
        np.zeros((0, 7)),
        np.ones(7),
        np.ones((1, 3, 7)),
        np.array(1),
        np.ones((3, 7), complex),
        np.full((3, 7), "1"),
    ]
    held = []
    for array in arrays:
        file = io.BytesIO()
        np.save(file, array)
        held.append(file.getvalue())
    lines = (
        "1 nan 1\n",
        "1,inf,1\n",
        "1e999 1\n",
        "0x1 1\n",
        "１ ０\n",
        "=cmd|' /C calc'!A0\n",
        "1\x000\n",
        "10\n" * 5000,
    )
    text = [line.encode() for line in lines]
    return [
        *held,
        *text,
        b"",
        b"\xff\xfe1\x000\x00",
        "1 0 1".encode("utf-16"),
        b"\x00" * 1000,
        b"<svg onload=alert(1)>",
    ]


def damaged(contents: bytes, draw: random.Random) -> bytes:
    """The contents cut, with bits flipped, or with something put in."""
    data, kind = bytearray(contents), draw.randrange(4)
    if kind == 0:
        return bytes(data[: draw.randrange(len(data))])
    for _ in range(draw.choice((1, 3, 30))):
        place = draw.randrange(len(data))
        if kind == 1:
            data[place] ^= 1 << draw.randrange(8)
        else:
            length = 0 if kind == 2 else draw.randrange(9)
            data[place : place + length] = draw.choice(
                (b" ", b"\n", b"-1", b"9" * 30, b"nan", b"\xff", b"\x00", b"[[[")
            )
    return bytes(data)


def matrix_uploads(count: int, trap: Path, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """So many names and contents of matrix files."""
    draw, code = random.Random(seed), find("Hamming(7,4)")
    fixed = [*pickles(trap), *bombs(), *oddities()]
    for number in range(count):
        contents = fixed[number] if number < len(fixed) else damaged(write_matrix(code, draw.choice(FORMATS)), draw)
        yield draw.choice(NAMES).format(draw.choice((*FORMATS, "npy", "xyz"))), contents


def backbone_uploads(count: int, trap: Path, seed: int = 0) -> Iterator[tuple[str, bytes, bytes]]:
    """So many names, weights and cards of backbones."""
    draw = random.Random(seed)
    torch.manual_seed(seed)
    whole, card = Fecct(FecctConfig(**SIZE)).state_dict(), json.dumps({"config": SIZE}).encode()
    weights = save(whole)
    values = (float("nan"), float("inf"))
    odd = [save(whole | {"out.bias": torch.tensor([value])}) for value in values]
    odd += [save(whole | {"more": torch.zeros(1)}), save({key: value.long() for key, value in whole.items()})]
    fixed = [*pickles(trap), *bombs(), *odd, b""]
    sizes = (-1, 0, 10**9, 10**400, "1", None, True, 1.5, [1], {"layers": 1})
    configs = [json.dumps({"config": SIZE | {draw.choice(list(SIZE)): size}}).encode() for size in sizes]
    cards = [*configs, b"[" * 100_000, b"NaN", b'{"config": NaN}', b"\xff\xfe{}", b"", b"null", b'{"config": {}}']
    for number in range(count):
        name = draw.choice(("mine", "../../mine", "/etc/mine", "base", "", "x" * 5000, "a\x00", "<b>x</b>", "\udcff"))
        if number < len(fixed):
            yield "mine", fixed[number], card
        elif number < len(fixed) + len(cards):
            yield "mine", weights, cards[number - len(fixed)]
        else:
            yield name, *draw.choice(((damaged(weights, draw), card), (weights, damaged(card, draw)), (weights, card)))
