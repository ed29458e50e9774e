"""Small figures for tests of the window: an ellipsoid of two bones, a picture of it, and a coloured copy."""

from __future__ import annotations

import numpy as np
from eigenform.io.samples import make_sample
from eigenform.types import Avatar, Body, Clip, Image, Person, Skeleton, View


def mesh(size: int = 800) -> tuple[np.ndarray, np.ndarray]:
    """An ellipsoid 1.7 m high about the origin."""
    sphere = make_sample("sphere", size)
    return sphere.verts * (0.3, 0.2, 0.85) / np.abs(sphere.verts).max(), sphere.faces


def skeleton() -> Skeleton:
    """A root at the origin, and a bone above it."""
    heads = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.4]])
    eye = np.stack([np.eye(3)] * 2)
    return Skeleton(("root", "chest"), np.array([-1, 0]), heads, eye, eye)


def toy_body(size: int = 800) -> Body:
    """A body with a movement."""
    verts, faces = mesh(size)
    clip = Clip("nod", np.zeros((5, 2, 3)), np.zeros((5, 3)), 25.0)
    return Body("anny", {"age": 0.6}, verts, faces, skeleton(), np.zeros((2, 3)), np.zeros(3), (clip,),
                {"height": 1.7, "mass": 70.5, "method": "toy"}, "toy body")  # fmt: skip


def photograph(h: int = 120, w: int = 90, colour: tuple[int, int, int] = (190, 60, 50)) -> np.ndarray:
    """An ellipse of a colour before a background that falls off."""
    y, x = np.mgrid[:h, :w]
    pixels = np.repeat((40 + 150 * y / h)[:, :, None], 3, axis=2)
    pixels[silhouette(h, w)] = colour
    pixels[..., 2] += 20 * x / w
    return np.clip(pixels, 0, 255).astype(np.uint8)


def silhouette(h: int = 120, w: int = 90) -> np.ndarray:
    """Where the ellipse of :func:`photograph` is."""
    y, x = np.mgrid[:h, :w] + 0.5
    return np.asarray(((x - w / 2) / (0.15 * h)) ** 2 + ((y - h / 2) / (0.4 * h)) ** 2 < 1)


def toy_image(name: str = "photo", **more: object) -> Image:
    """The photograph as an image."""
    return Image(photograph().astype(np.float32) / 255, name=name, meta=dict(more))


def keypoints(h: int = 120, w: int = 90) -> np.ndarray:
    """(23, 3) distinct points within the ellipse, all certain."""
    rng = np.random.default_rng(1)
    angle, radius = 2 * np.pi * np.arange(23) / 23, 0.4 + 0.5 * rng.random(23)
    x, y = w / 2 + 0.15 * h * radius * np.cos(angle), h / 2 + 0.4 * h * radius * np.sin(angle)
    return np.column_stack([x, y, np.ones(23)])


def toy_view(stage: int = 4, h: int = 120, w: int = 90) -> View:
    """A view after 0 nothing, 1 finding the person, 2 the fit, 3 the clothes."""
    crop = np.array([w / 2, h / 2, h / 2])
    view = View(photograph(h, w), crop)
    if stage >= 1:
        view = view.replace(mask=silhouette(h, w), keypoints=keypoints(h, w))
    if stage >= 2:
        verts, _ = mesh()
        view = view.replace(rotations=np.zeros((2, 3)), camera=np.array([0.8 / 0.85, 0.0, 0.0]), verts=verts)
    if stage >= 3:
        size = 64
        y, x = np.mgrid[1 : -1 : size * 1j, -1 : 1 : size * 1j]
        inside = (x / 0.3) ** 2 + (y / 0.8) ** 2 < 1
        z = np.sqrt(np.clip(1 - (x / 0.3) ** 2 - (y / 0.8) ** 2, 0, 1))
        normal = np.stack([x / 0.3, y / 0.8, z], axis=2) * inside[:, :, None]
        view = view.replace(maps={
            "normal_front": normal, "normal_back": normal * (1, 1, -1), "offset_front": 0.03 * inside,
            "offset_back": 0.01 * inside, "mask": inside.astype(np.float32),
        })  # fmt: skip
    return view


def toy_person(stage: int = 3, views: int = 1, **meta: object) -> Person:
    """A person in one or more photographs, as far as a stage."""
    faces = mesh()[1] if stage >= 2 else np.zeros((0, 3), np.int64)
    found = tuple(toy_view(stage, w=90 + 20 * i) for i in range(views))
    return Person(found, "anny", {"age": 0.6} if stage >= 2 else {}, faces, dict(meta), "toy person")


def toy_avatar(size: int = 800, texture: bool = True) -> Avatar:
    """An avatar: red in front, blue behind where the colour was filled in."""
    verts, faces = mesh(size)
    n = len(verts)
    front = verts[:, 1] < 0
    colours = np.where(front[:, None], (0.8, 0.2, 0.2), (0.2, 0.3, 0.8)).astype(np.float32)
    high = np.clip((verts[:, 2] + 0.4) / 0.8, 0, 1)
    more = {}
    if texture:
        around = (np.arctan2(verts[:, 0], -verts[:, 1]) + np.pi) / (2 * np.pi)
        where = np.stack([around, (verts[:, 2] + 0.85) / 1.7], axis=1)
        picture = np.zeros((32, 64, 3), np.uint8)
        picture[:, 16:48] = (40, 200, 60)
        picture[:, :16] = picture[:, 48:] = (220, 200, 40)
        seen = np.zeros((32, 64), bool)
        seen[:, 16:48] = True
        more = {"texture_coordinates": where, "texture_faces": faces, "texture": picture, "texture_seen": seen}
    return Avatar(
        verts, verts, faces, skeleton(), np.tile([1, 0], (n, 1)), np.stack([high, 1 - high], axis=1),
        np.zeros((2, 3)), np.zeros(3), colours=colours, seen=front, arrays={"w/0": np.arange(6.0).reshape(2, 3)},
        body={"model": "anny", "shape": {"age": 0.6}}, meta={"method": "toy", "report": {"watertight": True}},
        clips=(Clip("nod", np.zeros((5, 2, 3)), np.zeros((5, 3)), 25.0),), name="toy avatar", **more,
    )  # fmt: skip
