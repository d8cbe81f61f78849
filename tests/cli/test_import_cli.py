"""pmd_store import as an experimenter meets it: a computed distribution as other programs' files, and what comes back."""

import json
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest
import zlib

import h5py
import numpy

PMD_STORE, TDSE_RUN = os.environ["PMD_STORE"], os.environ["TDSE_RUN"]


def run(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=120)


def between_samples(pmd):
    """The distribution at eight times as many points, by its Fourier series."""
    nx, ny = (8 * n for n in pmd.shape)
    wave = numpy.fft.fftshift(numpy.fft.fft2(pmd))
    fine = numpy.zeros((nx, ny), complex)
    x, y = nx // 2 - pmd.shape[0] // 2, ny // 2 - pmd.shape[1] // 2
    fine[x:x + pmd.shape[0], y:y + pmd.shape[1]] = wave
    return numpy.clip(numpy.fft.ifft2(numpy.fft.ifftshift(fine)).real * 64, 0, None)


class Camera:
    """Pixels of `scale` a.u., the centre at (x, y), the polarisation at `degrees` from the right towards the top."""

    def __init__(self, scale, x, y, degrees, width, height):
        self.scale, self.x, self.y, self.degrees, self.width, self.height = scale, x, y, degrees, width, height

    def image(self, fine, kx, ky):
        column, row = numpy.meshgrid(numpy.arange(self.width), numpy.arange(self.height))
        u, v = (column - self.x) * self.scale, -(row - self.y) * self.scale
        cos, sin = numpy.cos(numpy.radians(self.degrees)), numpy.sin(numpy.radians(self.degrees))
        i = (u * cos + v * sin - kx[0]) / (kx[1] - kx[0]) * 8
        j = (-u * sin + v * cos - ky[0]) / (ky[1] - ky[0]) * 8
        inside = (i >= 0) & (j >= 0) & (i <= fine.shape[0] - 2) & (j <= fine.shape[1] - 2)
        i, j = numpy.clip(i, 0, fine.shape[0] - 2), numpy.clip(j, 0, fine.shape[1] - 2)
        a, b = i.astype(int), j.astype(int)
        s, t = i - a, j - b
        value = ((1 - s) * (1 - t) * fine[a, b] + s * (1 - t) * fine[a + 1, b] + (1 - s) * t * fine[a, b + 1]
                 + s * t * fine[a + 1, b + 1])
        return numpy.where(inside, value, 0)

    def options(self):
        return ["--centre", f"{self.x},{self.y}", "--scale-au", self.scale, "--axis-deg", self.degrees]


def png(image):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in image)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", *image.shape[::-1], 16, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def tiff(image):
    data = image.astype(">u2").tobytes()
    entries = [(256, 4, image.shape[1]), (257, 4, image.shape[0]), (258, 3, 16 << 16), (259, 3, 1 << 16), (262, 3, 1 << 16),
               (273, 4, 8), (277, 3, 1 << 16), (278, 4, image.shape[0]), (279, 4, len(data))]
    directory = b"".join(struct.pack(">HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"MM\0\x2a" + struct.pack(">I", 8 + len(data)) + data + struct.pack(">H", len(entries)) + directory + b"\0\0\0\0"


class Import(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name)
        done = run(TDSE_RUN, "--preset", "quick", "--R", 2, "--intensity", 2e14, "--output", cls.path / "computed.h5")
        assert done.returncode == 0, done.stderr
        with h5py.File(cls.path / "computed.h5") as file:
            cls.pmd, cls.kx, cls.ky = file["pmd"][0].astype(float), file["kx"][:], file["ky"][:]
        cls.fine = between_samples(cls.pmd)
        weights = numpy.array([0.5, 1, 1, 1, 1, 1, 1, 1, 0.5])
        cls.means = sum(v * w * numpy.roll(cls.fine, (4 - i, 4 - j), (0, 1)) for i, v in enumerate(weights)
                        for j, w in enumerate(weights))[::8, ::8]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def import_it(self, name, *options, code=0):
        output = self.path / f"{name}.h5"
        result = run(PMD_STORE, "import", output, *options)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return output, result

    def distance(self, output, row=0):
        """Half the sum of all differences to the computed distribution's means over cells, both normalised."""
        with h5py.File(output) as file:
            seen = file["pmd"][row].astype(float)
        return abs(seen / seen.sum() - self.means / self.means.sum()).sum() / 2

    def test_each_format_brings_the_distribution_back(self):
        # The corners of the axes are at 3.9 a.u.: beyond ±2.6 and ±2.2 the image shows nothing, and there is nothing.
        for degrees in (0, 90, 203.5):
            camera = Camera(0.008, 401.3, 388.8, degrees, 800, 790)
            image = camera.image(self.fine, self.kx, self.ky)
            numpy.save(self.path / "image.npy", image)
            output, result = self.import_it(f"npy{degrees}", self.path / "image.npy", *camera.options(), "--preset", "quick",
                                            "--no-pictures")
            self.assertLess(self.distance(output), 0.008)
        levels = numpy.round(image / image.max() * 65535)
        (self.path / "image.png").write_bytes(png(levels))
        (self.path / "image.tif").write_bytes(tiff(levels))
        numpy.savetxt(self.path / "image.txt", levels, fmt="%d", header="a camera")
        with h5py.File(self.path / "image.h5", "w") as file:
            file.create_dataset("vmi/image", data=levels.astype("u2"), compression=4, chunks=True)
        output, _ = self.import_it("three", *(self.path / f"image.{kind}" for kind in ("png", "tif", "txt")),
                                   *camera.options(), "--preset", "quick")
        for row in range(3):
            self.assertLess(self.distance(output, row), 0.008)
            self.assertTrue((self.path / f"three_{row}.png").exists())
        output, _ = self.import_it("hdf5", self.path / "image.h5", "--dataset", "/vmi/image", *camera.options(), "--preset",
                                   "quick", "--no-pictures")
        self.assertLess(self.distance(output), 0.008)

    def test_a_noisy_image_with_the_polarisation_upwards(self):
        camera = Camera(0.01, 311.2, 305.7, 90, 640, 620)
        image = camera.image(self.fine, self.kx, self.ky)
        electrons = numpy.random.default_rng(1).poisson(image / image.sum() * 20000)
        numpy.savetxt(self.path / "noisy.txt", electrons, fmt="%d")
        (self.path / "settings.yaml").write_text("symmetry: mirror\ncentre: [311, 290]\naxis_deg: 90\nscale_au: 0.01\n"
                                                 "preset: quick\nknown: {angle_deg: 0}\npulse: {wavelength_nm: 800, cycles: 2}\n")
        # Across the upward axis is to the side: 20 pixels off there.
        output, result = self.import_it("noisy", self.path / "noisy.txt", "--settings", self.path / "settings.yaml", "--set",
                                        "centre=[331, 305.7]")
        self.assertRegex(result.stdout, r"centre \(31[01]\.\d+, 305\.7\) found")
        with h5py.File(output) as file:
            self.assertEqual(file["measured"][0], 1)
            self.assertEqual(sorted(file["unknown"]), ["R", "cep", "intensity_w_cm2"])
            self.assertAlmostEqual(file["parameters/electrons"][0], electrons.sum(), delta=0.01 * electrons.sum())
        self.assertTrue((self.path / "noisy.png").exists())
        # Everything downstream reads it.
        info = run(PMD_STORE, "info", output)
        for words in (r"  R +unknown\n", r"  electrons +[\d.e+]+ electrons\n", r"measured +1 of 1 rows"):
            self.assertRegex(info.stdout, words)
        self.assertIsNone(json.loads(run(PMD_STORE, "info", "--json", output).stdout)["parameters"]["R"])
        verified = run(PMD_STORE, "verify", output)
        self.assertEqual((verified.returncode, "0 errors, 0 warnings" in verified.stdout), (0, True), verified.stdout)
        for command in (["render", output, "--output", self.path / "r.png"], ["browse", output, "--output", self.path / "b.html"],
                        ["images", output, self.path / "i.h5"], ["spectrum", output, "--output", self.path / "s.csv"],
                        ["export", output, self.path / "e.h5"], ["info", output, "--card"]):
            done = run(PMD_STORE, *command)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("unknown", run(PMD_STORE, "info", self.path / "i.h5").stdout)
        refused = run(PMD_STORE, "render", output, "--where", "R=0", "--output", self.path / "x.png")
        self.assertNotEqual(refused.returncode, 0)

    def test_a_list_of_electrons(self):
        random = numpy.random.default_rng(2)
        probability = self.pmd.ravel() / self.pmd.sum()
        cells = random.choice(probability.size, 300000, p=probability)
        i, j = numpy.unravel_index(cells, self.pmd.shape)
        step = self.kx[1] - self.kx[0]
        kx = self.kx[i] + step * (random.random(len(i)) - 0.5)
        ky = self.ky[j] + step * (random.random(len(i)) - 0.5)
        numpy.save(self.path / "events.npy", numpy.column_stack([kx, ky, random.normal(0, 0.1, len(i))]))
        output, _ = self.import_it("events", self.path / "events.npy", "--kind", "events", "--preset", "quick")
        with h5py.File(output) as file:
            self.assertTrue((file["counts"][0].ravel() == numpy.bincount(cells, minlength=probability.size)).all())
        output, result = self.import_it("slice", self.path / "events.npy", "--kind", "events", "--preset", "quick", "--columns",
                                        "1,2,3", "--slice-au", "0.1", "--no-pictures")
        self.assertRegex(result.stdout, r" 2\.0\d+e\+05 electrons")  # 68 % of 3e5

    def test_refusals(self):
        numpy.save(self.path / "good.npy", numpy.ones((20, 30)))
        (self.path / "cut.npy").write_bytes((self.path / "good.npy").read_bytes()[:200])
        (self.path / "not.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
        common = ["--centre", "10,10", "--scale-au", "0.5"]
        for code, words, *options in (
                (2, "--centre: '10' is not a list of 2 or 3 numbers", self.path / "good.npy", "--centre", "10"),
                (2, "scale_au: is missing", self.path / "good.npy", "--centre", "10,10"),
                (2, "--scale-au", self.path / "good.npy", "--centre", "10,10", "--scale-au", "-1"),
                (2, "unknown key; did you mean 'scale_au'", self.path / "good.npy", "--set", "scal_au=1", *common),
                (1, "cut.npy: ", self.path / "cut.npy", *common),
                (1, "not.h5", self.path / "not.h5", "--dataset", "a", *common),
                (1, "missing.png: no such file", self.path / "missing.png", *common),
                (1, "dark.npy: no such file", self.path / "good.npy", "--background", "dark.npy", *common),
                (1, "kx_max <= ", self.path / "good.npy", "--centre", "10,10", "--scale-au", "0.01"),
                (1, "no centre is found", self.path / "good.npy", "--symmetry", "inversion", "--scale-au", "1")):
            with self.subTest(words=words):
                output, result = self.import_it("refused", *options, code=code)
                self.assertIn(words, result.stderr)
                self.assertRegex(result.stderr, r"\Aerror: [^\n]+\n\Z")
                self.assertFalse(output.exists())


if __name__ == "__main__":
    unittest.main()
