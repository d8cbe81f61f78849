#!/usr/bin/env python3
"""Jobs on several nodes, and what may happen to nodes: test_nodes.py FOLDER-OF-PROGRAMS [unittest's arguments]."""

import json
import os
import subprocess
import threading
import unittest

import cluster

# Distributions in a third of a second, which mean nothing.
CHEAP = ["--dataset", "demo", "--preset", "quick", "--set", "dataset.R=[1,2.2]", "--set", "preset.duration=1.2",
         "--set", "preset.absorber.radius=32", "--set", "preset.grid.half_width_x=48",
         "--set", "preset.grid.half_width_y=48"]
# The grid of the paper, for 28 steps of a pulse of one cycle.
PAPER = ["--dataset", "demo", "--preset", "paper", "--set", "dataset.pulse={wavelength_nm: 10, cycles: 1}",
         "--set", "preset.duration=1", "--set", "preset.grid.roll_off=0.2", "--set", "preset.time_step=automatic",
         "--set", "preset.absorber.interval=0.1"]
RUNS = 60  # so many that a farm has some left when its node fails
FREE = ["--exclude=node[1-7]"]  # nodes to which nothing happens


class Nodes(cluster.SlurmTest):
    # What waits for Slurm to notice is submitted first; the tests that look at it come last by their names.

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        farms = {"killed": ["--nodes=3", "--nodelist=node[1-3]"], "cut": ["--nodes=3", "--nodelist=node[4-6]"],
                 "lost": ["--nodes=2", "--exclude=node[1-6]"]}
        cls.jobs = {name: cls.submit("generate.slurm", name, ["--ntasks-per-node=1", "--time=10", *nodes],
                                     [*CHEAP, "--runs", RUNS, "--store", name + ".h5"])
                    for name, nodes in farms.items()}
        cls.known = {}
        test = cls("test_z_killed_node")
        for name, faults in {"cut": [("cut", "node6")], "lost": [("cut", "node7"), ("kill", "node7")],
                             "killed": [("kill", "node3")]}.items():
            test.wait_for_runs(name + ".h5", 1, name + ".log")
            cls.known[name] = test.done_runs(name + ".h5")
            for fault, node in faults:
                cls.fault(fault, node)
        cls.repairs = threading.Thread(target=test.repair)
        cls.repairs.start()
        cls.addClassCleanup(cls.repairs.join)

    @classmethod
    def fault(cls, command, node):
        result = cls.cluster.call(command, cls.cluster.folder, node)
        if result.returncode:
            raise AssertionError(result.stdout + result.stderr)

    def repair(self):
        # Said by the job or by Slurm, whichever notices first.
        cluster.wait_for(lambda: any(text in self.log("killed.log") for text in ("requeued, restart 1", "DUE TO NODE FAILURE")),
                         "the killed node to be noticed in killed.log")
        self.fault("boot", "node3")
        self.wait_for_log("cut.log", "DUE TO NODE FAILURE")
        self.fault("mend", "node6")

    def journal(self, name):
        with open(self.path(name + ".h5.log.jsonl")) as file:
            return [json.loads(line) for line in file]

    def bytes_received(self, node):
        words = self.on(node, "ip", "-s", "-j", "link", "show", "eth0")
        return json.loads(words)[0]["stats64"]["rx"]["bytes"]

    def on(self, node, *command):
        result = self.cluster.call("run", self.cluster.folder, node, *command)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_array_and_merge(self):
        array = self.submit("generate.slurm", "array",
                            [*FREE, "--oversubscribe", "--ntasks=1", "--array=1-2"],
                            [*CHEAP, "--runs", 6, "--store", "whole.h5"])
        for part in 1, 2:
            self.assert_ends(f"{array}_{part}", f"array.log-{part}", "COMPLETED", restarts=0)
        merge = self.log("array.log-2").rpartition("when all 2 parts are: ")[2].strip()
        result = subprocess.run(merge, shell=True, cwd=self.folder, capture_output=True, text=True,
                                env=dict(os.environ, PATH=f"{self.programs}:{os.environ['PATH']}"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assert_complete("whole.h5", 6)

    def test_scaling(self):
        jobs = {script: self.cluster.run("sbatch", "--parsable", "--nodes=3", "--ntasks=3", *FREE,
                                         "--output", self.path(script + ".log"), f"benchmarks/scaling/{script}.slurm",
                                         cwd=cluster.ROOT, PMD_BIN=self.programs, FOLDER=self.path("scaling"),
                                         PRESET="quick", RUNS="3", RUNS_PER_WORKER="2")
                for script in ("weak", "strong")}
        for script, runs in ("weak", 4), ("strong", 3):
            self.assert_state(jobs[script], script + ".log", "COMPLETED")
            self.assert_complete(f"scaling/{script}-2-{jobs[script]}.h5", runs)

    def test_teams_across_nodes(self):
        def received():
            return sum(self.bytes_received(f"node{number}") for number in range(8, 12))
        before = received()
        # Two teams of two. Ranks on one node would be one team, but here each has a node of its own.
        job = self.submit("generate.slurm", "teams", ["--nodes=4", "--ntasks-per-node=1", "--time=10", *FREE],
                          [*PAPER, "--runs", 2, "--store", "teams.h5", "--ranks-per-run", 2])
        # Open MPI's files are in a folder of the job's own on every node, which goes with the job.
        own = f"pmd-job-{job}"
        cluster.wait_for(lambda: own in self.on("node11", "ls", "/tmp"), f"{own} on node11")
        self.assertNotIn("ompi.", self.on("node11", "ls", "/tmp"))
        subprocess.run([os.path.join(self.programs, "tdse_farm"), *PAPER, "--runs", "1", "--store", self.path("alone.h5")],
                       check=True, capture_output=True)
        self.assert_ends(job, "teams.log", "COMPLETED", restarts=0)
        for node in (f"node{number}" for number in range(8, 12)):
            cluster.wait_for(lambda: own not in self.on(node, "ls", "/tmp"), f"the end of {own} on {node}")
        self.assert_complete("teams.h5", 2)
        self.assertIn("2 runs at a time, 2 ranks each", self.log("teams.log"))
        self.assertGreater(received() - before, 1e9)
        self.assertEqual(self.done_runs("teams.h5")[0][1], self.done_runs("alone.h5")[0][1])

    def test_z_cut_network(self):
        self.assert_ends(self.jobs["cut"], "cut.log", "COMPLETED", restarts=1)
        self.assertIn("ended by Slurm", self.log("cut.log"))
        self.assert_complete("cut.h5", RUNS, self.known["cut"])
        self.assertEqual(self.on("node6", "pgrep", "-c", "-f", "slurmd"), "1\n")

    def test_z_killed_node(self):
        self.assert_ends(self.jobs["killed"], "killed.log", "COMPLETED", restarts=1)
        self.assert_complete("killed.h5", RUNS, self.known["killed"])
        ready = [event for event in self.journal("killed") if event["event"] == "ready"]
        self.assertEqual({event["host"] for event in ready}, {"node1", "node2", "node3"})

    def test_z_lost_master(self):
        self.assert_ends(self.jobs["lost"], "lost.log", "COMPLETED", restarts=1)
        self.assert_complete("lost.h5", RUNS, self.known["lost"])
        first, second = [event["machine"].split()[0] for event in self.journal("lost") if event["event"] == "farm_begin"]
        self.assertEqual(first, "node7")
        self.assertIn(second, ("node8", "node9", "node10", "node11"))


if __name__ == "__main__":
    cluster.main("nodes", nodes=11, cpus=2)
