"""Images files: what networks learn from."""
from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

import numpy as np

from bondscope.checksums import hash_of, hasher
from bondscope.distributions import RowReader, Rows, plain_reader
from bondscope.hdf5 import CheckedFile
from bondscope.split import Split, split_rows
from bondscope.table import Column, RunTable

FORMAT = "tdse-pmd-images"
MOST_REPRESENTATIONS = 64
MOST_PIXELS = 1 << 18
#: Settings of a representation, with the paper's values: what an attribute that is missing means.
TEXT_SETTINGS = {"view": "plane", "window": "crop", "scale": "log", "normalisation": "maximum", "values": "bytes"}
ONE_DIMENSION = ("dp_dkx", "energy", "angular")
EXTENT = ("kx_min", "kx_max", "ky_min", "ky_max")


@dataclass(frozen=True)
class Representation:
    """One kind of images of all runs."""
    name: str
    settings: Mapping[str, Any]  #: view, window, scale, floor or exponent, normalisation, values, width, height, …
    pixels: Rows  #: [run, kx, ky], uint8 or float32
    extent: Optional[np.ndarray]  #: [run, 4]: kx_min, kx_max, ky_min, ky_max of each image, a.u.; None: one for all

    @property
    def white(self) -> float:
        """What the brightest pixel has: 255 of bytes, else the range of the scale."""
        if self.settings["values"] == "bytes":
            return 255.0
        return -float(self.settings["floor"]) if self.settings["scale"] == "log" else 1.0

    def extent_of(self, row: int) -> tuple[float, float, float, float]:
        """Edges of an image in the momentum plane, a.u., as matplotlib's imshow takes them."""
        s = self.settings
        if self.extent is None:
            return s["kx_min"], s["kx_max"], s["ky_min"], s["ky_max"]
        left, right, bottom, top = (float(edge) for edge in self.extent[row])
        return left, right, bottom, top


class Images(RunTable):
    """An images file, read only. representations: by name; kx, distribution_1d: dP/dkx of all runs, a.u.⁻¹;
    source_checksum: [run], of the run in its store; use: [run], 0 for anything, 1 for training only, 2 for tests only;
    roots: of each run the checksums of the computed runs behind it."""

    def __init__(self, name: Union[str, os.PathLike[str]], verify: bool = False) -> None:
        file = CheckedFile(name, verify)
        kind, self.format_version = file.format()
        if kind == "tdse-pmd-store":
            raise file.fail("is a store; expected an images file, as 'pmd_store images' makes it of a store")
        if kind != FORMAT or self.format_version != 2:
            raise file.fail(f"is {kind} {self.format_version}; this module reads {FORMAT} 2 "
                            "('pmd_store upgrade OLD NEW' converts earlier ones)")
        super().__init__(file, "/run")
        self._verify = verify
        if verify:
            hasher()
        self.diagnostics = {name: self._diagnostic(name) for name in file.names_in("/diagnostics")}
        self.kx = file.column("/kx", "<f8", None)
        shape = (len(self), len(self.kx))
        self.distribution_1d = Rows(shape, "<f4", "a.u.^-1",
                                    plain_reader(file.dataset("/distribution_1d", "<f4", shape)))
        self.source_checksum = file.column("/source_checksum", "<u8", len(self))
        self.use = (file.column("/derivation/use", "u1", len(self)) if file.has("/derivation/use")
                    else np.zeros(len(self), "u1"))
        self.roots = self._read_roots()
        names = file.text_attribute("representations").split(",")
        if len(names) > MOST_REPRESENTATIONS:
            raise file.fail(f"damaged: has more than {MOST_REPRESENTATIONS} representations")
        self.representations: dict[str, Representation] = {name: self._representation(name) for name in names}

    def __repr__(self) -> str:
        return (f"<images file {self.path}: {self.dataset}, preset {self.preset}, {len(self)} runs, "
                f"{', '.join(self.representations)}>")

    def representation(self, name: Optional[str] = None) -> Representation:
        """That of this name, or the only one there is."""
        if name is None and len(self.representations) == 1:
            return next(iter(self.representations.values()))
        if name not in self.representations:
            raise KeyError(f"{self.path}: expected one of the representations {', '.join(self.representations)}")
        return self.representations[name]

    def samples(self) -> np.ndarray:
        """Rows that are learned from: of runs with the same parameters the first one only."""
        seen: set[tuple[Any, ...]] = set()
        rows = []
        for row in range(len(self)):
            key = (self.molecules[row], *(column.values[row] for column in self.parameters.values()))
            if key not in seen:
                seen.add(key)
                rows.append(row)
        return np.array(rows, int)

    def split(self, seed: int = 1, train_fraction: float = 0.75, validation_fraction: float = 0.0,
              train_runs: int = 0) -> Split:
        """The same rows for training, validation and tests as pmd_train takes with the same numbers in the recipe."""
        rows = self.samples()
        return split_rows([int(row) for row in rows], [self.roots[row] for row in rows],
                          [int(self.use[row]) for row in rows], seed, train_fraction, validation_fraction, train_runs)

    def _diagnostic(self, name: str) -> Column:
        path = f"/diagnostics/{name}"
        text = self._file.text_attribute
        return Column(name, text("unit", path, ""), name.replace("_", " "), text("meaning", path, ""),
                      self._file.column(path, "<f8", len(self)))

    def _read_roots(self) -> list[list[int]]:
        file = self._file
        if not file.has("/derivation/roots"):
            return [[int(checksum)] for checksum in self.source_checksum]
        all_roots = file.column("/derivation/roots", "<u8", None)
        ends = file.column("/derivation/roots_end", "<u8", len(self)).astype(object)
        begins = [0, *ends[:-1]]
        if any(begin > end for begin, end in zip(begins, ends)) or ends[-1] > len(all_roots):
            raise file.fail("damaged: /derivation/roots_end does not fit the roots")
        return [[int(root) for root in all_roots[begin:end]] for begin, end in zip(begins, ends)]

    def _representation(self, name: str) -> Representation:
        file, group = self._file, f"/images/{name}"
        settings: dict[str, Any] = {key: file.text_attribute(key, group, value) for key, value in TEXT_SETTINGS.items()}
        for key in ("floor", "exponent", *EXTENT, "energy_min", "energy_max"):
            if file.has_attribute(key, group):
                settings[key] = file.number_attribute(key, group)
        for key in ("width", "height"):
            settings[key] = file.integer_attribute(key, group)
        shape = (len(self), settings["width"], settings["height"])
        if not 0 < shape[1] * shape[2] <= MOST_PIXELS:
            raise file.fail(f"damaged: {group} has images of {shape[1]} x {shape[2]} pixels")
        dtype = "u1" if settings["values"] == "bytes" else "<f4"
        dataset = file.dataset(f"{group}/pixels", dtype, shape, row_chunks=True)
        extent = None
        if settings["window"] == "crop":
            extent = np.asarray(file.dataset(f"{group}/extent", "<f8", (len(self), 4))[:])
        read = plain_reader(dataset)
        if self._verify:
            read = self._checked(read, name, file.column(f"{group}/checksum", "<u8", len(self)))
        return Representation(name, settings, Rows(shape, dtype, "", read), extent)

    def _checked(self, read: RowReader, name: str, checksums: np.ndarray) -> RowReader:
        def checked(row: int) -> np.ndarray:
            pixels = read(row)
            if hash_of(pixels.tobytes()) != int(checksums[row]):
                raise self._file.fail(f"damaged: the image '{name}' in row {row} does not match its checksum")
            return pixels
        return checked
