"""What pmd_store draws: distributions, spectra, pulses, molecules."""

import os
import unittest

import h5py
import numpy

from stores import StoreTest, png_size


class Render(StoreTest):
    def test_sheet(self):
        png = self.folder / "sheet.png"
        result = self.expect(0, "render", self.store, "--output", png, "--sort", "R")
        self.assertEqual(result.stdout, f"{png}\n")
        self.assertGreater(png_size(png)[0], 1200)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["base.h5", "sheet.png"])

    def test_options(self):
        one, two = self.folder / "a_01.png", self.folder / "a_02.png"
        self.expect(0, "render", self.store, "-o", self.folder / "a.png", "--runs", "0,3,5-9", "--kind=both", "--1d",
                    "--per-sheet", "4", "--floor", "-7", "--columns", "6", says=[str(one), str(two)])
        self.assertGreater(png_size(one)[1], png_size(two)[1] - 1)
        self.expect(0, "render", self.store, "-o", self.folder / "b.png", "--random", "5", "--seed", "3")

    def test_same_request_same_picture(self):
        for name in ("a.png", "b.png"):
            self.expect(0, "render", self.store, "-o", self.folder / name, "--random", "4", "--kind", "image")
        self.assertEqual((self.folder / "a.png").read_bytes(), (self.folder / "b.png").read_bytes())

    def test_run_lists(self):
        for runs, reason in [("5-3", "runs backwards"), ("40", "0 to 39"), ("0-40", "no run 40"), ("x", "'x'"),
                             ("1,,2", "neither a run number"), ("38", "run 38 is pending"), ("", "empty")]:
            with self.subTest(runs):
                self.expect(2, "render", self.store, "-o", self.folder / "a.png", "--runs", runs, says=[reason])
        self.expect(2, "render", self.store, "-o", self.folder / "a.png", "--runs", "1", "--random", "2",
                    says=["not both"])
        self.assertFalse((self.folder / "a.png").exists())

    def test_values_of_options(self):
        for option, value, reason in [("--columns", "0", "1 to 16"), ("--columns", "x", "not an integer"),
                                      ("--per-sheet", "-2", "1 to 100"), ("--floor", "1", "out of range"),
                                      ("--floor", "nan", "--floor: nan is out of range"), ("--random", "0", "from 1"),
                                      ("--kind", "pdm", "did you mean 'pmd'?"), ("--sort", "r", "expected one of R")]:
            with self.subTest(option=option, value=value):
                self.expect(2, "render", self.store, "-o", self.folder / "a.png", option, value, says=[reason])

    def test_output(self):
        self.expect(2, "render", self.store, says=["--output"])
        self.expect(1, "render", self.store, "-o", self.folder / "no" / "a.png", says=["no such directory"])
        self.expect(1, "render", self.store, "-o", self.folder, says=["is a directory"])
        self.expect(1, "render", self.store, "-o", "/proc/a.png", says=["/proc/a.png: cannot be written"])

    def test_without_gnuplot(self):
        environment = dict(os.environ, PATH=str(self.folder))
        self.expect(1, "render", self.store, "-o", self.folder / "a.png", env=environment, says=["gnuplot-nox"])


class Compare(StoreTest):
    def test_picture(self):
        png, before = self.folder / "difference.png", self.store.read_bytes()
        self.expect(0, "compare", self.store, self.store, "--picture", png, says=["0 on average"])
        self.assertGreater(png_size(png)[1], 600)  # four runs
        self.expect(2, "compare", self.store, self.store, "--picture", self.store, says=["ends with .png"])
        self.assertEqual(self.store.read_bytes(), before)


class Spectrum(StoreTest):
    def test_list(self):
        result = self.expect(0, "spectrum", self.store, "--where", "R=2:4", says=["yield", "beyond"])
        with h5py.File(self.store) as file:
            done = file["runs/record"]["state"] == 1
            within = [run for run in numpy.flatnonzero(done) if 2 <= file["parameters/R"][run] <= 4]
        self.assertEqual([int(line.split()[0]) for line in result.stdout.splitlines()[1:]], within)

    def test_files(self):
        png, csv, h5 = (self.folder / f"spectra.{ending}" for ending in ("png", "csv", "h5"))
        self.expect(0, "spectrum", self.store, "--output", png, "--output", csv, "--output", h5, "--sort", "R",
                    "--energy-step", "0.05", says=["spectra of 36 runs", str(png), str(csv)])
        self.assertGreater(png_size(png)[0], 800)
        header, *rows = [line.split(",") for line in csv.read_text().splitlines()]
        R = [float(value) for value in next(row for row in rows if row[0] == "R")[2:]]
        self.assertEqual(R, sorted(R))
        self.assertEqual(len(R), 36)
        with h5py.File(h5) as file:
            energy = file["images/energy/energy"]
            self.assertEqual(energy.attrs["unit"].decode(), "hartree")
            self.assertAlmostEqual(energy[1] - energy[0], 0.05)
            sums = file["images/energy/pixels"][:, :, 0].sum(axis=1, dtype=float)
            yields = file["diagnostics/yield"][:]
            self.assertLess(abs(sums / yields - 1).max(), 1e-6)
            run = int(header[2].split()[1])
            densities = [float(row[2]) for row in rows if row[0] == "dP/dE"]
            at = list(file["run"]).index(run)
            numpy.testing.assert_allclose(densities, file["images/energy/pixels"][at, :, 0] / 0.05, rtol=1e-5)
        self.expect(0, "verify", h5, says=["36 runs checked, 0 damaged"])

    def test_compact(self):
        compact = self.folder / "compact.h5"
        self.expect(0, "export", self.store, compact, "--compact")
        self.expect(0, "spectrum", compact, "--runs", "0-3", says=["H2+"])

    def test_wrong(self):
        self.expect(2, "spectrum", self.store, "--output", "x.pdf", says=["ends with .png, .csv or .h5"])
        self.expect(2, "spectrum", self.store, "--where", "Rr=1:2", says=["did you mean 'R'"])
        self.expect(2, "spectrum", self.store, "--energy-step", "0.001", says=["a step from"])
        self.expect(2, "spectrum", self.store, "--energy-max", "50", says=["reach to"])


class Pulse(StoreTest):
    def setUp(self):
        super().setUp()
        self.dataset = self.folder / "pulses.yaml"
        self.dataset.write_text("""name: pulses
pulse: {cycles: 1, envelope: gaussian}
runs: [{R: 2, intensity_w_cm2: 1e14}, {molecule: HeH+, R: 1.4, intensity_w_cm2: 1e14, wavelength_nm: 1600}]
""")

    def test_numbers_and_picture(self):
        png = self.folder / "pulse.png"
        self.expect(0, "pulse", self.dataset, says=["gaussian", "551.6 a.u.", "come back"])
        self.expect(0, "pulse", self.dataset, "--run", "1", "--output", png,
                    says=["HeH+", "wavelength_nm: 1600", "1103.2 a.u.", str(png)])
        self.assertGreater(png_size(png)[1], 400)

    def test_what_is_wrong_is_said(self):
        self.expect(2, "pulse", self.dataset, "--run", "2", says=["runs 0 to 1"])
        self.dataset.write_text(self.dataset.read_text().replace("cycles: 1", "cycles: 0.1"))
        self.expect(2, "pulse", self.dataset, says=["pulse.cycles: 0.1"])


class Molecule(StoreTest):
    def test_named(self):
        self.expect(0, "molecule", "HeH+", "--R", "3", "--angle-deg", "40",
                    says=["softening 0.5, core 1 that decays with 1.063", "mirrored along ky      at α = -40°\n",
                          "mirrored along kx      at α = 140°, φ + π\n"])
        png = self.folder / "potentials.png"
        self.expect(0, "molecule", "H2+", "atom", "--output", png, says=["mirrored along ky      itself", str(png)])
        self.assertGreater(png_size(png)[0], 700)

    def test_file(self):
        file = self.folder / "mine.yaml"
        file.write_text("name: mine\nparameters: {d: {unit: a.u., meaning: distance, range: [1, 9]}}\n"
                        "centres: [{charge: 1, softening: 1}, {charge: 1, softening: 0.8, at: {x: d/2}}]\n")
        self.expect(0, "molecule", file, "--geometry", "d=4", says=["(2, 0) a.u."])
        self.expect(2, "molecule", file, says=["d: this key is required"])
        self.expect(2, "molecule", file, "--geometry", "d=10", says=["d: 10 is out of range"])
        file.write_text("name: mine\ncentres: [{charge: 1, softening: -1}]\n")
        self.expect(2, "molecule", file, says=["mine.yaml: centres[0].softening: -1 is out of range"])
        self.expect(2, "molecule", "bnt", says=["did you mean 'bent'?"])

    def test_store(self):
        self.expect(0, "molecule", self.store, "--run", "3", says=["H2+: two soft-core protons"])
        self.expect(2, "molecule", self.store, "--run", "40", says=["rows 0 to 39"])


if __name__ == "__main__":
    unittest.main()
