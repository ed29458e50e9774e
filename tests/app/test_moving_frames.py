"""Frames of a figure that moves where OpenGL runs on the CPU: quick ones, then the full one when it rests."""

from __future__ import annotations

import numpy as np
import pose_toys
import pytest
from eigenform.avatar.figure.posing import pose
from eigenform.types import Avatar
from eigenform_app.places import Places
from eigenform_app.viewport import base, software_surface
from eigenform_app.viewport.gizmo import Handles
from eigenform_app.viewport.layer import cells
from eigenform_app.viewport.light_mesh import decimated
from eigenform_app.viewport.posed import is_closed, quick_normals
from eigenform_app.viewport.software_surface import SoftwareSurface
from eigenform_app.viewport.surface import Surface
from eigenform_app.viewport.viewport import Viewport
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance


def textured(size: int) -> Avatar:
    """An egg that bends smoothly; its front and back lie side by side in a chequered texture."""
    bare = pose_toys.avatar(size)
    verts, faces = bare.verts, bare.faces
    far = np.linalg.norm(verts[:, None] - bare.skeleton.heads[None], axis=2)
    order = np.argsort(far, axis=1)[:, :8]
    weights = np.exp(-((np.take_along_axis(far, order, axis=1) / 0.25) ** 2)) + 1e-12
    bare = bare.replace(weight_bones=order, weights=weights / weights.sum(axis=1, keepdims=True))
    low, high = verts.min(axis=0), verts.max(axis=0)
    flat = (verts - low)[:, [0, 2]] / (high - low)[[0, 2]] * [0.45, 0.9] + 0.03
    back = verts[faces].mean(axis=1)[:, 1] > verts[:, 1].mean()
    squares = np.indices((128, 128)).sum(axis=0) // 16 % 2
    picture = np.where(squares[:, :, None], [210, 120, 70], [60, 110, 170]).astype(np.uint8)
    return bare.replace(
        texture_coordinates=np.concatenate([flat, flat + [0.5, 0]]),
        texture_faces=faces + len(verts) * back[:, None],
        texture=picture,
    )


@pytest.fixture
def viewport(qapp, qtbot):
    """A software viewport of 400 x 300 pixels."""
    made = shown(qtbot)
    yield made
    gone(made, qapp)


def shown(qtbot) -> Viewport:
    """A viewport on the screen."""
    made = Viewport()
    made.up = "z"
    made.resize(400, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


def gone(viewport, qapp) -> None:
    """Take it away."""
    viewport.shut()
    viewport.close()
    viewport.deleteLater()
    qapp.processEvents()


def turned(avatar: Avatar, angle: float) -> Avatar:
    """With its head and an arm bent."""
    rotations = np.zeros_like(avatar.rotations)
    rotations[5, 0], rotations[6, 1] = angle, -angle
    return pose(avatar, rotations, avatar.translation)


def show(viewport, value, qtbot) -> None:
    """Put a figure there and wait for the frame at rest."""
    viewport.set_item("a", value)
    rest(viewport, qtbot)


def rest(viewport, qtbot) -> None:
    """Wait until nothing is drawn any more."""
    drawn = [0]
    count = viewport.surface.painted.connect(lambda: drawn.__setitem__(0, drawn[0] + 1))
    qtbot.wait(50)
    qtbot.waitUntil(lambda: bool(viewport.views[0].renderer.GetUseFXAA()) and not viewport.surface.due, timeout=40_000)
    viewport.surface.painted.disconnect(count)


def move(viewport, value: Avatar, qtbot) -> None:
    """Draw a pose as a moving frame."""
    normals = quick_normals(np.asarray(value.verts, np.float32), value.faces)
    with qtbot.waitSignal(viewport.surface.painted, timeout=40_000):
        viewport.move_points("a", places_of(value.verts.astype(np.float32), normals))


def places_of(verts: np.ndarray, normals: np.ndarray) -> Places:
    """Places that need no work."""
    return Places(len(verts), lambda rows: (verts, normals) if rows is None else (verts[rows], normals[rows]))


def whole_frame(viewport) -> np.ndarray:
    """What a frame of a movement shows that is drawn whole."""
    viewport.surface.draw_all()
    viewport._refiner.moved()
    viewport.surface._draw()
    return pixels(viewport).copy()


def light_of(viewport, value: Avatar, qtbot):
    """The lighter mesh of the layer, once it is made."""
    layer = viewport.views[0].layers["a"]
    move(viewport, turned(value, 0.1), qtbot)
    layer._light.thread.join(60)
    move(viewport, turned(value, 0.2), qtbot)
    return layer


def pixels(viewport) -> np.ndarray:
    """What the surface shows."""
    return viewport.surface._pixels[:, :, :3].astype(int)


def test_the_frame_at_rest_is_the_full_one(viewport, qtbot):
    figure = textured(40_000)
    show(viewport, turned(figure, 0.5), qtbot)
    wanted = pixels(viewport).copy()
    viewport.set_item("a", figure)
    layer = light_of(viewport, figure, qtbot)
    move(viewport, turned(figure, 0.5), qtbot)
    assert layer.mapper.GetInput() is layer._light.data, "it moves as a lighter mesh"
    assert np.abs(pixels(viewport) - wanted).max() > 0
    rest(viewport, qtbot)
    assert layer.mapper.GetInput() is layer.data
    verts = turned(figure, 0.5).verts[layer.source] - layer.geometry.centre
    np.testing.assert_allclose(layer.points, verts, atol=1e-6)
    assert np.abs(pixels(viewport) - wanted).max() <= 1, "and looks as if it had never moved"


def test_a_moving_frame_looks_like_the_full_one(viewport, qtbot):
    figure = textured(40_000)
    show(viewport, figure, qtbot)
    light_of(viewport, figure, qtbot)
    move(viewport, turned(figure, 0.5), qtbot)
    quick = pixels(viewport).copy()
    rest(viewport, qtbot)
    full = pixels(viewport)
    far = np.abs(quick - full).max(axis=2) > 60
    inner = far[1:-1, 1:-1] & far[:-2, 1:-1] & far[2:, 1:-1] & far[1:-1, :-2] & far[1:-1, 2:]
    assert not inner.any(), "no more than edges a pixel or two wide differ"
    assert np.abs(quick - full).mean() < 2


@pytest.mark.parametrize("parallel", [False, True])
def test_a_part_is_what_the_whole_frame_shows_there(viewport, qtbot, parallel):
    show(viewport, pose_toys.avatar(2000), qtbot)
    viewport._camera.SetParallelProjection(parallel)
    viewport._camera.Zoom(0.4)
    surface = viewport.surface
    whole = whole_frame(viewport)
    viewport._refiner.moved()
    surface._pixels[:] = 0
    surface._part = QRect(QPoint(120, 70), QPoint(287, 231))
    shown = surface._draw()
    part = pixels(viewport)
    assert shown.contains(QRect(QPoint(120, 70), QPoint(287, 231)))
    assert not part[:70].any(), "only the part was drawn"
    assert not part[:, :120].any()
    there = np.abs(part - whole)[70:232, 120:288]
    assert np.ptp(whole[70:232, 120:288]) > 50, "the figure is there"
    assert (there.max(axis=2) > 2).mean() < 0.005, "rounding may move single pixels of an edge"


def test_a_large_part_is_drawn_with_larger_pixels(viewport, qtbot, monkeypatch):
    show(viewport, pose_toys.avatar(2000), qtbot)
    viewport._camera.Zoom(0.4)
    surface = viewport.surface
    whole = whole_frame(viewport)
    monkeypatch.setattr(software_surface, "FINE", 7000)
    viewport._refiner.moved()
    surface._part = QRect(QPoint(120, 70), QPoint(287, 231))
    surface._draw()
    there, wanted = pixels(viewport)[70:232, 120:288], whole[70:232, 120:288]
    assert np.ptp(wanted) > 50, "the figure is there"
    assert 0 < np.abs(there - wanted).mean() < 2, "a little blurred, in the same place"
    shifted = np.abs(there[:, 2:] - wanted[:, :-2]).mean(), np.abs(there[2:] - wanted[:-2]).mean()
    assert np.abs(there - wanted).mean() < 0.7 * min(shifted)
    outside = np.ones(whole.shape[:2], bool)
    outside[70:232, 120:288] = False
    assert np.array_equal(pixels(viewport)[outside], whole[outside])
    assert np.abs(whole_frame(viewport) - whole).max() <= 1, "a whole frame never is"


def test_what_was_left_is_drawn_over(viewport, qtbot):
    figure = pose_toys.avatar(2000)
    show(viewport, figure, qtbot)
    viewport._camera.Zoom(0.4)
    viewport._redraw()
    for step in range(6):
        value = figure.replace(verts=figure.verts + [0.12 * step, 0, 0.05 * step])
        move(viewport, value, qtbot)
    assert viewport._moving is not None, "only a part was drawn"
    moved = pixels(viewport).copy()
    assert (np.abs(moved - whole_frame(viewport)).max(axis=2) > 2).mean() < 0.002


def test_a_lighter_mesh_is_near_the_figure_in_every_pose():
    figure = textured(40_000)
    rows, faces = decimated(figure.verts, figure.faces, wanted=7000)
    assert 5500 < len(rows) < 8000
    for angle in (0.0, 0.4, -0.7):
        verts = turned(figure, angle).verts
        data, points = vtkPolyData(), vtkPoints()
        points.SetData(numpy_to_vtk(verts[rows]))
        data.SetPoints(points)
        data.SetPolys(cells(faces))
        far = vtkImplicitPolyDataDistance()
        far.SetInput(data)
        found = np.abs([far.EvaluateFunction(v) for v in verts[::7]])
        assert found.mean() < 3e-4, "metres"
        assert np.percentile(found, 99) < 2e-3


def test_a_lighter_mesh_keeps_the_seams_of_the_texture(viewport, qtbot):
    figure = textured(40_000)
    show(viewport, figure, qtbot)
    layer = light_of(viewport, figure, qtbot)
    edges = np.sort(np.concatenate([layer._faces[:, [0, 1]], layer._faces[:, [1, 2]], layer._faces[:, [2, 0]]]), axis=1)
    pairs, count = np.unique(edges, axis=0, return_counts=True)
    seam = np.unique(pairs[count == 1])
    assert len(seam) > 100
    assert np.isin(seam, layer._light.rows).all()


def test_the_inside_of_a_closed_figure_is_left_out_while_it_moves(viewport, qtbot):
    figure = pose_toys.avatar(2000)
    assert is_closed(figure.verts, figure.faces)
    assert not is_closed(figure.verts, figure.faces[:, ::-1])
    assert not is_closed(figure.verts, figure.faces[1:])
    show(viewport, figure, qtbot)
    culled = viewport.views[0].layers["a"].actor.GetProperty().GetBackfaceCulling
    move(viewport, turned(figure, 0.2), qtbot)
    assert culled()
    viewport.set_clip(True, axis="x", interactive=False)
    move(viewport, turned(figure, 0.3), qtbot)
    assert not culled(), "a cut shows the inside"
    viewport.set_clip(False)
    move(viewport, turned(figure, 0.2), qtbot)
    assert culled()
    rest(viewport, qtbot)
    assert not culled()


def test_frames_far_apart_are_still_of_one_movement(viewport, qtbot):
    show(viewport, pose_toys.avatar(600), qtbot)
    viewport._refiner._last = -1e9
    move(viewport, turned(pose_toys.avatar(600), 0.2), qtbot)
    assert not viewport.views[0].renderer.GetUseFXAA()


def test_a_device_that_is_quick_always_draws_the_whole_figure(viewport, qtbot):
    viewport._refiner.software = False
    figure = textured(40_000)
    show(viewport, figure, qtbot)
    move(viewport, turned(figure, 0.3), qtbot)
    layer = viewport.views[0].layers["a"]
    assert viewport.views[0].renderer.GetUseFXAA()
    assert layer.mapper.GetInput() is layer.data
    assert layer._light is None
    assert layer.actor.GetTexture() is layer.texture


def test_both_surfaces_show_the_same(qapp, qtbot, monkeypatch):
    figure = textured(3000)
    seen = []
    for software in (True, False):
        monkeypatch.setattr(base, "draws_on_cpu", lambda software=software: software)
        made = shown(qtbot)
        assert isinstance(made.surface, SoftwareSurface if software else Surface)
        made.settle(60)
        with qtbot.waitSignal(made.surface.painted, timeout=40_000):
            made.set_item("a", figure)
        qtbot.wait(200)
        image = made.grab().toImage().convertToFormat(QImage.Format.Format_RGBX8888)
        seen.append(np.array(image.constBits(), np.uint8).reshape(300, 400, 4)[:, :, :3].astype(int))
        gone(made, qapp)
    assert np.abs(seen[0] - seen[1]).max() <= 1


def test_handles_are_within_their_place(viewport, qtbot):
    figure = pose_toys.avatar(600)
    show(viewport, figure, qtbot)
    joints = figure.skeleton.heads
    viewport.gizmo.show_handles(Handles(joints, np.tile(np.eye(3), (len(joints), 1, 1)), tuple(range(len(joints)))))
    viewport.gizmo.choose(6)
    place = viewport.gizmo.place()
    assert all(place.contains(viewport.gizmo.dot(j).toPoint()) for j in range(len(joints)))
    ring = viewport.gizmo.ring(0)
    assert place.contains(QPoint(*ring[:, :2].min(axis=0).astype(int)))
    assert place.contains(QPoint(*ring[:, :2].max(axis=0).astype(int)))
