"""What a run on photographs is made of: views, rays, the first field and the networks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from eigenform.errors import InputError
from eigenform.implicit.photographs import start
from eigenform.implicit.photographs.cameras import sees_sphere
from eigenform.implicit.photographs.networks import Colour, GridField, Outside, build_field
from eigenform.implicit.photographs.quantise import Quantiser
from eigenform.implicit.photographs.rendering import Cache, Renderer
from eigenform.implicit.photographs.settings import CUBE, PUBLISHED_RESOLUTION, CqParams
from eigenform.implicit.photographs.training_views import RayPool, TrainingViews, prepare
from eigenform.jobs import JobContext
from eigenform.memory import require
from eigenform.types import Photographs

OCCUPANCY_GAIN = 8.0
"""Steepness of a feature-grid field that is read as an occupancy: sigmoid(-10 f) of a distance would be fog."""

SHARP_START = 0.46
"""Of NeuS's scalar ``v``, where the first field is a surface already: a sharpness of 100. A softer one would move it
away before sharpening brings it back. From a sphere the published 0.3 stands."""

CACHE_SIDE = 64
CPU_BLOCK = 32
"""Rays of the large network that a CPU works on between two looks at pause and cancel."""


@dataclass(eq=False)
class Scene:
    """The region's ``centre`` and ``radius`` in world units, and in its unit sphere all else."""

    photographs: Photographs
    views: TrainingViews
    pool: RayPool
    renderer: Renderer
    config: dict[str, Any]
    """What :func:`~eigenform.implicit.photographs.networks.build_field` made the field from."""
    cube: tuple[np.ndarray, float]
    """Centre and half side of the cube that holds the object."""
    started_from: str
    block: int
    """Rays rendered at once."""


def make_scene(photographs: Photographs, params: CqParams, device: str, ctx: JobContext) -> Scene:
    """Prepare a run.

    Raises
    ------
    InputError
        For what cannot be trained on.
    """
    _refuse(photographs, params)
    require(
        needed_memory(photographs, params, device), "Training on photographs", "ask for smaller photographs or grids,"
    )
    ctx.message("Preparing the photographs")
    views = prepare(photographs, params.largest_image, params.hold_out, params.masks)
    torch.manual_seed(params.seed)
    config, cube, origin = _first_field(photographs, views, params, ctx)
    base = config.pop("base", None)
    field = build_field(config)
    if base is not None and isinstance(field, GridField):
        field.base.copy_(torch.from_numpy(base.reshape(-1, 1)).float())
    small = params.network == "grid"
    colour = Colour(field.features, params.hidden if small else 256, 2 if small else 4, _squash(params))
    behind = _backdrop(views, params)
    outside = (Outside(64, 3) if small else Outside(256, 8)) if isinstance(behind, str) else None
    resolution = (params.quantise_resolution or PUBLISHED_RESOLUTION[params.variant]) if params.quantise else 0
    renderer = Renderer(
        params.variant,
        field,
        colour,
        outside,
        Quantiser(resolution, CUBE[params.variant]),
        params.samples,
        params.importance,
        None if behind is None or isinstance(behind, str) else torch.from_numpy(behind).to(device),
    ).to(device)
    if origin != "sphere":
        with torch.no_grad():
            renderer.sharpness.v.fill_(SHARP_START)
    if params.cached:
        middle = torch.from_numpy(cube[0]).float().to(device)
        renderer.cache = Cache(middle, cube[1], min(CACHE_SIDE, 2 * params.finest))
        renderer.cache.renew(field, ctx.check)
    pool = RayPool(views, device, params.seed, ctx.check)
    block = CPU_BLOCK if device == "cpu" and not small else params.rays
    return Scene(photographs, views, pool, renderer, config, cube, origin, block)


def needed_memory(photographs: Photographs, params: CqParams, device: str) -> float:
    """Bytes of main memory that a run takes at its peak, about."""
    count, height, width = photographs.images.shape[:3]
    share = min(1.0, params.largest_image / max(height, width)) if params.largest_image else 1.0
    pixels = count * height * width * share**2  # as bytes, as floats while they are reduced, and as rays
    small = params.network == "grid"
    nodes = sum(max(4, params.finest >> i) ** 3 for i in range(params.levels)) if small else 0
    # weights, gradients and two moments; the start field and the cache
    tables = 16.0 * nodes * params.features + 16.0 * max(params.finest, 64) ** 3
    rays = params.rays if small or device != "cpu" else min(params.rays, CPU_BLOCK)
    layers = 4 * params.layers + 4 if small else 40
    kept = 4.0 * rays * (params.samples + params.importance) * params.hidden * layers
    return 450e6 + 40.0 * pixels + tables + (kept if device == "cpu" else 0.0)


def _refuse(photographs: Photographs, params: CqParams) -> None:
    """Say what is wrong with the input before anything is computed."""
    p = photographs
    if len(p.images) < 2:
        raise InputError(
            f"{p.name} holds {len(p.images)} photograph; a surface needs at least two, from different places."
        )
    sees = [
        sees_sphere(k, pose, p.images.shape[1:3], p.centre, p.radius)
        for k, pose in zip(p.intrinsics, p.poses, strict=True)
    ]
    if not all(sees):
        lost = ", ".join(str(i) for i, s in enumerate(sees) if not s)
        raise InputError(
            f"The cameras of photographs {lost} of {p.name} see nothing of the region of the object (centre "
            f"{np.round(p.centre, 3).tolist()}, radius {p.radius:.3g}); removing them or another region would work."
        )
    if params.network == "mlp" and params.layers > 1 and params.hidden <= 3 + 6 * params.octaves:
        raise InputError(
            f"Hidden layers of {params.hidden} are too narrow for {3 + 6 * params.octaves} encoded coordinates; fewer "
            "octaves or wider layers would work."
        )
    if params.start == "points" and (p.points is None or len(p.points) < 10):
        raise InputError(f"{p.name} has no sparse points to start from; 'hull' or 'sphere' would work.")
    if params.start == "hull" and (p.masks is None or not params.masks):
        raise InputError(f"{p.name} has no masks in use to start from their hull; 'points' or 'sphere' would work.")


def _squash(params: CqParams) -> str:
    return "sigmoid" if params.variant == "neus" else "tanh"


def _backdrop(views: TrainingViews, params: CqParams) -> np.ndarray | str | None:
    """What is behind the object: a colour (3,), ``network``, or None where the masks cut it off."""
    if params.background == "auto":
        if views.backdrop is not None:
            return views.backdrop
        return None if views.masks is not None else "network"
    if params.background == "network":
        return "network"
    return np.full(3, 1.0 if params.background == "white" else 0.0, dtype=np.float32)


def _first_field(
    photographs: Photographs, views: TrainingViews, params: CqParams, ctx: JobContext
) -> tuple[dict[str, Any], tuple[np.ndarray, float], str]:
    """The field's description (with its ``base`` values, for feature grids), the cube it lives in, and its origin."""
    if params.network == "mlp":
        bias = 0.5 if params.variant == "neus" else 0.6
        config = {"kind": "mlp", "hidden": params.hidden, "layers": params.layers, "octaves": params.octaves}
        return {**config, "bias": bias, "features": 256}, (np.zeros(3), 1.0), "sphere"
    origin = params.start
    if origin == "auto":
        enough = photographs.points is not None and len(photographs.points) >= 500
        origin = "hull" if views.masks is not None else ("points" if enough else "sphere")
    ctx.message({"hull": "Carving the visual hull", "points": "Solving for the sparse points"}.get(origin, "Preparing"))
    centre, half = np.zeros(3), 1.0
    ask: Callable[[np.ndarray], np.ndarray]
    if origin == "hull":
        centre, half = start.hull_cube(views, ctx.check)
        ask = functools.partial(start.hull, views, check=ctx.check)
    elif origin == "points":
        ask, (centre, half) = start.from_points(photographs, params.seed, ctx)
    else:
        ask = start.sphere
    side = params.finest
    base = ask(start.cube_nodes(centre, half, side)).reshape(side, side, side)
    if origin != "sphere":
        from scipy.ndimage import gaussian_filter

        base = gaussian_filter(base, 0.7)  # trilinear interpolation of a kinked field has rough normals
    sides = [max(4, params.finest >> i) for i in reversed(range(params.levels))]
    config = {"kind": "grid", "sides": sides, "features": params.features, "hidden": params.hidden}
    config |= {"layers": params.layers, "base_side": side, "centre": [float(c) for c in centre], "half": float(half)}
    config["gain"] = OCCUPANCY_GAIN if params.variant == "unisurf" else 1.0
    return {**config, "base": base}, (centre, half), origin
