"""Whether FreSh finds the frequency that a grid of trainings finds, on five shapes and five images.

    python benchmarks/frequency.py [--kind siren|fourier|finer] [--race] [SIGNAL ...]

Each signal is learned once with every candidate, with the same steps, batches and seed; the held-out error of FreSh's
choice is compared with the least of them. Shapes: the distance of the mesh, clipped at 0.1 of the box, near the surface
and in the box. Exit status 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import torch
from common import mesh, table, verdict
from eigenform.geometry.sampling import surface_samples
from eigenform.implicit.frame import Frame
from eigenform.implicit.frequency.choose import CANDIDATES, Choice, race
from eigenform.implicit.frequency.image_fit import coordinates, frequency_for
from eigenform.implicit.frequency.render import shape_frequency
from eigenform.implicit.neural.networks import build
from eigenform.inpainting.textures import texture

SHAPES = ("fandisk", "koala", "spot", "bunny", "hand")
IMAGES = ("bricks", "marble", "weave", "cells", "wood")
STEPS, BATCH, GRID = 500, 4096, 64
RATES = {"siren": 1e-3, "finer": 1e-3, "fourier": 3e-3}


class Signal:
    """Points in [-1, 1]^d with values (N, c), the last of them held out, and how FreSh sees them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._shape() if name in SHAPES else self._image()
        self.points, self.values = torch.from_numpy(self.points), torch.from_numpy(self.values)
        mixed = torch.randperm(len(self.points), generator=torch.Generator().manual_seed(0))
        cut = len(mixed) // 10
        self.test, self.train = mixed[:cut], mixed[cut:]

    def _shape(self) -> None:
        import open3d as o3d

        shape = mesh(self.name)
        verts = Frame.of_points(shape.verts).to_unit(shape.verts)
        scene = o3d.t.geometry.RaycastingScene()
        scene.add_triangles(o3d.core.Tensor(verts.astype(np.float32)), o3d.core.Tensor(shape.faces.astype(np.uint32)))

        def distance(x: np.ndarray) -> np.ndarray:
            return scene.compute_signed_distance(o3d.core.Tensor(x.astype(np.float32))).numpy()

        rng = np.random.default_rng(0)
        on = np.asarray(surface_samples(verts, shape.faces, 60_000, 0))
        spread = np.where(rng.random((len(on), 1)) < 0.5, 0.004, 0.02)
        x = np.concatenate([on + spread * rng.standard_normal(on.shape), rng.uniform(-0.56, 0.56, (10_000, 3))])
        self.points = (x / 0.56).astype(np.float32)
        self.values = np.clip(distance(x), -0.1, 0.1)[:, None]
        g = np.linspace(-0.56, 0.56, GRID)
        nodes = np.stack(np.meshgrid(g, g, g, indexing="ij"), axis=-1).reshape(-1, 3)
        self.grid = distance(nodes).reshape(GRID, GRID, GRID)

    def _image(self) -> None:
        self.pixels = texture(self.name, 96).pixels
        self.points = coordinates(*self.pixels.shape[:2])
        self.values = 2 * self.pixels.reshape(-1, 3) - 1

    def choice(self, kind: str) -> Choice:
        """FreSh's choice."""
        if self.name in SHAPES:
            return shape_frequency(kind, self.grid, 0.56)
        return frequency_for(self.pixels, kind, width=128, layers=3)

    def error(self, kind: str, frequency: float, steps: int = STEPS) -> float:
        """Held-out error after training: mean absolute for shapes, root mean square for images."""
        config = {"kind": kind, "dimension": self.points.shape[1], "out": self.values.shape[1]}
        net = build({**config, "hidden": 128, "layers": 3, "frequency": frequency}, 0)
        optimiser = torch.optim.Adam(net.parameters(), RATES[kind])
        decay = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.05 ** (1 / steps))
        random = torch.Generator().manual_seed(0)
        shape = self.name in SHAPES
        for _ in range(steps):
            rows = self.train[torch.randint(0, len(self.train), (BATCH,), generator=random)]
            wrong = net(self.points[rows]) - self.values[rows]
            loss = wrong.abs().mean() if shape else (wrong**2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            decay.step()
        with torch.no_grad():
            wrong = net(self.points[self.test]) - self.values[self.test]
            return float(wrong.abs().mean() if shape else (wrong**2).mean().sqrt())


def study(name: str, kind: str, racing: bool) -> dict:
    """One row: what FreSh chose, what was best, and how much worse the choice is."""
    signal = Signal(name)
    began = time.process_time()
    found = signal.choice(kind)
    if racing:
        found = race(found, lambda f: signal.error(kind, f, 100))
    seconds = time.process_time() - began
    errors = {f: signal.error(kind, f) for f in CANDIDATES[kind]}
    best = min(errors, key=lambda f: errors[f])
    row = {"signal": name, "chosen": f"{found.value:g}", "best": f"{best:g}", "error": errors[found.value]}
    row |= {"best error": errors[best], "ratio": errors[found.value] / errors[best], "CPU s": seconds}
    print(name, {f"{f:g}": round(e, 5) for f, e in errors.items()}, flush=True)
    return row


def main() -> int:
    """Print the table of one kind of network."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("signals", nargs="*", default=[*SHAPES, *IMAGES])
    flags.add_argument("--kind", default="siren", choices=tuple(CANDIDATES))
    flags.add_argument("--race", action="store_true")
    wanted = flags.parse_args()
    print(f"FreSh, {wanted.kind}{', with a race of three' if wanted.race else ''}: {STEPS} steps of {BATCH}\n")
    rows = [study(name, wanted.kind, wanted.race) for name in wanted.signals]
    print()
    table(rows)
    near = sum(r["ratio"] <= 1.15 for r in rows)
    good = verdict(f"within 15 % of the best on {near} of {len(rows)} (target 80 %)", near >= 0.8 * len(rows))
    slowest = max(r["CPU s"] for r in rows)
    good &= verdict(f"search takes {slowest:.1f} CPU seconds at most (target 10)", slowest <= 10)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
