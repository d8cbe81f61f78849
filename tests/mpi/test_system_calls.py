"""A farm of one rank under strace: the order of its writes, and SIGKILL or a full disk at chosen system calls."""

import os
import re
import shutil
import subprocess
import sys

import farm

ARGUMENTS = ("runs=3", "kx=100", "ky=100")
SLAB_BYTES, RECORD_BYTES = 40000, 4096


def strace(store, *options, arguments=()):
    return subprocess.run(["strace", "-f", "-y", "-s", "0", *options] +
                          farm.command(0, store, *ARGUMENTS, *arguments),
                          env=farm.ENVIRONMENT, capture_output=True, text=True, timeout=60)


class SystemCalls(farm.FarmTest):
    def calls(self, names, arguments=(), code=0):
        """The farm's calls of these names, as (name, file, bytes), in order, on the store and its folder."""
        log = os.path.join(self.folder, "log")
        result = strace(self.store, "-o", log, "-e", "trace=" + names, arguments=arguments)
        self.assertEqual(result.returncode, code, result.stderr)
        found = []
        with open(log) as lines:
            for line in lines:
                match = re.match(r"\d+ +(\w+)\(\d+<([^>]*)>.*= (\d+)$", line) or \
                    re.match(r"\d+ +(rename\w*)\(.*\"([^\"]*)\"(?:, \w+)?\) *= (\d+)$", line)
                if match and match[2].startswith(self.folder):
                    found.append((match[1], os.path.basename(match[2]), int(match[3])))
        os.remove(log)
        return found

    def test_data_is_on_disk_before_its_record_and_the_record_before_the_next_run(self):
        calls = self.calls("pwrite64,pwritev,write,fsync,fdatasync")
        order = ""
        for name, file, size in calls:
            if file == "s.h5":
                if "sync" in name:
                    order += "S"
                elif size == SLAB_BYTES:
                    order += "d"
                elif size == RECORD_BYTES:
                    order += "R"
        # The first record of each says that the run was begun.
        self.assertEqual(order, "RdSRS" * 3)

    def test_a_failure_is_one_record_and_one_sync(self):
        calls = self.calls("pwrite64,fsync", arguments=["fail=0,1,2"], code=3)
        order = "".join("S" if "sync" in name else {RECORD_BYTES: "R"}.get(size, "")
                        for name, file, size in calls if file == "s.h5")
        self.assertEqual(order, "RRS" * 3)

    def test_a_store_is_complete_and_on_disk_before_it_has_its_name(self):
        calls = self.calls("pwrite64,fsync,rename,renameat,renameat2")
        names = [(name, file) for name, file, _ in calls]
        renamed = names.index(("renameat2", "s.h5"))
        partial = [i for i, (_, file) in enumerate(names) if file == "s.h5.partial"]
        self.assertLess(max(partial), renamed)
        self.assertEqual(names[max(partial)], ("fsync", "s.h5.partial"))
        self.assertEqual(names[renamed + 1], ("fsync", os.path.basename(self.folder)))

    def test_sigkill_at_any_call(self):
        reference = os.path.join(self.folder, "reference.h5")
        self.assertEqual(farm.run(0, reference, *ARGUMENTS).returncode, 0)
        counts = {}
        for name, _, _ in self.calls("pwrite64,fsync,renameat2,fallocate"):
            counts[name] = counts.get(name, 0) + 1
        self.assertGreater(counts["pwrite64"], 25)
        self.assertGreater(counts["fsync"], 7)
        cases = [("pwrite64", n) for n in range(1, counts["pwrite64"] + 1)]
        cases += [("fsync", n) for n in range(1, counts["fsync"] + 1)] + [("renameat2", 1), ("fallocate", 1)]
        for call, n in cases:
            with self.subTest(call=call, n=n):
                if os.path.exists(self.store):
                    os.remove(self.store)
                result = strace(self.store, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}")
                self.assertIn("killed by SIGKILL", result.stderr)
                done = farm.done_runs(self.store) if os.path.exists(self.store) else {}
                said = [int(line.split()[1]) for line in result.stdout.splitlines()]
                self.assertGreaterEqual(len(done), max(said, default=0))
                self.assertEqual(farm.run(0, self.store, *ARGUMENTS).returncode, 0)
                self.assert_same_content(self.store, reference)
                after = farm.done_runs(self.store)
                self.assertTrue(all(after[run] == done[run] for run in done))
                self.assertEqual(self.files(), ["reference.h5", "s.h5"])
        print(f"{len(cases)} kills", flush=True)

    def test_full_disk(self):
        reference = os.path.join(self.folder, "reference.h5")
        farm.run(0, reference, *ARGUMENTS)
        slabs = [i for i, (_, _, size) in enumerate(self.calls("pwrite64"), 1) if size == SLAB_BYTES]
        os.remove(self.store)
        # In creating the store: nothing stays behind.
        result = strace(self.store, "-e", "trace=fallocate", "-e", "inject=fallocate:error=ENOSPC")
        self.assertEqual(result.returncode, 1)
        self.assertIn("No space left on device", result.stderr)
        self.assertEqual(self.files(), ["reference.h5"])
        # In writing the second slab: the first run stays done.
        result = strace(self.store, "-e", "trace=pwrite64", "-e", f"inject=pwrite64:error=ENOSPC:when={slabs[1]}")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"error: .*s\.h5: run \d+ cannot be written: .*(space|MPI)")
        done = farm.done_runs(self.store)
        self.assertEqual(len(done), 1)
        self.assertEqual(farm.run(0, self.store, *ARGUMENTS).returncode, 0)
        self.assert_same_content(self.store, reference)

    def test_a_sync_that_fails_commits_nothing(self):
        syncs = len(self.calls("fsync"))
        os.remove(self.store)
        # The first two are the new store's and its folder's.
        self.assertEqual(syncs, 2 + 2 * 3)
        result = strace(self.store, "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=3")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(farm.done_runs(self.store), {})


if __name__ == "__main__":
    works = shutil.which("strace") and subprocess.run(["strace", "-o", "/dev/null", "true"]).returncode == 0
    if not works:
        print("skipped: strace is missing or not permitted here")
        sys.exit(farm.SKIPPED)
    farm.main()
