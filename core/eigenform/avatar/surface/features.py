"""What a network is told of a point near a clothed body: numbers that are local to the point.

After ICON (Xiu et al., CVPR 2022, section 3.3): signed distance to the body, normal of the body at the closest point
``P^b``, and the clothed normal of the picture at the point's pixel, of the front map where ``P^b`` is seen and of the
back map elsewhere. These seven are the variant ``icon7``. The variant ``local`` adds where the clothes were predicted
before and behind the body, the outline, and a code of the place on the body.

All directions are in view axes (right, up, toward the viewer).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from eigenform.avatar.surface.signed_body import CHUNK, Nearest, SignedBody
from eigenform.avatar.surface.view_maps import (
    ClothedDepth,
    bilinear,
    check_maps,
    outline_distance,
    to_image,
    to_pixels,
    world_to_view,
)
from eigenform.errors import InputError
from eigenform.jobs import unwatched

FAR = 0.15
"""Metres from the body from which on ``icon7`` calls a point far away and says only on which side."""
COARSE, FINE = 0.25, 0.04
"""Metres that the coarse and the fine scale of a gap call 1."""
OUTLINE = 0.1
"""Metres that the distance to the outline calls 1."""
SEEN = 0.1
"""Share of visibility at the closest point from which on the front map is asked, as published."""

ICON7 = ("distance", *(f"body normal {a}" for a in "xyz"), *(f"image normal {a}" for a in "xyz"))
LOCAL = (
    "distance coarse",
    "distance fine",
    *(f"body normal {a}" for a in "xyz"),
    *(f"code {a}" for a in "xyz"),
    *(f"image normal {a}" for a in "xyz"),
    "visible",
    "gap front coarse",
    "gap front fine",
    "gap back coarse",
    "gap back fine",
    "mask",
    "outline",
    "offset front at foot",
    "offset back at foot",
    "angle",
)
NAMES: dict[str, tuple[str, ...]] = {"icon7": ICON7, "local": LOCAL}
"""Variant to the names of its numbers, in their order."""
DIMENSIONS: dict[str, int] = {name: len(parts) for name, parts in NAMES.items()}
"""Variant to how many numbers describe a point: 7 and 21."""


class FeatureContext:
    """All that the features of one view need, made once.

    Parameters
    ----------
    verts, faces : (V, 3) float, (F, 3) int
        The posed body, metres.
    camera : (3,) float
        s, t_x, t_y.
    maps : mapping
        As :attr:`eigenform.figure_types.View.maps`.
    code : (V, 3) float
        The place of each vertex on the body, in [-1, 1].
    trunk : (V,) bool, optional
        Vertices of the skin (:class:`SignedBody`).
    """

    def __init__(
        self,
        verts: np.ndarray,
        faces: np.ndarray,
        camera: np.ndarray,
        maps: Mapping[str, np.ndarray],
        code: np.ndarray,
        trunk: np.ndarray | None = None,
    ) -> None:
        self.size = check_maps(maps)
        self.camera = np.asarray(camera, dtype=np.float64)
        self.maps = {name: np.asarray(value, dtype=np.float32) for name, value in maps.items()}
        self.code = np.asarray(code, dtype=np.float64)
        self.body = SignedBody(verts, faces, trunk)
        self.visible = self.body.visible().astype(np.float64)
        self.clothed = ClothedDepth(verts, faces, self.camera, self.maps)
        self.outline = outline_distance(self.maps["mask"], float(self.camera[0]))

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) row and column of points (N, 3) on the maps."""
        return to_pixels(to_image(points, self.camera), self.size)

    def gaps(self, points: np.ndarray, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N,) metres by which points lie before the front clothes, and behind the back ones; both < 0 inside."""
        depth = -points[:, 1]
        return depth - bilinear(self.clothed.front, pixels), bilinear(self.clothed.back, pixels) - depth

    def image_normals(self, pixels: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """(N, 3) clothed normals at pixels, of the front where ``seen`` (N,) bool, else of the back."""
        front, back = (bilinear(self.maps[f"normal_{side}"], pixels) for side in ("front", "back"))
        return np.where(seen[:, None], front, back)


def point_features(
    points: np.ndarray,
    verts: np.ndarray,
    faces: np.ndarray,
    camera: np.ndarray,
    maps: Mapping[str, np.ndarray],
    code: np.ndarray,
    variant: str = "local",
    *,
    trunk: np.ndarray | None = None,
    check: Callable[[], None] = unwatched,
) -> np.ndarray:
    """The features of points, for whoever has no :class:`FeatureContext` at hand.

    Parameters
    ----------
    points : (N, 3) float
        World, metres.
    verts, faces, camera, maps, code, trunk
        As :class:`FeatureContext` takes them.
    variant : str
        ``icon7`` or ``local``.
    check : callable
        Called often; may raise to stop.

    Returns
    -------
    (N, F) float32
        F is ``DIMENSIONS[variant]``.
    """
    return features(FeatureContext(verts, faces, camera, maps, code, trunk), points, variant, check)


def features(
    context: FeatureContext, points: np.ndarray, variant: str = "local", check: Callable[[], None] = unwatched
) -> np.ndarray:
    """(N, F) float32 features of points (N, 3) in a context made before."""
    if variant not in DIMENSIONS:
        raise InputError(f"There are no features {variant!r}; there are {', '.join(DIMENSIONS)}.")
    points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    out = np.empty((len(points), DIMENSIONS[variant]), dtype=np.float32)
    for start in range(0, len(points), CHUNK):
        check()
        part = points[start : start + CHUNK]
        out[start : start + CHUNK] = features_at(context, part, context.body.nearest(part), variant)
    return out


def features_at(context: FeatureContext, points: np.ndarray, nearest: Nearest, variant: str) -> np.ndarray:
    """(N, F) features of points whose nearest points on the body are known."""
    make = _icon7 if variant == "icon7" else _local
    return make(context, points, nearest).astype(np.float32)


def _icon7(context: FeatureContext, points: np.ndarray, nearest: Nearest) -> np.ndarray:
    """Distance over sqrt(3), +-1 beyond :data:`FAR`; body normal; image normal."""
    distance = np.where(np.abs(nearest.distance) > FAR, np.sign(nearest.distance), nearest.distance / np.sqrt(3))
    normal = world_to_view(_normals(context, nearest))
    seen = context.body.spread(nearest, context.visible) > SEEN
    image = context.image_normals(context.pixels(points), seen)
    return np.concatenate([distance[:, None], normal, image], axis=1)


def _local(context: FeatureContext, points: np.ndarray, nearest: Nearest) -> np.ndarray:
    """The numbers that :data:`LOCAL` names."""
    pixels, at_foot = context.pixels(points), context.pixels(nearest.foot)
    normal = _normals(context, nearest)
    visible = context.body.spread(nearest, context.visible)
    front, back = context.gaps(points, pixels)
    away = points - nearest.foot
    length = np.linalg.norm(away, axis=1)
    angle = np.einsum("ij,ij->i", away, normal) / np.maximum(length, 1e-6)
    columns = [
        *_scales(nearest.distance),
        world_to_view(normal),
        context.body.spread(nearest, context.code),
        context.image_normals(pixels, visible > SEEN),
        visible,
        *_scales(front),
        *_scales(back),
        bilinear(context.maps["mask"], pixels),
        np.clip(bilinear(context.outline, pixels) / OUTLINE, -1, 1),
        np.clip(bilinear(context.maps["offset_front"], at_foot) / OUTLINE, -2, 2),
        np.clip(bilinear(context.maps["offset_back"], at_foot) / OUTLINE, -2, 2),
        angle,
    ]
    return np.concatenate([c if c.ndim == 2 else c[:, None] for c in columns], axis=1)


def _scales(metres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.clip(metres / COARSE, -1, 1), np.clip(metres / FINE, -1, 1)


def _normals(context: FeatureContext, nearest: Nearest) -> np.ndarray:
    """(N, 3) unit normals of the body at the closest points, world axes."""
    found = context.body.spread(nearest, context.body.normals)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
