"""Farms of different sizes compute the same, fail alike, and wait without burning processor time."""

import os
import pathlib
import resource
import time

import h5py

import farm


class Ranks(farm.FarmTest):
    def test_any_number_of_ranks_gives_the_same_content(self):
        reference = os.path.join(self.folder, "reference.h5")
        self.assertEqual(farm.run(0, reference).returncode, 0)
        for ranks in (1, 2, 3, 4):
            with self.subTest(ranks=ranks):
                store = os.path.join(self.folder, f"{ranks}.h5")
                result = farm.run(ranks, store)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assert_same_content(store, reference)
        self.assertEqual(self.files(), ["1.h5", "2.h5", "3.h5", "4.h5", "reference.h5"])

    def test_more_ranks_than_runs(self):
        self.assertEqual(farm.run(4, self.store, "runs=2").returncode, 0)
        self.assertEqual(len(farm.done_runs(self.store)), 2)

    def test_a_finished_farm_has_nothing_to_do(self):
        farm.run(3, self.store)
        before = pathlib.Path(self.store).read_bytes()
        result = farm.run(3, self.store)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual(pathlib.Path(self.store).read_bytes(), before)

    def test_failed_runs_are_recorded_and_tried_again_when_asked_for(self):
        for ranks in (0, 3):
            with self.subTest(ranks=ranks):
                store = os.path.join(self.folder, f"{ranks}.h5")
                result = farm.run(ranks, store, "runs=10", "fail=3,5")
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertIn("failed 3: pretended to fail", result.stdout)
                self.assertIn("failed 5: pretended to fail", result.stdout)
                commits = farm.commits(store)
                for run in range(10):
                    self.assertEqual(commits["state"][run], farm.FAILED if run in (3, 5) else farm.DONE)
                    self.assertEqual(commits["attempt"][run], 1)
                # They are not tried again unless asked for.
                result = farm.run(ranks, store, "runs=10")
                self.assertEqual((result.returncode, result.stdout), (3, ""), result.stderr)
                for fail, code in ("fail=5", 3), ("fail=", 0):
                    result = farm.run(ranks, store, "runs=10", fail, "retry=1")
                    self.assertEqual(result.returncode, code, result.stderr)
                commits = farm.commits(store)
                self.assertEqual(set(commits["state"]), {farm.DONE})
                self.assertEqual([commits["attempt"][run] for run in (0, 3, 5)], [1, 2, 3])

    def test_another_configuration_is_refused(self):
        farm.run(0, self.store)
        for ranks in (0, 3):
            with self.subTest(ranks=ranks):
                result = farm.run(ranks, self.store, "seed=1")
                self.assertEqual(result.returncode, 1)
                self.assertEqual(result.stderr.count("error:"), 1)
                self.assertIn("dataset.seed: 0 in the store, 1 now", result.stderr)

    def test_a_second_farm_is_refused_while_the_first_runs(self):
        first = farm.start(3, self.store, "seconds=0.2")
        farm.wait_for(lambda: os.path.exists(self.store))
        second = farm.run(3, self.store)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another farm is writing to this store", second.stderr)
        self.assertEqual(second.stderr.count("error:"), 1)
        first.communicate()
        self.assertEqual(first.returncode, 0)

    def test_a_store_can_be_read_while_a_farm_writes(self):
        process = farm.start(3, self.store, "runs=20", "seconds=0.2")
        farm.wait_for(lambda: os.path.exists(self.store) and len(farm.done_runs(self.store)) > 3)
        self.assertIsNone(process.poll())
        process.communicate()
        self.assertEqual(process.returncode, 0)

    def test_waiting_costs_no_processor_time(self):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.monotonic()
        self.assertEqual(farm.run(4, self.store, "runs=4", "seconds=4").returncode, 0)
        wall = time.monotonic() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.assertGreater(wall, 8)
        self.assertLess(used, 0.25 * wall)

    def test_a_worker_that_cannot_write_ends_the_farm_cleanly(self):
        arguments = (self.store, "runs=40", "kx=512", "ky=512")
        reference = os.path.join(self.folder, "reference.h5")
        farm.run(0, reference, *arguments[1:])
        # A store with some done runs, to be continued where files end at 20 of its 42 MB (40000 blocks).
        first = farm.start(0, *arguments, "seconds=0.3")
        farm.wait_for(lambda: os.path.exists(self.store) and len(farm.done_runs(self.store)) > 2)
        farm.kill_everything(first)
        before = farm.done_runs(self.store)
        for ranks, each in (0, 1), (3, 1), (5, 2):
            with self.subTest(ranks=ranks):
                result = farm.run(ranks, *arguments, f"ranks={each}",
                                  wrapper=["sh", "-c", 'ulimit -f 40000; exec "$@"', "sh"])
                self.assertEqual(result.returncode, 1)
                self.assertEqual(result.stderr.count("error:"), 1)
                self.assertIn("cannot be written", result.stderr)
        # Every assignment has an end, but for the one that was killed.
        events = [event["event"] for event in farm.journal(self.store)]
        ends = sum(events.count(end) for end in ("done", "interrupted", "returned"))
        self.assertEqual(events.count("assign"), ends + 1)
        self.assertGreaterEqual(events.count("broken"), 3)
        done = farm.done_runs(self.store)
        self.assertTrue(all(done[run] == before[run] for run in before))
        self.assertEqual(farm.run(3, *arguments).returncode, 0)
        self.assert_same_content(self.store, reference)
        after = farm.done_runs(self.store)
        self.assertTrue(all(after[run] == done[run] for run in done))

    def test_errors_at_the_start_end_all_ranks(self):
        begin = time.monotonic()
        result = farm.run(4, "/nowhere/s.h5")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr.count("error:"), 1)
        self.assertIn("/nowhere", result.stderr)
        self.assertLess(time.monotonic() - begin, 10)


class SelfDescription(farm.FarmTest):
    def test_everything_has_a_unit_and_a_meaning(self):
        farm.run(0, self.store)
        with h5py.File(self.store, "r") as file:
            names = []
            file.visit(names.append)
            self.assertEqual(sorted(names), sorted([
                "kx", "ky", "parameters", "parameters/R", "parameters/angle", "parameters/cep",
                "parameters/intensity_w_cm2", "parameters/molecule", "pmd", "provenance",
                "provenance/configuration", "provenance/created", "run", "runs", "runs/record"]))
            for name in names:
                self.assertGreater(len(file[name].attrs["meaning"]), 3, name)
                if isinstance(file[name], h5py.Dataset) and file[name].shape:
                    self.assertIsInstance(file[name].attrs["unit"], bytes, name)
                    self.assertTrue(name in ("run", "kx", "ky") or file[name].dims[0][0] == file["run"], name)
            self.assertEqual([scale[0].name for scale in file["pmd"].dims], ["/run", "/kx", "/ky"])
            self.assertEqual(file["pmd"].attrs["unit"], b"a.u.^-2")
            self.assertEqual(file["parameters/intensity_w_cm2"].attrs["unit"], b"W/cm^2")
            self.assertEqual(file["parameters/cep"].attrs["symbol"].decode(), "φ")
            self.assertEqual(file["pmd"].shape, (40, 64, 64))
            self.assertEqual(file["pmd"].dtype, "<f4")
            self.assertEqual(file["parameters/R"].dtype, "<f8")
            self.assertEqual(file["parameters/molecule"][0], b"H2+")
            self.assertEqual(file["runs/record"].dtype.names, (
                "state", "attempt", "failure", "begun", "payload_checksum", "record_checksum", "ground_state_energy",
                "ground_state_residual", "yield", "absorbed", "pmd_max", "noise_floor", "wall_seconds", "steps",
                "reason"))
            self.assertEqual((file["runs/record"].dtype["reason"], file["runs/record"].dtype.itemsize), ("S240", 4096))
            self.assertEqual(file["runs/record"].id.get_offset() % 4096, 0)
            self.assertEqual(list(file["run"]), list(range(40)))
            self.assertEqual(file.attrs["format"], b"tdse-pmd-store")
            self.assertEqual((file.attrs["format_version"], file.attrs["kind"]), (3, b"live"))
            self.assertIn(b"preset:", file["provenance/configuration"][()])
            for attribute in ("dataset", "preset", "part"):
                self.assertIsInstance(file.attrs[attribute], bytes)


if __name__ == "__main__":
    farm.main()
