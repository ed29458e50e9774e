"""From a person with maps to an avatar: surface, refinement, fewer triangles, weights, texture."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from eigenform import device as devices
from eigenform.avatar.figure.skinning import bind, skin
from eigenform.avatar.metrics import body_covered, topology
from eigenform.avatar.surface.apart import Bound, without_webs
from eigenform.avatar.surface.atlas import unwrap
from eigenform.avatar.surface.covering import covering
from eigenform.avatar.surface.fields import DepthField, OccupancyField, ViewField
from eigenform.avatar.surface.fitted import Fitted
from eigenform.avatar.surface.fusion import FusedField, moved
from eigenform.avatar.surface.octree import evaluate, grid_over
from eigenform.avatar.surface.refine import Evidence, normal_error, refine
from eigenform.avatar.surface.settings import SurfaceParams
from eigenform.avatar.surface.simplify import relax, simplify
from eigenform.avatar.surface.solid import march_solid
from eigenform.avatar.surface.texture import paint
from eigenform.figure_types import Avatar, Person
from eigenform.jobs import Checkpoint, JobContext
from eigenform.provenance import describe

ROOM = 0.35
"""Metres about the body within which the clothes are looked for, where the maps say nothing narrower."""
THIN_PART = 0.025
"""Metres: what of the body is thinner is not bent."""
STAGES = ("surface", "refinement", "triangles", "weights", "texture")


def run(person: Person, *, params: SurfaceParams, ctx: JobContext) -> Avatar:
    """The clothed surface of a person, bound to the skeleton of the fitted body, with colours.

    Parameters
    ----------
    person : Person
        With a fitted body and maps in every view. All views are fused; the avatar has the pose of the first.
    params : SurfaceParams
    ctx : JobContext
        Sees the stages. Previews are avatars without colours. Checkpoints hold the mesh of the last finished stage.

    Returns
    -------
    Avatar
        ``meta["report"]`` says what was measured: topology, share of the body inside, normal error, share of the
        area that is coloured by a photograph, seconds a stage and the peak of memory.

    Raises
    ------
    InputError
        Where the body, maps or the network are missing.
    """
    began = time.perf_counter()
    devices.leave_a_core()
    ctx.message("Loading the body")
    work = Clothing(person, params, ctx)
    avatar = work.run()
    meta = describe("clothed-surface", params, seconds=time.perf_counter() - began - ctx.waited)
    return avatar.replace(meta={**avatar.meta, **meta})


class Clothing:
    """One run, stage by stage.

    Attributes
    ----------
    verts, faces : arrays
        The surface so far, in the pose of the first view.
    report : dict
        What was measured so far, JSON-serialisable.
    """

    def __init__(self, person: Person, params: SurfaceParams, ctx: JobContext) -> None:
        self.person, self.params, self.ctx = person, params, ctx
        self.report: dict[str, Any] = {"mode": params.mode, "seconds": {}}
        self.verts, self.faces = np.zeros((0, 3)), np.zeros((0, 3), np.int64)
        self._done = 0
        self._restore()
        self.fitted = Fitted(person, ctx)

    def run(self) -> Avatar:
        """All stages that are left."""
        for number, (name, stage) in enumerate(
            (("surface", self._extract), ("refinement", self._refine), ("triangles", self._simplify))
        ):
            if number < self._done:
                continue
            self.ctx.step(number, len(STAGES), _WORDS[name])
            began = time.perf_counter()
            stage()
            self._finished(number + 1, name, began)
        began = time.perf_counter()
        self.ctx.step(3, len(STAGES), _WORDS["weights"])
        avatar = self.bound(self.ctx)
        self.report["seconds"]["weights"] = round(time.perf_counter() - began, 2)
        if self.ctx.preview_due():
            self.ctx.preview(avatar)
        began = time.perf_counter()
        self.ctx.step(4, len(STAGES), _WORDS["texture"])
        avatar = self.coloured(avatar)
        self.report["seconds"]["texture"] = round(time.perf_counter() - began, 2)
        self.ctx.step(5, len(STAGES), "Measuring the result")
        self._measure()
        return avatar.replace(meta={**avatar.meta, "report": self.report})

    # -- stages ------------------------------------------------------------------------------------------------

    def _extract(self) -> None:
        fields = [self._field(i) for i in range(len(self.fitted.views))]
        body = np.asarray(self.fitted.contexts[0].body.verts)
        low, high = self._box(body)
        _, cell, _ = grid_over(low, high, self.params.resolution)
        field = FusedField(self.fitted, fields, cell)
        grid = evaluate(field, low, high, self.params.resolution, body, self.ctx.check)
        self.verts, self.faces = march_solid(grid)
        self.verts = relax(self.verts, self.faces, check=self.ctx.check)
        self.report |= {"grid": list(grid.values.shape), "evaluated": grid.evaluated}

    def _field(self, number: int) -> ViewField:
        context, mode = self.fitted.contexts[number], self.params.mode
        if mode == "depth":
            return DepthField(context)
        from eigenform.avatar.networks.weights import load

        network, card = load("occupancy" if mode == "occupancy" else "icon7", devices.choose(self.params.device))
        self.report["network"] = str(card.get("sha256", ""))[:16]
        return OccupancyField(context, network, "local" if mode == "occupancy" else "icon7")

    def _box(self, body: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What surely holds the clothes: the mask sideways and upward, the depth maps forward and back."""
        low, high = body.min(axis=0) - 0.03, body.max(axis=0) + 0.03
        if len(self.fitted.contexts) > 1:
            return low - ROOM / 2, high + ROOM / 2
        context = self.fitted.contexts[0]
        on = np.argwhere(context.maps["mask"] > 0.5)
        scale, tx, ty = (float(v) for v in context.camera)
        edges = np.stack([on.min(axis=0) - 1.5, on.max(axis=0) + 2.5]) / context.size
        x = (2 * edges[:, 1] - 1 - tx) / scale
        z = (1 - 2 * edges[:, 0] - ty) / scale
        person = context.maps["mask"] > 0.5
        y = -float(context.clothed.front[person].max()), -float(context.clothed.back[person].min())
        low = np.minimum(low, [x[0], y[0] - 0.03, z[1]])
        high = np.maximum(high, [x[1], y[1] + 0.03, z[0]])
        return np.maximum(low, body.min(axis=0) - ROOM), np.minimum(high, body.max(axis=0) + ROOM)

    def _refine(self) -> None:
        if not self.params.refine:
            return
        self.report["normal_error_before"] = self.normal_errors(self.verts)

        def show(number: int, verts: np.ndarray) -> None:
            self.ctx.message(f"{_WORDS['refinement']} ({number} of {self.params.refine})")

        self.verts = self.bent(self.params.refine, show)

    def bent(self, rounds: int, show: Callable[[int, np.ndarray], None] | None = None) -> np.ndarray:
        """The vertices bent to the normals; fingers and other thin parts, which maps hardly resolve, stay."""
        body = self.fitted.contexts[0].body
        thin = body.spread(body.nearest(self.verts, self.ctx.check), (body.thickness() < THIN_PART).astype(float))
        views = self.evidence(self.verts)
        return refine(self.verts, self.faces, views, rounds, 300 * thin, self.ctx.check, show)

    def _simplify(self) -> None:
        self.verts, self.faces = simplify(self.verts, self.faces, self.params.faces, self.ctx)
        if self.params.refine:
            self.verts = self.bent(1)
        body = self.fitted.contexts[0].body
        self.verts = covering(self.verts, self.faces, body, self.ctx.check)

    def bound(self, ctx: JobContext | None) -> Avatar:
        """The surface so far as an avatar without colours."""
        fitted, first = self.fitted, self.fitted.views[0]
        below = np.asarray(fitted.model.skin_bones), np.asarray(fitted.model.skin_weights, dtype=np.float64)
        rest, bones, weights = bind(
            self.verts,
            self.faces,
            np.asarray(first.verts),
            fitted.model.faces,
            below,
            fitted.transforms[0],
            fitted.model.trunk,
            ctx,
        )
        self.ctx.message("Parting arms from the trunk")
        found = Bound(rest, self.faces, bones, weights)
        found, self.report["web"] = without_webs(found, self.verts, fitted, self.params, self.ctx)
        if self.report["web"]:
            self.verts, self.faces = skin(found.verts, found.bones, found.weights, fitted.transforms[0]), found.faces
        shape = {name: float(value) for name, value in self.person.shape.items()}
        return Avatar(
            rest_verts=found.verts,
            verts=self.verts,
            faces=self.faces,
            skeleton=fitted.skeleton,
            weight_bones=found.bones,
            weights=found.weights,
            rotations=np.asarray(first.rotations),
            translation=np.zeros(3),
            body={"model": self.person.model, "shape": shape},
            name=self.person.name,
        )

    def coloured(self, avatar: Avatar) -> Avatar:
        """The avatar with texture coordinates, texture and colours at vertices."""
        limb = self.fitted.limbs()[avatar.weight_bones[:, 0]]
        rest, faces = np.asarray(avatar.rest_verts), np.asarray(avatar.faces)
        size = self.params.texture
        coordinates, corners = unwrap(rest, faces, size or 512, limb, self.ctx.check)
        posed = self.posed(np.asarray(avatar.verts))
        views = list(self.fitted.views)
        hidden = self.params.hidden
        painted = paint(rest, faces, posed, views, coordinates, corners, size or 512, hidden, self.ctx.check)
        self.report |= {"coloured": round(painted.coloured, 4), "coloured_exactly": round(painted.exact, 4)}
        plain = avatar.replace(colours=painted.colours, seen=painted.seen)
        if not size:
            return plain
        return plain.replace(
            texture_coordinates=coordinates,
            texture_faces=corners,
            texture=painted.texture,
            texture_seen=painted.texture_seen,
        )

    # -- helpers -----------------------------------------------------------------------------------------------

    def posed(self, verts: np.ndarray) -> list[np.ndarray]:
        """The surface (V, 3) in the pose of each view."""
        if len(self.fitted.views) == 1:
            return [verts]
        body = self.fitted.contexts[0].body
        nearest = body.nearest(verts, self.ctx.check)
        return [moved(verts, nearest, self.fitted.moves(i), body.spread) for i in range(len(self.fitted.views))]

    def evidence(self, verts: np.ndarray) -> list[Evidence]:
        """The maps of all views, with the surface in the pose of each."""
        found = [Evidence(np.asarray(c.camera), c.maps, None) for c in self.fitted.contexts]
        if len(found) == 1:
            return found
        body = self.fitted.contexts[0].body
        nearest = body.nearest(verts, self.ctx.check)
        moves = [body.spread(nearest, self.fitted.moves(i)) for i in range(len(found))]
        return [e._replace(moves=m) for e, m in zip(found, moves, strict=True)]

    def normal_errors(self, verts: np.ndarray) -> list[dict[str, float]]:
        """Degrees between drawn and predicted normals, for each view."""
        pairs = zip(self.fitted.contexts, self.posed(verts), strict=True)
        errors = []
        for context, posed in pairs:
            self.ctx.check()
            errors.append(normal_error(posed, self.faces, context.camera, context.maps))
        return errors

    def _measure(self) -> None:
        model, report = self.fitted.model, self.report
        found = topology(self.verts, self.faces)
        self.ctx.check()
        report |= {
            "components": found.components,
            "watertight": found.watertight,
            "non_manifold_edges": found.non_manifold_edges,
            "body_inside": body_covered(np.asarray(self.fitted.views[0].verts)[model.trunk], self.verts, self.faces),
            "normal_error": self.normal_errors(self.verts),
            "triangles": len(self.faces),
            "peak_bytes": int(devices.peak_bytes()),
        }

    def _finished(self, done: int, name: str, began: float) -> None:
        self.report["seconds"][name] = round(time.perf_counter() - began, 2)
        self._done = done
        arrays = {"verts": self.verts, "faces": self.faces}
        self.ctx.save_checkpoint(Checkpoint(arrays, {"done": done, "report": self.report}))
        if self.ctx.preview_due() and done < 3:
            self.ctx.preview(preview_of(self))

    def _restore(self) -> None:
        found = self.ctx.restored
        if found is not None and "done" in found.state:
            self.verts, self.faces = np.asarray(found.arrays["verts"]), np.asarray(found.arrays["faces"])
            self._done, self.report = int(found.state["done"]), dict(found.state["report"])


_WORDS = {
    "surface": "Finding the surface",
    "refinement": "Bending the surface to the normals",
    "triangles": "Reducing the triangles",
    "weights": "Binding the surface to the bones",
    "texture": "Laying the photograph on the surface",
}


def preview_of(work: Clothing) -> Avatar:
    """The surface so far, for looking at only: its vertices are not bound to the bones yet."""
    verts = work.verts.copy()
    return Avatar(
        rest_verts=verts, verts=verts, faces=work.faces.copy(), skeleton=work.fitted.skeleton,
        weight_bones=np.zeros((len(verts), 1), np.int64), weights=np.ones((len(verts), 1)),
        rotations=np.asarray(work.fitted.views[0].rotations), translation=np.zeros(3), name=work.person.name,
    )  # fmt: skip
