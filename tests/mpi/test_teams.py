"""Runs shared by ranks, and the journal of a farm."""

import os
import signal

import farm


class Teams(farm.FarmTest):
    def test_runs_shared_by_ranks_are_the_same(self):
        reference = os.path.join(self.folder, "reference.h5")
        self.assertEqual(farm.run(0, reference, "fail=3").returncode, 3)
        # The third number leaves a rank over.
        for ranks, each in (3, 2), (5, 2), (6, 2), (4, 3):
            with self.subTest(ranks=ranks, each=each):
                store = os.path.join(self.folder, f"{ranks}-{each}.h5")
                result = farm.run(ranks, store, f"ranks={each}", "fail=3")
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assert_same_content(store, reference)
                ready = [event["ranks"] for event in farm.journal(store) if event["event"] == "ready"]
                self.assertEqual(sorted(ready), [list(range(first, first + each))
                                                 for first in range(1, ranks - each + 1, each)])

    def test_shared_runs_are_abandoned_and_continued(self):
        process = farm.start(5, self.store, "ranks=2", "runs=6", "seconds=20", "limit=4")
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, out + err)
        self.assertIn("the time limit is reached", out)
        self.assertEqual(farm.run(3, self.store, "runs=6").returncode, 0)


class JournalOfAFarm(farm.FarmTest):
    def test_every_assignment_has_an_end(self):
        result = farm.run(3, self.store, "fail=5", "seconds=0.02", "uneven=1")
        self.assertEqual(result.returncode, 3, result.stderr)
        events = farm.journal(self.store)
        times = [event["time"] for event in events]
        self.assertEqual(times, sorted(times))
        assigned = {event["run"]: event["worker"] for event in events if event["event"] == "assign"}
        ended = {event["run"]: event["worker"] for event in events if event["event"] in ("done", "failed")}
        self.assertEqual(assigned, ended)
        self.assertEqual(sorted(assigned), list(range(40)))
        costs = [event["cost"] for event in events if event["event"] == "assign"]
        self.assertEqual(costs, sorted(costs, reverse=True), "the longest first")
        end = events[-1]
        self.assertEqual((end["event"], end["done"], end["failed"], end["unfinished"]), ("farm_end", 39, 1, 0))
        self.assertGreater(end["busy_seconds"], 0.5)

    def test_a_stopped_farm_says_what_it_left(self):
        process = farm.start(3, self.store, "seconds=0.5")
        farm.wait_for(lambda: os.path.exists(self.store) and len(farm.done_runs(self.store)) >= 2)
        process.send_signal(signal.SIGUSR1)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 75)
        events = farm.journal(self.store)
        count = {}
        for event in events:
            count[event["event"]] = count.get(event["event"], 0) + 1
        self.assertEqual(count["stop"], 1)
        self.assertEqual(count["assign"], count["done"] + count.get("returned", 0))
        self.assertEqual(count["done"], len(farm.done_runs(self.store)))
        self.assertEqual(events[-1]["unfinished"], 40 - count["done"])


if __name__ == "__main__":
    farm.main()
