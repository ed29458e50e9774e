"""Clothed normals and offsets of a fitted person, with the loop that refines the body by them."""

from __future__ import annotations

import time

import numpy as np

from eigenform.avatar.body.load import load_body
from eigenform.avatar.body.model import BodyModel
from eigenform.avatar.fit.feedback import Maps, Predictor, feedback
from eigenform.avatar.fit.settings import LoopParams
from eigenform.errors import InputError
from eigenform.figure_types import Person
from eigenform.jobs import JobContext
from eigenform.provenance import describe


def run(
    person: Person,
    *,
    params: LoopParams,
    ctx: JobContext,
    predict: Predictor | None = None,
    body: BodyModel | None = None,
) -> Person:
    """Predict the maps of all views and refine the bodies.

    Parameters
    ----------
    person : Person
        Fitted.
    params : LoopParams
    ctx : JobContext
    predict : function, optional
        Stands for the network, see :data:`eigenform.avatar.fit.feedback.Predictor`.
    body : BodyModel, optional
        Stands for ``person.model``.

    Returns
    -------
    Person
        With ``View.maps`` and bodies that fit them; ``meta["curves"]`` holds those of the loop.

    Raises
    ------
    InputError
        Where there is no fitted body, or no weights and no normal maps.
    """
    began = time.perf_counter()
    body = body or load_body(person.model, ctx)
    predict = predict or predictor(person, params)
    found, curves = feedback(person, predict, params, ctx, body)
    meta = describe("clothed-normals", params, seconds=time.perf_counter() - began - ctx.waited)
    curves = {**person.meta.get("curves", {}), **{f"loop {name}": values for name, values in curves.items()}}
    return found.replace(meta={**person.meta, **meta, "curves": curves})


def predictor(person: Person, params: LoopParams) -> Predictor:
    """The function that parameters ask for: our network, a person's own model for the front, or maps from files."""
    if params.predictor == "given":
        return _given(person)
    ours = our_clother(params.device)
    if not params.model_file:
        return ours
    from eigenform.avatar.photo.onnx_models import normal_model

    own = normal_model(params.model_file)

    def both(rgb: np.ndarray, body: Maps, mask: np.ndarray) -> Maps:
        maps = dict(ours(rgb, body, mask))
        return {**maps, "normal_front": np.where(mask[..., None] > 0.5, own(rgb), maps["normal_front"])}

    return both


def our_clother(device: str = "auto") -> Predictor:
    """The network of :mod:`eigenform.avatar.networks.clother`.

    Raises
    ------
    InputError
        Where its weights are not installed: says what can be done without.
    """
    from eigenform.avatar.networks.clother import predict
    from eigenform.avatar.networks.weights import load
    from eigenform.device import choose

    network, _ = load("clother", choose(device))

    def clothe(rgb: np.ndarray, body: Maps, mask: np.ndarray) -> Maps:
        return predict(rgb, body, mask, network)

    return clothe


def _given(person: Person) -> Predictor:
    """The maps that each view has already, in the order of the views, again and again."""
    for number, view in enumerate(person.views):
        if "normal_front" not in view.maps:
            raise InputError(f"View {number} of {person.name} has no normal maps; reading them from files would work.")
    turn = -1

    def next_maps(rgb: np.ndarray, body: Maps, mask: np.ndarray) -> Maps:
        nonlocal turn
        turn = (turn + 1) % len(person.views)
        maps = dict(person.views[turn].maps)
        if len(maps["normal_front"]) != len(rgb):
            raise InputError(
                f"The normal maps have {len(maps['normal_front'])} pixels on a side and the loop {len(rgb)}: "
                "give both one size."
            )
        return maps

    return next_maps
