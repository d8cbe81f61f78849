"""pmd_store as a user meets it: what it prints, where, and with which exit code."""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

import h5py

PMD_STORE = os.environ["PMD_STORE"]
MAKE_SYNTHETIC_STORE = os.environ["MAKE_SYNTHETIC_STORE"]


def run(*arguments, **options):
    return subprocess.run([PMD_STORE, *map(str, arguments)], capture_output=True, text=True, timeout=60, **options)


def png_size(file):
    header = pathlib.Path(file).read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", header[16:24])


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.templates = tempfile.TemporaryDirectory()
        cls.template = pathlib.Path(cls.templates.name, "template.h5")
        subprocess.run([MAKE_SYNTHETIC_STORE, cls.template, "40", "36"], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.templates.cleanup()

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.store = self.folder / "base.h5"
        shutil.copy(self.template, self.store)

    def expect(self, code, *arguments, says=(), **options):
        result = run(*arguments, **options)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        if code in (1, 2):
            self.assertEqual(result.stdout, "")
            self.assertRegex(result.stderr, r"\Aerror: [^\n]+\n\Z")
        for text in says:
            self.assertIn(text, result.stdout + result.stderr)
        return result


class Info(Case):
    def test_text(self):
        result = self.expect(0, "info", self.store, says=["synthetic (seed 1)", "36 of 40 done (90.0 %), 4 pending",
                                                          "H2+ (40)", "a machine"])
        self.assertEqual(result.stderr, "")

    def test_json_agrees_with_h5py(self):
        info = json.loads(self.expect(0, "info", self.store, "--json").stdout)
        with h5py.File(self.store) as file:
            done = file["commit"]["state"] == 1
            self.assertEqual(info["runs"], {"total": 40, "done": int(done.sum()), "pending": 4, "failed": 0})
            self.assertEqual(info["parameters"]["R"]["max"], file["parameters/R"][:][done].max())
            self.assertEqual(info["yield"]["min"], file["diagnostics/yield"][:][done].min())
            self.assertEqual(info["axes"]["kx"]["points"], len(file["axes/kx"]))
            self.assertEqual(info["preset"], file.attrs["preset"].decode() if isinstance(file.attrs["preset"], bytes)
                             else file.attrs["preset"])
        self.assertEqual(info["bytes"]["file"], self.store.stat().st_size)

    def test_configuration(self):
        text = self.expect(0, "info", self.store, "--configuration").stdout
        self.assertEqual(text, "preset:\n  name: invented\ndataset:\n  name: synthetic\n")
        document = json.loads(self.expect(0, "info", self.store, "--configuration", "--json").stdout)
        self.assertEqual(document["configuration"], text)

    def test_store_without_write_permission(self):
        self.store.chmod(0o444)
        self.expect(0, "info", self.store, says=["36 of 40"])


class Verify(Case):
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
        with open(self.store, "r+b") as file:
            file.seek(slab + 4001)
            byte = file.read(1)[0]
            file.seek(slab + 4001)
            file.write(bytes([byte ^ 0x10]))
        self.expect(3, "verify", self.store, says=["error: run 12 ", "checksum"])

    def test_changed_diagnostics(self):
        self.change("diagnostics/wall_seconds", 3, 1e6)
        self.expect(3, "verify", self.store, says=["error: run 3 ", "checksum"])

    def test_damaged_commit_record(self):
        with h5py.File(self.store, "r+") as file:
            record = file["commit"][5]
            record["attempt"] = 77
            file["commit"][5] = record
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
        subprocess.run([MAKE_SYNTHETIC_STORE, empty, "3", "0"], check=True)
        self.expect(0, "verify", empty, says=["0 of 3 runs, 3 pending"])
        self.expect(0, "info", empty, says=["0 of 3 done"])
        self.expect(1, "render", empty, "--output", self.folder / "a.png", says=["no run is done yet"])


class WhileWritten(Case):
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


class Render(Case):
    def test_sheet(self):
        png = self.folder / "sheet.png"
        result = self.expect(0, "render", self.store, "--output", png, "--sort", "R")
        self.assertEqual(result.stdout, f"{png}\n")
        self.assertGreater(png_size(png)[0], 1200)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["base.h5", "sheet.png"])

    def test_options(self):
        one, two = self.folder / "a_01.png", self.folder / "a_02.png"
        self.expect(0, "render", self.store, "-o", self.folder / "a.png", "--runs", "0,3,5-9", "--kind=both", "--1d",
                    "--per-sheet", "4", "--floor", "-7", "--columns", "6", says=[str(one), str(two)])
        self.assertGreater(png_size(one)[1], png_size(two)[1] - 1)
        self.expect(0, "render", self.store, "-o", self.folder / "b.png", "--random", "5", "--seed", "3")

    def test_same_request_same_picture(self):
        for name in ("a.png", "b.png"):
            self.expect(0, "render", self.store, "-o", self.folder / name, "--random", "4", "--kind", "image")
        self.assertEqual((self.folder / "a.png").read_bytes(), (self.folder / "b.png").read_bytes())

    def test_run_lists(self):
        for runs, reason in [("5-3", "runs backwards"), ("40", "0 to 39"), ("0-40", "no run 40"), ("x", "'x'"),
                             ("1,,2", "neither a run number"), ("38", "run 38 is pending"), ("", "empty")]:
            with self.subTest(runs):
                self.expect(2, "render", self.store, "-o", self.folder / "a.png", "--runs", runs, says=[reason])
        self.expect(2, "render", self.store, "-o", self.folder / "a.png", "--runs", "1", "--random", "2",
                    says=["not both"])
        self.assertFalse((self.folder / "a.png").exists())

    def test_values_of_options(self):
        for option, value, reason in [("--columns", "0", "1 to 16"), ("--columns", "x", "not an integer"),
                                      ("--per-sheet", "-2", "1 to 100"), ("--floor", "1", "out of range"),
                                      ("--floor", "nan", "--floor: nan is out of range"), ("--random", "0", "from 1"),
                                      ("--kind", "pdm", "did you mean 'pmd'?"), ("--sort", "r", "expected one of R")]:
            with self.subTest(option=option, value=value):
                self.expect(2, "render", self.store, "-o", self.folder / "a.png", option, value, says=[reason])

    def test_output(self):
        self.expect(2, "render", self.store, says=["--output"])
        self.expect(1, "render", self.store, "-o", self.folder / "no" / "a.png", says=["no such directory"])
        self.expect(1, "render", self.store, "-o", self.folder, says=["is a directory"])
        self.expect(1, "render", self.store, "-o", "/proc/a.png", says=["/proc/a.png: cannot be written"])

    def test_without_gnuplot(self):
        environment = dict(os.environ, PATH=str(self.folder))
        self.expect(1, "render", self.store, "-o", self.folder / "a.png", env=environment, says=["gnuplot-nox"])


class Timeline(Case):
    def setUp(self):
        super().setUp()
        self.journal = self.folder / "base.h5.log.jsonl"
        events = [dict(event="farm_begin", runs=3, done=0, workers=2, dataset="base"),
                  dict(event="done", worker=1, run=0, attempt=1, seconds=50),
                  dict(event="failed", worker=2, run=1, attempt=1, seconds=20, kind="numerics", reason="norm grew"),
                  dict(event="done", worker=1, run=2, attempt=1, seconds=30),
                  dict(event="farm_end", done=2, failed=1, unfinished=0, seconds=100, busy_seconds=100, reason="")]
        times = [0, 50, 60, 90, 100]
        self.lines = [json.dumps(dict(event, time=1.8e9 + time)) + "\n" for event, time in zip(events, times)]
        self.journal.write_text("".join(self.lines))

    def test_text(self):
        for name in (self.store, self.journal):
            result = self.expect(0, "timeline", name, says=["2 runs done, 1 failed", "50.0 %", "norm grew"])
            self.assertEqual(result.stderr, "")

    def test_picture(self):
        png = self.folder / "a.png"
        self.expect(0, "timeline", self.store, "--output", png, says=[str(png)])
        self.assertEqual(png_size(png)[0], 1312)

    def test_a_farm_at_work(self):
        self.journal.write_text("".join(self.lines[:3]) + self.lines[3][:20])
        self.expect(0, "timeline", self.store, says=["no end is recorded", "1 run done"])

    def test_continued(self):
        self.journal.write_text("".join(self.lines * 2))
        self.assertNotIn("farms", self.expect(0, "timeline", self.store).stdout)
        self.expect(0, "timeline", self.store, "--all", says=["farms          2", "4 runs done, 2 failed"])

    def test_what_is_wrong_is_said(self):
        self.journal.write_text("R: 2.0\n" * 10)
        self.expect(1, "timeline", self.store, says=[str(self.journal), "10 lines not understood"])
        self.journal.unlink()
        self.expect(1, "timeline", self.store, says=[str(self.journal), "no such file"])
        self.expect(2, "timeline", says=["which store?"])
        self.expect(2, "timelin", self.store, says=["did you mean 'timeline'?"])


class BadStores(Case):
    def everywhere(self, file, *says):
        for command in (["info"], ["verify"], ["render", "-o", self.folder / "a.png"]):
            with self.subTest(command[0]):
                self.expect(1, *command, file, says=[str(file), *says])

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
        self.everywhere(self.store, "version", "99")

    def test_changed_parameters(self):
        with h5py.File(self.store, "r+") as file:
            file["parameters/R"][3] = 5.0
        self.everywhere(self.store, "checksum")


class CommandLine(Case):
    def test_help(self):
        self.expect(0, "--help", says=["info", "verify", "render", "Exit codes"])
        for command in ("info", "verify", "render"):
            self.expect(0, command, "--help", says=[f"pmd_store {command} STORE", "Options"])

    def test_version(self):
        self.expect(0, "--version", says=["pmd_store 0."])

    def test_wrong(self):
        self.expect(2, says=["which command"])
        self.expect(2, "inof", self.store, says=["did you mean 'info'?"])
        self.expect(2, "info", says=["which store"])
        self.expect(2, "info", self.store, "--jsn", says=["--jsn"])
        self.expect(2, "info", self.store, self.store, says=["one store at a time"])
        self.expect(2, "render", self.store, "--output", says=["output"])
        self.expect(2, "verify", self.store, "--js", says=["--js"])


if __name__ == "__main__":
    unittest.main()
