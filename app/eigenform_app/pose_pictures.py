"""Small pictures of the sample poses, of the figure itself, drawn in a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eigenform_app.pose_figures import Figure, Pose

if TYPE_CHECKING:
    import torch
    from eigenform.jobs import JobContext

SIDE = 44  # points
RATIO = 2  # pixels a point
FINE = 2  # pixels of the drawing to one of the picture
_AROUND, _ABOVE = np.radians(29.0), np.radians(8.0)  # the eye stands a little to the figure's left and above


def pose_pictures(figure: Figure, pose: Pose, faces: np.ndarray, ctx: JobContext) -> dict[str, np.ndarray]:
    """Each sample pose of a figure with the shape and the place of ``pose``, seen from a little to its left.

    Returns
    -------
    dict of str to (SIDE * RATIO, SIDE * RATIO, 4) uint8
        The background is transparent; all fill their picture.
    """
    import torch

    triangles, found = torch.tensor(faces), {}
    for name, rotations in figure.samples().items():
        ctx.check()
        drawn = figure.draw(Pose(rotations, pose.translation, pose.shape))
        found[name] = _picture(drawn.verts, triangles)
    return found


def _picture(verts: np.ndarray, faces: torch.Tensor) -> np.ndarray:
    import torch
    from eigenform.avatar.figure.rotations import matrices
    from eigenform.avatar.raster.maps import body_maps

    from eigenform_app.viewport.raster import lit_sight, shade

    seen = verts @ (matrices(np.array([_ABOVE, 0, 0])) @ matrices(np.array([0, 0, -_AROUND]))).T.astype(np.float32)
    low, high = seen.min(axis=0), seen.max(axis=0)
    scale = 1.86 / float(max(high[0] - low[0], high[2] - low[2], 1e-6))
    x, _, z = (low + high) / 2
    camera = torch.tensor([[scale, -scale * x, -scale * z]], dtype=torch.float32)
    maps = body_maps(torch.from_numpy(seen)[None], faces, camera, SIDE * RATIO * FINE)
    return shade(lit_sight(maps["mask"][0].numpy(), maps["normal_front"][0].numpy()), None, scale=FINE)
