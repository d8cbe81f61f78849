"""What the tests of running farms share: starting them, stopping them, and reading stores with h5py."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
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
    """Runs to the end; the result has returncode, stdout and stderr."""
    return subprocess.run(command(ranks, *arguments, wrapper=wrapper), env=ENVIRONMENT, capture_output=True,
                          text=True, timeout=timeout)


def end_of_aborted(process, store, seconds=120):
    """Waits for a farm that ends with MPI_Abort because ranks do not answer. Open MPI's mpirun (4.1) now and then
    deadlocks in its own shutdown then, all ranks being gone: the exit code is None if that was so."""
    end = time.monotonic() + seconds
    patience = 20
    while process.poll() is None:
        if time.monotonic() > end:
            kill_everything(process)
            raise AssertionError("the farm does not end")
        ended = os.path.exists(store + ".log.jsonl") and [event["event"] for event in journal(store)][-1:] == ["farm_end"]
        if ended and all(state_of(pid) in "ZX" for pid in descendants(process.pid)[1:]):
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                return None, *process.communicate()
        time.sleep(0.1)
    out, err = process.communicate()
    return process.returncode, out, err


def state_of(pid):
    """As in /proc: R, S, Z (dead, not yet waited for) …; X if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


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
        except FileNotFoundError:
            pass
    return sorted(ranks)


def kill_everything(process):
    """SIGKILL for mpirun and all ranks, all stopped first so that nobody can react to another's death."""
    pids = descendants(process.pid)
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
    return process.communicate()[0]


def commits(store):
    with h5py.File(store, "r") as file:
        return file["commit"][:]


def done_runs(store):
    """Commit record and a digest of the momentum distribution of every done run."""
    with h5py.File(store, "r") as file:
        records = file["commit"][:]
        return {int(run): (records[run].tobytes(), hashlib.sha256(file["pmd"][run]).hexdigest())
                for run in numpy.flatnonzero(records["state"] == DONE)}


def content(store):
    """Everything that must not depend on how a farm came to its end."""
    found = {}
    with h5py.File(store, "r") as file:
        for group in ("parameters", "axes"):
            for name, dataset in file[group].items():
                found[f"{group}/{name}"] = dataset[:].tobytes()
        found["pmd"] = file["pmd"][:].tobytes()
        found["yield"] = file["diagnostics"]["yield"].tobytes()
        found["state"] = file["commit"]["state"].tobytes()
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
