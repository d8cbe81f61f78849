"""pmd_train explain and dictionary as a user runs them."""
import json
import os
import struct
import unittest

from trainer import SMALL, ModelTest, read, read_csv, run


class Explain(ModelTest):
    def test_explanations(self):
        output = self.path("maps")
        result = run("explain", "--model", self.model, "--input", self.store, "--method", "integrated_gradients", "--steps",
                     "8", "--runs", "5", "--output", output, "--check", "--laws", "--beside", self.model)
        self.succeeds(result)
        for word in ["5 images; mean answer", "layers drawn anew down to block1", "rank correlation of the maps 1.000",
                     "planted at a wrong distance", "k/2√Up"]:
            self.assertIn(word, result.stdout)
        self.assertEqual(sorted(os.listdir(output)), ["attention.png", "averages.png", "explanations.csv", "faithfulness.csv",
                                                      "laws.csv", "maps.safetensors", "report.html", "sheet.png"])
        page = read(output, "report.html")
        for word in ["What model looks at", "layers drawn anew", "rank correlation of the maps 1.000", "data:image/png"]:
            self.assertIn(word, page)
        rows = read_csv(output, "explanations.csv")
        self.assertEqual(len(rows), 5)
        predicted = {row["run"]: float(row["predicted_R"]) for row in read_csv(self.model, "predictions.csv")}
        for row in rows:
            self.assertAlmostEqual(float(row["answer"]), predicted[row["run"]], places=3)
        with open(os.path.join(output, "maps.safetensors"), "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        self.assertEqual(header["maps"]["shape"], [5, 32, 16])

    def test_layers(self):
        output = self.path("layers")
        result = run("explain", "--model", self.model, "--beside", self.model, "--input", self.store, "--method", "layers",
                     "--with", self.make_store("far.h5", 9, 9, 9), "--output", output)
        self.succeeds(result)
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
        trained = run("train", "--store", self.store, "--output", model, "--recipe", "classifier", *SMALL, "--set",
                      "training.epochs=3", "--set", "image.view=first_quadrant", "--set", "classes=[1, 4.5, 8]", "--set", "split.train_runs=15")
        self.succeeds(trained)
        for options in [[], ["--runs", "unused", "--method", "lime", "--likeness", "rank"]]:
            result = run("dictionary", "--model", model, "--store", self.store, "--output", output, "--images-per-cell", "1",
                         "--choices", "2", "--threshold", "0", *options)
            self.succeeds(result)
            self.assertRegex(result.stdout, r"(?s)the classifier itself is right.*whole images.*permuted classes")
            self.assertEqual(sorted(os.listdir(output)), ["dictionary.csv", "sheet.png", "sizes.png"])
        bare = self.path("no pictures")
        result = run("dictionary", "--model", model, "--store", self.store, "--output", bare, "--images-per-cell", "1",
                     "--choices", "1", "--readings", environment={"PATH": self.folder})
        self.succeeds(result)
        self.assertIn("no pictures: ", result.stderr)
        self.assertEqual(sorted(os.listdir(bare)), ["dictionary.csv", "readings.csv"])
        self.refused(run("dictionary", "--model", model, "--store", self.store, "--output", output, "--method", "lime",
                         "--threshold-of", "score"), "threshold of the score", "lime")
        maps = self.path("maps of classes")
        result = run("explain", "--model", model, "--input", self.store, "--method", "integrated_gradients", "--steps", "4",
                     "--runs", "3", "--check", "--laws", "--beside", model, "--output", maps)
        self.succeeds(result)
        # Maps of scores, but what a deletion does is asked of probabilities.
        self.assertRegex(result.stdout, r"(?s)mean image \S+ \(score\).*answer moves \(probability\)"
                                        r".*each does alone \(\S+ probability\).*correlation of the maps 1.000")


if __name__ == "__main__":
    unittest.main(verbosity=2)
