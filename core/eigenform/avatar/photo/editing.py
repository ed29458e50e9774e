"""What a person changes by hand: keypoints and masks of one view. Each function gives a new person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eigenform.avatar.keypoints import MIRROR
from eigenform.avatar.photo.checks import keypoint_index
from eigenform.avatar.photo.find import crop_of
from eigenform.avatar.photo.masks import Stroke, from_scribbles, painted
from eigenform.errors import InputError
from eigenform.figure_types import Person, View


def view_of(person: Person, number: int) -> View:
    """A view by its number, or :class:`InputError`."""
    if not 0 <= number < len(person.views):
        raise InputError(f"{person.name} has {len(person.views)} views, so there is no number {number}.")
    return person.views[number]


def with_view(person: Person, number: int, view: View) -> Person:
    """A copy with one view in place of another."""
    view_of(person, number)
    return person.replace(views=tuple(view if i == number else v for i, v in enumerate(person.views)))


def move_keypoint(person: Person, number: int, name: str | int, x: float, y: float) -> Person:
    """Put a keypoint of a view at (x, y) pixels; a point set by hand has confidence 1."""
    return _with_point(person, number, name, (x, y, 1.0))


def hide_keypoint(person: Person, number: int, name: str | int) -> Person:
    """Say that a keypoint is not seen: its place stays, its confidence is 0 and the fit ignores it."""
    points = view_of(person, number).keypoints
    x, y = (0.0, 0.0) if points is None else points[keypoint_index(name), :2]
    return _with_point(person, number, name, (float(x), float(y), 0.0))


def set_keypoints(person: Person, number: int, keypoints: np.ndarray) -> Person:
    """Give a view other keypoints, (23, 3); its crop follows where it has no mask."""
    view = view_of(person, number).replace(keypoints=keypoints)
    if view.mask is None:
        view = _cropped(view)
    return with_view(person, number, view)


def swap_sides(person: Person, number: int, names: Sequence[str | int] | None = None) -> Person:
    """Let keypoints of a view change places with those of the other side: all of them, or those named.

    Raises
    ------
    InputError
        Where the view has no keypoints.
    """
    view = view_of(person, number)
    if view.keypoints is None:
        raise InputError(f"View {number} of {person.name} has no keypoints to swap.")
    chosen = range(len(MIRROR)) if names is None else [keypoint_index(name) for name in names]
    both = sorted({i for k in chosen for i in (k, MIRROR[k])})
    points = np.array(view.keypoints)
    points[both] = points[[MIRROR[i] for i in both]]
    return with_view(person, number, view.replace(keypoints=points))


def set_mask(person: Person, number: int, mask: np.ndarray) -> Person:
    """Give a view another mask, (H, W) bool; the crop follows it, and maps and camera of the old crop go.

    Raises
    ------
    InputError
        Where it marks nothing.
    """
    view = view_of(person, number)
    if not np.asarray(mask).any():
        raise InputError("The mask marks no pixel, so there is no person to look at.")
    return with_view(person, number, _cropped(view.replace(mask=mask)))


def paint_mask(person: Person, number: int, points: Stroke, radius: float, add: bool = True) -> Person:
    """Brush a stroke of ``radius`` pixels into the mask of a view; without ``add`` it erases."""
    view = view_of(person, number)
    before = np.zeros(view.pixels.shape[:2], bool) if view.mask is None else view.mask
    return set_mask(person, number, painted(before, points, radius, add))


def scribble_mask(
    person: Person, number: int, inside: Sequence[Stroke], outside: Sequence[Stroke], radius: float | None = None
) -> Person:
    """The mask that a few strokes on the person and beside it ask for; a mask that is there is corrected."""
    view = view_of(person, number)
    found = from_scribbles(view.pixels, inside, outside, radius=radius, start=view.mask)
    return set_mask(person, number, found)


def _with_point(person: Person, number: int, name: str | int, value: tuple[float, float, float]) -> Person:
    view = view_of(person, number)
    points = np.zeros((23, 3)) if view.keypoints is None else np.array(view.keypoints)
    points[keypoint_index(name)] = value
    return with_view(person, number, view.replace(keypoints=points))


def _cropped(view: View) -> View:
    """The view with the crop that fits its mask or keypoints; the camera is said anew, maps do not survive."""
    crop = crop_of(view.mask, view.keypoints, (view.pixels.shape[0], view.pixels.shape[1]))
    if np.allclose(crop, view.crop):
        return view
    camera = None if view.camera is None else moved_camera(view.camera, view.crop, crop)
    return view.replace(crop=crop, camera=camera, maps={})


def moved_camera(camera: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """(3,) the camera (s, t_x, t_y) that says in crop ``new`` what ``camera`` says in crop ``old``."""
    scale = old[2] / new[2]
    shift = np.array([old[0] - new[0], new[1] - old[1]]) / new[2]
    return np.array([camera[0] * scale, camera[1] * scale + shift[0], camera[2] * scale + shift[1]])
