#!/usr/bin/env python3
"""tdse_fit as a user runs it: what was computed is found again, with and without noise, killed and continued; and what
it refuses. Arguments: the folder of the programs."""

import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import farm
import h5py
import numpy

BIN = pathlib.Path(sys.argv.pop(1))
R, INTENSITY = 2.3, 2e14
START = ["--value", "R=2.38", "--value", "intensity_w_cm2=2.08e14", "--preset", "quick"]


def run(*command, ranks=0):
    mpi = ["mpirun", "-q", "-n", str(ranks), "--oversubscribe", "--bind-to", "none"] if ranks else []
    return subprocess.run([*mpi, BIN / command[0], *map(str, command[1:])], env=farm.ENVIRONMENT, capture_output=True, text=True)


class Fit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name)
        cls.one = cls.path / "one.h5"
        made = run("tdse_run", "--preset", "quick", "--output", cls.one, "--R", R, "--intensity", INTENSITY)
        assert made.returncode == 0, made.stderr

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def fit(self, name, *more, ranks=3, code=0, source=None):
        output = self.path / name
        ended = run("tdse_fit", "--input", source or self.one, "--output", output, *START, *more, ranks=ranks)
        self.assertEqual(ended.returncode, code, ended.stderr + ended.stdout)
        return json.loads((output / "fit.json").read_text()) if code == 0 else ended.stderr

    def test_found_again_and_continued(self):
        found = self.fit("a")
        self.assertAlmostEqual(found["values"][0], R, delta=1e-4)
        self.assertAlmostEqual(found["values"][1] / INTENSITY, 1, delta=1e-4)
        self.assertEqual(found["runs"]["computed_now"], found["runs"]["in_store"])
        self.assertTrue((self.path / "a/fit.png").stat().st_size > 10000)

        # Killed on the way: the same values, and only what was missing is computed.
        output = self.path / "b"
        process = subprocess.Popen(["mpirun", "-q", "-n", "3", "--oversubscribe", "--bind-to", "none", BIN / "tdse_fit", "--input",
                                    self.one, "--output", output, *START], env=farm.ENVIRONMENT, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        for line in process.stdout:
            if line.startswith("step 1"):
                break
        time.sleep(0.3)
        farm.send_kill(process)
        process.wait()
        process.stdout.close()
        continued = self.fit("b", ranks=0)
        self.assertEqual(continued["values"], found["values"])
        self.assertEqual(continued["covariance"], found["covariance"])
        self.assertLess(continued["runs"]["computed_now"], continued["runs"]["in_store"])

        # Another start agrees with the first fit's result.
        again = self.fit("a", "--start", self.path / "a/fit.json")
        self.assertEqual(again["runs"]["computed_now"], 0)
        self.assertGreater(again["agreement_with_start"]["p_value"], 0.99)

    def test_counts(self):
        counted = self.path / "counted.h5"
        made = run("pmd_store", "degrade", self.one, counted, "--electrons", "20000", "--seed", "3")
        self.assertEqual(made.returncode, 0, made.stderr)
        found = self.fit("c", "--fit", "R", "--value", f"intensity_w_cm2={INTENSITY}", source=counted)  # the store says how many
        self.assertGreater(found["electrons"], 15000)
        self.assertAlmostEqual(found["values"][0], R, delta=5 * found["standard_errors"][0])
        self.assertLess(found["standard_errors"][0], 0.01)
        self.assertTrue(1e-4 < found["goodness"]["p_value"] < 1 - 1e-4, found["goodness"])

    def test_counted_and_blurred(self):
        blurred = self.path / "blurred.h5"
        made = run("pmd_store", "degrade", self.one, blurred, "--electrons", "20000", "--resolution", "0.05")
        self.assertEqual(made.returncode, 0, made.stderr)
        refused = run("tdse_fit", "--input", blurred, "--fit", "R", "--output", self.path / "blurred", ranks=2)
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("resolution_au", refused.stderr)
        self.assertIn("--electrons 2e+04", refused.stderr)

    def test_a_list_of_electrons(self):
        """What an experiment has: positions one by one, imported, of a molecule and a pulse that are known."""
        with h5py.File(self.one) as store:
            pmd, kx, ky = store["pmd"][0].astype(float), store["kx"][:], store["ky"][:]
        random = numpy.random.default_rng(7)
        chosen = random.choice(pmd.size, size=20000, p=pmd.ravel() / pmd.sum())
        # Within the cell of each sample.
        x = kx[chosen // ky.size] + (random.random(chosen.size) - 0.5) * (kx[1] - kx[0])
        y = ky[chosen % ky.size] + (random.random(chosen.size) - 0.5) * (ky[1] - ky[0])
        numpy.savetxt(self.path / "electrons.txt", numpy.column_stack([x, y]))
        measured = self.path / "measured.h5"
        made = run("pmd_store", "import", measured, self.path / "electrons.txt", "--kind", "events", "--columns", "1,2", "--axis-deg", "0",
                   "--centre", "0,0", "--preset", "quick", "--molecule", "H2+", "--no-pictures")
        self.assertEqual(made.returncode, 0, made.stderr)
        known = ["--fit", "R", "--value", f"intensity_w_cm2={INTENSITY}", "--value", "cep=0", "--value", "angle=0"]
        self.assertIn("the pulse is not known", self.fit("e", *known, ranks=0, code=2, source=measured))
        found = self.fit("e", *known, "--set", "dataset.pulse.wavelength_nm=800", "--set", "dataset.pulse.cycles=2", source=measured)
        self.assertGreater(found["electrons"], 15000)
        self.assertAlmostEqual(found["values"][0], R, delta=5 * found["standard_errors"][0])
        self.assertTrue(1e-4 < found["goodness"]["p_value"] < 1 - 1e-4, found["goodness"])

    def test_focal_average(self):
        data_set, runs, average = (self.path / name for name in ("focal.yaml", "focal_runs.h5", "focal.h5"))
        data_set.write_text(f"name: f\npulse: {{wavelength_nm: 800, cycles: 2}}\nfocal: {{points: [{{R: {R}, intensity_w_cm2: {INTENSITY}}}], "
                            "intensities: 5}\n")
        for command in (["tdse_farm", "--dataset", data_set, "--preset", "quick", "--store", runs],
                        ["pmd_store", "average", runs, average]):
            made = run(*command)
            self.assertEqual(made.returncode, 0, made.stderr)
        known = ["--fit", "R", "--value", f"intensity_w_cm2={INTENSITY}"]
        self.assertIn("is an average over the focal volume", self.fit("f", *known, ranks=0, code=2, source=average))
        found = self.fit("f", *known, "--focal", "5", source=average)
        self.assertAlmostEqual(found["values"][0], R, delta=1e-4)
        self.assertEqual(found["focal"]["intensities"], 5)
        self.assertEqual(found["runs"]["in_store"] % 5, 0)

    def test_refused(self):
        for more, word in ((["--fit", "R,cep"], "cep is fitted and has no start value"),
                           (["--fit", "Q"], "--fit Q"),
                           (["--value", "Q=1"], "--value Q"),
                           (["--bounds", "R=3:2"], "--bounds R=3:2"),
                           (["--derivative-step", "cep=0.1"], "not fitted"),
                           (["--run", "7"], "--run 7"),
                           (["--start", self.path / "none.json"], "none.json")):
            with self.subTest(more):
                self.assertIn(word, self.fit("d", *more, ranks=0, code=1 if more[0] == "--start" else 2))
        outside = self.fit("d", "--bounds", "R=1:2", ranks=0, code=1)
        self.assertIn("R: the start 2.38 is not inside the bounds", outside)


if __name__ == "__main__":
    unittest.main()
