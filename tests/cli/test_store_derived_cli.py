"""Stores of distributions that pmd_store derives: degraded, interpolated, averaged over intensities."""

import json
import unittest

import h5py
import numpy

from stores import StoreTest, make_store, png_size


class Degrade(StoreTest):
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
        make_store(other, 40, 36, "HeH+")
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
        make_store(fewer, 40, 5)
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
        make_store(empty, 3, 0)
        self.expect(1, "degrade", empty, out, "--electrons=10", says=["no run is done yet"])


class Interpolate(StoreTest):
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


class Average(StoreTest):
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
        make_store(store, data_set, *done)
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


if __name__ == "__main__":
    unittest.main()
