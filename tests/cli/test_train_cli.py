#!/usr/bin/env python3
"""pmd_train as a user runs it: test_train_cli.py PMD_TRAIN MAKE_LEARNING_STORE."""
import csv
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import h5py

PMD_TRAIN, MAKE_STORE = sys.argv[1:3]
TINY = ["--set", "image={width: 32, height: 16}", "--set", "network={blocks: 3, filters: 8}",
        "--set", "training.batch_size=5", "--set", "training.epochs=3"]


def run(*arguments, environment=None):
    return subprocess.run([PMD_TRAIN, *map(str, arguments)], capture_output=True, text=True, timeout=300,
                          env={**os.environ, **(environment or {})})


class PmdTrain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp()
        cls.store = cls.make_store("store.h5", 40, 36)
        cls.model = os.path.join(cls.shared, "model")
        cls.trained = run("train", "--store", cls.store, "--recipe", "quick", "--output", cls.model, *TINY)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    @classmethod
    def make_store(cls, name, *arguments):
        file = os.path.join(cls.shared, name)
        subprocess.run([MAKE_STORE, file, *map(str, arguments)], check=True)
        return file

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def refused(self, result, *words, code=1):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertTrue(result.stderr.startswith("error: "), result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def train_refused(self, *words, store=None, options=(), code=1):
        self.refused(run("train", "--store", store or self.store, "--recipe", "quick", "--output", self.path("m"), *TINY,
                         *options), *words, code=code)
        self.assertFalse(os.path.exists(self.path("m")))

    def copy_of_model(self):
        copy = self.path("copy")
        shutil.copytree(self.model, copy)
        return copy

    # What a training leaves behind

    def test_training_reports_and_keeps_everything(self):
        self.assertEqual(self.trained.returncode, 0, self.trained.stderr)
        out = self.trained.stdout
        for word in ["4 pending", "36 used", "27 to train", "9 to test", "epoch 3/3", "left", "the last epoch counts",
                     "test MAE", "MAE of the mean", "95 %", "learning_rate: 0.002", "n train 27"]:
            self.assertIn(word, out)
        for file in ["model.json", "best.safetensors", "last.safetensors", "card.md", "recipe.yaml", "learning_curve.csv",
                     "learning_curve.png", "metrics.json", "predictions.csv", "scatter.png"]:
            self.assertGreater(os.path.getsize(os.path.join(self.model, file)), 0, file)
        for picture in ["learning_curve.png", "scatter.png"]:
            with open(os.path.join(self.model, picture), "rb") as file:
                self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
        self.assertFalse([name for name in os.listdir(self.model) if ".partial" in name])

    def test_the_description_comes_last(self):
        written = {name: os.stat(os.path.join(self.model, name)).st_mtime_ns for name in os.listdir(self.model)}
        # Equal within a clock tick of the file system; gnuplot alone takes longer than that.
        self.assertEqual(max(written.values()), written["model.json"])

    def test_metrics_are_those_of_the_predictions(self):
        with open(os.path.join(self.model, "metrics.json")) as file:
            metrics = json.load(file)
        with open(os.path.join(self.model, "predictions.csv")) as file:
            rows = list(csv.DictReader(file))
        with open(os.path.join(self.model, "model.json")) as file:
            description = json.load(file)
        self.assertEqual(len(rows), 9)
        self.assertEqual(metrics["n_test"], 9)
        self.assertEqual(metrics["n_train"], 27)
        errors = [abs(float(row["predicted_R"]) - float(row["true_R"])) for row in rows]
        score = metrics["targets"]["R"]
        self.assertAlmostEqual(score["mae"], sum(errors) / 9, places=12)
        self.assertLess(score["mae_95"][0], score["mae"])
        self.assertLess(score["mae"], score["mae_95"][1])
        mean = sum(run[1] for run in description["train_runs"]) / 27
        expected = sum(abs(mean - float(row["true_R"])) for row in rows) / 9
        self.assertAlmostEqual(score["mae_of_training_mean"], expected, places=12)
        tested = {float(row["R"]) for row in rows}
        self.assertFalse(tested & {run[1] for run in description["train_runs"]})

    def test_learning_curve_has_a_line_per_epoch(self):
        with open(os.path.join(self.model, "learning_curve.csv")) as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["epoch"] for row in rows], ["1", "2", "3"])
        self.assertEqual(rows[0]["validation_loss"], "")

    def test_evaluate_repeats_the_test_exactly(self):
        result = run("evaluate", "--model", self.model, "--store", self.store, "--output", self.path("e"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("held-out runs only: 27 of", result.stdout)
        for name in ["metrics.json", "predictions.csv"]:
            with open(os.path.join(self.model, name)) as a, open(self.path("e/" + name)) as b:
                self.assertEqual(a.read(), b.read())
        self.assertTrue(os.path.exists(self.path("e/scatter.png")))

    def test_evaluate_on_another_store_uses_all_of_it(self):
        result = run("evaluate", "--model", self.model, "--store", self.make_store("other.h5", 12, 12, 7))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("n test 12", result.stdout)
        self.assertNotIn("held-out", result.stdout)

    def test_the_same_seed_gives_the_same_numbers(self):
        numbers = []
        for name, seed in [("a", 5), ("b", 5), ("c", 6)]:
            result = run("train", "--store", self.store, "--recipe", "quick", "--output", self.path(name), "--seed", seed, *TINY)
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(self.path(name + "/metrics.json")) as file:
                numbers.append(json.load(file)["targets"])
        self.assertEqual(numbers[0], numbers[1])
        self.assertNotEqual(numbers[0], numbers[2])

    def test_a_recipe_from_a_model_folder_trains_the_same(self):
        result = run("train", "--store", self.store, "--recipe", os.path.join(self.model, "recipe.yaml"), "--output",
                     self.path("m"))
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(self.path("m/predictions.csv")) as a, open(os.path.join(self.model, "predictions.csv")) as b:
            self.assertEqual(a.read(), b.read())

    # Interruptions

    def command(self, name, *options):
        """A training of three epochs in a folder of its own."""
        return [PMD_TRAIN, "train", "--store", self.store, "--recipe", "quick", "--output", self.path(name), *TINY,
                "--set", "split.validation_fraction=0.2", *map(str, options)]

    def train(self, name, *options):
        return run(*self.command(name, *options)[1:])

    def assert_same_model(self, a, b):
        """Everything is the same but for times and the folder's name."""
        self.assertEqual(sorted(os.listdir(a)), sorted(os.listdir(b)))
        for name in ["best.safetensors", "last.safetensors", "recipe.yaml", "predictions.csv"]:
            with open(os.path.join(a, name), "rb") as one, open(os.path.join(b, name), "rb") as other:
                self.assertEqual(one.read(), other.read(), name)
        for name, own in [("metrics.json", ["model"]), ("model.json", ["created", "training_seconds", "files", "checksum"])]:
            with open(os.path.join(a, name)) as one, open(os.path.join(b, name)) as other:
                own = dict.fromkeys(own, "")
                self.assertEqual({**json.load(one), **own}, {**json.load(other), **own}, name)
        curves = []
        for folder in [a, b]:
            with open(os.path.join(folder, "learning_curve.csv")) as file:
                curves.append([{**row, "seconds": ""} for row in csv.DictReader(file)])
        self.assertEqual(*curves)

    def stop(self, number, delay, *command):
        """Sends a signal some time after the first epoch of this go; exit code and stderr. With a small pipe that is
        read no further, the program cannot get more than about fifty epochs ahead."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, pipesize=4096)
        said = b""
        while b"epoch" not in said.split(b"network: ")[-1] or b"network: " not in said:
            piece = os.read(process.stdout.fileno(), 200)
            self.assertTrue(piece, said)
            said += piece
        time.sleep(delay)
        process.send_signal(number)
        _, err = process.communicate(timeout=300)
        return process.returncode, err.decode()

    def test_whatever_ends_it_a_training_goes_on_and_ends_with_the_same_model(self):
        many = ["--set", "training.epochs=400"]
        whole = self.train("whole", *many)
        self.assertEqual(whole.returncode, 0, whole.stderr)
        command = self.command("m", *many)
        for number in [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1]:
            code, err = self.stop(number, 0, *command)
            self.assertEqual(code, 75, err)
            self.assertRegex(err, "(?m)^stopped by a signal after [0-9]+ of 400 epochs.*the same command continues")
            self.assertEqual(sorted(os.listdir(self.path("m"))), ["learning_curve.csv", "training.checkpoint"])
        self.refused(run("evaluate", "--model", self.path("m"), "--store", self.store), "model.json")
        for delay in [0, random.uniform(0, 0.1), random.uniform(0, 0.1)]:
            code, err = self.stop(signal.SIGKILL, delay, *command)
            self.assertEqual(code, -signal.SIGKILL, err)
        rest = run(*command[1:])
        self.assertEqual(rest.returncode, 0, rest.stderr)
        self.assertRegex(rest.stdout, "continued after [0-9]+ of 400 epochs")
        self.assert_same_model(self.path("whole"), self.path("m"))

    def test_sigkill_at_every_file_that_changes(self):
        def strace(name, *options):
            return subprocess.run(["strace", "-f", "-s", "300", *options, *self.command(name, *one_epoch)],
                                  capture_output=True, text=True, timeout=300)

        one_epoch = ["--set", "training.epochs=1"]
        traced = strace("whole", "-e", "trace=rename,unlink")
        self.assertEqual(traced.returncode, 0, traced.stderr)
        calls = [line for line in traced.stderr.splitlines() if re.match(r"(\[pid +\d+\] )?(rename|unlink)\(", line)]
        renames = len([line for line in calls if "rename(" in line])
        unlinks = len([line for line in calls if "unlink(" in line])
        self.assertEqual(renames, 15)  # one for each file, two for learning_curve.csv
        self.assertIn("training.checkpoint", [line for line in calls if "unlink(" in line and " = 0" in line][-1])
        cases = [("rename", n) for n in range(1, renames + 1)] + [("unlink", unlinks - 1), ("unlink", unlinks)]
        complete = 0
        for call, n in cases:
            with self.subTest(call=call, n=n):
                shutil.rmtree(self.path("m"), ignore_errors=True)
                result = strace("m", "-e", "trace=" + call, "-e", f"inject={call}:signal=KILL:when={n}")
                self.assertIn("killed by SIGKILL", result.stderr)
                if os.path.exists(self.path("m/model.json")):
                    complete += 1
                    result = run("evaluate", "--model", self.path("m"), "--store", self.store, "--weights", "last")
                    self.assertEqual(result.returncode, 0, result.stderr)
                result = self.train("m", *one_epoch)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assert_same_model(self.path("whole"), self.path("m"))
        self.assertEqual(complete, 2)  # the model was there, the checkpoint not gone

    def test_a_time_limit_ends_a_training_in_time_and_the_same_command_continues(self):
        endless = ["--set", "training.epochs=1000000", "--time-limit", 8]
        epochs = []
        for _ in range(2):
            result = self.train("m", *endless)
            self.assertEqual(result.returncode, 75, result.stderr)
            self.assertIn("stopped by the time limit after", result.stderr)
            epochs.append(int(result.stderr.split(" of 1000000 epochs")[0].split()[-1]))
        self.assertGreater(epochs[1], epochs[0])
        self.assertIn(f"continued after {epochs[0]} of 1000000 epochs", result.stdout)

    def test_a_time_limit_that_is_over_before_the_training_begins(self):
        self.refused(self.train("m", "--time-limit", "0.001"), "--time-limit", "expected more")

    def test_a_long_epoch_is_saved_in_between(self):
        process = subprocess.Popen(self.command("m", "--set", "training.epochs=1", "--checkpoint-interval", 0.001,
                                                "--set", "training.batch_size=2"), stdout=subprocess.PIPE, text=True)
        while not os.path.exists(self.path("m/training.checkpoint")) and process.poll() is None:
            time.sleep(0.001)
        process.kill()
        process.communicate()
        result = self.train("m", "--set", "training.epochs=1", "--set", "training.batch_size=2")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, "continued after (0 of 1 epochs and batch [0-9]+|1 of 1 epochs)")

    def test_a_complete_model_is_success(self):
        model = self.copy_of_model()
        with open(os.path.join(model, "training.checkpoint"), "w") as file:
            file.write("left by a kill after the model was complete")
        before = {name: os.stat(os.path.join(model, name)).st_mtime_ns for name in os.listdir(self.model)}
        moved = self.path("moved.h5")
        shutil.copy(self.store, moved)
        result = run("train", "--store", moved, "--recipe", "quick", "--output", model, *TINY)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("is complete", result.stdout)
        self.assertNotIn("epoch 1", result.stdout)
        self.assertEqual(before, {name: os.stat(os.path.join(model, name)).st_mtime_ns for name in os.listdir(model)})

    def test_a_checkpoint_of_something_else_is_refused(self):
        self.assertEqual(self.train("m", "--set", "training.epochs=1000000", "--time-limit", 6).returncode, 75)
        self.refused(self.train("m"), "training.epochs (1000000 there, 3 here)", "--overwrite")
        self.assertTrue(os.path.exists(self.path("m/training.checkpoint")))
        result = self.train("m", "--overwrite")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("continued", result.stdout)
        self.assertFalse(os.path.exists(self.path("m/training.checkpoint")))

    def test_a_damaged_checkpoint_is_refused(self):
        os.mkdir(self.path("m"))
        with open(self.path("m/training.checkpoint"), "wb") as file:
            file.write(b"PMDSTATE" + bytes(100))
        self.refused(self.train("m"), "training.checkpoint", "remove it")

    def test_two_trainings_in_one_folder(self):
        process = subprocess.Popen(self.command("m", "--set", "training.epochs=1000000"), stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            if line.startswith("epoch"):
                break
        self.refused(self.train("m"), "another pmd_train")
        process.kill()
        process.communicate()

    def test_without_gnuplot_only_the_pictures_are_missing(self):
        result = subprocess.run(self.command("m"), capture_output=True, text=True, timeout=300,
                                env={**os.environ, "PATH": self.folder})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("warning: a picture is missing", result.stderr)
        self.assertTrue(os.path.exists(self.path("m/model.json")))
        self.assertFalse(os.path.exists(self.path("m/scatter.png")))

    # Help and command line

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

    # What cannot be

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
        self.refused(run("train", "--store", "nowhere.h5", "--recipe", "quick", "--output", self.path("a/b/m"), *TINY),
                     "nowhere.h5")
        self.assertFalse(os.path.exists(self.path("a")))
        kept = self.path("kept")
        os.mkdir(kept)
        self.refused(run("train", "--store", "nowhere.h5", "--recipe", "quick", "--output", kept, *TINY), "nowhere.h5")
        self.assertTrue(os.path.isdir(kept))
        with open(self.path("text.h5"), "w") as file:
            file.write("not HDF5")
        self.train_refused("text.h5", store=self.path("text.h5"))
        with open(self.store, "rb") as whole, open(self.path("cut.h5"), "wb") as cut:
            cut.write(whole.read()[:20000])
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
        arguments = ["train", "--store", self.store, "--recipe", "paper", "--output", self.path("m"), *TINY]
        result = run(*arguments, "--set", "training.learning_rate=10")
        self.refused(result, "not finite", "--set training.learning_rate=1", "pmd_store verify " + self.store)
        self.assertFalse(os.path.exists(self.path("m/model.json")))

    def test_a_model_is_not_overwritten(self):
        model = self.copy_of_model()
        arguments = ["train", "--store", self.store, "--recipe", "quick", "--output", model, *TINY]
        self.refused(run(*arguments, "--seed", 7), "seed (1 there, 7 here)", "--overwrite")
        self.refused(run("train", "--store", self.make_store("others.h5", 40, 36, 8), "--recipe", "quick", "--output",
                         model, *TINY), "data.checksum", "--overwrite")
        # Asked to overwrite, but with nothing to train on: the old model stays.
        few = self.make_store("too_few.h5", 3, 3)
        self.refused(run("train", "--store", few, "--recipe", "quick", "--output", model, "--overwrite", *TINY), "too few")
        self.assertEqual(run("evaluate", "--model", model, "--store", self.store).returncode, 0)
        result = run(*arguments, "--overwrite")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.refused(run("evaluate", "--model", model, "--store", self.store, "--output", model), "holds a model")

    def test_an_output_that_cannot_be_written(self):
        self.refused(run("train", "--store", self.store, "--recipe", "quick", "--output", "/proc/m", *TINY), "/proc/m")

    def test_a_model_that_does_not_fit_the_store(self):
        other = self.make_store("absorber.h5", 10, 10, 3, "150")
        arguments = ["evaluate", "--model", self.model, "--store", other]
        self.refused(run(*arguments), "preset.absorber.radius (model 50, store 150)", "--force")
        forced = run(*arguments, "--force")
        self.assertEqual(forced.returncode, 0, forced.stderr)
        self.assertIn("warning: preset.absorber.radius", forced.stderr)
        pulse = self.make_store("pulse.h5", 10, 10, 3, "50", 3)
        self.refused(run("evaluate", "--model", self.model, "--store", pulse, "--force"), "dataset.pulse.cycles (model 2, store 3)")

    def test_models_that_cannot_be(self):
        self.refused(run("evaluate", "--model", self.path("nothing"), "--store", self.store), "nothing")
        self.refused(run("evaluate", "--model", self.folder, "--store", self.store), "model.json")
        model = self.copy_of_model()
        weights = os.path.join(model, "best.safetensors")
        size = os.path.getsize(weights)
        os.truncate(weights, size - 4)
        self.refused(run("evaluate", "--model", model, "--store", self.store), "best.safetensors", "truncated")
        with open(weights, "r+b") as file:
            file.write(struct.pack("<Q", 1 << 40))
            file.truncate(size)
        self.refused(run("evaluate", "--model", model, "--store", self.store), "best.safetensors")
        for text in ["[" * 2000000, '{"recipe":' * 2000000]:
            with open(os.path.join(model, "model.json"), "w") as file:
                file.write(text)
            self.refused(run("evaluate", "--model", model, "--store", self.store), "model.json", "64 deep")
        with open(os.path.join(model, "model.json"), "w") as file:
            file.write("{}")
        self.refused(run("evaluate", "--model", model, "--store", self.store), "model.json")

    # Methods without layers

    METHODS = ["mse", "sift", "svm_hog", "tree_hog", "svm_sift"]
    SMALL = ["--set", "image={width: 128, height: 64}"]

    def test_methods_without_layers_are_models_like_any_other(self):
        for method in self.METHODS:
            with self.subTest(method):
                model = self.path(method)
                train = ["train", "--store", self.store, "--recipe", method, "--output", model, *self.SMALL]
                result = run(*train)
                self.assertEqual(result.returncode, 0, result.stderr)
                for word in ["27 to train", "9 to test", "method: " + method, "test MAE"]:
                    self.assertIn(word, result.stdout)
                self.assertEqual(sorted(os.listdir(model)), sorted(
                    ["best.safetensors", "card.md", "error_by_parameters.png", "error_histogram.png", "metrics.json",
                     "model.json", "predictions.csv", "recipe.yaml", "report.html", "scatter.png"]))
                with open(os.path.join(model, "card.md")) as file:
                    card = file.read()
                for word in ["Method: " + method, "27 runs", "preset.absorber.radius: 50", "## Limits", "| R | a.u. |"]:
                    self.assertIn(word, card)
                result = run("evaluate", "--model", model, "--store", self.store, "--output", self.path(method + "-e"))
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("method " + method, result.stdout)
                for name in ["metrics.json", "predictions.csv"]:
                    with open(os.path.join(model, name)) as a, open(self.path(f"{method}-e/{name}")) as b:
                        self.assertEqual(a.read(), b.read())
        self.assertIn("is complete", run(*train).stdout)
        svm, mse = self.path("svm_hog"), self.path("mse")
        self.refused(run("evaluate", "--model", svm, "--store", self.store, "--weights", "last"), "svm_hog", "no epochs")
        # All that they learned is in one file: with another's it is no model.
        shutil.copy(os.path.join(mse, "best.safetensors"), svm)
        self.refused(run("evaluate", "--model", svm, "--store", self.store), "best.safetensors", "model.json says")
        transfer = ["transfer", "--store", self.store, "--freeze", "1", "--output", self.path("t")]
        self.refused(run(*transfer, "--model", mse, "--recipe", "quick"), "method mse has no layers")
        self.refused(run(*transfer, "--model", self.model, "--recipe", "mse"), "method mse has no layers")
        self.refused(run("train", "--store", self.store, "--recipe", "mse", "--output", self.path("n"), "--set",
                         "training.epochs=3"), "training", "unknown key")

    # Formats

    # Explanations

    def test_explanations(self):
        output = self.path("maps")
        result = run("explain", "--model", self.model, "--input", self.store, "--method", "integrated_gradients", "--steps",
                     "8", "--runs", "5", "--output", output, "--check", "--laws", "--beside", self.model)
        self.assertEqual(result.returncode, 0, result.stderr)
        for word in ["5 images; mean answer", "layers drawn anew down to block1", "rank correlation of the maps 1.000",
                     "planted at a wrong distance", "k/2√Up"]:
            self.assertIn(word, result.stdout)
        self.assertEqual(sorted(os.listdir(output)), ["attention.png", "averages.png", "explanations.csv", "faithfulness.csv",
                                                      "laws.csv", "maps.safetensors", "report.html", "sheet.png"])
        with open(os.path.join(output, "report.html"), encoding="utf-8") as file:
            page = file.read()
        for word in ["What model looks at", "layers drawn anew", "rank correlation of the maps 1.000", "data:image/png"]:
            self.assertIn(word, page)
        with open(os.path.join(output, "explanations.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 5)
        with open(os.path.join(self.model, "predictions.csv"), newline="") as file:
            predicted = {row["run"]: float(row["predicted_R"]) for row in csv.DictReader(file)}
        for row in rows:
            self.assertAlmostEqual(float(row["answer"]), predicted[row["run"]], places=3)
        with open(os.path.join(output, "maps.safetensors"), "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        self.assertEqual(header["maps"]["shape"], [5, 32, 16])

    def test_layers(self):
        output = self.path("layers")
        result = run("explain", "--model", self.model, "--beside", self.model, "--input", self.store, "--method", "layers",
                     "--with", self.make_store("far.h5", 9, 9, 9), "--output", output)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"(?s)block1 +1\.000 .*data set.*filters of block1: .* edges")
        self.assertEqual(sorted(os.listdir(output)), ["components.csv", "feature_maps.png", "filters.png", "layers.csv",
                                                      "report.html"])

    def test_what_cannot_be_explained(self):
        for options, words in [(["--method", "occlusion", "--target", "intensity"], ["--target intensity", "expected one of R"]),
                               (["--method", "occlusion", "--beside", self.path("none")], ["none"])]:
            self.refused(run("explain", "--model", self.model, "--input", self.store, "--runs", "1", *options), *words)
        self.refused(run("explain", "--model", self.model, "--input", self.store, "--method", "guess"), "occlusion", code=2)
        for options, word in [(["layers", "--check"], "--check"), (["occlusion", "--with", self.store], "--with")]:
            self.refused(run("explain", "--model", self.model, "--input", self.store, "--method", *options), word, code=2)
        self.refused(run("explain", "--model", self.model, "--input", self.store, "--method", "occlusion", "--information",
                         self.make_store("information.h5", 5, 5, 9)), "is no store of information", "pmd_store sensitivity")
        self.refused(run("dictionary", "--model", self.model, "--store", self.store, "--output", self.path("d")),
                     "--recipe classifier")

    def test_a_dictionary(self):
        model, output = self.path("classes"), self.path("dictionary")
        trained = run("train", "--store", self.store, "--recipe", "classifier", "--output", model, *TINY, "--set",
                      "image.view=first_quadrant", "--set", "classes=[1, 4.5, 8]", "--set", "split.train_runs=15")
        self.assertEqual(trained.returncode, 0, trained.stderr)
        for options in [[], ["--runs", "unused", "--method", "lime", "--likeness", "rank"]]:
            result = run("dictionary", "--model", model, "--store", self.store, "--output", output, "--images-per-cell", "1",
                         "--choices", "2", "--threshold", "0", *options)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stdout, r"(?s)the classifier itself is right.*whole images.*permuted classes")
            self.assertEqual(sorted(os.listdir(output)), ["dictionary.csv", "sheet.png", "sizes.png"])
        bare = self.path("no pictures")
        result = run("dictionary", "--model", model, "--store", self.store, "--output", bare, "--images-per-cell", "1",
                     "--choices", "1", "--readings", environment={"PATH": self.folder})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("no pictures: ", result.stderr)
        self.assertEqual(sorted(os.listdir(bare)), ["dictionary.csv", "readings.csv"])
        self.refused(run("dictionary", "--model", model, "--store", self.store, "--output", output, "--method", "lime",
                         "--threshold-of", "score"), "threshold of the score", "lime")
        maps = self.path("maps of classes")
        result = run("explain", "--model", model, "--input", self.store, "--method", "integrated_gradients", "--steps", "4",
                     "--runs", "3", "--check", "--laws", "--beside", model, "--output", maps)
        self.assertEqual(result.returncode, 0, result.stderr)
        # Maps of scores, but what a deletion does is asked of probabilities.
        self.assertRegex(result.stdout, r"(?s)mean image \S+ \(score\).*answer moves \(probability\)"
                                        r".*each does alone \(\S+ probability\).*correlation of the maps 1.000")

    def test_weights_are_read_by_a_few_lines_of_numpy(self):
        with open(os.path.join(self.model, "model.json")) as file:
            description = json.load(file)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/read_weights.py")
        result = subprocess.run([sys.executable, script, self.model], capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = dict(line.split(": ", 1) for line in result.stdout.splitlines())
        self.assertEqual(lines["preprocessing.mean_image"].split(",")[0], "float32 (32")
        self.assertEqual(lines["block1.convolution.weight"].split(")")[0], "float32 (8, 1, 3, 3")
        self.assertEqual(int(lines["trainable numbers"]), description["parameter_count"])

    def test_every_file_that_is_read_is_checked(self):
        with open(os.path.join(self.model, "model.json")) as file:
            known = json.load(file)["files"]
        self.assertEqual(sorted(known), sorted(set(os.listdir(self.model)) - {"model.json"}))
        model = self.copy_of_model()
        evaluate = ["evaluate", "--model", model, "--store", self.store]
        train = ["train", "--store", self.store, "--recipe", "quick", "--output", model, *TINY]
        for name, command in [("model.json", evaluate), ("best.safetensors", evaluate),
                              ("last.safetensors", [*evaluate, "--weights", "last"]), ("metrics.json", train)]:
            path = os.path.join(model, name)
            with open(path, "rb") as file:
                whole = file.read()
            for bit in random.Random(1).sample(range(8 * len(whole)), 2):
                changed = bytearray(whole)
                changed[bit // 8] ^= 1 << bit % 8
                with open(path, "wb") as file:
                    file.write(changed)
                self.refused(run(*command), name)
            with open(path, "wb") as file:
                file.write(whole)
            self.assertEqual(run(*command).returncode, 0)

    def test_models_of_format_1_are_read_and_upgraded(self):
        fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures/formats/v2")
        old, new = os.path.join(fixtures, "model"), self.path("new")
        store = os.path.join(fixtures, "images.h5")
        result = run("upgrade", old, new)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(os.listdir(new)), sorted(["model.json", "best.safetensors", "last.safetensors",
                                                          "recipe.yaml", "predictions.csv", "card.md"]))
        for weights in ["best", "last"]:
            answers = []
            for model in [old, new]:
                output = self.path(f"{weights}-{os.path.basename(model)}")
                result = run("evaluate", "--model", model, "--store", store, "--weights", weights, "--output", output)
                self.assertEqual(result.returncode, 0, result.stderr)
                with open(os.path.join(output, "predictions.csv")) as file:
                    answers.append(file.read())
            self.assertEqual(*answers)
        with open(os.path.join(old, "model.json")) as one, open(os.path.join(new, "model.json")) as other:
            one, other = json.load(one), json.load(other)
        self.assertEqual((one["format_version"], other["format_version"]), (1, 2))
        for key in set(one) - {"format_version", "recipe", "data"}:
            self.assertEqual(one[key], other[key], key)
        # What data sets could not say then is given its only value of then.
        self.assertLessEqual(one["data"].pop("setting").items(), other["data"]["setting"].items())
        for key in one["data"]:
            self.assertEqual(one["data"][key], other["data"][key], key)
        self.refused(run("upgrade", old, new), "is not empty")
        self.refused(run("upgrade", self.path("nothing"), self.path("n")), "nothing")

    def test_no_cuda(self):
        result = run("evaluate", "--model", self.model, "--store", self.store, "--device", "cuda",
                     environment={"CUDA_VISIBLE_DEVICES": ""})
        self.refused(result, "--device cpu")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
