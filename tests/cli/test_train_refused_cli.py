"""What pmd_train says before and when a training cannot be: command lines, recipes, stores, places."""
import os
import shutil
import unittest

import h5py

from trainer import QUICK, SMALL, TrainerTest, read, run, write


class Refused(TrainerTest):
    def test_help_teaches(self):
        for arguments, words in [(["--help"], ["train", "evaluate", "Exit codes"]),
                                 (["train", "--help"], ["--store", "--recipe", "--set", "--time-limit", "same command", "Examples"]),
                                 (["evaluate", "--help"], ["--model", "--force", "held-out"])]:
            result = run(*arguments)
            self.assertEqual(result.returncode, 0)
            for word in words:
                self.assertIn(word, result.stdout)

    def test_wrong_command_lines(self):
        for arguments, word in [([], "which command"), (["trian"], "did you mean 'train'"),
                                (["train"], "--store"), (["train", "--store", "x"], "--output"),
                                (["train", "--store", "x", "--output", "y"], "--recipe"),
                                (["train", "--sore", "x"], "--sore"), (["evaluate", "--store", "x"], "--model"),
                                (["evaluate", "--model", "m", "--store", "x", "--weights", "first"], "expected one of best, last"),
                                (["evaluate", "--model", "m", "--store", "x", "--threads", "0"], "--threads"),
                                (["train", "--store", "x", "--recipe", "quick", "--output", "y", "--device", "tpu"], "tpu"),
                                (["train", "--store", "x", "--recipe", "quick", "--output", "y", "--time-limit", "1h"],
                                 "2-04:00:00"),
                                (["train", "--store", "x", "--recipe", "quick", "--output", "y", "--checkpoint-interval",
                                  "-1"], "--checkpoint-interval")]:
            self.refused(run(*arguments), word, code=2)

    def train_refused(self, *words, store=None, options=(), code=1):
        self.refused(run("train", "--store", store or self.store, "--output", self.path("m"), *QUICK,
                         *options), *words, code=code)
        self.assertFalse(os.path.exists(self.path("m")))

    def test_recipes_that_cannot_be(self):
        self.refused(run("train", "--store", self.store, "--recipe", "qick", "--output", self.path("m")), "quick", "paper")
        self.train_refused("training.epoch", "did you mean 'epochs'", options=["--set", "training.epoch=5"])
        self.train_refused("training.learning_rate", "-1", options=["--set", "training.learning_rate=-1"])
        self.train_refused("batch_size", options=["--set", "training.batch_size=two"])
        self.train_refused("targets", "R, intensity", options=["--set", "targets=[energy]"])
        self.train_refused("--seed: -3", options=["--seed", "-3"], code=2)
        self.train_refused("KEY=VALUE", "nonsense", options=["--set", "nonsense"], code=2)

    def test_stores_that_cannot_be(self):
        self.train_refused("nowhere.h5", store="nowhere.h5")
        self.refused(run("train", "--store", "nowhere.h5", "--output", self.path("a/b/m"), *QUICK),
                     "nowhere.h5")
        self.assertFalse(os.path.exists(self.path("a")))
        kept = self.path("kept")
        os.mkdir(kept)
        self.refused(run("train", "--store", "nowhere.h5", "--output", kept, *QUICK), "nowhere.h5")
        self.assertTrue(os.path.isdir(kept))
        write(self.path("text.h5"), "not HDF5")
        self.train_refused("text.h5", store=self.path("text.h5"))
        write(self.path("cut.h5"), read(self.store, mode="rb")[:20000], "wb")
        self.train_refused("cut.h5", store=self.path("cut.h5"))
        self.train_refused("no run is done", "5 pending", store=self.make_store("empty.h5", 5, 0))
        self.train_refused("too few", store=self.make_store("few.h5", 3, 3))
        self.train_refused("do not fill one batch", store=self.make_store("small.h5", 6, 6),
                           options=["--set", "split.train_fraction=0.6"])

    def test_a_damaged_run_is_named(self):
        damaged = self.path("damaged.h5")
        shutil.copy(self.store, damaged)
        with h5py.File(damaged, "r+") as file:
            file["pmd"][7, 20, 20] *= 2
        self.train_refused("run 7", "damaged", store=damaged)

    def test_a_diverging_training_says_what_to_try(self):
        arguments = ["train", "--store", self.store, "--output", self.path("m"), "--recipe", "paper", *SMALL, "--set",
                     "training.epochs=3", "--set", "training.learning_rate=10"]
        self.refused(run(*arguments), "not finite", "--set training.learning_rate=1", "pmd_store verify " + self.store)
        self.assertFalse(os.path.exists(self.path("m/model.json")))

    def test_an_output_that_cannot_be_written(self):
        self.refused(run("train", "--store", self.store, "--output", "/proc/m", *QUICK), "/proc/m")


if __name__ == "__main__":
    unittest.main(verbosity=2)
