"""Normal maps from other programs as the maps of a view."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from eigenform.avatar.photo import crops
from eigenform.avatar.photo.settings import NormalMapsParams
from eigenform.errors import InputError
from eigenform.figure_types import Person, View
from eigenform.jobs import JobContext
from eigenform.provenance import describe


def run(person: Person, *, params: NormalMapsParams, ctx: JobContext) -> Person:
    """Put pictures of normals into one view of a person.

    A colour is ``(n + 1) / 2`` in view axes: red to the right, green upward, blue toward the viewer. On the far side
    the normals are those seen through the body, so that blue is mostly below the middle; where a picture has blue
    above the middle there, as if seen from behind, depth is turned round and columns stay.

    Raises
    ------
    InputError
        Where no picture is named, one cannot be read, or shows no normals.
    """
    began = time.perf_counter()
    if not params.front and not params.back:
        raise InputError("No picture of normals is named; a front one, and if possible a back one, would work.")
    if params.view >= len(person.views):
        raise InputError(f"{person.name} has {len(person.views)} views, so there is no number {params.view}.")
    view = person.views[params.view]
    maps = {k: v for k, v in view.maps.items() if len(v) == params.size}
    for side, name in (("front", params.front), ("back", params.back)):
        if name:
            ctx.message(f"Reading {Path(name).name}")
            maps[f"normal_{side}"], covered = read_normals(name, view, side, params)
            maps.setdefault("mask", covered)
    if view.mask is not None:
        maps["mask"] = crops.resample(view.mask, view.crop, params.size, fill=0.0)
    views = [v if i != params.view else view.replace(maps=maps) for i, v in enumerate(person.views)]
    seconds = time.perf_counter() - began - ctx.waited
    return person.replace(views=tuple(views), meta={**person.meta, **describe("normal-maps", params, seconds=seconds)})


def read_normals(name: str, view: View, side: str, params: NormalMapsParams) -> tuple[np.ndarray, np.ndarray]:
    """``(normals (S, S, 3), covered (S, S))`` of a picture: unit vectors in view axes, zero where there are none."""
    from eigenform.io.image_files import read_image

    image = read_image(name)
    if image.pixels.shape[2] != 3:
        raise InputError(f"{name} is grey; a normal map has three colours.")
    values = image.pixels * np.float32(2) - np.float32(1)
    if params.up == "y down":
        values = values * np.array([1, -1, 1], dtype=np.float32)
    length = np.linalg.norm(values, axis=2)
    there = (length > 0.5) & (length < 1.5) if image.mask is None else ~image.mask
    if there.mean() < 0.002 or np.abs(length[there] - 1).mean() > 0.3:
        raise InputError(f"{name} does not look like a normal map: its colours are not of vectors of length one.")
    values = values * there[..., None]
    crop = _extent(name, view, values.shape[:2], params.extent)
    normals = crops.resample(values, crop, params.size, fill=0.0)
    covered = crops.resample(there, crop, params.size, fill=0.0)
    if side == "back" and float((normals[..., 2] * covered).sum()) > 0:
        normals = normals * np.array([1, 1, -1], dtype=np.float32)
    length = np.linalg.norm(normals, axis=2, keepdims=True)
    unit = np.where(length > 1e-3, normals / np.maximum(length, 1e-3), 0.0)
    return unit.astype(np.float32), covered.astype(np.float32)


def _extent(name: str, view: View, shape: tuple[int, ...], extent: str) -> np.ndarray:
    """The crop in pixels of the normal map itself."""
    height, width = shape[0], shape[1]
    h, w = view.pixels.shape[:2]
    same = abs(height / h - width / w) * max(h, w) < 2.0
    if extent == "photograph" or (extent == "auto" and same):
        if not same:
            raise InputError(f"{name} has {width} x {height} pixels and the photograph {w} x {h}: other proportions.")
        return np.asarray(view.crop) * (width / w)
    if height != width:
        raise InputError(f"{name} has {width} x {height} pixels; the crop is a square, and the photograph {w} x {h}.")
    return crops.whole((height, width))
