#!/usr/bin/env python3
"""pmd_train's transfer, learning-curve and reproduce as a user runs them: test_studies_cli.py PMD_TRAIN MAKE_LEARNING_STORE."""
import csv
import json
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import unittest

import h5py

PMD_TRAIN, MAKE_STORE = sys.argv[1:3]
TINY = ["--recipe", "quick", "--set", "image={width: 32, height: 16}", "--set", "network={blocks: 3, filters: 8}",
        "--set", "training.batch_size=5", "--set", "training.epochs=2"]
# Else the program begins anew with this set, which takes as long as a small training.
os.environ["GOMP_SPINCOUNT"] = "1000"
NO_GNUPLOT = {"PATH": "/nowhere"}  # where no picture is looked at: drawing takes longer than the trainings


def run(*arguments, environment=None):
    return subprocess.run([PMD_TRAIN, *map(str, arguments)], capture_output=True, text=True, timeout=300,
                          env={**os.environ, **(environment or {})})


def read(*path, mode="r"):
    with open(os.path.join(*path), mode) as file:
        return file.read()


def read_json(*path):
    return json.loads(read(*path))


def read_csv(*path):
    return list(csv.DictReader(read(*path).splitlines()))


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def files(folder):
    return sorted(os.path.relpath(os.path.join(where, name), folder) for where, _, names in os.walk(folder) for name in names)


def contents(folder, pattern):
    return {name: read(folder, name, mode="rb") for name in files(folder) if re.search(pattern, name)}


def folders(path):
    return sorted(name for name in os.listdir(path) if os.path.isdir(os.path.join(path, name)))


class Studies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        cls.store = cls.make_store("base.h5", 40, 36)

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

    def succeeds(self, result):
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def refused(self, result, *words, code=1):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertRegex(result.stderr, r"\Aerror: [^\n]*\n\Z")
        for word in words:
            self.assertIn(word, result.stderr)

    def refused_later(self, result, *words):
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

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

    def assert_is_png(self, *path):
        self.assertEqual(read(*path, mode="rb")[:8], b"\x89PNG\r\n\x1a\n")

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


class Transfer(Studies):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = os.path.join(cls.shared, "model")
        cls.other = cls.make_store("other.h5", 30, 30, 7)
        trained = run("train", "--store", cls.store, "--output", cls.model, *TINY, environment=NO_GNUPLOT)
        assert trained.returncode == 0, trained.stderr
        cls.whole = os.path.join(cls.shared, "whole")
        cls.result, cls.names = cls.run_traced(cls.several(cls.whole))

    @classmethod
    def command(cls, output, *options, store=None, model=None):
        return ["transfer", "--model", model or cls.model, "--store", store or cls.other, "--output", output, *TINY,
                *options]

    @classmethod
    def several(cls, output):
        return cls.command(output, "--freeze", 2, "--samples", "15,10", "--seeds", "1,2")

    def test_several_numbers_and_seeds(self):
        out = self.succeeds(self.result)
        self.assertIn("8/8  from scratch, 15 training runs, seed 2: R ", out)
        self.assertEqual(folders(self.whole), sorted(f"{kind}-n{n}-seed{seed}" for kind in ["transferred", "from_scratch"]
                                                     for n in [10, 15] for seed in [1, 2]))
        rows = read_csv(self.whole, "transfer.csv")
        kinds = {"transferred, 2 blocks frozen": "transferred", "from scratch": "from_scratch"}
        self.assert_points_are_the_models(
            [row for row in rows if row["curve"] in kinds],
            lambda row: os.path.join(self.whole, f"{kinds[row['curve']]}-n{row['train_runs']}-seed{row['seed']}"))
        self.assertEqual(len(rows), 12)
        self.assert_means_are_of_the_points(read_json(self.whole, "transfer.json"), rows)
        # The model as it is knows no training runs of this study.
        known = {}
        for row in rows:
            if row["curve"] == "not transferred":
                known.setdefault(row["seed"], set()).add(row["value"])
        self.assertEqual([len(values) for values in known.values()], [1, 1])

    def test_transferred_and_from_scratch_are_tested_with_the_same_runs(self):
        for n in [10, 15]:
            tested = [[row["run"] for row in read_csv(self.whole, f"{kind}-n{n}-seed1", "predictions.csv")]
                      for kind in ["transferred", "from_scratch"]]
            self.assertEqual(*tested)
            self.assertEqual(len(tested[0]), 7)

    def test_a_transferred_model_is_a_model(self):
        folder = os.path.join(self.whole, "transferred-n15-seed1")
        self.succeeds(run("evaluate", "--model", folder, "--store", self.other, "--output", self.path("e"),
                          environment=NO_GNUPLOT))
        self.assertEqual(read(folder, "predictions.csv"), read(self.path("e"), "predictions.csv"))
        origin = read_json(folder, "model.json")["origin"]
        self.assertEqual(origin["frozen_blocks"], 2)

    def test_a_second_call_draws_and_trains_nothing(self):
        copy = self.path("copy")
        shutil.copytree(self.whole, copy)
        written = {name: os.stat(os.path.join(copy, name)).st_mtime_ns for name in files(copy) if "/" in name}
        out = self.succeeds(run(*self.several(copy)))
        self.assertEqual(out.count("(was done)"), 8)
        self.assertEqual(written, {name: os.stat(os.path.join(copy, name)).st_mtime_ns for name in files(copy) if "/" in name})
        for name in ["transfer.csv", "transfer.json"]:
            self.assertEqual(read(copy, name), read(self.whole, name))
        self.assert_is_png(copy, "transfer.png")
        self.assert_self_contained(copy, "report.html")

    def test_sigterm(self):
        output = self.path("stopped")
        self.assert_stops_and_goes_on(self.several(output), output, self.whole, self.names,
                                      "transferred-n10-seed2/training.checkpoint", r"\.safetensors$|transfer\.|predictions")

    def test_no_scratch(self):
        out = self.succeeds(run(*self.command(self.path("t"), "--freeze", 3, "--no-scratch", "--weights", "last"),
                                environment=NO_GNUPLOT))
        self.assertIn("3 of 3 blocks stay as they are", out)
        self.assertEqual(folders(self.path("t")), ["transferred-n23-seed1"])
        self.assertEqual([row["curve"] for row in read_csv(self.path("t"), "transfer.csv")],
                         ["transferred, 3 blocks frozen", "not transferred"])

    def test_another_model_is_not_replaced_unasked(self):
        copy = self.path("copy")
        shutil.copytree(self.whole, copy)
        command = self.command(copy, "--freeze", 1, "--no-scratch", "--samples", 10)
        self.refused_later(run(*command), "frozen_blocks (2 there, 1 here)", "--overwrite")
        self.assertEqual(contents(self.whole, "/"), contents(copy, "/"))
        self.succeeds(run(*command, "--overwrite", environment=NO_GNUPLOT))
        self.assertEqual(read_json(copy, "transferred-n10-seed1", "model.json")["origin"]["frozen_blocks"], 1)

    def test_what_cannot_be(self):
        pulse = self.make_store("pulse.h5", 30, 30, 7, "50", 3)
        absorber = self.make_store("absorber.h5", 30, 30, 7, "150")
        wrong_line, wrong = 2, 1
        for options, words, code in [
                ([], ["--freeze"], wrong_line), (["--freeze", "all"], ["--freeze", "all"], wrong_line),
                (["--freeze", 4], ["freeze", "4 blocks", "0 to 3"], wrong),
                (["--freeze", 2, "--samples", "10,24"], ["23 to train on", "24"], wrong),
                (["--freeze", 2, "--no-scratch", "--scratch-recipe", "quick"], ["--scratch-recipe"], wrong_line)]:
            with self.subTest(options):
                self.refused(run(*self.command(self.path("t"), *options)), *words, code=code)
        with h5py.File(shutil.copy(self.other, self.path("damaged.h5")), "r+") as file:
            file["pmd"][7, 20, 20] *= 2
        for places, words in [({"store": pulse}, ["pulse.h5", "dataset.pulse.cycles (model 2, store 3)"]),
                              ({"store": absorber}, ["absorber.h5", "preset.absorber.radius (model 50, store 150)", "--force"]),
                              ({"store": self.path("damaged.h5")}, ["run 7", "damaged"]),
                              ({"model": "nowhere"}, ["nowhere"])]:
            with self.subTest(places):
                self.refused(run(*self.command(self.path("t"), "--freeze", 2, **places)), *words)
        self.assertFalse(os.path.exists(self.path("t")))


class LearningCurve(Studies):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.whole = os.path.join(cls.shared, "whole")
        cls.result, cls.names = cls.run_traced(cls.command(cls.whole))

    @classmethod
    def command(cls, output, samples="20,10", seeds="1,2", *options):
        return ["learning-curve", "--store", cls.store, "--output", output, *TINY, "--samples", samples, "--seeds", seeds,
                "--target-mae", "0.5", *options]

    def folder_of(self, folder):
        return lambda row: os.path.join(folder, f"n{row['train_runs']}-seed{row['seed']}")

    def test_tables_say_what_the_models_say(self):
        out = self.succeeds(self.result)
        self.assertIn("4/4  20 training runs, seed 2: R ", out)
        self.assertEqual(folders(self.whole), ["n10-seed1", "n10-seed2", "n20-seed1", "n20-seed2"])
        rows = read_csv(self.whole, "learning_curve.csv")
        self.assertEqual([(row["train_runs"], row["seed"]) for row in rows],
                         [("10", "1"), ("10", "2"), ("20", "1"), ("20", "2")])
        self.assert_points_are_the_models(rows, self.folder_of(self.whole))
        study = read_json(self.whole, "learning_curve.json")
        self.assert_means_are_of_the_points(study, rows)
        self.assertEqual(study["target"], 0.5)
        self.assertIsNone(study["curves"][0]["fit"])  # two numbers do not make three coefficients

    def test_more_runs_keep_the_fewer_and_the_test(self):
        few, many = [read_json(self.whole, f"n{n}-seed1", "model.json") for n in [10, 20]]
        self.assertEqual([len(few["train_runs"]), len(many["train_runs"])], [10, 20])
        self.assertLess({tuple(run) for run in few["train_runs"]}, {tuple(run) for run in many["train_runs"]})
        tested = [{row["run"] for row in read_csv(self.whole, f"n{n}-seed1", "predictions.csv")} for n in [10, 20]]
        self.assertEqual(*tested)

    def test_a_further_seed_and_number_train_only_what_is_new(self):
        copy = self.path("copy")
        shutil.copytree(self.whole, copy)
        before = {name: os.stat(os.path.join(copy, name)).st_mtime_ns for name in files(copy) if "/" in name}
        out = self.succeeds(run(*self.command(copy, "10,15,20", "2,1,3")))
        self.assertEqual(out.count("(was done)"), 4)
        self.assertEqual(sorted(set(folders(copy)) - set(folders(self.whole))),
                         ["n10-seed3", "n15-seed1", "n15-seed2", "n15-seed3", "n20-seed3"])
        for name, written in before.items():
            self.assertEqual(os.stat(os.path.join(copy, name)).st_mtime_ns, written, name)
        rows = read_csv(copy, "learning_curve.csv")
        self.assertEqual(len(rows), 9)
        self.assert_points_are_the_models(rows, self.folder_of(copy))
        study = read_json(copy, "learning_curve.json")
        self.assert_means_are_of_the_points(study, rows)
        self.assertTrue(study["curves"][0]["fit"] or study["curves"][0]["no_fit"])
        self.assert_is_png(copy, "learning_curve.png")
        self.assert_self_contained(copy, "report.html")
        self.assert_self_contained(copy, "n15-seed3/report.html")

    def test_sigterm(self):
        output = self.path("stopped")
        self.assert_stops_and_goes_on(self.command(output), output, self.whole, self.names,
                                      "n10-seed2/training.checkpoint", r"\.safetensors$|^learning_curve\.|predictions")

    def test_what_cannot_be(self):
        for samples, seeds, options, words, code in [
                ("10,28", "1", [], ["27 to train on", "28"], 1), ("3", "1", [], ["3 training samples", "batch of 5"], 1),
                ("0", "1", [], ["--samples", "0 is out of range"], 2), ("10,two", "1", [], ["'two' is not an integer"], 2),
                ("10,10", "1", [], ["10 is given twice"], 2), ("1e30", "1", [], ["1e30 is out of range"], 2),
                ("10", "1,1", [], ["--seeds", "twice"], 2), ("10", "-1", [], ["--seeds", "-1 is out of range"], 2),
                ("10", "9223372036854775808", [], ["--seeds", "out of range"], 2), ("10", "", [], ["--seeds"], 2),
                ("10", "1", ["--target-mae", "0"], ["--target-mae"], 2)]:
            with self.subTest(samples=samples, seeds=seeds):
                self.refused(run(*self.command(self.path("c"), samples, seeds, *options)), *words, code=code)
        self.assertFalse(os.path.exists(self.path("c")))


NETWORK = """
seed: 3
targets: [R]
image: {width: 32, height: 16}
preprocessing: {pixel_max: 1, target_scaling: standard}
network: {blocks: 3, filters: 8, initialisation: he}
training: {loss: mse, optimiser: adam, learning_rate: 0.01, weight_decay: 0, batch_size: 5, epochs: 2}
"""


class Reproduce(Studies):
    experiments = {
        "own": "section: II, kind: train, data: base, recipe: RECIPES/tiny.yaml, tests: [other], table_row: network, "
               "paper: {R: 0.07, R@other: 2}",
        "moved": "section: IV, kind: transfer, data: other, model: own, recipe: RECIPES/tiny.yaml, freeze: 2, "
                 "train_runs: 12, scratch: false, figures: {R: 3(b)}",
        "curve": "section: III, kind: learning_curve, data: base, recipe: RECIPES/tiny.yaml, samples: [5, 10, 25], "
                 "target_mae: 0.1, set: [training.epochs=10], paper: {a: 7, b: -0.5, c: 0.05}",
        "direct": "section: V, kind: baseline, data: base, method: mse, tests: [other], figures: {R: 6(a), intensity: 6(b), "
                  "joint: 6(c)}",
        "known": "section: V, kind: learning_curve, data: base, recipe: mse, samples: [5, 10, 25]",
        "beside": "section: IV, kind: train, data: other, recipe: mse, set: [split.seed=3], train_runs: 12, tests: [base], compare_with: [moved, neighbour]",
        "neighbour": "section: IV, kind: baseline, data: other, method: mse, train_runs: 100, tests: [nowhere, base]",
        "matched": "section: V, kind: baseline, data: other, method: sift",
        "union": "section: V, kind: baseline, data: other, with: base, method: tree_hog, train_runs: 12",
        "again": "section: III, kind: learning_curve, data: base, recipe: RECIPES/tiny.yaml, samples: [5, 10, 27]",
        "sorted": "section: VI, kind: train, data: base, recipe: RECIPES/classes.yaml",
        "looking": "section: VI, kind: dictionary, data: base, model: sorted, images_per_cell: 1, threshold: 0, "
                   "intensity_bands: [0, 10], choices: 2, random_tests: 2",
        "absent": "section: VII, kind: baseline, data: nowhere, method: mse, paper: {R: 1}",
        "unreadable": "section: VII, kind: train, data: text, recipe: RECIPES/tiny.yaml",
        "broken": "section: VII, kind: train, data: base, recipe: RECIPES/tiny.yaml, set: [training.batch_size=1000]",
        "follows": "section: VII, kind: transfer, data: other, model: broken, recipe: RECIPES/tiny.yaml, freeze: 1",
    }
    usual = ["own", "moved", "curve", "direct", "looking", "absent"]
    asked = [(name, seed) for name in ["own", "moved", "curve", "direct", "sorted", "looking"] for seed in [1, 2]]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_store("other.h5", 30, 30, 7)
        write(os.path.join(cls.shared, "text.h5"), "not HDF5")
        recipes = os.path.join(cls.shared, "recipes")
        os.mkdir(recipes)
        write(recipes + "/tiny.yaml", "name: tiny" + NETWORK)
        write(recipes + "/classes.yaml", "name: classes\nclasses: [1, 4.5, 8]" +
              NETWORK.replace("mse", "cross_entropy").replace(", target_scaling: standard", ""))
        for name, text in cls.experiments.items():
            write(os.path.join(recipes, name + ".yaml"),
                  f"{{name: {name}, title: About {name}, {text}}}\n".replace("RECIPES", recipes))
        cls.recipes = recipes
        cls.whole = os.path.join(cls.shared, "whole")
        cls.result, cls.names = cls.run_traced(cls.command(cls.whole))

    @classmethod
    def command(cls, output, names=None, seeds="1,2", data=None, recipes=None):
        experiments = ",".join(f"{recipes or cls.recipes}/{name}.yaml" for name in names or cls.usual)
        return ["reproduce", "--experiments", experiments, "--data", data or cls.shared, "--output", output, "--seeds", seeds]

    def copy(self):
        copy = self.path("copy")
        shutil.copytree(self.whole, copy)
        return copy

    def rows(self, folder):
        return read_json(folder, "reproduction.json")["rows"]

    def status(self, folder):
        return {row["experiment"]: row["status"] for row in self.rows(folder)}

    def was_done(self, out):
        return sorted((name, int(seed)) for name, seed in re.findall(r"^(\w+), seed (\d+): was done$", out, re.MULTILINE))

    def measured(self, folder, name, seed):
        return {result["quantity"]: result for result in read_json(folder, name, f"seed-{seed}.json")["results"]}

    def test_the_table_says_what_was_measured(self):
        self.succeeds(self.result)
        status = self.status(self.whole)
        self.assertEqual({name for name, text in status.items() if text == "done"}, {name for name, _ in self.asked})
        self.assertTrue(status["absent"].startswith("no data: "), status)
        self.assertIn("nowhere.h5", status["absent"])
        for row in self.rows(self.whole):
            if row["experiment"] == "absent":
                self.assertEqual([row["paper"], row["mean"], row["seeds"]], [1, None, 0])
                continue
            seeds = [1] if row["experiment"] == "direct" else [1, 2]
            measured = [self.measured(self.whole, row["experiment"], seed) for seed in seeds]
            values = [of[row["quantity"]]["value"] for of in measured if row["quantity"] in of]
            self.assertEqual(row["seeds"], len(values))
            self.assertAlmostEqual(row["mean"], statistics.mean(values), places=12)
            if len(values) > 1:
                self.assertAlmostEqual(row["sd"], statistics.stdev(values), places=12)
            if row["paper"]:
                self.assertAlmostEqual(row["ratio"], row["mean"] / row["paper"], places=12)
        quantities = {}
        for row in self.rows(self.whole):
            quantities.setdefault(row["experiment"], []).append(row["quantity"])
        self.assertEqual(quantities["own"], ["R", "R@other"])
        self.assertEqual(quantities["moved"], ["R", "R untransferred"])
        self.assertLessEqual({"R", "R, 5 runs", "R, 10 runs", "a", "b", "c"}, set(quantities["curve"]))
        self.assertEqual(quantities["direct"], ["R", "intensity", "R@other", "intensity@other"])
        self.assertEqual([quantities["sorted"], quantities["looking"][0]], [["accuracy"], "accuracy"])

    def test_what_was_measured_is_what_the_models_say(self):
        for name, folder in [("own", "seed-"), ("moved", "transferred-seed-"), ("curve", "n25-seed-"), ("sorted", "seed-")]:
            for seed in [1, 2]:
                metrics = read_json(self.whole, name, folder + str(seed), "metrics.json")
                if name == "sorted":
                    quantity, value = "accuracy", metrics["classes"]["accuracy"]
                else:
                    quantity, value = "R", metrics["targets"]["R"]["mae"]
                result = self.measured(self.whole, name, seed)[quantity]
                self.assertEqual([result["value"], result["train_runs"], result["test_runs"]],
                                 [value, metrics["n_train"], metrics["n_test"]])

    def test_the_three_tables_agree(self):
        rows = self.rows(self.whole)
        for row, line in zip(rows, read_csv(self.whole, "reproduction.csv"), strict=True):
            for key in ["experiment", "quantity", "unit", "status"]:
                self.assertEqual(line[key], row[key])
            for key in ["paper", "mean", "sd", "ratio"]:
                self.assertEqual(float(line[key]) if line[key] else None, row[key])
        text = read(self.whole, "reproduction.md")
        self.assertEqual(text.count("- seeds: 1, 2\n"), 1)
        for row in rows:
            unit = f" ({row['unit']})" if row["unit"] else ""
            self.assertRegex(text, rf"\| *{re.escape(row['quantity'] + unit)} *\|")
            name = re.escape(row["experiment"])
            self.assertRegex(text, rf"- (?:{name}|\[{name}\]\({name}/\)): {re.escape(row['title'])}(?: \([^)]+\))?\n")  # how long it took
        self.assertIn(text, self.result.stdout)
        table = read_json(self.whole, "reproduction.json")["table_I"]
        self.assertEqual([table["columns"], table["lines"][0]["method"]], [["other"], "network"])

    def test_the_papers_figures_are_drawn(self):
        copy = self.copy()
        self.succeeds(run(*self.command(copy)))
        with open(os.path.join(copy, "figures.png"), "rb") as file:
            picture = file.read(24)
        self.assertEqual(picture[:4], b"\x89PNG")
        width, height = struct.unpack(">II", picture[16:])
        self.assertGreater(width, 3 * height)  # four panels in a row
        self.assertIn("(figures.png)", read(copy, "reproduction.md"))

    def test_the_papers_law_is_beside_ours(self):
        self.assertEqual(read_json(self.whole, "curve", "learning_curve.json")["laws_of_others"],
                         [{"name": "paper", "a": 7, "b": -0.5, "c": 0.05}])
        self.assertIn("paper: MAE = 7 N^-0.5 + 0.05", read(self.whole, "curve", "report.html"))

    def test_a_second_call_does_nothing(self):
        copy = self.copy()
        before = {name: os.stat(os.path.join(copy, name)).st_mtime_ns for name in files(copy) if "/" in name}
        out = self.succeeds(run(*self.command(copy), environment=NO_GNUPLOT))
        # The direct comparison has no chance in it: one seed is enough.
        self.assertEqual(self.was_done(out), sorted(set(self.asked) - {("direct", 2)}))
        self.assertNotIn(" ...", out)
        self.assertEqual(before, {name: os.stat(os.path.join(copy, name)).st_mtime_ns for name in files(copy) if "/" in name})
        self.assertEqual(contents(copy, "^reproduction"), contents(self.whole, "^reproduction"))

    def test_methods_without_chance_count_once_in_learning_curves(self):
        copy = self.copy()
        self.succeeds(run(*self.command(copy, ["known"]), environment=NO_GNUPLOT))
        self.assertEqual({row["seeds"] for row in self.rows(copy)}, {1})
        self.assertEqual(folders(copy + "/known"), ["n10-seed-1", "n25-seed-1", "n5-seed-1"])
        curve = read_json(copy, "known", "learning_curve.json")["curves"][0]
        self.assertEqual([point["seeds"] for point in curve["points"]], [1, 1, 1])
        self.assertIsNone(curve["fit"])
        self.assertEqual([(row["quantity"], row["train_runs"]) for row in self.rows(copy) if row["quantity"].startswith("R")],
                         [("R, 5 runs", 5), ("R, 10 runs", 10), ("R", 25)])
        out = self.succeeds(run("learning-curve", "--store", self.store, "--recipe", "mse", "--samples", "5,10",
                                "--output", self.path("c"), environment=NO_GNUPLOT))
        self.assertEqual(folders(self.path("c")), ["n10-seed1", "n5-seed1"], out)

    def test_partners_need_not_be_asked_for(self):
        copy = self.copy()
        self.succeeds(run(*self.command(copy, ["beside"]), environment=NO_GNUPLOT))
        tables = read_json(copy, "reproduction.json")
        self.assertEqual({row["experiment"] for row in tables["rows"]}, {"beside"})
        ours = self.measured(copy, "beside", 1)
        theirs = [dict(self.measured(copy, "moved", seed)["R"]["errors"]) for seed in [1, 2]]
        difference = [error - statistics.mean(of[run] for of in theirs) for run, error in ours["R"]["errors"]]
        compared, = tables["compared"]
        self.assertEqual([compared["experiment"], compared["with"], compared["quantity"], compared["tests"]],
                         ["beside", "moved", "R", len(difference)])
        self.assertAlmostEqual(compared["difference"], statistics.mean(difference), places=12)
        self.assertEqual(tables["not_compared"], [{"experiment": "beside", "with": "neighbour"}])
        for result in [ours["R@base"], self.measured(copy, "moved", 1)["R untransferred"]]:
            self.assertAlmostEqual(result["value"], statistics.mean(error for _, error in result["errors"]), places=12)

    def test_a_model_that_is_there_says_how_long_it_took(self):
        copy = self.copy()
        before = {name: self.measured(copy, name, 1) for name in ["own", "moved", "direct"]}
        for name in before:
            os.remove(f"{copy}/{name}/seed-1.json")
        self.succeeds(run(*self.command(copy, list(before), 1), environment=NO_GNUPLOT))
        for name in before:
            self.assertEqual(self.measured(copy, name, 1), before[name])
        self.assertGreater(before["own"]["R"]["seconds"], 0)
        self.assertGreater(before["direct"]["R@other"]["seconds"], 0)

    def test_data_that_fall_short_are_named(self):
        copy = self.copy()
        self.succeeds(run(*self.command(copy, ["neighbour"]), environment=NO_GNUPLOT))
        runs = self.measured(copy, "neighbour", 1)["R"]["train_runs"]
        self.assertEqual(self.status(copy)["neighbour"], f"done; no data to test on: nowhere; {runs} of 100 runs to train on")

    def test_key_points_are_counted(self):
        copy = self.copy()
        self.succeeds(run(*self.command(copy, ["matched"]), environment=NO_GNUPLOT))
        measured = self.measured(copy, "matched", 1)
        few, median, many = (measured["key points, " + which]["value"] for which in ["5 %", "median", "95 %"])
        self.assertLess(0, median)
        self.assertTrue(few <= median <= many, measured.keys())
        self.assertEqual(measured["key points, median"]["test_runs"], measured["R"]["train_runs"])

    def test_baselines_learn_from_two_sets(self):
        copy = self.copy()
        self.succeeds(run(*self.command(copy, ["union"], 1), environment=NO_GNUPLOT))
        metrics = read_json(copy, "union/seed-1/metrics.json")
        self.assertEqual(metrics["n_train"], 12 + 36)  # all that are done of base
        self.assertEqual(self.measured(copy, "union", 1)["R"]["train_runs"], 12)  # of its own

    def test_the_same_training_is_done_once(self):
        output = self.path("once")
        out = self.succeeds(run(*self.command(output, ["own", "again"], 1), environment=NO_GNUPLOT))
        self.assertRegex(out, r"again, seed 1, 27 training runs: .*\(as .*own/seed-1\)\n")
        self.assertEqual(out.count("training runs ..."), 2)
        for name in ["model.json", "metrics.json", "best.safetensors", "predictions.csv"]:
            self.assertEqual(read(output, "own/seed-1", name, mode="rb"), read(output, "again/n27-seed-1", name, mode="rb"))
        self.assertEqual(self.measured(output, "again", 1)["R"]["value"], self.measured(output, "own", 1)["R"]["value"])
        out = self.succeeds(run(*self.command(output, ["own", "again"], 1), environment=NO_GNUPLOT))
        self.assertEqual(self.was_done(out), [("again", 1), ("own", 1)])

    def test_changed_settings_and_data_are_measured_again(self):
        copy, changed, data = self.copy(), self.path("changed"), self.path("data")
        shutil.copytree(self.recipes, changed)
        text = read(changed, "own.yaml")
        write(changed + "/own.yaml", text.replace("kind: train", "kind: train, set: [training.epochs=3]"))
        names = ["own", "moved", "curve", "looking"]
        out = self.succeeds(run(*self.command(copy, names, 1, recipes=changed), environment=NO_GNUPLOT))
        self.assertEqual(self.was_done(out), [("looking", 1), ("sorted", 1)])  # of the curve, one seed is not two
        self.succeeds(run(*self.command(self.path("fresh"), names[:2], 1, recipes=changed), environment=NO_GNUPLOT))
        for name in ["own/seed-1/best.safetensors", "moved/transferred-seed-1/best.safetensors"]:
            self.assertEqual(read(copy, name, mode="rb"), read(self.path("fresh"), name, mode="rb"))
            self.assertNotEqual(read(copy, name, mode="rb"), read(self.whole, name, mode="rb"))
        os.mkdir(data)
        shutil.copy(self.store, data)
        subprocess.run([MAKE_STORE, data + "/other.h5", "32", "32", "9"], check=True)
        names = ["own", "moved", "looking", "direct"]
        out = self.succeeds(run(*self.command(copy, names, 1, data, changed), environment=NO_GNUPLOT))
        self.assertEqual(self.was_done(out), [("looking", 1), ("sorted", 1)])
        self.assertEqual(self.measured(copy, "own", 1)["R@other"]["test_runs"], 32)
        self.assertEqual(self.measured(copy, "moved", 1)["R"]["test_runs"], 8)

    def test_what_fails_does_not_stop_the_others(self):
        copy = self.copy()
        write(copy + "/direct/seed-1.json", "{}")
        # A model that is there, but is not known to be the one meant.
        shutil.copytree(copy + "/own/seed-1", copy + "/broken/seed-1")
        result = run(*self.command(copy, ["unreadable", "broken", "follows", "direct", "looking"]), environment=NO_GNUPLOT)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(self.was_done(result.stdout), [("looking", 1), ("looking", 2), ("sorted", 1), ("sorted", 2)])
        status = self.status(copy)
        self.assertRegex(status["unreadable"], "^failed: .*text.h5")
        self.assertRegex(status["broken"], "^failed: .*batch of 1000")
        self.assertRegex(status["follows"], "^failed: .*'broken'")
        self.assertRegex(status["direct"], "^failed: .*direct/seed-1.json: not a file of results.*remove it")
        self.assertEqual(status["looking"], "done")
        for words in ["broken, seed 1: ", "broken, seed 2: ", "text.h5", "direct/seed-1.json"]:
            self.assertIn(words, result.stderr)

    def test_sigterm(self):
        output = self.path("stopped")
        self.assert_stops_and_goes_on(self.command(output), output, self.whole, self.names,
                                      "curve/n10-seed-1/training.checkpoint", r"\.safetensors$|predictions")
        rows, whole = self.rows(output), self.rows(self.whole)
        for row in rows + whole:
            del row["training_seconds"]  # the only thing that differs
        self.assertEqual(rows, whole)

    def test_plan_only_tells(self):
        out = self.succeeds(run(*self.command(self.path("r")), "--plan"))
        self.assertRegex(out, r"(?m)^  moved +About moved$")
        self.assertRegex(out, r"(?m)^  absent +no data: .*nowhere.h5$")
        self.assertFalse(os.path.exists(self.path("r")))

    def test_what_cannot_be(self):
        for options, word, code in [(["--data", self.shared], "--output", 2), (["--data", "nowhere", "--output", self.path("r")], "nowhere", 1),
                                    (["--data", self.shared, "--output", self.path("r"), "--seeds", "1,1"], "twice", 2),
                                    (["--data", self.shared, "--output", self.path("r"), "--experiments", "cnn_r"], "did you mean 'cnn_R'", 1)]:
            with self.subTest(options):
                self.refused(run("reproduce", *options), word, code=code)
        self.assertFalse(os.path.exists(self.path("r")))


class Help(unittest.TestCase):
    def test_every_option_is_there(self):
        everywhere = ["--output", "--seeds", "--time-limit", "--checkpoint-interval", "--device", "--threads"]
        for command, options in {"transfer": ["--model", "--store", "--freeze", "--recipe", "--weights", "--samples",
                                              "--scratch-recipe", "--no-scratch", "--force", "--overwrite", "--set"],
                                 "learning-curve": ["--store", "--recipe", "--samples", "--target-mae", "--overwrite", "--set"],
                                 "reproduce": ["--experiments", "--data", "--plan"]}.items():
            result = run(command, "--help")
            self.assertEqual(result.returncode, 0, result.stderr)
            for word in [*everywhere, *options, "same command continues", "Example"]:
                self.assertIn(word, result.stdout)

    def test_nearest_command(self):
        for wrong, near in [("transfr", "transfer"), ("learning_curve", "learning-curve")]:
            result = run(wrong)
            self.assertEqual(result.returncode, 2)
            self.assertIn(f"did you mean '{near}'?", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
