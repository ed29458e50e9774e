"""Flip a limb in depth: what pointed to the viewer points away, and the picture stays as it is.

Under an orthographic camera a segment and its mirror image in the plane of the picture look alike; which of them it is,
only a person (or a prior) can say.
"""

from __future__ import annotations

import numpy as np
import torch

from eigenform.avatar.body.load import load_body
from eigenform.avatar.body.model import BodyModel
from eigenform.avatar.body.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from eigenform.avatar.fit.overlay import with_pose
from eigenform.avatar.fit.rig import joint_bone
from eigenform.avatar.fit.settings import LIMBS, FlipParams
from eigenform.avatar.fit.start import shape_of
from eigenform.avatar.photo.editing import view_of, with_view
from eigenform.errors import InputError
from eigenform.figure_types import Person
from eigenform.jobs import JobContext
from eigenform.provenance import describe

PLANE = np.diag([1.0, -1.0, 1.0])
"""Mirror in the plane of the picture: depth (Y) is turned round."""


def run(person: Person, *, params: FlipParams, ctx: JobContext, body: BodyModel | None = None) -> Person:
    """Flip a limb of a fitted person; see :func:`flip_depth`."""
    ctx.message(f"Flipping the {params.limb}")
    found = flip_depth(person, params.view, params.limb, body or load_body(person.model, ctx))
    kept = {k: person.meta[k] for k in ("curves", "fit", "height", "notes") if k in person.meta}
    return found.replace(meta={**person.meta, **describe("flip-depth", params), **kept})


def flip_depth(person: Person, number: int, limb: str, body: BodyModel | None = None) -> Person:
    """The person with the segments of a limb mirrored in the plane of the picture.

    Parameters
    ----------
    person : Person
        Fitted.
    number : int
        Of the view.
    limb : str
        One of :data:`~eigenform.avatar.fit.settings.LIMBS`. An arm or leg mirrors both its segments; a forearm or shin
        only itself, while the segment above turns about its own axis so that the hinge stays a hinge; the head nods
        the other way.
    body : BodyModel, optional
        Stands for ``person.model``.

    Returns
    -------
    Person
        Projections of the joints of the limb are the same to rounding, lengths too. Maps of the view are gone.

    Raises
    ------
    InputError
        Where there is no such limb or no fitted body.
    """
    if limb not in LIMBS:
        raise InputError(f"There is no limb {limb!r} to flip; there are {', '.join(LIMBS)}.")
    view = view_of(person, number)
    body = body or load_body(person.model)
    if view.rotations is None or len(view.rotations) != len(body.bones):
        raise InputError(f"View {number} of {person.name} has no fitted body to flip a limb of.")
    shape = shape_of(person, body)
    turns, places = _pose(body, shape, np.asarray(view.rotations))
    changed = np.array(view.rotations, dtype=np.float64)
    if limb == "head":
        bones, wanted = _head(body, turns, places)
    else:
        side, part = limb.split()
        chain = [joint_bone(body, "leg" if part in ("leg", "shin") else "arm", side, k) for k in range(3)]
        if min(chain) < 0:
            raise InputError(f"The body {body.name} has no joints of known names for the {limb}.")
        bones, wanted = _limb(chain, turns, places, whole=part in ("arm", "leg"))
    for bone, turn in zip(bones, wanted, strict=True):  # from the trunk outward
        parents_now, _ = _pose(body, shape, changed)
        local = parents_now[body.parents[bone]].T @ turn
        changed[bone] = matrix_to_axis_angle(torch.tensor(local)[None])[0].numpy()
    return with_view(person, number, with_pose(view, body, shape, changed))


def _limb(chain: list[int], turns: np.ndarray, places: np.ndarray, whole: bool) -> tuple[list[int], list[np.ndarray]]:
    """Bones of upper and lower segment and the turns (in the world) that they are to have."""
    first, second = _unit(places[chain[1]] - places[chain[0]]), _unit(places[chain[2]] - places[chain[1]])
    to_first, to_second = PLANE @ first if whole else first, PLANE @ second
    hinge, to_hinge = np.cross(first, second), np.cross(to_first, to_second)
    if min(np.linalg.norm(hinge), np.linalg.norm(to_hinge)) > 0.05:
        upper = _frame(to_first, to_hinge) @ _frame(first, hinge).T
        lower = _frame(to_second, to_hinge) @ _frame(second, hinge).T
    else:  # a straight limb has no hinge to keep
        upper = between(first, to_first)
        lower = between(upper @ second, to_second) @ upper
    return chain[:2], [upper @ turns[chain[0]], lower @ turns[chain[1]]]


def _head(body: BodyModel, turns: np.ndarray, places: np.ndarray) -> tuple[list[int], list[np.ndarray]]:
    """The head turned as its mirror image is: its own orientation reflected, which for the head is a nod."""
    head = body.bones.index("head") if "head" in body.bones else -1
    if head < 0:
        raise InputError(f"The body {body.name} has no bone called head.")
    up = turns[head] @ np.array([0.0, 0.0, 1.0])
    return [head], [between(up, PLANE @ up) @ turns[head]]


def _pose(body: BodyModel, shape: np.ndarray, rotations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``(turns (J, 3, 3), places (J, 3))``: products of the rotations from the root down, heads of the bones."""
    with torch.no_grad():
        rest = body.rest(torch.tensor(shape, dtype=torch.float32, device=body.device)[None])
        local = axis_angle_to_matrix(torch.tensor(rotations, dtype=torch.float32, device=body.device))[None]
        places = body.joints(rest, body.transforms(rest, local))[0].double().cpu().numpy()
    single = axis_angle_to_matrix(torch.tensor(rotations, dtype=torch.float64)).numpy()
    turns = np.empty_like(single)
    for bone, parent in enumerate(body.parents):
        turns[bone] = single[bone] if parent < 0 else turns[parent] @ single[bone]
    if (reference := _root_axes(body)) is not None:
        turns = reference.T @ turns
    return turns, places


def _root_axes(body: BodyModel) -> np.ndarray | None:
    """Axes in which the root's rotation is said: the products of rotations are of the world after them."""
    axes = body._reference[0].double().cpu().numpy()
    return None if np.allclose(axes, np.eye(3)) else axes


def between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(3, 3) the smallest rotation that takes unit vector ``one`` to ``other``."""
    axis, cosine = np.cross(one, other), float(one @ other)
    if cosine < -1 + 1e-9:  # half a turn, about anything across
        across = np.cross(one, np.eye(3)[int(np.abs(one).argmin())])
        across = _unit(across)
        return 2 * np.outer(across, across) - np.eye(3)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + cross + cross @ cross / (1 + cosine)


def _frame(along: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Right-handed axes as columns: a direction, a normal to it, and the rest."""
    n = _unit(normal)
    return np.stack([along, n, np.cross(along, n)], axis=1)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
