"""What benchmarks/datasets/run knows of programs: starting them, ending them, their time, and what they must not disturb."""

import ctypes
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import time

FINDINGS = 3             # exit code of pmd_store verify
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
LIBC = ctypes.CDLL(None)
TICKS = os.sysconf("SC_CLK_TCK")


class Interrupted(Exception):
    pass


class Failed(Exception):
    pass


class Progress:
    """What is known beyond the files themselves, kept in one that is replaced as a whole."""

    def __init__(self, file):
        self.file = file
        self.sets = json.loads(file.read_text()) if file.exists() else {}

    def of(self, dataset):
        return self.sets.setdefault(dataset, {"processor_seconds": 0.0})

    def save(self):
        beside = self.file.with_suffix(".json.partial")
        with open(beside, "w") as out:
            json.dump(self.sets, out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, self.file)


class Programs:
    """Starts programs, one at a time, so that none outlives this one, and counts their processor time."""

    def __init__(self, options):
        self.bin, self.nice, self.processes = options.bin, options.nice, options.processes
        self.running, self.stops = None, 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, self.stop)

    def stop(self, *_):
        self.stops += 1
        if self.running and self.running.poll() is None:
            # mpirun passes SIGUSR1 on, and the farm ends its runs; at SIGTERM it kills its ranks.
            os.kill(self.running.pid, signal.SIGUSR1 if self.stops == 1 else signal.SIGTERM)

    def farm(self, *arguments):
        """One rank hands out runs and costs next to nothing: so one more than run."""
        return ["mpirun", "-q", "--oversubscribe", "--bind-to", "none", "-n", self.processes + 1, self.bin / "tdse_farm",
                *arguments]

    def store_tool(self, *arguments):
        return [self.bin / "pmd_store", *arguments]

    def start(self, command, log):
        def prepare():
            os.nice(self.nice)
            LIBC.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: what kills this program ends the other, too

        if self.stops:
            raise Interrupted
        command = [str(part) for part in command]
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        self.running = subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        start_new_session=True, preexec_fn=prepare)
        if self.stops:  # asked to before it was known
            os.kill(self.running.pid, signal.SIGUSR1)
        return self.running

    def run(self, command, log):
        code = self.start(command, log).wait()
        if self.stops:
            raise Interrupted
        return code

    def json(self, *arguments):
        """What pmd_store says for programs; None if it cannot."""
        done = subprocess.run([str(part) for part in self.store_tool(*arguments, "--json")], capture_output=True, text=True)
        return json.loads(done.stdout) if done.returncode in (0, FINDINGS) else None

    def processor_seconds(self):
        """Of all processes in the session of what is running."""
        ticks = 0
        for file in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = file.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended
            if int(fields[3]) == self.running.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS


def wait_for_lock(store, patience=60):
    """Ranks of a farm that was killed may still be about to end."""
    file = store.with_name(store.name + ".lock")
    end = time.monotonic() + patience
    while file.exists():
        with open(file, "rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:
                if time.monotonic() > end:
                    raise Failed(f"{store}: somebody else is writing to it; wait for them or stop them") from None
        time.sleep(0.5)
