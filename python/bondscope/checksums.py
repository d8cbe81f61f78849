"""XXH3-64, as all checksums in Bondscope's files are; needs the module xxhash (Debian: python3-xxhash)."""
from __future__ import annotations

import struct
from typing import Any, Iterable

import numpy as np

try:
    import xxhash
except ImportError:  # only verify=True needs it
    xxhash = None  # type: ignore[assignment]

COMMON = ("R", "intensity_w_cm2", "cep", "angle")
#: Of these a run's checksum has all values; of diagnostics behind them those that are not 0.
FIRST_DIAGNOSTICS = 8


def hasher() -> Any:
    """An empty hash. Raises ImportError that says what to install."""
    if xxhash is None:
        raise ImportError("verify=True needs the Python module xxhash (Debian: python3-xxhash)")
    return xxhash.xxh3_64()


def hash_of(data: bytes) -> int:
    digest = hasher()
    digest.update(data)
    return int(digest.intdigest())


def text(value: str) -> bytes:
    """A text in a hash: its length, then its bytes."""
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def payload_checksum(molecule: str, parameters: dict[str, float], diagnostics: dict[str, float], pmd: np.ndarray,
                     arrays: dict[str, np.ndarray], unknown: Iterable[str], measured: bool) -> int:
    """Of a done run, as docs/formats.md lists what it covers. Unknown parameters count as 0."""
    digest = hasher()
    digest.update(text(molecule))
    for name in COMMON:
        digest.update(struct.pack("<d", parameters[name]))
    for name in sorted(set(parameters) - set(COMMON)):
        digest.update(text(name) + struct.pack("<d", parameters[name]))
    values = list(diagnostics.items())
    for _, value in values[:FIRST_DIAGNOSTICS]:
        digest.update(struct.pack("<d", value))
    digest.update(np.ascontiguousarray(pmd, "<f4").tobytes())
    for name, value in values[FIRST_DIAGNOSTICS:]:
        if value != 0:
            digest.update(text(name) + struct.pack("<d", value))
    for name in ("amplitude", "counts", "uncertainty", "mask"):
        if name in arrays and any(data := np.ascontiguousarray(arrays[name]).tobytes()):
            digest.update(text(name) + data)
    for name in sorted(unknown):
        digest.update(text("unknown " + name))
    if measured:
        digest.update(text("measured"))
    return int(digest.intdigest())
