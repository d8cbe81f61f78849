"""What the tests of tdse_farm as a program share: a preset and a data set that take a fraction of a second per run."""

import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "mpi"))
import farm  # noqa: E402

PRESET = """
name: tiny
grid: {spacing: 0.5, roll_off: 0.5, half_width_x: 48, half_width_y: 48}
time_step: 0.2
duration: 1
absorber: {radius: 38, beta: 1e-3, reference_step: 0.0184, interval: 3}
corrected_potential: true
momentum: {kx_max: 2, kx_spacing: 0.1, ky_max: 1, ky_spacing: 0.1}
"""
DATASET = """
name: few
seed: 3
runs: 5
R: [1, 4]
intensity_w_cm2: [1e14, 4e14]
"""


class FarmCliTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="pmd-farm-cli-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.preset, self.dataset = self.folder / "tiny.yaml", self.folder / "few.yaml"
        self.store = self.folder / "s.h5"
        self.preset.write_text(PRESET)
        self.dataset.write_text(DATASET)

    def arguments(self, *more, dataset=None, preset=None, store=None):
        return ["--dataset", dataset or self.dataset, "--preset", preset or self.preset, "--store", store or self.store, *more]

    def farm(self, *more, ranks=0, **places):
        return farm.run(ranks, *self.arguments(*more, **places))

    def refuse(self, *more, says, code=1, **places):
        """Expects one message with all of `says`, and that no store is made."""
        before = sorted(os.listdir(self.folder))
        result = self.farm(*more, **places)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertRegex(result.stderr, r"\Aerror: [^\n]+\n\Z")
        self.assertNotIn("HDF5-DIAG", result.stderr)
        for text in says:
            self.assertIn(text, result.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        return result
