"""What a good fit is: residuals, of which the sum of squares is to be small.

Each is in units of how wrong it usually gets. Robust costs rho enter as residuals r sqrt(rho(r^2) / r^2), of which the
squares are just rho, so that the same terms serve least squares and gradient descent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from eigenform.avatar.body.model import Posed, Rest
from eigenform.avatar.fit.rig import Rig
from eigenform.avatar.fit.silhouette import Silhouette
from eigenform.avatar.keypoints import NAMES
from eigenform.avatar.photo import crops
from eigenform.figure_types import View

SIGMA = 0.012
"""Usual error of a keypoint in crop coordinates."""

OUTLIER = 4.0
"""In sigmas: from here on a keypoint pulls with constant force."""

STATURE, STATURE_SPREAD = 1.72, 0.12
"""Metres: the height of a person of whom nothing is known, and how far from it people are."""

REACH = 0.05
"""Distance in crop coordinates from which the border pulls ever less: hair, bags and skirts are not the body."""

OUT, SHORT = 60.0, 30.0
"""Residuals of the silhouette for a distance of 1, were all points that far away."""

POSE = 1.0
STRAIGHT = 10.0
"""Factors of staying near the guess and of straight knees; from a search over generated people."""

BEND = 0.35
"""Radians from which a bent knee is taken for what it is, and straightened ever less."""

FACING = 0.3
"""Radians that the whole body turns from its guess as easily as a keypoint is wrong by a sigma."""

DEPTH = 0.02
"""In crop coordinates: the same for the depth of a keypoint, of which the picture says nothing."""

KNEE_DEPTH = 0.06
"""The same for knees, which are to be free to become straight."""

SLIDERS = 0.15
"""The same for the sliders of the shape."""

_KNEES = [NAMES.index(n) for n in ("left knee", "right knee")]
_FEET = [NAMES.index(n) for n in ("left big toe", "left heel", "right big toe", "right heel")]


@dataclass(frozen=True)
class Weights:
    """Factors of the terms (of squares)."""

    keypoints: float = 1.0
    silhouette: float = 1.0
    pose: float = 1.0
    straight: float = 1.0
    shape: float = 1.0
    ground: float = 0.0


@dataclass(frozen=True, eq=False)
class Guess:
    """What one view stays near.

    ``root`` (3, 3) and ``joints`` (M - 1, 3), axis-angle; ``depth`` (23,) how far before their mean the keypoints lie,
    in crop coordinates.
    """

    root: Tensor
    joints: Tensor
    depth: Tensor


class ViewTerms:
    """The residuals of one view.

    Parameters
    ----------
    view : View
    rig : Rig
    guess : Guess
    weights : Weights
    outline : (n,) int64 array
        Vertices that stand for the outline of the body.
    """

    def __init__(self, view: View, rig: Rig, guess: Guess, weights: Weights, outline: np.ndarray) -> None:
        self.rig, self.guess, self.weights = rig, guess, weights
        points = torch.tensor(in_crop(view), dtype=torch.float32)
        self.points, self.confidence = points[:, :2], points[:, 2].square()  # half as sure is far less sure
        self.outline = torch.tensor(outline)
        mask = None if view.mask is None else Silhouette(view)
        self.silhouette = None if mask is None or mask.empty else mask
        self.loose = torch.tensor(rig.loose[1:])
        self.deep = torch.full((len(NAMES),), DEPTH)
        self.deep[_KNEES] = KNEE_DEPTH
        self.nearest: Tensor | None = None

    def look(self, posed: Posed, camera: Tensor) -> None:
        """Decide which vertex each point of the border looks at, from a single body."""
        if self.silhouette is not None:
            flat = project(posed.verts[:1, self.outline], camera[:1])
            self.nearest = self.silhouette.nearest(flat[0])

    def __call__(
        self, posed: Posed, roots: Tensor, joints: Tensor, cameras: Tensor, silhouettes: bool = True
    ) -> dict[str, Tensor]:
        """(B, n) residuals by name, for B bodies with roots (B, 3, 3), joints (B, M - 1, 3) and cameras (B, 3)."""
        w, batch = self.weights, len(roots)
        gap = (project(posed.keypoints, cameras) - self.points) / SIGMA
        gap = huber(gap, OUTLIER) * (w.keypoints * self.confidence).sqrt()[:, None]
        found = {"keypoints": gap.flatten(1)}
        if silhouettes and w.silhouette > 0 and self.silhouette is not None and self.nearest is not None:
            flat = project(posed.verts[:, self.outline], cameras)
            out = huber(self.silhouette.out(flat)[..., None], REACH)[..., 0]
            short = saturated(self.silhouette.short(flat, self.nearest), REACH).flatten(1)
            parts = [OUT * out / out.shape[1] ** 0.5, SHORT * short / max(short.shape[1], 1) ** 0.5]
            found["silhouette"] = w.silhouette**0.5 * torch.cat(parts, dim=1)
        away = (joints - self.guess.joints) / self.loose[:, None]
        turned = vee(self.guess.root.T @ roots) / FACING
        nearer = (depths(posed.keypoints, cameras) - self.guess.depth) / self.deep
        found["pose"] = (POSE * w.pose) ** 0.5 * torch.cat([away.flatten(1), turned, nearer], dim=1)
        if self.rig.knees:
            knees = absolute(joints[:, [k - 1 for k in self.rig.knees]], 0.05, BEND)
            found["straight"] = (STRAIGHT * w.straight) ** 0.5 * knees.reshape(batch, -1)
        if w.ground > 0:
            up = posed.keypoints[:, _FEET, 2]
            found["ground"] = w.ground**0.5 * (up - up.mean(dim=1, keepdim=True)) / 0.02
        return found


class ShapeTerms:
    """The residuals of the shape, which all views share.

    Parameters
    ----------
    sliders : (S,) tensor
        What is stayed near.
    stature : float
        Height in metres, 0 where it is not known.
    weight : float
    """

    def __init__(self, sliders: Tensor, stature: float, weight: float) -> None:
        self.sliders, self.weight = sliders, weight
        self.stature, self.spread = stature or STATURE, 0.005 if stature else STATURE_SPREAD
        self.known = bool(stature)

    def __call__(self, rest: Rest, shape: Tensor) -> dict[str, Tensor]:
        """(B, n) residuals by name, for shapes at rest and their sliders (B, S)."""
        near = self.weight**0.5 * (shape - self.sliders) / SLIDERS
        tall = (height(rest.verts) - self.stature) / self.spread * (1.0 if self.known else self.weight**0.5)
        return {"shape": torch.cat([near, tall[:, None]], dim=1)}


def huber(vectors: Tensor, reach: float) -> Tensor:
    """(..., k) residuals of which the squared length grows linearly beyond ``reach``."""
    square = vectors.square().sum(dim=-1, keepdim=True) / reach**2
    return vectors * (2 / (1 + (1 + square).sqrt())).sqrt()


def saturated(vectors: Tensor, reach: float) -> Tensor:
    """(..., k) residuals of which the squared length tends to ``reach^2`` (Geman and McClure)."""
    square = vectors.square().sum(dim=-1, keepdim=True) / reach**2
    return vectors / (1 + square).sqrt()


def absolute(vectors: Tensor, rounding: float, reach: float) -> Tensor:
    """(..., k) residuals of which the squared length is the length, rounded off at zero and tending to ``reach``."""
    length = (vectors.square().sum(dim=-1, keepdim=True) + rounding**2).sqrt()
    return vectors / ((length + rounding) * (1 + length / reach)).sqrt()


def vee(matrices: Tensor) -> Tensor:
    """(B, 3) axis times the sine of the angle of rotations (B, 3, 3)."""
    skew = (matrices - matrices.transpose(1, 2)) / 2
    return torch.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], dim=1)


def project(points: Tensor, cameras: Tensor) -> Tensor:
    """(B, n, 2) crop coordinates of world points (B, n, 3) under cameras (B, 3)."""
    flat = torch.stack([points[..., 0], points[..., 2]], dim=-1)
    return flat * cameras[:, None, :1] + cameras[:, None, 1:]


def depths(keypoints: Tensor, cameras: Tensor) -> Tensor:
    """(B, n) how far before their mean points (B, n, 3) lie, on the scale of the picture."""
    toward = -keypoints[..., 1] * cameras[:, :1]
    return toward - toward.mean(dim=1, keepdim=True)


def height(rest_verts: Tensor) -> Tensor:
    """(B,) heights in metres of bodies at rest (B, V, 3)."""
    up = rest_verts[..., 2]
    return up.amax(dim=1) - up.amin(dim=1)


def in_crop(view: View) -> np.ndarray:
    """(23, 3) keypoints in crop coordinates with their confidence; zeros where there are none."""
    return np.zeros((23, 3)) if view.keypoints is None else crops.to_ndc(view.keypoints, view.crop)


def place_camera(points: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(3,) the camera s, t_x, t_y that shows points nearest to where they are wanted: linear least squares.

    Parameters
    ----------
    points : (n, 3) array
        Metres, world.
    wanted : (n, 3) array
        Crop coordinates and weights, of which at least two are positive.
    """
    flat, weight = points[:, [0, 2]], wanted[:, 2:] / max(float(wanted[:, 2].sum()), 1e-9)
    centre, target = (flat * weight).sum(0), (wanted[:, :2] * weight).sum(0)
    a, b = flat - centre, wanted[:, :2] - target
    squares = float((weight * a * a).sum())
    scale = float((weight * a * b).sum()) / max(squares, 1e-9)
    even = float(np.sqrt((weight * b * b).sum() / max(squares, 1e-9)))
    scale = scale if scale > 0.5 * even else even  # turned over: keep the size
    return np.array([scale, *(target - scale * centre)])
