"""Data sets and networks for PyTorch, compared with pmd_train: the same split, the same answers."""
import csv
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

import numpy as np

from module import ROOT, Case, call, flip

import bondscope

try:
    import torch
except ImportError:
    print("skipped: PyTorch for Python (Debian: python3-torch) is not installed")
    sys.exit(77)

from bondscope.learning import ImagesDataset
from bondscope.network import load_network

CNN = ["targets=[R, intensity]", "image={width: 32, height: 16}", "split={train_fraction: 0.7, validation_fraction: 0.2}",
       "network={blocks: 2, filters: 32, hidden: 8, extent: true, members: 2}",
       "augmentation={flip_kx: true, flip_ky: true, at_prediction: true}"]
ADDITIVE = ["image={width: 32, height: 16}", "network={blocks: 2, filters: 8, hidden: 4, extent: true, additive: true}"]
CLASSES = ["targets=[R]", "classes=[1, 3, 5, 8]", "image={width: 32, height: 16}", "training.loss=cross_entropy",
           "network={kind: dense, blocks: 2, units: 16}", "preprocessing.target_scaling=none"]


class Learning(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store, cls.file = cls.folder / "store.h5", cls.folder / "images.h5"
        call("MAKE_LEARNING_STORE", cls.store, 40, 40)
        call("PMD_STORE", "images", cls.store, cls.file, "--width", 32, "--height", 16)
        cls.cnn, cls.additive, cls.classes = (cls.train(name, settings) for name, settings in (
            ("cnn", CNN), ("additive", ADDITIVE), ("classes", CLASSES)))

    @classmethod
    def train(cls, name, settings):
        options = [word for setting in [*settings, "training.epochs=2", "training.batch_size=5"]
                   for word in ("--set", setting)]
        call("PMD_TRAIN", "train", "--store", cls.file, "--recipe", "quick", "--output", cls.folder / name, *options)
        return cls.folder / name

    def parts(self, images, description):
        split = description["recipe"]["split"]
        return images.split(split["seed"], split["train_fraction"], split.get("validation_fraction", 0.0), split["train_runs"])

    def test_the_split_is_that_of_the_trainer(self):
        for folder in (self.cnn, self.classes):
            description = json.loads((folder / "model.json").read_text())
            with bondscope.open_images(self.file) as images:
                parts = self.parts(images, description)
                for rows, runs in ((parts.train, "train_runs"), (parts.validation, "validation_runs")):
                    self.assertEqual([f"{images.source_checksum[row]:016x}" for row in rows],
                                     [run[-1] for run in description[runs]])
                self.assertEqual(len(parts.test), description["test_runs"])

    def test_computed_runs_are_learned_from_first(self):
        store, file, model = (self.folder / name for name in ("interpolated.h5", "interpolated-images.h5", "interpolated"))
        call("PMD_STORE", "interpolate", self.store, store, "--images", 100)
        call("PMD_STORE", "images", store, file, "--width", 32, "--height", 16)
        settings = [word for setting in ("image={width: 32, height: 16}", "split.train_runs=40") for word in ("--set", setting)]
        call("PMD_TRAIN", "train", "--store", file, "--recipe", "mse", "--output", model, *settings)
        description = json.loads((model / "model.json").read_text())
        with bondscope.open_images(file) as images:
            train = self.parts(images, description).train
            self.assertEqual([f"{images.source_checksum[row]:016x}" for row in train], [run[-1] for run in description["train_runs"]])
            # 30 of 40 are not for tests.
            self.assertEqual(sum(len(images.roots[row]) == 1 for row in train), 30)

    def test_the_twin_answers_as_pmd_train_does(self):
        for folder in (self.cnn, self.additive):
            network = load_network(folder, verify=True)
            with open(folder / "predictions.csv", newline="") as file:
                table = list(csv.DictReader(file))
            with bondscope.open_images(self.file) as images:
                test = self.parts(images, network.description).test
                self.assertEqual([int(line["run"]) for line in table], [int(images.numbers[row]) for row in test])
                answers = network.predict(images, test)
            expected = np.array([[float(line[f"predicted_{target}"]) for target in network.targets] for line in table])
            self.assertGreater(np.ptp(expected), 1e-3)  # not all the same
            np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-5)

    def test_a_classifier_s_twin(self):
        network = load_network(self.classes)
        with open(self.classes / "predictions.csv", newline="") as file:
            table = list(csv.DictReader(file))
        with bondscope.open_images(self.file) as images:
            scores = network.predict(images, self.parts(images, network.description).test)
        names = ["1-3", "3-5", "5-8"]
        column = next(name for name in table[0] if name.startswith("predicted"))
        self.assertEqual([names[i] for i in scores.argmax(axis=1)], [line[column] for line in table])

    def test_the_weights_can_learn_on(self):
        network = load_network(self.cnn, weights="last")
        with bondscope.open_images(self.file) as images:
            data = ImagesDataset(images, network.targets, self.parts(images, network.description).train)
            pixels = images.representation().pixels[data.rows]
            extent = network.extents(images.representation().extent[data.rows])
        network.train()
        outputs = network(network.inputs(pixels), extent)
        outputs.square().mean().backward()
        self.assertTrue(all(weight.grad is not None and weight.grad.isfinite().all() for weight in network.parameters()))

    def test_the_data_set(self):
        with bondscope.open_images(self.file) as images:
            data = ImagesDataset(images, ["intensity", "R"], images.split().test)
            pixels = images.representation().pixels[data.rows]
            targets = images.targets(["intensity", "R"])[data.rows]
        loader = torch.utils.data.DataLoader(data, batch_size=4)
        seen = [torch.cat(parts) for parts in zip(*loader)]
        self.assertEqual(tuple(seen[0].shape), (len(data.rows), 1, 32, 16))
        np.testing.assert_allclose(seen[0][:, 0].numpy() * 255, pixels, atol=1e-4)
        np.testing.assert_allclose(seen[1].numpy(), targets, rtol=1e-6)

    @unittest.skipUnless(importlib.util.find_spec("matplotlib"), "python3-matplotlib is not installed")
    def test_gallery(self):
        pictures = self.folder / "pictures"
        done = subprocess.run([sys.executable, ROOT / "python/gallery.py", self.store, pictures, "--images", self.file,
                               "--model", self.cnn], capture_output=True, text=True, timeout=100,
                              env={**os.environ, "PYTHONPATH": str(ROOT / "python")})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(file.stem for file in pictures.iterdir()),
                         ["distributions", "images", "predictions", "runs", "spectra"])
        metrics = json.loads((self.cnn / "metrics.json").read_text())
        error = float(re.search(r"^R: mean absolute error ([\d.]+)", done.stdout, re.M)[1])
        self.assertAlmostEqual(error, metrics["targets"]["R"]["mae"], delta=1e-4)

    def test_what_does_not_fit_is_refused(self):
        copy = self.folder / "copy"

        def fresh():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(self.cnn, copy)
            return copy
        flip(fresh() / "best.safetensors", 5000)
        with self.assertRaisesRegex(bondscope.BadFile, "best.safetensors: damaged or changed"):
            load_network(copy, verify=True)
        flip(fresh() / "model.json", 300)
        with self.assertRaises(bondscope.BadFile):
            load_network(copy, verify=True)
        weights = fresh() / "best.safetensors"
        weights.write_bytes(weights.read_bytes()[:-4])
        with self.assertRaisesRegex(bondscope.BadFile, "truncated or changed"):
            load_network(copy)
        text = (fresh() / "model.json").read_text()
        for old, new, message in (('"filters": 32', '"filters": 64', "this network's"),
                                  ('"filters": 32', '"wings": 2', "network.wings is unknown"),
                                  ('"format_version": 2', '"format_version": 1', "pmd_train upgrade"),
                                  ('"width": 32', '"width": 33', "cannot be halved"),
                                  ('"width": 32', '"width": -32', "expected positive numbers of pixels"),
                                  ('"dropout": 0.2', '"dropout": 1.0', "network.dropout = 1.0: expected")):
            self.assertIn(old, text)
            (copy / "model.json").write_text(text.replace(old, new, 1))
            with self.subTest(new), self.assertRaisesRegex(bondscope.BadFile, message):
                load_network(copy)


if __name__ == "__main__":
    unittest.main()
