"""tdse_farm as a user meets it: options, real runs, refused inputs. All on one rank, or under a small mpirun."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import h5py
import numpy

PROGRAM = sys.argv[1]
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_ess_singleton_isolated="1",
                   ASAN_OPTIONS="detect_leaks=0")
# A preset and a data set that take a fraction of a second per run.
PRESET = """
name: tiny
grid: {spacing: 0.5, roll_off: 0.5, half_width_x: 48, half_width_y: 48}
time_step: 0.2
duration: 1
absorber: {radius: 38, beta: 1e-3, reference_step: 0.0184, interval: 3}
corrected_potential: true
momentum: {kx_max: 2, kx_spacing: 0.1, ky_max: 1, ky_spacing: 0.1}
"""
DATASET = """
name: few
seed: 3
runs: 5
R: [1, 4]
intensity_w_cm2: [1e14, 4e14]
"""


class Case(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="pmd-farm-cli-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.preset, self.dataset = self.folder / "tiny.yaml", self.folder / "few.yaml"
        self.store = self.folder / "s.h5"
        self.preset.write_text(PRESET)
        self.dataset.write_text(DATASET)

    def farm(self, *more, ranks=0, dataset=None, preset=None, store=None, **options):
        arguments = ["--dataset", dataset or self.dataset, "--preset", preset or self.preset,
                     "--store", store or self.store]
        return self.run_program(*arguments, *more, ranks=ranks, **options)

    def run_program(self, *arguments, ranks=0, **options):
        mpirun = ["mpirun", "-q", "--bind-to", "none", "-n", str(ranks)] if ranks else []
        return subprocess.run([*mpirun, PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                              env=ENVIRONMENT, **options)

    def refuse(self, *more, says, code=1, **options):
        """Expects one message with all of `says`, and that no store is made."""
        before = sorted(os.listdir(self.folder))
        result = self.farm(*more, **options)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertRegex(result.stderr, r"\Aerror: [^\n]+\n\Z")
        self.assertNotIn("HDF5-DIAG", result.stderr)
        for text in says:
            self.assertIn(text, result.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        return result


class Generating(Case):
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

    def test_a_list_of_data_sets(self):
        sets = self.folder / "sets.yaml"
        more = self.folder / "more.yaml"
        more.write_text(DATASET.replace("few", "more").replace("seed: 3", "seed: 4"))
        sets.write_text(f"sets: [{self.dataset}, {more}]\n")
        stores = self.folder / "data"
        for ranks in (3, 0):
            result = self.farm("--runs", 3, dataset=sets, store=stores, ranks=ranks)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("== data set more (2 of 2)", result.stdout)
            self.assertEqual(sorted(os.listdir(stores)),
                             ["few.h5", "few.h5.log.jsonl", "more.h5", "more.h5.log.jsonl"])
            for name, dataset in ("few", self.dataset), ("more", more):
                alone = self.folder / "alone.h5"
                self.assertEqual(self.farm("--runs", 3, dataset=dataset, store=alone).returncode, 0)
                with h5py.File(stores / (name + ".h5")) as one, h5py.File(alone) as two:
                    self.assertTrue(numpy.array_equal(one["pmd"][:], two["pmd"][:]))
                    self.assertEqual(set(one["runs/record"]["state"]), {1})
                alone.unlink()
            if ranks:
                shutil.rmtree(stores)
        again = self.farm("--runs", 3, dataset=sets, store=stores)
        self.assertEqual(again.stdout.count("3 of 3 runs are done, 0 to do"), 2)
        # What is wrong with the last one shows before the first is begun.
        more.write_text(DATASET + "moer: 1\n")
        self.refuse(dataset=sets, store=self.folder / "other", says=["data set", "more.yaml", "moer"])
        self.refuse(dataset=sets, store=self.folder / "other.h5", says=["list of data sets", "expected a folder"])
        sets.write_text("sets: [few, few]\n")
        self.refuse(dataset=sets, store=self.folder / "other", says=["sets.yaml", "twice"])

    def test_a_list_is_stopped_and_continued(self):
        self.preset.write_text(PRESET.replace("time_step: 0.2", "time_step: 0.02"))
        more = self.folder / "more.yaml"
        more.write_text(DATASET.replace("few", "more").replace("runs: 5", "runs: 40"))
        sets = self.folder / "sets.yaml"
        sets.write_text(f"sets: [{self.dataset}, {more}, {self.dataset.with_name('third.yaml')}]\n")
        (self.folder / "third.yaml").write_text(DATASET.replace("few", "third"))
        command = ["mpirun", "-q", "--bind-to", "none", "-n", "3", PROGRAM, "--dataset", str(sets), "--preset",
                   str(self.preset), "--store", str(self.folder / "data"), "--set", "dataset.R=[1,2]"]
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        self.assertTrue(any(line.startswith("grouping") and (self.folder / "data" / "more.h5").exists()
                            for line in process.stdout))
        process.send_signal(signal.SIGUSR1)
        rest = process.communicate(timeout=100)[0]
        self.assertEqual(process.returncode, 75, rest)
        self.assertIn("the same command continues", rest)
        self.assertFalse((self.folder / "data" / "third.h5").exists())
        with h5py.File(self.folder / "data" / "few.h5") as store:
            self.assertEqual(set(store["runs/record"]["state"]), {1})
        result = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=200)
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in "few", "more", "third":
            with h5py.File(self.folder / "data" / (name + ".h5")) as store:
                self.assertEqual(set(store["runs/record"]["state"]), {1})

    def test_a_list_is_not_called_complete_when_a_worker_is_silent(self):
        for name in "first", "second", "third":
            (self.folder / (name + ".yaml")).write_text(DATASET.replace("few", name).replace("runs: 5", "runs: 1"))
        sets = self.folder / "sets.yaml"
        sets.write_text("sets: [" + ", ".join(str(self.folder / (name + ".yaml"))
                                              for name in ("first", "second", "third")) + "]\n")
        self.preset.write_text(PRESET.replace("time_step: 0.2", "time_step: 0.005"))
        command = ["mpirun", "-q", "--bind-to", "none", "-n", "3", PROGRAM, "--dataset", str(sets), "--preset",
                   str(self.preset), "--store", str(self.folder / "data")]
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        log = self.folder / "data" / "first.h5.log.jsonl"
        names = []
        while names.count("ready") < 2 or "assign" not in names:
            self.assertIsNone(process.poll())
            time.sleep(0.05)
            events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
            names = [event["event"] for event in events]
        busy = next(event["worker"] for event in events if event["event"] == "assign")
        lines = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(process.pid)], capture_output=True,
                               text=True).stdout.splitlines()
        ranks = sorted(int(line.split()[0]) for line in lines if line.split()[1] == PROGRAM)
        os.kill(ranks[3 - busy], signal.SIGSTOP)
        try:
            out = process.communicate(timeout=100)[0]
        except subprocess.TimeoutExpired:  # mpirun itself hangs now and then after MPI_Abort
            process.kill()
            out = process.communicate()[0]
        self.assertNotEqual(process.returncode, 0, out)
        self.assertIn("the same command continues", out)
        self.assertFalse((self.folder / "data" / "third.h5").exists())

    def test_dry_run_and_part_of_a_list(self):
        sets = self.folder / "sets.yaml"
        sets.write_text(f"sets: [{self.dataset}]\n")
        stores = self.folder / "new" / "data"
        result = self.farm("--dry-run", dataset=sets, store=stores)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("disk space:", result.stdout)
        self.assertFalse(stores.parent.exists())
        self.assertEqual(self.farm("--part", "2/2", dataset=sets, store=stores).returncode, 0)
        with h5py.File(stores / "few.h5") as store:
            self.assertEqual(list(store["run"]), [1, 3])
        (self.folder / "few").mkdir()
        shutil.copy(self.dataset, self.folder / "few" / "few.yaml")
        sets.write_text(f"sets: [{self.dataset}, {self.folder}/few/few.yaml]\n")
        self.refuse(dataset=sets, store=self.folder / "other", says=["would share the store"])

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


class CommandLine(Case):
    def test_help_teaches(self):
        for ranks in (0, 2):
            result = self.run_program("--help", ranks=ranks)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            for text in ("--dataset", "--preset", "--store", "--runs", "--seed", "--set", "--dry-run", "Examples",
                         "Exit codes", "continu", "SIGUSR1"):
                self.assertIn(text, result.stdout)

    def test_wrong_command_lines(self):
        for arguments, text in (((), "--dataset"), (("--dataset", "demo"), "--preset"),
                                (("--data", "demo"), "--data"), (("rubbish",), "rubbish")):
            result = self.run_program(*arguments)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(text, result.stderr)
        for more, text in ((("--runs", "0"), "--runs: 0"), (("--runs", "-3"), "--runs: -3"), (("--runs", "x"), "x"),
                           (("--seed", "-1"), "--seed: -1"), (("--colour", "red"), "--colour"),
                           (("--time-limit", "soon"), "--time-limit: 'soon'"), (("--time-limit", "0"), "--time-limit"),
                           (("--run-time-limit", "1:2:3:4"), "--run-time-limit"),
                           (("--max-failures", "-1"), "--max-failures: -1"), (("--threads", "0"), "--threads: 0"),
                           (("--ranks-per-run", "2"), "only 1 rank can solve"),
                           (("--ranks-per-run", "few"), "--ranks-per-run: 'few'"),
                           (("--worker-timeout", "-1"), "--worker-timeout")):
            self.refuse(*more, says=[text], code=2)

    def test_under_mpirun_there_is_one_message(self):
        self.refuse("--runs", "0", says=["--runs: 0"], code=2, ranks=3)
        self.refuse(says=["no such file"], dataset="missing.yaml", ranks=3)


class BadInput(Case):
    def test_configuration(self):
        for more, says in (
                (dict(dataset="missing.yaml"), ["missing.yaml", "no such file"]),
                (dict(preset="no/where.yaml"), ["no/where.yaml"]),
                (dict(preset="quik"), ["did you mean 'quick'"]),
                (dict(dataset="dmo"), ["did you mean 'demo'"])):
            with self.subTest(says=says):
                self.refuse(says=says, **more)
        for assignment, says in (
                ("dataset.R=-1", ["few.yaml", "R: -1", "> 0"]),
                ("dataset.R=[1,-8]", ["R", "-8"]),
                ("dataset.R=wide", ["few.yaml", "R: 'wide' is not a number"]),
                ("dataset.intensity_w_cm2=0", ["intensity_w_cm2: 0", "> 0"]),
                ("dataset.molecule=H3+", ["molecule", "'H3+'", "did you mean"]),
                ("dataset.angel=3", ["angel: unknown key", "did you mean 'angle'"]),
                ("dataset.runs=[]", ["runs", "empty"]),
                ("preset.time_step=soon", ["tiny.yaml", "time_step", "'soon'"]),
                ("preset.time_step=0.9", ["time_step", "largest admissible time step"]),
                ("preset.grid.spacin=1", ["did you mean 'spacing'"]),
                ("preset.ranks_per_run=0", ["tiny.yaml", "ranks_per_run"]),
                ("R=3", ["preset.KEY=VALUE or dataset.KEY=VALUE"])):
            with self.subTest(assignment=assignment):
                self.refuse("--set", assignment, says=says)

    def test_parts(self):
        for part in ("3/2", "0/2", "x", "1"):
            self.refuse("--part", part, says=["--part: '" + part + "'", "1 <= I <= N"], code=2)
        self.refuse("--part", "9/9", says=["part: 9/9 of a data set of 5 runs is empty"])

    def test_malformed_files(self):
        for text, says in (("name: [", ["few.yaml", "not valid YAML"]), ("", ["few.yaml"]), ("- 1\n- 2\n", ["mapping"]),
                           ("name: a\nruns: 2\nR: 2\nR: 3\nintensity_w_cm2: 1e14\n", ["R", "twice"])):
            with self.subTest(text=text):
                self.dataset.write_text(text)
                self.refuse(says=says)

    def test_places_where_no_store_can_be(self):
        self.refuse(says=["nowhere"], store="/nowhere/s.h5")
        self.refuse("--dry-run", says=["nowhere"], store="/nowhere/s.h5")
        self.refuse(says=["/proc/s.h5"], store="/proc/s.h5")
        self.refuse(says=["not a regular file"], store=self.folder)

    def test_files_that_are_no_store_of_this_farm(self):
        self.assertEqual(self.farm("--runs", 2).returncode, 0)
        good = self.folder / "good.h5"
        shutil.copy(self.store, good)

        def refused(says, *more):
            before = self.store.read_bytes()
            self.refuse("--runs", 2, *more, says=says)
            self.assertEqual(self.store.read_bytes(), before, "a refused file must stay as it is")
            shutil.copy(good, self.store)

        refused(["another configuration", "dataset.softening: 0.5 in the store, 0.6 now"],
                "--set", "dataset.softening=0.6")
        refused(["preset.absorber.radius: 38 in the store, 39 now"], "--set", "preset.absorber.radius=39")
        refused(["dataset.seed: 3 in the store, 4 now"], "--seed", "4")
        self.refuse("--runs", 1, says=["dataset.runs: 2 in the store, 1 now"])
        self.store.write_text("not HDF5 at all")
        refused(["not an HDF5 file"])
        with h5py.File(self.store, "w") as foreign:
            foreign["x"] = [1, 2, 3]
        refused(["not a store"])
        with h5py.File(self.store, "r+") as store:
            store.attrs["format_version"] = numpy.uint64(1)
        refused(["damaged"])
        self.store.write_bytes(good.read_bytes()[:-100])
        refused(["truncated"])
        with h5py.File(self.store, "r+") as store:
            store["parameters/R"][0] += 1
        refused(["damaged", "checksum"])
        with h5py.File(self.store, "r+") as store:
            del store["pmd"]
        refused(["damaged", "skeleton"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
