#!/usr/bin/env python3
"""slurm/private-cluster: test_cluster.py FOLDER-OF-PROGRAMS (which it does not use)."""

import os
import signal
import subprocess
import sys
import unittest

import cluster

SLEEP = "#!/bin/sh\ntrap '' TERM\nsleep 300 &\nwait\nwait\n"


class PrivateCluster(unittest.TestCase):
    def setUp(self):
        self.cluster = cluster.Cluster("cluster", cpus=4)
        self.cluster.start()
        self.addCleanup(lambda: os.path.isdir(self.cluster.folder) and self.cluster.stop())

    def daemons(self):
        return cluster.processes(PMD_PRIVATE_CLUSTER=self.cluster.folder)

    def job_processes(self):
        found = cluster.processes(SLURM_CONF=self.cluster.environment["SLURM_CONF"])
        return {pid: line for pid, line in found.items() if "sleep 300" in line}

    def start_a_job(self):
        script = os.path.join(self.cluster.folder, "sleep")
        with open(script, "w") as file:
            file.write(SLEEP)
        job = self.cluster.run("sbatch", "--parsable", "--output=/dev/null", script)
        cluster.wait_for(self.job_processes, "the job's start")
        return job

    def assert_nothing_is_left(self):
        self.assertEqual(self.daemons(), {})
        self.assertEqual(self.job_processes(), {})

    def test_runs_a_job(self):
        output = os.path.join(self.cluster.folder, "output")
        self.cluster.run("sbatch", "--wait", "--ntasks=4", "--output", output, "--wrap", "echo $SLURM_NTASKS tasks")
        with open(output) as file:
            self.assertEqual(file.read(), "4 tasks\n")
        status = self.cluster.call("status", self.cluster.folder)
        self.assertEqual(status.returncode, 0, status.stderr)
        for word in "munged", "slurmctld", "slurmd", "idle", f"export SLURM_CONF={self.cluster.folder}/slurm.conf":
            self.assertIn(word, status.stdout)

    def test_stops_with_a_running_job(self):
        self.start_a_job()
        stranger = subprocess.Popen(["sleep", "300"], env=self.cluster.environment)
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        self.assertEqual(self.cluster.call("stop", self.cluster.folder).returncode, 0)
        self.assertIsNone(stranger.poll(), "a process that only knows the cluster was killed")
        self.assertEqual(list(self.job_processes()), [stranger.pid])
        self.assertEqual(self.daemons(), {})
        status = self.cluster.call("status", self.cluster.folder)
        self.assertEqual((status.returncode, status.stdout), (3, f"no cluster runs in {self.cluster.folder}\n"))
        self.assertEqual(self.cluster.call("stop", self.cluster.folder).returncode, 0)

    def test_stops_what_a_crash_has_left(self):
        self.start_a_job()
        for pid, line in self.daemons().items():
            if not line.startswith("munged"):
                os.kill(pid, signal.SIGKILL)
        self.assertTrue(self.job_processes())
        self.assertEqual(self.cluster.call("stop", self.cluster.folder).returncode, 0)
        self.assert_nothing_is_left()
        self.cluster.start()

    def test_two_at_a_time(self):
        other = cluster.Cluster("other", cpus=1)
        other.start()
        try:
            refused = self.cluster.call("start", self.cluster.folder)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("has a cluster already", refused.stderr)
            self.assertEqual(other.run("sinfo", "--noheader", "--format=%C"), "0/1/0/1")
            self.assertEqual(self.cluster.run("sinfo", "--noheader", "--format=%C"), "0/4/0/4")
        finally:
            other.stop()
        self.assertEqual(self.cluster.run("sinfo", "--noheader", "--format=%C"), "0/4/0/4")

    def test_leaves_other_folders_alone(self):
        folder = os.path.join(self.cluster.folder, "mine")
        os.makedirs(os.path.join(folder, "state"))
        refused = self.cluster.call("start", folder)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("not a cluster's folder", refused.stderr)
        self.assertTrue(os.path.isdir(os.path.join(folder, "state")))

    def test_says_what_is_wrong(self):
        for arguments in ([], ["start"], ["begin", "x"], ["start", "--cpus", "many", "x"], ["stop", "a", "b"],
                          ["stop", ""], ["start", "--nodes", "0", "x"], ["start", "--fast", "x"], ["cut", "x"],
                          ["kill", self.cluster.folder, "node1"], ["run", self.cluster.folder, "node1"]):
            with self.subTest(arguments):
                result = self.cluster.call(*arguments)
                self.assertEqual(result.returncode, 2)
                self.assertTrue(result.stderr.startswith("error: "), result.stderr)
        self.assertIn("private-cluster start", self.cluster.call("--help").stdout)
        nobody = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", cluster.SCRIPT, "start",
                                 self.cluster.folder + "-nobody"], capture_output=True, text=True)
        self.assertEqual(nobody.returncode, cluster.SKIPPED, nobody.stderr)
        self.assertIn("root", nobody.stderr)


if __name__ == "__main__":
    # Skips everything where there can be no cluster.
    probe = cluster.Cluster("probe")
    probe.start()
    probe.stop()
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
