"""The page of 'pmd_store browse' in a browser: what it shows, and what mouse and keys do."""
import base64
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import zlib

import h5py
import numpy as np

from browser import CHROMIUM, Browser

PMD_STORE = os.environ["PMD_STORE"]
MAKE_SYNTHETIC_STORE = os.environ["MAKE_SYNTHETIC_STORE"]
DATASET = """name: 'tilted </script><b>'
seed: 3
pulse: {wavelength_nm: 800, cycles: 2}
softening: 0.5
molecule: H2+
runs: 30
R: [2, 8]
intensity_w_cm2: [1e14, 4e14]
cep: [0.5, 1.5]
angle_deg: [20, 60]
"""


def call(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=100)
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.stdout}{done.stderr}")
    return done.stdout


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        plan = cls.folder / "plan.yaml"
        plan.write_text(DATASET)
        cls.tilted = cls.folder / "tilted #1.h5"
        call(MAKE_SYNTHETIC_STORE, cls.tilted, plan)
        cls.failing = cls.folder / "failing.h5"
        call(MAKE_SYNTHETIC_STORE, cls.failing, 40, 30, "failed=4", "begun=2")
        cls.said = call(PMD_STORE, "browse", cls.tilted)
        call(PMD_STORE, "browse", cls.failing)

    def page(self, store):
        return store.with_suffix(".html")

    def content(self, store):
        html = self.page(store).read_text()
        self.assertEqual(html.count("</script"), 3)
        data = json.loads(re.search(r'id="data">(.*?)</script>', html, re.S)[1])
        return data, re.search(r'id="pictures">(.*?)</script>', html, re.S)[1]


class File(Case):
    def test_pictures_are_the_distributions(self):
        data, packed = self.content(self.tilted)
        about = data["pictures"]
        begin, shape = 0, (about["width"], about["height"])
        with h5py.File(self.tilted, "r") as file:
            kx, ky = file["kx"][:], file["ky"][:]
            for row, length in enumerate(about["lengths"]):
                differences = zlib.decompress(base64.b64decode(packed[begin:begin + length]))
                begin += length
                picture = np.cumsum(np.frombuffer(differences, "u1").reshape(shape), axis=0, dtype="u1")
                pmd = file["pmd"][row]
                centres = [np.linspace(*about[axis], 2 * n + 1)[1::2] for axis, n in zip(("kx", "ky"), shape)]
                nearest = np.ix_(*[np.abs(axis[:, None] - at).argmin(axis=0) for axis, at in zip((kx, ky), centres)])
                W = np.maximum(np.log10(pmd[nearest] / pmd.max()), about["floor"])
                expected = 255 * (1 - W / about["floor"])
                upright, *mirrored = (np.corrcoef(expected.ravel(), seen.ravel())[0, 1]
                                      for seen in (picture, picture[::-1], picture[:, ::-1]))
                self.assertGreater(upright, 0.98)
                self.assertGreater(upright, max(mirrored) + 0.002)
        self.assertEqual(begin, len(packed))

    def test_what_it_says(self):
        data, _ = self.content(self.failing)
        self.assertEqual(data["states"], "d" * 30 + "f" * 4 + "p" * 6)
        self.assertEqual([one["row"] for one in data["failures"]], [30, 31, 32, 33])
        self.assertEqual(data["failures"][0]["reason"], "the norm grew to 1.5 at t = 12 a.u.")
        columns = {column["name"]: column for column in data["columns"]}
        with h5py.File(self.failing, "r") as file:
            np.testing.assert_allclose(columns["intensity"]["values"], file["parameters/intensity_w_cm2"][:] / 1e14, rtol=1e-5)
            np.testing.assert_allclose(columns["yield"]["values"][:30], file["runs/record"]["yield"][:30], rtol=1e-5)
        self.assertEqual(columns["yield"]["values"][30:], [None] * 10)
        self.assertIn("tilted #1.html: 30 runs of ", self.said)

    def test_limit_on_pictures(self):
        large = self.folder / "large.h5"
        call(MAKE_SYNTHETIC_STORE, large, 900)
        output = self.folder / "elsewhere" / "page.html"
        output.parent.mkdir()
        call(PMD_STORE, "browse", large, "--output", output, "--megabytes", 1)
        self.assertLess(output.stat().st_size, 1.6e6)
        self.assertIn('"link":"../large.h5"', output.read_text())

    def test_wrong_calls(self):
        for words, message in ((["browse"], "expected one store"), (["browse", self.folder / "none.h5"], "none.h5")):
            done = subprocess.run([PMD_STORE, *map(str, words)], capture_output=True, text=True, timeout=60)
            self.assertIn(done.returncode, (1, 2))
            self.assertIn(message, done.stderr)


@unittest.skipUnless(CHROMIUM, "Chromium is not installed")
class Page(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.__exit__)

    def open(self, store, address=""):
        self.browser.open(self.page(store).as_uri() + address)
        self.browser.wait("document.documentElement.dataset.ready === 'true'")

    def tearDown(self):
        self.assertEqual(self.browser.errors(), [])

    def place(self, run):
        """Of a run's point on the screen."""
        return self.browser.value(f"""(() => {{
          const box = document.getElementById('scatter').getBoundingClientRect();
          const place = scatter.places[state.numbers.indexOf({run})];
          return [box.left + place.x, box.top + place.y]; }})()""")

    def test_texts_from_a_store_are_texts(self):
        self.open(self.tilted)
        self.assertEqual(self.browser.text("h1"), "tilted </script><b>")
        self.assertEqual(self.browser.value("document.querySelectorAll('b').length"), 1)  # of the caption
        self.assertEqual(self.browser.value("document.getElementById('store').href"), self.tilted.as_uri())
        self.assertIn("seed 3", self.browser.text("#summary"))

    def test_mouse(self):
        self.open(self.tilted)
        self.browser.mouse("mouseMoved", *self.place(7))
        self.assertIn("run 7, H₂⁺, R\u00a0=\u00a0", self.browser.text("#shown-title"))
        self.browser.mouse("mousePressed", *self.place(7))
        self.browser.mouse("mouseReleased", *self.place(7))
        self.browser.mouse("mouseMoved", *self.place(12))
        self.assertIn("run 12,", self.browser.text("#shown-title"))
        self.assertIn("run 7,", self.browser.text("#pinned-title"))
        for id, run in (("shown", 12), ("pinned", 7)):
            self.browser.wait(f"document.getElementById('{id}').getAttribute('aria-label') === "
                              f"'momentum distribution of run {run}'")
        with h5py.File(self.tilted, "r") as file:
            R = file["parameters/R"][[7, 12]]
        line = self.browser.text("#compare tbody tr:nth-child(2)")
        self.assertTrue(line.startswith("R, a.u."), line)
        for value in R:
            self.assertIn(f"{value:.4g}", line)

    def test_keys(self):
        self.open(self.tilted, "#run=7")
        self.browser.value("document.getElementById('scatter').focus()")
        x = self.place(7)[0]
        self.browser.key("ArrowRight")
        run = int(re.match(r"run (\d+)", self.browser.text("#shown-title"))[1])
        self.assertGreater(self.place(run)[0], x)
        self.browser.key("Enter")
        self.browser.key("PageDown")
        self.assertIn(f"run {(run + 1) % 30},", self.browser.text("#shown-title"))
        self.assertIn(f"run {run},", self.browser.text("#pinned-title"))
        self.assertIn(f"run {(run + 1) % 30}, done", self.browser.text("#live"))
        self.browser.key("Escape")
        self.assertIn("to pin it", self.browser.text("#pinned-title"))

    def test_a_picture_is_drawn_as_it_should_lie(self):
        """kx to the right, ky up: the brightest part of what the browser draws is that of the distribution."""
        self.open(self.tilted, "#run=5")
        picture = self.browser.value("""pictures.of(5).then((canvas) => {
          const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          return [canvas.width, canvas.height, Array.from(pixels).filter((_, i) => i % 4 === 0)]; })""")
        width, height, red = picture
        drawn = np.array(red).reshape(height, width)[::-1].T.astype(float)  # [kx][ky]
        about = self.content(self.tilted)[0]["pictures"]
        with h5py.File(self.tilted, "r") as file:
            pmd, kx, ky = file["pmd"][5], file["kx"][:], file["ky"][:]
        centres = [np.linspace(*about[axis], 2 * n + 1)[1::2] for axis, n in zip(("kx", "ky"), drawn.shape)]
        nearest = np.ix_(*[np.abs(axis[:, None] - at).argmin(axis=0) for axis, at in zip((kx, ky), centres)])
        expected = np.maximum(np.log10(pmd[nearest] / pmd.max()), -5).ravel()
        fit = np.corrcoef(expected, drawn.ravel())[0, 1]
        self.assertGreater(fit, 0.9)
        self.assertGreater(fit, np.corrcoef(expected, drawn[:, ::-1].ravel())[0, 1] + 0.01)
        self.assertGreater(fit, np.corrcoef(expected, drawn[::-1].ravel())[0, 1] + 0.01)

    def test_failed_runs(self):
        self.open(self.failing)
        self.assertEqual(self.browser.value("document.querySelectorAll('#failures tbody tr').length"), 6)
        self.browser.value("document.querySelectorAll('#failures button')[1].click()")
        self.assertIn("run 31,", self.browser.text("#shown-title"))
        self.assertEqual(self.browser.text("#reason"), "run 31 failed (norm grew): the norm grew to 1.5 at t = 12 a.u.")
        self.assertIn("4 failed. 2 were begun", self.browser.text("#failed-note"))

    def test_there_are_two_themes(self):
        self.open(self.tilted, "#theme=nonsense")
        self.assertIn(self.browser.value("document.documentElement.dataset.theme"), ("light", "dark"))

    def test_other_quantities(self):
        self.open(self.tilted, "#x=yield&y=pmd+max&colour=cep&quantity=angle&run=3&theme=dark")
        self.assertEqual(self.browser.value("document.documentElement.dataset.theme"), "dark")
        self.assertIn("pmd max (a.u.⁻²) over yield", self.browser.value("document.getElementById('scatter').ariaLabel"))
        self.assertIn("carrier-envelope phase φ (rad)", self.browser.text("#key"))
        self.assertIn("degrees", self.browser.text("#histogram-note"))
        self.browser.value("""(() => { const choice = document.getElementById('quantity'); choice.value = 'yield';
          choice.dispatchEvent(new Event('change')); })()""")
        self.assertIn("quantity=yield", self.browser.value("location.hash"))
        self.assertTrue(self.browser.text("#histogram-note").startswith("Integral of the momentum distribution"))


if __name__ == "__main__":
    unittest.main()
