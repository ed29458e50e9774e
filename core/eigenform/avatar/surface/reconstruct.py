"""From a picture to an avatar in one go: the five stages one after another, and where it was after a break."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from eigenform import device as devices
from eigenform.avatar.surface.clothed import Clothing
from eigenform.avatar.surface.settings import ReconstructParams, SurfaceParams
from eigenform.figure_types import Avatar, Person
from eigenform.io.figure_files import figure_from, figure_parts
from eigenform.jobs import Checkpoint, JobContext, Relay
from eigenform.params import make, params_of
from eigenform.provenance import describe
from eigenform.types import Image

STAGES = ("person", "body", "clothes")
"""Stages before the surface, each of which gives a person."""

Stage = Callable[[Any, JobContext], Person]


def run(
    image: Image, *, params: ReconstructParams, ctx: JobContext, stages: Mapping[str, Stage] | None = None
) -> Avatar:
    """Find the person, fit the body, predict the clothes, make the surface and colour it.

    Parameters
    ----------
    image : Image
    params : ReconstructParams
    ctx : JobContext
        Sees what each stage says, and previews: the person with what is known so far, then the surface. Checkpoints
        hold what the last finished stage gave; a run goes on from there.
    stages : mapping of str to function, optional
        Stand for stages of :data:`STAGES`; each is given the image or the person so far, and a context.

    Returns
    -------
    Avatar
        ``meta["report"]`` as of the clothed surface, with the seconds of all stages.

    Raises
    ------
    InputError
        As of the stages.
    """
    began = time.perf_counter()
    devices.leave_a_core()
    work = {**default_stages(params), **(stages or {})}
    person, done, seconds = _restored(ctx)
    for number, name in enumerate(STAGES):
        if number < done:
            continue
        clock = time.perf_counter()
        person = work[name](image if person is None else person, _Part(ctx))
        seconds[name] = round(time.perf_counter() - clock, 2)
        _save(ctx, person, number + 1, seconds)
        if ctx.preview_due():
            ctx.preview(person)
    assert person is not None
    surface = SurfaceParams(**{p.name: getattr(params, p.name) for p in params_of(SurfaceParams)})
    avatar = Clothing(person, surface, _Surface(ctx, person, seconds)).run()
    report = dict(avatar.meta["report"])
    report["seconds"] = {**seconds, **report["seconds"]}
    meta = describe("reconstruct", params, seconds=time.perf_counter() - began - ctx.waited, report=report)
    notes = {k: person.meta[k] for k in ("notes", "sources", "fit", "curves", "height") if k in person.meta}
    return avatar.replace(meta={**notes, **meta}, name=image.name)


def default_stages(params: ReconstructParams) -> dict[str, Stage]:
    """The stages before the surface, as parameters ask for them."""

    def person(image: Image, ctx: JobContext) -> Person:
        from eigenform.avatar.photo.find import run as find
        from eigenform.avatar.photo.settings import FindPersonParams

        names = ("which", "more", "mask", "keypoints", "accept_part", "device")
        return find(image, params=make(FindPersonParams, {n: getattr(params, n) for n in names}), ctx=ctx)

    def body(person: Person, ctx: JobContext) -> Person:
        from eigenform.avatar.fit.fit_body import run as fit
        from eigenform.avatar.fit.settings import FitParams

        values = {"steps": params.fit_steps, "height": params.height, "device": params.device}
        return fit(person, params=make(FitParams, values), ctx=ctx)

    def clothes(person: Person, ctx: JobContext) -> Person:
        from eigenform.avatar.fit.clothed import run as loop
        from eigenform.avatar.fit.settings import LoopParams

        values = {"rounds": params.loop_rounds, "device": params.device}
        return loop(person, params=make(LoopParams, values), ctx=ctx)

    return {"person": person, "body": body, "clothes": clothes}


class _Part(Relay):
    """What a stage before the surface sees: its steps reach the outer context, its checkpoints stay away."""

    def step(self, i: int, n: int, message: str | None = None, **scalars: float) -> None:
        """As the outer context."""
        self.outer.step(i, n, message, **scalars)


class _Surface(_Part):
    """What the surface sees: its checkpoints are kept together with the person that it is made of."""

    def __init__(self, outer: JobContext, person: Person, seconds: dict[str, float]) -> None:
        super().__init__(outer)
        self._person, self._seconds = person, seconds
        found = outer.restored
        if found is not None and "surface" in found.state:
            arrays = {k.removeprefix("surface/"): a for k, a in found.arrays.items() if k.startswith("surface/")}
            self.restored = Checkpoint(arrays, found.state["surface"])

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Into the outer checkpoint."""
        _save(self.outer, self._person, len(STAGES), self._seconds, checkpoint)


def _save(
    ctx: JobContext, person: Person, done: int, seconds: dict[str, float], surface: Checkpoint | None = None
) -> None:
    arrays, plain = figure_parts(person)
    state: dict[str, Any] = {"stages": done, "person": plain, "seconds": seconds}
    if surface is not None:
        arrays |= {f"surface/{name}": array for name, array in surface.arrays.items()}
        state["surface"] = dict(surface.state)
    ctx.save_checkpoint(Checkpoint(arrays, state))


def _restored(ctx: JobContext) -> tuple[Person | None, int, dict[str, float]]:
    found = ctx.restored
    if found is None or "stages" not in found.state:
        return None, 0, {}
    arrays = {name: array for name, array in found.arrays.items() if not name.startswith("surface/")}
    person = figure_from("Person", arrays, found.state["person"], "the checkpoint")
    return person, int(found.state["stages"]), dict(found.state["seconds"])
