"""A file system that is too small: what does not fit is refused beforehand, and a full disk costs no run."""

import os
import shutil
import subprocess
import sys
import tempfile

import farm

ARGUMENTS = ("runs=40", "kx=256", "ky=256")  # 10.5 MB


class SmallDisk(farm.FarmTest):
    def setUp(self):
        super().setUp()
        self.reference = os.path.join(self.folder, "reference.h5")
        self.assertEqual(farm.run(0, self.reference, *ARGUMENTS).returncode, 0)

    def mount(self, size):
        disk = tempfile.mkdtemp(prefix="pmd-disk-")
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=True)
        self.addCleanup(lambda: (subprocess.run(["umount", "-l", disk], check=True), os.rmdir(disk)))
        return os.path.join(disk, "s.h5")

    def test_a_store_that_does_not_fit_is_refused(self):
        store = self.mount("8m")
        for ranks in (0, 3):
            result = farm.run(ranks, store, *ARGUMENTS)
            self.assertEqual(result.returncode, 1)
            self.assertRegex(result.stderr, r"needs 10\.\d MB, but .* has only 8\.\d+ MB free")
            self.assertEqual([name for name in os.listdir(os.path.dirname(store))], [])

    def test_a_full_disk_does_not_disturb_a_store_that_has_its_space(self):
        store = self.mount("11m")
        begun = farm.start(3, store, *ARGUMENTS, "seconds=0.05")
        farm.wait_for(lambda: os.path.exists(store) and len(farm.done_runs(store)) > 2)
        with open(os.path.join(os.path.dirname(store), "filler"), "wb") as filler:
            try:
                while True:
                    filler.write(bytes(1 << 16))
                    filler.flush()
            except OSError:
                pass
        out, err = begun.communicate(timeout=60)
        self.assertEqual(begun.returncode, 0, err)
        self.assertIn("log.jsonl: is not complete", out)
        self.assert_same_content(store, self.reference)

    def test_a_sparse_store_on_a_full_disk(self):
        # A store that was copied with holes, as many tools do, to a disk that has not enough space for all of it.
        first = farm.start(0, self.store, *ARGUMENTS, "seconds=0.2")
        farm.wait_for(lambda: os.path.exists(self.store) and len(farm.done_runs(self.store)) > 2)
        farm.kill_everything(first)
        small = self.mount("6m")
        subprocess.run(["cp", "--sparse=always", self.store, small], check=True)
        result = farm.run(3, small, *ARGUMENTS)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"still needs .* of disk space, but .* has only .* free")
        # The same disk fills up while the farm writes: what it did stays, and it goes on where there is space.
        os.remove(small)
        enough = self.mount("40m")
        subprocess.run(["cp", "--sparse=always", self.store, enough], check=True)
        running = farm.start(3, enough, *ARGUMENTS, "seconds=0.1")
        farm.wait_for(lambda: len(farm.done_runs(enough)) > 4)
        subprocess.run(["mount", "-o", "remount,size=6m", os.path.dirname(enough)], check=True)
        out, err = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 1, out)
        self.assertEqual(err.count("error:"), 1, err)
        self.assertIn("cannot be written", err)
        done = farm.done_runs(enough)
        said = [int(line.split()[1]) for line in out.splitlines() if line.startswith("committed")]
        self.assertGreaterEqual(len(done), max(said))
        subprocess.run(["mount", "-o", "remount,size=40m", os.path.dirname(enough)], check=True)
        self.assertEqual(farm.run(3, enough, *ARGUMENTS).returncode, 0)
        self.assert_same_content(enough, self.reference)
        after = farm.done_runs(enough)
        self.assertTrue(all(after[run] == done[run] for run in done))


def can_mount():
    folder = tempfile.mkdtemp(prefix="pmd-disk-")
    try:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True).returncode:
            return False
        return subprocess.run(["umount", folder]).returncode == 0
    finally:
        os.rmdir(folder)


if __name__ == "__main__":
    if not shutil.which("mount") or not can_mount():
        print("skipped: this process may not mount a small file system (not root, or in a container)")
        sys.exit(farm.SKIPPED)
    farm.main()
