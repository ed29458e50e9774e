"""The body: agrees with Anny, moves rigidly, mirrors, has gradients, and measures like people."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from avatar_fixtures import body
from eigenform.avatar.body import measure, store
from eigenform.avatar.body.arrays import load_arrays
from eigenform.avatar.body.bones import MAIN, main_indices, mirror_name, mirror_pose
from eigenform.avatar.body.load import load_body
from eigenform.avatar.body.make import drawn, make_body, parse_changes
from eigenform.avatar.body.poses import pose_vectors
from eigenform.avatar.body.prepare import prepared
from eigenform.avatar.body.rotations import axis_angle_to_matrix
from eigenform.avatar.body.variants import KEYPOINTS, PHENOTYPES
from eigenform.errors import InputError

ADULT = torch.tensor([[0.0, 0.65, 0.5, 0.5, 0.5, 0.5]])


def turns(seed: int, batch: int = 1, size: float = 0.3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return axis_angle_to_matrix(size * torch.randn(batch, len(body().bones), 3, generator=generator))


def test_it_agrees_with_anny_to_a_hundredth_of_a_millimetre() -> None:
    """Anny's own vertices for random sliders and poses were kept when the arrays were prepared."""
    arrays = load_arrays(prepared())
    shape, rotations, translation = (
        torch.tensor(a) for a in (arrays.answer_shape, arrays.answer_rotations, arrays.answer_translation)
    )
    with torch.no_grad():
        posed = body()(shape, rotations, translation)
    assert len(shape) >= 6
    assert np.abs(posed.verts.numpy() - arrays.answer_verts).max() < 1e-5
    assert np.abs(posed.joints.numpy() - arrays.answer_heads).max() < 1e-5
    assert np.abs(posed.keypoints.numpy() - arrays.answer_keypoints).max() < 1e-5


def test_sizes_names_and_weights() -> None:
    model = body()
    assert (len(model.code), len(model.faces), len(model.bones)) == (13718, 27420, 104)
    assert model.shape_names == PHENOTYPES
    assert model.keypoint_names == KEYPOINTS
    assert int(model.trunk.sum()) == 13348
    assert np.abs(model.skin_weights.sum(1) - 1).max() < 1e-6
    assert (model.skin_weights >= 0).all()
    assert model.parents[0] == -1
    assert (model.parents[1:] < np.arange(1, 104)).all()
    assert model.code.min() == -1.0
    assert model.code.max() == 1.0
    assert len(main_indices(model.bones)) == len(MAIN) == 22
    assert all(mirror_name(name) in model.bones for name in model.bones)
    assert load_body("anny") is model


def test_left_is_at_plus_x_and_the_face_looks_along_minus_y() -> None:
    rest = body().rest(ADULT)
    points = dict(zip(KEYPOINTS, body().keypoints(rest.verts)[0].numpy(), strict=True))
    assert points["left_wrist"][0] > 0.3
    assert points["nose"][1] < points["left_ear"][1] - 0.05
    assert points["left_big_toe"][1] < points["left_heel"][1] - 0.15
    assert points["nose"][2] - points["left_heel"][2] > 1.3


def test_turning_the_root_turns_the_whole_body_rigidly() -> None:
    model, rotations = body(), turns(1)
    rotations[:, 0] = torch.eye(3)
    still = model(ADULT, rotations)
    turn = axis_angle_to_matrix(torch.tensor([[0.3, -1.1, 2.0]]))
    shift = torch.tensor([[0.4, -2.0, 1.0]])
    rotations[:, 0] = turn
    moved = model(ADULT, rotations, shift)
    for name in ("verts", "joints", "keypoints"):
        expected = getattr(still, name) @ turn[0].T + shift
        assert torch.allclose(getattr(moved, name), expected, atol=2e-6), name


def test_the_root_is_where_the_translation_says() -> None:
    shift = torch.tensor([[0.4, -2.0, 1.0]])
    assert torch.allclose(body()(ADULT, turns(2), shift).joints[:, 0], shift, atol=1e-6)
    assert torch.allclose(body()(ADULT, turns(2)).joints[:, 0], torch.zeros(1, 3), atol=1e-6)


def test_the_pose_of_zeros_is_near_the_rest_pose_and_that_of_the_rest_is_exact() -> None:
    """Rotations are said against a reference common to all shapes, so the zero pose turns bones by a few degrees."""
    model = body()
    rest = model.rest(ADULT)
    zero = model(ADULT, torch.eye(3).expand(1, 104, 3, 3))
    moved = zero.verts - (rest.verts - rest.heads[:, :1])
    assert 1e-4 < float(moved.norm(dim=-1).max()) < 0.05
    reference = model._reference
    local = reference @ rest.orient.transpose(-1, -2)  # Q = R U^T of each bone, then D_c = Q_p^T Q_c
    world = local.transpose(-1, -2)
    parents = torch.tensor(np.maximum(model.parents, 0))
    relative = world[:, parents].transpose(-1, -2) @ world
    relative[:, 0] = world[:, 0]
    back = model(ADULT, relative, rest.heads[:, 0])
    assert float((back.verts - rest.verts).norm(dim=-1).max()) < 2e-5


def test_the_mirrored_pose_gives_the_mirrored_body() -> None:
    model = body()
    vectors = pose_vectors("dancing", model.bones)
    both = torch.tensor(np.stack([vectors, mirror_pose(vectors, model.bones)]), dtype=torch.float32)
    joints = model(ADULT, axis_angle_to_matrix(both)).joints.numpy()
    order = [model.bones.index(mirror_name(name)) for name in model.bones]
    assert np.abs(joints[0][order] * [-1, 1, 1] - joints[1]).max() < 4e-3  # the body itself is not quite symmetric
    assert np.abs(joints[0] - joints[1]).max() > 0.3


def test_gradients_flow_to_shape_pose_and_place_and_are_right() -> None:
    model = body()
    middle = torch.full((1, 6), 0.5)  # an anchor of several sliders: the gradient must not vanish there
    sliders = middle.clone().requires_grad_()
    vectors = torch.zeros(1, 104, 3, requires_grad=True)
    place = torch.zeros(1, 3, requires_grad=True)
    weights = torch.randn(13718, 3, generator=torch.Generator().manual_seed(0))
    loss = (model(sliders, axis_angle_to_matrix(vectors), place).verts * weights).sum()
    loss.backward()
    for tensor in (sliders, vectors, place):
        assert tensor.grad is not None
        assert torch.isfinite(tensor.grad).all()
    assert (sliders.grad.abs() > 0).all()
    elbow, step = model.bones.index("lowerarm01.L"), 1e-2
    values = []
    for sign in (1, -1):
        nudged = torch.zeros(1, 104, 3)
        nudged[0, elbow, 0] = sign * step
        values.append(float((model(middle, axis_angle_to_matrix(nudged), torch.zeros(1, 3)).verts * weights).sum()))
    assert vectors.grad[0, elbow, 0] == pytest.approx((values[0] - values[1]) / (2 * step), rel=0.02, abs=0.05)


def test_sliders_outside_their_range_are_held_at_its_end() -> None:
    low, high = ADULT.clone(), ADULT.clone()
    low[0, 3], high[0, 3] = 1.0, 1.7
    assert torch.equal(body().rest(low).verts, body().rest(high).verts)


@pytest.mark.parametrize(
    ("sliders", "low", "high"),
    [
        ({"gender": 0.0, "age": 0.65}, 1.6, 1.9),
        ({"gender": 1.0, "age": 0.65}, 1.5, 1.8),
        ({"gender": 0.0, "age": 0.65, "height": 0.9}, 2.0, 2.4),
        ({"age": 1 / 3}, 1.1, 1.5),
        ({"age": 0.0}, 0.5, 0.9),
    ],
)
def test_heights_are_those_of_people(sliders: dict[str, float], low: float, high: float) -> None:
    assert low < make_body(sliders).meta["height"] < high


def test_masses_are_those_of_people_and_grow_with_the_slider() -> None:
    masses = [make_body({"gender": 0.0, "age": 0.65, "weight": w}).meta["mass"] for w in (0.0, 0.5, 1.0)]
    assert masses == sorted(masses)
    assert 60 < masses[0] < masses[1] - 3 < masses[2] - 6 < 100


def test_the_volume_of_a_box_is_known() -> None:
    import trimesh

    box = trimesh.creation.box((1.0, 2.0, 3.0))
    assert measure.volume(np.asarray(box.vertices), np.asarray(box.faces)) == pytest.approx(6.0)


def test_local_changes_move_what_they_name_and_nothing_when_zero() -> None:
    full, plain = body(local=True), body()
    assert len(full.shape_names) == 6 + 254
    shape = torch.zeros(2, len(full.shape_names))
    shape[:, :6] = ADULT
    name = next(n for n in full.shape_names if n.startswith("nose"))
    shape[1, full.shape_names.index(name)] = 0.8
    rest = full.rest(shape)
    assert torch.allclose(rest.verts[:1], plain.rest(ADULT).verts, atol=1e-6)
    moved = np.flatnonzero((rest.verts[1] - rest.verts[0]).norm(dim=-1).numpy() > 1e-4)
    assert 10 < len(moved) < 2500
    assert (rest.verts[0][moved, 2] > 0.5).all()  # all of them in the face
    sliders = shape.clone().requires_grad_()
    full.rest(sliders).verts.square().sum().backward()
    assert (sliders.grad[:, 6:].abs() > 0).sum() > 400
    with torch.no_grad():
        again = full.rest(shape).verts
    assert torch.allclose(again, full.rest(sliders).verts, atol=1e-6)


def test_a_body_value_holds_its_sliders_pose_and_measures() -> None:
    model = body()
    value = make_body({"gender": 0.2, "age": 0.7}, pose_vectors("walking", model.bones), model=model)
    assert value.model == "anny"
    assert value.shape["gender"] == pytest.approx(0.2)
    assert value.shape["height"] == 0.5
    assert np.abs(value.rotations - pose_vectors("walking", model.bones)).max() == 0
    assert value.skeleton.names == model.bones
    with pytest.raises(InputError, match="no slider 'girth'"):
        make_body({"girth": 1.0})
    with pytest.raises(InputError, match="does not fit the 104 bones"):
        make_body({}, np.zeros((3, 3)))


def test_random_bodies_repeat_and_bad_changes_are_refused() -> None:
    assert drawn(4) == drawn(4) != drawn(5)
    assert all(0 <= v <= 1 for v in drawn(4).values())
    assert parse_changes("a=0.5, b=-1") == {"a": 0.5, "b": -1.0}
    with pytest.raises(InputError, match="NAME=VALUE"):
        parse_changes("nose=2")


def test_the_prepared_file_says_where_its_data_come_from() -> None:
    arrays = store.read(prepared())
    assert arrays is not None
    assert "Apache License, Version 2.0" in str(arrays["notice"])
    assert "CC0" in str(arrays["notice"])
    assert not any(a.dtype.hasobject or a.dtype == np.float64 for a in arrays.values())
