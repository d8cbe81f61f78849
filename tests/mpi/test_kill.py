"""SIGKILL for all processes at random moments: nothing committed is lost, and the end is as if nothing had happened."""

import os
import random
import time

import farm

SEED = 20240601


class Kill(farm.FarmTest):
    def check(self, ranks, arguments, longest, kills):
        """Kills farm after farm within `longest` seconds each, then lets one finish."""
        reference = os.path.join(self.folder, "reference.h5")
        self.assertEqual(farm.run(0, reference, *arguments).returncode, 0)
        random_numbers = random.Random(SEED)
        known, killed = {}, 0
        for _ in range(kills):
            process = farm.start(ranks, self.store, *arguments)
            time.sleep(random_numbers.uniform(0, longest))
            if process.poll() is not None:
                process.communicate()
                self.assertEqual(process.returncode, 0)
                break
            said = [int(line.split()[1]) for line in farm.kill_everything(process).splitlines()]
            killed += 1
            if not os.path.exists(self.store):
                self.assertEqual((said, known), ([], {}))
                continue
            done = farm.done_runs(self.store)
            self.assertGreaterEqual(len(done), max(said, default=0), "a run was reported done and is not")
            for run, data in known.items():
                self.assertEqual(done[run], data, f"run {run} was committed and has changed")
            known = done
        print(f"{killed} kills, {len(known)} runs were done at the last", flush=True)
        result = farm.run(ranks, self.store, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_same_content(self.store, reference)
        self.assertEqual(self.files(), ["reference.h5", "s.h5"])
        return killed

    def test_while_writing(self):
        # Nothing but writes of 2 MB: most kills hit slabs or commits.
        killed = self.check(3, ("runs=60", "kx=1024", "ky=512"), longest=1.1, kills=15)
        self.assertGreater(killed, 3)

    def test_while_solving(self):
        self.assertGreater(self.check(4, ("runs=60", "seconds=0.2"), longest=1.5, kills=8), 3)

    def test_during_set_up(self):
        self.assertEqual(self.check(2, ("runs=300", "kx=16", "ky=16", "seconds=0.01"), longest=0.75, kills=12), 12)


if __name__ == "__main__":
    farm.main()
