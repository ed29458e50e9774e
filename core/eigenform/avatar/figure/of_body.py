"""A parametric body as an avatar: the skin itself is the surface, with the model's own weights."""

from __future__ import annotations

import numpy as np

from eigenform.errors import InputError
from eigenform.figure_types import Avatar, Body


def avatar_of_body(body: Body) -> Avatar:
    """The body with the surface, the weights and the bones of its model, in its pose, without colours.

    Offsets of the model that depend on the pose, which SMPL-like bodies have, are those of the present pose.

    Raises
    ------
    InputError
        Where the model cannot be read, or is not the one that the body was made of.
    """
    import torch

    from eigenform.avatar.body.load import load_body
    from eigenform.avatar.body.make import slider_values
    from eigenform.avatar.body.variants import PHENOTYPES
    from eigenform.avatar.figure.rotations import matrices
    from eigenform.avatar.figure.skinning import MOST, reduced

    model = load_body(body.model, local=not set(body.shape) <= set(PHENOTYPES))
    if model.bones != body.skeleton.names or model.faces.shape != body.faces.shape:
        raise InputError(f"{body.name} has not the bones and triangles of the body model {model.name} it names.")
    with torch.no_grad():
        rest = model.rest(torch.tensor(slider_values(model, body.shape))[None]).verts
        offsets = model.corrections(torch.tensor(matrices(body.rotations)[None], dtype=torch.float32))
        verts = (rest if offsets is None else rest + offsets)[0].numpy().astype(np.float64)
    bones, weights = reduced(model.skin_bones, np.asarray(model.skin_weights, dtype=np.float64), MOST)
    return Avatar(
        verts,
        body.verts,
        body.faces,
        body.skeleton,
        bones,
        weights,
        body.rotations,
        body.translation,
        clips=body.clips,
        body={"model": body.model, "shape": dict(body.shape)},
        meta=dict(body.meta),
        name=body.name,
    )
