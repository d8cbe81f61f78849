"""Stores that are damaged, no stores at all, or being written: pmd_store finds it, and says where."""

import json
import random
import subprocess
import unittest

import h5py
import numpy

from stores import MAKE_SYNTHETIC_STORE, StoreTest, flip, make_store, run


class Verify(StoreTest):
    def change(self, dataset, index, value):
        with h5py.File(self.store, "r+") as file:
            file[dataset][index] = value

    def test_sound(self):
        self.expect(0, "verify", self.store, says=["36 of 40 runs, 4 pending", "0 errors, 0 warnings"])

    def test_changed_distribution(self):
        with h5py.File(self.store) as file:
            value = file["pmd"][7, 60, 50]
        self.change("pmd", (7, 60, 50), value * 1.0001)
        result = self.expect(3, "verify", self.store, says=["error: run 7 (H2+, R = ", "checksum", "1 errors"])
        self.assertEqual(result.stdout.count("error: run"), 1)

    def test_flipped_bit_of_the_distribution(self):
        with h5py.File(self.store) as file:
            slab = file["pmd"].id.get_offset() + 12 * file["pmd"][0].nbytes
        flip(self.store, slab + 4001)
        self.expect(3, "verify", self.store, says=["error: run 12 ", "checksum"])

    def test_changed_diagnostics(self):
        with h5py.File(self.store, "r+") as file:
            row = file["runs/record"][3]
            row["wall_seconds"] = 1e6
            file["runs/record"][3] = row
        self.expect(3, "verify", self.store, says=["error: run 3 ", "the commit record is damaged"])

    def test_damaged_commit_record(self):
        with h5py.File(self.store, "r+") as file:
            record = file["runs/record"][5]
            record["attempt"] = 77
            file["runs/record"][5] = record
        report = json.loads(self.expect(3, "verify", self.store, "--json").stdout)
        self.assertEqual([(f["run"], f["check"], f["severity"]) for f in report["findings"]], [(5, "commit", "error")])
        self.expect(0, "info", self.store, says=["commit records of runs 5"])

    def test_not_finite(self):
        self.change("pmd", (0, 3, 3), float("nan"))
        report = json.loads(self.expect(3, "verify", self.store, "--json").stdout)
        self.assertEqual({f["check"] for f in report["findings"]}, {"checksum", "values"})
        self.assertEqual({f["run"] for f in report["findings"]}, {0})

    def test_nothing_done(self):
        empty = self.folder / "empty.h5"
        make_store(empty, 3, 0)
        self.expect(0, "verify", empty, says=["0 of 3 runs, 3 pending"])
        self.expect(0, "info", empty, says=["0 of 3 done"])
        self.expect(1, "render", empty, "--output", self.folder / "a.png", says=["no run is done yet"])


class FlippedBits(StoreTest):
    """Wherever one bit of the whole file is flipped: it is found, or all that the store means is still the same."""

    def setUp(self):
        super().setUp()
        self.store = self.folder / "small.h5"
        make_store(self.store, 5, 3, "failed=1")

    def content(self):
        """What can be read of runs that are done or failed; all else must be found or is not there."""
        with h5py.File(self.store) as file:
            known = file["runs/record"]["state"] != 0
            found = [numpy.asarray(file[name]).tobytes() for name in ("run", "kx", "ky", "parameters/R")]
            records = file["runs/record"][known]
            return found + [records[name].tobytes() for name in records.dtype.names] + [
                file["pmd"][:3].tobytes(), file["provenance/configuration"][()]]

    def check(self, whole, positions, generator):
        found, harmless = 0, 0
        for position in positions:
            flipped = bytearray(whole)
            flipped[position] ^= 1 << generator.randrange(8)
            self.store.write_bytes(flipped)
            result = run("verify", self.store, "--json")
            if result.returncode:
                self.assertIn(result.returncode, (1, 3), f"byte {position}: {result}")
                self.assertNotIn("crash", result.stderr)
                found += 1
                continue
            self.assertEqual(self.content(), self.meaning, f"byte {position}")
            harmless += 1
        return found, harmless

    def test_live_and_sealed(self):
        live = self.store.read_bytes()
        sealed = self.folder / "sealed.h5"
        self.expect(0, "export", "--all", self.store, sealed)
        for whole, most_harmless in (live, 180), (sealed.read_bytes(), 12):
            self.store.write_bytes(whole)
            self.meaning = self.content()
            generator = random.Random(20261121)
            found, harmless = self.check(whole, generator.sample(range(len(whole)), 250), generator)
            print(f"{found} of 250 flips found, {harmless} without meaning")
            self.assertLessEqual(harmless, most_harmless)  # pages of records, slabs of runs that are not done


class WhileWritten(StoreTest):
    def test_every_command_works_and_sees_progress(self):
        store = self.folder / "live.h5"
        seen = []
        with subprocess.Popen([MAKE_SYNTHETIC_STORE, store, "400"]) as writer:
            while writer.poll() is None:
                if store.exists():
                    seen.append(json.loads(self.expect(0, "info", store, "--json").stdout)["runs"]["done"])
                    self.expect(0, "verify", store)
        self.assertEqual(writer.returncode, 0)
        self.assertEqual(seen, sorted(seen))
        self.assertTrue(any(0 < done < 400 for done in seen), seen)
        self.expect(0, "verify", store, says=["400 of 400", "0 errors"])


class BadStores(StoreTest):
    def everywhere(self, file, *says):
        for command in (["info"], ["verify"], ["failures"], ["render", "-o", self.folder / "a.png"],
                        ["merge", self.folder / "out.h5"]):
            with self.subTest(command[0]):
                self.expect(1, *command, file, says=[str(file), *says])
        self.expect(1, "export", file, self.folder / "out.h5", says=[str(file), *says])
        self.assertFalse((self.folder / "out.h5").exists())

    def test_missing(self):
        self.everywhere(self.folder / "missing.h5", "no such file")

    def test_directory(self):
        self.everywhere(self.folder, "not a regular file")

    def test_text_file(self):
        file = self.folder / "notes.h5"
        file.write_text("R: 2.0\n" * 1000)
        self.everywhere(file, "not an HDF5 file")

    def test_empty_file(self):
        file = self.folder / "empty.h5"
        file.touch()
        self.everywhere(file, "not an HDF5 file")

    def test_foreign_hdf5(self):
        file = self.folder / "foreign.h5"
        with h5py.File(file, "w") as foreign:
            foreign["pmd"] = [1.0, 2.0]
        self.everywhere(file)

    def test_truncated(self):
        whole = self.store.read_bytes()
        for size in (100, 2000, len(whole) // 2, len(whole) - 1):
            with self.subTest(size):
                self.store.write_bytes(whole[:size])
                self.everywhere(self.store)

    def test_other_version(self):
        with h5py.File(self.store, "r+") as file:
            kind = file.attrs["format_version"].dtype
            file.attrs.modify("format_version", kind.type(99))
        self.everywhere(self.store, "damaged", "skeleton")

    def test_changed_parameters(self):
        with h5py.File(self.store, "r+") as file:
            file["parameters/R"][3] = 5.0
        self.everywhere(self.store, "checksum")


if __name__ == "__main__":
    unittest.main()
