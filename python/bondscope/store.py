"""Stores of momentum distributions."""
from __future__ import annotations

import enum
import json
import os
import struct
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

import numpy as np

from bondscope.checksums import hash_of, hasher, payload_checksum
from bondscope.distributions import RowReader, Rows, compact_reader, plain_reader
from bondscope.hdf5 import CheckedFile
from bondscope.table import Column, RunTable

FORMAT = "tdse-pmd-store"
RECORD_BYTES = {"live": 4096, "sealed": 512, "compact": 512}
MOST_PMD_BYTES = 1 << 40
MOST_ROW_POINTS = 1 << 26
ARRAYS = {
    "amplitude": ("<c8", "a.u.^-1"),
    "counts": ("<u4", "1"),
    "uncertainty": ("<f4", "a.u.^-2"),
    "mask": ("u1", ""),
}
TEXTS = ("configuration", "configuration_given", "code_version", "libraries", "machine", "created", "history",
         "declared_parameters", "derivation")
HEAD = [("state", "<u4"), ("attempt", "<u4"), ("failure", "<u4"), ("begun", "<u4"), ("payload_checksum", "<u8"),
        ("record_checksum", "<u8")]
DIAGNOSTIC_UNITS = {"ground_state_energy": "hartree", "wall_seconds": "s", "pmd_max": "a.u.^-2",
                    "noise_floor": "a.u.^-2"}


class RunState(enum.IntEnum):
    """What became of a run."""
    PENDING = 0
    DONE = 1
    FAILED = 2


FAILURES = ("none", "not_finite", "norm_grew", "start_state", "time_limit", "checksum", "killed", "other")


@dataclass(frozen=True)
class Failure:
    """A run that failed."""
    row: int
    number: int  #: in the whole data set
    kind: str  #: one of FAILURES
    attempts: int
    reason: str  #: for people; from the file, and so from outside


@dataclass(frozen=True)
class Run:
    """All that a store says of a run but its distribution."""
    row: int
    number: int
    state: RunState
    molecule: str
    parameters: Mapping[str, float]
    diagnostics: Mapping[str, float]


class Store(RunTable):
    """A store, read only. What it says of its runs is read when it is opened: open it again to see what a farm has
    added meanwhile. Distributions are read when they are indexed.

    kind: "live", "sealed" or "compact"; format_version: 2 or 3; kx, ky: momenta, a.u.; state: [run], RunState;
    pmd: dP/d²k, a.u.⁻², [run, kx, ky]; arrays: what else there is as large as that, by name; provenance: texts by
    name, among them the configuration in YAML; history: the files that this one was made from."""

    def __init__(self, name: Union[str, os.PathLike[str]], verify: bool = False) -> None:
        file = CheckedFile(name, verify)
        kind, self.format_version = file.format()
        if kind == "tdse-pmd-images":
            raise file.fail("is an images file; expected a store (bondscope.open_images reads it)")
        if kind != FORMAT or self.format_version not in (2, 3):
            raise file.fail(f"is {kind} {self.format_version}; this module reads {FORMAT} 2 and 3")
        old = self.format_version == 2
        super().__init__(file, "/parameters/run" if old else "/run")
        self._verify = verify
        if verify:
            hasher()
        self.kind = ("sealed" if file.has_attribute("sealed") else "live") if old else file.text_attribute("kind")
        if self.kind not in RECORD_BYTES:
            raise file.fail(f"damaged: its kind is '{self.kind}', expected live, sealed or compact")
        self.kx = self._axis("/axes/kx" if old else "/kx")
        self.ky = self._axis("/axes/ky" if old else "/ky")
        self.provenance: dict[str, str] = {
            name: file.text_attribute(name, default="") if old else file.text(f"/provenance/{name}") for name in TEXTS}
        self._description_checksum = file.integer_attribute("description_checksum")
        self._records = self._read_records_2() if old else self._read_records()
        self.state: np.ndarray = self._records["state"].copy()
        self.damaged: np.ndarray = self._damaged_records() if verify else np.zeros(len(self), bool)
        self.state[self.damaged | (self.state > 2)] = RunState.PENDING
        self.diagnostics = {name: self._diagnostic(name) for name in self._diagnostic_names()}
        self.pmd = self._distributions()
        self.arrays: dict[str, Rows] = {name: self._array(name) for name in ARRAYS if file.has(f"/{name}")}

    def __repr__(self) -> str:
        return (f"<store {self.path}: {self.dataset}, preset {self.preset}, {len(self.done)} of {len(self)} runs done, "
                f"{self.kind}>")

    @property
    def done(self) -> np.ndarray:
        """Rows of the runs that have a distribution."""
        return np.flatnonzero(self.state == RunState.DONE)

    @property
    def failed(self) -> np.ndarray:
        """Rows of the runs that failed."""
        return np.flatnonzero(self.state == RunState.FAILED)

    @property
    def pending(self) -> np.ndarray:
        """Rows of the runs that nobody has ended yet."""
        return np.flatnonzero(self.state == RunState.PENDING)

    @property
    def history(self) -> list[dict[str, Any]]:
        """The files that this one was made from, each with its own history; empty of what a farm has made."""
        text = self.provenance["history"]
        return list(json.loads(text)) if text else []

    @property
    def derivation(self) -> Optional[dict[str, Any]]:
        """How the distributions were derived from others, if they were."""
        text = self.provenance["derivation"]
        return dict(json.loads(text)) if text else None

    def failures(self) -> list[Failure]:
        """The runs that failed, and why."""
        rows = self._records
        return [Failure(int(row), int(self.numbers[row]), FAILURES[min(int(rows["failure"][row]), len(FAILURES) - 1)],
                        int(rows["attempt"][row]), rows["reason"][row].decode("utf-8", "replace"))
                for row in self.failed]

    def run(self, row: int) -> Run:
        """What the store says of the run in this row."""
        if not 0 <= row < len(self):
            raise IndexError(f"{self.path}: there is no row {row} among {len(self)}")
        return Run(row, int(self.numbers[row]), RunState(int(self.state[row])), str(self.molecules[row]),
                   {name: float(column.values[row]) for name, column in self.parameters.items()},
                   {name: float(column.values[row]) for name, column in self.diagnostics.items()})

    # Reading

    def _readable(self) -> np.ndarray:
        return self.done

    def _axis(self, path: str) -> np.ndarray:
        values = self._file.column(path, "<f8", None)
        if len(values) < 2 or not np.all(np.isfinite(values)) or np.any(values[1:] <= values[:-1]):
            raise self._file.fail(f"damaged: {path} does not increase")
        return values

    def _record_type(self) -> np.dtype[Any]:
        """That of /runs/record, whose diagnostics are whatever lies between the checksums and the reason."""
        dtype = self._file.object("/runs/record").dtype
        fields = dtype.fields or {}
        names = [name for name in fields if fields[name][0] == np.dtype("<f8")]
        expected = np.dtype({
            "names": [name for name, _ in HEAD] + names + ["reason"],
            "formats": [kind for _, kind in HEAD] + ["<f8"] * len(names) + ["S240"],
            "offsets": [0, 4, 8, 12, 16, 24] + [32 + 8 * i for i in range(len(names))] + [272],
            "itemsize": RECORD_BYTES[self.kind]})
        if len(names) > 30 or dtype != expected:
            raise self._file.fail("damaged: /runs/record is not what its format says")
        return expected

    def _read_records(self) -> np.ndarray:
        return self._file.column("/runs/record", self._record_type(), len(self))

    def _read_records_2(self) -> np.ndarray:
        """The same from stores of format 2, where records were spread over several datasets."""
        commit_type = np.dtype([("state", "<u4"), ("attempt", "<u4"), ("failure", "<u4"), ("reserved", "<u4"),
                                ("payload_checksum", "<u8"), ("record_checksum", "<u8")])
        commit = self._file.column("/commit", commit_type, len(self))
        found = self._file.object("/diagnostics").dtype
        names = list(found.names or ())
        diagnostics = self._file.column("/diagnostics", [(name, "<f8") for name in names], len(self))
        records = np.zeros(len(self), [*HEAD, *((name, "<f8") for name in names), ("reason", "S240")])
        for name in ("state", "attempt", "failure", "payload_checksum", "record_checksum"):
            records[name] = commit[name]
        for name in names:
            records[name] = diagnostics[name]
        records["begun"] = self._file.column("/begun", "<u4", len(self))
        records["reason"] = self._file.column("/failure_reason", "S240", len(self))
        return records

    def _damaged_records(self) -> np.ndarray:
        return np.array([self._is_damaged(row, record) for row, record in enumerate(self._records)], bool)

    def _is_damaged(self, row: int, record: np.void) -> bool:
        state, attempt, failure = (int(record[name]) for name in ("state", "attempt", "failure"))
        payload, own = int(record["payload_checksum"]), int(record["record_checksum"])
        if self.format_version == 2:
            if not any((state, attempt, failure, payload, own)):
                return False
            return own != hash_of(struct.pack("<IIIQQQ", state, attempt, failure, payload, row,
                                              self._description_checksum))
        clean = np.zeros(1, record.dtype)
        for name in record.dtype.names or ():
            clean[name] = record[name]
        if not clean.tobytes().strip(b"\0"):
            return False
        clean["record_checksum"] = 0
        return own != hash_of(clean.tobytes()[:512] + struct.pack("<QQ", row, self._description_checksum))

    def _diagnostic_names(self) -> list[str]:
        return [name for name in self._records.dtype.names or () if self._records.dtype[name] == np.dtype("<f8")]

    def _diagnostic(self, name: str) -> Column:
        values = self._records[name].copy()
        values[self.state != RunState.DONE] = np.nan
        return Column(name, DIAGNOSTIC_UNITS.get(name, "1"), name.replace("_", " "), "", values)

    def _distributions(self) -> Rows:
        file, shape = self._file, (len(self), len(self.kx), len(self.ky))
        if shape[1] * shape[2] > MOST_ROW_POINTS:
            raise file.fail(f"damaged: a distribution would have {shape[1]} x {shape[2]} points, expected at most "
                            f"{MOST_ROW_POINTS}")
        if 4 * shape[0] * shape[1] * shape[2] > MOST_PMD_BYTES:
            raise file.fail(f"damaged: its distributions would take more than {MOST_PMD_BYTES} bytes")
        if self.kind == "compact":
            dataset = file.dataset("/pmd", "u1", shape, row_chunks=True)
            mirrored = (file.column("/compact/mirrored", "u1", len(self)) if file.has("/compact/mirrored") else None)
            read = compact_reader(dataset, file.column("/compact/scale", "<f8", len(self)), mirrored)
        else:
            read = plain_reader(file.dataset("/pmd", "<f4", shape, row_chunks=self.kind != "live"))
        return Rows(shape, "<f4", "a.u.^-2", self._checked(read))

    def _array(self, name: str) -> Rows:
        dtype, unit = ARRAYS[name]
        shape = (len(self), len(self.kx), len(self.ky))
        dataset = self._file.dataset(f"/{name}", dtype, shape, row_chunks=self.kind != "live")
        return Rows(shape, dtype, unit, self._done(plain_reader(dataset)))

    def _done(self, read: RowReader) -> RowReader:
        def checked(row: int) -> np.ndarray:
            state = RunState(int(self.state[row]))
            if state != RunState.DONE:
                raise ValueError(f"{self.path}: the run in row {row} is {state.name.lower()}: it has no distribution; "
                                 "store.done has the rows of those that have one")
            return read(row)
        return checked

    def _checked(self, read: RowReader) -> RowReader:
        """With `verify`, each distribution is compared with its checksum."""
        plain = self._done(read)
        if not self._verify:
            return plain

        def checked(row: int) -> np.ndarray:
            pmd = plain(row)
            if self._payload_checksum(row, pmd) != int(self._records["payload_checksum"][row]):
                raise self._file.fail(f"damaged: the run in row {row} does not match its checksum")
            return pmd
        return checked

    def _payload_checksum(self, row: int, pmd: np.ndarray) -> int:
        run = self.run(row)
        unknown = [name for name, flags in self.unknown.items() if flags[row]]
        parameters = {name: 0.0 if name in unknown else value for name, value in run.parameters.items()}
        arrays = {name: rows[row] for name, rows in self.arrays.items()}
        return payload_checksum(run.molecule, parameters, dict(run.diagnostics), pmd, arrays, unknown,
                                bool(self.measured[row]))
