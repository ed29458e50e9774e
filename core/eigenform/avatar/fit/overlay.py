"""The fitted body over the picture: projected vertices, outlines, and a view with another pose."""

from __future__ import annotations

import numpy as np
import torch

from eigenform.avatar import views
from eigenform.avatar.body.model import BodyModel
from eigenform.avatar.body.rotations import axis_angle_to_matrix
from eigenform.avatar.photo.editing import view_of
from eigenform.errors import InputError
from eigenform.figure_types import Person, View


def project(person: Person, number: int = 0) -> np.ndarray:
    """(V, 3) where a view shows the vertices of its body: x, y in pixels of the picture and nearness in pixels.

    Raises
    ------
    InputError
        Where the view has no fitted body.
    """
    view = view_of(person, number)
    if view.verts is None or view.camera is None:
        raise InputError(f"View {number} of {person.name} has no fitted body yet.")
    return views.project(view, view.verts)


def posed_verts(body: BodyModel, shape: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """(V, 3) float64 vertices of a body with sliders (S,) in a pose (J, 3), the root at the origin."""
    with torch.no_grad():
        turns = axis_angle_to_matrix(torch.tensor(rotations, dtype=torch.float32, device=body.device))[None]
        sliders = torch.tensor(shape, dtype=torch.float32, device=body.device)[None]
        return body(sliders, turns).verts[0].double().cpu().numpy()


def with_pose(view: View, body: BodyModel, shape: np.ndarray, rotations: np.ndarray) -> View:
    """The view with its body in another pose; maps that were made for the old one are gone."""
    return view.replace(rotations=rotations, verts=posed_verts(body, shape, rotations), maps={})
