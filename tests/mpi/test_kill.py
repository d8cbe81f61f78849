"""SIGKILL for all processes at random moments: nothing committed is lost, and the end is as if nothing had happened."""

import os
import random
import signal
import time

import farm

SEED = 20240601


class Kill(farm.FarmTest):
    def check(self, ranks, arguments, kills, commits, longest, slowly=(), kill=farm.kill_everything):
        """Kills farm after farm, each a random number of commits (below `commits`) and a random time (below
        `longest` seconds) after its start, then lets one finish. Only what is to be killed takes its time
        (`slowly`). Returns how many were killed before they could end."""
        reference = os.path.join(self.folder, "reference.h5")
        self.assertEqual(farm.run(0, reference, *arguments).returncode, 0)
        random_numbers = random.Random(SEED)
        known, killed = {}, 0
        for _ in range(kills):
            process = farm.start(ranks, self.store, *arguments, *slowly)
            lines = [process.stdout.readline() for _ in range(random_numbers.randrange(commits))]
            time.sleep(random_numbers.uniform(0, longest))
            if process.poll() is not None:
                process.communicate()
                self.assertEqual(process.returncode, 0)
                break
            lines += kill(process).splitlines()
            said = [int(line.split()[1]) for line in lines if line.strip()]
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

    # A kill comes after at most 3 reports (of 1 or more commits each) and the time of a few more, so that the runs
    # last for all kills on any machine.

    def test_while_writing(self):
        # Nothing but writes of 2 MB: most kills hit slabs or commits.
        self.assertEqual(self.check(3, ("runs=500", "kx=1024", "ky=512"), kills=90, commits=3, longest=0.02), 90)

    def test_a_single_rank(self):
        # Open MPI then ends the others.
        random_numbers = random.Random(SEED)

        def kill(process):
            farm.wait_for(lambda: farm.ranks_of(process))
            ranks = farm.ranks_of(process)
            os.kill(random_numbers.choice(ranks), signal.SIGKILL)
            code, out, _ = farm.end_of(process)
            self.assertNotEqual(code, 0)
            return out

        self.assertEqual(self.check(4, ("runs=1500", "kx=64", "ky=64"), kills=30, commits=3, longest=0.1,
                                    slowly=("seconds=0.1",), kill=kill), 30)

    def test_while_solving(self):
        self.assertEqual(self.check(4, ("runs=150",), kills=15, commits=3, longest=0.5, slowly=("seconds=0.2",)), 15)

    def test_during_set_up(self):
        self.assertEqual(self.check(2, ("runs=500", "kx=16", "ky=16"), kills=20, commits=1, longest=0.75,
                                    slowly=("seconds=0.05",)), 20)


if __name__ == "__main__":
    farm.main()
