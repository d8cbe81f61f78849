"""The bytes in front of a store or images file that vouch for the rest (docs/formats.md, "The user block")."""
from __future__ import annotations

import os
import struct
from typing import BinaryIO, Iterator

from bondscope.checksums import hasher, hash_of
from bondscope.errors import BadFile

MAGIC = b"BONDSCOPE-HDF5\r\n"
SIGNATURE = b"\x89HDF\r\n\x1a\n"
LARGEST = 256 << 20
PIECE = 1 << 20


def has_user_block(name: str) -> bool:
    """Whether the file begins as a user block does."""
    with open(name, "rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def check_user_block(name: str, verify: bool) -> None:
    """Raises BadFile if the block cannot be one of this file. With `verify` (needs xxhash) its checksum and that of
    all bytes that no data range holds are recomputed, before HDF5 sees any of them."""
    size = os.path.getsize(name)
    with open(name, "rb") as file:
        head = file.read(4096)
        if len(head) < 4096 or not head.startswith(MAGIC):
            raise BadFile(f"{name}: has no user block: not a file of Bondscope's formats of today")
        version, count, recorded, skeleton, own = struct.unpack_from("<IIQQQ", head, 16)
        if version != 1:
            raise BadFile(f"{name}: user block of version {version}; this module reads version 1")
        if recorded != size:
            raise BadFile(f"{name}: has {size} bytes, its user block says {recorded}: truncated or damaged")
        end = _end_of_block(file, name, size)
        if 48 + 16 * count > end:
            raise BadFile(f"{name}: damaged: {count} data ranges do not fit into its user block of {end} bytes")
        file.seek(0)
        block = file.read(end)
        gaps = list(_gaps(name, block, count, end, size))
        if not verify:
            return
        if hash_of(block[:40] + bytes(8) + block[48:]) != own:
            raise BadFile(f"{name}: damaged: its user block does not match its checksum")
        digest = hasher()
        for begin, length in gaps:
            file.seek(begin)
            while length > 0:
                piece = file.read(min(length, PIECE))
                if not piece:
                    raise BadFile(f"{name}: truncated while it was read")
                digest.update(piece)
                length -= len(piece)
        if digest.intdigest() != skeleton:
            raise BadFile(f"{name}: damaged: something other than its data does not match its checksum")


def _end_of_block(file: BinaryIO, name: str, size: int) -> int:
    end = 4096
    while end <= min(LARGEST, size):
        file.seek(end)
        if file.read(len(SIGNATURE)) == SIGNATURE:
            return end
        end *= 2
    raise BadFile(f"{name}: damaged: no HDF5 behind its user block")


def _gaps(name: str, block: bytes, count: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """What lies between the data ranges: first byte and length."""
    at = end
    for begin, length in struct.iter_unpack("<QQ", block[48:48 + 16 * count]):
        if begin < at or length == 0 or begin + length > size:
            raise BadFile(f"{name}: damaged: the data ranges of its user block do not lie in the file in order")
        yield at, begin - at
        at = begin + length
    yield at, size - at
