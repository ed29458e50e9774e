"""Bodies, people and avatars taken apart into arrays by name and what JSON can hold, and put together again.

Names of arrays: ``verts``, ``faces``, ``rotations``, ...; ``skeleton/heads``; ``clip/0/rotations``; of a person
``view/0/pixels``, ``view/0/map/normal_front``, ...; of an avatar ``array/NAME`` for what its mapping ``arrays`` holds.

Photographs that were left out (``meta["blank"]``, see :mod:`eigenform.avatar.privacy`) are stored as their size alone
and come back grey.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from eigenform.avatar.privacy import blank_views, grey_pixels
from eigenform.errors import InputError
from eigenform.figure_types import Avatar, Body, Clip, Person, Skeleton, View
from eigenform.io.sentences import brief

Parts = tuple[dict[str, np.ndarray], dict[str, Any]]

_SKELETON = ("parents", "heads", "rest", "reference")
_BODY = ("verts", "faces", "rotations", "translation")
_AVATAR = ("rest_verts", "verts", "faces", "weight_bones", "weights", "rotations", "translation")
_DRESS = ("texture_coordinates", "texture_faces", "texture", "texture_seen", "colours", "seen")
_VIEW = ("crop", "mask", "keypoints", "rotations", "camera", "verts")


def body_parts(body: Body) -> Parts:
    """The arrays of a body by name, and the rest."""
    arrays, plain = _figure(body, _BODY)
    shape = {name: float(value) for name, value in body.shape.items()}
    return arrays, plain | {"model": body.model, "shape": shape}


def avatar_parts(avatar: Avatar) -> Parts:
    """The arrays of an avatar by name, and the rest."""
    arrays, plain = _figure(avatar, _AVATAR)
    arrays |= {name: a for name in _DRESS if (a := getattr(avatar, name)) is not None}
    arrays |= {f"array/{name}": np.asarray(a) for name, a in avatar.arrays.items()}
    return arrays, plain | {"body": dict(avatar.body)}


def person_parts(person: Person) -> Parts:
    """The arrays of a person by name, and the rest; photographs left out are named by their size alone."""
    arrays: dict[str, np.ndarray] = {"body_faces": person.body_faces}
    blank, sizes = blank_views(person), {}
    for i, view in enumerate(person.views):
        if i in blank:
            sizes[str(i)] = list(view.pixels.shape[:2])
        else:
            arrays[f"view/{i}/pixels"] = view.pixels
        arrays |= {f"view/{i}/{name}": a for name in _VIEW if (a := getattr(view, name)) is not None}
        arrays |= {f"view/{i}/map/{name}": a for name, a in view.maps.items()}
    shape = {name: float(value) for name, value in person.shape.items()}
    plain = {"views": len(person.views), "sizes": sizes, "model": person.model, "shape": shape}
    return arrays, plain | {"meta": dict(person.meta), "name": person.name}


def body_from(arrays: Mapping[str, np.ndarray], plain: Mapping[str, Any], where: str) -> Body:
    """The body that :func:`body_parts` took apart; ``where`` is named in errors."""

    def make() -> Body:
        return Body(str(plain["model"]), dict(plain["shape"]), **_figure_from(arrays, plain, _BODY))

    return _whole(make, "body", where)


def avatar_from(arrays: Mapping[str, np.ndarray], plain: Mapping[str, Any], where: str) -> Avatar:
    """The avatar that :func:`avatar_parts` took apart; ``where`` is named in errors."""

    def make() -> Avatar:
        dress: dict[str, Any] = {name: arrays[name] for name in _DRESS if name in arrays}
        further = _under(arrays, "array/")
        found = _figure_from(arrays, plain, _AVATAR)
        return Avatar(**found, **dress, arrays=further, body=dict(plain["body"]))

    return _whole(make, "avatar", where)


def person_from(arrays: Mapping[str, np.ndarray], plain: Mapping[str, Any], where: str) -> Person:
    """The person that :func:`person_parts` took apart; ``where`` is named in errors."""

    def make() -> Person:
        views = tuple(_view_from(arrays, i, plain["sizes"].get(str(i))) for i in range(int(plain["views"])))
        return Person(
            views,
            str(plain["model"]),
            dict(plain["shape"]),
            arrays["body_faces"],
            dict(plain["meta"]),
            str(plain["name"]),
        )

    return _whole(make, "person", where)


def _view_from(arrays: Mapping[str, np.ndarray], i: int, size: Any) -> View:
    pixels = arrays[f"view/{i}/pixels"] if size is None else grey_pixels(int(size[0]), int(size[1]))
    fields = {name: arrays[f"view/{i}/{name}"] for name in _VIEW if f"view/{i}/{name}" in arrays}
    return View(pixels, **fields, maps=_under(arrays, f"view/{i}/map/"))


def _figure(value: Any, names: tuple[str, ...]) -> Parts:
    """What bodies and avatars have in common."""
    arrays = {name: np.asarray(getattr(value, name)) for name in names}
    arrays |= {f"skeleton/{name}": getattr(value.skeleton, name) for name in _SKELETON}
    for i, clip in enumerate(value.clips):
        arrays |= {f"clip/{i}/rotations": clip.rotations, f"clip/{i}/translations": clip.translations}
    clips = [{"name": clip.name, "fps": float(clip.fps)} for clip in value.clips]
    bones = list(value.skeleton.names)
    return arrays, {"bones": bones, "clips": clips, "meta": dict(value.meta), "name": value.name}


def _figure_from(arrays: Mapping[str, np.ndarray], plain: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    bones = tuple(str(b) for b in plain["bones"])
    skeleton = Skeleton(bones, **{name: arrays[f"skeleton/{name}"] for name in _SKELETON})
    clips = tuple(
        Clip(str(c["name"]), arrays[f"clip/{i}/rotations"], arrays[f"clip/{i}/translations"], float(c["fps"]))
        for i, c in enumerate(plain["clips"])
    )
    found: dict[str, Any] = {name: arrays[name] for name in names}
    return found | {"skeleton": skeleton, "clips": clips, "meta": dict(plain["meta"]), "name": str(plain["name"])}


def _under(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}


def _whole(make: Callable[[], Any], word: str, where: str) -> Any:
    try:
        return make()
    except KeyError as error:
        raise InputError(f"{where} does not hold a whole {word}: it lacks {error.args[0]}.") from error
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError, MemoryError) as error:
        raise InputError(f"{where} does not hold a whole {word}: {brief(error)}.") from error
