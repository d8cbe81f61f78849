"""What benchmarks that train many models have in common: folders that tell what is in them, results in Markdown."""

import csv
import hashlib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = pathlib.Path(os.environ.get("PMD_BIN", ROOT / "build/release/bin"))
# Of kernels, as configs/experiments has them.
KERNELS = {"angle": ["image.view=plane", "image.ky=[-1.5, 1.5]", "image.height=60", "image.exponent=0.5", "augmentation.flip_ky=true"],
           "cep": ["image.exponent=0.5", "augmentation.flip_kx=true"]}


def run(program, *arguments):
    if not (BIN / program).exists():
        sys.exit(f"{BIN / program}: not built; jobs/build release benchmarks makes it")
    command = [str(word) for word in ["nice", "-n", os.environ.get("PMD_NICE", "10"), BIN / program, *arguments]]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}")
    return done.stdout


def once(file, make):
    """The text that `make` returns, kept in a file."""
    if not file.exists():
        text = make()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return file.read_text()


def sets_of(*settings):
    return [word for setting in settings for word in ("--set", setting)]


class Trainings:
    """Each in a folder of its own in `output`, named by a digest of all that decides what comes out: the version of the programs, the
    command, and the files that it reads. What is there is not done again."""

    def __init__(self, output):
        self.output = output.resolve()
        self.output.mkdir(parents=True, exist_ok=True)
        self.version = run("pmd_train", "--version")
        self.lines = []

    @staticmethod
    def content(word):
        """What stands for a file: of data, which are large, size and time of the last change."""
        if not isinstance(word, pathlib.Path) or not word.is_file():
            return str(word)
        if word.suffix == ".h5":
            status = word.stat()
            return f"{word} {status.st_size} {status.st_mtime_ns}"
        return hashlib.sha256(word.read_bytes()).hexdigest()

    def path(self, name, *words, ending=""):
        text = "\n".join([self.version, *map(self.content, words)])
        return self.output / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}{ending}"

    def made(self, name, *words, by="metrics.json"):
        """The folder that pmd_train makes with these words; complete with the file `by`."""
        folder = self.path(name, *words)
        if not (folder / by).exists():
            print(f"{words[0]}: {folder.name} …", file=sys.stderr)
            run("pmd_train", *words, "--output", folder)
        return folder

    def print(self, text=""):
        self.lines.append(text)
        print(text, flush=True)

    def table(self, header, rows):
        for row in [header, ["---"] * len(header), *rows]:
            self.print("| " + " | ".join(row) + " |")
        self.print()

    def write(self, file):
        """What was printed since the last time."""
        file.write_text("\n".join(self.lines).rstrip("\n") + "\n")
        self.lines.clear()


def read_json(file):
    return json.loads(file.read_text())


def read_csv(file):
    with open(file, newline="") as lines:
        return list(csv.DictReader(lines))


def runs_of(file):
    """Done runs of a store or an images file."""
    found = json.loads(run("pmd_store", "info", file, "--json"))
    return found["images"] if "images" in found else found["runs"]["done"]


def rows_of(file):
    """All runs of a store, done or not."""
    return json.loads(run("pmd_store", "info", file, "--json"))["runs"]["total"]


def data_file(folder, name, endings):
    for ending in endings:
        if (file := folder / f"{name}{ending}.h5").exists():
            return file
    sys.exit(f"{folder}: has no {name}{endings[-1]}.h5; benchmarks/datasets/run makes it")
