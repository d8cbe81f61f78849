"""pmd_train learning-curve as a user runs it."""
import os
import shutil
import unittest

from studies import TINY, StudyTest, folders, models_written
from trainer import read_csv, read_json, run


class LearningCurve(StudyTest):
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
        before = models_written(copy)
        out = self.succeeds(run(*self.command(copy, "10,15,20", "2,1,3")))
        self.assertEqual(out.count("(was done)"), 4)
        self.assertEqual(sorted(set(folders(copy)) - set(folders(self.whole))),
                         ["n10-seed3", "n15-seed1", "n15-seed2", "n15-seed3", "n20-seed3"])
        self.assertLessEqual(before.items(), models_written(copy).items())
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

    def test_help(self):
        self.assert_help("learning-curve", "learning_curve", "--store", "--recipe", "--samples", "--target-mae", "--overwrite",
                         "--set")


if __name__ == "__main__":
    unittest.main(verbosity=2)
