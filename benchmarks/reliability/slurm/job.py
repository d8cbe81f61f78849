"""A farm as a Slurm job on three nodes of a private cluster: submitting it, watching it and its store, hurting its nodes."""

import hashlib
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")  # of this reader, not of the farm
import h5py

FOLDER = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.realpath(os.path.join(FOLDER, "../../.."))
SCRIPT = os.path.join(ROOT, "slurm", "private-cluster")
PENDING, DONE = 0, 1
IN_FLIGHT = 1 << 31  # added to `begun` while a run is being computed: docs/formats.md
ENDS = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")
RUNS = ["--dataset", os.path.join(FOLDER, "cheap_runs.yaml"), "--preset", os.path.join(FOLDER, "cheap.yaml")]
# A rank that stands still, or whose node is cut off, is given up after this.
FARM = [*RUNS, "--worker-timeout", "10"]


class Stuck(Exception):
    """What was to happen does not."""


def wait_for(condition, what, seconds):
    """What the condition returns once that is true."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > end:
            raise Stuck(f"waited {seconds} s for {what}")
        time.sleep(0.05)
    return result


def call(*command, environment=None, check=True):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=100,
                            env=environment)
    if check and result.returncode:
        raise RuntimeError(f"{command}: {result.stdout}{result.stderr}")
    return result.stdout.strip()


class Cluster:
    """With as many groups of three nodes as farms are to run at a time."""

    def __init__(self, folder, groups, programs):
        self.folder, self.groups, self.programs = folder, groups, programs
        self.environment = dict(os.environ, SLURM_CONF=os.path.join(folder, "slurm.conf"), PMD_BIN=programs)

    def __enter__(self):
        if os.path.isdir(self.folder):
            call(SCRIPT, "stop", self.folder)
        call(SCRIPT, "start", "--nodes", 3 * self.groups, "--cpus", 2, self.folder)
        return self

    def __exit__(self, *_):
        call(SCRIPT, "stop", self.folder)

    def slurm(self, *command, check=True):
        return call(*command, environment=self.environment, check=check)

    def do(self, command, node, *words, check=True):
        return call(SCRIPT, command, self.folder, node, *words, check=check)


class Job:
    """A farm from its beginning to its end. Its group has three nodes, of which it wants two."""

    def __init__(self, cluster, group, name, options=()):
        self.cluster, self.name, self.options = cluster, name, options
        self.nodes = [f"node{3 * group + number}" for number in (1, 2, 3)]
        self.others = [f"node{number}" for number in range(1, 3 * cluster.groups + 1) if f"node{number}" not in self.nodes]
        self.folder = os.path.join(cluster.folder, "shared", name)
        os.makedirs(self.folder)
        # What the server of the shared folder has on its disk, past all that nodes remember.
        self.store = os.path.join(cluster.folder, "disk", name, "s.h5")
        self.submissions, self.released, self.begin = 0, 0, None
        self.submit()

    def submit(self, *options):
        exclude = ["--exclude=" + ",".join(self.others)] if self.others else []
        self.number = self.cluster.slurm("sbatch", "--parsable", "--nodes=2", "--ntasks-per-node=1", "--time=30", *exclude,
                                         "--open-mode=append", "--chdir", self.folder, "--output", "log",
                                         os.path.join(ROOT, "jobs", "generate.slurm"), *FARM, "--store", "s.h5", *self.options,
                                         *options)
        self.submissions += 1

    def show(self):
        words = self.cluster.slurm("scontrol", "show", "job", "--oneliner", self.number).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def running_on(self):
        """The nodes on which it runs, the master's first; none while it waits."""
        shown = self.show()
        if shown["JobState"] != "RUNNING":
            return []
        return self.cluster.slurm("scontrol", "show", "hostnames", shown["NodeList"]).split()

    def ended(self):
        shown = self.show()
        if shown["JobState"] == "PENDING":
            self.administer()
        return shown["JobState"] in ENDS and shown

    def restarts(self):
        return int(self.show()["Restarts"])

    # The store.

    def records(self):
        with h5py.File(self.store, "r") as file:
            return file["runs/record"][:]

    def done(self):
        """How many runs. Where they are is found once, so that looking costs nothing."""
        try:
            if self.begin is None:
                with h5py.File(self.store, "r") as file:
                    records = file["runs/record"]
                    self.begin, self.stride, self.rows = records.id.get_offset(), records.dtype.itemsize, len(records)
            with open(self.store, "rb", buffering=0) as file:
                return sum(os.pread(file.fileno(), 1, self.begin + self.stride * row) == bytes([DONE])
                           for row in range(self.rows))
        except (OSError, KeyError):
            return 0

    def done_runs(self):
        """Digest of record and distribution of each."""
        with h5py.File(self.store, "r") as file:
            records = file["runs/record"][:]
            return {row: hashlib.sha256(records[row].tobytes() + file["pmd"][row].tobytes()).hexdigest()
                    for row in range(len(records)) if records["state"][row] == DONE}

    def begun(self):
        """How often each run that is not done has been begun: {run: times}."""
        records = self.records()
        return {row: int(records["begun"][row] & (IN_FLIGHT - 1)) for row in range(len(records)) if records["state"][row] == PENDING}

    def begun_in_vain(self, before, restarts, seconds):
        """How many runs a farm had begun, beside those of `before`, when its job went back into the queue."""
        end = time.monotonic() + seconds
        while self.restarts() == restarts and time.monotonic() < end:
            if self.ended():
                return 0
            time.sleep(0.1)
        return sum(times > before.get(row, 0) for row, times in self.begun().items())

    def administer(self):
        """What an administrator does by hand where a node comes back that still knows the job's earlier start just when it is
        to start it again ("Duplicate jobid"): Slurm drains the node and holds the job."""
        nodes = ["--nodes=" + ",".join(self.nodes)]
        drained = self.cluster.slurm("sinfo", "--noheader", "--states=drained", "--format=%n", *nodes).split()
        for node in drained:
            self.cluster.slurm("scontrol", "update", "NodeName=" + node, "State=RESUME", check=False)
        if "launch_failed_requeued_held" in self.show().get("Reason", ""):
            self.cluster.slurm("scontrol", "release", self.number, check=False)
            self.released += 1

    def heal(self):
        """All nodes of the group, to be used again."""
        for node in self.nodes:
            self.cluster.do("resume", node, check=False)
            self.cluster.do("boot", node, check=False)
            self.cluster.do("mend", node, check=False)
        self.administer()


def distributions(store):
    """The bytes of all runs."""
    with h5py.File(store, "r") as file:
        return [row.tobytes() for row in file["pmd"][:]]
