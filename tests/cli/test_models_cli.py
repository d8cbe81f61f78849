"""Models as folders of files: read by others, damaged, of an earlier format, for other data."""
import os
import random
import struct
import subprocess
import sys
import unittest

from trainer import QUICK, ModelTest, read, read_json, run, write


class Models(ModelTest):
    def test_weights_are_read_by_a_few_lines_of_numpy(self):
        description = read_json(self.model, "model.json")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/read_weights.py")
        result = subprocess.run([sys.executable, script, self.model], capture_output=True, text=True, timeout=60)
        self.succeeds(result)
        lines = dict(line.split(": ", 1) for line in result.stdout.splitlines())
        self.assertEqual(lines["preprocessing.mean_image"].split(",")[0], "float32 (32")
        self.assertEqual(lines["block1.convolution.weight"].split(")")[0], "float32 (8, 1, 3, 3")
        self.assertEqual(int(lines["trainable numbers"]), description["parameter_count"])

    def test_every_file_that_is_read_is_checked(self):
        known = read_json(self.model, "model.json")["files"]
        self.assertEqual(sorted(known), sorted(set(os.listdir(self.model)) - {"model.json"}))
        model = self.copy_of_model()
        evaluate = ["evaluate", "--model", model, "--store", self.store]
        train = ["train", "--store", self.store, "--output", model, *QUICK]
        for name, command in [("model.json", evaluate), ("best.safetensors", evaluate),
                              ("last.safetensors", [*evaluate, "--weights", "last"]), ("metrics.json", train)]:
            path = os.path.join(model, name)
            whole = read(path, mode="rb")
            for bit in random.Random(1).sample(range(8 * len(whole)), 2):
                changed = bytearray(whole)
                changed[bit // 8] ^= 1 << bit % 8
                write(path, changed, "wb")
                self.refused(run(*command), name)
            write(path, whole, "wb")
            self.assertEqual(run(*command).returncode, 0)

    def test_models_that_cannot_be(self):
        self.refused(run("evaluate", "--model", self.path("nothing"), "--store", self.store), "nothing")
        self.refused(run("evaluate", "--model", self.folder, "--store", self.store), "model.json")
        model = self.copy_of_model()
        weights = os.path.join(model, "best.safetensors")
        size = os.path.getsize(weights)
        os.truncate(weights, size - 4)
        self.refused(run("evaluate", "--model", model, "--store", self.store), "best.safetensors", "truncated")
        with open(weights, "r+b") as file:
            file.write(struct.pack("<Q", 1 << 40))
            file.truncate(size)
        self.refused(run("evaluate", "--model", model, "--store", self.store), "best.safetensors")
        for text in ["[" * 2000000, '{"recipe":' * 2000000]:
            write(model + "/model.json", text)
            self.refused(run("evaluate", "--model", model, "--store", self.store), "model.json", "64 deep")
        write(model + "/model.json", "{}")
        self.refused(run("evaluate", "--model", model, "--store", self.store), "model.json")

    def test_models_of_format_1_are_read_and_upgraded(self):
        fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures/formats/v2")
        old, new = os.path.join(fixtures, "model"), self.path("new")
        store = os.path.join(fixtures, "images.h5")
        self.succeeds(run("upgrade", old, new))
        self.assertEqual(sorted(os.listdir(new)), sorted(["model.json", "best.safetensors", "last.safetensors",
                                                          "recipe.yaml", "predictions.csv", "card.md"]))
        for weights in ["best", "last"]:
            answers = []
            for model in [old, new]:
                output = self.path(f"{weights}-{os.path.basename(model)}")
                self.succeeds(run("evaluate", "--model", model, "--store", store, "--weights", weights, "--output", output))
                answers.append(read(output, "predictions.csv"))
            self.assertEqual(*answers)
        one, other = read_json(old, "model.json"), read_json(new, "model.json")
        self.assertEqual((one["format_version"], other["format_version"]), (1, 2))
        for key in set(one) - {"format_version", "recipe", "data"}:
            self.assertEqual(one[key], other[key], key)
        # What data sets could not say then is given its only value of then.
        self.assertLessEqual(one["data"].pop("setting").items(), other["data"]["setting"].items())
        for key in one["data"]:
            self.assertEqual(one["data"][key], other["data"][key], key)
        self.refused(run("upgrade", old, new), "is not empty")
        self.refused(run("upgrade", self.path("nothing"), self.path("n")), "nothing")

    def test_a_model_that_does_not_fit_the_store(self):
        other = self.make_store("absorber.h5", 10, 10, 3, "150")
        arguments = ["evaluate", "--model", self.model, "--store", other]
        self.refused(run(*arguments), "preset.absorber.radius (model 50, store 150)", "--force")
        forced = run(*arguments, "--force")
        self.assertEqual(forced.returncode, 0, forced.stderr)
        self.assertIn("warning: preset.absorber.radius", forced.stderr)
        pulse = self.make_store("pulse.h5", 10, 10, 3, "50", 3)
        self.refused(run("evaluate", "--model", self.model, "--store", pulse, "--force"), "dataset.pulse.cycles (model 2, store 3)")

    def test_no_cuda(self):
        result = run("evaluate", "--model", self.model, "--store", self.store, "--device", "cuda",
                     environment={"CUDA_VISIBLE_DEVICES": ""})
        self.refused(result, "--device cpu")


if __name__ == "__main__":
    unittest.main(verbosity=2)
