"""What one worker cannot do others do; and who is to blame when a farm is killed."""

import os
import signal
import time

import farm

IN_FLIGHT = 1 << 31


class BadNodes(farm.FarmTest):
    def reference(self, *arguments):
        store = os.path.join(self.folder, "reference.h5")
        self.assertEqual(farm.run(0, store, *arguments).returncode, 0)
        return store

    def events(self, name):
        return [event for event in farm.journal(self.store) if event["event"] == name]

    def test_a_worker_that_fails_in_every_run_is_benched_and_the_others_do_its_runs(self):
        result = farm.run(4, self.store, "sick=2", "seconds=0.05")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"note: worker 2 \(rank 2 on .+\) gets no more runs, others do them: .*libm")
        self.assertEqual([(event["worker"], event["ranks"]) for event in self.events("benched")], [(2, [2])])
        self.assertEqual({event["worker"] for event in self.events("troubled")}, {2})
        # Three in a row, and what it had ahead, which depends on how fast the others are.
        self.assertTrue(3 <= len(self.events("troubled")) <= 10)
        self.assert_same_content(self.store, self.reference())

    def test_a_last_run_that_failed_with_the_first_worker_is_done_by_another(self):
        result = farm.run(3, self.store, "runs=1", "sick=1", "seconds=0.05")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        # The other one may have been there first.
        self.assertLessEqual({event["worker"] for event in self.events("troubled")}, {1})
        self.assertEqual(list(farm.commits(self.store)["state"]), [farm.DONE])

    def test_a_worker_that_cannot_write_is_benched(self):
        arguments = ("runs=24", "kx=512", "ky=512", "seconds=0.1")
        reference = self.reference(*arguments[:3])
        limited = 'if [ "$OMPI_COMM_WORLD_RANK" = 3 ]; then ulimit -f 1000; fi; exec "$@"'
        result = farm.run(4, self.store, *arguments, wrapper=["sh", "-c", limited, "sh"])
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"worker 3 \(rank 3 on .*cannot be written")
        self.assert_same_content(self.store, reference)

    def test_most_workers_failing_alike_stop_the_farm(self):
        result = farm.run(4, self.store, "sick=1,3", "seconds=0.05")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("2 of 3 workers cannot go on", result.stderr)
        # Nothing counts as failed because of that.
        self.assertEqual(set(farm.commits(self.store)["state"]) - {farm.DONE}, {farm.PENDING})
        self.assertEqual(farm.run(4, self.store).returncode, 0)
        self.assert_same_content(self.store, self.reference())

    def test_a_run_that_finds_no_memory_anywhere_fails_with_its_reason(self):
        for ranks in (0, 2, 4):
            with self.subTest(ranks=ranks):
                result = farm.run(ranks, self.store, "runs=12", "memory=5", "seconds=0.02")
                self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
                self.assertRegex(result.stdout, "failed 5: not enough memory on ")
                self.assertNotIn("gets no more runs", result.stdout)
                states = list(farm.commits(self.store)["state"])
                self.assertEqual(states, [farm.FAILED if run == 5 else farm.DONE for run in range(12)])
                self.assertEqual(len({event["worker"] for event in self.events("troubled")}), 2 if ranks == 4 else 0)
                for name in self.files():
                    os.remove(os.path.join(self.folder, name))
                os.remove(self.store + ".log.jsonl")


class Blame(farm.FarmTest):
    def begun(self):
        return [int(begun) for begun in farm.commits(self.store)["begun"]]

    def start_and_wait(self, ranks=4, seconds=20):
        process = farm.start(ranks, self.store, "runs=8", f"seconds={seconds}")
        farm.wait_for(lambda: os.path.exists(self.store) and sum(b > 0 for b in self.begun()) == max(ranks - 1, 1))
        return process

    def test_a_preempted_farm_charges_nobody(self):
        for ranks in (0, 4):
            with self.subTest(ranks=ranks):
                process = self.start_and_wait(ranks)
                # As a batch system does it: first a warning, then the end.
                for pid in farm.ranks_of(process) if ranks else [process.pid]:
                    os.kill(pid, signal.SIGTERM)
                farm.wait_for(lambda: set(self.begun()) == {0}, 5)
                farm.kill_everything(process)
                self.assertEqual(set(self.begun()), {0})
                os.remove(self.store)

    def test_mpirun_that_is_preempted_charges_nobody(self):
        # A second later it kills its ranks: until then each must have looked up from its run.
        process = self.start_and_wait(seconds=6)
        process.send_signal(signal.SIGTERM)
        farm.end_of(process)
        self.assertEqual(set(self.begun()), {0})

    def test_a_farm_killed_without_a_warning_leaves_its_runs_marked(self):
        process = self.start_and_wait()
        farm.kill_everything(process)
        self.assertEqual(sorted(self.begun()), [0] * 5 + [1 + IN_FLIGHT] * 3)
        process = farm.start(0, self.store, "runs=8", "seconds=20")
        farm.wait_for(lambda: any(b > IN_FLIGHT for b in self.begun()) and len(set(self.begun())) == 3)
        farm.kill_everything(process)
        # The one that is begun first died twice now, the others once.
        self.assertEqual(sorted(self.begun()), [0] * 5 + [1, 1, 2 + IN_FLIGHT])


if __name__ == "__main__":
    farm.main()
