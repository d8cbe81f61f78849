"""pmd_train calibrate and predict as a user runs them."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import h5py
import numpy

PMD_TRAIN, PMD_STORE, MAKE_STORE = (os.environ[name] for name in ("PMD_TRAIN", "PMD_STORE", "MAKE_STORE"))
# A kernel on few pixels: a second of training.
RECIPE = ["--recipe", "best", "--set", "image.width=52", "--set", "image.height=15", "--set", "image.exponent=0.5",
          "--set", "targets=[R, intensity]", "--set", "split.train_fraction=0.6"]


def run(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=120)


class Predict(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.store, cls.fresh = cls.make("store.h5", 150, 150, 1), cls.make("fresh.h5", 60, 60, 2)
        cls.model = cls.folder / "model"
        cls.trained = run(PMD_TRAIN, "train", "--store", cls.store, "--output", cls.model, *RECIPE)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def make(cls, name, *arguments):
        subprocess.run([MAKE_STORE, cls.folder / name, *map(str, arguments)], check=True)
        return cls.folder / name

    def predict(self, *arguments, model=None):
        return run(PMD_TRAIN, "predict", "--model", model or self.model, *arguments)

    def answers(self, *arguments, model=None):
        result = self.predict("--json", *arguments, model=model)
        self.assertIn(result.returncode, (0, 4), result.stderr)
        return json.loads(result.stdout)["answers"], result.returncode

    def refused(self, result, *words):
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_training_calibrates(self):
        self.assertEqual(self.trained.returncode, 0, self.trained.stderr)
        self.assertRegex(self.trained.stdout, r"R: intervals of 68, 90 and 95 % hold [\d., ]+ and [\d.]+ % of the runs")
        report = (self.model / "report.html").read_text()
        self.assertIn("<h2>Intervals</h2>", report)
        self.assertIn("R 1", report)
        card = (self.model / "card.md").read_text()
        self.assertIn("calibrated intervals", card)
        self.assertRegex(card, r"\| \S+/store.h5 \| none \| 60 \| R \(a.u.\) \| [\d.]+ \|")
        # The test is what it was, and can be repeated.
        again = run(PMD_TRAIN, "evaluate", "--model", self.model, "--store", self.store)
        self.assertEqual(again.returncode, 0, again.stderr)
        line = next(line for line in self.trained.stdout.splitlines() if "test MAE" in line)
        self.assertIn(line, again.stdout)

    def test_answers_hold_the_truth(self):
        answers, _ = self.answers("--input", self.fresh)
        self.assertEqual(len(answers), 60)
        with h5py.File(self.fresh) as file:
            truth = file["parameters/R"][:]
        inside = [answer["targets"]["R"]["intervals"][1]["low"] <= R <= answer["targets"]["R"]["intervals"][1]["high"]
                  for answer, R in zip(answers, truth)]
        self.assertGreater(sum(inside), 45)  # of 60 · 0.9
        trusted = sum(answer["trusted"] for answer in answers)
        self.assertGreater(trusted, 50)
        for answer in answers:
            self.assertEqual(answer["trusted"], not answer["distrust"])
            lows = [interval["low"] for interval in answer["targets"]["R"]["intervals"] if interval["low"] is not None]
            self.assertEqual(lows, sorted(lows, reverse=True))

    def test_one_distribution_in_words(self):
        answers, code = self.answers("--input", self.fresh, "--rows", "3")
        output = self.folder / "page"
        result = self.predict("--input", self.fresh, "--rows", "3", "--output", output)
        self.assertEqual(result.returncode, code)
        self.assertIn("row 3", result.stdout)
        self.assertRegex(result.stdout, r"R = [\d.]+ a.u. \(68 %: [\d.]+ to [\d.]+; 90 %:")
        self.assertRegex(result.stdout, r"taken for granted[\s\S]*molecule: H2\+[\s\S]*wavelength_nm: 800")
        page = (output / "answers.html").read_text()
        self.assertIn("The nearest known runs", page)
        self.assertNotIn("src=\"http", page)
        self.assertEqual(json.loads((output / "answers.json").read_text())["answers"], answers)
        self.assertEqual(sorted(os.listdir(output)), ["answers.html", "answers.json"])

    def test_known_runs_beside_are_the_nearest_by_their_distributions(self):
        known = json.loads((self.model / "model.json").read_text())["train_runs"][7]
        with h5py.File(self.store) as file:
            row = int(numpy.argmin(abs(file["parameters/R"][:] - known[1])))
        answer = self.answers("--input", self.store, "--rows", row)[0][0]
        nearest = answer["nearest"]
        self.assertEqual(nearest[0]["parameters"]["R"], known[1])
        distances = [run["distance"] for run in nearest]
        self.assertEqual(distances, sorted(distances))
        self.assertLess(distances[0], 1e-3 * distances[1])

    def test_what_is_foreign_is_not_trusted(self):
        turned = self.folder / "turned.h5"
        self.assertEqual(run(PMD_STORE, "degrade", self.fresh, turned, "--rotation", 25).returncode, 0)
        answers, code = self.answers("--input", turned)
        self.assertEqual(code, 4)
        self.assertGreater(sum(not answer["trusted"] for answer in answers), 54)
        text = self.predict("--input", turned, "--rows", 0)
        self.assertIn("ANSWER NOT TO BE TRUSTED", text.stdout)
        self.assertIn("R = ", text.stdout)

    def test_another_number_of_electrons_needs_its_own_calibration(self):
        counted, seen = self.folder / "counted.h5", self.folder / "seen.h5"
        for source, target in ((self.store, counted), (self.fresh, seen)):
            self.assertEqual(run(PMD_STORE, "degrade", source, target, "--electrons", 3000).returncode, 0)
        answers, code = self.answers("--input", seen, "--rows", "0-9")
        self.assertEqual(code, 4)
        self.assertTrue(all("3e+03 counted electrons" in " ".join(answer["distrust"]) for answer in answers))
        model = self.folder / "noisy"
        subprocess.run(["cp", "-r", self.model, model], check=True)
        result = run(PMD_TRAIN, "calibrate", "--model", model, "--input", counted, "--check", seen)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("calibrated with 60 runs", result.stdout)
        self.assertRegex(result.stdout, r"seen.h5: 60 runs, alarm for [\d.]+ %")
        after, _ = self.answers("--input", seen, model=model)
        self.assertGreater(sum(answer["trusted"] for answer in after), 50)
        width = [a["targets"]["R"]["intervals"][1]["high"] - a["targets"]["R"]["intervals"][1]["low"] for a in after]
        quiet, _ = self.answers("--input", self.fresh)
        narrow = [a["targets"]["R"]["intervals"][1]["high"] - a["targets"]["R"]["intervals"][1]["low"] for a in quiet]
        self.assertGreater(numpy.mean(width), 1.5 * numpy.mean(narrow))
        # The folder is as sound as before, and its card tells what it was calibrated and checked with.
        card = (model / "card.md").read_text()
        self.assertRegex(card, r"\| \S+/counted.h5 \| 3e\+03 \| 60 \| R \(a.u.\) \| [\d.]+ \|")
        self.assertRegex(card, r"\| \S+/seen.h5 \| 3e\+03 \| 60 \| R \(a.u.\) \| [\d.]+ \([\d.]+ to [\d.]+\) \|")
        self.assertNotIn("store.h5 | none", card)
        self.assertIn("## Results", card)
        self.assertEqual(run(PMD_TRAIN, "evaluate", "--model", model, "--store", self.fresh).returncode, 0)

    def test_a_measured_distribution(self):
        with h5py.File(self.fresh) as file:
            pmd, kx, ky = file["pmd"][5], file["kx"][:], file["ky"][:]
        text, seen = self.folder / "matrix.txt", self.folder / "measured.h5"
        counts = numpy.random.default_rng(1).poisson(20_000 * pmd / pmd.sum())
        numpy.savetxt(text, numpy.rot90(counts), fmt="%d")
        arguments = ["--centre", f"{len(kx) // 2},{len(ky) // 2}", "--axis-deg", 0, "--scale-au", 0.1, "--per-electron", 1,
                     "--kx-max", 2.8, "--kx-spacing", 0.1, "--ky-max", 2.3, "--ky-spacing", 0.1]
        result = run(PMD_STORE, "import", seen, text, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        answers, code = self.answers("--input", seen)
        self.assertEqual(code, 4)  # the model knows no noise
        self.assertEqual(answers[0]["unknown"], ["R", "angle", "cep", "intensity_w_cm2"])
        self.assertAlmostEqual(answers[0]["electrons"], counts.sum(), delta=200)
        covers_less = run(PMD_STORE, "import", self.folder / "edge.h5", text, *arguments, "--edge",
                          f"{len(kx) // 2},{len(ky) // 2},15")
        self.assertEqual(covers_less.returncode, 0, covers_less.stderr)
        self.refused(self.predict("--input", self.folder / "edge.h5"), "along kx", "measured from -1.5", "-2.6 to 2.6")

    def test_what_cannot_be_answered(self):
        self.refused(self.predict("--input", self.make("three.h5", 12, 12, 5, 50, 3)), "pulse.cycles", "model 2, store 3")
        self.refused(self.predict("--input", self.fresh, "--rows", "99"), "99", "0 to 59")
        self.refused(self.predict("--input", self.make("some.h5", 12, 5, 6), "--rows", "8"), "row 8", "not done")
        small = self.folder / "small"
        few = self.make("few.h5", 20, 20, 7)
        self.assertEqual(run(PMD_TRAIN, "train", "--store", few, "--output", small, *RECIPE).returncode, 0)
        self.refused(self.predict("--input", self.fresh, model=small), "not calibrated", "pmd_train calibrate")
        self.refused(run(PMD_TRAIN, "calibrate", "--model", small, "--input", self.fresh), "--known")
        result = run(PMD_TRAIN, "calibrate", "--model", small, "--input", self.fresh, "--known", few)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.answers("--input", self.store, "--rows", "0-3", model=small)[0][0]["row"], 0)

    def test_a_damaged_calibration_is_refused(self):
        model = self.folder / "damaged"
        subprocess.run(["cp", "-r", self.model, model], check=True)
        file = model / "calibration.safetensors"
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        self.refused(self.predict("--input", self.fresh, model=model), "calibration.safetensors", "damaged or changed")
        file.unlink()
        self.refused(self.predict("--input", self.fresh, model=model), "calibration.safetensors")


if __name__ == "__main__":
    unittest.main()
