#!/usr/bin/env python3
"""Files of earlier formats, used and upgraded: the numbers stay (tests/fixtures/formats/README.md).

  test_earlier_files.py PMD_STORE [PMD_TRAIN]"""
import csv
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zlib

import h5py
import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../examples"))
import read_weights  # noqa: E402
import verify_file  # noqa: E402

OLD = os.path.join(HERE, "../fixtures/formats/v2")
PROGRAMS = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
with open(os.path.join(OLD, "numbers.json"), encoding="utf-8") as numbers_file:
    NUMBERS = json.load(numbers_file)


def call(*arguments, code=0):
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, timeout=120)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def text_of(file, path):
    return file[path][()].decode() if path in file else ""


def crc(values):
    return zlib.crc32(numpy.ascontiguousarray(values).tobytes())


class EarlierFiles(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def upgraded(self, name):
        call(PROGRAMS[0], "upgrade", os.path.join(OLD, name), self.path(name))
        verify_file.verify(self.path(name))
        return h5py.File(self.path(name), "r")

    def check_runs(self, file, numbers):
        attributes = numbers["attributes"]
        for name in ("dataset", "preset", "part"):
            self.assertEqual(file.attrs[name].decode() if file.attrs[name] else "", attributes[name])
        self.assertEqual(file.attrs["seed"], attributes["seed"])
        for name in ("configuration", "configuration_given", "code_version", "libraries", "machine", "created",
                     "history", "declared_parameters", "derivation"):
            self.assertEqual(text_of(file, f"provenance/{name}"), attributes.get(name, ""), name)
        self.assertEqual(file["run"][:].tolist(), numbers["runs"])
        self.assertEqual(set(file["parameters"]), set(numbers["parameters"]))
        for name, values in numbers["parameters"].items():
            found = file["parameters"][name][:].tolist()
            self.assertEqual([value.decode() for value in found] if name == "molecule" else found, values)
        if "derivation" in numbers:
            expected = dict(numbers["derivation"])
            links = expected.pop("links")
            for name, values in expected.items():
                self.assertEqual(file["derivation"][name][:].tolist(), values)
            for name, values in links.items():
                self.assertEqual(file["derivation/links"][name].tolist(), values)

    def test_stores_are_upgraded_with_the_same_numbers(self):
        for name in ("live.h5", "sealed.h5", "averages.h5", "degraded.h5"):
            numbers = NUMBERS[name]
            with self.subTest(name), self.upgraded(name) as file:
                self.check_runs(file, numbers)
                for axis, values in numbers["axes"].items():
                    self.assertEqual(file[axis][:].tolist(), values)
                records = file["runs/record"][:]
                for member in ("state", "attempt", "failure"):
                    self.assertEqual(records[member].tolist(), numbers[member])
                self.assertEqual([reason.decode() for reason in records["reason"]], numbers["reason"])
                for row in numpy.flatnonzero(records["state"] == 1):
                    self.assertEqual(int(records["payload_checksum"][row]), numbers["payload_checksum"][row])
                    self.assertEqual(crc(file["pmd"][row]), numbers["pmd_crc32"][row])
                    for diagnostic, values in numbers["diagnostics"].items():
                        self.assertEqual(records[diagnostic][row], values[row])

    def test_an_images_file_is_upgraded_with_the_same_numbers(self):
        numbers = NUMBERS["images.h5"]
        with self.upgraded("images.h5") as file:
            self.check_runs(file, numbers)
            self.assertEqual(list(file["images"]), ["image"])
            image = file["images/image"]
            self.assertEqual([crc(row) for row in image["pixels"][:]], numbers["images_crc32"])
            self.assertEqual([crc(row) for row in image["extent"][:]], numbers["extent_crc32"])
            self.assertEqual([crc(row) for row in file["distribution_1d"][:]], numbers["distribution_1d_crc32"])
            self.assertEqual(file["source_checksum"][:].tolist(), numbers["payload_checksum"])
            for diagnostic, values in numbers["diagnostics"].items():
                self.assertEqual(file["diagnostics"][diagnostic][:].tolist(), values)

    def test_what_makes_hdf5_crash_is_an_error_message(self):
        with open(os.path.join(OLD, "images.h5"), "rb") as file:
            content = bytearray(file.read())
        # Sizes in the global heap and in object headers of the old format, which nothing checksums.
        for byte, bit in ((3732, 5), (5962, 0), (6006, 5), (6097, 4)):
            content[byte] ^= 1 << bit
            with open(self.path("broken.h5"), "wb") as file:
                file.write(content)
            content[byte] ^= 1 << bit
            for command in ("info", "verify"):
                self.assertIn("error: " + self.path("broken.h5"),
                              call(PROGRAMS[0], command, self.path("broken.h5"), code=1))
            if len(PROGRAMS) > 1:
                self.assertIn("error: " + self.path("broken.h5"),
                              call(PROGRAMS[1], "train", "--store", self.path("broken.h5"), "--recipe", "quick",
                                   "--output", self.path("none"), code=1))

    def check_predictions(self, model, store):
        output = self.path("test")
        shutil.rmtree(output, ignore_errors=True)
        call(PROGRAMS[1], "evaluate", "--model", model, "--store", store, "--output", output, "--device", "cpu",
             "--threads", "1")
        with open(os.path.join(output, "predictions.csv"), encoding="utf-8") as file:
            found = list(csv.DictReader(file))
        expected = NUMBERS["model"]["predictions"]
        self.assertEqual([row["run"] for row in found], [row["run"] for row in expected])
        for row, before in zip(found, expected):
            for key, value in before.items():
                if key.startswith(("predicted", "error")):
                    # Another processor may round otherwise.
                    self.assertTrue(math.isclose(float(row[key]), float(value), rel_tol=1e-4, abs_tol=1e-4), key)
                elif key != "molecule":
                    self.assertEqual(float(row[key]), float(value), key)

    @unittest.skipIf(len(PROGRAMS) < 2, "without pmd_train")
    def test_a_model_answers_as_it_did_and_does_so_upgraded(self):
        old = os.path.join(OLD, "model")
        for store in ("live.h5", "images.h5"):
            self.check_predictions(old, os.path.join(OLD, store))
        new = self.path("model")
        call(PROGRAMS[1], "upgrade", old, new)
        self.check_predictions(new, os.path.join(OLD, "live.h5"))
        for which in ("best", "last"):
            arrays = read_weights.read_weights(os.path.join(new, f"{which}.safetensors"))
            self.assertEqual({name: {"shape": list(values.shape), "crc32": crc(values)}
                              for name, values in arrays.items()}, NUMBERS["model"][which])
        with open(os.path.join(new, "model.json"), encoding="utf-8") as file:
            description = json.load(file)
        self.assertEqual(description["format_version"], 2)
        before = NUMBERS["model"]["description"]
        for key in ("created", "code_version", "parameter_count", "epochs_done", "best_epoch", "selection",
                    "target_scaling", "train_runs", "validation_runs", "computed_runs", "test_runs",
                    "data_checksum"):
            self.assertEqual(description[key], before[key], key)
        # What data sets could not say then is given its only value of then.
        data, before = description["data"], dict(before["data"])
        self.assertLessEqual(before.pop("setting").items(), data["setting"].items())
        self.assertLessEqual(before.items(), {key: data[key] for key in before}.items())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
