"""What the tests of running farms share: starting them, stopping them, and reading stores with h5py."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import h5py
import numpy

PENDING, DONE, FAILED = 0, 1, 2
SKIPPED = 77  # exit code that ctest counts as skipped

# Where Open MPI keeps what killed jobs leave behind; removed at the end.
SCRATCH = tempfile.TemporaryDirectory(prefix="pmd-mpi-")

ENVIRONMENT = dict(
    os.environ,
    OMPI_ALLOW_RUN_AS_ROOT="1",
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
    OMPI_MCA_rmaps_base_oversubscribe="1",
    OMPI_MCA_btl_vader_single_copy_mechanism="none",
    OMPI_MCA_btl_vader_backing_directory=SCRATCH.name,
    OMPI_MCA_orte_tmpdir_base=SCRATCH.name,
    # A farm of one rank without mpirun needs no daemon of Open MPI beside it.
    OMPI_MCA_ess_singleton_isolated="1",
    # In a build with the address sanitizer.
    ASAN_OPTIONS="fast_unwind_on_malloc=0",
    LSAN_OPTIONS="print_suppressions=0:suppressions=" +
                 os.path.join(os.path.dirname(os.path.abspath(__file__)), "leaks.supp"),
)


def program():
    """The program under test, from the command line."""
    return sys.argv[1]


def command(ranks, *arguments, wrapper=()):
    """ranks = 0: the bare program, without mpirun. `wrapper` is a command that runs its arguments."""
    mpirun = ["mpirun", "-q", "--bind-to", "none", "-n", str(ranks)] if ranks else []
    return mpirun + list(wrapper) + [program()] + [str(argument) for argument in arguments]


def start(ranks, *arguments):
    return subprocess.Popen(command(ranks, *arguments), env=ENVIRONMENT, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def run(ranks, *arguments, timeout=120, wrapper=()):
    """Runs to the end; the result has returncode (see end_of), stdout and stderr."""
    line = command(ranks, *arguments, wrapper=wrapper)
    process = subprocess.Popen(line, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return subprocess.CompletedProcess(line, *end_of(process, timeout))


def end_of(process, seconds=120):
    """Waits for a farm and returns its exit code and what it wrote. When a rank has died or called MPI_Abort, Open
    MPI's mpirun (4.1) now and then deadlocks or crashes in its own shutdown (PMIx_server_finalize), with all ranks
    gone: the exit code is None if that was so."""
    written = ["", ""]
    readers = [threading.Thread(target=lambda i=i, pipe=pipe: written.__setitem__(i, pipe.read()))
               for i, pipe in enumerate((process.stdout, process.stderr))]
    for reader in readers:
        reader.start()
    end = time.monotonic() + seconds
    ranks_seen, alone_since, hung = False, None, False
    while process.poll() is None:
        ranks = ranks_of(process)
        ranks_seen = ranks_seen or bool(ranks)
        now = time.monotonic()
        alone_since = (alone_since or now) if ranks_seen and not ranks else None
        if alone_since and now - alone_since > 20:
            process.kill()
            hung = True
        elif now > end:
            send_kill(process)
            raise AssertionError("the farm does not end:\n" + "".join(written))
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            pass
    for reader in readers:
        reader.join()
    crashed = process.returncode < 0 and "PMIx_server_finalize" in written[1]
    return None if hung or crashed else process.returncode, *written


def descendants(pid):
    """All living processes below `pid`, itself included."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as stat:
                    parents[int(entry)] = int(stat.read().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                pass
    found = [pid]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def ranks_of(process):
    """Processes of the program itself under mpirun, rank 0 first."""
    ranks = []
    for pid in descendants(process.pid):
        try:
            with open(f"/proc/{pid}/cmdline") as line:
                if line.read().startswith(program()):
                    ranks.append(pid)
        except (FileNotFoundError, ProcessLookupError):
            pass
    return sorted(ranks)


def send_kill(process):
    """SIGKILL for mpirun and all ranks, all stopped first so that nobody can react to another's death."""
    pids = descendants(process.pid)
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass


def kill_everything(process):
    """As send_kill; returns what was written until then."""
    send_kill(process)
    return process.communicate()[0]


def commits(store):
    with h5py.File(store, "r") as file:
        return file["runs/record"][:]


def done_runs(store):
    """Commit record and a digest of the momentum distribution of every done run."""
    with h5py.File(store, "r") as file:
        records = file["runs/record"][:]
        return {int(run): (records[run].tobytes(), hashlib.sha256(file["pmd"][run]).hexdigest())
                for run in numpy.flatnonzero(records["state"] == DONE)}


def content(store):
    """Everything that must not depend on how a farm came to its end."""
    found = {}
    with h5py.File(store, "r") as file:
        for name, dataset in file["parameters"].items():
            found[f"parameters/{name}"] = dataset[:].tobytes()
        for name in ("run", "kx", "ky"):
            found[name] = file[name][:].tobytes()
        found["pmd"] = file["pmd"][:].tobytes()
        found["yield"] = file["runs/record"]["yield"].tobytes()
        found["state"] = file["runs/record"]["state"].tobytes()
    return found


def journal(store):
    """The events that farms wrote about a store."""
    with open(store + ".log.jsonl") as lines:
        return [json.loads(line) for line in lines]


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.01)


class FarmTest(unittest.TestCase):
    """Each test has a folder of its own."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="pmd-farm-")
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        self.store = os.path.join(self.folder, "s.h5")

    def assert_same_content(self, store, reference):
        one, other = content(store), content(reference)
        self.assertEqual(one.keys(), other.keys())
        for name in one:
            self.assertTrue(one[name] == other[name], f"{name} differs")

    def files(self):
        """All but the journals."""
        return sorted(name for name in os.listdir(self.folder) if not name.endswith(".log.jsonl"))


def main():
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
