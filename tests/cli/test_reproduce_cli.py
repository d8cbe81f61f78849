"""pmd_train reproduce as a user runs it."""
import os
import re
import shutil
import statistics
import struct
import unittest

from studies import NO_GNUPLOT, StudyTest, contents, folders, models_written
from trainer import make_store, read, read_csv, read_json, run, write

NETWORK = """
seed: 3
targets: [R]
image: {width: 32, height: 16}
preprocessing: {pixel_max: 1, target_scaling: standard}
network: {blocks: 3, filters: 8, initialisation: he}
training: {loss: mse, optimiser: adam, learning_rate: 0.01, weight_decay: 0, batch_size: 5, epochs: 2}
"""


class Reproduce(StudyTest):
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
        before = models_written(copy)
        out = self.succeeds(run(*self.command(copy), environment=NO_GNUPLOT))
        # The direct comparison has no chance in it: one seed is enough.
        self.assertEqual(self.was_done(out), sorted(set(self.asked) - {("direct", 2)}))
        self.assertNotIn(" ...", out)
        self.assertEqual(before, models_written(copy))
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
        make_store(data + "/other.h5", 32, 32, 9)
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

    def test_help(self):
        self.assert_help("reproduce", "reprodce", "--experiments", "--data", "--plan")


if __name__ == "__main__":
    unittest.main(verbosity=2)
