"""Runs in flight are saved and continued: killed farms end with the same bits as one that was left alone."""

import glob
import os
import random
import shutil
import signal
import time

import farm

SEED = 20241121
DATASET = """
name: two
seed: 1
runs:
  - {molecule: H2+, R: 2, intensity_w_cm2: 3.0e14, cep: 0.3}
  - {molecule: H2+, R: 3, intensity_w_cm2: 2.0e14, angle_deg: 20}
"""
# As accurate as slow: what counts here is that a run takes seconds.
NUMERICS = ("--preset", "quick", "--set", "preset.time_step=0.05", "--set", "preset.after_pulse=[]")


class Checkpoint(farm.FarmTest):
    def setUp(self):
        super().setUp()
        self.dataset = os.path.join(self.folder, "two.yaml")
        with open(self.dataset, "w") as file:
            file.write(DATASET)

    def arguments(self, store, interval):
        return ("--dataset", self.dataset, "--store", store, "--checkpoint-interval", interval) + NUMERICS

    def checkpoints(self):
        return sorted(glob.glob(os.path.join(self.folder, "*.checkpoint")))

    def check_killed(self, ranks):
        reference = os.path.join(self.folder, "reference.h5")
        begin = time.monotonic()
        self.assertEqual(farm.run(0, *self.arguments(reference, 0)).returncode, 0)
        whole = time.monotonic() - begin
        self.assertEqual(self.checkpoints(), [])
        random_numbers = random.Random(SEED)
        interval = whole / 20
        for kill in range(4):
            process = farm.start(ranks, *self.arguments(self.store, interval))
            farm.wait_for(lambda: self.checkpoints() or process.poll() is not None)
            time.sleep(random_numbers.uniform(0, whole / 5))
            farm.kill_everything(process)
        self.assertNotEqual(self.checkpoints(), [], "killed with nothing saved")
        # What a kill during saving leaves behind does no harm.
        shutil.copy(self.checkpoints()[0], self.checkpoints()[0] + ".partial")
        result = farm.run(ranks, *self.arguments(self.store, interval))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("continued from where it had been saved", result.stdout)
        self.assert_same_content(self.store, reference)
        self.assertEqual(self.files(), ["reference.h5", "s.h5", "two.yaml"])

    def test_killed_alone(self):
        self.check_killed(0)

    def test_killed_ranks(self):
        self.check_killed(3)

    def test_states_in_a_folder_of_the_node(self):
        local = os.path.join(self.folder, "local", "mine")
        arguments = self.arguments(self.store, 0.1) + (
            "--runs", 1, "--set", "preset.time_step=0.015", "--checkpoint-folder", local)
        process = farm.start(0, *arguments)
        farm.wait_for(lambda: glob.glob(os.path.join(local, "*.checkpoint")) or process.poll() is not None)
        farm.kill_everything(process)
        self.assertEqual(self.checkpoints(), [])
        process = farm.start(0, *arguments)
        farm.wait_for(lambda: os.path.exists(self.store + ".lock"))
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        time.sleep(1.2)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, out + err)
        # Whoever goes on may be on another node.
        self.assertEqual(len(self.checkpoints()), 1)
        self.assertEqual(os.listdir(local), [])
        result = farm.run(0, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("continued from where it had been saved", result.stdout)
        self.assertEqual((self.checkpoints(), os.listdir(local)), ([], []))

    def test_abandoned(self):
        # One run, but slower than the others: it must not end between the two signals, on any machine.
        arguments = self.arguments(self.store, 0.1) + ("--runs", 1, "--set", "preset.time_step=0.01")
        process = farm.start(0, *arguments)
        farm.wait_for(lambda: self.checkpoints() or process.poll() is not None)
        process.send_signal(signal.SIGTERM)
        time.sleep(1.2)  # a second signal counts only after a second
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75)
        self.assertNotEqual(self.checkpoints(), [], "abandoned with nothing saved")
        result = farm.run(0, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("continued from where it had been saved", result.stdout)


if __name__ == "__main__":
    farm.main()
