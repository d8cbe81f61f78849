"""What the tests of pmd_train share: starting it, a folder and stores to learn from, and reading what it writes."""

import csv
import json
import os
import shutil
import subprocess
import tempfile
import unittest

PMD_TRAIN, MAKE_LEARNING_STORE = os.environ["PMD_TRAIN"], os.environ["MAKE_LEARNING_STORE"]
# A network that learns in a moment.
SMALL = ["--set", "image={width: 32, height: 16}", "--set", "network={blocks: 3, filters: 8}", "--set", "training.batch_size=5"]
QUICK = ["--recipe", "quick", *SMALL, "--set", "training.epochs=3"]


def run(*arguments, environment=None):
    return subprocess.run([PMD_TRAIN, *map(str, arguments)], capture_output=True, text=True, timeout=300,
                          env={**os.environ, **(environment or {})})


def make_store(file, *arguments):
    subprocess.run([MAKE_LEARNING_STORE, file, *map(str, arguments)], check=True)


def read(*path, mode="r"):
    with open(os.path.join(*path), mode) as file:
        return file.read()


def read_json(*path):
    return json.loads(read(*path))


def read_csv(*path):
    return list(csv.DictReader(read(*path).splitlines()))


def write(path, text, mode="w"):
    with open(path, mode) as file:
        file.write(text)


def files(folder):
    return sorted(os.path.relpath(os.path.join(where, name), folder) for where, _, names in os.walk(folder) for name in names)


def written(folder):
    """When each file there was written."""
    return {name: os.stat(os.path.join(folder, name)).st_mtime_ns for name in files(folder)}


class TrainerTest(unittest.TestCase):
    """Each test has a folder of its own; those of a class share another, with a store of 40 runs, 36 of them done."""

    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        cls.store = cls.make_store("base.h5", 40, 36)

    @classmethod
    def make_store(cls, name, *arguments):
        file = os.path.join(cls.shared, name)
        make_store(file, *arguments)
        return file

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def succeeds(self, result):
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def assert_is_png(self, *path):
        self.assertEqual(read(*path, mode="rb")[:8], b"\x89PNG\r\n\x1a\n")

    def refused(self, result, *words, code=1):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertRegex(result.stderr, r"\Aerror: [^\n]*\n\Z")
        for word in words:
            self.assertIn(word, result.stderr)


class ModelTest(TrainerTest):
    """There is a model, too, that has learned from the store."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = os.path.join(cls.shared, "model")
        cls.trained = run("train", "--store", cls.store, "--output", cls.model, *QUICK)

    def copy_of_model(self):
        copy = self.path("copy")
        shutil.copytree(self.model, copy)
        return copy
