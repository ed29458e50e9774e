"""From a synthetic person with true maps to an avatar: closed, refined, coloured, from one view and from two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from avatar_fixtures import body
from eigenform import jobs, registry
from eigenform.avatar.figure.posing import pose
from eigenform.avatar.metrics import body_covered, chamfer_p2s, topology
from eigenform.avatar.surface import reconstruct
from eigenform.avatar.surface.clothed import Clothing
from eigenform.avatar.surface.fields import OccupancyField
from eigenform.avatar.surface.fitted import Fitted
from eigenform.avatar.surface.fusion import FusedField
from eigenform.avatar.surface.settings import ReconstructParams, RefineParams, SurfaceParams
from eigenform.avatar.surface.texture import mirrored, spread_out
from eigenform.errors import Cancelled, InputError
from eigenform.figure_types import Avatar, Person
from eigenform.jobs import JobContext
from eigenform.types import Image
from surface_people import checkerboard, dressed_person

QUICK = SurfaceParams(mode="depth", resolution=129, refine=2, faces=12_000, texture=1024)
FRONT_AND_BACK = (0.0, np.pi)


def method(name: str) -> registry.Method:
    """A record by its name."""
    return next(m for m in registry.methods() if m.name == name)


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    """What one view gives."""
    return jobs.run(method("clothed-surface"), [dressed_person()[0]], QUICK)


def test_the_surface_is_one_closed_piece_about_the_body(avatar: Avatar) -> None:
    found = topology(avatar.verts, avatar.faces)
    assert found.watertight
    assert found.components == 1
    assert found.non_manifold_edges == 0
    person = dressed_person()[0]
    bare = np.asarray(person.views[0].verts)[body().trunk]
    assert body_covered(bare, avatar.verts, avatar.faces) >= 0.99
    assert abs(len(avatar.faces) - 12_000) < 1_000


def test_it_is_much_nearer_to_the_clothes_than_the_body_is(avatar: Avatar) -> None:
    person, truth = dressed_person()
    true = truth.verts, truth.outer()
    bare = chamfer_p2s(np.asarray(person.views[0].verts), body().faces[body().trunk[body().faces].all(1)], *true, 5000)
    found = chamfer_p2s(avatar.verts, avatar.faces, *true, 5000)
    assert found.chamfer < 5
    assert found.chamfer < 0.4 * bare.chamfer


def test_the_report_says_what_was_measured(avatar: Avatar) -> None:
    report = avatar.meta["report"]
    errors, before = report["normal_error"][0], report["normal_error_before"][0]
    for side in ("front", "back"):
        assert errors[side] < 8
        assert errors[side] < before[side] + 1
    assert report["body_inside"] >= 0.99
    assert report["watertight"]
    assert set(report["seconds"]) == {"surface", "refinement", "triangles", "weights", "texture"}
    assert report["peak_bytes"] > 1e8


def test_the_avatar_is_bound_to_the_skeleton(avatar: Avatar) -> None:
    same = pose(avatar, np.asarray(avatar.rotations))
    assert np.abs(same.verts - avatar.verts).max() < 1e-6
    rest = pose(avatar, np.zeros_like(avatar.rotations))
    assert topology(rest.verts, rest.faces).watertight
    assert np.linalg.norm(rest.verts - avatar.verts, axis=1).max() > 0.05


def test_seen_texels_are_those_of_the_photograph(avatar: Avatar) -> None:
    view = dressed_person()[0].views[0]
    texture, seen = np.asarray(avatar.texture), np.asarray(avatar.texture_seen)
    assert 0.1 < seen.mean() < 0.6
    difference, shares = [], np.full(3, 1 / 3)
    coordinates, corners = np.asarray(avatar.texture_coordinates), np.asarray(avatar.texture_faces)
    size = len(texture)
    middles = np.einsum("k,fkd->fd", shares, coordinates[corners])
    rows = np.clip(((1 - middles[:, 1]) * size).astype(int), 0, size - 1)
    columns = np.clip((middles[:, 0] * size).astype(int), 0, size - 1)
    # the colour that the picture has where the camera sees the middle of the texel
    for i in np.flatnonzero(seen[rows, columns])[::7]:
        texel = np.array([(columns[i] + 0.5) / size, 1 - (rows[i] + 0.5) / size])
        triangle = coordinates[corners[i]]
        share = np.linalg.solve(np.vstack([triangle.T, np.ones(3)]), np.append(texel, 1))
        if share.min() < 0:
            continue
        point = share @ np.asarray(avatar.verts)[avatar.faces[i]]
        s, tx, ty = view.camera
        px = view.crop[0] + view.crop[2] * (s * point[0] + tx) - 0.5
        py = view.crop[1] - view.crop[2] * (s * point[2] + ty) - 0.5
        r, c = int(py), int(px)
        square = np.asarray(view.pixels)[r : r + 2, c : c + 2].astype(float)
        wanted = np.einsum("i,j,ijk->k", [1 - (py - r), py - r], [1 - (px - c), px - c], square)
        difference.append(np.abs(texture[rows[i], columns[i]] - wanted).max())
    assert len(difference) > 200
    assert max(difference) <= 3


def test_everything_is_filled_and_what_is_guessed_is_marked(avatar: Avatar) -> None:
    seen = np.asarray(avatar.seen)
    behind = avatar.verts[:, 1] > np.quantile(avatar.verts[:, 1], 0.9)
    assert not seen[behind].any()
    assert (np.asarray(avatar.texture).max(axis=2) > 0).all()
    colours = np.asarray(avatar.colours)
    assert colours.min() >= 0
    assert colours.max() <= 1
    # guessed colours run on from those of the photograph, within their range: its red channel is 40 to 220
    assert colours[~seen, 0].min() >= 40 / 255 - 1e-3
    assert colours[~seen, 0].max() <= 220 / 255 + 1e-3
    report = avatar.meta["report"]
    assert 0.2 < report["coloured_exactly"] < report["coloured"] < 0.55


def test_front_and_back_colour_nearly_all(avatar: Avatar) -> None:
    person, truth = dressed_person(turns=FRONT_AND_BACK)
    both: Avatar = jobs.run(method("clothed-surface"), [person], replace(QUICK, resolution=97, texture=512))
    report = both.meta["report"]
    assert report["watertight"]
    assert report["components"] == 1
    assert report["coloured"] > 0.93
    assert len(report["normal_error"]) == 2
    assert chamfer_p2s(both.verts, both.faces, truth.verts, truth.outer(), 5000).chamfer < 5


def test_each_view_answers_for_what_it_sees() -> None:
    person, _ = dressed_person(turns=FRONT_AND_BACK)
    fitted = Fitted(person)

    class Constant:
        def __init__(self, context: Any, value: float) -> None:
            self.context, self.value = context, value

        def clothes(self, points: np.ndarray, nearest: Any) -> np.ndarray:
            return np.full(len(points), self.value)

    fields = [Constant(c, v) for c, v in zip(fitted.contexts, (0.01, 0.03), strict=True)]
    field = FusedField(fitted, fields, 0.007)
    first = fitted.contexts[0].body
    toward = -first.normals[:, 1]
    ahead = np.flatnonzero((toward > 0.95) & (fitted.contexts[0].visible > 0))[::20]
    behind = np.flatnonzero((toward < -0.95) & (fitted.contexts[1].visible > 0))[::20]
    away = 0.06 * first.normals
    # the view that looks straight counts 1, the other a quarter
    before, after = (field(first.verts[some] + away[some]) for some in (ahead, behind))
    assert np.median(before) == pytest.approx(0.014, abs=3e-3)
    assert np.median(after) == pytest.approx(0.026, abs=3e-3)
    assert (before < 0.02).mean() > 0.8
    assert (after > 0.02).mean() > 0.8
    moves = fitted.moves(1)
    carried = np.einsum("vij,vj->vi", moves[:, :, :3], first.verts) + moves[:, :, 3]
    # squared weights where bones turn far, to keep blends that can be undone, move a few vertices a little
    assert np.quantile(np.abs(carried - fitted.contexts[1].body.verts).max(axis=1), 0.95) < 1e-4


def test_a_network_can_be_the_field() -> None:
    import torch
    from eigenform.avatar.networks.occupancy import OccupancyNetwork

    person, _ = dressed_person()
    work = Clothing(person, replace(QUICK, resolution=97), JobContext())
    network = OccupancyNetwork(21)
    with torch.no_grad():  # inside where the coarse distance to the body is below 0.04: a body of one thickness
        for layer in network.layers:
            layer.weight.zero_()
            layer.bias.zero_()
        network.last.weight.zero_()
        network.last.bias.zero_()
        network.layers[0].weight[0, 0] = 1.0
        network.layers[0].bias[0] = 1.0
        for layer in network.layers[1:]:
            layer.weight[0, 0] = 1.0
        network.last.weight[0, 0] = -100.0
        network.last.bias[0] = 104.0
    field = OccupancyField(work.fitted.contexts[0], network)
    points = work.fitted.contexts[0].body.verts[np.unique(work.fitted.contexts[0].body.faces)[::97]]
    assert (field.clothes(points, field.context.body.nearest(points)) < 0).all()
    work._field = lambda number: field  # type: ignore[method-assign]
    work._extract()
    reach = work.fitted.contexts[0].body.nearest(work.verts).distance
    assert np.median(reach) == pytest.approx(0.01, abs=2e-3)


def test_modes_without_weights_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from eigenform.avatar.networks import weights

    monkeypatch.setattr(weights, "own_folder", lambda: tmp_path)
    monkeypatch.setattr(weights, "shipped_folder", lambda: tmp_path)
    with pytest.raises(InputError, match="occupancy"):
        jobs.run(method("clothed-surface"), [dressed_person()[0]], replace(QUICK, mode="occupancy"))


def test_a_person_without_a_body_is_refused_in_words() -> None:
    person = dressed_person()[0]
    bare = person.replace(views=tuple(v.replace(verts=None) for v in person.views))
    with pytest.raises(InputError, match="Fit the body"):
        jobs.run(method("clothed-surface"), [bare], QUICK)
    empty = person.replace(views=tuple(v.replace(maps={**v.maps, "mask": 0 * v.maps["mask"]}) for v in person.views))
    with pytest.raises(InputError, match="mask"):
        jobs.run(method("clothed-surface"), [empty], QUICK)


def test_refining_again_keeps_triangles_and_colours(avatar: Avatar) -> None:
    person = dressed_person()[0]
    turned = pose(avatar, np.zeros_like(avatar.rotations))
    again: Avatar = jobs.run(method("refine-surface"), [turned, person], RefineParams(refine=1))
    assert (again.faces == avatar.faces).all()
    assert (again.texture == avatar.texture).all()
    assert np.linalg.norm(again.verts - avatar.verts, axis=1).mean() < 2e-3
    assert again.meta["report"]["normal_error"][0]["front"] < 8


def test_a_run_goes_on_after_a_break(tmp_path: Any) -> None:
    from eigenform.io.checkpoints import read_checkpoint

    person, image = dressed_person()[0], Image(checkerboard(64))
    params = ReconstructParams(mode="depth", resolution=65, refine=1, faces=3_000, texture=0)
    path, calls = tmp_path / "stop.safetensors", []

    def stage(name: str) -> Any:
        def give(value: Any, ctx: JobContext) -> Person:
            calls.append(name)
            return person

        return give

    class Breaking(JobContext):
        def message(self, text: str) -> None:
            if text.startswith("Finding the body"):
                self.cancel()
            super().message(text)

    stages = {name: stage(name) for name in reconstruct.STAGES}
    with pytest.raises(Cancelled):
        reconstruct.run(image, params=params, ctx=Breaking(path), stages=stages)
    assert calls == list(reconstruct.STAGES)
    found = reconstruct.run(image, params=params, ctx=JobContext(restored=read_checkpoint(path)), stages=stages)
    assert calls == list(reconstruct.STAGES), "no stage ran again"
    whole = reconstruct.run(image, params=params, ctx=JobContext(), stages=stages)
    assert (found.faces == whole.faces).all()
    assert np.abs(found.verts - whole.verts).max() < 1e-9
    assert set(found.meta["report"]["seconds"]) >= {*reconstruct.STAGES, "surface", "refinement"}


def test_mirrored_vertices_and_filled_texels() -> None:
    from surface_people import ball

    verts, faces = ball(0.02, 3)
    verts = np.concatenate([verts - [0.3, 0, 0], verts + [0.3, 0, 0]])
    faces = np.concatenate([faces, faces + len(verts) // 2])
    seen = verts[:, 0] < 0
    which, source = mirrored(verts, faces, seen)
    assert len(which) > 0.9 * (~seen).sum()
    assert np.abs(verts[which] * [-1, 1, 1] - verts[source]).max() < 0.01
    texture = np.zeros((8, 8, 3), np.uint8)
    texture[0, 0] = 200
    assert (spread_out(texture, np.array([0])) == 200).all()
