#!/usr/bin/env python3
"""jobs/train.slurm with the real trainer: test_train.py FOLDER-OF-PROGRAMS [unittest's arguments]."""

import os
import signal
import subprocess
import unittest

import cluster

SMALL = ["--oversubscribe", "--ntasks=1"]
EPOCHS = 300  # some ten seconds
RECIPE = ["--recipe", "quick", "--set", "image={width: 32, height: 16}", "--set", "network={blocks: 3, filters: 8}",
          "--set", "training.batch_size=5", "--set", f"training.epochs={EPOCHS}"]


class Train(cluster.SlurmTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = os.path.join(cls.folder, "learn.h5")
        subprocess.run([os.path.join(cls.programs, "make_learning_store"), cls.store, "40", "36"], check=True)
        # Dies before it has saved anything, again and again; the requeues take a while, so it is submitted first.
        dying = os.path.join(cls.folder, "bin")
        os.mkdir(dying)
        with open(os.path.join(dying, "pmd_train"), "w", opener=lambda *a: os.open(*a, mode=0o755)) as file:
            file.write("#!/bin/sh\nkill -9 $$\n")
        cls.dying = cls.submit("train.slurm", "dying", SMALL, cls.training("dying"), PMD_BIN=dying)

    @classmethod
    def training(cls, model):
        return ["--store", cls.store, *RECIPE, "--output", model]

    def content(self, model):
        content = {}
        for name in "best.safetensors", "last.safetensors", "predictions.csv":
            with open(os.path.join(self.path(model), name), "rb") as file:
                content[name] = file.read()
        return content

    def test_stopped_and_killed_and_the_same_model(self):
        subprocess.run([os.path.join(self.programs, "pmd_train"), "train", *self.training(self.path("whole")),
                        "--threads", "1"], check=True, stdout=subprocess.DEVNULL)
        job = self.submit("train.slurm", "model", SMALL, self.training("model"))
        thaw = self.freeze(job, "pmd_train", lambda: f"epoch   2/{EPOCHS}" in self.log("model.log"))
        self.cluster.run("scancel", "--batch", "--signal=USR1", job)
        self.wait_for_log("model.log", "warning from Slurm")
        thaw()
        self.wait_for_log("model.log", "stopped early, saved in model; requeued, restart 1")
        self.wait_for_log("model.log", "continued after")
        self.signal(list(self.processes_of(job, os.path.join(self.programs, "pmd_train"))), signal.SIGKILL)
        self.assert_ends(job, "model.log", "COMPLETED", restarts=2)
        self.assertIn("killed by signal 9; requeued, restart 2", self.log("model.log"))
        self.assertIn("complete: see model", self.log("model.log"))
        self.assertEqual(self.content("model"), self.content("whole"))

    def test_cancelled_is_cancelled(self):
        job = self.submit("train.slurm", "cancelled", SMALL, self.training("cancelled"))
        self.freeze(job, "pmd_train", lambda: f"epoch   1/{EPOCHS}" in self.log("cancelled.log"))
        self.cluster.run("scancel", job)
        self.wait_for_log("cancelled.log", "ended by Slurm")
        cluster.wait_for(lambda: self.cluster.show(job)["JobState"] == "CANCELLED", "the job's end")
        self.assertEqual(self.cluster.show(job)["Restarts"], "0")

    def test_dying_for_ever_is_not_requeued_for_ever(self):
        self.assert_ends(self.dying, "dying.log", "FAILED", restarts=3, code="1:0")
        self.assertIn("4 times in a row with nothing done", self.log("dying.log"))

    def test_gpu_with_a_build_without_cuda_is_said(self):
        program = os.path.join(self.programs, "pmd_train")
        if "libtorch_cuda" in subprocess.run(["ldd", program], capture_output=True, text=True).stdout:
            self.skipTest("this build has CUDA")
        job = self.submit("train.slurm", "gpu", SMALL, [*self.training("gpu"), "--set", "training.epochs=2"],
                          CUDA_VISIBLE_DEVICES="0")
        self.assert_ends(job, "gpu.log", "COMPLETED", restarts=0)
        self.assertIn("without CUDA", self.log("gpu.log"))

    def test_a_study_is_stopped_and_goes_on(self):
        study = ["learning-curve", *self.training("study"), "--samples", "10,20", "--seeds", "1"]
        job = self.submit("train.slurm", "study", SMALL, study)
        # In the second training, whose checkpoint has its own folder.
        checkpoint = self.path("study/n20-seed1/training.checkpoint")
        thaw = self.freeze(job, "pmd_train", lambda: os.path.exists(checkpoint))
        self.signal(list(self.processes_of(job, os.path.join(self.programs, "pmd_train"))), signal.SIGKILL)
        thaw()
        self.assert_ends(job, "study.log", "COMPLETED", restarts=1)
        for words in "killed by signal 9; requeued, restart 1", "(was done)", "continued after", "complete: see study":
            self.assertIn(words, self.log("study.log"))
        self.assertFalse(os.path.exists(self.path("study.stalled")))

    def test_nonsense_is_refused_at_once(self):
        cases = {
            "output": ([], ["--store", self.store, *RECIPE], "--output FOLDER is missing", 2),
            "store": ([], ["--store", "none.h5", *RECIPE, "--output", "x"], "none.h5", 1),
            "command": ([], ["evaluate", *self.training("x")], "'evaluate' is no command for a job", 2),
            "option": ([], [*self.training("x"), "--nonsense"], "nonsense", 2),
        }
        jobs = {name: self.submit("train.slurm", "wrong-" + name, [*SMALL, *options], arguments)
                for name, (options, arguments, *_) in cases.items()}
        for name, (*_, message, code) in cases.items():
            with self.subTest(name):
                cluster.wait_for(lambda: self.cluster.show(jobs[name])["JobState"] == "FAILED", "the job's failure")
                self.assertEqual(self.cluster.show(jobs[name])["ExitCode"], f"{code}:0")
                self.assertIn(message, self.log(f"wrong-{name}.log"))
        array = self.submit("train.slurm", "many", [*SMALL, "--array=1-2"], self.training("x"))
        cluster.wait_for(lambda: self.cluster.show(array + "_2")["JobState"] == "FAILED", "the job's failure")
        self.assertIn("the same model", self.log("many.log-2"))
        self.assertFalse(os.path.exists(self.path("x")))


if __name__ == "__main__":
    cluster.main("train")
