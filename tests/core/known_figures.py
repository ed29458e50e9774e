"""Small bodies, people and avatars in which every field is filled with numbers of its own."""

from __future__ import annotations

import numpy as np
from eigenform.types import Avatar, Body, Clip, Person, Skeleton, View


def skeleton() -> Skeleton:
    """Three bones in a chain, none of them aligned with the axes."""
    rng = np.random.default_rng(0)
    turned = np.linalg.qr(rng.normal(size=(2, 3, 3, 3)))[0]
    return Skeleton(("root", "spine", "head"), np.array([-1, 0, 1]), rng.normal(size=(3, 3)), turned[0], turned[1])


def clips() -> tuple[Clip, ...]:
    """Two movements of different length."""
    rng = np.random.default_rng(1)
    return tuple(Clip(f"clip {n}", rng.normal(size=(n, 3, 3)), rng.normal(size=(n, 3)), 30 / 7) for n in (2, 4))


def tetrahedron() -> tuple[np.ndarray, np.ndarray]:
    """Vertices with digits that no short decimal has, faces outward."""
    verts = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]) / 3 + 1 / 7
    return verts, np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def body() -> Body:
    """A body in a pose."""
    rng = np.random.default_rng(2)
    meta = {"height": 1.7, "mass": 70.123456789, "params": {"seed": 0}}
    return Body("anny", {"age": 1 / 3, "nose-width": -0.1}, *tetrahedron(), skeleton(), rng.normal(size=(3, 3)),
                rng.normal(size=3), clips(), meta, "Ünny")  # fmt: skip


def person(views: int = 2, **meta: object) -> Person:
    """A person whose first view is complete and whose others are bare."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (12, 8, 3), dtype=np.uint8)
    maps = {"normal_front": rng.normal(size=(4, 4, 3)).astype(np.float32), "offset_back": np.eye(4, dtype=np.float32)}
    full = View(pixels, np.array([4.1, 6.2, 5.3]), pixels[..., 0] > 100, rng.random((23, 3)), rng.normal(size=(3, 3)),
                np.array([0.9, 0.1, -0.1]), tetrahedron()[0], maps)  # fmt: skip
    bare = [View(np.full((6, 9 + i, 3), i, np.uint8), np.array([4.0, 3.0, 4.0])) for i in range(views - 1)]
    shape = {"age": 0.1 + 0.2}
    return Person((full, *bare), "anny", shape, tetrahedron()[1], {"notes": ["one"], **meta}, "someone")


def avatar(dressed: bool = True) -> Avatar:
    """An avatar, with everything it can carry or with nothing that is optional."""
    rng = np.random.default_rng(4)
    verts, faces = tetrahedron()
    weights = rng.random((4, 2)) + 0.1
    more: dict[str, object] = {}
    if dressed:
        more = {
            "texture_coordinates": rng.random((5, 2)),
            "texture_faces": np.array([[0, 2, 1], [0, 1, 3], [4, 3, 2], [1, 2, 3]]),
            "texture": rng.integers(0, 256, (4, 6, 3), dtype=np.uint8), "texture_seen": rng.random((4, 6)) > 0.5,
            "colours": rng.random((4, 3)).astype(np.float32), "seen": np.array([True, False, True, True]),
            "clips": clips(), "arrays": {"net/0": rng.normal(size=(2, 3)).astype(np.float32), "n": np.arange(3)},
        }  # fmt: skip
    return Avatar(verts, verts * 1.5, faces, skeleton(), rng.integers(0, 3, (4, 2)),
                  weights / weights.sum(1, keepdims=True), rng.normal(size=(3, 3)), rng.normal(size=3),
                  body={"model": "anny", "shape": {"age": 0.5}}, meta={"report": {"watertight": True}}, name="figure",
                  **more)  # type: ignore[arg-type] # fmt: skip
