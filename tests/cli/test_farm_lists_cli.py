"""tdse_farm with a list of data sets: one store after another, stopped, continued, in parts."""

import json
import os
import shutil
import signal
import time

import h5py
import numpy

from farms import DATASET, PRESET, FarmCliTest, farm


class Lists(FarmCliTest):
    def test_a_list_of_data_sets(self):
        sets = self.folder / "sets.yaml"
        more = self.folder / "more.yaml"
        more.write_text(DATASET.replace("few", "more").replace("seed: 3", "seed: 4"))
        sets.write_text(f"sets: [{self.dataset}, {more}]\n")
        stores = self.folder / "data"
        for ranks in (3, 0):
            result = self.farm("--runs", 3, dataset=sets, store=stores, ranks=ranks)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("== data set more (2 of 2)", result.stdout)
            self.assertEqual(sorted(os.listdir(stores)),
                             ["few.h5", "few.h5.log.jsonl", "more.h5", "more.h5.log.jsonl"])
            for name, dataset in ("few", self.dataset), ("more", more):
                alone = self.folder / "alone.h5"
                self.assertEqual(self.farm("--runs", 3, dataset=dataset, store=alone).returncode, 0)
                with h5py.File(stores / (name + ".h5")) as one, h5py.File(alone) as two:
                    self.assertTrue(numpy.array_equal(one["pmd"][:], two["pmd"][:]))
                    self.assertEqual(set(one["runs/record"]["state"]), {1})
                alone.unlink()
            if ranks:
                shutil.rmtree(stores)
        again = self.farm("--runs", 3, dataset=sets, store=stores)
        self.assertEqual(again.stdout.count("3 of 3 runs are done, 0 to do"), 2)
        # What is wrong with the last one shows before the first is begun.
        more.write_text(DATASET + "moer: 1\n")
        self.refuse(dataset=sets, store=self.folder / "other", says=["data set", "more.yaml", "moer"])
        self.refuse(dataset=sets, store=self.folder / "other.h5", says=["list of data sets", "expected a folder"])
        sets.write_text("sets: [few, few]\n")
        self.refuse(dataset=sets, store=self.folder / "other", says=["sets.yaml", "twice"])

    def test_a_list_is_stopped_and_continued(self):
        self.preset.write_text(PRESET.replace("time_step: 0.2", "time_step: 0.02"))
        more = self.folder / "more.yaml"
        more.write_text(DATASET.replace("few", "more").replace("runs: 5", "runs: 40"))
        sets = self.folder / "sets.yaml"
        sets.write_text(f"sets: [{self.dataset}, {more}, {self.dataset.with_name('third.yaml')}]\n")
        (self.folder / "third.yaml").write_text(DATASET.replace("few", "third"))
        arguments = self.arguments("--set", "dataset.R=[1,2]", dataset=sets, store=self.folder / "data")
        process = farm.start(3, *arguments)
        self.assertTrue(any(line.startswith("grouping") and (self.folder / "data" / "more.h5").exists()
                            for line in process.stdout))
        process.send_signal(signal.SIGUSR1)
        code, out, errors = farm.end_of(process)
        self.assertEqual(code, 75, out + errors)
        self.assertIn("the same command continues", out + errors)
        self.assertFalse((self.folder / "data" / "third.h5").exists())
        with h5py.File(self.folder / "data" / "few.h5") as store:
            self.assertEqual(set(store["runs/record"]["state"]), {1})
        result = farm.run(3, *arguments, timeout=200)
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in "few", "more", "third":
            with h5py.File(self.folder / "data" / (name + ".h5")) as store:
                self.assertEqual(set(store["runs/record"]["state"]), {1})

    def test_a_list_is_not_called_complete_when_a_worker_is_silent(self):
        for name in "first", "second", "third":
            (self.folder / (name + ".yaml")).write_text(DATASET.replace("few", name).replace("runs: 5", "runs: 1"))
        sets = self.folder / "sets.yaml"
        sets.write_text("sets: [" + ", ".join(str(self.folder / (name + ".yaml"))
                                              for name in ("first", "second", "third")) + "]\n")
        self.preset.write_text(PRESET.replace("time_step: 0.2", "time_step: 0.005"))
        process = farm.start(3, *self.arguments(dataset=sets, store=self.folder / "data"))
        log = self.folder / "data" / "first.h5.log.jsonl"
        names = []
        while names.count("ready") < 2 or "assign" not in names:
            self.assertIsNone(process.poll())
            time.sleep(0.05)
            events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
            names = [event["event"] for event in events]
        busy = next(event["worker"] for event in events if event["event"] == "assign")
        os.kill(farm.ranks_of(process)[3 - busy], signal.SIGSTOP)
        code, out, errors = farm.end_of(process)
        self.assertNotEqual(code, 0, out + errors)
        self.assertIn("the same command continues", out + errors)
        self.assertFalse((self.folder / "data" / "third.h5").exists())

    def test_dry_run_and_part_of_a_list(self):
        sets = self.folder / "sets.yaml"
        sets.write_text(f"sets: [{self.dataset}]\n")
        stores = self.folder / "new" / "data"
        result = self.farm("--dry-run", dataset=sets, store=stores)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("disk space:", result.stdout)
        self.assertFalse(stores.parent.exists())
        self.assertEqual(self.farm("--part", "2/2", dataset=sets, store=stores).returncode, 0)
        with h5py.File(stores / "few.h5") as store:
            self.assertEqual(list(store["run"]), [1, 3])
        (self.folder / "few").mkdir()
        shutil.copy(self.dataset, self.folder / "few" / "few.yaml")
        sets.write_text(f"sets: [{self.dataset}, {self.folder}/few/few.yaml]\n")
        self.refuse(dataset=sets, store=self.folder / "other", says=["would share the store"])


if __name__ == "__main__":
    farm.main()
