"""Fit a parametric body to the keypoints and masks of a person: one shape, one pose a view.

After SMPLify (Bogo et al., ECCV 2016), with a learned guess to start from and to stay near, since depth is not in a
picture.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch

from eigenform.avatar.body.load import load_body
from eigenform.avatar.body.model import BodyModel
from eigenform.avatar.fit.least_squares import LeastSquares
from eigenform.avatar.fit.rig import rig_of
from eigenform.avatar.fit.settings import FitParams
from eigenform.avatar.fit.start import Lifter, Start, our_lifter, start_of
from eigenform.avatar.fit.terms import Guess, ShapeTerms, ViewTerms, Weights, depths, height, in_crop, project
from eigenform.avatar.fit.thin import thinned
from eigenform.avatar.fit.unknowns import Unknowns
from eigenform.errors import InputError
from eigenform.figure_types import Person
from eigenform.jobs import JobContext
from eigenform.provenance import describe

WITHOUT_MASK = 0.3
"""Share of the steps that look at keypoints only: a silhouette misleads while limbs are still far away."""

STANDING = 0.03
"""Weight of staying near a standing pose, of that of staying near a guess."""


def run(
    person: Person,
    *,
    params: FitParams,
    ctx: JobContext,
    lifter: Lifter | None = None,
    body: BodyModel | None = None,
) -> Person:
    """Fit the body.

    Parameters
    ----------
    person : Person
        With keypoints in every view; masks are used where they are there.
    params : FitParams
    ctx : JobContext
        Gets the curves; previews are the person with the body of the moment.
    lifter : function, optional
        Stands for the lifter network, see :data:`eigenform.avatar.fit.start.Lifter`.
    body : BodyModel, optional
        Stands for the model that ``params.model`` names.

    Returns
    -------
    Person
        With ``shape``, ``body_faces`` and, in each view, ``rotations``, ``camera`` and ``verts``; maps of an earlier
        fit are gone. ``meta["fit"]`` holds the mean distance of the keypoints in crop coordinates.

    Raises
    ------
    InputError
        For too few keypoints, or where the network is asked for and not installed.
    """
    began = time.perf_counter()
    ctx.message("Loading the body")
    body = body or load_body(params.model, ctx)
    if params.start == "network" and lifter is None:
        lifter = our_lifter(params.device)
    start = start_of(person, body, rig_of(body), params.start, lifter)
    unknowns, curves = optimise(person, body, start, params, ctx)
    fitted = fitted_person(person, unknowns, body)
    meta = describe("fit-body", params, seconds=time.perf_counter() - began - ctx.waited)
    errors = [keypoint_error(fitted, i, body) for i in range(len(fitted.views))]
    notes = [n for n in person.meta.get("notes", ()) if not n.startswith("The views are to be fitted")]
    with torch.no_grad():
        tall = float(height(body.rest(unknowns.shape[None]).verts)[0])
    meta |= {"curves": curves, "fit": {"keypoint_error": errors}, "notes": notes, "height": tall}
    return fitted.replace(meta={**person.meta, **meta})


def optimise(
    person: Person, body: BodyModel, start: Start, params: FitParams, ctx: JobContext
) -> tuple[Unknowns, dict[str, list[float]]]:
    """Least squares over all unknowns from a start; the curves of the terms, one value a step.

    Raises
    ------
    InputError
        Where the fit diverges.
    """
    rig = rig_of(body)
    thin, outline = thinned(body)
    unknowns = Unknowns.of(thin, rig, start.shape, start.rotations, start.cameras)
    terms = terms_of(person, unknowns, weights_of(params), params.height, outline)
    problem = LeastSquares(unknowns, *terms, ctx.check)
    first = round(WITHOUT_MASK * params.steps)
    curves: dict[str, list[float]] = {}
    for step in range(params.steps):
        scalars = problem.step(silhouettes=step >= first)
        if not np.isfinite(scalars["loss"]):
            raise InputError(
                f"The fit diverged at step {step + 1}; other keypoints or a larger pose weight would work."
            )
        stuck = scalars.pop("stuck", 0.0)
        for name, value in scalars.items():
            curves.setdefault(name, []).append(value)
        ctx.step(step + 1, params.steps, "Fitting the body", **scalars)
        if ctx.preview_due():
            ctx.preview(fitted_person(person, unknowns, body))
        if stuck and step >= first and problem.damping > 1e4:
            break  # nothing is left to gain
    return unknowns, curves


def weights_of(params: FitParams) -> Weights:
    """The weights that parameters ask for; standing is a poor guess, and what is stayed near counts little there."""
    trust = STANDING if params.start == "standing" else 1.0
    return Weights(
        params.keypoint_weight,
        params.silhouette_weight,
        params.pose_weight * trust,
        params.straight_weight,
        params.shape_weight,
        float(params.ground),
    )


def terms_of(
    person: Person, unknowns: Unknowns, weights: Weights, stature: float, outline: np.ndarray
) -> tuple[list[ViewTerms], ShapeTerms]:
    """The terms of all views around what the unknowns are now, and those of the shape."""
    views = []
    for number, view in enumerate(person.views):
        root, joints = unknowns.roots[number].clone(), unknowns.joints[number].clone()
        with torch.no_grad():
            posed = unknowns.body(unknowns.shape[None], unknowns.matrices(number, root[None], joints[None]))
            depth = depths(posed.keypoints, unknowns.cameras[number : number + 1])[0]
        views.append(ViewTerms(view, unknowns.rig, Guess(root, joints, depth), weights, outline))
    return views, ShapeTerms(unknowns.shape.clone(), stature, weights.shape)


def fitted_person(person: Person, unknowns: Unknowns, body: BodyModel) -> Person:
    """The person with the body of the moment in every view; ``body`` is the whole one."""
    verts, rotations = unknowns.verts(body), unknowns.vectors()
    cameras = unknowns.cameras.detach().double().numpy()
    views = tuple(
        view.replace(rotations=r, camera=c, verts=v, maps={})
        for view, r, c, v in zip(person.views, rotations, cameras, verts, strict=True)
    )
    sliders = {name: float(v) for name, v in zip(body.shape_names, unknowns.shape.detach(), strict=True)}
    return person.replace(views=views, model=body.name, shape=sliders, body_faces=body.faces)


def keypoint_error(person: Person, number: int, body: BodyModel) -> float:
    """Mean distance, weighted by confidence, of the body's keypoints from those of a view, in crop coordinates."""
    view = person.views[number]
    assert view.verts is not None
    assert view.camera is not None
    with torch.no_grad():
        points = body.keypoints(torch.tensor(view.verts, dtype=torch.float32)[None])
        found = project(points, torch.tensor(view.camera, dtype=torch.float32)[None])[0].double().numpy()
    wanted: Any = in_crop(view)
    gaps = np.linalg.norm(found - wanted[:, :2], axis=1)
    return float((gaps * wanted[:, 2]).sum() / max(wanted[:, 2].sum(), 1e-9))
