"""Methods of a moment that go the way from a photograph to an avatar, with the toy figures as what they find."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass

import numpy as np
import toy_figures as toys
from eigenform.errors import InputError
from eigenform.jobs import JobContext
from eigenform.params import param
from eigenform.registry import Method
from eigenform.types import Avatar, Image, Person, View


@dataclass(frozen=True)
class ToyFindParams:
    """What is asked of finding."""

    fail: bool = param(False, "Find nobody.")


@dataclass(frozen=True)
class ToyStepParams:
    """What is asked of a step."""

    pause: float = param(0.0, "Seconds that it takes.", low=0.0, high=10.0)


@dataclass(frozen=True)
class NoParams:
    """Nothing is asked."""


def find(image: Image, *, params: ToyFindParams, ctx: JobContext) -> Person:
    """The ellipse of the toy photograph."""
    if params.fail:
        raise InputError(f"Nobody was found in {image.name}; a picture with somebody in it would work.")
    h, w = image.pixels.shape[:2]
    pixels = np.rint(255 * image.pixels).astype(np.uint8)
    view = View(pixels, np.array([w / 2, h / 2, h / 2]), toys.silhouette(h, w), toys.keypoints(h, w))
    return Person((view,), meta={"sources": [str(image.meta.get("source", ""))], "notes": []}, name=image.name)


def _sleep(params: ToyStepParams, ctx: JobContext) -> None:
    for i in range(20):
        ctx.step(i + 1, 20, "working")
        time.sleep(params.pause / 20)


def fit(person: Person, *, params: ToyStepParams, ctx: JobContext) -> Person:
    """The toy body in every view, shown before it is done."""
    verts, faces = toys.mesh()
    views = tuple(
        v.replace(rotations=np.zeros((2, 3)), camera=np.array([0.9, 0, 0]), verts=verts, maps={}) for v in person.views
    )
    made = person.replace(views=views, body_faces=faces, shape={"age": 0.6})
    ctx.preview(made)
    _sleep(params, ctx)
    return made


def clothe(person: Person, *, params: ToyStepParams, ctx: JobContext) -> Person:
    """The toy maps in every view."""
    _sleep(params, ctx)
    maps = toys.toy_view(3).maps
    return person.replace(views=tuple(v.replace(maps=maps) for v in person.views))


def surface(person: Person, *, params: ToyStepParams, ctx: JobContext) -> Avatar:
    """The toy avatar."""
    _sleep(params, ctx)
    return toys.toy_avatar()


def join(first: Person, second: Person, *, params: NoParams, ctx: JobContext) -> Person:
    """All views."""
    sources = [*first.meta["sources"], *second.meta["sources"]]
    return first.replace(views=(*first.views, *second.views), meta={**first.meta, "sources": sources})


def _record(name: str, title: str, inputs: tuple[str, ...], output: str, params: str, step: int) -> Method:
    return Method(name, title, "avatar", output.lower(), inputs, output, f"toy_people:{params}",
                  f"toy_people:{name.removeprefix('toy-')}", f"{title}, in a moment.", step=step)  # fmt: skip


METHODS = (
    dataclasses.replace(
        _record("toy-find", "Toy find", ("Image",), "Person", "ToyFindParams", 1), presets={"by hand": {"fail": False}}
    ),
    _record("toy-fit", "Toy fit", ("Person",), "Person", "ToyStepParams", 2),
    _record("toy-clothe", "Toy clothes", ("Person",), "Person", "ToyStepParams", 3),
    _record("toy-surface", "Toy surface", ("Person",), "Avatar", "ToyStepParams", 4),
    _record("toy-join", "Toy join", ("Person", "Person"), "Person", "NoParams", 0),
)
