"""pmd_store beside a farm at work, and on its stores: looking, merging, sealing."""

import json
import os
import signal
import subprocess

import h5py

import farm

PMD_STORE = os.environ["PMD_STORE"]


def pmd_store(*arguments):
    return subprocess.run([PMD_STORE, *map(str, arguments)], capture_output=True, text=True, timeout=60)


class Live(farm.FarmTest):
    def test_looking_at_a_store_that_a_farm_is_writing(self):
        process = farm.start(4, self.store, "runs=150", "seconds=0.1", "fail=3,50,100")
        # The output is small: it fits the pipe while nobody reads it.
        seen, looks = [], 0
        while process.poll() is None:
            if not os.path.exists(self.store):
                continue
            for command in ("info", "verify", "failures"):
                result = pmd_store(command, self.store, "--json")
                # The pretended runs are no physics, but nothing may look damaged.
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                report = json.loads(result.stdout)
                if command == "info":
                    seen.append(report["runs"]["done"])
                if command == "verify":
                    self.assertEqual(report["errors"], 0, report["findings"])
                looks += 1
        process.communicate()
        self.assertEqual(process.returncode, 3)
        self.assertEqual(seen, sorted(seen))
        self.assertTrue(any(0 < done < 147 for done in seen), seen)
        print(f"{looks} looks while the farm was at work, {len(set(seen))} different states", flush=True)
        report = json.loads(pmd_store("failures", self.store, "--json").stdout)
        self.assertEqual([run["run"] for run in report["failed"]], [3, 50, 100])
        self.assertIn("pretended to fail", report["failed"][0]["reason"])

    def stopped_farm(self, *arguments):
        process = farm.start(0, self.store, *arguments)
        farm.wait_for(lambda: os.path.exists(self.store) and len(farm.done_runs(self.store)) >= 3)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate()
        self.assertEqual(process.returncode, 75, errors)

    def test_the_same_farm_goes_on_with_a_merged_store(self):
        arguments = ("runs=60", "seconds=0.1")
        reference, merged = os.path.join(self.folder, "reference.h5"), os.path.join(self.folder, "merged.h5")
        self.assertEqual(farm.run(0, reference, "runs=60").returncode, 0)
        self.stopped_farm(*arguments)
        done = farm.done_runs(self.store)
        result = pmd_store("merge", merged, self.store)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f"{len(done)} done", result.stdout)
        self.assertEqual(farm.run(3, merged, *arguments).returncode, 0)
        self.assert_same_content(merged, reference)

    def test_a_farm_refuses_a_sealed_store(self):
        sealed = os.path.join(self.folder, "sealed.h5")
        self.assertEqual(farm.run(0, self.store).returncode, 0)
        self.assertEqual(pmd_store("export", self.store, sealed).returncode, 0)
        with open(sealed, "rb") as file:
            before = file.read()
        result = farm.run(2, sealed)
        self.assertEqual(result.returncode, 1)
        self.assertIn("sealed", result.stderr)
        self.assertIn("pmd_store merge", result.stderr)
        with open(sealed, "rb") as file:
            self.assertEqual(file.read(), before)
        with h5py.File(sealed) as one, h5py.File(self.store) as other:
            self.assertEqual(one["pmd"][:].tobytes(), other["pmd"][:].tobytes())


if __name__ == "__main__":
    farm.main()
