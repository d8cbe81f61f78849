"""tdse_run as a user meets it: options, refused inputs, stopped and killed runs, what it writes."""

import os
import pathlib
import signal
import subprocess
import time

import h5py
import numpy

import farm

# A preset that takes a fraction of a second; with a short step, long enough to be stopped.
PRESET = """
name: tiny
grid: {spacing: 0.5, roll_off: 0.5, half_width_x: 45, half_width_y: 45}
time_step: 0.2
duration: 1
absorber: {radius: 32, beta: 1e-3, reference_step: 0.0184, interval: 3}
corrected_potential: true
momentum: {kx_max: 2, kx_spacing: 0.1, ky_max: 1, ky_spacing: 0.1}
"""
LONG = ("--set", "preset.duration=90", "--checkpoint-interval", "0")


class Program(farm.FarmTest):
    def setUp(self):
        super().setUp()
        self.preset = os.path.join(self.folder, "tiny.yaml")
        pathlib.Path(self.preset).write_text(PRESET)

    def arguments(self, *more, output=None):
        return ("--preset", self.preset, "--output", output or self.store, *more)

    def succeed(self, *more, ranks=0, output=None):
        result = farm.run(ranks, *self.arguments(*more, output=output))
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def refuse(self, *arguments, says, code=1, ranks=0):
        """Expects one line with all of `says`, soon, and that nothing is made."""
        before = self.files()
        result = farm.run(ranks, *arguments, timeout=30)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertRegex(result.stderr, r"\Aerror: [^\n]+\n\Z")
        for text in says:
            self.assertIn(text, result.stderr)
        self.assertEqual(self.files(), before)

    def pmd(self, store=None):
        with h5py.File(store or self.store, "r") as file:
            self.assertEqual(list(file["runs/record"]["state"]), [farm.DONE])
            return file["pmd"][0]


class Checking(Program):
    """The textbook method as the witness of a preset; only in builds with FFTW3-MPI."""

    RUN = ("--R", "2", "--intensity", "4e14", "--check")

    def test_difference(self):
        if os.environ["PMD_FFTW"] != "ON":
            self.skipTest("built without FFTW")
        output = self.succeed(*self.RUN, ranks=2)
        self.assertIn("by the textbook method, which is expected to take", output)
        # Said before the first run, whose energy is the first thing that is told of it.
        self.assertLess(output.index("the check by the textbook method will take at least"), output.index("ground_state_energy"))
        average = float(output.split("differ by ")[1].split()[0])
        self.assertGreater(average, 0)
        self.assertLess(average, 5)  # the preset is a coarse one
        witness = self.store.replace(".h5", "-witness.h5")
        with h5py.File(self.store) as own, h5py.File(witness) as plain:
            # Two methods, not one twice.
            self.assertFalse(numpy.array_equal(own["pmd"], plain["pmd"]))
            numpy.testing.assert_allclose(plain["pmd"][0].sum(), own["pmd"][0].sum(), rtol=0.01)
        again = self.succeed(*self.RUN)
        self.assertEqual(again.count("has this run already"), 2)
        self.assertEqual(float(again.split("differ by ")[1].split()[0]), average)

    def test_without(self):
        if os.environ["PMD_FFTW"] == "ON":
            self.skipTest("built with FFTW")
        self.refuse(*self.arguments(*self.RUN), says=["PMD_FFTW=OFF"])


class Computing(Program):
    RUN = ("--molecule", "HeH+", "--R", "1.5", "--intensity", "4e14", "--cep", "0.3", "--angle-deg", "30",
           "--wavelength", "760", "--cycles", "1")

    def test_what_is_written(self):
        out = self.succeed(*self.RUN)
        with h5py.File(self.store, "r") as file:
            found = {name: float(file["parameters"][name][0]) for name in ("R", "intensity_w_cm2", "cep", "angle")}
            self.assertEqual(found, {"R": 1.5, "intensity_w_cm2": 4e14, "cep": 0.3, "angle": 30 * numpy.pi / 180})
            self.assertEqual(file["parameters/molecule"][0].decode(), "HeH+")
            for text in ("wavelength_nm: 760", "cycles: 1"):
                self.assertIn(text, file["provenance/configuration"][()].decode())
            self.assertAlmostEqual(float(file["runs/record"]["yield"][0]), file["pmd"][0].sum() * 0.01, delta=1e-6)
        for name in ("yield", "absorbed", "ground_state_energy", "wall_seconds", "steps"):
            self.assertRegex(out, rf"(?m)^{name} +[-0-9.e+]+ ")
        self.assertGreater(self.pmd().max(), 0)
        self.assertEqual(self.files(), ["s.h5", "tiny.yaml"])

    def test_same_bits_for_all_ranks_and_threads(self):
        self.succeed(*self.RUN)
        for ranks, threads in ((0, 2), (2, 1), (3, 2)):
            with self.subTest(ranks=ranks, threads=threads):
                other = os.path.join(self.folder, "other.h5")
                out = self.succeed(*self.RUN, "--threads", threads, ranks=ranks, output=other)
                self.assertEqual(out.count("written to"), 1, "only rank 0 speaks")
                self.assertEqual(self.pmd().tobytes(), self.pmd(other).tobytes())
                os.remove(other)

    def test_pmd_store_takes_it(self):
        self.succeed()
        store = os.path.join(os.path.dirname(farm.program()), "pmd_store")
        picture = os.path.join(self.folder, "one.png")
        for command in (("info",), ("verify",), ("render", "--output", picture)):
            result = subprocess.run([store, command[0], self.store, *command[1:]], capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertTrue(os.path.exists(picture))

    def test_done_runs_are_not_computed_again(self):
        self.succeed()
        before = farm.content(self.store)
        out = self.succeed(ranks=2)
        self.assertIn("has this run already", out)
        self.assertRegex(out, r"(?m)^yield ")
        self.assertEqual(farm.content(self.store), before)

    def test_more_ranks_than_the_grid_can_feed(self):
        # 96 rows at most: six groups.
        self.succeed("--set", "preset.grid.half_width_x=40")
        other = os.path.join(self.folder, "other.h5")
        out = self.succeed("--set", "preset.grid.half_width_x=40", ranks=12, output=other)
        self.assertRegex(out, r"note: the grid has work for \d+ ranks only")
        self.assertEqual(self.pmd().tobytes(), self.pmd(other).tobytes())


class Refusing(Program):
    def test_help_and_version(self):
        for ranks in (0, 2):
            result = farm.run(ranks, "--help")
            self.assertEqual(result.returncode, 0)
            for text in ("mpirun", "Examples", "--angle-deg", "--threads", "Exit codes", "75"):
                self.assertIn(text, result.stdout)
        self.assertRegex(farm.run(0, "--version").stdout, r"^tdse_run \d")

    def test_command_lines(self):
        for more, says in ((("--treads", "2"), ["treads"]), (("--threads", "0"), ["--threads: 0", "from 1 to"]),
                           (("--R", "two"), ["R", "two"]), (("surplus",), ["surplus"])):
            for ranks in (0, 2):
                with self.subTest(more=more, ranks=ranks):
                    self.refuse(*self.arguments(*more), says=[*says, "tdse_run --help"], code=2, ranks=ranks)
        self.refuse("--preset", self.preset, says=["output"], code=2)

    def test_values(self):
        for more, says in ((("--R", "-1"), ["R", "-1", "> 0"]), (("--R", "nan"), ["R"]),
                           (("--molecule", "H2"), ["H2", "H2+"]), (("--intensity", "0"), ["intensity_w_cm2"]),
                           (("--cycles", "0"), ["cycles"]), (("--softening", "0"), ["softening"]),
                           (("--molecule", "H2+, R: 3"), ["molecule"])):
            with self.subTest(more=more):
                self.refuse(*self.arguments(*more), says=says, code=2)
        for more, says in ((("--set", "preset.time_step=5"), ["time_step", "largest admissible"]),
                           (("--set", "preset.tme_step=0.1"), ["tme_step", "time_step"]),
                           (("--set", "time_step=0.1"), ["preset.KEY=VALUE"])):
            with self.subTest(more=more):
                self.refuse(*self.arguments(*more), says=says)
        self.refuse(*self.arguments("--R", "-1"), says=["R"], code=2, ranks=3)
        self.refuse("--preset", "quack", "--output", self.store, says=["quack", "quick"])

    def test_outputs(self):
        missing = os.path.join(self.folder, "missing", "s.h5")
        self.refuse(*self.arguments(output=missing), says=[missing, "no folder"], ranks=2)
        foreign = os.path.join(self.folder, "foreign.h5")
        pathlib.Path(foreign).write_text("something else")
        self.refuse(*self.arguments(output=foreign), says=[foreign, "not an HDF5 file"])
        self.assertEqual(pathlib.Path(foreign).read_text(), "something else")

    def test_output_of_another_run(self):
        self.succeed()
        self.refuse(*self.arguments("--R", "3"), says=["another configuration"])


class Stopping(Program):
    def start_and_wait(self, ranks):
        process = farm.start(ranks, *self.arguments(*LONG))
        farm.wait_for(lambda: os.path.exists(self.store))
        time.sleep(0.5)
        self.assertIsNone(process.poll())
        return process

    def test_signals(self):
        for ranks, send in ((0, lambda process: process.send_signal(signal.SIGTERM)),
                            (0, lambda process: process.send_signal(signal.SIGINT)),
                            (2, lambda process: process.send_signal(signal.SIGUSR1)),
                            (2, lambda process: os.kill(farm.ranks_of(process)[-1], signal.SIGTERM))):
            with self.subTest(ranks=ranks):
                process = self.start_and_wait(ranks)
                send(process)
                out, err = process.communicate(timeout=30)
                self.assertEqual(process.returncode, 75, out + err)
                self.assertIn("the same command continues", err)
                self.assertEqual(list(farm.commits(self.store)["state"]), [farm.PENDING])
                self.assertEqual(self.files(), ["s.h5", "tiny.yaml"])
                os.remove(self.store)

    def test_kill(self):
        process = farm.start(2, *self.arguments("--set", "preset.duration=1"))
        farm.wait_for(lambda: os.path.exists(self.store))
        farm.kill_everything(process)
        self.assertIn(list(farm.commits(self.store)["state"]), ([farm.PENDING], [farm.DONE]))
        self.succeed("--set", "preset.duration=1", ranks=2)
        other = os.path.join(self.folder, "other.h5")
        self.succeed(output=other)
        self.assertEqual(self.pmd().tobytes(), self.pmd(other).tobytes())

    def test_stopped_runs_continue_with_the_same_bits_on_other_ranks(self):
        numerics = ("--set", "preset.duration=6", "--angle-deg", "20")
        whole = os.path.join(self.folder, "whole.h5")
        self.succeed(*numerics, "--checkpoint-interval", 0, output=whole)
        saved = ("--checkpoint-interval", 0.1)
        state = self.store + ".run-0.checkpoint"
        written = lambda: os.stat(state).st_mtime_ns if os.path.exists(state) else 0
        for ranks in (2, 0):
            before = written()
            process = farm.start(ranks, *self.arguments(*numerics, *saved))
            farm.wait_for(lambda: written() != before)
            process.send_signal(signal.SIGUSR1)
            out, err = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 75, out + err)
        out = self.succeed(*numerics, *saved, ranks=3)
        self.assertIn("continued from a saved state", out)
        self.assertEqual(self.pmd().tobytes(), self.pmd(whole).tobytes())
        self.assertEqual(self.files(), ["s.h5", "tiny.yaml", "whole.h5"])

    def test_an_error_on_one_rank_ends_all(self):
        # An unknown set of instructions is met by rank 1 alone, while rank 0 waits for it.
        each = [farm.program(), *self.arguments(*LONG)]
        result = subprocess.run(["mpirun", "-q", "--bind-to", "none", "-n", "1", *each, ":", "-n", "1", "env",
                                 "PMD_INSTRUCTIONS=abacus", *each], env=farm.ENVIRONMENT, capture_output=True, text=True,
                                timeout=60)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"error: PMD_INSTRUCTIONS: 'abacus' [^\n]+ \(rank 1\)")
        self.assertEqual(list(farm.commits(self.store)["state"]), [farm.PENDING])

    def test_only_one_writes(self):
        process = self.start_and_wait(0)
        result = farm.run(0, *self.arguments(*LONG))
        self.assertEqual(result.returncode, 1)
        self.assertIn("is writing to this store", result.stderr)
        farm.kill_everything(process)


if __name__ == "__main__":
    farm.main()
