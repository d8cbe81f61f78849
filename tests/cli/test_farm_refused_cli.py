"""What tdse_farm says to wrong command lines, configurations, places and stores: one message, and nothing is made."""

import shutil

import h5py
import numpy

from farms import FarmCliTest, farm


class CommandLine(FarmCliTest):
    def test_help_teaches(self):
        for ranks in (0, 2):
            result = farm.run(ranks, "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            for text in ("--dataset", "--preset", "--store", "--runs", "--seed", "--set", "--dry-run", "Examples",
                         "Exit codes", "continu", "SIGUSR1"):
                self.assertIn(text, result.stdout)

    def test_wrong_command_lines(self):
        for arguments, text in (((), "--dataset"), (("--dataset", "demo"), "--preset"),
                                (("--data", "demo"), "--data"), (("rubbish",), "rubbish")):
            result = farm.run(0, *arguments)
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


class BadInput(FarmCliTest):
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
    farm.main()
