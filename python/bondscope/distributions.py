"""Rows that stay in the file until they are asked for."""
from __future__ import annotations

from typing import Any, Callable, Iterator, Optional

import h5py
import numpy as np

RowReader = Callable[[int], np.ndarray]


class Rows:
    """Arrays of all runs, read when they are indexed: `rows[7]` is [kx, ky]; `rows[:10]`, `rows[[3, 1]]` and
    `rows[store.select(R=(2, 3))]` are [run, kx, ky]; further indices as in NumPy: `rows[7, 10:20, 0]`.

    Reading a run that has nothing to read raises ValueError, and one whose checksum does not hold BadFile, if the file
    was opened with `verify`."""

    def __init__(self, shape: tuple[int, ...], dtype: Any, unit: str, read: RowReader) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.unit = unit
        self._read = read

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<rows of shape {self.shape}, {self.dtype}, {self.unit or 'no unit'}; read when indexed>"

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, key: Any) -> np.ndarray:
        first, inner = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        if isinstance(first, (int, np.integer)):
            row = int(first) + (len(self) if first < 0 else 0)
            if not 0 <= row < len(self):
                raise IndexError(f"there is no row {first} among {len(self)}")
            return np.asarray(self._read(row)[inner])
        if isinstance(first, (list, tuple)):
            first = np.asarray(first, bool if any(isinstance(one, (bool, np.bool_)) for one in first) else int)
        rows = np.arange(len(self))[first]
        if rows.ndim != 1:
            raise IndexError("expected a row, a slice, or a list of rows or of booleans")
        if len(rows) == 0:
            return np.empty((0, *self.shape[1:]), self.dtype)[(slice(None), *inner)]
        return np.stack([self._read(int(row))[inner] for row in rows])


def plain_reader(dataset: h5py.Dataset) -> RowReader:
    """Rows as they lie in the file."""
    return lambda row: np.asarray(dataset[row])


def compact_reader(dataset: h5py.Dataset, scale: np.ndarray, mirrored: Optional[np.ndarray]) -> RowReader:
    """Rows of a compact store: restored from differences of fourth roots, the same bits as Bondscope has."""
    def read(row: int) -> np.ndarray:
        roots = np.cumsum(dataset[row], axis=0, dtype=np.uint8)
        if mirrored is not None and mirrored[row]:
            half = roots.shape[1] // 2
            roots[:, :half] = roots[:, ::-1][:, :half]
        squares = (roots.astype(np.float64) * scale[row]) ** 2
        return np.asarray((squares * squares).astype(np.float32))
    return read
