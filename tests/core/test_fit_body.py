"""The fit finds a rendered body again; flips keep the picture; the loop turns a body toward normals."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from eigenform import jobs, registry
from eigenform.avatar.body.bones import MAIN, full_pose
from eigenform.avatar.body.load import load_body
from eigenform.avatar.body.model import BodyModel
from eigenform.avatar.body.rotations import axis_angle_to_matrix
from eigenform.avatar.fit import clothed, fit_body, flip
from eigenform.avatar.fit.feedback import Crop, maps_of, normal_difference
from eigenform.avatar.fit.overlay import posed_verts, project
from eigenform.avatar.fit.rig import joint_bone, rig_of
from eigenform.avatar.fit.settings import LIMBS, FitParams, FlipParams, LoopParams
from eigenform.avatar.fit.silhouette import CLOTH, Silhouette
from eigenform.avatar.fit.start import facing
from eigenform.avatar.fit.terms import place_camera
from eigenform.avatar.photo import crops
from eigenform.avatar.photo.merge import run as merge
from eigenform.avatar.photo.settings import MergeParams
from eigenform.avatar.raster.maps import body_maps
from eigenform.errors import Cancelled, InputError
from eigenform.figure_types import Person, View
from eigenform.jobs import JobContext

SIDE = 128
CROP = np.array([64.0, 64.0, 64.0])
SHAPE = np.array([0.2, 0.7, 0.6, 0.4, 0.42, 0.4])


@dataclass(frozen=True)
class Truth:
    """A body, where the camera shows it, and the person in the picture of it."""

    main: np.ndarray
    verts: np.ndarray
    camera: np.ndarray
    person: Person


@pytest.fixture(scope="module")
def body() -> BodyModel:
    return load_body()


def pose(**bones: tuple[float, float, float]) -> np.ndarray:
    """(M, 3) rotations of main bones; ``_`` stands for the dot of a name."""
    found = np.zeros((len(MAIN), 3))
    for name, vector in bones.items():
        found[MAIN.index(name.replace("_", "."))] = vector
    return found


ACTIVE = pose(
    root=(0.0, 0.05, 0.3), upperarm01_L=(-0.3, 0.3, 0.2), upperarm01_R=(0.2, 0.5, 0.1), lowerarm01_L=(-0.6, 0, -0.3),
    upperleg01_L=(-0.6, -0.1, 0.0), lowerleg01_L=(0.8, 0, 0), upperleg01_R=(0.1, 0.1, 0.0), spine03=(0.1, 0.1, 0.0),
)  # fmt: skip


def truth(body: BodyModel, main: np.ndarray, shape: np.ndarray = SHAPE) -> Truth:
    """The picture of a posed body: mask and exact keypoints."""
    turns = axis_angle_to_matrix(torch.tensor(full_pose(main, body.bones), dtype=torch.float32))[None]
    with torch.no_grad():
        posed = body(torch.tensor(shape, dtype=torch.float32)[None], turns)
        verts = posed.verts[0].double().numpy()
        low, high = verts.min(0), verts.max(0)
        s = 1.75 / max((high - low)[[0, 2]])
        camera = np.array([s, *(-s * (low + high)[[0, 2]] / 2)])
        shown = torch.tensor(camera, dtype=torch.float32)[None]
        mask = body_maps(posed.verts, torch.tensor(body.faces), shown, SIDE)["mask"][0].numpy()
    points = posed.keypoints[0].double().numpy()
    flat = np.column_stack([s * points[:, 0] + camera[1], s * points[:, 2] + camera[2], np.ones(23)])
    pixels = np.full((SIDE, SIDE, 3), 90, np.uint8)
    view = View(pixels, CROP, mask=mask, keypoints=crops.to_pixels(flat, CROP))
    return Truth(main, verts, camera, Person((view,), name="a"))


def error(wanted: Truth, view: View) -> float:
    """Mean distance of vertices in millimetres, each body in the depth where they agree best."""
    assert view.verts is not None
    assert view.camera is not None

    def shown(verts: np.ndarray, camera: np.ndarray) -> np.ndarray:
        return verts * camera[0] + np.array([camera[1], 0, camera[2]])

    gap = shown(wanted.verts, wanted.camera) - shown(np.asarray(view.verts), np.asarray(view.camera))
    gap[:, 1] -= gap[:, 1].mean()
    return 1000 * float(np.linalg.norm(gap, axis=1).mean() / wanted.camera[0])


def near(wanted: Truth, off: float, seed: int = 0):
    """A lifter that is nearly right: about ``off`` radians at each joint."""
    rng = np.random.default_rng(seed)
    return lambda points: (SHAPE.clip(0.1, 0.9), wanted.main + off * rng.normal(size=wanted.main.shape))


def fit(person: Person, body: BodyModel, lifter=None, ctx: JobContext | None = None, **values) -> Person:
    params = FitParams(**{"start": "network", "steps": 9, **values})
    return fit_body.run(person, params=params, ctx=ctx or JobContext(), lifter=lifter, body=body)


@pytest.fixture(scope="module")
def active(body: BodyModel) -> Truth:
    return truth(body, ACTIVE)


@pytest.fixture(scope="module")
def fitted(body: BodyModel, active: Truth) -> Person:
    return fit(active.person, body, near(active, 0.05))


def test_a_rendered_body_is_found_again(body: BodyModel, active: Truth, fitted: Person) -> None:
    before = fit(active.person, body, near(active, 0.05), steps=0)
    assert error(active, fitted.views[0]) < 0.6 * error(active, before.views[0])
    assert error(active, fitted.views[0]) < 35
    assert fitted.meta["fit"]["keypoint_error"][0] < 0.012
    low = rig_of(body).low[1:]
    vectors = np.asarray(fitted.views[0].rotations)[rig_of(body).index][1:]
    assert (vectors > low).all()
    assert all(0 <= v <= 1 for v in fitted.shape.values())
    curves = fitted.meta["curves"]
    assert curves["loss"][-1] < 0.5 * curves["loss"][0]
    assert len(curves["keypoints"]) == len(curves["loss"])


def test_an_exact_start_stays(body: BodyModel, active: Truth) -> None:
    found = fit(active.person, body, near(active, 0.0), steps=0)
    assert error(active, found.views[0]) < 4.0  # sliders and joints start a little inside their ranges
    again = fit(found, body, start="current", steps=8)
    assert error(active, again.views[0]) < 8.0


def test_straight_legs_are_not_bent(body: BodyModel) -> None:
    standing = truth(body, pose(upperarm01_L=(0, 0.3, 0), upperarm01_R=(0, -0.3, 0)))
    bent = pose(upperleg01_L=(-0.15, 0, 0), lowerleg01_L=(0.3, 0, 0), lowerleg01_R=(0.25, 0, 0))

    def bends(weight: float) -> list[float]:
        found = fit(standing.person, body, lambda points: (SHAPE, standing.main + bent), straight_weight=weight)
        rows = [joint_bone(body, "leg", side, 1) for side in ("left", "right")]
        return [float(np.degrees(np.linalg.norm(found.views[0].rotations[row]))) for row in rows]

    straightened, free = bends(1.0), bends(0.0)
    assert max(straightened) < 12
    assert max(straightened) < max(free) - 2


def test_standing_start_sees_a_back_and_needs_no_network(body: BodyModel, monkeypatch: pytest.MonkeyPatch) -> None:
    behind = truth(body, pose(root=(0, 0, np.pi), upperarm01_L=(0, 0.3, 0)))
    assert facing(behind.person.views[0])[2] == pytest.approx(np.pi)
    monkeypatch.setattr(fit_body, "our_lifter", lambda device: pytest.fail("no network is asked for"))
    found = fit(behind.person, body, start="standing", steps=16)
    assert error(behind, found.views[0]) < 45


def test_the_height_that_is_given_is_that_of_the_body(body: BodyModel, active: Truth) -> None:
    found = fit(active.person, body, near(active, 0.02), height=1.62, steps=6)
    assert found.meta["height"] == pytest.approx(1.62, abs=0.02)


def test_the_mask_alone_moves_limbs(body: BodyModel, active: Truth) -> None:
    view = active.person.views[0]
    points = np.array(view.keypoints)
    points[[7, 9], 2] = 0  # left elbow and wrist are not seen
    person = active.person.replace(views=(view.replace(keypoints=points),))
    start = ACTIVE + pose(upperarm01_L=(0, 0.35, 0))
    plain = fit(person, body, lambda _: (SHAPE, start), silhouette_weight=0.0)
    outlined = fit(person, body, lambda _: (SHAPE, start), silhouette_weight=5.0)

    def gap(found: Person) -> float:
        wrist = joint_bone(body, "arm", "left", 2)
        own = np.flatnonzero(body.skin_bones[:, 0] == wrist)
        return float(np.linalg.norm(project(found)[own, :2] - project(target)[own, :2], axis=1).mean())

    target = fit(active.person, body, near(active, 0.0), steps=0)
    assert gap(outlined) < 0.6 * gap(plain)


def test_two_views_share_one_shape(body: BodyModel, active: Truth) -> None:
    other = truth(body, pose(root=(0, 0, 2.8), upperarm01_R=(0, -0.4, 0)))
    both = merge(active.person, other.person, params=MergeParams(), ctx=JobContext())
    starts = iter([active.main, other.main])
    found = fit(both, body, lambda _: (SHAPE, next(starts)))
    assert error(active, found.views[0]) < 30
    assert error(other, found.views[1]) < 30
    again = posed_verts(body, np.array(list(found.shape.values())), np.asarray(found.views[1].rotations))
    assert np.abs(again - found.views[1].verts).max() < 1e-4


def test_camera_by_least_squares() -> None:
    points = np.random.default_rng(0).normal(size=(23, 3))
    wanted = np.column_stack([0.8 * points[:, 0] + 0.1, 0.8 * points[:, 2] - 0.2, np.ones(23)])
    wanted[4] = [9, 9, 0]
    assert place_camera(points, wanted) == pytest.approx([0.8, 0.1, -0.2])


def test_a_silhouette_pulls_inward_and_outward() -> None:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[32:96, 32:96] = True
    outline = Silhouette(View(np.zeros((SIDE, SIDE, 3), np.uint8), CROP, mask=mask))
    y, x = torch.meshgrid(torch.linspace(-0.5, 0.5, 40), torch.linspace(-0.5, 0.5, 40), indexing="ij")
    square = torch.stack([x.flatten(), y.flatten()], dim=1)

    def found(points: torch.Tensor) -> tuple[float, float]:
        short = outline.short(points[None], outline.nearest(points))
        return float(outline.out(points[None]).mean()), float(short.norm(dim=2).mean())

    assert max(found(square)) < 2e-3
    out, short = found(square * 1.3)
    assert out > 0.03
    assert short < 0.02
    out, short = found(square * 0.8)
    assert out < 1e-5
    assert short == pytest.approx(0.1 - CLOTH, abs=0.02)
    point = torch.tensor([[[0.7, 0.1]]], requires_grad=True)
    outline.out(point).sum().backward()
    assert point.grad is not None
    assert point.grad[0, 0] == pytest.approx([1, 0], abs=0.1)


@pytest.mark.parametrize("limb", LIMBS)
def test_a_flip_keeps_the_picture_and_turns_depth_round(body: BodyModel, fitted: Person, limb: str) -> None:
    found = jobs.run(registry.get("flip-depth"), [fitted], FlipParams(limb=limb))
    if limb == "head":
        assert np.abs(np.asarray(found.views[0].rotations) - fitted.views[0].rotations).max() > 1e-3
        return
    side, part = limb.split()
    kind = "leg" if part in ("leg", "shin") else "arm"
    chain = [joint_bone(body, kind, side, k) for k in range(3)]

    def places(person: Person) -> np.ndarray:
        shape = torch.tensor([list(person.shape.values())], dtype=torch.float32)
        turns = axis_angle_to_matrix(torch.tensor(np.array(person.views[0].rotations), dtype=torch.float32))[None]
        with torch.no_grad():
            return body(shape, turns).joints[0].double().numpy()[chain]

    before, after = places(fitted), places(found)
    assert np.abs(before - after)[:, [0, 2]].max() < 1e-4  # the picture
    along, turned = np.diff(before, axis=0)[:, 1], np.diff(after, axis=0)[:, 1]
    whole = part in ("arm", "leg")
    assert turned == pytest.approx(along * [-1 if whole else 1, -1], abs=1e-4)
    again = flip.flip_depth(found, 0, limb, body)
    assert np.abs(places(again) - before).max() < 1e-4


def test_the_overlay_lies_on_the_picture(active: Truth, fitted: Person) -> None:
    shown = project(fitted)
    inside = active.person.views[0].mask
    assert inside is not None
    columns, rows = np.floor(shown[:, 0]).astype(int), np.floor(shown[:, 1]).astype(int)
    assert inside[rows.clip(0, SIDE - 1), columns.clip(0, SIDE - 1)].mean() > 0.8
    with pytest.raises(InputError, match="no fitted body yet"):
        project(active.person)


def turned(body: BodyModel, target: Truth):
    """A network that knows the truth: normals of the true body wherever the fitted one stands."""
    maps = maps_of(
        torch.tensor(target.verts, dtype=torch.float32), torch.tensor(body.faces),
        torch.tensor(target.camera, dtype=torch.float32), SIDE,
    )  # fmt: skip
    calls: list[int] = []

    def predict(rgb: np.ndarray, bare: dict, mask: np.ndarray) -> dict:
        calls.append(len(rgb))
        return {"normal_front": maps["normal_front"], "normal_back": maps["normal_back"], "mask": maps["mask"]}

    return predict, calls


def test_the_loop_turns_the_body_toward_the_normals(body: BodyModel, active: Truth) -> None:
    # an arm wrong in depth alone: keypoints hardly tell, normals do
    start = ACTIVE + pose(upperarm01_R=(0, 0, 0.25), spine03=(0, 0, 0.2))
    person = fit(active.person, body, lambda _: (SHAPE, start), steps=0)
    predict, calls = turned(body, active)
    params = LoopParams(rounds=2, steps=10, size=SIDE, pose_weight=0.1, normal_weight=8.0)
    found = clothed.run(person, params=params, ctx=JobContext(), predict=predict, body=body)
    assert calls == [SIDE] * 3
    curve = found.meta["curves"]["loop normals"]
    assert len(curve) == 20
    assert curve[-1] < 0.75 * curve[0]
    assert error(active, found.views[0]) < 0.8 * error(active, person.views[0])
    assert set(found.views[0].maps) == {"normal_front", "normal_back", "mask"}
    still = clothed.run(person, params=LoopParams(rounds=0, size=SIDE), ctx=JobContext(), predict=predict, body=body)
    assert np.abs(np.asarray(still.views[0].verts) - person.views[0].verts).max() < 5e-3


def test_front_and_back_count_alike(body: BodyModel, active: Truth) -> None:
    verts, faces = torch.tensor(active.verts, dtype=torch.float32)[None], torch.tensor(body.faces)
    rendered = body_maps(verts, faces, torch.tensor(active.camera, dtype=torch.float32)[None], SIDE)
    picture = Crop(np.zeros((SIDE, SIDE, 3), np.uint8), np.ones((SIDE, SIDE), np.float32))
    truths = {k: rendered[k][0].numpy() for k in ("normal_front", "normal_back")}
    for side in truths:
        bent = {**truths, side: truths[side][..., [1, 2, 0]]}
        difference, angle = normal_difference(rendered, [bent], [picture])
        assert float(difference) > 0.2
        assert angle > 10
    assert float(normal_difference(rendered, [truths], [picture])[0]) < 1e-6


def test_what_is_missing_is_said(body: BodyModel, active: Truth, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    from eigenform.avatar.networks import weights

    monkeypatch.setattr(weights, "own_folder", lambda: tmp_path)
    monkeypatch.setattr(weights, "shipped_folder", lambda: tmp_path)
    bare = active.person.replace(views=(active.person.views[0].replace(keypoints=None),))
    cases = [
        (lambda: fit(bare, body, near(active, 0.0)), "a has no keypoints, and a fit needs 6"),
        (lambda: fit(active.person, body, start="current"), "no pose of the body anny yet"),
        (lambda: fit(active.person, body), "No weights of the network 'lifter'"),
        (lambda: clothed.run(active.person, params=LoopParams(predictor="given"), ctx=JobContext(), body=body),
         "has no normal maps"),
        (lambda: clothed.run(active.person, params=LoopParams(), ctx=JobContext(), body=body),
         "No weights of the network 'clother'"),
        (lambda: clothed.run(active.person, params=LoopParams(), ctx=JobContext(), body=body, predict=lambda *_: {}),
         "has no fitted body; fitting it first"),
        (lambda: flip.flip_depth(active.person, 0, "left arm", body), "no fitted body to flip"),
        (lambda: flip.flip_depth(active.person, 2, "left arm", body), "there is no number 2"),
        (lambda: flip.flip_depth(active.person, 0, "tail", body), "no limb 'tail'"),
    ]  # fmt: skip
    for call, sentence in cases:
        with pytest.raises(InputError, match=sentence) as caught:
            call()
        assert str(caught.value).endswith(".")


def test_a_cancel_is_obeyed_soon_and_steps_are_told(body: BodyModel, active: Truth) -> None:
    ctx, raised = JobContext(), []

    def work() -> None:
        try:
            fit(active.person, body, near(active, 0.1), ctx, steps=400)
        except Cancelled:
            raised.append(ctx.progress().step)

    thread = threading.Thread(target=work)
    thread.start()
    while ctx.progress().step < 3 and thread.is_alive():
        time.sleep(0.005)
    ctx.cancel()
    asked = ctx.progress().step
    thread.join(60)
    assert len(raised) == 1
    assert raised[0] <= asked + 1
    assert {"loss", "keypoints", "pose"} <= set(ctx.progress().scalars)
    preview = ctx.take_preview()
    assert preview.views[0].verts is not None
