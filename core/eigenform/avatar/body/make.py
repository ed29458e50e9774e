"""Bodies as values: of sliders and a pose, and the method that makes one from a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.avatar.body import measure
from eigenform.avatar.body.load import load_body
from eigenform.avatar.body.settings import BodyParams
from eigenform.avatar.body.variants import PHENOTYPES
from eigenform.errors import InputError
from eigenform.figure_types import Body, Clip

if TYPE_CHECKING:
    from eigenform.avatar.body.model import BodyModel
    from eigenform.jobs import JobContext

Sliders = Mapping[str, float] | np.ndarray


def make_body(
    shape: Sliders,
    rotations: np.ndarray | None = None,
    translation: np.ndarray | None = None,
    *,
    model: BodyModel | None = None,
    clips: Sequence[Clip] = (),
    meta: Mapping[str, Any] | None = None,
    name: str = "body",
) -> Body:
    """A body in a pose.

    Parameters
    ----------
    shape : mapping of str to float, or (S,) array
        Sliders by name, absent ones at their middle; or all in the order of ``model.shape_names``.
    rotations : (J, 3) array, optional
        Axis-angle, radians, local-ref; zero by default.
    translation : (3,) array, optional
        Where the head of the root goes, metres; the origin by default.
    model : BodyModel, optional
        Anny by default, with its local changes where ``shape`` names one.
    clips, meta, name
        As in :class:`eigenform.figure_types.Body`; height (m) and mass (kg) are added to ``meta``.

    Raises
    ------
    InputError
        For a slider that the model has not.
    """
    import torch

    from eigenform.avatar.body.rotations import axis_angle_to_matrix

    if model is None:
        model = load_body("anny", local=isinstance(shape, Mapping) and not set(shape) <= set(PHENOTYPES))
    values = slider_values(model, shape)
    bones = len(model.bones)
    turns = np.zeros((bones, 3)) if rotations is None else np.asarray(rotations, dtype=np.float64)
    if turns.shape != (bones, 3):
        raise InputError(f"A pose of {turns.shape[0]} bones does not fit the {bones} bones of {model.name}.")
    place = np.zeros(3) if translation is None else np.asarray(translation, dtype=np.float64)
    with torch.no_grad():
        sliders = torch.tensor(values)[None]
        matrices = axis_angle_to_matrix(torch.tensor(turns))[None].float()
        posed = model(sliders, matrices, torch.tensor(place, dtype=torch.float32)[None])
    rest = posed.rest.verts[0].numpy()
    known = {
        "height": round(measure.height(rest), 4),
        "mass": round(measure.mass(rest, model.faces, model.trunk), 2),
    }
    named = {n: float(v) for n, v, m in zip(model.shape_names, values, model.middle, strict=True) if v != m}
    if model.name == "anny":
        named = {n: float(values[i]) for i, n in enumerate(PHENOTYPES)} | named
    verts = posed.verts[0].numpy()
    skeleton = model.skeleton(values)
    return Body(
        model.name, named, verts, model.faces, skeleton, turns, place, tuple(clips), {**(meta or {}), **known}, name
    )


def slider_values(model: BodyModel, shape: Sliders) -> np.ndarray:
    """(S,) float32 in the order of ``model.shape_names``.

    Raises
    ------
    InputError
        For an unknown slider, or another count of values.
    """
    if not isinstance(shape, Mapping):
        values = np.asarray(shape, dtype=np.float32)
        if values.shape != (len(model.shape_names),):
            raise InputError(f"{model.name} has {len(model.shape_names)} sliders, not {values.shape}.")
        return values
    index = {n: i for i, n in enumerate(model.shape_names)}
    values = model.middle.copy()
    for name, value in shape.items():
        if name not in index:
            some = ", ".join(model.shape_names[:8])
            raise InputError(f"The body {model.name} has no slider {name!r}; it has {some} and so on.")
        values[index[name]] = value
    return values


def run(*, params: BodyParams, ctx: JobContext) -> Body:
    """The method ``body``: a body of the sliders and the pose of a form.

    Raises
    ------
    InputError
        For a local change that there is not, or a value of one outside [-1, 1].
    """
    from eigenform.avatar.body.poses import pose_vectors, walk_cycle
    from eigenform.provenance import describe

    ctx.step(0, 2, "Loading the body model")
    if params.model:
        shape = parse_changes(params.changes, most=5.0)
        model = load_body(params.model, ctx)
    else:
        shape = drawn(params.seed) if params.random else {name: getattr(params, name) for name in PHENOTYPES}
        shape |= parse_changes(params.changes)
        model = load_body("anny", ctx, local=len(shape) > len(PHENOTYPES))
    ctx.step(1, 2, "Making the body")
    clips = (walk_cycle(model.skeleton(slider_values(model, shape))),) if params.walk and not params.model else ()
    meta = describe("body", params, pose=params.pose)
    return make_body(shape, pose_vectors(params.pose, model.bones), model=model, clips=clips, meta=meta)


def drawn(seed: int) -> dict[str, float]:
    """Sliders of a random adult: mostly of one gender, of all builds, extremes rare."""
    rng = np.random.default_rng(seed)
    gender = rng.beta(0.4, 0.4)
    others = {
        "age": rng.uniform(0.6, 0.95),
        "muscle": rng.beta(3, 3),
        "weight": rng.beta(2.5, 2.5),
        "height": rng.beta(4, 4),
        "proportions": rng.uniform(0.3, 1.0),
    }
    return {"gender": float(gender), **{k: float(v) for k, v in others.items()}}


def parse_changes(text: str, most: float = 1.0) -> dict[str, float]:
    """``name=value`` pairs, apart by commas or spaces, values in [-most, most]."""
    found: dict[str, float] = {}
    for part in text.replace(",", " ").split():
        name, equals, value = part.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not equals or not -most <= number <= most:
            raise InputError(f"Local changes: {part!r} is not NAME=VALUE with a value between {-most:g} and {most:g}.")
        found[name] = number
    return found
