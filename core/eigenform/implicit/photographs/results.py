"""What a run on photographs shows and gives: rendered views, their likeness to the photographs, and the surface."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from eigenform import device as devices
from eigenform.implicit.assemble import DISPLAY_RESOLUTION, assemble
from eigenform.implicit.extract import contour, extract_surface, sample_grid
from eigenform.implicit.fields import make_field
from eigenform.implicit.frame import Frame
from eigenform.implicit.photographs.networks import arrays_of
from eigenform.implicit.photographs.quality import psnr, ssim
from eigenform.implicit.photographs.scene import Scene
from eigenform.implicit.photographs.settings import CqParams
from eigenform.implicit.photographs.sparse_points import FEWEST
from eigenform.implicit.report import report_card
from eigenform.jobs import JobContext
from eigenform.provenance import describe
from eigenform.types import ImplicitSurface

GAUGE_RAYS = {"fast": 1024, "slow": 128}
"""Rays of the gauge; slow is the large network on a CPU."""

PREVIEW_PIXELS = {"fast": 64, "slow": 24}
"""Longer side of a view rendered for a preview."""

BLOCK = {"fast": 1024, "slow": 32}
"""Rays rendered at once outside of training, on a CPU; a GPU takes 16 times as many."""


class Results:
    """Renders and assembles from the networks as they stand."""

    def __init__(self, scene: Scene, params: CqParams, ctx: JobContext) -> None:
        self.scene, self.params, self.ctx = scene, params, ctx
        self.device = next(scene.renderer.parameters()).device
        self.pace = "slow" if params.network == "mlp" and self.device.type == "cpu" else "fast"
        rng = np.random.default_rng([params.seed, 5])
        views = scene.views
        self.shown = views.test if len(views.test) else views.train
        origins, directions, colours = [], [], []
        each = -(-GAUGE_RAYS[self.pace] // len(self.shown))
        for view in self.shown:
            pick = rng.integers(views.size[0] * views.size[1], size=each)
            o, d = views.view_rays(int(view))
            origins.append(o[pick])
            directions.append(d[pick])
            colours.append(views.target(int(view)).reshape(-1, 3)[pick])
        self._gauge = np.concatenate(origins), np.concatenate(directions), np.concatenate(colours)
        self._previews = 0

    # -- pictures ----------------------------------------------------------------------------------------------

    def gauge(self) -> float:
        """PSNR, in dB, on fixed rays of the photographs kept for the test (of all, where none are)."""
        origins, directions, colours = self._gauge
        return psnr(self._colours(origins, directions), colours)

    def _colours(self, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """(N, 3) colours in [0, 1]; on white where the background is not modelled."""
        renderer = self.scene.renderer
        renderer.eval()
        found = []
        block = BLOCK[self.pace] * (1 if self.device.type == "cpu" else 16)
        for i in range(0, len(origins), block):
            self.ctx.check()
            o = torch.from_numpy(np.ascontiguousarray(origins[i : i + block])).to(self.device)
            d = torch.from_numpy(np.ascontiguousarray(directions[i : i + block])).to(self.device)
            with torch.no_grad():
                out = renderer.render(o, d)
                colour = out.colour
                if renderer.backdrop is None and renderer.outside is None:
                    colour = colour + (1 - out.opacity)[:, None]
            found.append(colour.clamp(0, 1).cpu().numpy())
        renderer.train()
        return np.concatenate(found)

    def view(self, number: int, largest: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """A view rendered and its photograph, both (h, w, 3) in [0, 1]; every so many-th pixel for ``largest``."""
        views = self.scene.views
        height, width = views.size
        stride = max(1, -(-max(height, width) // largest)) if largest else 1
        origins, directions = (a.reshape(height, width, 3)[::stride, ::stride] for a in views.view_rays(number))
        colours = self._colours(origins.reshape(-1, 3), directions.reshape(-1, 3)).reshape(origins.shape)
        return colours, views.target(number)[::stride, ::stride]

    # -- surfaces ----------------------------------------------------------------------------------------------

    def _field(self, frame: Frame) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Spec and arrays of the trained field in a frame."""
        p = self.scene.photographs
        region = {"centre": [float(c) for c in (p.centre - frame.centre) / frame.scale]}
        region_spec: dict[str, Any] = {**region, "radius": float(p.radius / frame.scale)}
        spec = {"kind": "neus", **frame.spec(), "network": dict(self.scene.config), "region": region_spec}
        return spec, arrays_of(self.scene.renderer.field, "field")

    def _cube(self) -> Frame:
        """The frame of the cube that is trained in."""
        p, (centre, half) = self.scene.photographs, self.scene.cube
        return Frame(p.centre + centre * p.radius, 2 * half * float(p.radius))

    def preview(self, step: int) -> ImplicitSurface:
        """The surface at a low resolution and a view beside its photograph, the next view each time."""
        number = int(self.shown[self._previews % len(self.shown)])
        self._previews += 1
        rendered, photograph = self.view(number, PREVIEW_PIXELS[self.pace])
        spec, arrays = self._field(frame := self._cube())
        meta = describe(
            "cq", self.params, preview=True, steps=step, comparison=_comparison(number, rendered, photograph)
        )
        side = 64 if self.pace == "fast" else 24
        pictures = _pictures(rendered, photograph)
        cache, samples = self.scene.renderer.cache, None
        if cache is not None:  # it covers the same cube and costs nothing
            gain = float(self.scene.config.get("gain", 1.0))
            samples = cache.grid[0, 0].cpu().numpy() / gain * float(self.scene.photographs.radius)
        return assemble(
            spec, {**arrays, **pictures}, frame.box(0.5), name="from photographs", meta=meta, samples=samples,
            resolution=side, check=self.ctx.check,
        )  # fmt: skip

    def final(self, step: int, seconds: float, curve: list[tuple[int, float, float]]) -> ImplicitSurface:
        """The surface at the resolution asked for, with its report; ``curve`` has (step, PSNR, loss)."""
        check, cube = self.ctx.check, self._cube()
        spec, arrays = self._field(cube)
        coarse = sample_grid(make_field(spec, arrays), cube.box(0.5), min(64, self.params.resolution), check)
        verts, _ = contour(coarse, cube.box(0.5))
        frame = Frame.of_points(verts) if len(verts) else cube
        spec, arrays = self._field(frame)
        box = frame.box()
        fine = extract_surface(make_field(spec, arrays), box, self.params.resolution, check=check)
        scores = []
        for i, number in enumerate(self.shown):
            self.ctx.message(f"Comparing with the photographs ({i + 1} of {len(self.shown)})")
            rendered, photograph = self.view(int(number))
            scores.append((psnr(rendered, photograph), ssim(rendered, photograph)))
        report = report_card(
            fine.verts,
            fine.faces,
            self._sparse() if len(fine.faces) else None,
            check=check,
            seed=self.params.seed,
            seconds=seconds,
            resolution=self.params.resolution,
            **self._likeness(scores),
        )
        meta = describe(
            "cq",
            self.params,
            seconds=seconds,
            device=self.device.type,
            device_name=devices.describe(self.device.type),
            steps=step,
            loss=curve[-1][2],
            started_from=self.scene.started_from,
            curve=curve,
            report=report,
            comparison=_comparison(int(self.shown[-1]), rendered, photograph),
            source=self.scene.photographs.meta.get("source"),
        )
        return assemble(
            spec,
            {**arrays, **_pictures(rendered, photograph)},
            box,
            name=f"{self.scene.photographs.name} surface",
            meta=meta,
            mesh=(fine.verts, fine.faces),
            resolution=min(DISPLAY_RESOLUTION, self.params.resolution),
            check=check,
        )

    def _sparse(self) -> np.ndarray | None:
        """The sparse points in the region, which the surface is measured against; None where there are few."""
        p = self.scene.photographs
        if p.points is None:
            return None
        near = p.points[np.linalg.norm(p.points - p.centre, axis=1) <= p.radius]
        return near if len(near) >= FEWEST else None

    def _likeness(self, scores: list[tuple[float, float | None]]) -> dict[str, Any]:
        """PSNR and SSIM over the photographs kept for the test, and what was trained on."""
        views, quantiser = self.scene.views, self.scene.renderer.quantiser
        similar = [s for _, s in scores if s is not None]
        return {
            "psnr": float(np.mean([s for s, _ in scores])),
            "ssim": float(np.mean(similar)) if similar else None,
            "on": "held-out photographs" if len(views.test) else "photographs trained on",
            "photographs": len(views.images),
            "held_out": len(views.test),
            "pixels": [views.size[1], views.size[0]],
            "masks": views.masks is not None,
            "quantised": quantiser.resolution,
            "cell": quantiser.cell * float(self.scene.photographs.radius) if quantiser.resolution else None,
            "sharpness": float(self.scene.renderer.sharpness().detach()) if self.params.variant == "neus" else None,
        }


def _comparison(number: int, rendered: np.ndarray, photograph: np.ndarray) -> dict[str, Any]:
    return {"view": number, "psnr": psnr(rendered, photograph)}


def _pictures(rendered: np.ndarray, photograph: np.ndarray) -> dict[str, np.ndarray]:
    """Both pictures as (H, W, 3) uint8 arrays of a surface."""
    return {
        "rendered_view": np.round(rendered * 255).astype(np.uint8),
        "photograph": np.round(photograph * 255).astype(np.uint8),
    }
