"""Where a fit starts: the lifter's guess, the pose that is there, or standing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from eigenform.avatar.body.bones import MAIN, mirror_pose
from eigenform.avatar.body.model import BodyModel
from eigenform.avatar.body.rotations import axis_angle_to_matrix, matrix_to_axis_angle, nearest_rotation
from eigenform.avatar.fit.rig import Rig
from eigenform.avatar.fit.terms import in_crop, place_camera
from eigenform.avatar.keypoints import MIRROR
from eigenform.errors import InputError
from eigenform.figure_types import Person, View

Lifter = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From (23, 3) keypoints in crop coordinates to ``(shape (6,), rotations (M, 3) of the main bones)``."""

FEWEST = 6
"""Keypoints that a fit needs."""

TRUST = 0.45
"""Confidence from which the lifter is told of a keypoint."""

ADULT = {"gender": 0.5, "age": 0.7, "muscle": 0.5, "weight": 0.45, "height": 0.5, "proportions": 0.5}
"""Sliders of an adult of whom nothing is known."""


@dataclass(frozen=True)
class Start:
    """``shape`` (S,), ``rotations`` (N, J, 3), ``cameras`` (N, 3)."""

    shape: np.ndarray
    rotations: np.ndarray
    cameras: np.ndarray


def our_lifter(device: str = "auto") -> Lifter:
    """The network of :mod:`eigenform.avatar.networks.lifter`.

    Raises
    ------
    InputError
        Where its weights are not installed: says what can be done without.
    """
    from eigenform.avatar.networks.lifter import lift
    from eigenform.avatar.networks.weights import load
    from eigenform.device import choose

    network, _ = load("lifter", choose(device))

    def guess(keypoints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        lifted = lift(keypoints, network)
        return lifted.shape, lifted.rotations

    return both_ways(guess)


def both_ways(lifter: Lifter) -> Lifter:
    """A lifter that is also asked of the mirrored keypoints: the mean of both answers is better than either."""

    def guess(keypoints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        turned = np.asarray(keypoints)[list(MIRROR)] * [-1, 1, 1]
        (shape, seen), (other, mirrored) = lifter(keypoints), lifter(turned)
        vectors = np.stack([seen, mirror_pose(mirrored, MAIN)])
        mean = axis_angle_to_matrix(torch.tensor(vectors)).mean(dim=0)
        return (shape + other) / 2, matrix_to_axis_angle(nearest_rotation(mean)).numpy()

    return guess


def start_of(person: Person, body: BodyModel, rig: Rig, how: str, lifter: Lifter | None) -> Start:
    """The start that is asked for.

    Raises
    ------
    InputError
        Where a view has too few keypoints, or there is no pose to go on from.
    """
    for number, view in enumerate(person.views):
        _need_keypoints(view, person.name if len(person.views) == 1 else f"view {number} of {person.name}")
    if how == "current":
        shape, rotations = _current(person, body)
    elif how == "network":
        if lifter is None or body.name != "anny":
            raise InputError("The lifter knows the body anny only; starting from standing would work for others.")
        shape, rotations = _lifted(person, body, rig, lifter)
    else:
        shape = middle_shape(body)
        rotations = np.zeros((len(person.views), len(body.bones), 3))
        for turn, view in zip(rotations, person.views, strict=True):
            turn[0] = facing(view)
    return Start(shape, rotations, cameras_for(person, body, shape, rotations))


def middle_shape(body: BodyModel) -> np.ndarray:
    """(S,) sliders of an average adult."""
    return np.array([ADULT.get(n, m) for n, m in zip(body.shape_names, body.middle, strict=True)], dtype=np.float64)


def facing(view: View) -> np.ndarray:
    """(3,) half a turn about the vertical where the keypoints show a back: the left shoulder left in the picture."""
    points = in_crop(view)
    sides = [(5, 6), (11, 12)]
    seen = [points[a, 0] - points[b, 0] for a, b in sides if min(points[a, 2], points[b, 2]) > 0]
    return np.array([0.0, 0.0, np.pi if seen and sum(seen) < 0 else 0.0])


def cameras_for(person: Person, body: BodyModel, shape: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """(N, 3) cameras that show the keypoints of posed bodies best."""
    with torch.no_grad():
        turns = axis_angle_to_matrix(torch.tensor(rotations, dtype=torch.float32))
        posed = body(torch.tensor(shape, dtype=torch.float32)[None], turns)
    points = posed.keypoints.double().numpy()
    return np.stack([place_camera(p, in_crop(v)) for p, v in zip(points, person.views, strict=True)])


def shape_of(person: Person, body: BodyModel) -> np.ndarray:
    """(S,) sliders of a person, at their middle where they are not said."""
    return np.array([person.shape.get(n, m) for n, m in zip(body.shape_names, body.middle, strict=True)], np.float64)


def _current(person: Person, body: BodyModel) -> tuple[np.ndarray, np.ndarray]:
    posed = [v.rotations for v in person.views]
    if any(r is None or len(r) != len(body.bones) for r in posed):
        raise InputError(f"{person.name} has no pose of the body {body.name} yet; starting anew would work.")
    shape = shape_of(person, body) if person.shape else middle_shape(body)
    return shape, np.stack([np.asarray(r) for r in posed if r is not None])


def _lifted(person: Person, body: BodyModel, rig: Rig, lifter: Lifter) -> tuple[np.ndarray, np.ndarray]:
    shapes, weights = [], []
    rotations = np.zeros((len(person.views), len(body.bones), 3))
    for turn, view in zip(rotations, person.views, strict=True):
        points = in_crop(view)
        shape, main = lifter(trusted(points))
        turn[rig.index] = main
        shapes.append(shape)
        weights.append(points[:, 2].sum())
    mean = np.average(np.stack(shapes), axis=0, weights=weights)
    full = middle_shape(body)
    full[: len(mean)] = mean
    return full, rotations


def trusted(points: np.ndarray) -> np.ndarray:
    """(23, 3) keypoints without those that are hardly seen, as long as enough are left: a guess is better off so."""
    kept = np.array(points)
    kept[kept[:, 2] < TRUST] = 0
    return kept if (kept[:, 2] > 0).sum() >= 2 * FEWEST else points


def _need_keypoints(view: View, where: str) -> None:
    count = 0 if view.keypoints is None else int((view.keypoints[:, 2] > 0).sum())
    if count < FEWEST:
        raise InputError(
            f"{where} has {count or 'no'} keypoints, and a fit needs {FEWEST}: finding the person, a JSON file, or "
            "setting them by hand would work."
        )
