"""What a camera sees of a closed surface: nearest and farthest points, in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Seen:
    """The n covered pixels of a square picture, row by row.

    Parameters
    ----------
    mask : (S, S) bool
    face_front : (n,) int64
        Nearest triangle.
    corners, bary : (n, 3)
        Its vertices, and the barycentric coordinates.
    normals_front, normals_back : (n, 3)
        Unit, view axes, smooth.
    depth_front, depth_back : (S, S) float32
        m toward the viewer, 0 outside.
    """

    mask: np.ndarray
    face_front: np.ndarray
    corners: np.ndarray
    bary: np.ndarray
    normals_front: np.ndarray
    normals_back: np.ndarray
    depth_front: np.ndarray
    depth_back: np.ndarray

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Values (n, ...) of the covered pixels as a picture (S, S, ...), 0 elsewhere."""
        out = np.zeros((*self.mask.shape, *values.shape[1:]), dtype=values.dtype)
        out[self.mask] = values
        return out

    def blend(self, attributes: np.ndarray) -> np.ndarray:
        """Attributes (N, C) of the vertices at the nearest points, (n, C)."""
        return (attributes[self.corners] * self.bary[..., None]).sum(1)


def look(verts: np.ndarray, faces: np.ndarray, camera: np.ndarray, size: int) -> Seen:
    """See a surface with the orthographic camera s, t_x, t_y (axes: :mod:`eigenform.figure_types`)."""
    import torch

    from eigenform.avatar.raster.normals import normal_columns
    from eigenform.avatar.raster.project import to_ndc
    from eigenform.avatar.raster.zbuffer import covered

    with torch.no_grad():
        points = torch.as_tensor(np.ascontiguousarray(verts, dtype=np.float32))[None]
        triangles = torch.tensor(faces) if not faces.flags.writeable else torch.as_tensor(faces)
        ndc = to_ndc(points, torch.as_tensor(np.asarray(camera, dtype=np.float32))[None])
        hits = covered(ndc, triangles, size)
        smooth = hits.blend(normal_columns(points, triangles)).numpy().T
    count = len(hits.where)
    mask = np.zeros((size, size), dtype=bool)
    mask.reshape(-1)[hits.where.numpy()] = True
    view = np.stack([smooth[:, 0], smooth[:, 2], -smooth[:, 1]], 1)
    view /= np.maximum(np.linalg.norm(view, axis=1, keepdims=True), 1e-9)
    depth = hits.z.numpy() / np.float32(camera[0])
    maps = np.zeros((2, size, size), dtype=np.float32)
    maps[0][mask], maps[1][mask] = depth[:count], depth[count:]
    return Seen(
        mask, hits.face[:count].numpy(), hits.corner[:, :count].numpy().T, hits.bary[:, :count].numpy().T, view[:count],
        view[count:], maps[0], maps[1],
    )  # fmt: skip
