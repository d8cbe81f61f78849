"""What the tests of job scripts share: a private cluster, submitting to it, and looking at jobs and stores."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import h5py
import numpy

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
SCRIPT = os.path.join(ROOT, "slurm", "private-cluster")
DONE = 1
SKIPPED = 77  # exit code that ctest counts as skipped, and private-cluster's where it cannot work
LONG = 300    # seconds; only ever waited for where something is wrong


def wait_for(condition, what, seconds=LONG, pause=0.1):
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(pause)


def processes(**environment):
    """The processes started with these variables in their environment: {pid: command line}."""
    wanted = {f"{name}={value}".encode() for name, value in environment.items()}
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    if not wanted <= set(file.read().split(b"\0")):
                        continue
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    found[int(entry)] = file.read().decode(errors="replace").replace("\0", " ").strip()
            except OSError:
                pass
    return {pid: line for pid, line in found.items() if line}  # zombies have no command line


class Cluster:
    def __init__(self, name, cpus=8, nodes=1):
        # The same name in every call, so that what a killed test has left running is found and stopped.
        digest = hashlib.sha256(f"{ROOT} {sys.argv[1:]} {name}".encode()).hexdigest()[:8]
        self.folder = os.path.join(tempfile.gettempdir(), f"pmd-slurm-{digest}")
        self.cpus, self.nodes = cpus, nodes
        # Where jobs run: all nodes see it.
        self.shared = os.path.join(self.folder, "shared") if nodes > 1 else tempfile.gettempdir()

    def call(self, *arguments):
        return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True)

    def start(self):
        """Ends the program where the machine cannot run a cluster."""
        if os.path.isdir(self.folder):
            self.stop()
        result = self.call("start", "--nodes", str(self.nodes), "--cpus", str(self.cpus), self.folder)
        if result.returncode == SKIPPED:
            print("skipped:", result.stderr.strip())
            sys.exit(SKIPPED)
        if result.returncode:
            raise AssertionError(result.stdout + result.stderr)
        self.environment = dict(os.environ, SLURM_CONF=os.path.join(self.folder, "slurm.conf"))

    def stop(self):
        result = self.call("stop", self.folder)
        if result.returncode:
            raise AssertionError(result.stdout + result.stderr)
        shutil.rmtree(self.folder)

    def run(self, *command, cwd=None, **environment):
        """Output of a command of Slurm's."""
        result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, cwd=cwd,
                                env={**self.environment, **environment})
        if result.returncode:
            raise AssertionError(f"{command}: {result.stdout}{result.stderr}")
        return result.stdout.strip()

    def show(self, job):
        """scontrol's fields of a job."""
        words = self.run("scontrol", "show", "job", "--oneliner", job).split()
        return dict(word.split("=", 1) for word in words if "=" in word)


class SlurmTest(unittest.TestCase):
    """The cluster is the module's, each class has a folder for its jobs."""

    cluster = None
    programs = None  # PMD_BIN

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="pmd-jobs-", dir=cls.cluster.shared)
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    @classmethod
    def submit(cls, script, name, options=(), arguments=(), **environment):
        """Submits jobs/SCRIPT with the log NAME.log; array tasks have NAME.log-1 and so on."""
        log = name + (".log-%a" if any(str(word).startswith("--array") for word in options) else ".log")
        return cls.cluster.run("sbatch", "--parsable", "--chdir", cls.folder, "--output", log, *options,
                               os.path.join(ROOT, "jobs", script), *arguments,
                               **{"PMD_BIN": cls.programs, **environment})

    def path(self, name):
        return os.path.join(self.folder, name)

    def log(self, name):
        try:
            with open(self.path(name), errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def wait_for_log(self, name, text):
        wait_for(lambda: text in self.log(name), f"'{text}' in {name}")

    def assert_state(self, job, log, state, code="0:0"):
        """Waits for the job's end. Returns what Slurm knows of it."""
        ends = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")
        shown = None

        def ended():
            nonlocal shown
            shown = self.cluster.show(job)
            return shown["JobState"] in ends
        try:
            wait_for(ended, f"the end of job {job}")
        except AssertionError as error:
            self.fail(f"{error}\n{shown}\n{self.log(log)}")
        self.assertEqual((shown["JobState"], shown["ExitCode"]), (state, code), self.log(log))
        return shown

    def assert_ends(self, job, log, state, restarts=None, code="0:0"):
        """The same for jobs/*.slurm. `restarts`: exactly, where given."""
        shown = self.assert_state(job, log, state, code)
        if restarts is not None:
            self.assertEqual(int(shown["Restarts"]), restarts, self.log(log))
        self.assertIn(f"start {shown['Restarts']} on", self.log(log))
        self.assertEqual(self.processes_of(job), {})
        return int(shown["Restarts"])

    # Processes

    def processes_of(self, job, program=""):
        """Processes of a job: those of a program if given."""
        number = self.cluster.show(job)["JobId"]
        found = processes(SLURM_CONF=self.cluster.environment["SLURM_CONF"], SLURM_JOB_ID=number)
        return {pid: line for pid, line in found.items() if line.startswith(program)}

    def freeze(self, job, program, when=lambda: True):
        """Stops all processes of a program once `when()`, so that tests need not be faster than it. Returns what
        lets them go on."""
        path = os.path.join(self.programs, program)
        pids = list(wait_for(lambda: self.processes_of(job, path), f"{program} in job {job}"))
        wait_for(when, f"the moment to freeze job {job}", pause=0.01)
        self.assertTrue(self.processes_of(job, path), f"job {job} was too fast to be frozen")
        self.signal(pids, signal.SIGSTOP)
        return lambda: self.signal(pids, signal.SIGCONT)

    def freeze_farm(self, job, store, log):
        """Freezes a farm after its first run. Returns the done runs and what lets it go on."""
        self.wait_for_runs(store, 0, log)  # before there is a store, the farm only plans
        thaw = self.freeze(job, "tdse_farm", lambda: self.done_runs(store))
        return self.done_runs(store), thaw

    def signal(self, pids, number):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    # Stores

    def done_runs(self, store):
        """Commit record and a digest of the distribution of every done run."""
        with h5py.File(self.path(store), "r") as file:
            records = file["runs/record"][:]
            return {int(run): (records[run].tobytes(), hashlib.sha256(file["pmd"][run]).hexdigest())
                    for run in numpy.flatnonzero(records["state"] == DONE)}

    def wait_for_runs(self, store, number, log):
        try:
            wait_for(lambda: os.path.exists(self.path(store)) and len(self.done_runs(store)) >= number,
                     f"{number} runs in {store}")
        except AssertionError as error:
            self.fail(f"{error}\n{self.log(log)}")

    def assert_complete(self, store, runs, known=()):
        """All runs are done and good, and those that were `known` are the same still."""
        done = self.done_runs(store)
        self.assertEqual(len(done), runs)
        for run, data in dict(known).items():
            self.assertEqual(done[run], data, f"run {run} was committed and has changed")
        result = subprocess.run([os.path.join(self.programs, "pmd_store"), "verify", self.path(store)],
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


def main(name, **options):
    """Runs the tests of the calling module on a cluster of their own: test_NAME.py FOLDER-OF-PROGRAMS …"""
    cluster = Cluster(name, **options)
    cluster.start()
    SlurmTest.cluster, SlurmTest.programs = cluster, sys.argv[1]
    try:
        result = unittest.main(argv=sys.argv[:1] + [word for word in sys.argv[2:] if word[:1] != "/"], verbosity=2,
                               exit=False).result
    finally:
        cluster.stop()
    sys.exit(not result.wasSuccessful())
