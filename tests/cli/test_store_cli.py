"""pmd_store as a user meets it: what it prints, where, and with which exit code."""

import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

import h5py
import numpy

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
            done = file["runs/record"]["state"] == 1
            self.assertEqual(info["runs"], {"total": 40, "done": int(done.sum()), "pending": 4, "failed": 0})
            self.assertEqual(info["parameters"]["R"]["max"], file["parameters/R"][:][done].max())
            self.assertEqual(info["yield"]["min"], file["runs/record"]["yield"][done].min())
            self.assertEqual(info["axes"]["kx"]["points"], len(file["kx"]))
            self.assertEqual(info["preset"], file.attrs["preset"].decode())
        self.assertEqual(info["bytes"]["file"], self.store.stat().st_size)

    def test_configuration(self):
        text = self.expect(0, "info", self.store, "--configuration").stdout
        self.assertEqual(text, "preset:\n  name: invented\ndataset:\n  name: synthetic\n")
        document = json.loads(self.expect(0, "info", self.store, "--configuration", "--json").stdout)
        self.assertEqual(document["configuration"], text)

    def test_card(self):
        card = self.expect(0, "info", self.store, "--card").stdout
        with h5py.File(self.store) as file:
            R = numpy.sort(file["parameters/R"][:36])
        for words in ("# Data set synthetic\n\n36 photoelectron momentum distributions of H2+.", "| machine | a machine |",
                      f"| R | a.u. | {R[0]:.4g} | {(R[17] + R[18]) / 2:.4g} | {R[-1]:.4g} |", "## Failures",
                      "36 of 40 runs are done, 0 failed, 4 are pending", "- 4 planned runs are missing", "## Known limits",
                      "    dataset:\n      name: synthetic\n"):
            self.assertIn(words, card)
        failing, compact = self.folder / "failing.h5", self.folder / "compact.h5"
        subprocess.run([MAKE_SYNTHETIC_STORE, failing, "20", "5", "<b>|`", "failed=12"], check=True)
        card = self.expect(0, "info", failing, "--card").stdout
        self.assertIn("momentum distributions of \\<b\\>\\|\\`.", card)
        self.assertEqual(card.count("| norm\\_grew | the norm grew to 1.5 at t = 12 a.u. |"), 10)
        self.assertIn("and 2 more", card)
        self.expect(0, "export", self.store, compact, "--compact")
        self.expect(0, "info", compact, "--card", says=["compact: distributions with a small, stated error", "grey levels of 255",
                                                        "| made from | base.h5: 36 runs done"])
        self.expect(2, "info", self.store, "--card", "--json", says=["--card"])

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
        subprocess.run([MAKE_SYNTHETIC_STORE, empty, "3", "0"], check=True)
        self.expect(0, "verify", empty, says=["0 of 3 runs, 3 pending"])
        self.expect(0, "info", empty, says=["0 of 3 done"])
        self.expect(1, "render", empty, "--output", self.folder / "a.png", says=["no run is done yet"])


class FlippedBits(Case):
    """Wherever one bit of the whole file is flipped: it is found, or all that the store means is still the same."""

    def setUp(self):
        super().setUp()
        self.store = self.folder / "small.h5"
        subprocess.run([MAKE_SYNTHETIC_STORE, self.store, "5", "3", "failed=1"], check=True)

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


class Pulse(Case):
    def setUp(self):
        super().setUp()
        self.dataset = self.folder / "pulses.yaml"
        self.dataset.write_text("""name: pulses
pulse: {cycles: 1, envelope: gaussian}
runs: [{R: 2, intensity_w_cm2: 1e14}, {molecule: HeH+, R: 1.4, intensity_w_cm2: 1e14, wavelength_nm: 1600}]
""")

    def test_numbers_and_picture(self):
        png = self.folder / "pulse.png"
        self.expect(0, "pulse", self.dataset, says=["gaussian", "551.6 a.u.", "come back"])
        self.expect(0, "pulse", self.dataset, "--run", "1", "--output", png,
                    says=["HeH+", "wavelength_nm: 1600", "1103.2 a.u.", str(png)])
        self.assertGreater(png_size(png)[1], 400)

    def test_what_is_wrong_is_said(self):
        self.expect(2, "pulse", self.dataset, "--run", "2", says=["runs 0 to 1"])
        self.dataset.write_text(self.dataset.read_text().replace("cycles: 1", "cycles: 0.1"))
        self.expect(2, "pulse", self.dataset, says=["pulse.cycles: 0.1"])


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
        self.expect(2, "timeline", says=["expected one store or journal"])
        self.expect(2, "timelin", self.store, says=["did you mean 'timeline'?"])


class BadStores(Case):
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


class Failures(Case):
    def setUp(self):
        super().setUp()
        self.store = self.folder / "failing.h5"
        subprocess.run([MAKE_SYNTHETIC_STORE, self.store, "20", "4", "part=2/2", "failed=2", "begun=1"], check=True)

    def test_text(self):
        result = self.expect(0, "failures", self.store, says=[
            "failed: run 4 (number 9 of the data set) (H2+, R = ",
            "norm_grew after 2 attempts: the norm grew to 1.5 at t = 12 a.u.", "begun 3 times, no end known",
            "2 failed, 1 begun without a known end, of 10 runs"])
        self.assertEqual(result.stderr, "")
        self.expect(0, "info", self.store, says=["2/2 of the data set", "2 failed (4, 5)", "2 norm_grew"])

    def test_json(self):
        report = json.loads(self.expect(0, "failures", self.store, "--json").stdout)
        self.assertEqual([(run["run"], run["number"], run["kind"], run["attempts"]) for run in report["failed"]],
                         [(4, 9, "norm_grew", 2), (5, 11, "norm_grew", 2)])
        self.assertEqual([(run["run"], run["begun"]) for run in report["begun"]], [(6, 3)])

    def test_none(self):
        self.store = self.folder / "base.h5"
        self.expect(0, "failures", self.store, says=["0 failed, 0 begun without a known end, of 40 runs"])


class Merge(Case):
    def parts(self, count, runs=40, done=None):
        files = [self.folder / f"p{index}.h5" for index in range(1, count + 1)]
        for index, file in enumerate(files, 1):
            subprocess.run([MAKE_SYNTHETIC_STORE, file, str(runs), *([str(done)] if done else ["1000000"]),
                            f"part={index}/{count}"], check=True)
        return files

    def test_parts_become_what_one_farm_would_have_made(self):
        whole, out = self.folder / "whole.h5", self.folder / "out.h5"
        subprocess.run([MAKE_SYNTHETIC_STORE, whole, "40"], check=True)
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
        subprocess.run([MAKE_SYNTHETIC_STORE, other, "40", "40", "HeH+"], check=True)
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


class Upgrade(Case):
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


class Export(Case):
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


class Degrade(Case):
    def degraded(self, name, *options, store=None):
        out = self.folder / name
        self.expect(0, "degrade", store or self.store, out, *options, says=[f"{out}: "])
        return out

    def content(self, file):
        with h5py.File(file) as store:
            return store["pmd"][:], json.loads(store["provenance/derivation"][()].decode())

    def test_store(self):
        out = self.degraded("out.h5", "--electrons", "1e6", "--resolution", "0.05", "--background", "0.01",
                            "--saturation", "4", "--rotation", "2", "--rotation-spread", "1", "--cell", "0.1",
                            "--seed", "7")
        pmd, derivation = self.content(out)
        self.assertEqual((derivation["kind"], derivation["seed"]), ("degradation", 7))
        settings = derivation["settings"]
        self.assertEqual({name: setting["value"] for name, setting in settings.items()},
                         {"intensity_jitter": None, "intensity_nodes": None, "rotation_deg": 2, "rotation_spread_deg": 1,
                          "resolution_au": 0.05, "background": 0.01, "saturation": 4, "electrons": 1e6, "cell_au": 0.1})
        self.assertEqual(settings["rotation_deg"]["unit"], "degrees")
        with h5py.File(self.store) as clean, h5py.File(out) as seen:
            self.assertEqual(pmd.shape, (36, *clean["pmd"].shape[1:]))
            self.assertTrue(numpy.array_equal(seen["parameters/R"][:], clean["parameters/R"][:36]))
            links = seen["derivation/links"][:]
            self.assertTrue(numpy.array_equal(links["run"], numpy.arange(36)))
            self.assertTrue(numpy.array_equal(links["payload_checksum"], clean["runs/record"]["payload_checksum"][:36]))
            self.assertTrue(numpy.array_equal(links["weight"], numpy.ones(36)))
            self.assertTrue(numpy.array_equal(seen["derivation/use"][:], numpy.zeros(36)))
        self.expect(0, "verify", out, says=["36 of 36 runs", "0 errors"])
        self.expect(0, "info", out, says=["made from      base.h5: 36 runs done"])
        self.expect(0, "render", out, "-o", self.folder / "a.png")

    def test_shots_and_sources(self):
        out = self.degraded("out.h5", "--intensity-jitter", "0.02", "--between", self.store, "--clip")
        with h5py.File(out) as store:
            self.assertEqual(set(store["derivation/use"][:]), {1})
        self.expect(0, "verify", out, "--sources", self.store, says=[" 0 of them broken"])
        self.expect(0, "info", out, says=["intensity_jitter", "36 for training only"])
        other = self.folder / "other.h5"
        subprocess.run([MAKE_SYNTHETIC_STORE, other, "40", "36", "HeH+"], check=True)
        self.expect(1, "verify", out, "--sources", other, says=["has none of the runs"])
        self.expect(1, "verify", self.store, "--sources", other, says=["not derived"])

    def test_electrons_are_counted(self):
        pmd, _ = self.content(self.degraded("out.h5", "--electrons", "1e5"))
        with h5py.File(self.store) as store:
            clean = store["pmd"][:36].astype(float)
        counts = pmd * 1e5 / clean.sum(axis=(1, 2), keepdims=True)
        self.assertLess(abs(counts - counts.round()).max(), 0.01)
        total = counts.sum(axis=(1, 2))
        self.assertLess(abs(total - 1e5).max(), 5 * 1e5**0.5)
        self.assertGreater(total.std(), 0.5 * 1e5**0.5)

    def test_seed_and_run_alone_decide(self):
        fewer = self.folder / "fewer.h5"
        subprocess.run([MAKE_SYNTHETIC_STORE, fewer, "40", "5"], check=True)
        options = ("--electrons", "1e5", "--rotation-spread", "3")
        one, _ = self.content(self.degraded("one.h5", *options))
        again, _ = self.content(self.degraded("again.h5", *options, "--seed", "1"))
        part, _ = self.content(self.degraded("part.h5", *options, store=fewer))
        other, _ = self.content(self.degraded("other.h5", *options, "--seed", "2"))
        self.assertTrue(numpy.array_equal(one, again))
        self.assertTrue(numpy.array_equal(one[:5], part))
        self.assertTrue(all((one != other).any(axis=(1, 2))))

    def test_of_a_derived_store(self):
        first = self.degraded("first.h5", "--resolution", "0.05")
        both = self.degraded("both.h5", "--electrons", "1e5", store=first)
        self.expect(0, "info", both, says=["first.h5: 36 runs done", "made from 1 others"])
        pmd, _ = self.content(both)
        at_once, _ = self.content(self.degraded("once.h5", "--electrons", "1e5", "--resolution", "0.05"))
        self.assertTrue(numpy.array_equal(pmd, at_once))

    def test_damaged_run(self):
        with h5py.File(self.store, "r+") as file:
            file["pmd"][7, 3, 3] = 17
        self.expect(1, "degrade", self.store, self.folder / "out.h5", "--electrons=1e5", says=["run 7 is damaged"])
        self.assertEqual([path.name for path in self.folder.iterdir()], ["base.h5"])

    def test_wrong(self):
        out = self.folder / "out.h5"
        self.expect(2, "degrade", self.store, "--electrons=1e5", says=["expected a store and a new file"])
        self.expect(2, "degrade", self.store, out, says=["nothing to do"])
        self.expect(2, "degrade", self.store, out, "--cell=0.1", says=["--electrons, too"])
        self.expect(2, "degrade", self.store, out, "--intensity-jitter=0.05", says=["--between STORE2"])
        self.expect(2, "degrade", self.store, out, "--electrons=1e5", "--between", self.store, says=["both or none"])
        self.expect(1, "degrade", self.store, out, "--intensity-jitter=0.05", "--between", self.store,
                    says=["outside"])
        for option, value, reason in [("electrons", "0", ">= 1"), ("electrons", "1e13", "<= 1e+12"),
                                      ("electrons", "nan", "out of range"), ("electrons", "many", "not a number"),
                                      ("resolution", "-0.1", ">= 0"), ("resolution", "2", "<= 1"),
                                      ("rotation", "400", "<= 360"), ("rotation-spread", "-1", ">= 0"),
                                      ("background", "1", "< 1"), ("saturation", "0", "out of range"),
                                      ("seed", "-1", "an integer from 0"), ("seed", "1.5", "not an integer")]:
            with self.subTest(option=option, value=value):
                self.expect(2, "degrade", self.store, out, f"--{option}={value}", says=[f"--{option}", reason])
        self.expect(2, "degrade", self.store, out, "--electrons=10", "--cell=0.001", says=["at least 0.05"])
        self.expect(1, "degrade", self.store, self.store, "--electrons=10", says=["exists already"])
        self.expect(1, "degrade", self.folder / "no.h5", out, "--electrons=10", says=["no.h5"])
        empty = self.folder / "empty.h5"
        subprocess.run([MAKE_SYNTHETIC_STORE, empty, "3", "0"], check=True)
        self.expect(1, "degrade", empty, out, "--electrons=10", says=["no run is done yet"])
class Interpolate(Case):
    def links(self, file):
        ends = file["derivation/links_end"][:]
        links = file["derivation/links"][:]
        return [links[begin:end] for begin, end in zip([0, *ends[:-1]], ends)]

    def test_images(self):
        out = self.folder / "more.h5"
        self.expect(0, "interpolate", self.store, out, "--images", 60, "--test-fraction", 0.25, "--seed", 5,
                    says=[f"{out}: 27 computed and 24 interpolated distributions for training, 9 computed ones for "
                          "tests"])
        with h5py.File(self.store) as base, h5py.File(out) as more:
            use = more["derivation/use"][:]
            links = self.links(more)
            self.assertEqual((len(use), (use == 1).sum(), (use == 2).sum()), (60, 51, 9))
            self.assertTrue(numpy.array_equal(more["pmd"][:36], base["pmd"][:36]))
            self.assertTrue((more["runs/record"]["state"] == 1).all())
            tests = {int(link["run"]) for row in range(60) if use[row] == 2 for link in links[row]}
            training = {int(link["run"]) for row in range(60) if use[row] == 1 for link in links[row]}
            self.assertEqual((len(tests), len(training), tests & training), (9, 27, set()))
            for row in range(36, 60):
                self.assertAlmostEqual(links[row]["weight"].sum(), 1, 9)
            method = json.loads(more["provenance/derivation"][()].decode())
            self.assertEqual((method["kind"], method["method"], method["seed"]), ("interpolation", "spline", 5))
            larger = self.folder / "larger.h5"
            self.expect(0, "interpolate", self.store, larger, "--images", 70, "--test-fraction", 0.25, "--seed", 5)
            with h5py.File(larger) as file:
                self.assertTrue(numpy.array_equal(file["pmd"][:60], more["pmd"][:]))
        self.expect(0, "info", out, says=["60 of 60 done"])

    def test_points(self):
        out = self.folder / "at.h5"
        with h5py.File(self.store) as base:
            R, I = base["parameters/R"][:36], base["parameters/intensity_w_cm2"][:36]
            computed = base["pmd"][4]
        points = self.folder / "points.csv"
        points.write_text("# R, I\n4.5,2.5e14\r\n\n 3.5, 2.2e14 # here\n")
        self.expect(0, "interpolate", self.store, out, "--at", f"{R[4]},{I[4]}", "--at=4,2e14", "--points", points,
                    "--method", "linear", says=["4 interpolated distributions for training"])
        with h5py.File(out) as file:
            self.assertEqual(list(file["parameters/R"]), [R[4], 4, 4.5, 3.5])
            self.assertEqual(list(file["parameters/intensity_w_cm2"]), [I[4], 2e14, 2.5e14, 2.2e14])
            self.assertTrue(numpy.allclose(file["pmd"][0], computed, rtol=1e-6))
            self.assertEqual(set(file["derivation/use"]), {1})

    def test_outside(self):
        out = self.folder / "at.h5"
        self.expect(1, "interpolate", self.store, out, "--at", "20,2e14",
                    says=["base.h5", "R = 20, I = 2e+14", "outside the hull", "R from"])
        self.assertFalse(out.exists())
        self.expect(0, "interpolate", self.store, out, "--at", "20,2e14", "--clip")
        with h5py.File(out) as file:
            self.assertLess(file["parameters/R"][0], 8)

    def test_leave_one_out(self):
        picture = self.folder / "map.png"
        self.expect(0, "interpolate", self.store, "--leave-one-out", "--map", picture,
                    says=["points are inside the hull", "spline", "log_linear", "linear"])
        self.assertEqual(png_size(picture), (900, 560))
        report = json.loads(self.expect(0, "interpolate", self.store, "--leave-one-out", "--json", "--runs", "0-29",
                                        "--method", "log_linear").stdout)
        self.assertEqual(report["points"], 30)
        self.assertEqual([m["method"] for m in report["methods"]], ["log_linear"])
        method = report["methods"][0]
        self.assertEqual(len(method["runs"]), report["inside"])
        self.assertAlmostEqual(method["mean"], numpy.mean([run["mean"] for run in method["runs"]]), 9)
        self.assertAlmostEqual(method["median"], numpy.median([run["mean"] for run in method["runs"]]), 9)
        self.assertAlmostEqual(method["percentile_95"], numpy.quantile([run["mean"] for run in method["runs"]], 0.95), 9)

    def test_wrong(self):
        out = self.folder / "a.h5"
        self.expect(2, "interpolate", self.store, says=["what is to be done?"])
        self.expect(2, "interpolate", self.store, out, says=["what is to be done?"])
        self.expect(2, "interpolate", self.store, "--images", 60, says=["expected a store and a new file"])
        self.expect(2, "interpolate", self.store, out, "--images", 60, "--at", "4,2e14", says=["--at has no meaning"])
        self.expect(2, "interpolate", self.store, out, "--at", "4,2e14", "--seed", 3, says=["--seed has no meaning"])
        self.expect(2, "interpolate", self.store, out, "--leave-one-out", says=["makes no store"])
        self.expect(2, "interpolate", self.store, out, "--images", 60, "--json", says=["--json has no meaning"])
        self.expect(2, "interpolate", self.store, out, "--images", 20, says=["20", "36 computed"])
        self.expect(2, "interpolate", self.store, out, "--images", 60, "--test-fraction", 1.5, says=["--test-fraction"])
        self.expect(2, "interpolate", self.store, out, "--images", 60, "--method", "splin", says=["--method", "spline"])
        self.expect(2, "interpolate", self.store, "--leave-one-out", "--runs", "0-38", says=["36"])
        for point in ("4", "4,", "4,x", "4,2e14,1", "-4,2e14", "nan,2e14", "4,inf", ""):
            self.expect(2, "interpolate", self.store, out, f"--at={point}", says=["--at"])
        points = self.folder / "points.csv"
        points.write_text("4,2e14\n5;2e14\n")
        self.expect(2, "interpolate", self.store, out, "--points", points, says=["points.csv: line 2", "5;2e14"])
        points.write_text("# none\n")
        self.expect(2, "interpolate", self.store, out, "--points", points, says=["has no points"])
        self.expect(1, "interpolate", self.store, out, "--points", self.folder / "none.csv", says=["none.csv"])
        self.expect(1, "interpolate", self.store, self.store, "--images", 60, says=["exists already"])
        with h5py.File(self.store, "r+") as file:
            file["pmd"][7, 3, 3] = 17
        self.expect(1, "interpolate", self.store, out, "--images", 60, says=["run 7 is damaged"])
class Average(Case):
    PLANNED = """
name: planned
R: [2, 6]
intensity_w_cm2: [2e14, 4e14]
focal: {points: 3, intensities: 6}
"""
    SWEEP = "name: sweep\nruns:\n" + "".join(f"  - {{R: {R}, intensity_w_cm2: {2e13 * 20 ** (i / 19)}}}\n"
                                            for R in (3, 5) for i in range(20))

    def make(self, text, *done):
        data_set, store = self.folder / "data_set.yaml", self.folder / "runs.h5"
        data_set.write_text(text)
        subprocess.run([MAKE_SYNTHETIC_STORE, store, data_set, *map(str, done)], check=True)
        return store

    def test_planned(self):
        store, out = self.make(self.PLANNED), self.folder / "averages.h5"
        self.expect(0, "average", store, out, says=[f"{out}: 3 averages of 18 runs\n"])
        self.expect(0, "verify", out, says=["3 of 3 runs", "0 errors"])
        with h5py.File(store) as runs, h5py.File(out) as averages:
            method = json.loads(averages["provenance/derivation"][()].decode())
            self.assertEqual(method, {"kind": "focal_average", "rule": "gauss", "intensities": 6, "lowest_w_cm2": 2e13})
            ends, links = averages["derivation/links_end"][:].tolist(), averages["derivation/links"][:]
            self.assertEqual(ends, [6, 12, 18])
            for row, end in enumerate(ends):
                own = links[end - 6:end]
                self.assertEqual(list(own["payload_checksum"]), list(runs["runs/record"]["payload_checksum"][own["run"]]))
                self.assertEqual(set(runs["parameters/R"][own["run"]]), {averages["parameters/R"][row]})
                self.assertLess(runs["parameters/intensity_w_cm2"][own["run"]].max(),
                                averages["parameters/intensity_w_cm2"][row])
                exact = numpy.tensordot(own["weight"], runs["pmd"][own["run"]].astype(float), 1)
                self.assertTrue(numpy.allclose(averages["pmd"][row], exact, rtol=1e-6, atol=0))
                self.assertAlmostEqual(averages["runs/record"]["yield"][row]
                                       / (own["weight"] * runs["runs/record"]["yield"][own["run"]]).sum(), 1, 6)

    def test_incomplete(self):
        store, out = self.make(self.PLANNED, 16), self.folder / "averages.h5"
        self.expect(1, "average", store, out, says=["run 16 is pending", "--skip-incomplete"])
        self.assertFalse(out.exists())
        self.expect(0, "average", store, out, "--skip-incomplete",
                    says=["warning: left out: average at H2+", "run 16 is pending", "2 averages of 12 runs; 1 left out"])

    def test_sweep(self):
        store = self.make(self.SWEEP)
        for number, rule in enumerate(("ladder", "trapezoid")):
            out = self.folder / f"{rule}.h5"
            self.expect(0, "average", store, out, "--peaks", "1.5e14,2e14:4e14:3", "--rule", rule, "--lowest", "3e13",
                        says=["8 averages of "])
            with h5py.File(out) as averages:
                self.assertEqual(json.loads(averages["provenance/derivation"][()].decode())["rule"], rule)
                self.assertEqual(list(averages["parameters/intensity_w_cm2"][:]), 2 * [1.5e14, 2e14, 3e14, 4e14])
                self.assertEqual(list(averages["parameters/R"][:]), 4 * [3] + 4 * [5])
                self.assertGreaterEqual(averages["pmd"][:].min(), 0)
        self.expect(1, "average", store, self.folder / "a.h5", "--peaks", "5e14", says=["highest intensity stored is 4e+14"])

    def test_wrong(self):
        store, out = self.make(self.SWEEP), self.folder / "averages.h5"
        self.expect(1, "average", store, out, says=["plans no averages", "--peaks"])
        self.expect(1, "average", self.store, out, "--peaks", "3e14", says=["at least 5 done ones"])
        self.expect(1, "average", store, self.store, "--peaks", "3e14", says=["exists already"])
        self.expect(2, "average", store, says=["expected a store and a new file"])
        for peaks in ("", "x", "1e14,", "1e14:2e14", "2e14:1e14:3", "1e14:2e14:1", "1e14:2e14:3.5", "1e14 2e14"):
            self.expect(2, "average", store, out, f"--peaks={peaks}", says=["--peaks"])
        self.expect(2, "average", store, out, "--peaks", "1e14,1e14", says=["given twice"])
        self.expect(2, "average", store, out, "--peaks", "1e14", "--rule", "gauss", says=["--rule"])
        self.expect(2, "average", store, out, "--peaks", "1e14", "--lowest", "-1", says=["--lowest"])
        self.expect(2, "average", store, out, "--rule", "ladder", says=["--rule is for --peaks"])
        self.assertFalse(out.exists())


class Spectrum(Case):
    def test_list(self):
        result = self.expect(0, "spectrum", self.store, "--where", "R=2:4", says=["yield", "beyond"])
        with h5py.File(self.store) as file:
            done = file["runs/record"]["state"] == 1
            within = [run for run in numpy.flatnonzero(done) if 2 <= file["parameters/R"][run] <= 4]
        self.assertEqual([int(line.split()[0]) for line in result.stdout.splitlines()[1:]], within)

    def test_files(self):
        png, csv, h5 = (self.folder / f"spectra.{ending}" for ending in ("png", "csv", "h5"))
        self.expect(0, "spectrum", self.store, "--output", png, "--output", csv, "--output", h5, "--sort", "R",
                    "--energy-step", "0.05", says=["spectra of 36 runs", str(png), str(csv)])
        self.assertGreater(png_size(png)[0], 800)
        header, *rows = [line.split(",") for line in csv.read_text().splitlines()]
        R = [float(value) for value in next(row for row in rows if row[0] == "R")[2:]]
        self.assertEqual(R, sorted(R))
        self.assertEqual(len(R), 36)
        with h5py.File(h5) as file:
            energy = file["images/energy/energy"]
            self.assertEqual(energy.attrs["unit"].decode(), "hartree")
            self.assertAlmostEqual(energy[1] - energy[0], 0.05)
            sums = file["images/energy/pixels"][:, :, 0].sum(axis=1, dtype=float)
            yields = file["diagnostics/yield"][:]
            self.assertLess(abs(sums / yields - 1).max(), 1e-6)
            run = int(header[2].split()[1])
            densities = [float(row[2]) for row in rows if row[0] == "dP/dE"]
            at = list(file["run"]).index(run)
            numpy.testing.assert_allclose(densities, file["images/energy/pixels"][at, :, 0] / 0.05, rtol=1e-5)
        self.expect(0, "verify", h5, says=["36 runs checked, 0 damaged"])

    def test_compact(self):
        compact = self.folder / "compact.h5"
        self.expect(0, "export", self.store, compact, "--compact")
        self.expect(0, "spectrum", compact, "--runs", "0-3", says=["H2+"])

    def test_wrong(self):
        self.expect(2, "spectrum", self.store, "--output", "x.pdf", says=["ends with .png, .csv or .h5"])
        self.expect(2, "spectrum", self.store, "--where", "Rr=1:2", says=["did you mean 'R'"])
        self.expect(2, "spectrum", self.store, "--energy-step", "0.001", says=["a step from"])
        self.expect(2, "spectrum", self.store, "--energy-max", "50", says=["reach to"])


class Molecule(Case):
    def test_named(self):
        self.expect(0, "molecule", "HeH+", "--R", "3", "--angle-deg", "40",
                    says=["softening 0.5, core 1 that decays with 1.063", "mirrored along ky      at α = -40°\n",
                          "mirrored along kx      at α = 140°, φ + π\n"])
        png = self.folder / "potentials.png"
        self.expect(0, "molecule", "H2+", "atom", "--output", png, says=["mirrored along ky      itself", str(png)])
        self.assertGreater(png_size(png)[0], 700)

    def test_file(self):
        file = self.folder / "mine.yaml"
        file.write_text("name: mine\nparameters: {d: {unit: a.u., meaning: distance, range: [1, 9]}}\n"
                        "centres: [{charge: 1, softening: 1}, {charge: 1, softening: 0.8, at: {x: d/2}}]\n")
        self.expect(0, "molecule", file, "--geometry", "d=4", says=["(2, 0) a.u."])
        self.expect(2, "molecule", file, says=["d: this key is required"])
        self.expect(2, "molecule", file, "--geometry", "d=10", says=["d: 10 is out of range"])
        file.write_text("name: mine\ncentres: [{charge: 1, softening: -1}]\n")
        self.expect(2, "molecule", file, says=["mine.yaml: centres[0].softening: -1 is out of range"])
        self.expect(2, "molecule", "bnt", says=["did you mean 'bent'?"])

    def test_store(self):
        self.expect(0, "molecule", self.store, "--run", "3", says=["H2+: two soft-core protons"])
        self.expect(2, "molecule", self.store, "--run", "40", says=["rows 0 to 39"])


class CommandLine(Case):
    def test_help(self):
        commands = ("info", "verify", "failures", "render", "spectrum", "sensitivity", "merge", "export", "average", "interpolate", "degrade")
        self.expect(0, "--help", says=[*commands, "Exit codes"])
        for command in commands:
            says = [f"pmd_store {command} {'OUTPUT' if command == 'merge' else 'STORE'}", "Options"]
            self.expect(0, command, "--help", says=says)

    def test_version(self):
        self.expect(0, "--version", says=["pmd_store 0."])

    def test_wrong(self):
        self.expect(2, says=["which command"])
        self.expect(2, "inof", self.store, says=["did you mean 'info'?"])
        self.expect(2, "info", says=["expected one store"])
        self.expect(2, "info", self.store, "--jsn", says=["--jsn"])
        self.expect(2, "info", self.store, self.store, says=["expected one store", "not also"])
        self.expect(2, "render", self.store, "--output", says=["output"])
        self.expect(2, "verify", self.store, "--js", says=["--js"])


if __name__ == "__main__":
    unittest.main()
