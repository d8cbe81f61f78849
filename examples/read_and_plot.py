#!/usr/bin/env python3
"""Reads a store and plots it: three distributions, and the ionisation against R.

    PYTHONPATH=python examples/read_and_plot.py STORE.h5 PICTURE.png

Needs h5py, NumPy and Matplotlib (Debian: python3-h5py, python3-matplotlib)."""
import sys

import bondscope
import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

if len(sys.argv) != 3:
    sys.exit(__doc__)
with bondscope.open(sys.argv[1]) as store:
    rows = store.select()  # all that are done; select(R=(2, 3)) those with R from 2 to 3 a.u.
    R, ionised = store.column("R"), store.column("yield")
    rows = rows[np.argsort(R.values[rows])]
    print(f"{len(rows)} distributions of {store.dataset}, {R.label} from {R.values[rows[0]]:.2f} to {R.values[rows[-1]]:.2f}")

    figure, axes = pyplot.subplots(1, 4, figsize=(15, 3.6), layout="constrained")
    for panel, row in zip(axes, rows[[0, len(rows) // 2, -1]]):
        pmd = store.pmd[row]  # [kx, ky], dP/d²k in a.u.⁻²
        W = np.log10(np.maximum(pmd / pmd.max(), 1e-5))
        panel.imshow(W.T, origin="lower", extent=[*store.kx[[0, -1]], *store.ky[[0, -1]]], cmap="inferno", vmin=-5, vmax=0)
        panel.set(title=f"R = {R.values[row]:.2f} a.u.", xlabel="$k_x$ (a.u.)", ylabel="$k_y$ (a.u.)")
    shown = axes[3].scatter(R.values[rows], ionised.values[rows], c=store["intensity_w_cm2"][rows] / 1e14, s=18)
    axes[3].set_box_aspect(0.83)
    axes[3].set(yscale="log", xlabel=R.label, ylabel="ionised")
    figure.colorbar(shown, ax=axes[3], label="10¹⁴ W/cm²")
    figure.savefig(sys.argv[2], dpi=90)
print(f"written to {sys.argv[2]}")
