"""benchmarks/datasets/run as a user meets it: killed, stopped, continued, and what is there in the end."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import h5py

PROGRAM, BIN = map(pathlib.Path, sys.argv[1:3])
ENVIRONMENT = dict(os.environ, OMPI_MCA_rmaps_base_oversubscribe="1")


class DataSets(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.output = pathlib.Path(self.temporary.name, "data")

    def command(self, *arguments):
        return [sys.executable, PROGRAM, "--bin", BIN, "--preset", "quick", "--processes", "2", "--output", self.output,
                *map(str, arguments)]

    def run_it(self, code, *arguments):
        done = subprocess.run(self.command(*arguments), env=ENVIRONMENT, capture_output=True, text=True, timeout=200)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def begin(self, *arguments):
        """Until something is in the store's journal."""
        process = subprocess.Popen(self.command(*arguments), env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        end = time.monotonic() + 100
        while process.poll() is None and time.monotonic() < end:
            if (journal := self.output / "base.h5.log.jsonl").exists() and '"assign' in journal.read_text():
                break
            time.sleep(0.02)
        return process

    def test_interrupted_and_continued(self):
        sets = ("base", "general", "--runs", 3)
        killed = self.begin(*sets)
        killed.send_signal(signal.SIGKILL)
        self.assertEqual(killed.wait(), -signal.SIGKILL)
        text = self.run_it(0, *sets)
        self.assertIn("all sets:", text)
        table = (self.output / "results.md").read_text()
        self.assertIn(table, text)
        for name, representations in (("base", "paper,quadrant,share,share_root,share_root_plane,share_plane,dp_dkx_root,dp_dkx_log,"
                                               "share_root_network,share_root_network_plane"),
                                      ("general", "paper,share_root_plane")):
            self.assertIn(f"| `{name}` | 3 | 0 |", table)
            with h5py.File(self.output / f"{name}.h5") as store:
                self.assertEqual(list(store["runs/record"]["state"]), [1, 1, 1])
            with h5py.File(self.output / f"{name}-images.h5") as images:
                self.assertEqual(images.attrs["representations"].decode(), representations)
                self.assertEqual(len(images["run"]), 3)
            with h5py.File(self.output / f"{name}-compact.h5") as compact:
                self.assertEqual(compact.attrs["kind"].decode(), "compact")
                self.assertEqual(len(compact["run"]), 3)
        with h5py.File(self.output / "general.h5") as store:
            for name in ("R", "intensity_w_cm2", "cep", "angle"):
                self.assertEqual(len(set(store["parameters"][name])), 3)

        self.every_recipe_finds_its_images()

        times = {file: file.stat().st_mtime_ns for file in self.output.glob("*.h5")}
        self.run_it(0, *sets)
        self.assertEqual(times, {file: file.stat().st_mtime_ns for file in self.output.glob("*.h5")})

        # One run more: the store grows, what is made of it is made again.
        self.run_it(0, "base", "--runs", 4, "--compact")
        self.assertFalse((self.output / "base.h5").exists())
        with h5py.File(self.output / "base-images.h5") as images:
            self.assertEqual(len(images["run"]), 4)
        self.assertIn("| `base` | 4 | 0 |", self.run_it(0, "base", "--runs", 4))
        self.assertIn("was removed when it was complete", self.run_it(1, "base", "--runs", 5))
        self.assertGreater(json.loads((self.output / "progress.json").read_text())["base"]["processor_seconds"], 0.1)

    def every_recipe_finds_its_images(self):
        if not (BIN / "pmd_train").exists():
            return
        root = ["image.exponent=0.5"]
        plane = [*root, "image.view=plane", "image.ky=[-1.5, 1.5]", "image.height=60"]  # as configs/experiments has them
        for name, recipe, *settings in [("base", "best"), ("base", "best_1d"), ("base", "paper"), ("base", "paper_1d"), ("base", "classifier"),
                                        ("base", "measured"), ("base", "best", *root), ("base", "best", *plane), ("general", "general"),
                                        ("general", "paper"), ("general", "best", *plane)]:
            words = [word for setting in settings for word in ("--set", setting)]
            # Three runs are too few for most of them, which they find out later.
            done = subprocess.run([BIN / "pmd_train", "train", "--store", self.output / f"{name}-images.h5", "--recipe", recipe, *words, "--output",
                                   self.output / "model", "--overwrite"], capture_output=True, text=True, timeout=100)
            self.assertNotIn("has images of", done.stderr)
            self.assertIn("3 used", done.stdout, done.stderr)

    def test_averages_that_only_test(self):
        self.assertIn("needs 10 averages", self.run_it(0, "focal_tests", "--runs", 10))
        with h5py.File(self.output / "focal_tests.h5") as store:
            self.assertEqual(store.attrs["seed"], 77)
        with h5py.File(self.output / "focal_tests_computed.h5") as averages:
            self.assertEqual(len(averages["run"]), 1)
        self.assertFalse((self.output / "focal_made-images.h5").exists())  # needs focal

    def test_stopped(self):
        process = self.begin("base", "--runs", 40)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=100), 75)
        with h5py.File(self.output / "base.h5") as store:
            states = list(store["runs/record"]["state"])
        self.assertEqual(len(states), 40)
        self.assertLess(states.count(1), 40)

    def test_estimate(self):
        text = self.run_it(0, "--estimate", "large_r", "heh", "--runs", 2)
        self.assertIn("| `large_r` | 2 |", text)
        self.assertFalse(self.output.exists())

    def test_wrong(self):
        self.assertIn("there is no set 'bse'", self.run_it(2, "bse"))
        self.assertIn("positive", self.run_it(2, "--processes", 0))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
