"""The part laws of benchmarks/explanations/run: tables of what networks make of fringes at wrong distances, pairs of cells, rings and halves."""

import re
import statistics

from trainings import once, read_csv, read_json, run

# The columns of the paper's Table I.
ABROAD = ["large_r", "angle", "cep", "heh", "focal_averages"]


def values(folder):
    """What pmd_train explain --laws has measured."""
    return {(line["law"], line["at"]): float(line["value"]) for line in read_csv(folder / "laws.csv")}


def ranks(values):
    """From 0; equal ones share the mean of theirs."""
    return [(sum(other < value for other in values) + sum(other <= value for other in values) - 1) / 2 for value in values]


def correlation(a, b):
    means = statistics.mean(a), statistics.mean(b)
    products = [sum((x - means[0]) ** 2 for x in a), sum((y - means[1]) ** 2 for y in b)]
    return sum((x - means[0]) * (y - means[1]) for x, y in zip(a, b)) / (products[0] * products[1]) ** 0.5


def within(values, groups):
    """Without the means of the groups."""
    means = {group: statistics.mean(v for v, g in zip(values, groups) if g == group) for group in groups}
    return [value - means[group] for value, group in zip(values, groups)]


def errors_of(benchmark, model, abroad):
    """Of R on its own tests, and on data of kinds that it has not learned from."""
    every = [read_json(model / "metrics.json")["targets"]["R"]["mae"]]
    for name in abroad:
        words = ["evaluate", "--model", model, "--store", benchmark.store(name), "--force"]
        text = once(benchmark.path(f"{model.name}-{name}", *words, ending=".txt"), lambda: run("pmd_train", *words))
        every.append(float(re.search(r"test MAE\s+([0-9.]+)", text)[1]))
    return every


def tables(benchmark):
    options, data = benchmark.options, benchmark.data
    models = [(recipe, seed) for recipe in ["best_network", "additive", "quick", "paper"] for seed in options.seeds]
    abroad = [name for name in ABROAD if any((data / f"{name}{end}.h5").exists() for end in ("", "-images"))]
    rows, found, errors = [], {}, {}
    for recipe, seed in models:
        model = benchmark.network(recipe, seed)
        folder = benchmark.made(f"laws-{recipe}-seed{seed}", "explain", "--model", model, "--input", data / "sensitivity.h5", "--method",
                                "integrated_gradients", "--steps", 4, "--runs", options.images, "--laws", by="laws.csv")
        name = f"{recipe}, seed {seed}"
        found[name] = law = values(folder)
        errors[name] = errors_of(benchmark, model, abroad)
        rows.append([name, *(f"{error:.3f}" for error in errors[name]),
                     f"{law['fringes along', 'slope']:.3f}", f"{law['fringes across', 'slope']:.3f}",
                     *(f"{law['response mean', p]:.2f}, {law['response r.m.s. deviation', p]:.2f}" for p in ["R", "intensity"]),
                     f"{law['half hidden', '']:.3f}, {law['difference of halves', '']:.3f}"])
    benchmark.table(["network", "MAE of R", *abroad, "pull along", "across", "dR̂/dR: mean, deviation", "dR̂/dI",
                     "half hidden: effect, difference"], rows)
    print("Rank correlation, over these networks, of what breaks a law with errors; in brackets of what is left without the recipes' means\n")
    recipes = [recipe for recipe, _ in models]
    broken = [("response r.m.s. deviation", "R"), ("response r.m.s. deviation", "intensity"), ("difference of halves", ""),
              ("fringes across", "slope"), ("ring", "1 to 1.5")]
    benchmark.table(["law", "MAE of R", *abroad],
                    [[f"{name} {at}", *(f"{correlation(ranks(size), ranks(column)):.2f} "
                                        f"({correlation(ranks(within(size, recipes)), ranks(within(column, recipes))):.2f})"
                                        for column in zip(*errors.values()))]
                     for name, at in broken for size in [[abs(v[name, at]) for v in found.values()]]])
    # All have measured the same.
    shifts = sorted({float(at) for name, at in law if name == "fringes across" and at != "slope"})
    benchmark.table(["R' - R", *found],
                    [[f"{shift:g}", *(f"{v['fringes along', f'{shift:g}']:.3f}, {v['fringes across', f'{shift:g}']:.3f}"
                                      for v in found.values())] for shift in shifts])
    pairs = [at for name, at in law if name == "pairs of cells"]
    print("What one cell does, and two together, a.u.\n")
    benchmark.table(["network", "one cell", *pairs],
                    [[name, f"{v['single cell', '']:.3g}", *(f"{v['pairs of cells', at]:.3g}" for at in pairs)]
                     for name, v in found.items()])
    rings = [at for name, at in law if name == "ring"]
    benchmark.table(["k/2√Up", "pixels", *found],
                    [[ring, f"{100 * law['pixels of ring', ring]:.1f} %", *(f"{v['ring', ring]:.3f}" for v in found.values())]
                     for ring in rings])
