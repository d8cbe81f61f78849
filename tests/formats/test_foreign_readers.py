#!/usr/bin/env python3
"""Stores and images files as others read them: with h5py, xarray, h5dump, and checksums recomputed in Python.

  test_foreign_readers.py PMD_STORE MAKE_SYNTHETIC_STORE"""
import os
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy
import xarray

PMD_STORE, MAKE_STORE = sys.argv[1:3]
VERIFY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/verify_file.py")


def call(*arguments, code=0):
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, timeout=120)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def flip(name, byte):
    with open(name, "r+b") as file:
        file.seek(byte)
        value = file.read(1)[0]
        file.seek(byte)
        file.write(bytes([value ^ 4]))


class ForeignReaders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = temporary.name
        cls.live, cls.sealed, cls.compact, cls.images = (
            cls.path(name) for name in ("live.h5", "sealed.h5", "compact.h5", "images.h5"))
        call(MAKE_STORE, cls.live, 12, 8, "failed=1", "begun=1")
        call(PMD_STORE, "export", cls.live, cls.sealed, "--all")
        call(PMD_STORE, "export", cls.live, cls.compact, "--compact")
        call(PMD_STORE, "images", cls.live, cls.images, "--width", 32, "--height", 16)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    def axes_of(self, dataset):
        """Names of the dimension scales along each dimension."""
        return [[scale.name for scale in dimension.values()] for dimension in dataset.dims]

    def test_h5py_shows_axes_units_and_values(self):
        for name in (self.live, self.sealed):
            with self.subTest(name), h5py.File(name, "r") as file:
                self.assertEqual(self.axes_of(file["pmd"]), [["/run"], ["/kx"], ["/ky"]])
                self.assertEqual(file["kx"].attrs["unit"], b"a.u.")
                self.assertEqual(file["pmd"].attrs["unit"], b"a.u.^-2")
                self.assertEqual(file["run"][:].tolist(), list(range(12)))
                for column in file["parameters"].values():
                    self.assertEqual(self.axes_of(column), [["/run"]])
                    self.assertTrue(column.attrs["meaning"])
                self.assertEqual(file["parameters/R"].attrs["symbol"], b"R")
                self.assertEqual(file["runs/record"]["state"].tolist(), [1] * 8 + [2] + [0] * 3)
                self.assertAlmostEqual(float(file["pmd"][3].max() / file["runs/record"]["pmd_max"][3]), 1, 6)
                self.assertIn(b"preset", file["provenance/configuration"][()])
        with h5py.File(self.live, "r") as live, h5py.File(self.sealed, "r") as sealed:
            self.assertTrue(numpy.array_equal(live["pmd"][:8], sealed["pmd"][:8]))
            self.assertEqual(sealed.attrs["kind"], b"sealed")
        with h5py.File(self.compact, "r") as file:
            self.assertEqual(self.axes_of(file["pmd"]), [["/run"], ["/kx"], ["/ky"]])
            self.assertEqual(file["pmd"].dtype, numpy.uint8)
        with h5py.File(self.images, "r") as file:
            for image in file["images"].values():
                self.assertEqual(image["pixels"].shape, (8, 32, 16))
                self.assertEqual(self.axes_of(image["pixels"])[0], ["/run"])
                self.assertEqual(image.attrs["width"], 32)
            self.assertEqual(self.axes_of(file["distribution_1d"]), [["/run"], ["/kx"]])

    def test_xarray_selects_by_momentum(self):
        for name in (self.live, self.sealed):
            with self.subTest(name), xarray.open_dataset(name, engine="h5netcdf") as data:
                self.assertEqual(data["pmd"].dims, ("run", "kx", "ky"))
                self.assertEqual(data["kx"].attrs["unit"], "a.u.")
                one = data["pmd"].sel(run=3).sel(kx=0.5, ky=0, method="nearest")
                with h5py.File(name, "r") as file:
                    kx, ky = (int(numpy.argmin(abs(file[axis][:] - at))) for axis, at in (("kx", 0.5), ("ky", 0)))
                    self.assertEqual(float(one), float(file["pmd"][3, kx, ky]))
            with xarray.open_dataset(name, engine="h5netcdf", group="parameters") as parameters:
                self.assertEqual(parameters["R"].dims, ("run",))
                self.assertEqual(parameters["R"].size, 12)
        with xarray.open_dataset(self.images, engine="h5netcdf") as data:
            self.assertEqual(data["distribution_1d"].dims, ("run", "kx"))
        with xarray.open_dataset(self.images, engine="h5netcdf", group="images/image") as data:
            self.assertEqual(data["pixels"].dims, ("run", "share_kx", "share_ky"))
            self.assertEqual(data["extent"].dims, ("run", "edge"))
            self.assertEqual(data["edge"].values.tolist(), [b"kx_min", b"kx_max", b"ky_min", b"ky_max"])

    def test_h5dump_shows_names_and_units(self):
        for name, axis in ((self.live, "/kx"), (self.sealed, "/ky"), (self.images, "/kx")):
            header = call("h5dump", "-H", name)
            for word in ('DATASET "kx"', 'DATASET "run"', 'ATTRIBUTE "unit"', 'ATTRIBUTE "DIMENSION_LIST"',
                         'ATTRIBUTE "format_version"', 'GROUP "parameters"', 'GROUP "provenance"'):
                self.assertTrue(word in header, f"{name}: {word}")
            self.assertIn('"a.u."', call("h5dump", "-a", axis + "/unit", name))
            self.assertIn("DIMENSION_SCALE", call("h5dump", "-a", axis + "/CLASS", name).upper())

    def test_checksums_are_what_the_documentation_says(self):
        self.assertIn("8 of 12 runs done and intact", call("/usr/bin/python3", VERIFY, self.live))
        self.assertIn("8 of 12 runs done and intact", call("/usr/bin/python3", VERIFY, self.sealed))
        self.assertIn("8 of 8 runs done and intact", call("/usr/bin/python3", VERIFY, self.compact))
        self.assertIn("8 images intact", call("/usr/bin/python3", VERIFY, self.images))
        for name in (self.live, self.sealed, self.compact, self.images):
            size = os.path.getsize(name)
            for byte in (30, 3000, 5000, size // 2, size - 100):
                flip(name, byte)
                call("/usr/bin/python3", VERIFY, name, code=1)
                flip(name, byte)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
