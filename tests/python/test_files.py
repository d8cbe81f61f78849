"""Stores and images files through python/bondscope, compared with what h5py and pmd_store say of them."""
import json
import re
import shutil
import unittest
import zlib
from unittest import mock

import h5py
import numpy as np

from module import FIXTURES, ROOT, Case, call, flip

import bondscope
import bondscope.hdf5
from bondscope.model_folder import read_model_folder

try:
    import xxhash  # noqa: F401
    VERIFY = True
except ImportError:
    VERIFY = False
needs_xxhash = unittest.skipUnless(VERIFY, "python3-xxhash is not installed")


class Stores(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.live, cls.sealed, cls.compact = (cls.folder / f"{name}.h5" for name in ("live", "sealed", "compact"))
        call("MAKE_SYNTHETIC_STORE", cls.live, 12, 8, "failed=1", "begun=1")
        call("PMD_STORE", "export", cls.live, cls.sealed, "--all")
        call("PMD_STORE", "export", cls.live, cls.compact, "--compact")

    def test_what_a_store_says_of_itself(self):
        info = json.loads(call("PMD_STORE", "info", self.live, "--json"))
        with bondscope.open(self.live, verify=VERIFY) as store:
            self.assertEqual((store.dataset, store.preset, store.seed, store.kind, store.format_version),
                             (info["dataset"], info["preset"], info["seed"], "live", 3))
            self.assertEqual([len(store), len(store.done), len(store.failed), len(store.pending)], [12, 8, 1, 3])
            self.assertEqual(store.provenance["machine"], info["machine"])
            self.assertEqual(store.column("R").unit, "a.u.")
            self.assertEqual(store.column("yield").values[:8].max(), info["yield"]["max"])
            self.assertTrue(np.isnan(store["yield"][8:]).all())
            self.assertEqual(store["R"][:8].max(), info["parameters"]["R"]["max"])
            self.assertEqual(store.failures()[0].kind, "norm_grew")
            self.assertEqual(store.failures()[0].reason, "the norm grew to 1.5 at t = 12 a.u.")
            self.assertEqual(store.run(8).state, bondscope.RunState.FAILED)

    def test_distributions_are_read_when_indexed(self):
        for name in (self.live, self.sealed):
            with self.subTest(name), bondscope.open(name, verify=VERIFY) as store, h5py.File(name, "r") as file:
                pmd = file["pmd"]
                self.assertEqual(store.pmd.shape, pmd.shape)
                np.testing.assert_array_equal(store.pmd[3], pmd[3])
                np.testing.assert_array_equal(store.pmd[-10], pmd[2])
                np.testing.assert_array_equal(store.pmd[2:5, 10:20, 0], pmd[2:5, 10:20, 0])
                np.testing.assert_array_equal(store.pmd[[5, 1]], np.stack([pmd[5], pmd[1]]))
                np.testing.assert_array_equal(store.pmd[store.state == bondscope.RunState.DONE], pmd[:8])
                self.assertEqual(store.pmd[[]].shape, (0, *pmd.shape[1:]))
                with self.assertRaisesRegex(ValueError, "row 8 is failed"):
                    store.pmd[8]
                with self.assertRaises(IndexError):
                    store.pmd[12]

    def test_compact_stores_give_what_they_promise(self):
        with bondscope.open(self.live) as live, bondscope.open(self.compact, verify=VERIFY) as compact:
            self.assertEqual(compact.kind, "compact")
            for row in compact.done:
                variation = np.abs(live.pmd[row] - compact.pmd[row]).sum() / live.pmd[row].sum() / 2
                with h5py.File(self.compact, "r") as file:
                    self.assertAlmostEqual(variation, file["compact/total_variation"][row], delta=1e-6)

    def test_selection(self):
        with bondscope.open(self.live) as store:
            R = store["R"]
            np.testing.assert_array_equal(store.select(R=(2, 6)), [i for i in range(8) if 2 <= R[i] <= 6])
            np.testing.assert_array_equal(store.select(R=float(R[4]), molecule="H2+"), [4])
            self.assertEqual(len(store.select(molecule="HeH+")), 0)
            targets = store.targets(["R", "intensity", "angle"])
            np.testing.assert_allclose(targets[:, 1], store["intensity_w_cm2"] / 1e14)
            with self.assertRaisesRegex(KeyError, "no parameter or diagnostic 'r'; there are molecule, R, intens"):
                store.select(r=(1, 2))
            with self.assertRaisesRegex(KeyError, "no target 'intensity_w_cm2'; there are R, intensity, cep, angle"):
                store.targets(["intensity_w_cm2"])

    def damaged(self, original, byte):
        copy = self.folder / "damaged.h5"
        shutil.copy(original, copy)
        flip(copy, byte)
        return copy

    @needs_xxhash
    def test_damage_is_found(self):
        with h5py.File(self.live, "r") as file:
            place = file["pmd"].id.get_offset() + 2 * file["pmd"][0].nbytes + 4001
        with bondscope.open(self.damaged(self.live, place), verify=True) as store:
            store.pmd[1]
            with self.assertRaisesRegex(bondscope.BadFile, "row 2 does not match its checksum"):
                store.pmd[2]
        with h5py.File(self.live, "r") as file:
            place = file["runs/record"].id.get_offset() + 3 * 4096 + 40
        with bondscope.open(self.damaged(self.live, place), verify=True) as store:
            np.testing.assert_array_equal(np.flatnonzero(store.damaged), [3])
            self.assertEqual(store.run(3).state, bondscope.RunState.PENDING)
        with h5py.File(self.live, "r") as file:
            place = file["parameters/R"].id.get_offset()
        with self.assertRaisesRegex(bondscope.BadFile, "something other than its data"):
            bondscope.open(self.damaged(self.live, place), verify=True)

    def test_what_is_no_store_is_refused(self):
        text = self.folder / "text.h5"
        text.write_text("no store")
        with self.assertRaisesRegex(bondscope.BadFile, "text.h5: not HDF5"):
            bondscope.open(text)
        with self.assertRaises(FileNotFoundError):
            bondscope.open(self.folder / "nothing.h5")
        short = self.folder / "short.h5"
        short.write_bytes(self.live.read_bytes()[:-100])
        with self.assertRaisesRegex(bondscope.BadFile, "truncated"):
            bondscope.open(short)
        foreign = self.folder / "foreign.h5"
        with h5py.File(foreign, "w") as file:
            file.attrs["format"], file.attrs["format_version"] = b"tdse-pmd-store", np.uint64(3)
        with self.assertRaisesRegex(bondscope.BadFile, "which has a user block"):
            bondscope.open(foreign)

    def test_links_and_types_from_strangers_are_refused(self):
        """Of format 2, whose files no user block vouches for."""
        def changed(change):
            copy = self.folder / "strange.h5"
            shutil.copy(FIXTURES / "live.h5", copy)
            with h5py.File(copy, "r+") as file:
                change(file)
            return copy

        def external(file):
            del file["parameters/R"]
            file["parameters/R"] = h5py.ExternalLink("/etc/passwd", "/x")

        def of_another_type(file):
            del file["axes/kx"]
            file["axes/kx"] = np.arange(21)

        def virtual(file):
            layout = h5py.VirtualLayout((12,), "<f8")
            layout[:] = h5py.VirtualSource("elsewhere.h5", "x", (12,))
            del file["parameters/R"]
            file.create_virtual_dataset("parameters/R", layout)

        def huge(file):
            del file["parameters/run"]
            file.create_dataset("parameters/run", (1 << 40,), "<u8", chunks=(1 << 20,), compression="gzip")

        def large_rows(file):
            for axis, points in (("axes/kx", 1 << 14), ("axes/ky", 1 << 13)):
                del file[axis]
                file[axis] = np.arange(points, dtype="<f8")

        for change, message in ((large_rows, "a distribution would have 16384 x 8192 points, expected at most"),
                                (external, "/parameters/R is missing"), (of_another_type, "/axes/kx is of type int64"),
                                (virtual, "does not lie in this file alone"), (huge, "more than its chunks can hold")):
            with self.subTest(change.__name__), self.assertRaisesRegex(bondscope.BadFile, message):
                bondscope.open(changed(change))


    def test_records_are_bounded(self):
        with mock.patch.object(bondscope.hdf5, "MOST_COLUMN_BYTES", 8 * 4096), \
                self.assertRaisesRegex(bondscope.BadFile, "/runs/record has 49152 bytes, expected at most 32768"):
            bondscope.open(self.live)

    def test_a_model_s_list_of_files_is_a_mapping(self):
        folder = self.folder / "model"
        folder.mkdir()
        for files in ([], "best.safetensors", None):
            (folder / "model.json").write_text(json.dumps({"format": "pmd-model", "format_version": 2, "files": files}))
            with self.subTest(files), self.assertRaisesRegex(bondscope.BadFile, "knows no best.safetensors"):
                read_model_folder(folder)


class EarlierStores(Case):
    def test_numbers_of_format_2(self):
        numbers = json.loads((FIXTURES / "numbers.json").read_text())
        for name in ("live.h5", "sealed.h5", "averages.h5", "degraded.h5"):
            with self.subTest(name), bondscope.open(FIXTURES / name, verify=VERIFY) as store, \
                    h5py.File(FIXTURES / name, "r") as file:
                self.assertIn(name, numbers)
                self.assertEqual(store.format_version, 2)
                self.assertFalse(store.damaged.any())
                for row in store.done:
                    self.assertEqual(zlib.crc32(store.pmd[row].tobytes()), zlib.crc32(file["pmd"][row].tobytes()))
                for key, column in store.parameters.items():
                    np.testing.assert_array_equal(column.values, file["parameters"][key][:])
        with bondscope.open(FIXTURES / "live.h5") as store:
            self.assertEqual(store.failures()[0].kind, "time_limit")
            self.assertEqual(store.column("ellipticity").values.shape, (12,))

    def test_earlier_images_files_are_refused_with_what_to_do(self):
        with self.assertRaisesRegex(bondscope.BadFile, "pmd_store upgrade"):
            bondscope.open_images(FIXTURES / "images.h5")


class ImagesFiles(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store, cls.file = cls.folder / "store.h5", cls.folder / "images.h5"
        call("MAKE_SYNTHETIC_STORE", cls.store, 12, 10)
        call("PMD_STORE", "images", cls.store, cls.file, "--representation", "paper", "--representation", "energy")

    def test_what_is_in_it(self):
        with bondscope.open_images(self.file, verify=VERIFY) as images, h5py.File(self.file, "r") as file:
            self.assertEqual(list(images.representations), ["paper", "energy"])
            paper, energy = images.representation("paper"), images.representation("energy")
            self.assertEqual(paper.pixels.shape, (10, 256, 128))
            np.testing.assert_array_equal(paper.pixels[[3, 7]], file["images/paper/pixels"][[3, 7]])
            self.assertEqual(paper.extent_of(3), tuple(file["images/paper/extent"][3]))
            self.assertEqual((energy.settings["view"], energy.extent), ("energy", None))
            np.testing.assert_array_equal(images.distribution_1d[2], file["distribution_1d"][2])
            with self.assertRaisesRegex(KeyError, "one of the representations paper, energy"):
                images.representation()
            with bondscope.open(self.store) as store:
                np.testing.assert_array_equal(images["R"], store["R"][:10])
                np.testing.assert_array_equal(images["yield"], store["yield"][:10])

    def test_one_is_not_the_other(self):
        with self.assertRaisesRegex(bondscope.BadFile, "is an images file; expected a store"):
            bondscope.open(self.file)
        with self.assertRaisesRegex(bondscope.BadFile, "is a store; expected an images file"):
            bondscope.open_images(self.store)

    @needs_xxhash
    def test_changed_pixels_are_found(self):
        copy = self.folder / "damaged.h5"
        shutil.copy(self.file, copy)
        with h5py.File(copy, "r") as file:
            chunk = file["images/paper/pixels"].id.get_chunk_info(4)
        flip(copy, chunk.byte_offset + chunk.size // 2)
        with bondscope.open_images(copy, verify=True) as images:
            with self.assertRaises((bondscope.BadFile, OSError)):
                images.representation("paper").pixels[chunk.chunk_offset[0]]


class Module(unittest.TestCase):
    def test_version_is_the_project_s(self):
        version = re.search(r"project\(\w+ VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
        self.assertEqual(bondscope.__version__, version)


if __name__ == "__main__":
    unittest.main()
