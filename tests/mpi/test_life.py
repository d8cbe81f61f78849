"""The life of runs: too long, deadly, hanging, failing, cut off by the time limit."""

import os
import signal
import time

import h5py

import farm


class Life(farm.FarmTest):
    def states(self):
        return list(farm.commits(self.store)["state"])

    def test_a_run_that_takes_too_long_fails(self):
        # Run 20 has cost 1.36, the mean is 1; so 0.5 s is too short for the costlier half.
        for ranks in (0, 3):
            with self.subTest(ranks=ranks):
                result = farm.run(ranks, self.store, "runs=4", "seconds=2", "run_limit=0.5", "max_failures=100")
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertIn("longer than the time limit of 0.5 s per run", result.stdout)
                self.assertEqual(self.states(), [farm.FAILED] * 4)
                with h5py.File(self.store) as store:
                    self.assertIn(b"time limit", store["runs/record"]["reason"][0])
                    self.assertEqual(list(store["runs/record"]["failure"]), [4] * 4)
                    self.assertEqual(list(store["runs/record"]["begun"]), [0] * 4)
                os.remove(self.store)

    def test_too_many_failures_stop_the_farm(self):
        for ranks in (0, 3):
            with self.subTest(ranks=ranks):
                failing = "fail=" + ",".join(str(run) for run in range(40))
                result = farm.run(ranks, self.store, failing, "max_failures=3", "seconds=0.1")
                self.assertRegex(result.stdout, r"stopped: \d+ of \d+ runs failed")
                self.assertEqual(result.returncode, 75)
                failed = self.states().count(farm.FAILED)
                self.assertGreater(failed, 3)
                self.assertLess(failed, 10)
                os.remove(self.store)

    def test_a_deadly_run_does_not_stop_the_others_for_ever(self):
        reference = os.path.join(self.folder, "reference.h5")
        self.assertEqual(farm.run(0, reference, "runs=8").returncode, 0)
        for ranks in (0, 3):
            with self.subTest(ranks=ranks):
                deaths = 0
                while True:
                    result = farm.run(ranks, self.store, "runs=8", "die=6", "seconds=0.05")
                    if result.returncode in (0, 3, 75):
                        break
                    deaths += 1
                    self.assertLess(deaths, 10)
                self.assertEqual(deaths, 5)
                self.assertEqual(result.returncode, 3)
                self.assertEqual(self.states(), [farm.DONE] * 6 + [farm.FAILED] + [farm.DONE])
                with h5py.File(self.store) as store:
                    self.assertIn(b"5 farms were killed", store["runs/record"]["reason"][6])
                self.assertEqual(farm.run(ranks, self.store, "runs=8", "retry=1").returncode, 0)
                self.assert_same_content(self.store, reference)
                os.remove(self.store)

    def test_a_worker_that_does_not_answer_is_given_up(self):
        process = farm.start(3, self.store, "runs=20", "hang=6", "seconds=0.05", "timeout=3")
        code, out, err = farm.end_of(process)
        self.assertIn(code, (75, None), out + err)
        self.assertIn("has not answered for", out)
        self.assertEqual(self.states().count(farm.DONE), 19)
        self.assertEqual(self.states()[6], farm.PENDING)
        self.assertEqual([event["event"] for event in farm.journal(self.store)].count("lost"), 1)
        self.assertEqual(farm.run(3, self.store, "runs=20").returncode, 0)

    def test_a_deadly_run_that_was_saved_once_is_found_out_too(self):
        open(self.store + ".run-6.checkpoint", "w").close()
        codes = [farm.run(3, self.store, "runs=8", "die=6", "seconds=0.05").returncode for _ in range(6)]
        self.assertEqual(codes[-1], 3, codes)
        self.assertTrue(all(code not in (0, 3, 75) for code in codes[:-1]), codes)

    def test_a_hanging_worker_does_not_outlast_the_time_limit(self):
        begin = time.time()
        process = farm.start(3, self.store, "runs=20", "hang=6", "seconds=0.05", "limit=12")
        code, out, err = farm.end_of(process)
        self.assertIn(code, (75, None), out + err)
        self.assertLess(farm.journal(self.store)[-1]["time"] - begin, 20)
        # What waited for the hanging worker is left, too.
        self.assertGreater(self.states().count(farm.DONE), 5)

    def test_a_stopped_idle_worker_does_not_keep_the_farm_from_ending(self):
        process = farm.start(4, self.store, "runs=2", "seconds=3", "timeout=1000")
        farm.wait_for(lambda: len(farm.ranks_of(process)) == 4 and os.path.exists(self.store + ".log.jsonl") and
                      [event["event"] for event in farm.journal(self.store)].count("assign") == 2)
        busy = [event["worker"] for event in farm.journal(self.store) if event["event"] == "assign"]
        idle = ({1, 2, 3} - set(busy)).pop()
        os.kill(farm.ranks_of(process)[idle], signal.SIGSTOP)
        code, out, err = farm.end_of(process)
        self.assertEqual(self.states(), [farm.DONE] * 2, out + err)
        self.assertIn(code, (0, None), out + err)

    def test_a_worker_that_stood_still_does_nothing_twice(self):
        process = farm.start(3, self.store, "runs=8", "seconds=1.5", "timeout=2")
        farm.wait_for(lambda: os.path.exists(self.store + ".log.jsonl") and
                      [event["event"] for event in farm.journal(self.store)].count("assign") >= 4)
        rank = farm.ranks_of(process)[1]
        os.kill(rank, signal.SIGSTOP)
        farm.wait_for(lambda: "lost" in [event["event"] for event in farm.journal(self.store)])
        os.kill(rank, signal.SIGCONT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, out + err)
        ended = [event["run"] for event in farm.journal(self.store) if event["event"] == "done"]
        self.assertEqual(sorted(ended), list(range(8)))

    def test_a_pause_of_all_is_nobodys_fault(self):
        process = farm.start(3, self.store, "runs=6", "seconds=1", "timeout=3")
        farm.wait_for(lambda: os.path.exists(self.store) and len(farm.done_runs(self.store)) > 0)
        ranks = farm.ranks_of(process)
        for rank in ranks:
            os.kill(rank, signal.SIGSTOP)
        time.sleep(6)
        for rank in ranks:
            os.kill(rank, signal.SIGCONT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, out + err)
        self.assertNotIn("lost", [event["event"] for event in farm.journal(self.store)])

    def test_failed_runs_are_retried_in_turn(self):
        farm.run(0, self.store, "runs=4", "fail=0,1,2,3", "max_failures=100")
        # The first that is tried fails again and stops the farm; the next farm begins with another.
        tried = []
        for _ in range(4):
            farm.run(0, self.store, "runs=4", "fail=0,1,2,3", "max_failures=0", "retry=1")
            tried.append(farm.journal(self.store)[-3]["run"])
        self.assertEqual(sorted(tried), [0, 1, 2, 3])

    def test_the_time_limit_ends_a_farm_and_costs_no_attempt(self):
        reference = os.path.join(self.folder, "reference.h5")
        self.assertEqual(farm.run(0, reference).returncode, 0)
        for ranks in (0, 3):
            with self.subTest(ranks=ranks):
                begin = time.monotonic()
                result = farm.run(ranks, self.store, "seconds=0.8", "limit=8")
                self.assertLess(time.monotonic() - begin, 20)
                self.assertEqual(result.returncode, 75, result.stdout + result.stderr)
                self.assertIn("time limit", result.stdout)
                states = self.states()
                self.assertGreater(states.count(farm.DONE), 0)
                self.assertEqual(set(states), {farm.DONE, farm.PENDING})
                with h5py.File(self.store) as store:
                    self.assertEqual(sum(store["runs/record"]["begun"]), 0)
                self.assertEqual(farm.run(ranks, self.store).returncode, 0)
                self.assert_same_content(self.store, reference)
                self.assertEqual(set(farm.commits(self.store)["attempt"]), {1})
                os.remove(self.store)


if __name__ == "__main__":
    farm.main()
