"""Images files as a user meets them: 'pmd_store images', what h5py sees, and what pmd_train makes of them."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

import h5py
import numpy

PMD_STORE = os.environ["PMD_STORE"]
MAKE_SYNTHETIC_STORE = os.environ["MAKE_SYNTHETIC_STORE"]
PMD_TRAIN = os.environ.get("PMD_TRAIN")
TINY = ["--set", "image={width: 32, height: 16}", "--set", "network={blocks: 3, filters: 8}",
        "--set", "training.batch_size=5", "--set", "training.epochs=2"]


def run(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=300)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory()
        cls.store = pathlib.Path(cls.shared.name, "base.h5")
        subprocess.run([MAKE_SYNTHETIC_STORE, cls.store, "40", "36"], check=True)
        cls.template = pathlib.Path(cls.shared.name, "images.h5")
        cls.made = run(PMD_STORE, "images", cls.store, cls.template)

    @classmethod
    def tearDownClass(cls):
        cls.shared.cleanup()

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.images = self.folder / "images.h5"
        self.images.write_bytes(self.template.read_bytes())

    def expect(self, code, program, *arguments, says=()):
        result = run(program, *arguments)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        if code in (1, 2):
            self.assertRegex(result.stderr, r"\Aerror: [^\n]+\n\Z")
        for text in says:
            self.assertIn(text, result.stdout + result.stderr)
        return result


class Images(Case):
    def test_what_is_printed(self):
        self.assertEqual(self.made.returncode, 0, self.made.stderr)
        for text in ("36 images of 256 x 128 pixels, floor -5", "4 runs are pending", "images/s"):
            self.assertIn(text, self.made.stdout)

    def test_h5py_reads_images_extents_and_parameters(self):
        with h5py.File(self.store) as store, h5py.File(self.images) as file:
            self.assertEqual(file.attrs["format"], b"tdse-pmd-images")
            self.assertEqual((file.attrs["width"], file.attrs["height"], file.attrs["floor"]), (256, 128, -5))
            self.assertEqual((file["images"].shape, file["images"].dtype), ((36, 256, 128), numpy.uint8))
            self.assertEqual((file["images"].chunks, file["images"].compression), ((1, 256, 128), "gzip"))
            for name in ("R", "intensity_w_cm2", "cep", "angle", "molecule"):
                self.assertTrue(numpy.array_equal(file["parameters"][name][:], store["parameters"][name][:36]), name)
            self.assertTrue(numpy.array_equal(file["parameters/run"][:], store["run"][:36]))
            for name in file["diagnostics"].dtype.names:
                self.assertTrue(numpy.array_equal(file["diagnostics"][name], store["runs/record"][name][:36]), name)
            self.assertTrue(numpy.array_equal(file["source_checksum"][:], store["runs/record"]["payload_checksum"][:36]))
            kx, ky = store["kx"][:], store["ky"][:]
            self.assertEqual((file.attrs["kx_min"], file.attrs["kx_max"]), (kx[0], kx[-1]))
            for row in (0, 17, 35):
                # The image by its definition, but with the nearest sample for the resized one.
                pmd = store["pmd"][row].astype(float)
                log = numpy.maximum(numpy.log10(pmd / pmd.max()), -5)
                inside = numpy.argwhere(log > -5)
                (x0, y0), (x1, y1) = inside.min(0), inside.max(0)
                half = (kx[1] - kx[0]) / 2, (ky[1] - ky[0]) / 2
                extent = [kx[x0] - half[0], kx[x1] + half[0], ky[y0] - half[1], ky[y1] + half[1]]
                self.assertTrue(numpy.allclose(file["extent"][row], extent, atol=1e-12))
                image = file["images"][row].astype(float)
                self.assertEqual((image.min(), image.max()), (0, 255))
                columns = numpy.rint(x0 + (numpy.arange(256) + .5) / 256 * (x1 - x0 + 1) - .5).astype(int)
                lines = numpy.rint(y0 + (numpy.arange(128) + .5) / 128 * (y1 - y0 + 1) - .5).astype(int)
                nearest = (log[numpy.ix_(columns, lines)] + 5) / 5 * 255
                self.assertLess(abs(nearest - image).mean(), 8)
                self.assertGreater(numpy.corrcoef(nearest.ravel(), image.ravel())[0, 1], 0.98)
                # dP/dkx integrates to the yield.
                one = file["distribution_1d"][row]
                self.assertAlmostEqual(one.sum() * (kx[-1] - kx[0]) / 256 / file["diagnostics"]["yield"][row], 1, 2)

    def test_every_object_says_unit_and_meaning(self):
        with h5py.File(self.images) as file:
            def look(name, found):
                self.assertTrue(found.attrs["meaning"], name)
                if isinstance(found, h5py.Dataset):
                    self.assertIn("unit", found.attrs, name)
            file.visititems(look)

    def test_size(self):
        self.assertLess(self.images.stat().st_size, 0.75 * 36 * 256 * 128)

    def test_options(self):
        out = self.folder / "a.h5"
        self.expect(0, PMD_STORE, "images", self.store, out, "--width", "64", "--height", "32", "--floor", "-4",
                    "--level", "0", "--threads", "2", says=["36 images of 64 x 32 pixels, floor -4", "2 threads"])
        with h5py.File(out) as file:
            self.assertEqual((file["images"].shape, file["images"].compression), ((36, 64, 32), None))
        for option, value in (("width", "0"), ("height", "9999"), ("floor", "0"), ("floor", "nan"), ("level", "10"),
                              ("threads", "0"), ("width", "x")):
            self.expect(2, PMD_STORE, "images", self.store, self.folder / "b.h5", f"--{option}={value}",
                        says=[f"--{option}"])
        self.expect(2, PMD_STORE, "images", self.store, self.folder / "b.h5", "--width", "1024", "--height", "1024",
                    says=["too many"])
        self.assertFalse((self.folder / "b.h5").exists())

    def test_wrong(self):
        self.expect(2, PMD_STORE, "images", self.store, says=["expected a store and a new file"])
        self.expect(1, PMD_STORE, "images", self.store, self.images, says=["exists already"])
        self.expect(1, PMD_STORE, "images", self.images, self.folder / "a.h5", says=["images.h5"])

    def test_damaged_run(self):
        store = self.folder / "store.h5"
        store.write_bytes(self.store.read_bytes())
        with h5py.File(store, "r+") as file:
            file["pmd"][7, 3, 3] = 17
        out = self.folder / "a.h5"
        self.expect(1, PMD_STORE, "images", store, out, says=["run 7", "damaged"])
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"store.h5", "images.h5"})
        self.expect(0, PMD_STORE, "images", store, out, "--skip-damaged",
                    says=["run 7 is damaged and was left out", "35 images"])

    def test_interrupted(self):
        store = self.folder / "long.h5"
        subprocess.run([MAKE_SYNTHETIC_STORE, store, "1500"], check=True)
        out = self.folder / "a.h5"
        process = subprocess.Popen([PMD_STORE, "images", store, out, "--threads", "1"], stderr=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        while not (self.folder / "a.h5.partial").exists():
            self.assertIsNone(process.poll())
            time.sleep(0.001)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75)
        self.assertIn("interrupted; no images file was made", errors)
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"long.h5", "images.h5"})


class Info(Case):
    def test_text(self):
        self.expect(0, PMD_STORE, "info", self.images,
                    says=["images file", "synthetic (seed 1)", "36 of 256 x 128 pixels, floor -5", "H2+ (36)",
                          "base.h5: 36 runs done"])
        self.expect(0, PMD_STORE, "info", self.images, "--configuration", says=["name: synthetic"])

    def test_json(self):
        info = json.loads(self.expect(0, PMD_STORE, "info", self.images, "--json").stdout)
        self.assertEqual(info["images"], 36)
        self.assertEqual(info["image"], {"floor": -5, "width": 256, "height": 128})
        with h5py.File(self.images) as file:
            self.assertEqual(info["parameters"]["R"]["max"], file["parameters/R"][:].max())
        self.assertEqual(info["bytes"]["file"], self.images.stat().st_size)


class Verify(Case):
    def test_sound(self):
        self.expect(0, PMD_STORE, "verify", self.images, says=["36 images checked, 0 damaged"])

    def test_damaged_rows_are_named(self):
        with h5py.File(self.images, "r+") as file:
            image = file["images"][5]
            image[100, 60] ^= 1
            file["images"][5] = image
            file["extent"][9, 1] += 1e-9
            file["distribution_1d"][11, 200] *= 1.001
        result = self.expect(3, PMD_STORE, "verify", self.images, says=["run 5: damaged", "run 9:", "run 11:",
                                                                        "36 images checked, 3 damaged"])
        self.assertEqual(result.stdout.count("error: "), 3)
        report = json.loads(self.expect(3, PMD_STORE, "verify", self.images, "--json").stdout)
        self.assertEqual([finding["run"] for finding in report["findings"]], [5, 9, 11])

    def test_broken_seal(self):
        with h5py.File(self.images, "r+") as file:
            row = file["diagnostics"][3]
            row["yield"] *= 1.001
            file["diagnostics"][3] = row
        for command in ("info", "verify"):
            self.expect(1, PMD_STORE, command, self.images, says=["images.h5", "seal is broken"])


@unittest.skipUnless(PMD_TRAIN, "pmd_train was not built")
class Train(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = pathlib.Path(cls.shared.name, "learning.h5")
        subprocess.run([os.environ["MAKE_LEARNING_STORE"], cls.store, "40", "36"], check=True)
        cls.template = pathlib.Path(cls.shared.name, "learning-images.h5")
        cls.made = run(PMD_STORE, "images", cls.store, cls.template, "--width", "32", "--height", "16")

    def train(self, data, model, *options):
        return ("train", "--store", data, "--recipe", "quick", "--output", self.folder / model, *TINY, *options)

    def test_the_same_model_bit_for_bit(self):
        self.expect(0, PMD_TRAIN, *self.train(self.store, "a"), says=["store " + str(self.store)])
        self.expect(0, PMD_TRAIN, *self.train(self.images, "b"), says=["images file " + str(self.images)])
        for name in ("best.safetensors", "last.safetensors", "predictions.csv"):
            self.assertEqual((self.folder / "a" / name).read_bytes(), (self.folder / "b" / name).read_bytes(), name)
        # The training is the same one, whichever of the two is given.
        self.expect(0, PMD_TRAIN, *self.train(self.images, "a"), says=["is complete"])
        of_store, of_images = (self.expect(0, PMD_TRAIN, "evaluate", "--model", self.folder / "a", "--store", data)
                               for data in (self.store, self.images))
        self.assertEqual(of_store.stdout.splitlines()[2:], of_images.stdout.splitlines()[2:])

    def test_other_images_than_the_recipe_asks_for(self):
        self.expect(1, PMD_TRAIN, *self.train(self.images, "a", "--set", "image.width=64"),
                    says=["32 x 16 pixels", "64 x 16 pixels", "image.width=32"])
        self.assertFalse((self.folder / "a").exists())

    def test_damaged(self):
        with h5py.File(self.images, "r+") as file:
            file["extent"][9, 1] += 1e-9
        self.expect(1, PMD_TRAIN, *self.train(self.images, "a"), says=["run 9: damaged"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
