"""Reading HDF5 files from strangers: what an object is, is checked before a byte of it is read."""
from __future__ import annotations

import os
from typing import Any, Optional, Union

import h5py
import numpy as np

from bondscope.errors import BadFile
from bondscope.user_block import check_user_block, has_user_block

MOST_COLUMN_BYTES = 1 << 30
MOST_TEXT_BYTES = 256 << 20
MOST_RUNS = 1 << 27
DEFLATE, SHUFFLE, FLETCHER = 1, 2, 3
Shape = tuple[Optional[int], ...]


class CheckedFile:
    """An HDF5 file, of which only plain datasets behind hard links are read: nothing external, nothing virtual, no
    filter but those that the formats use."""

    def __init__(self, name: Union[str, os.PathLike[str]], verify: bool) -> None:
        self.name = os.fspath(name)
        if not os.path.isfile(self.name):
            raise FileNotFoundError(f"{self.name}: no such file")
        self.has_user_block = has_user_block(self.name)
        if self.has_user_block:
            check_user_block(self.name, verify)
        self.file = self._opened()
        self.bytes = os.path.getsize(self.name)

    def _opened(self) -> h5py.File:
        for locking in (None, False):  # many shared file systems have no locks, and Bondscope asks for none
            try:
                return h5py.File(self.name, "r", locking=locking)
            except OSError as error:
                reason = error
        raise BadFile(f"{self.name}: not HDF5, or damaged: {reason}") from reason

    def fail(self, message: str) -> BadFile:
        return BadFile(f"{self.name}: {message}")

    def format(self) -> tuple[str, int]:
        """Its name and version. A format of today without a user block is none."""
        name, version = self.text_attribute("format"), self.integer_attribute("format_version")
        newest = {"tdse-pmd-store": 3, "tdse-pmd-images": 2}.get(name)
        if newest is not None and version >= newest and not self.has_user_block:
            raise self.fail(f"damaged: claims {name} {version}, which has a user block")
        return name, version

    # Attributes

    def attribute(self, name: str, of: str = "/") -> Any:
        holder = self.object(of)
        if name not in holder.attrs:
            raise self.fail(f"damaged: {of} lacks the attribute {name}")
        if holder.attrs.get_id(name).shape != ():
            raise self.fail(f"damaged: the attribute {name} of {of} is not a single value")
        return holder.attrs[name]

    def has_attribute(self, name: str, of: str = "/") -> bool:
        return name in self.object(of).attrs

    def text_attribute(self, name: str, of: str = "/", default: Optional[str] = None) -> str:
        if default is not None and not self.has_attribute(name, of):
            return default
        value = self.attribute(name, of)
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        if not isinstance(value, str):
            raise self.fail(f"damaged: the attribute {name} of {of} is not a text")
        return value

    def integer_attribute(self, name: str, of: str = "/") -> int:
        value = self.attribute(name, of)
        if not isinstance(value, np.integer):
            raise self.fail(f"damaged: the attribute {name} of {of} is not a whole number")
        return int(value)

    def number_attribute(self, name: str, of: str) -> float:
        value = self.attribute(name, of)
        if not isinstance(value, (np.floating, np.integer)):
            raise self.fail(f"damaged: the attribute {name} of {of} is not a number")
        return float(value)

    # Objects

    def has(self, path: str) -> bool:
        """Whether there is such an object, and all links to it are hard ones."""
        group: Any = self.file
        for part in filter(None, path.split("/")):
            if not isinstance(group, h5py.Group) or not isinstance(group.get(part, getlink=True), h5py.HardLink):
                return False
            group = group[part]
        return True

    def object(self, path: str) -> Any:
        if not self.has(path):
            raise self.fail(f"damaged: {path} is missing")
        return self.file[path]

    def names_in(self, path: str) -> list[str]:
        """Of the members of a group, if there is one; those behind other than hard links do not count."""
        if not self.has(path):
            return []
        group = self.object(path)
        if not isinstance(group, h5py.Group):
            raise self.fail(f"damaged: {path} is not a group")
        return [name for name in group if self.has(f"{path}/{name}")]

    def dataset(self, path: str, dtype: Any, shape: Shape, row_chunks: bool = False) -> h5py.Dataset:
        """The dataset, which must have this type and shape (None: any extent; `dtype` may be "S" for texts of a fixed
        length), and lie in the file in one piece or, if `row_chunks`, in a compressed chunk for each row."""
        found = self.object(path)
        if not isinstance(found, h5py.Dataset):
            raise self.fail(f"damaged: {path} is not a dataset")
        fits = found.dtype.kind == "S" if isinstance(dtype, str) and dtype == "S" else found.dtype == np.dtype(dtype)
        if not fits:
            raise self.fail(f"damaged: {path} is of type {found.dtype}, expected {dtype}")
        if len(found.shape) != len(shape) or any(b is not None and a != b for a, b in zip(found.shape, shape)):
            raise self.fail(f"damaged: {path} has the extents {found.shape}, expected {shape}")
        if found.is_virtual or found.external or found.maxshape != found.shape:
            raise self.fail(f"damaged: {path} does not lie in this file alone")
        plan = found.id.get_create_plist()
        if any(plan.get_filter(i)[0] not in (DEFLATE, SHUFFLE, FLETCHER) for i in range(plan.get_nfilters())):
            raise self.fail(f"damaged: {path} is compressed in a way that its format does not know")
        if found.chunks is not None:
            if row_chunks and found.chunks != (1, *found.shape[1:]):
                raise self.fail(f"damaged: {path} has chunks of {found.chunks}, expected one for each row")
            if not row_chunks and found.nbytes > 1100 * max(found.id.get_storage_size(), 1):
                raise self.fail(f"damaged: {path} claims {found.nbytes} bytes, more than its chunks can hold")
        elif found.nbytes > self.bytes:
            raise self.fail(f"damaged: {path} claims {found.nbytes} bytes, more than the file has")
        return found

    def column(self, path: str, dtype: Any, rows: Optional[int]) -> np.ndarray:
        """All values of a dataset of one dimension."""
        found = self.dataset(path, dtype, (rows,))
        if found.nbytes > MOST_COLUMN_BYTES:
            raise self.fail(f"{path} has {found.nbytes} bytes, expected at most {MOST_COLUMN_BYTES}")
        return np.asarray(found[:])

    def texts(self, path: str, rows: int) -> np.ndarray:
        return np.array([value.decode("utf-8", "replace") for value in self.column(path, "S", rows)], dtype=object)

    def text(self, path: str) -> str:
        """A scalar text; nothing where there is none."""
        if not self.has(path):
            return ""
        found = self.dataset(path, "S", ())
        if found.nbytes > MOST_TEXT_BYTES:
            raise self.fail(f"{path} has {found.nbytes} bytes, expected at most {MOST_TEXT_BYTES}")
        value = found[()]
        return bytes(value).decode("utf-8", "replace")
