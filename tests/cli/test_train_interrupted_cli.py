"""Trainings that are stopped, killed, or out of time: the same command continues, and ends with the same model."""
import os
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

from trainer import PMD_TRAIN, QUICK, TrainerTest, read, read_csv, read_json, run, write


class Interrupted(TrainerTest):
    def command(self, name, *options):
        """A training of three epochs in a folder of its own."""
        return [PMD_TRAIN, "train", "--store", self.store, "--output", self.path(name), *QUICK,
                "--set", "split.validation_fraction=0.2", *map(str, options)]

    def train(self, name, *options):
        return run(*self.command(name, *options)[1:])

    def assert_same_model(self, a, b):
        """Everything is the same but for times and the folder's name."""
        self.assertEqual(sorted(os.listdir(a)), sorted(os.listdir(b)))
        for name in ["best.safetensors", "last.safetensors", "recipe.yaml", "predictions.csv"]:
            self.assertEqual(read(a, name, mode="rb"), read(b, name, mode="rb"), name)
        for name, own in [("metrics.json", ["model"]), ("model.json", ["created", "training_seconds", "files", "checksum"])]:
            own = dict.fromkeys(own, "")
            self.assertEqual({**read_json(a, name), **own}, {**read_json(b, name), **own}, name)
        self.assertEqual(*([{**row, "seconds": ""} for row in read_csv(folder, "learning_curve.csv")] for folder in [a, b]))

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
        self.succeeds(self.train("whole", *many))
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
        self.assertRegex(self.succeeds(run(*command[1:])), "continued after [0-9]+ of 400 epochs")
        self.assert_same_model(self.path("whole"), self.path("m"))

    def test_sigkill_at_every_file_that_changes(self):
        def strace(name, *options):
            return subprocess.run(["strace", "-f", "-s", "300", *options, *self.command(name, *one_epoch)],
                                  capture_output=True, text=True, timeout=300)

        one_epoch = ["--set", "training.epochs=1"]
        traced = strace("whole", "-e", "trace=rename,unlink")
        self.succeeds(traced)
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
                    self.succeeds(run("evaluate", "--model", self.path("m"), "--store", self.store, "--weights", "last"))
                self.succeeds(self.train("m", *one_epoch))
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
        self.succeeds(result)
        self.assertRegex(result.stdout, "continued after (0 of 1 epochs and batch [0-9]+|1 of 1 epochs)")

    def test_a_checkpoint_of_something_else_is_refused(self):
        self.assertEqual(self.train("m", "--set", "training.epochs=1000000", "--time-limit", 6).returncode, 75)
        self.refused(self.train("m"), "training.epochs (1000000 there, 3 here)", "--overwrite")
        self.assertTrue(os.path.exists(self.path("m/training.checkpoint")))
        result = self.train("m", "--overwrite")
        self.succeeds(result)
        self.assertNotIn("continued", result.stdout)
        self.assertFalse(os.path.exists(self.path("m/training.checkpoint")))

    def test_a_damaged_checkpoint_is_refused(self):
        os.mkdir(self.path("m"))
        write(self.path("m/training.checkpoint"), b"PMDSTATE" + bytes(100), "wb")
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
        self.succeeds(result)
        self.assertIn("warning: a picture is missing", result.stderr)
        self.assertTrue(os.path.exists(self.path("m/model.json")))
        self.assertFalse(os.path.exists(self.path("m/scatter.png")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
