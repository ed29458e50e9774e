"""Unevenly sampled clouds: eigenvalues and estimated mass.

    python benchmarks/biased.py [NAME ...]

2,500 points of each mesh's surface are drawn with a density that varies by up to 17:1
(4 exp(-2 |x - x0|^2) + 0.25, the shape scaled to radius 1, x0 its point of largest x) and given to the learned basis as
a cloud. Reference: the robust mesh Laplacian; the true area of a sample is its Voronoi cell on the surface. Exit status
1 where a target is missed.
"""

from __future__ import annotations

import sys

import numpy as np
from common import NINE, basis, mean_row, mesh, table, verdict
from eigenform.geometry.sampling import surface_samples
from eigenform.spectral.compare import captured_energy, eval_error, orthonormal
from eigenform.types import Shape
from scipy.spatial import cKDTree


def biased_points(shape: Shape, count: int = 2500) -> np.ndarray:
    """Points of the surface, drawn with the uneven density."""
    pool = surface_samples(shape.verts, shape.faces, 60_000, 3)
    unit = (pool - pool.mean(0)) / np.linalg.norm(pool - pool.mean(0), axis=1).max()
    start = unit[unit[:, 0].argmax()]
    density = 4 * np.exp(-2 * ((unit - start) ** 2).sum(1)) + 0.25
    pick = np.random.default_rng(1).choice(len(pool), count, replace=False, p=density / density.sum())
    return pool[pick]


def study(name: str) -> dict:
    """The row of one mesh."""
    shape = mesh(name)
    points = biased_points(shape)
    reference = basis("classical", shape, operator="mesh")[0]
    dense = surface_samples(shape.verts, shape.faces, 300_000, 5)
    area = np.bincount(cKDTree(points).query(dense)[1], minlength=len(points)).astype(float)
    truth = reference.evecs[cKDTree(shape.verts).query(points)[1]]
    root = np.sqrt(area + 0.5)[:, None]
    row: dict = {"mesh": name}
    for kind, values in (
        ("learned", {}),
        ("global width", {"width": "global"}),
        ("self-tuned", {"width": "self-tuned"}),
    ):
        found = basis("learned" if kind == "learned" else "probes", Shape(points), **values)[0]
        row[f"{kind}: eval error"] = eval_error(found.evals, reference.evals)
        row[f"{kind}: captured"] = captured_energy(orthonormal(root * found.evecs), orthonormal(root * truth))
        if kind == "learned":
            cloud = basis("classical", Shape(points), operator="points", neighbours=30)[0]
            row["cloud Laplacian: eval error"] = eval_error(cloud.evals, reference.evals)
            row["cloud Laplacian: captured"] = captured_energy(
                orthonormal(root * cloud.evecs), orthonormal(root * truth)
            )
            row["mass correlation"] = float(np.corrcoef(found.mass, area)[0, 1])
            metric = found.implicit_metric
            row["implicit metric"] = float(np.corrcoef(metric, area)[0, 1])
            row["area / true"] = found.mass.sum() / reference.mass.sum()
    return row


def main(names: list[str]) -> int:
    """Print the table; the exit status."""
    rows = [study(name) for name in names or NINE]
    table([*rows, mean_row(rows)])
    error, mass = (np.mean([r[k] for r in rows]) for k in ("learned: eval error", "mass correlation"))
    checks = [
        verdict(f"eigenvalue error {error:.2%} <= 10 %", error <= 0.10),
        verdict(
            f"mass correlation {mass:.3f} >= 0.7, least {min(r['mass correlation'] for r in rows):.3f}", mass >= 0.7
        ),
    ]
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
