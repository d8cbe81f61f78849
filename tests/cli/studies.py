"""What the tests of pmd_train's studies share: many trainings in one folder, stopped, continued, and told in one table."""
import os
import re
import shutil
import statistics
import subprocess

from trainer import PMD_TRAIN, SMALL, TrainerTest, files, read, read_json, run, written

TINY = ["--recipe", "quick", *SMALL, "--set", "training.epochs=2"]
# Else the program begins anew with this set, which takes as long as a small training.
os.environ["GOMP_SPINCOUNT"] = "1000"
NO_GNUPLOT = {"PATH": "/nowhere"}  # where no picture is looked at: drawing takes longer than the trainings


def contents(folder, pattern):
    return {name: read(folder, name, mode="rb") for name in files(folder) if re.search(pattern, name)}


def folders(path):
    return sorted(name for name in os.listdir(path) if os.path.isdir(os.path.join(path, name)))


def models_written(folder):
    """When each file of a model there was written; the study's own lie beside the models."""
    return {name: time for name, time in written(folder).items() if "/" in name}


class StudyTest(TrainerTest):
    # SIGTERM at a moment that does not depend on how fast the machine is: when the n-th file gets its name.

    @classmethod
    def strace(cls, arguments, *options):
        log = os.path.join(cls.shared, "strace.log")
        command = [shutil.which("strace"), "-f", "-s", "300", "-o", log, *options, PMD_TRAIN, *map(str, arguments)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=300, env={**os.environ, **NO_GNUPLOT})
        return result, read(log)

    @classmethod
    def run_traced(cls, arguments):
        """An undisturbed run and the names that files got in it, in their order."""
        result, log = cls.strace(arguments, "-e", "trace=rename")
        return result, re.findall(r'rename\("[^"]*", "([^"]*)"\) = 0', log)

    def assert_stops_and_goes_on(self, arguments, output, whole, names, at, same):
        """`names` are those of the undisturbed run, in the folder `whole`; where the file `at` got its name in
        `whole`, the run in `output` is stopped. Files that match `same` must not differ."""
        number = 1 + names.index(os.path.join(whole, at))
        stopped, _ = self.strace(arguments, "-e", "trace=rename", "-e", f"inject=rename:signal=TERM:when={number}")
        self.assertEqual(stopped.returncode, 75, stopped.stdout + stopped.stderr)
        self.assertIn("stopped by a signal after", stopped.stderr)
        self.assertIn("the same command continues", stopped.stderr)
        self.assertIn(at, files(output))
        before = contents(output, same)
        self.assertLess(len(before), len(contents(whole, same)))
        out = self.succeeds(run(*arguments, environment=NO_GNUPLOT))
        self.assertIn("was done", out)
        self.assertIn("continued after", out)
        self.assertEqual(files(whole), files(output))
        self.assertEqual(contents(whole, same), contents(output, same))
        self.assertFalse(contents(output, r"checkpoint|\.partial"))

    def assert_self_contained(self, *path):
        html = read(*path)
        self.assertIn("data:image/png;base64,", html)
        # Nothing is loaded; links lead to what it was made from, beside it.
        self.assertFalse(re.findall(r'src="(?!data:)[^"]*"', html))
        self.assertFalse(re.findall(r'href="(?!\./|#)[^"]*"', html))
        self.assertNotIn("<script", html)

    def assert_points_are_the_models(self, rows, folder_of):
        """Of a study's table: each line says what the folder of its model says."""
        for row in rows:
            metrics = read_json(folder_of(row), "metrics.json")
            self.assertEqual(float(row["value"]), metrics["targets"]["R"]["mae"], row)
            self.assertEqual([int(row["train_runs"]), int(row["test_runs"])], [metrics["n_train"], metrics["n_test"]])
            self.assertEqual([row["metric"], row["unit"]], ["R", "a.u."])

    def assert_means_are_of_the_points(self, study, rows):
        self.assertEqual([study["metric"], study["unit"]], ["R", "a.u."])
        self.assertEqual({curve["curve"] for curve in study["curves"]}, {row["curve"] for row in rows})
        for curve in study["curves"]:
            of_curve = [row for row in rows if row["curve"] == curve["curve"]]
            self.assertEqual([point["train_runs"] for point in curve["points"]],
                             sorted({float(row["train_runs"]) for row in of_curve}))
            for point in curve["points"]:
                values = [float(row["value"]) for row in of_curve if float(row["train_runs"]) == point["train_runs"]]
                self.assertEqual(point["seeds"], len(values))
                self.assertAlmostEqual(point["mean"], statistics.mean(values), places=12)
                if len(values) > 1:
                    self.assertAlmostEqual(point["sd"], statistics.stdev(values), places=12)
                else:
                    self.assertIsNone(point["sd"])

    def assert_help(self, command, wrong, *options):
        out = self.succeeds(run(command, "--help"))
        for word in ["--output", "--seeds", "--time-limit", "--checkpoint-interval", "--device", "--threads", *options,
                     "same command continues", "Example"]:
            self.assertIn(word, out)
        self.refused(run(wrong), f"did you mean '{command}'?", code=2)
