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

from stores import MAKE_SYNTHETIC_STORE, PMD_STORE, flip, make_store

PMD_TRAIN = os.environ.get("PMD_TRAIN")
TINY = ["--set", "image={width: 32, height: 16}", "--set", "network={blocks: 3, filters: 8}",
        "--set", "training.batch_size=5", "--set", "training.epochs=2"]


def chunk_of(path, dataset, row):
    """Where the middle of a row's chunk lies in the file."""
    with h5py.File(path) as file:
        chunk = file[dataset].id.get_chunk_info_by_coord((row, 0, 0))
        # Before 1.14 HDF5 counts from behind the user block.
        block = file.userblock_size if h5py.version.hdf5_version_tuple < (1, 14, 0) else 0
        return block + chunk.byte_offset + chunk.size // 2


def run(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=300)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory()
        cls.store = pathlib.Path(cls.shared.name, "base.h5")
        make_store(cls.store, 40, 36)
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
            self.assertEqual(file.attrs["representations"], b"paper")
            group = file["images/paper"]
            self.assertEqual((group.attrs["width"], group.attrs["height"], group.attrs["floor"]), (256, 128, -5))
            self.assertEqual((group.attrs["view"], group.attrs["window"]), (b"plane", b"crop"))
            self.assertEqual((group["pixels"].shape, group["pixels"].dtype), ((36, 256, 128), numpy.uint8))
            self.assertEqual((group["pixels"].chunks, group["pixels"].compression), ((1, 256, 128), "gzip"))
            for name in ("R", "intensity_w_cm2", "cep", "angle", "molecule"):
                self.assertTrue(numpy.array_equal(file["parameters"][name][:], store["parameters"][name][:36]), name)
            self.assertTrue(numpy.array_equal(file["run"][:], store["run"][:36]))
            for name, column in file["diagnostics"].items():
                self.assertTrue(numpy.array_equal(column[:], store["runs/record"][name][:36]), name)
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
                self.assertTrue(numpy.allclose(group["extent"][row], extent, atol=1e-12))
                image = group["pixels"][row].astype(float)
                self.assertEqual((image.min(), image.max()), (0, 255))
                columns = numpy.rint(x0 + (numpy.arange(256) + .5) / 256 * (x1 - x0 + 1) - .5).astype(int)
                lines = numpy.rint(y0 + (numpy.arange(128) + .5) / 128 * (y1 - y0 + 1) - .5).astype(int)
                nearest = (log[numpy.ix_(columns, lines)] + 5) / 5 * 255
                self.assertLess(abs(nearest - image).mean(), 8)
                self.assertGreater(numpy.corrcoef(nearest.ravel(), image.ravel())[0, 1], 0.98)
                # dP/dkx integrates to the yield.
                one = file["distribution_1d"][row]
                self.assertAlmostEqual(one.sum() * (kx[-1] - kx[0]) / 256 / file["diagnostics/yield"][row], 1, 2)

    def test_every_object_says_unit_and_meaning(self):
        with h5py.File(self.images) as file:
            def look(name, found):
                self.assertTrue(found.attrs["meaning"], name)
                if isinstance(found, h5py.Dataset) and not name.startswith("provenance/"):
                    self.assertIn("unit", found.attrs, name)
            file.visititems(look)

    def test_size(self):
        self.assertLess(self.images.stat().st_size, 0.75 * 36 * 256 * 128)

    def test_options(self):
        out = self.folder / "a.h5"
        self.expect(0, PMD_STORE, "images", self.store, out, "--width", "64", "--height", "32", "--floor", "-4",
                    "--level", "0", "--threads", "2", says=["36 images of 64 x 32 pixels, floor -4", "2 threads"])
        with h5py.File(out) as file:
            pixels = file["images/image/pixels"]
            self.assertEqual((pixels.shape, pixels.compression), ((36, 64, 32), None))
        for option, value in (("width", "0"), ("height", "9999"), ("floor", "0"), ("floor", "nan"), ("level", "10"),
                              ("threads", "0"), ("width", "x")):
            self.expect(2, PMD_STORE, "images", self.store, self.folder / "b.h5", f"--{option}={value}",
                        says=[f"--{option}"])
        self.expect(2, PMD_STORE, "images", self.store, self.folder / "b.h5", "--width", "1024", "--height", "1024",
                    says=["too many"])
        self.expect(2, PMD_STORE, "images", self.store, self.folder / "b.h5", "--width", "64", "--representation",
                    "root", says=["--width", "--representation"])
        self.expect(2, PMD_STORE, "images", self.store, self.folder / "b.h5", "--representation", "rot",
                    says=["root"])
        self.assertFalse((self.folder / "b.h5").exists())

    def test_several_representations(self):
        out = self.folder / "several.h5"
        mine = self.folder / "mine.yaml"
        mine.write_text("width: 32\nheight: 16\n")
        self.expect(0, PMD_STORE, "images", self.store, out, "--representation", "paper", "--representation", "root",
                    "--representation", "energy", "--representation", mine,
                    says=["144 images of 36 runs in 4 representations"])
        self.expect(0, PMD_STORE, "verify", out, says=["36 runs checked, 0 damaged"])
        self.expect(0, PMD_STORE, "info", out, says=["root: 104 x 30 pixels, power 0.5, view upper_half",
                                                     "mine: 32 x 16 pixels, floor -5"])
        with h5py.File(out) as file, h5py.File(self.images) as alone:
            self.assertEqual(file.attrs["representations"], b"paper,root,energy,mine")
            self.assertTrue(numpy.array_equal(file["images/paper/pixels"][:], alone["images/paper/pixels"][:]))
            pixels = file["images/root/pixels"]
            self.assertEqual((pixels.shape, pixels.dtype), ((36, 104, 30), numpy.float32))
            # Dimension scales: the axes that h5py, xarray and viewers show.
            self.assertEqual([list(dimension.keys()) for dimension in pixels.dims], [["run"], ["kx"], ["ky"]])
            kx, ky = pixels.dims[1]["kx"][:], pixels.dims[2]["ky"][:]
            self.assertTrue(numpy.allclose(kx, -2.575 + 0.05 * numpy.arange(104)), kx)
            self.assertTrue(numpy.allclose(ky, 0.025 + 0.05 * numpy.arange(30)), ky)
            self.assertEqual(list(file["images/energy/pixels"].dims[1].keys()), ["energy"])
            # Squares are probabilities: those of the upper half plane, and of all energies.
            for row in (0, 20):
                whole = file["diagnostics/yield"][row]
                self.assertLess((pixels[row].astype(float) ** 2).sum(), whole)
                self.assertLessEqual((file["images/energy/pixels"][row].astype(float) ** 2).sum(), whole * 1.0001)

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
                    says=["images file", "synthetic (seed 1)", "paper: 256 x 128 pixels, floor -5", "H2+ (36)",
                          "base.h5: 36 runs done"])
        self.expect(0, PMD_STORE, "info", self.images, "--configuration", says=["name: synthetic"])

    def test_json(self):
        info = json.loads(self.expect(0, PMD_STORE, "info", self.images, "--json").stdout)
        self.assertEqual(info["images"], 36)
        self.assertEqual(list(info["representations"]), ["paper"])
        for key, value in (("floor", -5), ("width", 256), ("height", 128), ("window", "crop"), ("values", "bytes")):
            self.assertEqual(info["representations"]["paper"][key], value)
        with h5py.File(self.images) as file:
            self.assertEqual(info["parameters"]["R"]["max"], file["parameters/R"][:].max())
        self.assertEqual(info["bytes"]["file"], self.images.stat().st_size)


class Verify(Case):
    def test_sound(self):
        self.expect(0, PMD_STORE, "verify", self.images, says=["36 runs checked, 0 damaged"])

    def test_damaged_rows_are_named(self):
        for row in (5, 9):
            flip(self.images, chunk_of(self.images, "images/paper/pixels", row))
        result = self.expect(3, PMD_STORE, "verify", self.images, says=["run 5: damaged", "run 9: damaged",
                                                                        "36 runs checked, 2 damaged"])
        self.assertEqual(result.stdout.count("error: "), 2)
        report = json.loads(self.expect(3, PMD_STORE, "verify", self.images, "--json").stdout)
        self.assertEqual([finding["run"] for finding in report["findings"]], [5, 9])

    def test_whatever_else_is_changed(self):
        with h5py.File(self.images, "r+") as file:
            file["diagnostics/yield"][3] *= 1.001
        for command in ("info", "verify"):
            self.expect(1, PMD_STORE, command, self.images, says=["images.h5", "damaged"])


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
                    says=["32 x 16 pixels", "64 x 16 pixels", "section 'image'"])
        self.assertFalse((self.folder / "a").exists())

    def test_floats_in_a_fixed_window(self):
        out = self.folder / "root.h5"
        root = {"view": "upper_half", "window": "fixed", "kx": [-2.4, 2.4], "ky": [0, 1.6], "scale": "power",
                "exponent": 0.5, "normalisation": "none", "values": "floats", "width": 32, "height": 16}
        (self.folder / "root.yaml").write_text(json.dumps(root))
        self.expect(0, PMD_STORE, "images", self.store, out, "--representation", "paper", "--representation",
                    self.folder / "root.yaml")
        for data, model in ((self.store, "a"), (out, "b")):
            self.expect(0, PMD_TRAIN, *self.train(data, model, "--set", "image=" + json.dumps(root)))
            self.expect(0, PMD_TRAIN, "evaluate", "--model", self.folder / model, "--store", data)
        self.assertEqual((self.folder / "a" / "predictions.csv").read_bytes(),
                         (self.folder / "b" / "predictions.csv").read_bytes())
        self.expect(1, PMD_TRAIN, *self.train(out, "c"), says=["paper (256 x 128 pixels", "root (32 x 16 pixels"])

    def test_damaged(self):
        flip(self.images, chunk_of(self.images, "images/image/pixels", 9))
        self.expect(1, PMD_TRAIN, *self.train(self.images, "a"), says=["run 9: damaged"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
