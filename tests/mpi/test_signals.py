"""Stopping farms by signals, and continuing them."""

import os
import signal
import time

import farm


class Signals(farm.FarmTest):
    def setUp(self):
        super().setUp()
        self.reference = os.path.join(self.folder, "reference.h5")
        self.assertEqual(farm.run(0, self.reference).returncode, 0)

    def start_and_wait_for_some(self, ranks, *arguments):
        process = farm.start(ranks, self.store, *arguments)
        farm.wait_for(lambda: os.path.exists(self.store) and len(farm.done_runs(self.store)) >= 3)
        return process

    def finish_and_compare(self, ranks, done):
        self.assertEqual(farm.run(ranks, self.store).returncode, 0)
        self.assert_same_content(self.store, self.reference)
        after = farm.done_runs(self.store)
        for run in done:
            self.assertEqual(after[run], done[run], f"run {run} was done again")

    def check_drain(self, ranks, send):
        process = self.start_and_wait_for_some(ranks, "seconds=0.3")
        send(process)
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 75, err)
        done = farm.done_runs(self.store)
        self.assertIn(f"committed {len(done)}\n", out)
        self.assertGreaterEqual(len(done), 3)
        self.assertLess(len(done), 40)
        self.assertEqual(set(farm.commits(self.store)["state"]), {farm.PENDING, farm.DONE})
        self.finish_and_compare(ranks, done)

    def test_one_rank_finishes_its_run(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            with self.subTest(signal=number):
                self.check_drain(0, lambda process: process.send_signal(number))
                os.remove(self.store)

    def test_mpirun_passes_on_sigusr1(self):
        self.check_drain(3, lambda process: process.send_signal(signal.SIGUSR1))

    def test_sigterm_to_the_ranks(self):
        self.check_drain(3, lambda process: [os.kill(pid, signal.SIGTERM) for pid in farm.ranks_of(process)])

    def test_a_signal_to_one_worker_stops_the_farm(self):
        self.check_drain(3, lambda process: os.kill(farm.ranks_of(process)[-1], signal.SIGTERM))

    def test_a_second_signal_abandons_runs(self):
        for ranks in (0, 3):
            with self.subTest(ranks=ranks):
                process = farm.start(ranks, self.store, "runs=4", "seconds=60")
                farm.wait_for(lambda: os.path.exists(self.store))
                time.sleep(0.5)
                begin = time.monotonic()
                process.send_signal(signal.SIGUSR1)
                time.sleep(1.2)
                self.assertIsNone(process.poll(), "one signal lets runs finish")
                process.send_signal(signal.SIGUSR1)
                process.communicate(timeout=30)
                self.assertLess(time.monotonic() - begin, 15)
                self.assertEqual(process.returncode, 75)
                commits = farm.commits(self.store)
                self.assertEqual(set(commits["state"]), {farm.PENDING})
                self.assertEqual(set(commits["attempt"]), {0}, "an abandoned run is not a failed attempt")
                os.remove(self.store)

    def test_signals_in_quick_succession_are_one(self):
        process = self.start_and_wait_for_some(3, "seconds=1.5")
        time.sleep(0.3)  # the next runs have begun
        before = len(farm.done_runs(self.store))
        for _ in range(5):
            process.send_signal(signal.SIGUSR1)
            time.sleep(0.02)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 75)
        self.assertGreater(len(farm.done_runs(self.store)), before, "the running runs were to be finished")


if __name__ == "__main__":
    farm.main()
