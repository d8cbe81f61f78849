"""What pmd_store says of stores and of farms at work, and of itself."""

import json
import unittest

import h5py
import numpy

from stores import StoreTest, make_store, png_size


class Info(StoreTest):
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
        make_store(failing, 20, 5, "<b>|`", "failed=12")
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


class Failures(StoreTest):
    def setUp(self):
        super().setUp()
        self.store = self.folder / "failing.h5"
        make_store(self.store, 20, 4, "part=2/2", "failed=2", "begun=1")

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


class Timeline(StoreTest):
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


class CommandLine(StoreTest):
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
