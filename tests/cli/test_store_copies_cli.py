"""Stores made of stores, run by run: merged, sealed, compact, of an earlier format."""

import json
import pathlib
import signal
import subprocess
import time
import unittest

import h5py
import numpy

from stores import PMD_STORE, StoreTest, make_store


class Merge(StoreTest):
    def parts(self, count, runs=40):
        files = [self.folder / f"p{index}.h5" for index in range(1, count + 1)]
        for index, file in enumerate(files, 1):
            make_store(file, runs, f"part={index}/{count}")
        return files

    def test_parts_become_what_one_farm_would_have_made(self):
        whole, out = self.folder / "whole.h5", self.folder / "out.h5"
        make_store(whole, 40)
        self.expect(0, "merge", out, *self.parts(4), says=[f"{out}: 40 runs, the whole data set; 40 done, 0 pending"])
        with h5py.File(whole) as one, h5py.File(out) as two:
            for name in ("pmd", "run", "parameters/R", "kx"):
                self.assertTrue(numpy.array_equal(one[name][:], two[name][:]), name)
            self.assertTrue(numpy.array_equal(one["runs/record"]["payload_checksum"], two["runs/record"]["payload_checksum"]))
            self.assertEqual(two.attrs["part"], b"")
            history = json.loads(two["provenance/history"][()].decode())
        self.assertEqual([(entry["file"], entry["part"], entry["runs_done"]) for entry in history],
                         [(f"p{i}.h5", f"{i}/4", 10) for i in range(1, 5)])
        self.expect(0, "verify", out, says=["40 of 40 runs", "0 errors"])
        self.expect(0, "info", out, says=["made from", "p1.h5, part 1/4: 10 runs done"])

    def test_missing_part(self):
        out, parts = self.folder / "out.h5", self.parts(3)
        self.expect(1, "merge", out, *parts[:2], says=["missing: 3/3", "--incomplete"])
        self.assertFalse(out.exists())
        self.expect(0, "merge", "--incomplete", out, *parts[:2], says=["27 runs, not all of the data set"])
        self.expect(0, "info", out, says=["1,2/3 of the data set"])

    def test_damaged_run(self):
        out, parts = self.folder / "out.h5", self.parts(2)
        with h5py.File(parts[1], "r+") as file:
            file["pmd"][7, 3, 3] = 17
        self.expect(3, "merge", out, *parts, says=["warning: ", "p2.h5: run 15: ", "39 done, 1 pending"])
        self.expect(0, "info", out, says=["39 of 40 done"])

    def test_wrong(self):
        out, (one, two) = self.folder / "out.h5", self.parts(2)
        self.expect(2, "merge", out, says=["expected a new file and the stores"])
        self.expect(1, "merge", one, two, says=["exists already"])
        self.expect(1, "merge", out, one, one, says=["given twice"])
        other = self.folder / "other.h5"
        make_store(other, 40, 40, "HeH+")
        self.expect(1, "merge", out, one, other, says=["run 0 has other parameters", "p1.h5", "other.h5"])

    def test_interrupted(self):
        """SIGINT at any time leaves no output and nothing else; SIGKILL only what the next merge overwrites."""
        parts = self.parts(2, runs=2000)
        out = self.folder / "out.h5"
        before = sorted(self.folder.iterdir())
        for number, delay in [(signal.SIGINT, 0), (signal.SIGTERM, 0.05), (signal.SIGKILL, 0.05), (signal.SIGINT, 0.1)]:
            with self.subTest(number, delay=delay):
                with subprocess.Popen([PMD_STORE, "merge", out, *parts], stderr=subprocess.PIPE, text=True,
                                      stdout=subprocess.PIPE) as process:
                    while process.poll() is None and not (self.folder / "out.h5.partial").exists():
                        time.sleep(0.001)
                    time.sleep(delay)
                    process.send_signal(number)
                    _, errors = process.communicate(timeout=60)
                left = {path.name for path in set(self.folder.iterdir()) - set(before)}
                if process.returncode == 0:
                    self.assertEqual(left, {"out.h5"})  # was faster
                    out.unlink()
                elif number == signal.SIGKILL:
                    self.assertLessEqual(left, {"out.h5.partial", "out.h5.lock"})
                else:
                    self.assertEqual((process.returncode, left - {"out.h5.partial", "out.h5.lock"}), (75, set()))
                    self.assertIn("interrupted", errors)
        self.expect(0, "merge", out, *parts, says=["2000 done"])
        self.assertEqual({path.name for path in set(self.folder.iterdir()) - set(before)}, {"out.h5"})


class Export(StoreTest):
    def test_sealed_copy(self):
        out = self.folder / "sealed.h5"
        self.expect(0, "export", self.store, out, says=[f"{out}: 36 runs, 36 of them done; "])
        self.assertLess(out.stat().st_size, self.store.stat().st_size)
        with h5py.File(self.store) as live, h5py.File(out) as sealed:
            self.assertEqual(sealed.attrs["kind"], b"sealed")
            self.assertEqual(sealed["pmd"].compression, "gzip")
            self.assertTrue(sealed["pmd"].shuffle)
            self.assertEqual(sealed["pmd"].chunks, (1, *live["pmd"].shape[1:]))
            self.assertTrue(numpy.array_equal(sealed["pmd"][:], live["pmd"][:36]))
            for name in ("state", "attempt", "payload_checksum", "yield", "wall_seconds", "reason"):
                self.assertTrue(numpy.array_equal(sealed["runs/record"][name], live["runs/record"][name][:36]), name)
            self.assertEqual(sealed["runs/record"].dtype.itemsize, 512)
            self.assertEqual(sealed["provenance/machine"][()], live["provenance/machine"][()])
        self.expect(0, "verify", out, says=["36 of 36 runs", "0 errors"])
        self.expect(0, "info", out, says=["sealed", "made from      base.h5: 36 runs done"])
        self.expect(0, "render", out, "-o", self.folder / "a.png")
        self.expect(0, "merge", "--incomplete", self.folder / "live.h5", out, says=["36 done"])

    def test_compact(self):
        out = self.folder / "compact.h5"
        self.expect(0, "export", self.store, out, "--compact", "--threads", "2",
                    says=[f"{out}: 36 runs; ", "a run; error 0."])
        self.assertLess(out.stat().st_size, self.store.stat().st_size / 10)
        with h5py.File(self.store) as live, h5py.File(out) as file:
            self.assertEqual(file.attrs["kind"], b"compact")
            self.assertEqual([list(dimension.keys()) for dimension in file["pmd"].dims], [["run"], ["kx"], ["ky"]])
            for i in (0, 17, 35):
                # As docs/images.md has it.
                q = numpy.cumsum(file["pmd"][i], axis=0, dtype="u1")
                if file["compact/mirrored"][i]:
                    q[:, :q.shape[1] // 2] = q[:, :-(q.shape[1] // 2) - 1:-1]
                pmd = (q * file["compact/scale"][i]) ** 4
                original = live["pmd"][i].astype(float)
                self.assertAlmostEqual(pmd.sum() / original.sum(), 1, 6)
                difference = abs(pmd - original).sum() / original.sum() / 2
                self.assertAlmostEqual(difference, file["compact/total_variation"][i], 6)
                self.assertLess(difference, 0.01)
                self.assertEqual(file["derivation/roots"][i], live["runs/record"]["payload_checksum"][i])
        self.expect(0, "verify", out, says=["36 of 36 runs", "0 errors, 0 warnings"])
        self.expect(0, "verify", out, "--sources", self.store, says=["36 of 36 links followed, 0 of them broken"])
        self.expect(0, "info", out, says=["compact", "grey levels on average"])
        self.expect(0, "render", out, "-o", self.folder / "a.png")
        self.expect(0, "images", out, self.folder / "images.h5", says=["36 images"])
        self.expect(0, "degrade", out, self.folder / "noisy.h5", "--electrons", "1e5", says=["36 distributions"])
        self.expect(2, "export", self.store, self.folder / "b.h5", "--compact", "--all", says=["--compact"])
        for options in ((), ("--compact",)):
            self.expect(1, "export", out, self.folder / "b.h5", *options, says=["is compact already"])
        self.expect(1, "merge", self.folder / "b.h5", out, says=["is compact; merge the stores"])

    def test_options(self):
        out = self.folder / "sealed.h5"
        self.expect(0, "export", self.store, out, "--level", "0", "--all", says=["40 runs, 36 of them done"])
        for level in ("10", "-1", "x"):
            self.expect(2, "export", self.store, self.folder / "b.h5", f"--level={level}", says=["--level"])

    def test_damaged_run(self):
        with h5py.File(self.store, "r+") as file:
            file["pmd"][7, 3, 3] = 17
        out = self.folder / "sealed.h5"
        self.expect(1, "export", self.store, out, says=["run 7 is damaged", "--skip-damaged"])
        self.assertFalse(out.exists())
        self.expect(0, "export", self.store, out, "--skip-damaged", says=["run 7 is damaged and was left out", "35 runs"])

    def test_wrong(self):
        self.expect(2, "export", self.store, says=["expected a store and a new file"])
        self.expect(2, "export", self.store, self.folder / "a.h5", self.folder / "b.h5", says=["b.h5"])
        self.expect(1, "export", self.store, self.store, says=["exists already"])


class Upgrade(StoreTest):
    FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures/formats/v2"

    def test_stores_of_format_2(self):
        for name, text in ("live.h5", b"live"), ("sealed.h5", b"sealed"):
            old, new = self.FIXTURES / name, self.folder / name
            self.expect(0, "upgrade", old, new, says=[f"{new}: ", " done, "])
            self.assertEqual(self.expect(0, "verify", old).stdout.replace(str(old), str(new)),
                             self.expect(0, "verify", new).stdout)
            infos = [json.loads(self.expect(0, "info", store, "--json").stdout) for store in (old, new)]
            for info in infos:
                del info["bytes"]
            self.assertEqual({key for key in infos[0] if infos[0][key] != infos[1][key]} - {"file", "store"}, set())
            with h5py.File(new) as file:
                self.assertEqual((file.attrs["format_version"], file.attrs["kind"]), (3, text))
            self.expect(1, "upgrade", new, self.folder / "again.h5", says=["is of format 3 already"])
            self.expect(1, "upgrade", old, new, says=["exists already"])


if __name__ == "__main__":
    unittest.main()
