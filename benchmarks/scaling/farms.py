"""What the scripts of this folder share: starting farms, reading their journals, tables, plots."""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BIN = os.path.join(os.environ.get("PMD_BUILD", os.path.join(ROOT, "build/release")), "bin")
CORES = len(os.sched_getaffinity(0))


def program(name):
    path = os.path.join(BIN, name)
    if not os.path.exists(path):
        sys.exit(f"error: {path} is not there; build it (jobs/build release benchmarks), or set PMD_BUILD to a folder with bin/{name}")
    return path


def run(command, environment=None):
    """Output of a command; its wall and processor time, children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    done = subprocess.run([str(part) for part in command], env=environment, stdout=subprocess.PIPE, text=True)
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with exit code {done.returncode}")
    return done.stdout, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def mpirun(ranks, name, *arguments):
    """As run(), with this many ranks of a program, more than cores if need be."""
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       OMPI_MCA_rmaps_base_oversubscribe="1")
    return run(["mpirun", "-q", "--bind-to", "none", "-n", ranks, program(name), *arguments], environment)


def simulate(*arguments):
    """The rows of bench_farm_simulation."""
    output, _, _ = run([program("bench_farm_simulation"), "--json", *arguments])
    return [json.loads(line) for line in output.splitlines()]


def master_options(costs):
    """Options of bench_farm_simulation for the costs that `capacity` measured."""
    return [f"--{key}-us={costs[key]}" for key in ("receive", "progress", "assign", "round")] + ["--latency-us=10"]


class Farm:
    """One farm of a journal: what happened after one farm_begin."""

    def __init__(self, begin):
        self.begin = begin
        self.workers = int(begin.get("workers", 0))
        self.first_assign = None
        self.done = []  # (time, worker, run, seconds)
        self.cost = {}  # of a run, as expected
        self.last = begin["time"]
        self.end = None

    def add(self, entry):
        self.last = entry["time"]
        if entry["event"] == "assign":
            self.first_assign = self.first_assign or entry["time"]
            self.cost[entry["run"]] = entry["cost"]
        elif entry["event"] == "done":
            self.done.append((entry["time"], entry["worker"], entry["run"], entry["seconds"]))
        elif entry["event"] == "farm_end":
            self.end = entry

    def summary(self):
        """From the first assignment to the last run done; `busy_s` is what the workers' own clocks say."""
        if not self.done or not self.workers:
            return None
        end = max(time for time, _, _, _ in self.done)
        wall = end - self.first_assign
        busy = sum(seconds for _, _, _, seconds in self.done)
        last = {}
        for when, worker, _, _ in self.done:
            last[worker] = max(when, last.get(worker, 0))
        first_idle = min(last.values()) if len(last) == self.workers else self.first_assign
        return {"workers": self.workers, "runs": len(self.done), "wall_s": wall, "busy_s": busy,
                "efficiency": busy / (wall * self.workers), "tail_s": end - first_idle,
                "longest_s": max(seconds for _, _, _, seconds in self.done), "mean_s": busy / len(self.done),
                "cost": sum(self.cost[run] for _, _, run, _ in self.done),
                "ended": self.end is not None}


def journal(path):
    """The farms of a journal; a half line that a killed farm left is passed over."""
    farms = []
    with open(path) as lines:
        for line in lines:
            try:
                entry = json.loads(line)
                if entry["event"] == "farm_begin":
                    farms.append(Farm(entry))
                elif farms:
                    farms[-1].add(entry)
            except (ValueError, KeyError, TypeError):
                continue
    return farms


def mean(values):
    return statistics.fmean(values)


def deviation(values):
    return statistics.stdev(values) if len(values) > 1 else 0.0


def table(title, columns, rows):
    """Markdown; `columns` are (heading, key or function, format)."""
    lines = [f"**{title}**", "", "| " + " | ".join(heading for heading, _, _ in columns) + " |",
             "| " + " | ".join("---" for _ in columns) + " |"]
    for row in rows:
        cells = [(what(row) if callable(what) else row[what], form) for _, what, form in columns]
        lines.append("| " + " | ".join(form.format(value) for value, form in cells) + " |")
    print("\n".join(lines) + "\n", flush=True)


def plot(png, curves, title, points=()):
    """Efficiency over workers: `curves` are (name, [(workers, efficiency)]), `points` the same, measured."""
    colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"]
    script = ["set terminal pngcairo size 720,440 font 'DejaVu Sans,10'", f"set output '{png}'",
              "set logscale x", "set xlabel 'workers'", "set ylabel 'parallel efficiency'", f"set title '{title}'",
              "set yrange [0:1.05]", "set grid lc rgb '#dddddd'", "set key bottom left"]
    blocks, parts = [], []
    for i, (name, data) in enumerate(curves):
        blocks.append(f"$c{i} << E\n" + "".join(f"{x} {y}\n" for x, y in data) + "E")
        parts.append(f"$c{i} with linespoints lw 2 pt 7 ps 0.6 lc rgb '{colours[i % 6]}' title '{name}'")
    for i, (name, data) in enumerate(points):
        blocks.append(f"$p{i} << E\n" + "".join(f"{x} {y}\n" for x, y in data) + "E")
        parts.append(f"$p{i} with points pt {[6, 4][i % 2]} ps 1.6 lw 2 lc rgb '#000000' title '{name}'")
    subprocess.run(["gnuplot", "--default-settings", "-"], text=True, check=True,
                   input="\n".join(script + blocks) + "\nplot " + ", ".join(parts) + "\n")


class Scratch(tempfile.TemporaryDirectory):
    """A folder for stores, gone afterwards."""

    def __init__(self):
        super().__init__(prefix="pmd-scaling-")

    def path(self, name):
        return os.path.join(self.name, name)

    def clear(self):
        for entry in os.listdir(self.name):
            path = os.path.join(self.name, entry)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
