"""How bodies, people and avatars are drawn: what the picture shows for each display option, and how quick a pose is."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator

import numpy as np
import pytest
import toy_figures as toys
from eigenform.types import Body
from eigenform_app import commands, kinds
from eigenform_app.display import AvatarDisplay, PersonDisplay
from eigenform_app.document import Item
from eigenform_app.viewport.layers_avatar import split_at_seams
from eigenform_app.viewport.posed import corners_of, quick_normals
from eigenform_app.viewport.viewport import Viewport
from PySide6.QtCore import QPointF


@pytest.fixture
def viewport(qapp, qtbot) -> Iterator[Viewport]:
    """A viewport of 300 by 300 pixels."""
    made = Viewport()
    made.resize(300, 300)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    made.deleteLater()


def picture(viewport: Viewport, value, up: str = "z", **options) -> np.ndarray:
    """(300, 300, 3) what is drawn of a value from the front, with display options."""
    viewport.clear()
    viewport.up = up
    viewport.set_item("a", value, dataclasses.replace(kinds.display_for(value), **options))
    viewport.view_along("z")
    return viewport.grab_array((300, 300), notes=False)[..., :3].astype(int)


def middle(found: np.ndarray) -> np.ndarray:
    """The colour in the middle of the figure."""
    return found[120:150, 140:160].reshape(-1, 3).mean(axis=0)


def test_a_body_is_a_grey_figure_that_stands_upright(viewport: Viewport) -> None:
    found = picture(viewport, toys.toy_body())
    colour = middle(found)
    assert np.ptp(colour) < 25, "grey, not skin"
    assert colour.mean() > 90
    figure = found.min(axis=2) > 80  # the ground is darker
    rows, columns = np.flatnonzero(figure.any(axis=1)), np.flatnonzero(figure.any(axis=0))
    assert len(rows) > 2 * len(columns), "z is up"
    normals = middle(picture(viewport, toys.toy_body(), colour="normals"))
    assert normals[2] > 150, "the front faces the viewer: blue"


def test_bones_are_drawn_through_the_surface(viewport: Viewport) -> None:
    without = picture(viewport, toys.toy_body())
    bones = picture(viewport, toys.toy_body(), skeleton=True)
    changed = np.abs(bones - without).sum(axis=2) > 60
    assert 20 < changed.sum() < 2000
    assert not changed[:, :120].any(), "a line up the middle"


def test_every_way_of_colouring_an_avatar(viewport: Viewport) -> None:
    avatar = toys.toy_avatar()
    colour = {c: middle(picture(viewport, avatar, colour=c)) for c in ("texture", "vertex colours", "neutral")}
    assert colour["texture"].argmax() == 1, "the green of the texture"
    assert colour["vertex colours"].argmax() == 0, "the red of the vertices"
    assert np.ptp(colour["neutral"]) < 25
    seen = middle(picture(viewport, avatar, colour="seen and filled in"))
    assert seen[1] > seen[0], "in front it was seen"
    viewport.view_along("-z")
    behind = middle(viewport.grab_array((300, 300), notes=False)[..., :3].astype(int))
    assert behind[0] > behind[2] + 40, "behind it was filled in"
    bare = avatar.replace(texture=None, texture_coordinates=None, texture_faces=None, colours=None, seen=None)
    for c in AvatarDisplay.__dataclass_fields__["colour"].metadata["eigenform"]["choices"]:
        if c != "normals":
            assert np.ptp(middle(picture(viewport, bare, colour=c))) < 25, f"{c} falls back to neutral"


def test_without_shade_colours_are_those_of_the_photograph(viewport: Viewport) -> None:
    found = middle(picture(viewport, toys.toy_avatar(), colour="texture", shade=0.0))
    assert np.abs(found - (40, 200, 60)).max() < 3


def test_vertices_are_doubled_at_seams_alone() -> None:
    avatar = toys.toy_avatar()
    source, faces, where = split_at_seams(avatar)
    assert np.array_equal(source, np.arange(len(avatar.verts))), "one corner a vertex: nothing is doubled"
    corners = np.arange(3 * len(avatar.faces)).reshape(-1, 3)
    cut = avatar.replace(texture_faces=corners, texture_coordinates=np.zeros((corners.size, 2)))
    source, faces, where = split_at_seams(cut)
    assert len(source) == len(where) == corners.size
    assert np.array_equal(source[faces], avatar.faces)


def test_a_pose_moves_what_is_drawn_in_place_and_fast(viewport: Viewport) -> None:
    avatar = toys.toy_avatar(60000)
    picture(viewport, avatar)
    layer = viewport.views[0].layers["a"]
    actors, points = list(layer.actors), layer.points
    poses = [avatar.replace(verts=avatar.verts * (1 + 0.2 * np.sin(i), 1, 1)) for i in range(12)]
    spent = []
    for value in poses:
        began = time.process_time()
        viewport.pose_item("a", value)
        spent.append(time.process_time() - began)
    assert viewport.views[0].layers["a"] is layer
    assert layer.actors == actors
    assert layer.points is points
    assert np.abs(points + layer.geometry.centre - poses[-1].verts).max() < 1e-5
    assert np.median(spent) < 1 / 30
    with pytest.raises(ValueError, match="cannot be posed"):
        viewport.pose_item("a", toys.toy_avatar(300))


def test_quick_normals_are_those_of_the_mesh() -> None:
    from eigenform_app.viewport.geometry import vertex_normals

    verts, faces = toys.mesh(2000)
    points = verts.astype(np.float32)
    assert np.abs(quick_normals(points, faces) - vertex_normals(points, faces)).max() < 1e-5
    again = Body("m", {}, verts, faces, toys.skeleton(), np.zeros((2, 3)), np.zeros(3))
    assert corners_of(again.faces, len(verts)) is corners_of(again.replace(verts=verts * 2).faces, len(verts))


def test_what_was_found_is_drawn_over_the_photograph(viewport: Viewport) -> None:
    off = {"mask": False, "keypoints": False, "body": False}
    person = toys.toy_person(3)
    bare = picture(viewport, person, "y", **off)
    assert np.abs(middle(bare) - (190, 60, 50)).max() < 12, "the photograph itself"

    def changed(**on) -> np.ndarray:
        return np.abs(picture(viewport, person, "y", **{**off, **on}) - bare).sum(axis=2) > 40

    outline, points, body = changed(mask=True), changed(keypoints=True), changed(body=True)
    assert 100 < outline.sum() < 4000
    assert not outline[120:150, 140:160].any()
    assert 50 < points.sum() < 6000
    assert body[120:150, 140:160].all()
    inside = picture(viewport, person, "y", **off, map="clothed part")
    shape = np.abs(inside - bare).sum(axis=2) > 40
    assert (body & shape).sum() / (body | shape).sum() > 0.85, "the body lies where its silhouette is"
    assert changed(map="normals front")[140, 150]
    assert changed(photograph=0.2)[140, 150]
    assert changed(crop=True).any()


def test_the_projected_body_meets_the_silhouette_it_was_made_with() -> None:
    from eigenform.avatar import views

    person = toys.toy_person(2)
    view = person.views[0]
    at = views.project(view, view.verts)
    low, high = at[:, :2].min(axis=0), at[:, :2].max(axis=0)
    assert low[1] == pytest.approx(60 - 60 * 0.8, abs=0.1)
    assert high[1] == pytest.approx(60 + 60 * 0.8, abs=0.1)
    assert (low[0] + high[0]) / 2 == pytest.approx(45, abs=0.1)
    nearest = view.verts[at[:, 2].argmax()]
    assert nearest[1] == view.verts[:, 1].min(), "the front is nearest"


def test_a_second_photograph_of_another_size(viewport: Viewport) -> None:
    person = toys.toy_person(3, 2)
    picture(viewport, person, "y", view=2)
    layer = viewport.views[0].layers["a"]
    assert layer.index == 1
    assert layer.view is person.views[1]
    viewport.set_options("a", PersonDisplay(view=7))
    assert layer.index == 1, "past the last there is none"


def test_what_a_click_tells(viewport: Viewport, qtbot) -> None:
    person = toys.toy_person(3)
    picture(viewport, person, "y")
    layer = viewport.views[0].layers["a"]
    place = layer.place(person.views[0].keypoints[:1, :2])[0] + layer.geometry.centre
    hit = layer.hit(place + (0, 0, 2.0), np.array([0, 0, -1.0]), 0.0, None)
    facts = layer.facts_at(hit)
    assert facts["keypoint"] == "nose"
    assert facts["before the body [mm]"] == pytest.approx(30, abs=0.1)
    assert viewport.pick(QPointF(2, 2)) is None
    picture(viewport, toys.toy_avatar())
    found = viewport.pick(QPointF(150, 140))
    said = viewport.views[0].layers["a"].facts_at(found.hit)
    assert said["bone"] in ("root", "chest")
    assert said["colour"] == "photographed"


def test_figures_stand_upright_and_photographs_face_the_viewer(window, qtbot) -> None:
    person, avatar = toys.toy_person(3), toys.toy_avatar()
    first = Item(person, "someone", "person", display=kinds.display_for(person))
    commands.add(window.document, first)
    assert window.viewport.camera()["up"] == pytest.approx([0, 1, 0])
    second = Item(avatar, "figure", "avatar", parent=first.id, display=kinds.display_for(avatar))
    commands.add(window.document, second)
    assert window.viewport.camera()["up"] == pytest.approx([0, 0, 1], abs=1e-6)
    eye = np.subtract(window.viewport.camera()["position"], window.viewport.camera()["focus"])
    assert eye[1] < 0, "from where it looks to"
    window.viewport.view_along("x")
    turned = window.viewport.camera()
    window.document.set_current(first.id)
    assert window.viewport.camera()["up"] == pytest.approx([0, 1, 0])
    window.document.set_current(second.id)
    assert window.viewport.camera()["position"] == pytest.approx(turned["position"]), "the camera it had"
