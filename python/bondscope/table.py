"""What stores and images files have in common: a row for each run, columns of parameters and diagnostics."""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Mapping, Sequence, Union

import numpy as np

from bondscope.hdf5 import MOST_RUNS, CheckedFile

#: Units in which reports and recipes give parameters: name, value of one such unit, its name.
SHOWN = {
    "intensity_w_cm2": ("intensity", 1e14, "1e14 W/cm^2"),
    "angle": ("angle", math.pi / 180, "degrees"),
}
Condition = Union[float, str, tuple[float, float]]


@dataclass(frozen=True)
class Column:
    """One quantity of all runs."""
    name: str
    unit: str
    symbol: str
    meaning: str
    values: np.ndarray  #: [run]; NaN where it is not known

    @property
    def label(self) -> str:
        """For the axis of a plot, e.g. "R (a.u.)"."""
        return f"{self.symbol} ({self.unit})" if self.unit not in ("", "1") else self.symbol


class RunTable:
    """The runs of a file. Rows are counted from 0; `numbers` has each run's number in its whole data set."""

    def __init__(self, file: CheckedFile, numbers_path: str) -> None:
        self._file = file
        self.path: str = file.name
        self.dataset: str = file.text_attribute("dataset")
        self.preset: str = file.text_attribute("preset")
        self.seed: int = file.integer_attribute("seed")
        self.part: str = file.text_attribute("part", default="")
        self.numbers: np.ndarray = file.column(numbers_path, "<u8", None)
        if not 0 < len(self.numbers) <= MOST_RUNS or np.any(self.numbers[1:] <= self.numbers[:-1]):
            raise file.fail(f"damaged: {numbers_path} does not count 1 to {MOST_RUNS} runs")
        self.molecules: np.ndarray = file.texts("/parameters/molecule", len(self))
        self.unknown: dict[str, np.ndarray] = {
            name: file.column(f"/unknown/{name}", "u1", len(self)) != 0 for name in file.names_in("/unknown")}
        self.measured: np.ndarray = (file.column("/measured", "u1", len(self)) != 0 if file.has("/measured")
                                     else np.zeros(len(self), bool))
        self.parameters: Mapping[str, Column] = {
            name: self._parameter(name) for name in self._parameter_names(numbers_path)}
        self.diagnostics: Mapping[str, Column] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    def __enter__(self):  # type: ignore[no-untyped-def]
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the reading of what is read only when it is asked for."""
        self._file.file.close()

    def __getitem__(self, name: str) -> np.ndarray:
        """Values of a parameter or diagnostic for all runs, or the molecules."""
        return self.molecules if name == "molecule" else self.column(name).values

    def column(self, name: str) -> Column:
        """A parameter or diagnostic with its unit. Raises KeyError that lists those there are."""
        for columns in (self.parameters, self.diagnostics):
            if name in columns:
                return columns[name]
        known = ", ".join(["molecule", *self.parameters, *self.diagnostics])
        raise KeyError(f"{self.path}: no parameter or diagnostic '{name}'; there are {known}")

    def select(self, **conditions: Condition) -> np.ndarray:
        """Rows that meet all conditions, and are done: `R=(2, 3)` both ends included, `angle=0.0` to nine digits,
        `molecule="H2+"`. Values are those of the file, in its units."""
        rows = self._readable()
        for name, wanted in conditions.items():
            values = self[name][rows]
            if isinstance(wanted, str):
                fits = values == wanted
            elif isinstance(wanted, tuple):
                low, high = wanted
                fits = (values >= low) & (values <= high)
            else:
                fits = np.isclose(values, wanted, rtol=1e-9, atol=1e-12)
            rows = rows[fits]
        return rows

    def targets(self, names: Sequence[str]) -> np.ndarray:
        """[run, target] in the units of recipes: R, intensity in 1e14 W/cm^2, cep in radians, angle in degrees,
        declared parameters as they are."""
        titles = {title: (name, unit) for name, (title, unit, _) in SHOWN.items()}
        columns = []
        for target in names:
            name, unit = titles.get(target, (target, 1.0))
            if name not in self.parameters or (name in SHOWN and SHOWN[name][0] != target):
                known = ", ".join(SHOWN[name][0] if name in SHOWN else name for name in self.parameters)
                raise KeyError(f"{self.path}: no target '{target}'; there are {known}")
            columns.append(self.parameters[name].values * (1 / unit))
        return np.stack(columns, axis=1) if columns else np.empty((len(self), 0))

    def _readable(self) -> np.ndarray:
        return np.arange(len(self))

    def _parameter_names(self, numbers_path: str) -> list[str]:
        names = self._file.names_in("/parameters")
        common = ["R", "intensity_w_cm2", "cep", "angle"]
        others = {"molecule", numbers_path.rsplit("/", 1)[-1], *common}
        return common + sorted(set(names) - others)

    def _parameter(self, name: str) -> Column:
        path = f"/parameters/{name}"
        values = self._file.column(path, "<f8", len(self))
        if name in self.unknown:
            values[self.unknown[name]] = math.nan
        text = self._file.text_attribute
        return Column(name, text("unit", path, ""), text("symbol", path, name), text("meaning", path, ""), values)
