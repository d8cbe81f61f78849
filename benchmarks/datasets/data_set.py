"""A data set of the paper, computed and made into what networks learn from; benchmarks/datasets/run makes all of them."""

import re
import subprocess
import time

from programs import ENVIRONMENT, Failed, Interrupted, wait_for_lock

# What recipes see (configs/recipes, and configs/experiments for the data), of configs/representations.
REPRESENTATIONS = {
    "base": ["paper", "quadrant", "share", "share_root", "share_root_plane", "share_plane", "dp_dkx_root", "dp_dkx_log",
             "share_root_network", "share_root_network_plane"],
    "base_interpolated": ["paper"],
    "cep": ["paper", "share_root", "share_root_network"],
    "angle": ["paper", "share_root_plane", "share_root_network_plane"],
    "general": ["paper", "share_root_plane"],
    **{name: ["paper", "share", "share_plane", "share_root_network"] for name in ("large_r", "heh", "focal_averages")},
}
UPRIGHT = ["paper", "share", "share_plane"]  # of the others
SEED_OF_TESTS = 77
RUNS_OF_AVERAGE = 10     # configs/datasets/focal.yaml
INTERPOLATED = 10        # to each computed average, as in the paper
MADE = 60                # to each average that only tests, as the paper's 6000
INTERPOLATED_BASE = 1.75  # to each run of base, 5250 to 3000, for direct comparison
FEWEST_BETWEEN = 10      # to interpolate between
FAILED_RUNS = 3          # exit code of tdse_farm


def size(file):
    return file.stat().st_size if file.exists() else 0


def size_text(number):
    return f"{number / 1e9:.2f} GB" if number >= 1e9 else f"{number / 1e6:.1f} MB"


def representations(images_file):
    return REPRESENTATIONS.get(images_file.stem.removesuffix("-images"), UPRIGHT)


class DataSet:
    def __init__(self, name, options, programs, progress):
        self.name, self.options, self.programs, self.progress = name, options, programs, progress
        self.output = options.output
        self.known = progress.of(name)
        self.store = self.file()
        self.averaged = name in ("focal", "focal_tests")
        # One average needs its ten runs.
        self.runs = max(options.runs, RUNS_OF_AVERAGE) if options.runs and self.averaged else options.runs
        self.arguments = ["--dataset", name, "--preset", options.preset]
        if name == "focal_tests":
            self.arguments[1:2] = ["focal", "--seed", SEED_OF_TESTS]
        if self.runs:
            self.arguments += ["--runs", self.runs]

    def file(self, ending=""):
        return self.output / f"{self.name}{ending}.h5"

    def estimate(self):
        """Rows, bytes and expected seconds of all, from the first steps of a run."""
        wanted = [self.options.preset, self.runs]
        if self.known.get("estimated_for") == wanted:
            return
        folder = self.output
        while not folder.exists():
            folder = folder.parent
        farm = [self.programs.bin / "tdse_farm", *self.arguments, "--store", folder / self.store.name, "--dry-run"]
        done = subprocess.run([str(part) for part in farm], env=ENVIRONMENT, capture_output=True, text=True)
        rows = re.search(r"^runs: +(\d+)", done.stdout, re.MULTILINE)
        bytes_ = re.search(r"^store size: +([\d.]+) (\w+)", done.stdout, re.MULTILINE)
        hours = re.search(r"about ([\d.]+) core-hours", done.stdout)
        if done.returncode != 0 or not rows or not bytes_:
            raise Failed(f"{self.name}: {done.stderr.strip() or 'tdse_farm --dry-run was not understood'}")
        scale = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}[bytes_[2]]
        self.known.update(estimated_for=wanted, rows=int(rows[1]), store_bytes=float(bytes_[1]) * scale,
                          expected_seconds=3600 * float(hours[1]) if hours else 0)

    @property
    def rows(self):
        return self.known["rows"]

    @property
    def expected_seconds(self):
        return self.known["expected_seconds"]

    def counts(self):
        """Runs done and failed."""
        info = self.programs.json("info", self.store) if self.store.exists() else None
        return (info["runs"]["done"], info["runs"]["failed"]) if info else (0, 0)

    def complete(self):
        return self.known.get("complete") == {"rows": self.rows, "preset": self.options.preset}

    def removed(self):
        """With --compact, in this call or an earlier one."""
        return self.known.get("removed", False) and not self.store.exists()

    def images(self, source):
        """(images file, command, source)"""
        file = source.with_name(source.stem + "-images.h5")
        wanted = [word for name in representations(file) for word in ("--representation", name)]
        return file, self.programs.store_tool("images", source, file, *wanted, "--threads", self.options.processes), source

    def products(self):
        """(file, command, source) of what is made of the store, in order."""
        tool = self.programs.store_tool

        def to_learn(source):
            compact = source.with_name(source.stem + "-compact.h5")
            return [self.images(source),
                    (compact, tool("export", source, compact, "--compact", "--threads", self.options.processes), source)]

        if not self.averaged:
            further = []
            if self.name == "base" and self.rows >= FEWEST_BETWEEN:
                interpolated = self.file("_interpolated")
                more = ["--images", self.rows + round(self.rows * INTERPOLATED_BASE)]
                further = [(interpolated, tool("interpolate", self.store, interpolated, *more), self.store),
                           self.images(interpolated)]
            return to_learn(self.store) + further
        computed, averages = self.file("_computed"), self.file("_averages")
        count = self.rows // RUNS_OF_AVERAGE
        every = [(computed, tool("average", self.store, computed, "--skip-incomplete"), self.store)]
        if self.name == "focal_tests":
            return every + self.made_between(computed, count)
        if count < FEWEST_BETWEEN:
            return every + to_learn(computed) + to_learn(self.store)[1:]
        images = ["--images", count * (1 + INTERPOLATED)]
        every += [(averages, tool("interpolate", computed, averages, *images), computed)]
        between = ["--between", self.store]
        if base := self.complete_runs_of("base"):
            between += ["--between", base]
        from_runs = self.file("_from_runs")
        further = [(from_runs, tool("interpolate", computed, from_runs, *images, *between, "--memory", 2048), computed)]
        return every + to_learn(averages) + to_learn(self.store)[1:] + further + to_learn(from_runs)

    def made_between(self, computed, count):
        """These averages for tests only, and others made of runs that they have no part in."""
        focal, base = self.complete_runs_of("focal"), self.complete_runs_of("base")
        if not focal or min(count, self.progress.of("focal")["rows"] // RUNS_OF_AVERAGE) < FEWEST_BETWEEN:
            return []
        made = self.passing()
        between = [word for store in (focal, base) if store for word in ("--between", store)]
        return [(made, self.programs.store_tool("interpolate", computed, made, "--images", count * (1 + MADE), "--test-fraction", 1, *between,
                                                "--memory", 2048), computed), self.images(made)]

    def passing(self):
        """What is there only until its images file is."""
        return self.output / "focal_made.h5" if self.name == "focal_tests" else None

    def complete_runs_of(self, name):
        """The runs of another set, if they are complete, for averages made between single runs."""
        known = self.progress.of(name)
        ended = known.get("done", 0) + known.get("failed", 0)
        if known.get("estimated_for", [None])[0] != self.options.preset or ended < known["rows"]:
            return None
        return next((file for ending in ("", "-compact") if (file := self.output / f"{name}{ending}.h5").exists()), None)

    def runs_that_count(self, name):
        """How many runs another set has to make something of, and which, if it was computed more than once."""
        known = self.progress.of(name)
        if not self.complete_runs_of(name):
            return 0
        return f"{known['done']}, begun {known['begun']:.0f}" if "begun" in known else known.get("done", 0)

    def stamp(self, file, done):
        """What a file was made of; if that changes, it is made again."""
        others = {"focal_from_runs": ["base"], "focal_made": ["focal", "base"]}
        sources = next((names for stem, names in others.items() if file.stem.startswith(stem)), [])
        parts = [done, *(self.runs_that_count(name) for name in sources)]
        if file.stem.endswith("-images"):
            parts += representations(file)
        return parts if len(parts) > 1 else done

    def compute(self, report):
        if self.removed():
            if not self.complete() or self.options.retry_failed:
                raise Failed(f"{self.store}: was removed when it was complete (--compact), and cannot be continued; give "
                             "another --output, or --runs and --preset as they were")
            return
        if not self.store.exists():
            self.known.update(processor_seconds=0.0, made={}, begun=time.time())
            for key in ("complete", "done", "failed"):
                self.known.pop(key, None)
        if self.complete() and not self.options.retry_failed:
            return
        with open(self.output / f"{self.name}.log", "a") as log:
            self.farm_to_the_end(log, report)
            if self.options.retry_failed and self.counts()[1] > 0:
                self.farm_to_the_end(log, report, "--retry-failed")

    def farm_to_the_end(self, log, report, *more):
        while True:
            before = self.counts()
            code = self.run_farm(log, report, more)
            if code in (0, FAILED_RUNS):
                return
            # What killed the farm may have passed; if it comes again before anything is done, it will not.
            if self.counts() == before:
                raise Failed(f"{self.name}: the farm ended with exit code {code}; see {log.name}")

    def run_farm(self, log, report, more):
        wait_for_lock(self.store)
        arguments = [*self.arguments, "--store", self.store, "--grow", *more]
        already = self.known["processor_seconds"]
        farm = self.programs.start(self.programs.farm(*arguments), log)
        next_save = next_report = 0
        while farm.poll() is None:
            # The ranks' time is gone with them: looked at often, and kept.
            self.known["processor_seconds"] = max(self.known["processor_seconds"],
                                                  already + self.programs.processor_seconds())
            if time.monotonic() >= next_save:
                self.progress.save()
                next_save = time.monotonic() + 5
            if time.monotonic() >= next_report:
                report(self)
                next_report = time.monotonic() + self.options.interval
            time.sleep(0.5)
        self.progress.save()
        if self.programs.stops:
            raise Interrupted
        return farm.returncode

    def derive(self, say, compact=True):
        """What is made of the store, unless it is there already for as many runs; without `compact` not all of it."""
        if self.removed():
            return
        done, failed = self.counts()
        self.known.update(done=done, failed=failed)
        made = self.known.setdefault("made", {})
        products = self.products()
        if self.passing() and self.passing() not in [file for file, _, _ in products]:
            say(f"{self.name}: {self.passing().name} needs {FEWEST_BETWEEN} averages, and as many of focal, complete, beside it")
        for file, command, source in products:
            stamp = self.stamp(file, done)
            if (file.exists() and made.get(file.name) == stamp) or (not compact and file in self.files()["compact"]):
                continue
            if file == self.passing() and self.made_of(file, done):
                continue
            say(f"{self.name}: {file.name}")
            file.unlink(missing_ok=True)
            with open(self.output / f"{self.name}.log", "a") as log:
                wait_for_lock(file)
                code = self.programs.run(command, log)
            if code != 0:
                raise Failed(f"{file}: was not made (exit code {code}); see {log.name}")
            # What is made of this one is made again.
            made[file.name] = stamp
            for other, _, of in self.products():
                if of == file:
                    made.pop(other.name, None)
            self.progress.save()
        if (passing := self.passing()) and passing.exists() and self.made_of(passing, done):
            passing.unlink()
        if not compact:
            return
        self.known.update(complete={"rows": self.rows, "preset": self.options.preset},
                          bytes={kind: sum(size(file) for file in files) for kind, files in self.files().items()})
        self.progress.save()

    def made_of(self, source, done):
        """Whether all is there that is made of it."""
        return all(file.exists() and self.known["made"].get(file.name) == self.stamp(file, done)
                   for file, _, of in self.products() if of == source)

    def files(self):
        products = [file for file, _, _ in self.products() if file != self.passing()]
        return {"store": [self.store], "images": [file for file in products if file.stem.endswith("-images")],
                "compact": [file for file in products if file.stem.endswith("-compact")],
                "derived": [file for file in products if not file.stem.endswith(("-images", "-compact"))]}

    def remove_store(self, say):
        """Only when there are an images file and a compact store, and both hold."""
        files = self.files()
        removable = [file for file in files["store"] + files["derived"] if file.exists()]
        if not removable or not files["images"] or not files["compact"]:
            return
        for file in files["images"] + files["compact"]:
            verified = self.programs.json("verify", file)
            if verified is None or any(one["check"] == "checksum" for one in verified["findings"]):
                raise Failed(f"{file}: is damaged, so that {self.store} stays; remove it, and it is made again")
        self.known["removed"] = True
        self.progress.save()
        for file in removable:
            say(f"{self.name}: {file.name} removed, {size_text(size(file))}")
            file.unlink()
