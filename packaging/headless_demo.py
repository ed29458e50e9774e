"""The first-run demonstration without a window: a built-in shape, its learned basis, and pictures by matplotlib.

Run by run.py inside the virtual environment: ``python headless_demo.py FOLDER``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from eigenform import jobs, registry
from eigenform.io.basis_files import write_basis
from eigenform.io.samples import make_sample
from eigenform.io.write import write_shape
from eigenform.logs import record_failure
from eigenform.params import make
from eigenform.types import Basis, Shape

MODES_SHOWN = (1, 2, 3, 5, 8, 13, 21, 34)


def learn(method_name: str, shape: Shape) -> Basis:
    """A basis of the shape by a method of the registry, with its defaults."""
    method = registry.get(method_name)
    print(f"[eigenform] {method.title}: running ...", flush=True)
    began = time.monotonic()
    basis = jobs.run(method, [shape], make(method.params_class()))
    print(f"[eigenform] {method.title}: {basis.modes} modes in {time.monotonic() - began:.1f} s", flush=True)
    return basis


def draw_modes(basis: Basis, path: Path) -> None:
    """Eight modes on the shape, drawn as shaded triangles."""
    figure = plt.figure(figsize=(12, 6), dpi=120)
    verts = basis.verts[:, [2, 0, 1]]  # the shape stands along y, matplotlib's boxes along z
    triangles = verts[basis.faces]
    for place, mode in enumerate(MODES_SHOWN):
        axes = figure.add_subplot(2, 4, place + 1, projection="3d")
        values = basis.evecs[:, mode][basis.faces].mean(axis=1)
        limit = np.abs(values).max()
        surface = matplotlib.colormaps["RdBu_r"](0.5 + values / (2 * limit))
        collection = _triangles(triangles, surface)
        axes.add_collection3d(collection)
        _fit(axes, verts)
        axes.set_title(f"mode {mode}", fontsize=9)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


def _triangles(triangles: np.ndarray, colours: np.ndarray):
    from matplotlib.colors import LightSource
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    light = LightSource(azdeg=60, altdeg=50)
    return Poly3DCollection(
        triangles, facecolors=colours, edgecolors=colours, linewidths=0.4, shade=True, lightsource=light
    )


def _fit(axes, verts: np.ndarray) -> None:
    low, high = verts.min(axis=0), verts.max(axis=0)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    axes.set_box_aspect(high - low, zoom=1.4)
    axes.view_init(elev=18, azim=35)
    axes.set_axis_off()


def draw_spectrum(learned: Basis, classical: Basis, path: Path) -> None:
    """Eigenvalues of the learned basis beside those of the classical one, with Weyl's line 4 pi k / area."""
    figure, axes = plt.subplots(figsize=(7, 4.5), dpi=120)
    axes.plot(classical.evals, "o", ms=4, label="classical (mesh Laplacian)")
    axes.plot(learned.evals, "x", ms=5, label="learned (points only)")
    k = np.arange(len(learned.evals))
    axes.plot(k, 4 * np.pi * k / classical.mass.sum(), lw=1, color="0.6", label="Weyl's law")
    axes.set(xlabel="mode", ylabel="eigenvalue")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


def main(folder: Path) -> None:
    """Write creature.ply, creature.npz, modes.png and spectrum.png."""
    shape = make_sample("creature")
    print(f"[eigenform] creature: {len(shape.verts)} vertices, {len(shape.faces)} faces", flush=True)
    write_shape(shape, folder / "creature.ply")
    learned = learn("learned", shape)
    write_basis(learned, folder / "creature.npz")
    if {"loss", "optimum"} <= set(learned.meta):
        print(f"[eigenform] loss / optimum = {learned.meta['loss'] / learned.meta['optimum']:.4f}", flush=True)
    draw_modes(learned, folder / "modes.png")
    draw_spectrum(learned, learn("classical", shape), folder / "spectrum.png")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except Exception as error:
        print(f"[eigenform] {type(error).__name__}: {error} (details in {record_failure(error, 'demonstration')})")
        sys.exit(1)
