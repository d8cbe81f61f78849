#!/usr/bin/env python3
"""jobs/generate.slurm with the real farm: test_generate.py FOLDER-OF-PROGRAMS [unittest's arguments]."""

import glob
import os
import signal
import subprocess
import threading
import time
import unittest

import cluster

SHARED = ["--oversubscribe", "--ntasks=2"]
QUICK = ["--dataset", "demo", "--preset", "quick"]


def runs(number, store):
    return [*QUICK, "--runs", number, "--store", store]


class Generate(cluster.SlurmTest):
    # What lasts longest and needs no processor meanwhile is submitted first; the tests that look at it come last
    # by their names.

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # No warning that the script would act upon, and no limit that the farm knows of.
        cls.killed = cls.submit("generate.slurm", "killed", [*SHARED, "--time=1", "--signal=B:URG@1"],
                                [*runs(8, "killed.h5"), "--time-limit", "none"])
        test = cls("test_killed_by_the_time_limit")
        cls.killed_known, _ = test.freeze_farm(cls.killed, "killed.h5", "killed.log")
        # At the time limit Slurm lets them go on and sends SIGTERM, upon which mpirun would kill its ranks a second
        # later. Frozen again before that they are there still when Slurm comes with SIGKILL, as on a hanging node.
        cls.freezer = threading.Thread(target=test.freeze_at_the_time_limit)
        cls.freezer.start()
        with open(test.path("dies.sh"), "w") as file:
            file.write(f". {cluster.ROOT}/slurm/profiles/debian.sh\n"
                       'pmd_launch() { shift; [[ "$*" == *--dry-run* ]] && exec "$@"; kill -9 $BASHPID; }\n')
        cls.dying = cls.submit("generate.slurm", "dying", SHARED, runs(2, "dying.h5"), PMD_SITE=test.path("dies.sh"))
        with open(test.path("saves.sh"), "w") as file:
            file.write(f". {cluster.ROOT}/slurm/profiles/debian.sh\n"
                       'pmd_launch() { shift; [[ "$*" == *--dry-run* ]] && exec "$@"; echo >>tries; '
                       '[ $(wc -l <tries) -gt 4 ] && exec "$@"; touch saving.h5.run-0.checkpoint; kill -9 $BASHPID; }\n')
        cls.saving = cls.submit("generate.slurm", "saving", SHARED, runs(2, "saving.h5"), PMD_SITE=test.path("saves.sh"))

    def generate(self, name, number, options=(), arguments=(), **environment):
        return self.submit("generate.slurm", name, [*SHARED, *options], [*runs(number, name + ".h5"), *arguments],
                           **environment)

    def freeze_at_the_time_limit(self):
        pids = list(self.processes_of(self.killed, "mpirun")) + list(self.processes_of(self.killed, self.programs))
        cluster.wait_for(lambda: "time limit was reached" in self.log("killed.log"), "the time limit", pause=0.01)
        self.signal(pids, signal.SIGSTOP)
        time.sleep(2)
        print(f"{sum(os.path.exists(f'/proc/{pid}') for pid in pids)} processes waited for SIGKILL", flush=True)

    def test_a_small_job_finishes(self):
        job = self.generate("small", 3, ["--cpus-per-task=2"])
        self.assert_ends(job, "small.log", "COMPLETED", restarts=0)
        self.assertIn("2 solving ranks", self.log("small.log"))
        self.assertIn("of 2 threads", self.log("small.log"))
        self.assertIn("all done: 3 runs are in small.h5, 3 of them from this start", self.log("small.log"))
        self.assert_complete("small.h5", 3)
        self.assertEqual(glob.glob(f"/tmp/pmd-job-{job}"), [])

    def test_a_list_of_data_sets(self):
        with open(self.path("two.yaml"), "w") as file:
            file.write("sets: [demo, large_r_demo]\n")
        job = self.submit("generate.slurm", "list", SHARED,
                          ["--dataset", self.path("two.yaml"), "--preset", "quick", "--runs", 2, "--store", "list"])
        self.assert_ends(job, "list.log", "COMPLETED", restarts=0)
        self.assertIn("all done: 4 runs are in list, 4 of them from this start", self.log("list.log"))
        for name in "demo", "large_r_demo":
            self.assert_complete(f"list/{name}.h5", 2)

    def test_array(self):
        # The last task of an array has the array's number: were it requeued by that, the whole array would be.
        array = self.submit("generate.slurm", "array", ["--oversubscribe", "--ntasks=1", "--array=1-2"],
                            runs(12, "whole.h5"))
        parts = [f"whole.part-{part}-of-2.h5" for part in (1, 2)]
        known, thaw = self.freeze_farm(array + "_2", parts[1], "array.log-2")
        self.assertEqual(self.cluster.show(array + "_2")["JobId"], array)
        self.cluster.run("scancel", "--batch", "--signal=USR1", array + "_2")
        self.wait_for_log("array.log-2", "warning from Slurm")
        thaw()
        for part, restarts in (1, 0), (2, 1):
            self.assert_ends(f"{array}_{part}", f"array.log-{part}", "COMPLETED", restarts)
        self.assert_complete(parts[0], 6)
        self.assert_complete(parts[1], 6, known)
        merge = self.log("array.log-1").rpartition("when all 2 parts are: ")[2].strip()
        self.assertTrue(merge.startswith("pmd_store merge "), merge)
        result = subprocess.run(merge, shell=True, cwd=self.folder, capture_output=True, text=True,
                                env=dict(os.environ, PATH=f"{self.programs}:{os.environ['PATH']}"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assert_complete("whole.h5", 12)

    def test_array_of_other_numbers_needs_the_number_of_parts(self):
        options = ["--oversubscribe", "--ntasks=1", "--array=2"]
        array = self.submit("generate.slurm", "some", options, runs(2, "some.h5"))
        wanted = self.submit("generate.slurm", "given", options, runs(2, "some.h5"), PMD_PARTS="2")
        cluster.wait_for(lambda: "error" in self.log("some.log-2"), "an error")
        self.assertIn("PMD_PARTS has to say", self.log("some.log-2"))
        self.assert_ends(wanted + "_2", "given.log-2", "COMPLETED", restarts=0)
        self.assert_complete("some.part-2-of-2.h5", 1)
        self.assertEqual(self.cluster.show(array + "_2")["JobState"], "FAILED")

    def test_cancelled_is_cancelled(self):
        job = self.generate("cancelled", 8)
        self.freeze_farm(job, "cancelled.h5", "cancelled.log")
        self.cluster.run("scancel", job)
        self.wait_for_log("cancelled.log", "ended by Slurm")
        cluster.wait_for(lambda: self.cluster.show(job)["JobState"] == "CANCELLED", "the job's end")
        self.assertEqual(self.cluster.show(job)["Restarts"], "0")
        self.assertNotIn("requeued,", self.log("cancelled.log"))

    def test_dying_for_ever_is_not_requeued_for_ever(self):
        self.assert_ends(self.dying, "dying.log", "FAILED", restarts=3, code="1:0")
        self.assertIn("killed by signal 9", self.log("dying.log"))
        self.assertIn("4 times in a row with nothing done", self.log("dying.log"))

    def test_runs_that_are_saved_on_the_way_are_progress(self):
        self.assert_ends(self.saving, "saving.log", "COMPLETED", restarts=4)
        self.assertIn("0 of them from this start, 1 saved on the way", self.log("saving.log"))
        self.assert_complete("saving.h5", 2)

    def test_failed_runs_are_not_requeued(self):
        # Runs of many seconds that are given one.
        job = self.generate("failing", 2, arguments=["--run-time-limit", "1", "--set", "preset.duration=40"])
        self.assert_ends(job, "failing.log", "FAILED", restarts=0, code="3:0")
        self.assertIn("some runs failed", self.log("failing.log"))

    def test_killed_by_the_time_limit(self):
        self.freezer.join()
        self.assert_ends(self.killed, "killed.log", "COMPLETED", restarts=1)
        self.assertIn("DUE TO TIME LIMIT", self.log("killed.log"))
        self.assertIn("time limit was reached", self.log("killed.log"))
        self.assert_complete("killed.h5", 8, self.killed_known)
        self.assertEqual(glob.glob(f"/tmp/pmd-job-{self.killed}"), [])

    def test_killed_rank(self):
        job = self.generate("rank", 8)
        known, _ = self.freeze_farm(job, "rank.h5", "rank.log")
        rank = max(self.processes_of(job, os.path.join(self.programs, "tdse_farm")))
        self.signal([rank], signal.SIGKILL)
        self.assert_ends(job, "rank.log", "COMPLETED", restarts=1)
        self.assertIn("killed by signal 9", self.log("rank.log"))
        self.assert_complete("rank.h5", 8, known)

    def test_nonsense_is_refused_at_once(self):
        cases = {
            "dataset": ([*SHARED], ["--dataset", "none", "--preset", "quick", "--store", "x.h5"], {}, "none", 1),
            "store": ([*SHARED], QUICK, {}, "--store FILE.h5 is missing", 2),
            "site": ([*SHARED], runs(1, "x.h5"), {"PMD_SITE": "mars"}, "there is no profile", 2),
            "limit": ([*SHARED], runs(1, "x.h5"), {"PMD_MAX_REQUEUES": "many"}, "expected a number", 2),
        }
        jobs = {name: self.submit("generate.slurm", "wrong-" + name, options, arguments, **environment)
                for name, (options, arguments, environment, *_) in cases.items()}
        for name, (*_, message, code) in cases.items():
            with self.subTest(name):
                cluster.wait_for(lambda: self.cluster.show(jobs[name])["JobState"] == "FAILED", "the job's failure")
                self.assertEqual(self.cluster.show(jobs[name])["ExitCode"], f"{code}:0")
                self.assertIn(message, self.log(f"wrong-{name}.log"))
                self.assertEqual(self.cluster.show(jobs[name])["Restarts"], "0")
        self.assertEqual(glob.glob(self.path("x.h5*")), [])

    def test_no_more_requeues_than_allowed(self):
        job = self.generate("once", 12, PMD_MAX_REQUEUES="0")
        _, thaw = self.freeze_farm(job, "once.h5", "once.log")
        self.cluster.run("scancel", "--batch", "--signal=USR1", job)
        self.wait_for_log("once.log", "warning from Slurm")
        thaw()
        self.assert_ends(job, "once.log", "FAILED", restarts=0, code="75:0")
        self.assertIn("PMD_MAX_REQUEUES", self.log("once.log"))

    def test_warned_of_the_time_limit(self):
        # Slurm warns within the first half minute of this minute, as it may come up to a minute early.
        job = self.generate("warned", 12, ["--time=1", "--signal=B:USR1@30"])
        known, thaw = self.freeze_farm(job, "warned.h5", "warned.log")
        self.wait_for_log("warned.log", "warning from Slurm")
        thaw()
        self.assertGreaterEqual(self.assert_ends(job, "warned.log", "COMPLETED"), 1)
        self.assertIn("stopped early", self.log("warned.log"))
        self.assert_complete("warned.h5", 12, known)


if __name__ == "__main__":
    cluster.main("generate")
