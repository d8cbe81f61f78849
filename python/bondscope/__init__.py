"""Bondscope's files in Python: stores of photoelectron momentum distributions, images files, and models.

    import bondscope

    with bondscope.open("demo.h5") as store:
        rows = store.select(R=(2, 3))            # done runs with R from 2 to 3 a.u.
        print(store["R"][rows], store.column("R").unit)
        pmd = store.pmd[rows[0]]                 # [kx, ky], dP/d²k in a.u.⁻²

    with bondscope.open_images("demo-images.h5") as images:
        parts = images.split(seed=1)             # the same tests as pmd_train has
        pixels = images.representation().pixels[parts.test]

`bondscope.learning` has a torch.utils.data.Dataset of an images file, `bondscope.network` networks that pmd_train has
trained; both need PyTorch. Files are untrusted: types, extents and positions are checked before memory is asked for, and
with `verify=True` (which needs xxhash) every checksum: open files from strangers so.

Numbers are in Hartree atomic units unless a column's `unit` says otherwise."""
from __future__ import annotations

import os
from typing import Union

from bondscope.errors import BadFile
from bondscope.images import Images, Representation
from bondscope.distributions import Rows
from bondscope.split import Split
from bondscope.store import Failure, Run, RunState, Store
from bondscope.table import Column

__version__ = "0.1.0"
__all__ = ["BadFile", "Column", "Failure", "Images", "Representation", "Rows", "Run", "RunState", "Split", "Store",
           "open", "open_images"]


def open(name: Union[str, os.PathLike[str]], verify: bool = False) -> Store:  # noqa: A001
    """A store of format 2 or 3: live, sealed or compact. With `verify` its user block and records are compared with their
    checksums now, each distribution when it is read. Raises BadFile, FileNotFoundError."""
    return Store(name, verify)


def open_images(name: Union[str, os.PathLike[str]], verify: bool = False) -> Images:
    """An images file of format 2. `verify` as in open()."""
    return Images(name, verify)
