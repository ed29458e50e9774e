"""The loop between body and normals: predict the clothed normals, refine the body by them, predict again.

ICON (Xiu et al., CVPR 2022, section 3.2) refines the body by the front normals and the silhouette; here front and back
count, keypoints and the fit's pose hold it, and Adam takes few steps, as ECON (Xiu et al., CVPR 2023) does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from eigenform.avatar.body.model import BodyModel
from eigenform.avatar.body.rotations import axis_angle_to_matrix
from eigenform.avatar.fit.fit_body import fitted_person, terms_of
from eigenform.avatar.fit.rig import rig_of
from eigenform.avatar.fit.settings import LoopParams
from eigenform.avatar.fit.start import shape_of
from eigenform.avatar.fit.terms import Weights, project
from eigenform.avatar.fit.thin import EVERY
from eigenform.avatar.fit.unknowns import Unknowns, slider_limits
from eigenform.avatar.photo import crops
from eigenform.avatar.raster.maps import body_maps
from eigenform.errors import InputError
from eigenform.figure_types import Person, View
from eigenform.jobs import JobContext

Maps = Mapping[str, np.ndarray]
Predictor = Callable[[np.ndarray, Maps, np.ndarray], Maps]
"""From the crop (S, S, 3) uint8, the maps of the body and the mask (S, S) in [0, 1] to the maps of a view."""

DISAGREE = 0.5
"""Clothed pixels beside the body over the body's own, from which clothes are called loose."""

LOOSE = 10.0
"""Factor of the keypoints where clothes are loose: silhouette and normals then say little of the body."""

HOLD = 0.15
"""Factor of staying near the fit, of that of the fit near its guess: normals are what tells depth."""

NORMALS = 120.0
"""Factor of the mean difference of normals, which makes it comparable to the terms of the fit."""


@dataclass(frozen=True)
class Crop:
    """What the loop sees of a view: ``rgb`` (S, S, 3) uint8 and ``mask`` (S, S) float32 in [0, 1]."""

    rgb: np.ndarray
    mask: np.ndarray


def crop_view(view: View, size: int) -> Crop:
    """The crop of a view at a resolution; where there is no mask, all of it counts as person."""
    rgb = crops.resample(view.pixels, view.crop, size)
    if view.mask is None:
        return Crop(rgb, np.ones((size, size), np.float32))
    return Crop(rgb, crops.resample(view.mask, view.crop, size, fill=0.0))


def maps_of(verts: Tensor, faces: Tensor, camera: Tensor, size: int) -> dict[str, np.ndarray]:
    """Maps of one body (V, 3) as arrays, for a predictor: ``mask`` as float32 0 and 1."""
    with torch.no_grad():
        found = body_maps(verts[None], faces, camera[None], size)
    return {name: value[0].float().numpy() for name, value in found.items()}


def feedback(
    person: Person, predict: Predictor, params: LoopParams, ctx: JobContext, body: BodyModel
) -> tuple[Person, dict[str, list[float]]]:
    """Refine a fitted person and predict the maps of its views.

    Parameters
    ----------
    person : Person
        With a fitted body in every view.
    predict : function
        See :data:`Predictor`.
    params : LoopParams
        ``rounds`` of ``steps``; with no rounds the maps are predicted once and the body stays.
    ctx : JobContext
        Gets the curves; previews are the person with the maps of the moment.
    body : BodyModel

    Returns
    -------
    (person, curves)
        The person with refined bodies and ``maps`` that belong to them; one value a step of ``normals`` (mean angle in
        degrees between body and prediction), ``keypoints``, ``silhouette``, ``pose``.

    Raises
    ------
    InputError
        Where a view has no fitted body.
    """
    for number, view in enumerate(person.views):
        if view.rotations is None or view.camera is None or view.verts is None:
            raise InputError(f"View {number} of {person.name} has no fitted body; fitting it first would work.")
    unknowns = _unknowns(person, body)
    pictures = [crop_view(view, params.size) for view in person.views]
    faces = torch.tensor(np.asarray(body.faces))
    targets = _predict(unknowns, faces, pictures, predict, params.size, ctx)
    descent = _Descent(unknowns, person, params, pictures)
    curves: dict[str, list[float]] = {}
    total = params.rounds * params.steps
    for turn in range(params.rounds):
        for step in range(params.steps):
            scalars = descent.step(targets, faces)
            for name, value in scalars.items():
                curves.setdefault(name, []).append(value)
            done = turn * params.steps + step + 1
            ctx.step(done, total, f"Refining the body, round {turn + 1}", **scalars)
            if ctx.preview_due():
                ctx.preview(_with_maps(fitted_person(person, unknowns, body), targets))
        targets = _predict(unknowns, faces, pictures, predict, params.size, ctx)
    return _with_maps(fitted_person(person, unknowns, body), targets), curves


class _Descent:
    """Adam on the unknowns of a person, kept within their limits.

    Parameters
    ----------
    unknowns : Unknowns
        Changed in place.
    person : Person
    params : LoopParams
    pictures : list of Crop
    """

    def __init__(self, unknowns: Unknowns, person: Person, params: LoopParams, pictures: list[Crop]) -> None:
        self.unknowns, self.params, self.pictures = unknowns, params, pictures
        weights = _weights(unknowns, params, pictures)
        outline = np.arange(0, len(unknowns.body.skin_bones), EVERY)
        # the fit settled the stature already: stay near what it said
        stature = float(person.meta.get("height") or 0.0)
        # the fit has weighed the keypoints against all else: anchored at it, the same evidence would count twice
        shown = person.replace(views=tuple(_settled(v, unknowns.body) for v in person.views))
        self.views, self.shape = terms_of(shown, unknowns, weights, stature, outline)
        self.roots = unknowns.roots.clone()
        self.turns = torch.zeros(len(person.views), 3, requires_grad=True)
        self.scale = torch.zeros(len(person.views), 1, requires_grad=True)
        self.cameras = unknowns.cameras.clone()
        self.shift = self.cameras[:, 1:].clone().requires_grad_()
        unknowns.shape, unknowns.joints = unknowns.shape.requires_grad_(), unknowns.joints.requires_grad_()
        changed = [unknowns.shape, unknowns.joints, self.turns, self.scale, self.shift]
        self.optimiser = torch.optim.Adam(changed, lr=params.rate)
        self._put()

    def _put(self) -> None:
        u = self.unknowns
        u.roots = axis_angle_to_matrix(self.turns) @ self.roots
        u.cameras = torch.cat([self.cameras[:, :1] * self.scale.exp(), self.shift], dim=1)

    def step(self, targets: list[dict[str, np.ndarray]], faces: Tensor) -> dict[str, float]:
        """One step; the terms before it, and ``normals``, the mean angle in degrees."""
        u, params = self.unknowns, self.params
        self.optimiser.zero_grad(set_to_none=True)
        rest = u.body.rest(u.shape[None])
        sums = {name: rows.square().sum() for name, rows in self.shape(rest, u.shape[None]).items()}
        bodies = []
        for number, terms in enumerate(self.views):
            roots, joints, cameras = (v[number : number + 1] for v in (u.roots, u.joints, u.cameras))
            posed = u.body(u.shape[None], u.matrices(number, roots, joints))
            terms.look(posed, cameras)
            for name, rows in terms(posed, roots, joints, cameras).items():
                sums[name] = sums.get(name, rows.sum() * 0) + rows.square().sum()
            bodies.append(posed.verts)
        rendered = body_maps(torch.cat(bodies), faces, u.cameras, params.size)
        difference, angle = normal_difference(rendered, targets, self.pictures)
        (torch.stack(list(sums.values())).sum() + NORMALS * params.normal_weight * difference).backward()
        self.optimiser.step()
        with torch.no_grad():
            low, high = slider_limits(u.body)
            u.shape.copy_(u.shape.clamp(low, high))
            joint_low, joint_high = torch.tensor(u.rig.low[1:]), torch.tensor(u.rig.high[1:])
            u.joints.copy_(u.joints.clamp(joint_low, joint_high))
        self._put()
        scalars = {"normals": angle, **{k: float(v.detach()) for k, v in sums.items()}}
        if not all(np.isfinite(v) for v in scalars.values()):
            raise InputError(f"The refinement diverged; a rate below {params.rate:g} would work.")
        return scalars


def normal_difference(
    rendered: Mapping[str, Tensor], targets: list[dict[str, np.ndarray]], pictures: list[Crop]
) -> tuple[Tensor, float]:
    """Mean L1 difference of body and clothed normals, front and back, where both are; and their mean angle, degrees."""
    total, angles, sides = rendered["normal_front"].sum() * 0, [], 0
    for i, (target, picture) in enumerate(zip(targets, pictures, strict=True)):
        covered = rendered["mask"][i] & torch.as_tensor(picture.mask > 0.5)
        count = int(covered.sum())
        if not count:
            continue
        for side in ("normal_front", "normal_back"):
            if side not in target:
                continue
            ours, wanted = rendered[side][i][covered], torch.tensor(target[side])[covered]
            total = total + (ours - wanted).abs().sum(dim=1).mean()
            cosine = (ours.detach() * wanted).sum(dim=1).clamp(-1, 1)
            angles.append(float(torch.rad2deg(torch.acos(cosine)).mean()))
            sides += 1
    return total / max(sides, 1), float(np.mean(angles)) if angles else 0.0


def _predict(
    unknowns: Unknowns, faces: Tensor, pictures: list[Crop], predict: Predictor, size: int, ctx: JobContext
) -> list[dict[str, np.ndarray]]:
    ctx.message("Predicting clothed normals")
    found = []
    bodies = torch.tensor(unknowns.verts(unknowns.body), dtype=torch.float32)
    for verts, camera, picture in zip(bodies, unknowns.cameras.detach(), pictures, strict=True):
        ctx.check()
        maps = predict(picture.rgb, maps_of(verts, faces, camera, size), picture.mask)
        found.append({name: np.asarray(value, np.float32) for name, value in maps.items()})
    return found


def _unknowns(person: Person, body: BodyModel) -> Unknowns:
    rotations = np.stack([np.asarray(view.rotations) for view in person.views])
    cameras = np.stack([np.asarray(view.camera) for view in person.views])
    return Unknowns.of(body, rig_of(body), shape_of(person, body), rotations, cameras)


def _weights(unknowns: Unknowns, params: LoopParams, pictures: list[Crop]) -> Weights:
    """Those of the parameters; keypoints weigh more where the clothes are loose."""
    faces = torch.tensor(np.asarray(unknowns.body.faces))
    bodies = torch.tensor(unknowns.verts(unknowns.body), dtype=torch.float32)
    empty = 0.0
    for verts, camera, picture in zip(bodies, unknowns.cameras, pictures, strict=True):
        bare = maps_of(verts, faces, camera, params.size)["mask"]
        empty = max(empty, float(((picture.mask > 0.5) & (bare < 0.5)).sum() / max(float(bare.sum()), 1.0)))
    factor = LOOSE if empty > DISAGREE else 1.0
    hold = HOLD * params.pose_weight
    return Weights(factor * params.keypoint_weight, params.silhouette_weight, hold, 1.0, 1.0)


def _settled(view: View, body: BodyModel) -> View:
    """The view with the keypoints of its fitted body in place of those that were found."""
    assert view.verts is not None
    assert view.camera is not None
    with torch.no_grad():
        points = body.keypoints(torch.tensor(view.verts, dtype=torch.float32)[None])
        flat = project(points, torch.tensor(view.camera, dtype=torch.float32)[None])[0].double().numpy()
    seen = np.ones(len(flat)) if view.keypoints is None else view.keypoints[:, 2]
    return view.replace(keypoints=np.column_stack([crops.to_pixels(flat, view.crop), seen]))


def _with_maps(person: Person, targets: list[dict[str, np.ndarray]]) -> Person:
    views = (view.replace(maps=maps) for view, maps in zip(person.views, targets, strict=True))
    return person.replace(views=tuple(views))
