#!/usr/bin/env python3
"""A store, its images and a network in pictures: what one would look at first, as a script to take from.

    PYTHONPATH=python python/gallery.py STORE.h5 FOLDER [--images IMAGES.h5 [--model MODEL]]

Needs h5py, NumPy and Matplotlib, for a network PyTorch (Debian: python3-h5py, python3-matplotlib, python3-torch)."""
import argparse
import pathlib

import bondscope
import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

W_LABEL = "$W = \\log_{10}(\\mathrm{PMD}/\\mathrm{max})$"


def log_distribution(pmd):
    return np.log10(np.maximum(pmd / pmd.max(), 1e-5))


def spread(store, count, key="R"):
    """Rows of done runs, spread evenly over the order of a parameter."""
    rows = store.done[np.argsort(store[key][store.done], kind="stable")]
    return rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int)]


def runs(store):
    """Where the runs lie, what they have ionised, and which failed."""
    figure, axes = pyplot.subplots(figsize=(6.4, 4.4), layout="constrained")
    R, intensity, ionised = store.column("R"), store["intensity_w_cm2"] / 1e14, store["yield"]
    shown = axes.scatter(R.values[store.done], intensity[store.done], c=np.log10(ionised[store.done]), s=22, cmap="plasma")
    if len(store.failed):
        axes.scatter(R.values[store.failed], intensity[store.failed], marker="x", c="crimson", label="failed")
        axes.legend()
    axes.set(title=f"{len(store.done)} of {len(store)} runs of {store.dataset} ({store.preset})", xlabel=R.label,
             ylabel="I (10¹⁴ W/cm²)")
    figure.colorbar(shown, label="log₁₀ of the yield")
    return figure


def distributions(store):
    """Nine momentum distributions, from the smallest R to the largest."""
    figure, axes = pyplot.subplots(3, 3, figsize=(9.5, 8.2), layout="constrained", sharex=True, sharey=True)
    edges = [*store.kx[[0, -1]], *store.ky[[0, -1]]]
    for panel in axes.flat:
        panel.set_axis_off()
    for panel, row in zip(axes.flat, spread(store, 9)):
        panel.set_axis_on()
        image = panel.imshow(log_distribution(store.pmd[row]).T, origin="lower", extent=edges, cmap="inferno", vmin=-5, vmax=0)
        panel.set_title(f"R = {store['R'][row]:.2f}, I = {store['intensity_w_cm2'][row] / 1e14:.2f}·10¹⁴", fontsize=10)
    for panel in axes[-1]:
        panel.set_xlabel("$k_x$ (a.u.)")
    for panel in axes[:, 0]:
        panel.set_ylabel("$k_y$ (a.u.)")
    figure.colorbar(image, ax=axes, label=W_LABEL, shrink=0.8)
    return figure


def energy_spectrum(pmd, kx, ky, edges):
    """dP/dE, E = k²/2, hartree⁻¹, in the intervals between `edges`."""
    energy = (kx[:, None] ** 2 + ky[None, :] ** 2) / 2
    cell = (kx[1] - kx[0]) * (ky[1] - ky[0])
    return np.histogram(energy, edges, weights=pmd * cell)[0] / np.diff(edges)


def spectra(store):
    """Energies of the electrons, and the distribution along the polarisation, at five distances."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    edges = np.linspace(0, 3, 76)
    rows = spread(store, 5)
    for row, colour in zip(rows, pyplot.cm.viridis(np.linspace(0, 0.9, len(rows)))):
        pmd, label = store.pmd[row], f"R = {store['R'][row]:.2f} a.u."
        spectrum = energy_spectrum(pmd, store.kx, store.ky, edges)
        left.stairs(spectrum / spectrum.max(), edges * 27.2114, baseline=None, color=colour, label=label)
        along = pmd.sum(axis=1)
        right.plot(store.kx, along / along.max(), color=colour)
    left.set(yscale="log", ylim=(1e-5, 2), xlabel="E (eV)", ylabel="dP/dE over its largest")
    right.set(yscale="log", ylim=(1e-5, 2), xlabel="$k_x$ (a.u.)", ylabel="$\\mathrm{d}P/\\mathrm{d}k_x$ over its largest")
    left.legend(fontsize=9)
    return figure


def pictures(images):
    """What a network sees, and how large each image's part of the momentum plane was."""
    figure, axes = pyplot.subplots(2, 4, figsize=(12, 4.6), layout="constrained")
    of = images.representation("paper") if "paper" in images.representations else next(iter(images.representations.values()))
    rows = np.argsort(images["R"])[np.linspace(0, len(images) - 1, 8).astype(int)]
    for panel, row in zip(axes.flat, rows):
        panel.imshow(of.pixels[row].T, origin="lower", extent=of.extent_of(row), cmap="gray", aspect="auto")
        panel.set_title(f"R = {images['R'][row]:.2f} a.u.", fontsize=10)
        panel.tick_params(labelsize=8)
    figure.supxlabel("$k_x$ (a.u.)")
    figure.supylabel("$k_y$ (a.u.)")
    return figure


def predictions(images, folder):
    """What the network in a model folder answers for the runs that tested it."""
    from bondscope.network import load_network
    network = load_network(folder)
    recipe = network.description["recipe"]
    test = images.split(recipe["split"].get("seed", recipe["seed"]), recipe["split"]["train_fraction"], recipe["split"]["validation_fraction"],
                        recipe["split"]["train_runs"]).test
    truth, answers = images.targets(network.targets)[test], network.predict(images, test)
    count = len(network.targets)
    figure, axes = pyplot.subplots(1, count, figsize=(4.8 * count, 4.6), layout="constrained", squeeze=False)
    for i, (panel, name) in enumerate(zip(axes[0], network.targets)):
        ends = [truth[:, i].min(), truth[:, i].max()]
        panel.plot(ends, ends, color="0.6", lw=1)
        panel.scatter(truth[:, i], answers[:, i], s=18)
        error = np.abs(answers[:, i] - truth[:, i]).mean()
        panel.set(title=f"{len(test)} held-out runs: mean absolute error {error:.3f}", xlabel=f"true {name}",
                  ylabel=f"predicted {name}", aspect="equal")
        print(f"{name}: mean absolute error {error:.4f} on {len(test)} held-out runs")
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("folder", type=pathlib.Path, help="where the pictures go")
    parser.add_argument("--images", help="an images file of the store (pmd_store images)")
    parser.add_argument("--model", help="a model folder that was trained on it (pmd_train train)")
    given = parser.parse_args()
    if given.model and not given.images:
        parser.error("--model: needs --images")
    given.folder.mkdir(parents=True, exist_ok=True)

    def keep(name, figure):
        figure.savefig(given.folder / f"{name}.png", dpi=100)
        print(given.folder / f"{name}.png")
    with bondscope.open(given.store) as store:
        if len(store.done) == 0:
            parser.error(f"{given.store}: no run is done yet")
        for make in (runs, distributions, spectra):
            keep(make.__name__, make(store))
    if given.images:
        with bondscope.open_images(given.images) as images:
            keep("images", pictures(images))
            if given.model:
                keep("predictions", predictions(images, given.model))


if __name__ == "__main__":
    main()
