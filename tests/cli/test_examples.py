#!/usr/bin/env python3
"""The programs and scripts of examples/, run as their README says; what they print is compared with what it shows."""
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
BIN = os.environ["PMD_BIN"]
NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"


def shown(heading):
    """What examples/README.md shows below a heading, line by line."""
    with open(f"{ROOT}/examples/README.md", encoding="utf-8") as file:
        section = file.read().split(f"## ({heading})", 1)[1].split("\n## ", 1)[0]
    return re.search(r"```text\n(.*?)```", section, re.DOTALL).group(1).splitlines()


def run(*command):
    environment = dict(os.environ, PYTHONPATH=f"{ROOT}/python", OMP_NUM_THREADS="2")
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keep = tempfile.TemporaryDirectory()
        cls.folder = cls.keep.name
        cls.printed = run(f"{ROOT}/examples/own_ranges", cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.keep.cleanup()

    def expect_as_shown(self, printed, lines):
        """The same words, and numbers equal to a hundredth."""
        self.assertEqual(len(printed), len(lines))
        for line, wanted in zip(printed, lines):
            self.assertEqual(re.sub(NUMBER, "#", line).split(), re.sub(NUMBER, "#", wanted).split())
            for number, expected in zip(re.findall(NUMBER, line), re.findall(NUMBER, wanted)):
                self.assertAlmostEqual(float(number), float(expected), delta=0.01 * abs(float(expected)))

    def test_one_distribution(self):
        self.expect_as_shown(run(f"{BIN}/one_distribution").splitlines(), shown("a"))

    def test_scan(self):
        command = ["mpirun", "-q", "-n", "3", "--oversubscribe", "--bind-to", "none", f"{BIN}/scan_over_R",
                   f"{self.folder}/scan.h5"]
        self.expect_as_shown(run(*command).splitlines(), shown("b"))
        self.expect_as_shown(run(*command).splitlines(), shown("b"))  # from the store

    def test_own_ranges(self):
        lines = self.printed.splitlines()
        for line in ("runs:        6", "checked        6 of 6 runs", "result         0 errors, 0 warnings"):
            self.assertIn(line, lines)
            self.assertIn(line, shown("c"))
        for name in ("tilted.png", "tilted-images.h5"):
            self.assertGreater(os.path.getsize(f"{self.folder}/{name}"), 10000)

    @unittest.skipUnless(importlib.util.find_spec("matplotlib"), "python3-matplotlib is not installed")
    def test_read_and_plot(self):
        picture = f"{self.folder}/plot.png"
        printed = run(sys.executable, f"{ROOT}/examples/read_and_plot.py", f"{self.folder}/tilted.h5", picture)
        self.assertRegex(printed, r"^6 distributions of tilted, R \(a\.u\.\) from 2\.\d\d to 2\.\d\d\n")
        self.assertGreater(os.path.getsize(picture), 10000)

    def test_readme_in_python(self):
        with open(f"{ROOT}/README.md", encoding="utf-8") as file:
            program = re.search(r"```python\n(.*?)```", file.read(), re.DOTALL).group(1)
        program = program.replace("output/quickstart/demo-240.h5", f"{self.folder}/tilted.h5")
        self.assertRegex(run(sys.executable, "-c", program), r"^\[2\.\d+")

    def test_train_own_network(self):
        try:
            import torch  # noqa: F401, PLC0415
        except ModuleNotFoundError:
            self.skipTest("no PyTorch for this Python (Debian: python3-torch)")
        run(f"{BIN}/make_synthetic_store", f"{self.folder}/invented.h5", "32", "32")
        run(f"{BIN}/pmd_store", "images", f"{self.folder}/invented.h5", f"{self.folder}/images.h5")
        printed = run(sys.executable, f"{ROOT}/examples/train_own_network.py", f"{self.folder}/images.h5", "1")
        self.assertRegex(printed, r"mean absolute error of R: [\d.]+ a\.u\. on \d held-out runs")


if __name__ == "__main__":
    unittest.main()
