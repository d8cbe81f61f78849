"""pmd_train train and evaluate as a user runs them: what a training leaves behind, and what it finds there already."""
import os
import shutil
import unittest

from trainer import QUICK, ModelTest, read, read_csv, read_json, run, write, written


class Training(ModelTest):
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
            self.assert_is_png(self.model, picture)
        self.assertFalse([name for name in os.listdir(self.model) if ".partial" in name])

    def test_the_description_comes_last(self):
        times = written(self.model)
        # Equal within a clock tick of the file system; gnuplot alone takes longer than that.
        self.assertEqual(max(times.values()), times["model.json"])

    def test_metrics_are_those_of_the_predictions(self):
        metrics = read_json(self.model, "metrics.json")
        rows = read_csv(self.model, "predictions.csv")
        description = read_json(self.model, "model.json")
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
        rows = read_csv(self.model, "learning_curve.csv")
        self.assertEqual([row["epoch"] for row in rows], ["1", "2", "3"])
        self.assertEqual(rows[0]["validation_loss"], "")

    def test_evaluate_repeats_the_test_exactly(self):
        result = run("evaluate", "--model", self.model, "--store", self.store, "--output", self.path("e"))
        self.succeeds(result)
        self.assertIn("held-out runs only: 27 of", result.stdout)
        for name in ["metrics.json", "predictions.csv"]:
            self.assertEqual(read(self.model, name), read(self.path("e"), name))
        self.assertTrue(os.path.exists(self.path("e/scatter.png")))

    def test_evaluate_on_another_store_uses_all_of_it(self):
        result = run("evaluate", "--model", self.model, "--store", self.make_store("other.h5", 12, 12, 7))
        self.succeeds(result)
        self.assertIn("n test 12", result.stdout)
        self.assertNotIn("held-out", result.stdout)

    def test_the_same_seed_gives_the_same_numbers(self):
        numbers = []
        for name, seed in [("a", 5), ("b", 5), ("c", 6)]:
            result = run("train", "--store", self.store, "--output", self.path(name), "--seed", seed, *QUICK)
            self.succeeds(result)
            numbers.append(read_json(self.path(name), "metrics.json")["targets"])
        self.assertEqual(numbers[0], numbers[1])
        self.assertNotEqual(numbers[0], numbers[2])

    def test_a_recipe_from_a_model_folder_trains_the_same(self):
        result = run("train", "--store", self.store, "--recipe", os.path.join(self.model, "recipe.yaml"), "--output",
                     self.path("m"))
        self.succeeds(result)
        self.assertEqual(read(self.path("m"), "predictions.csv"), read(self.model, "predictions.csv"))

    def test_a_complete_model_is_success(self):
        model = self.copy_of_model()
        write(model + "/training.checkpoint", "left by a kill after the model was complete")
        before = {name: time for name, time in written(model).items() if name != "training.checkpoint"}
        moved = self.path("moved.h5")
        shutil.copy(self.store, moved)
        result = run("train", "--store", moved, "--output", model, *QUICK)
        self.succeeds(result)
        self.assertIn("is complete", result.stdout)
        self.assertNotIn("epoch 1", result.stdout)
        self.assertEqual(before, written(model))

    def test_a_model_is_not_overwritten(self):
        model = self.copy_of_model()
        arguments = ["train", "--store", self.store, "--output", model, *QUICK]
        self.refused(run(*arguments, "--seed", 7), "seed (1 there, 7 here)", "--overwrite")
        self.refused(run("train", "--store", self.make_store("others.h5", 40, 36, 8), "--output", model, *QUICK), "data.checksum",
                     "--overwrite")
        # Asked to overwrite, but with nothing to train on: the old model stays.
        few = self.make_store("too_few.h5", 3, 3)
        self.refused(run("train", "--store", few, "--output", model, "--overwrite", *QUICK), "too few")
        self.assertEqual(run("evaluate", "--model", model, "--store", self.store).returncode, 0)
        self.succeeds(run(*arguments, "--overwrite"))
        self.refused(run("evaluate", "--model", model, "--store", self.store, "--output", model), "holds a model")

    def test_methods_without_layers_are_models_like_any_other(self):
        for method in ["mse", "sift", "svm_hog", "tree_hog", "svm_sift"]:
            with self.subTest(method):
                model = self.path(method)
                train = ["train", "--store", self.store, "--recipe", method, "--output", model, "--set",
                         "image={width: 128, height: 64}"]
                result = run(*train)
                self.succeeds(result)
                for word in ["27 to train", "9 to test", "method: " + method, "test MAE"]:
                    self.assertIn(word, result.stdout)
                self.assertEqual(sorted(os.listdir(model)), sorted(
                    ["best.safetensors", "card.md", "error_by_parameters.png", "error_histogram.png", "metrics.json",
                     "model.json", "predictions.csv", "recipe.yaml", "report.html", "scatter.png"]))
                card = read(model, "card.md")
                for word in ["Method: " + method, "27 runs", "preset.absorber.radius: 50", "## Limits", "| R | a.u. |"]:
                    self.assertIn(word, card)
                result = run("evaluate", "--model", model, "--store", self.store, "--output", self.path(method + "-e"))
                self.succeeds(result)
                self.assertIn("method " + method, result.stdout)
                for name in ["metrics.json", "predictions.csv"]:
                    self.assertEqual(read(model, name), read(self.path(method + "-e"), name))
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
