#!/usr/bin/env python3
"""benchmarks/trainings.py: what is there is not done again, and what was made of other data or settings is no substitute."""
import os
import pathlib
import sys
import tempfile
import unittest

PROGRAM = """#!/bin/sh
if [ "$1" = --version ]; then cat "$(dirname "$0")/version"; exit; fi
for word; do folder=$word; done
mkdir -p "$folder" && echo "$@" >"$folder/metrics.json" && echo >>"$(dirname "$0")/calls"
"""
FOLDER = tempfile.TemporaryDirectory()
BIN = pathlib.Path(FOLDER.name)
os.environ["PMD_BIN"] = FOLDER.name
sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks"))
from trainings import Trainings  # noqa: E402


class Made(unittest.TestCase):
    def setUp(self):
        (BIN / "pmd_train").write_text(PROGRAM)
        (BIN / "pmd_train").chmod(0o755)
        (BIN / "version").write_text("1")
        (BIN / "calls").write_text("")
        self.data, self.recipe = BIN / "data.h5", BIN / "own.yaml"
        self.data.write_text("runs")
        self.recipe.write_text("seed: 1")

    def make(self, seed=1):
        return Trainings(BIN / "out").made("name", "train", "--store", self.data, "--recipe", self.recipe, "--set", f"seed={seed}")

    def calls(self):
        return len((BIN / "calls").read_text())

    def test_again_only_if_something_is_different(self):
        first = self.make()
        self.assertTrue(first.name.startswith("name-"))
        self.assertEqual((self.make(), self.calls()), (first, 1))
        folders = {first, self.make(seed=2)}
        self.data.write_text("others")
        folders.add(self.make())
        self.recipe.write_text("seed: 2")
        folders.add(self.make())
        (BIN / "version").write_text("2")
        folders.add(self.make())
        self.assertEqual((len(folders), self.calls()), (5, 5))


if __name__ == "__main__":
    unittest.main()
