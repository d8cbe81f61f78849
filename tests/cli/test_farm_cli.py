"""tdse_farm as a user meets it: real runs, on one rank or under a small mpirun, and the options that shape them."""

import json
import os

import h5py
import numpy

from farms import DATASET, PRESET, FarmCliTest, farm


class Generating(FarmCliTest):
    def test_real_runs_are_the_same_for_any_number_of_ranks(self):
        first = self.farm()
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("summary: 5 runs done, 0 failed", first.stdout)
        other = self.folder / "other.h5"
        self.assertEqual(self.farm(store=other, ranks=3).returncode, 0)
        with h5py.File(self.store) as one, h5py.File(other) as two:
            for name in ("pmd", "parameters/R", "kx", "ky"):
                self.assertTrue(numpy.array_equal(one[name][:], two[name][:]), name)
            self.assertTrue(numpy.array_equal(one["runs/record"]["yield"], two["runs/record"]["yield"]))
            self.assertEqual(set(one["runs/record"]["state"]), {1})
            self.assertTrue(numpy.all(one["pmd"][:] >= 0))
            self.assertTrue(numpy.all(one["pmd"][:].max(axis=(1, 2)) > 0))
            self.assertEqual(one["pmd"].shape, (5, 41, 21))
            self.assertIn("name: tiny", one["provenance/configuration"][()].decode())
            self.assertIn(PRESET, one["provenance/configuration_given"][()].decode())
            self.assertIn(DATASET, one["provenance/configuration_given"][()].decode())
        again = self.farm()
        self.assertEqual(again.returncode, 0)
        self.assertIn("5 of 5 runs are done, 0 to do", again.stdout)

    def test_amplitude(self):
        """Of a store that keeps it, shared by ranks and grown; without it, none, and the same distributions."""
        amplitude = "--set", "preset.amplitude=true"
        self.assertEqual(self.farm("--runs", 1, *amplitude).returncode, 0)
        result = self.farm("--runs", 2, *amplitude, "--grow", "--ranks-per-run", 2, ranks=3)
        self.assertEqual(result.returncode, 0, result.stderr)
        without = self.folder / "without.h5"
        self.assertEqual(self.farm("--runs", 2, store=without).returncode, 0)
        with h5py.File(self.store) as store, h5py.File(without) as other:
            values = store["amplitude"][:]
            self.assertEqual(values.dtype, numpy.complex64)
            self.assertEqual(values.shape, store["pmd"].shape)
            squares = numpy.abs(values.astype(complex)) ** 2
            self.assertLess(numpy.abs(squares / store["pmd"][:] - 1).max(), 1e-6)
            self.assertGreater(numpy.abs(values.imag).max(), 0.1 * numpy.abs(values).max())
            self.assertNotIn("amplitude", other)
            self.assertTrue(numpy.array_equal(store["pmd"][:], other["pmd"][:]))
        self.refuse("--runs", 2, says=["amplitude"])

    def test_overrides(self):
        result = self.farm("--runs", 1, "--seed", 8, "--set", "dataset.R=2", "--set", "preset.momentum.kx_max=1.5")
        self.assertEqual(result.returncode, 0, result.stderr)
        with h5py.File(self.store) as store:
            self.assertEqual(list(store["parameters/R"]), [2])
            self.assertAlmostEqual(store["kx"][-1], 1.5)
            self.assertEqual(store.attrs["seed"], 8)

    def test_dry_run_creates_nothing(self):
        for ranks in (0, 2):
            result = self.farm("--dry-run", ranks=ranks)
            self.assertEqual(result.returncode, 0, result.stderr)
            for text in ("name: few", "runs:        5", "store size:", "free", "per run", "core-hours", "grouping:",
                         "memory:"):
                self.assertIn(text, result.stdout)
            self.assertEqual(sorted(os.listdir(self.folder)), ["few.yaml", "tiny.yaml"])

    def test_dry_run_tells_how_many_jobs_a_time_limit_makes(self):
        # Weak: the absorber of this preset is too near for strong ones.
        result = self.farm("--runs", 5000, "--set", "dataset.intensity_w_cm2=1e14", "--dry-run", "--time-limit", 20,
                           "--ranks-per-run", 2, ranks=5)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"time limit: +20 s, so about \d+ job")
        self.assertIn("2 runs at a time, 2 ranks each (as asked for)", result.stdout)

    def test_textbook_method_in_teams(self):
        preset = self.folder / "plain.yaml"
        preset.write_text(PRESET.replace("roll_off: 0.5", "roll_off: 1").replace("time_step: 0.2", "time_step: automatic")
                          .replace("corrected_potential: true", "corrected_potential: false")
                          + "mechanisms: {even_symmetry: false, sparse_sampling: false}\n"
                          + "transforms: fftw\n")
        weak = ("--runs", 2, "--set", "dataset.intensity_w_cm2=1e14", "--ranks-per-run", 2, "--checkpoint-interval", 0.1)
        result = self.farm(*weak, ranks=3, preset=preset)
        if "PMD_FFTW=OFF" in result.stderr:
            self.skipTest("built without FFTW")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(list(self.folder.glob("*.checkpoint")), [])
        with h5py.File(self.store) as store:
            self.assertTrue((store["runs/record"]["state"] == 1).all())
        # Other numerics: not the same farm.
        result = self.farm(*weak, ranks=3)
        self.assertEqual(result.returncode, 1)
        self.assertIn("transforms", result.stderr)

    def test_parts_of_a_data_set(self):
        self.assertEqual(self.farm().returncode, 0)
        with h5py.File(self.store) as whole:
            for part, numbers in ("1/2", [0, 2, 4]), ("2/2", [1, 3]):
                store = self.folder / "part.h5"
                result = self.farm("--part", part, store=store)
                self.assertEqual(result.returncode, 0, result.stderr)
                with h5py.File(store) as share:
                    self.assertEqual(share.attrs["part"].decode(), part)
                    self.assertEqual(list(share["run"]), numbers)
                    self.assertTrue(numpy.array_equal(share["pmd"][:], whole["pmd"][:][numbers]))
                    self.assertTrue(numpy.array_equal(share["parameters/R"][:], whole["parameters/R"][:][numbers]))
                self.assertIn("part: " + part, self.farm("--part", "2/3", store=store).stderr)
                store.unlink()

    def test_ranks_and_threads_share_runs(self):
        self.assertEqual(self.farm("--runs", 2).returncode, 0)
        shared = self.folder / "shared.h5"
        result = self.farm("--runs", 2, "--ranks-per-run", 2, "--threads", 2, ranks=3, store=shared)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("1 run at a time, 2 ranks each of 2 threads (as asked for)", result.stdout)
        with h5py.File(self.store) as one, h5py.File(shared) as two:
            self.assertTrue(numpy.array_equal(one["pmd"][:], two["pmd"][:]))

    def test_growing_keeps_what_is_there(self):
        self.assertEqual(self.farm("--runs", 3).returncode, 0)
        with h5py.File(self.store) as store:
            before, records = store["pmd"][:], store["runs/record"]["payload_checksum"]
        self.refuse("--runs", 5, says=["3 of these 5 runs", "--grow"])
        self.refuse("--runs", 5, "--grow", "--seed", 9, says=["dataset.seed: 3 in the store, 9 now"])
        result = self.farm("--runs", 5, "--grow", ranks=2)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("grew from 3 to 5 runs; 3 done ones were kept", result.stdout)
        self.assertIn("summary: 2 runs done", result.stdout)
        whole = self.folder / "whole.h5"
        self.assertEqual(self.farm("--runs", 5, store=whole).returncode, 0)
        with h5py.File(self.store) as grown, h5py.File(whole) as once:
            self.assertTrue(numpy.array_equal(grown["pmd"][:], once["pmd"][:]))
            self.assertTrue(numpy.array_equal(grown["pmd"][:3], before))
            self.assertTrue(numpy.array_equal(grown["runs/record"]["payload_checksum"][:3], records))
        self.assertEqual(self.farm("--runs", 5, "--grow").returncode, 0)
        also = "--set", "dataset.also=[{R: 2.5, intensity_w_cm2: 1.5e14}]"
        self.refuse("--runs", 5, *also, says=["5 of these 6 runs", "--grow"])
        result = self.farm("--runs", 5, *also, "--grow")
        self.assertIn("grew from 5 to 6 runs; 5 done ones were kept", result.stdout)
        result = self.farm("--runs", 6, *also, "--grow")
        self.assertIn("grew from 6 to 7 runs; 6 done ones were kept", result.stdout)
        with h5py.File(self.store) as grown:
            self.assertEqual(list(grown["run"]), list(range(7)))
            self.assertEqual(grown["parameters/R"][6], 2.5)
            self.assertTrue(numpy.array_equal(grown["pmd"][:3], before))

    def test_the_journal(self):
        self.farm("--runs", 2, "--log", "none")
        self.assertEqual(sorted(os.listdir(self.folder)), ["few.yaml", "s.h5", "tiny.yaml"])
        self.store.unlink()
        self.farm("--runs", 2, "--log", self.folder / "mine.jsonl")
        events = [json.loads(line) for line in (self.folder / "mine.jsonl").read_text().splitlines()]
        self.assertEqual([event["event"] for event in events],
                         ["farm_begin", "ready", "assign", "done", "assign", "done", "farm_end"])
        self.assertEqual((events[0]["preset"], events[0]["to_do"], events[0]["time_limit_s"]), ("tiny", 2, None))
        # One that cannot be written costs no run.
        result = self.farm("--runs", 2, "--log", "/dev/full", store=self.folder / "other.h5")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("note: /dev/full: is not complete", result.stdout)

    def test_a_time_limit_that_no_run_fits_into(self):
        # A hundred times as many steps: the run takes far more than the 3 s.
        self.preset.write_text(PRESET.replace("time_step: 0.2", "time_step: 0.002"))
        result = self.farm("--runs", 2, "--time-limit", 3, "--checkpoint-interval", 0)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("error: no run could be finished", result.stderr)
        # The same, if what was begun is saved, is progress.
        result = self.farm("--runs", 2, "--time-limit", 3, "--checkpoint-interval", 1)
        self.assertEqual(result.returncode, 75, result.stdout + result.stderr)
        self.assertTrue((self.folder / "s.h5.run-0.checkpoint").exists())

    def test_runs_that_take_too_long(self):
        self.preset.write_text(PRESET.replace("time_step: 0.2", "time_step: 0.002"))
        result = self.farm("--runs", 2, "--run-time-limit", 1)
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("longer than the time limit of 1 s per run", result.stdout)
        self.preset.write_text(PRESET.replace("time_step: 0.2", "time_step: 0.002"))
        result = self.farm("--runs", 2)
        self.assertEqual(result.returncode, 3)
        self.assertIn("2 failed earlier", result.stdout)
        result = self.farm("--runs", 2, "--run-time-limit", 1, "--max-failures", 0, "--retry-failed")
        self.assertEqual(result.returncode, 3)
        self.assertIn("error: stopped early because 1 of 1 runs failed", result.stderr)
        with h5py.File(self.store) as store:
            self.assertEqual(sorted(store["runs/record"]["attempt"]), [1, 2])

    def test_repair(self):
        self.farm("--runs", 2)
        with h5py.File(self.store, "r+") as store:
            good = store["pmd"][:]
            store["pmd"][1, 3, 3] += 1
        self.assertIn("0 to do", self.farm("--runs", 2).stdout)
        result = self.farm("--runs", 2, "--repair")
        self.assertIn("run 1 is damaged and will be computed again", result.stdout)
        with h5py.File(self.store) as store:
            self.assertTrue(numpy.array_equal(store["pmd"][:], good))
            self.assertEqual(list(store["runs/record"]["attempt"]), [1, 2])


if __name__ == "__main__":
    farm.main()
