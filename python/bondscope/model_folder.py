"""Model folders of format 2 (docs/formats.md): model.json and arrays, read with sizes and checksums looked at."""
from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any, Union

import numpy as np

from bondscope.checksums import hash_of
from bondscope.errors import BadFile

MOST_DESCRIPTION_BYTES = 96 << 20
MOST_HEADER_BYTES = 16 << 20
TYPES = {"F64": "<f8", "I64": "<i8", "F32": "<f4", "I16": "<i2", "U8": "u1"}


@dataclass(frozen=True)
class ModelFolder:
    """What a folder says of its model (`description`: model.json) and what was learned (`arrays`, by name)."""
    path: str
    description: dict[str, Any]
    arrays: dict[str, np.ndarray]


def read_model_folder(folder: Union[str, os.PathLike[str]], weights: str = "best", verify: bool = False) -> ModelFolder:
    """`weights`: "best", or "last" of a network. With `verify` (needs xxhash) both files are compared with their
    checksums. Raises BadFile, FileNotFoundError."""
    path = os.fspath(folder)
    if weights not in ("best", "last"):
        raise ValueError(f"weights '{weights}': expected best or last")
    description = _read_description(os.path.join(path, "model.json"), verify)
    name = f"{weights}.safetensors"
    files = description.get("files")
    known = files.get(name) if isinstance(files, dict) else None
    if not isinstance(known, dict):
        raise BadFile(f"{path}: its model.json knows no {name}")
    file = os.path.join(path, name)
    size = os.path.getsize(file)
    if size != known.get("bytes"):
        raise BadFile(f"{file}: has {size} bytes, model.json says {known.get('bytes')}: truncated or changed")
    with open(file, "rb") as opened:
        data = opened.read()
    if verify and f"{hash_of(data):016x}" != known.get("xxh3_64"):
        raise BadFile(f"{file}: damaged or changed: it does not match its checksum in model.json")
    return ModelFolder(path, description, parse_safetensors(data, file))


def _read_description(name: str, verify: bool) -> dict[str, Any]:
    if os.path.getsize(name) > MOST_DESCRIPTION_BYTES:
        raise BadFile(f"{name}: larger than {MOST_DESCRIPTION_BYTES} bytes")
    with open(name, "rb") as file:
        data = file.read()
    try:
        description = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{name}: not a model description: {error}") from error
    if not isinstance(description, dict) or description.get("format") != "pmd-model":
        raise BadFile(f"{name}: this does not describe a model")
    if description.get("format_version") != 2:
        raise BadFile(f"{name}: format version {description.get('format_version')}; this module reads version 2 "
                      "('pmd_train upgrade OLD NEW' converts folders of version 1)")
    if verify:
        end = re.search(rb',\n *"checksum": "([0-9a-f]{16})"\n\}\n?\Z', data)
        if end is None or f"{hash_of(data[:end.start()]):016x}" != end[1].decode():
            raise BadFile(f"{name}: damaged or changed: its checksum, the last line, does not fit what is before it")
    return description


def parse_safetensors(data: bytes, name: str) -> dict[str, np.ndarray]:
    """Arrays by name. Raises BadFile if the header does not describe exactly the bytes behind it."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(MOST_HEADER_BYTES, len(data) - 8):
        raise BadFile(f"{name}: damaged: its header does not fit into the file")
    try:
        header = json.loads(data[8:8 + length])
        entries = sorted(((key, value) for key, value in header.items() if key != "__metadata__"),
                         key=lambda entry: int(entry[1]["data_offsets"][0]))
        arrays, at = {}, 0
        for key, value in entries:
            dtype, shape = np.dtype(TYPES[value["dtype"]]), [int(extent) for extent in value["shape"]]
            begin, end = (int(offset) for offset in value["data_offsets"])
            count = 1
            for extent in shape:
                count *= extent
            if begin != at or end - begin != count * dtype.itemsize or any(extent < 0 for extent in shape):
                raise ValueError(f"the array {key} does not lie where its shape says")
            arrays[key] = np.frombuffer(data, dtype, count, 8 + length + begin).reshape(shape)
            at = end
        if 8 + length + at != len(data):
            raise ValueError("it has bytes that belong to no array")
        for key in [key for key in arrays if key.endswith(".exponents")]:  # multiples of powers of two
            base = key.removesuffix(".exponents")
            arrays[base] = np.ldexp(arrays[base].astype(np.float32), arrays.pop(key).astype(np.int32))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise BadFile(f"{name}: damaged: {error}") from error
    return arrays
