"""pmd_train transfer as a user runs it."""
import os
import shutil
import unittest

import h5py

from studies import NO_GNUPLOT, TINY, StudyTest, contents, folders, models_written
from trainer import read, read_csv, read_json, run


class Transfer(StudyTest):
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
        before = models_written(copy)
        out = self.succeeds(run(*self.several(copy)))
        self.assertEqual(out.count("(was done)"), 8)
        self.assertEqual(before, models_written(copy))
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
        result = run(*command)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertRegex(result.stderr, r"\A[^\n]*frozen_blocks \(2 there, 1 here\)[^\n]*--overwrite[^\n]*\n\Z")
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

    def test_help(self):
        self.assert_help("transfer", "transfr", "--model", "--store", "--freeze", "--recipe", "--weights", "--samples",
                         "--scratch-recipe", "--no-scratch", "--force", "--overwrite", "--set")


if __name__ == "__main__":
    unittest.main(verbosity=2)
