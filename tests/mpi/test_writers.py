"""One worker of a node writes for all of them; and of the others only those open the store that write."""

import os
import random
import re
import shutil
import subprocess
import time
import unittest

import farm

SEED = 20261128
TRACES = shutil.which("strace") and subprocess.run(["strace", "-o", "/dev/null", "true"]).returncode == 0
needs_strace = unittest.skipUnless(TRACES, "strace is missing or not permitted here")


class Writers(farm.FarmTest):
    def reference(self, *arguments):
        store = os.path.join(self.folder, "reference.h5")
        self.assertIn(farm.run(0, store, *arguments).returncode, (0, 3))
        return store

    def test_one_writer_of_a_node_makes_the_same_store(self):
        reference = self.reference("fail=3")
        for ranks, each in (2, 1), (4, 1), (5, 2):
            with self.subTest(ranks=ranks, each=each):
                store = os.path.join(self.folder, f"{ranks}-{each}.h5")
                result = farm.run(ranks, store, "writers=node", f"ranks={each}", "fail=3")
                self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
                self.assertIn("failed 3: pretended to fail", result.stdout)
                self.assert_same_content(store, reference)
        self.assertEqual(self.files(), ["2-1.h5", "4-1.h5", "5-2.h5", "reference.h5"])

    def open_stores(self, process):
        found = []
        for rank, pid in enumerate(farm.ranks_of(process)):
            names = []
            for number in os.listdir(f"/proc/{pid}/fd"):
                try:
                    names.append(os.readlink(f"/proc/{pid}/fd/{number}"))
                except FileNotFoundError:  # closed meanwhile
                    pass
            if self.store in names:
                found.append(rank)
        return found

    def test_only_those_who_write_open_the_store(self):
        for arguments, writers in (["writers=node"], [1]), ([], [1, 2, 3, 4]), (["ranks=2"], [1, 3]):
            with self.subTest(arguments=arguments):
                process = farm.start(5, self.store, "runs=8", "seconds=20", *arguments)
                farm.wait_for(lambda: os.path.exists(self.store + ".log.jsonl") and
                              "assign" in [event["event"] for event in farm.journal(self.store)])
                farm.wait_for(lambda: self.open_stores(process) == writers, 10)
                farm.kill_everything(process)
                os.remove(self.store)

    @needs_strace
    def test_what_arrives_together_shares_its_syncs(self):
        log = os.path.join(self.folder, "log")
        traced = f'if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then exec strace -f -y -e trace=fsync -o {log} "$@"; fi; exec "$@"'
        result = farm.run(4, self.store, "runs=120", "seconds=0.03", "writers=node", wrapper=["sh", "-c", traced, "sh"])
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        with open(log) as lines:
            syncs = sum("s.h5>" in line for line in lines)
        self.assertLess(syncs, 60)
        self.assertEqual(syncs % 2, 0)
        self.assert_same_content(self.store, self.reference("runs=120"))

    def test_a_writer_that_cannot_write_stops_its_node_and_loses_nothing(self):
        arguments = ("runs=12", "kx=512", "ky=512", "seconds=0.1")
        limited = 'if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then ulimit -f 6000; fi; exec "$@"'
        result = farm.run(4, self.store, *arguments, "writers=node", wrapper=["sh", "-c", limited, "sh"])
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("cannot be written", result.stderr)
        self.assertNotIn(farm.FAILED, list(farm.commits(self.store)["state"]))
        done = farm.done_runs(self.store)
        said = [int(line.split()[1]) for line in result.stdout.splitlines() if line.startswith("committed")]
        self.assertGreaterEqual(len(done), max(said, default=0))
        self.assertEqual(farm.run(4, self.store, *arguments, "writers=node").returncode, 0)
        self.assert_same_content(self.store, self.reference(*arguments[:3]))

    def test_a_run_that_never_ends_costs_its_worker_and_not_its_node(self):
        # Rows that MPI passes on with the sender's help, and such that it takes at once.
        for points in 64, 16:
            with self.subTest(points=points):
                result = farm.run(4, self.store, "runs=24", f"kx={points}", f"ky={points}", "seconds=0.1", "hang=13",
                                  "timeout=2", "writers=node")
                self.assertIn(result.returncode, (75, None), result.stdout + result.stderr)
                self.assertEqual(result.stdout.count("has not answered for"), 1, result.stdout)
                pending = [run for run, state in enumerate(farm.commits(self.store)["state"]) if state == farm.PENDING]
                # What the worker had not yet passed on of the run before is left, too.
                self.assertIn(13, pending)
                self.assertLessEqual(len(pending), 3)
                assigned = [event["worker"] for event in farm.journal(self.store)
                            if event["event"] == "assign" and event["run"] == 13]
                self.assertEqual(len(assigned), 1)
                os.remove(self.store)
                os.remove(self.store + ".log.jsonl")

    def test_kills_lose_nothing_that_was_reported(self):
        arguments = ("runs=150", "kx=128", "ky=128")
        numbers = random.Random(SEED)
        known = {}
        for _ in range(6):
            process = farm.start(4, self.store, *arguments, "writers=node", "seconds=0.05")
            lines = [process.stdout.readline() for _ in range(numbers.randrange(1, 3))]
            time.sleep(numbers.uniform(0, 0.6))
            lines += farm.kill_everything(process).splitlines()
            done = farm.done_runs(self.store)
            said = [int(line.split()[1]) for line in lines if line.startswith("committed")]
            self.assertGreaterEqual(len(done), max(said))
            for run, data in known.items():
                self.assertEqual(done[run], data)
            known = done
        self.assertEqual(farm.run(4, self.store, *arguments, "writers=node").returncode, 0)
        self.assert_same_content(self.store, self.reference(*arguments))


class Files(farm.FarmTest):
    def test_either_implementation_of_mpi_files_will_do(self):
        reference = os.path.join(self.folder, "reference.h5")
        self.assertEqual(farm.run(0, reference).returncode, 0)
        for io in ("ompio", "romio321"):
            with self.subTest(io=io):
                store = os.path.join(self.folder, f"{io}.h5")
                result = farm.run(3, store, wrapper=["env", f"OMPI_MCA_io={io}"])
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assert_same_content(store, reference)

    @needs_strace
    def test_nothing_is_asked_of_files_that_never_were(self):
        log = os.path.join(self.folder, "log")
        result = farm.run(2, self.store, "seconds=0.02",
                          wrapper=["sh", "-c", 'exec strace -f -o "$0.$OMPI_COMM_WORLD_RANK" "$@"', log])
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(log + ".1") as lines:
            text = lines.read()
        self.assertNotIn(".checkpoint", text)
        begun = text.index("pwrite64")
        for call in ("clone", "fork", "execve", "unlink", "stat("):
            self.assertIsNone(re.search(rf"^\d+ +\w*{re.escape(call)}.*s\.h5", text[begun:], re.M), call)
        # And nothing is forked: MPI's own threads start before the first write.
        self.assertIsNone(re.search(r"^\d+ +(v?fork\(|execve\()", text[begun:], re.M))


if __name__ == "__main__":
    farm.main()
