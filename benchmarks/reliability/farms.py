"""A farm under test: starting it, finding its processes, and looking at its store while it runs."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")  # of this reader, not of the farm
import h5py

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "..", "..", "tests", "mpi"))
from farm import DONE, ENVIRONMENT, PENDING, descendants  # what the tests of farms have, too

RECORD = 4096  # bytes in a live store: docs/formats.md
IN_FLIGHT = 1 << 31  # added to `begun` while a run is being computed: docs/formats.md


def keep_to_version(programs, output):
    """Results of a farm say nothing of another: a folder of results belongs to the version that they were made with."""
    version = subprocess.run([os.path.join(programs, "tdse_farm"), "--version"], capture_output=True, text=True,
                             check=True).stdout.strip()
    file = os.path.join(output, "version")
    before = None
    if os.path.exists(file):
        with open(file) as lines:
            before = lines.read().strip()
    elif os.listdir(output):
        before = "an unknown version"
    if before not in (None, version):
        sys.exit(f"{output}: has results of {before}; the programs are {version}; --anew forgets them, "
                 "--output keeps both")
    with open(file, "w") as out:
        out.write(version + "\n")


class Stuck(Exception):
    """A farm that neither ends nor goes on."""


class Farm:
    """A running farm. ranks = 0: the bare program, without mpirun. `wrapper`: a command that runs its arguments."""

    def __init__(self, programs, store, ranks, options=(), wrapper=()):
        self.program = os.path.join(programs, "tdse_farm")
        mpirun = ["mpirun", "-q", "--bind-to", "none", "-n", str(ranks)] if ranks else []
        self.ranks_wanted = max(ranks, 1)
        self.process = subprocess.Popen(
            [*wrapper, *mpirun, self.program, "--dataset", os.path.join(FOLDER, "tiny_runs.yaml"), "--preset",
                      os.path.join(FOLDER, "tiny.yaml"), "--store", store, *options],
            env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.known, self.written = [], ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.written += line

    def running(self):
        return self.process.poll() is None

    def everyone(self):
        """mpirun and all below it."""
        return descendants(self.process.pid)

    def ranks(self):
        """Those that live, rank 0 first."""
        if len(self.known) < self.ranks_wanted:
            self.known = sorted(pid for pid in self.everyone() if self._is_rank(pid))
        return [pid for pid in self.known if is_alive(pid)]

    def _is_rank(self, pid):
        try:
            with open(f"/proc/{pid}/cmdline") as line:
                return line.read().startswith(self.program)
        except (FileNotFoundError, ProcessLookupError):
            return False

    def end(self, seconds=120):
        """Waits for the end; returns the exit code, or None where Open MPI's mpirun (4.1) hung or crashed in its own
        shutdown after all ranks had gone, as it now and then does."""
        limit, alone, seen = time.monotonic() + seconds, None, False
        while self.running():
            ranks = self.ranks()
            seen = seen or bool(ranks)
            alone = (alone or time.monotonic()) if seen and not ranks else None
            if alone and time.monotonic() - alone > 10:
                send(self.everyone(), signal.SIGKILL)
                self.process.wait()
                self.reader.join(5)
                return None
            if time.monotonic() > limit:
                send(self.everyone(), signal.SIGKILL)
                raise Stuck(self.written)
            time.sleep(0.05)
        self.reader.join(5)
        code = self.process.returncode
        return None if code < 0 and "PMIx_server_finalize" in self.written else code

    def kill(self):
        """All at once: stopped first, so that nobody can react to another's death."""
        everyone = self.everyone()
        send(everyone, signal.SIGSTOP)
        send(everyone, signal.SIGKILL)
        self.process.wait()
        self.reader.join(5)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


class Records:
    """Which runs of a store are done, read as plain bytes so that it costs nothing to look often."""

    def __init__(self, store):
        self.store = store
        self.begin = None

    def states(self):
        """None as long as there is no store."""
        try:
            if self.begin is None:
                with h5py.File(self.store, "r") as file:
                    records = file["runs/record"]
                    self.begin, self.rows = records.id.get_offset(), len(records)
            with open(self.store, "rb", buffering=0) as file:
                return b"".join(os.pread(file.fileno(), 1, self.begin + RECORD * row) for row in range(self.rows))
        except (OSError, KeyError):
            return None

    def done(self):
        states = self.states()
        return 0 if states is None else states.count(DONE)


def done_runs(store):
    """Record and digest of the distribution of every run that is done."""
    if not os.path.exists(store):
        return {}
    with h5py.File(store, "r") as file:
        records = file["runs/record"][:]
        return {row: (records[row].tobytes(), hashlib.sha256(file["pmd"][row]).hexdigest())
                for row in range(len(records)) if records["state"][row] == DONE}


def begun_in_vain(store):
    """How often farms died of runs that are not done."""
    if not os.path.exists(store):
        return 0
    with h5py.File(store, "r") as file:
        records = file["runs/record"]["state", "begun"]
        return int((records["begun"][records["state"] == PENDING] & (IN_FLIGHT - 1)).sum())


def content(store):
    """All that must not depend on how a farm came to its end, run by run, and beside that one text for what all share."""
    with h5py.File(store, "r") as file:
        records = file["runs/record"]
        columns = sorted(name for name in records.dtype.names
                         if name not in ("attempt", "begun", "record_checksum", "wall_seconds", "reason"))
        # payload_checksum covers wall_seconds, too.
        columns.remove("payload_checksum")
        rows = [b"".join(records[name][row].tobytes() for name in columns) + file["pmd"][row].tobytes()
                for row in range(len(records))]
        shared = {name: file[name][:].tobytes() for name in ("run", "kx", "ky")}
        for name, values in file["parameters"].items():
            shared["parameters/" + name] = values[:].tobytes()
    return rows, shared
