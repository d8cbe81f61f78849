"""jobs/quickstart on a few runs: elsewhere, stopped, killed, on a full disk, and a second time."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from installation import BUILD, ENVIRONMENT, SOURCE, run

COMMAND = SOURCE / "jobs" / "quickstart"


class Quickstart(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.output = pathlib.Path(folder.name) / "my output"
        self.environment = {**ENVIRONMENT, "PMD_BIN": str(BUILD / "bin")}

    def call(self, *arguments, status=0, output=None):
        return run(COMMAND, "--output", output or self.output, *arguments, status=status, env=self.environment)

    def start(self, runs):
        begun = subprocess.Popen([COMMAND, "--output", self.output, "--runs", str(runs)], env=self.environment,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        store = self.output / f"demo-{runs}.h5"
        until = time.monotonic() + 120
        while self.done(store) < 1:
            self.assertIsNone(begun.poll(), "it ended")
            self.assertLess(time.monotonic(), until, "it did nothing")
            time.sleep(0.2)
        return begun, store

    def done(self, store):
        said = run(BUILD / "bin/pmd_store", "info", store, status=None).stdout if store.exists() else ""
        counts = [line.split()[1] for line in said.splitlines() if line.startswith("runs ")]
        return int(counts[0]) if counts else 0

    def test_stopped_killed_and_a_second_time(self):
        begun, store = self.start(30)
        os.killpg(begun.pid, signal.SIGINT)
        out, err = begun.communicate(timeout=60)
        self.assertNotEqual(begun.returncode, 0)
        self.assertIn("the same command continues", err)
        first = self.done(store)
        self.assertLess(first, 30)

        begun, _ = self.start(30)
        os.kill(begun.pid, signal.SIGKILL)
        begun.communicate(timeout=60)

        said = self.call("--runs", "30").stdout
        self.assertEqual(self.done(store), 30)
        # The killed one's farm may have gone on to the end by itself.
        self.assertRegex(said, "computing 30 distributions: done|computing: all 30 distributions are there")
        for text in ("training a network: done", "with R = 3.3", "R = 3.", "Mean absolute error of R", "too few"):
            self.assertIn(text, said)
        for name in ("distributions-30.png", "images-30.png", "workers-30.png", "verified-30", "model-30/report.html", "compute.log", "answer/answers.html"):
            self.assertTrue((self.output / name).exists(), name)
        for card in ("demo-30.md", "model-30/card.md"):
            self.assertRegex((self.output / card).read_text(encoding="utf-8"), r"\A# ")
            self.assertIn(pathlib.Path(card).name, said)

        model = (self.output / "model-30/model.json").stat().st_mtime_ns
        began = time.monotonic()
        said = self.call("--runs", "30").stdout
        self.assertLess(time.monotonic() - began, 20)
        self.assertNotIn("done in", said)
        self.assertIn("all 30 distributions are there", said)
        self.assertIn("the network is there", said)
        self.assertEqual((self.output / "model-30/model.json").stat().st_mtime_ns, model)

    def test_two_at_a_time(self):
        begun, _ = self.start(30)
        self.environment["PMD_LOCK_WAIT"] = "0"
        self.assertIn("is at work in", self.call("--runs", "30", status=1).stderr)
        os.killpg(begun.pid, signal.SIGINT)
        begun.communicate(timeout=60)

    def test_a_disk_that_is_too_small(self):
        disk = tempfile.mkdtemp(prefix="pmd-disk-")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True).returncode:
            os.rmdir(disk)
            self.skipTest("file systems cannot be mounted here")
        self.addCleanup(lambda: (subprocess.run(["umount", "-l", disk], check=True), os.rmdir(disk)))
        err = self.call("--runs", "30", status=1, output=disk).stderr
        self.assertIn("error: ", err)
        self.assertIn("free", err)
        self.assertIn(f"{disk}/compute.log", err)

    def test_a_damaged_store(self):
        programs = self.output / "bin"
        programs.mkdir(parents=True)
        for name, script in (("pmd_train", "exit 1"), ("tdse_farm", "exit 1"), ("tdse_run", "exit 1"),
                             ("pmd_store", 'case $1 in info) echo "runs 30 of 30" ;; verify) echo why >&2; exit $CODE ;; esac')):
            (programs / name).write_text(f"#!/bin/sh\n{script}\n")
            (programs / name).chmod(0o755)
        (self.output / "demo-30.h5").touch()
        self.environment["PMD_BIN"] = str(programs)
        for code, said in ((3, "why\nerror: the store is damaged"), (1, "why\nerror: the store could not be verified (exit code 1)")):
            self.environment["CODE"] = str(code)
            self.assertIn(said, self.call("--runs", "30", status=code).stderr)
            self.assertFalse((self.output / "verified-30").exists())
        (programs / "tdse_farm").unlink()
        self.assertIn("bin has no program tdse_farm", self.call("--runs", "30", status=1).stderr)

    def test_nonsense(self):
        self.assertIn("expected a number", self.call("--runs", "many", status=2).stderr)
        self.assertIn("unknown option", self.call("--run", status=2).stderr)
        self.assertIn("cannot be made", self.call(status=1, output="/proc/here").stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
