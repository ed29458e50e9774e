"""The fitted body of a person in each of the views, and how its skin moves from one view to another."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from eigenform.avatar.figure.kinematics import skinning_matrices
from eigenform.avatar.figure.skinning import blended, unfolded, unpose
from eigenform.avatar.surface.features import FeatureContext
from eigenform.avatar.surface.signed_body import SignedBody
from eigenform.avatar.surface.view_maps import check_maps
from eigenform.errors import InputError
from eigenform.figure_types import Person, View

if TYPE_CHECKING:
    from eigenform.jobs import JobContext

LIMBS = re.compile(r"upperarm01|upperleg01|neck01|(left|right)_(shoulder|hip)|^neck$|^(left|right)(arm|upleg)$", re.I)
"""Names of the bones at which a limb begins, in Anny's, SMPL's and Mixamo-like rigs."""


ARMS = re.compile(r"upperarm01|(left|right)_shoulder|^(left|right)arm$", re.I)
"""Names of the bones at which an arm begins."""


class Fitted:
    """A person whose body was fitted and who has maps in every view.

    Parameters
    ----------
    person : Person
    ctx : JobContext, optional
        Sees the body being prepared, where it has to be.

    Attributes
    ----------
    model : BodyModel
    skeleton : Skeleton
        Of the person's shape, at rest.
    transforms : list of (J, 4, 4) arrays
        From rest to the pose of each view.
    contexts : list of FeatureContext
        One a view.

    Raises
    ------
    InputError
        Where a stage before this one is missing.
    """

    def __init__(self, person: Person, ctx: JobContext | None = None) -> None:
        from eigenform.avatar.body.load import load_body
        from eigenform.avatar.fit.start import shape_of

        for view in person.views:
            check_fitted(view, person)
        self.person = person
        self.model = load_body(person.model, ctx)
        if len(self.model.faces) != len(person.body_faces) or len(person.views[0].verts) != len(self.model.code):  # type: ignore[arg-type]
            raise InputError(f"The body of this person is not one of {person.model}: fit it again.")
        self.skeleton = self.model.skeleton(shape_of(person, self.model))
        origin = np.zeros(3)
        self.transforms = [skinning_matrices(self.skeleton, v.rotations, origin) for v in person.views]  # type: ignore[arg-type]
        self.contexts = []
        for view in person.views:
            if ctx is not None:
                ctx.check()
            self.contexts.append(
                FeatureContext(
                    view.verts,  # type: ignore[arg-type]
                    self.model.faces,
                    view.camera,  # type: ignore[arg-type]
                    view.maps,
                    self.model.code,
                    self.model.trunk,
                )
            )

    @property
    def views(self) -> tuple[View, ...]:
        """The views of the person."""
        return self.person.views

    @cached_property
    def _weights(self) -> tuple[np.ndarray, np.ndarray]:
        """Bones and weights (V, k) of the body, of which the pose of the first view can be undone."""
        bones, weights = np.asarray(self.model.skin_bones), np.asarray(self.model.skin_weights, dtype=np.float64)
        return bones, unfolded(bones, weights, self.transforms[0])

    def moves(self, number: int) -> np.ndarray:
        """(V, 3, 4) what brings each vertex of the body, and what is near it, from the first view's pose to another's.

        The blend of the bones of that view after the inverse of the blend of the first.
        """
        if number == 0:
            return np.broadcast_to(np.eye(4)[:3], (len(self.model.code), 3, 4))
        first = blended(*self._weights, self.transforms[0])
        other = blended(*self._weights, self.transforms[number])
        linear = other[:, :, :3] @ np.linalg.inv(first[:, :, :3])
        shift = other[:, :, 3] - np.einsum("vij,vj->vi", linear, first[:, :, 3])
        return np.concatenate([linear, shift[:, :, None]], axis=2)

    def at_rest(self) -> tuple[SignedBody, tuple[np.ndarray, np.ndarray]]:
        """The body of the first view at rest, with its bones (V, k) and the weights (V, k) that take it there."""
        rest = unpose(np.asarray(self.views[0].verts), *self._weights, self.transforms[0])
        return SignedBody(rest, self.model.faces, self.model.trunk), self._weights

    def limbs(self) -> np.ndarray:
        """(J,) a number for the limb of each bone: 0 for the trunk, one for each arm, leg and the head."""
        return np.unique(self._begun_by(LIMBS), return_inverse=True)[1]

    def arms(self) -> np.ndarray:
        """(J,) True for the bones of the arms, hands and fingers."""
        return self._begun_by(ARMS) > 0

    def _begun_by(self, pattern: re.Pattern[str]) -> np.ndarray:
        """(J,) the nearest bone, itself or above it, whose name has the pattern; 0 where there is none."""
        found = np.zeros(len(self.skeleton.names), np.int64)
        for i, (name, parent) in enumerate(zip(self.skeleton.names, self.skeleton.parents, strict=True)):
            if pattern.search(name):
                found[i] = i
            elif parent >= 0:
                found[i] = found[parent]
        return found


def check_fitted(view: View, person: Person) -> None:
    """Raise :class:`InputError` where a view lacks its body or its maps."""
    if view.verts is None or view.camera is None or view.rotations is None or not len(person.body_faces):
        raise InputError("This person has no body yet: run 'Fit the body' first.")
    check_maps(view.maps)
