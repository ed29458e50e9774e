"""Skinning, binding and posing of figures: known answers and identities."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform.avatar.figure.bridges import bridges, edge_list, leg_vertices, skin_distances
from eigenform.avatar.figure.kinematics import (
    inverse_rigid,
    pose_of_world,
    rest_pose,
    rigid,
    skinning_matrices,
    world_matrices,
)
from eigenform.avatar.figure.nearest import closest_in_triangles, contact
from eigenform.avatar.figure.posing import Poser, pose
from eigenform.avatar.figure.rotations import (
    between,
    matrices,
    quaternions,
    shortest,
    vectors,
)
from eigenform.avatar.figure.skinning import bind, blended, reduced, skin, strongest, unfolded, unpose
from eigenform.avatar.metrics import edge_stretch
from eigenform.errors import Cancelled, InputError
from eigenform.figure_types import Avatar, Skeleton
from eigenform.jobs import JobContext
from figure_toy import NAMES, avatar, body_weights, pose_of, random_pose, skeleton, surface

SKELETON = skeleton()
REST = np.tile(np.eye(4), (len(NAMES), 1, 1))


def bound(kind: str, transforms=REST, body_moved=None, verts=None):
    body, faces = surface("body")
    weights = body_weights(body)
    clothed, clothed_faces = surface(kind)
    return bind(
        clothed if verts is None else verts, clothed_faces, body if body_moved is None else body_moved, faces, weights,
        transforms,
    )  # fmt: skip


# -- rotations ----------------------------------------------------------------------------------------------------


def test_rotations_are_exponentials_and_come_back() -> None:
    from scipy.linalg import expm

    rng = np.random.default_rng(0)
    turns = rng.normal(0, 1.5, (5, 40, 3))
    turns[0, :3] = [[0, 0, 0], [1e-9, 0, 0], [0, np.pi - 1e-7, 0]]
    found = matrices(turns)
    x, y, z = np.moveaxis(turns, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([np.stack(row, -1) for row in ((zero, -z, y), (z, zero, -x), (-y, x, zero))], -2)
    assert np.abs(found - expm(cross)).max() < 1e-12
    assert np.abs(matrices(vectors(found)) - found).max() < 1e-12
    assert np.linalg.norm(vectors(found), axis=-1).max() <= np.pi + 1e-9
    q = quaternions(found)
    assert q.shape == (5, 40, 4)
    assert np.abs(np.linalg.norm(q, axis=-1) - 1).max() < 1e-12
    half = np.arccos(np.clip(np.abs(q[..., 3]), 0, 1))
    assert np.abs(np.cos(2 * half) - (np.trace(found, axis1=-2, axis2=-1) - 1) / 2).max() < 1e-12
    small = np.array([1e-8, -2e-9, 3e-9])
    assert np.allclose(vectors(matrices(small)), small, rtol=1e-6)


def test_between_has_constant_speed_on_the_shorter_arc() -> None:
    start, end = np.array([[0.1, 0, 0], [0, 3.0, 0]]), np.array([[0.9, 0, 0], [0, -3.0, 0]])
    assert np.allclose(between(start, end, 0.25)[0], (0.3, 0, 0), atol=1e-12)
    short = 3.0 + 0.25 * (2 * np.pi - 6.0)  # over half a turn, not back through zero
    assert np.allclose(matrices(between(start, end, 0.25))[1], matrices(np.array([0, short, 0])), atol=1e-12)
    assert np.allclose(between(start[0], start[0], 0.5), start[0])


def test_the_shortest_turn_leaves_its_axis_alone() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        a, b = rng.normal(size=(2, 3))
        turn = shortest(a, b, np.array([1.0, 0, 0]))
        assert np.allclose(turn @ a / np.linalg.norm(a), b / np.linalg.norm(b))
        assert np.allclose(turn @ np.cross(a, b), np.cross(a, b))
    half = shortest(np.array([0, 0, 1.0]), np.array([0, 0, -1.0]), np.array([1.0, 0, 0]))
    assert np.allclose(half, np.diag([1, -1, -1]))


# -- kinematics ---------------------------------------------------------------------------------------------------


def test_the_rest_pose_moves_nothing() -> None:
    assert np.abs(skinning_matrices(SKELETON, *rest_pose(SKELETON)) - np.eye(4)).max() < 1e-12


def test_it_is_the_formula_of_the_body() -> None:
    import torch
    from eigenform.avatar.body.posing import SkeletonTensors, bone_transforms
    from eigenform.avatar.body.rotations import axis_angle_to_matrix

    turns, place = random_pose(3)
    tensors = SkeletonTensors.of(SKELETON, dtype=torch.float64)
    theirs = bone_transforms(tensors, axis_angle_to_matrix(torch.tensor(turns))[None], torch.tensor(place)[None])[0]
    assert np.abs(theirs.numpy() - skinning_matrices(SKELETON, turns, place)).max() < 1e-9


def test_a_pose_is_found_again_from_the_world() -> None:
    turns, place = random_pose(4)
    world = world_matrices(SKELETON, turns, place)
    again = pose_of_world(SKELETON, world[:, :3, :3], world[0, :3, 3])
    assert np.allclose(matrices(again[0]), matrices(turns))
    assert np.allclose(again[1], place)
    assert np.allclose(inverse_rigid(world) @ world, np.eye(4))


def test_many_poses_at_once_are_each_alone() -> None:
    poses = [random_pose(i) for i in range(4)]
    together = world_matrices(SKELETON, np.stack([p[0] for p in poses]), np.stack([p[1] for p in poses]))
    assert np.array_equal(together[2], world_matrices(SKELETON, *poses[2]))


# -- skinning -----------------------------------------------------------------------------------------------------


def test_a_rigid_motion_is_exact() -> None:
    toy = avatar()
    moved = rigid(matrices(np.array([0.4, -1.0, 2.0])), np.array([3.0, -2.0, 1.0]))
    found = skin(toy.rest_verts, toy.weight_bones, toy.weights, np.tile(moved, (len(NAMES), 1, 1)))
    assert np.abs(found - (toy.rest_verts @ moved[:3, :3].T + moved[:3, 3])).max() < 1e-12


def test_a_bar_of_two_bones_bends_by_a_right_angle() -> None:
    """Known by hand: at the joint, the mean of a vertex left alone and one turned by 90 degrees about it."""
    bar = Skeleton(
        ("a", "b"), np.array([-1, 0]), np.array([[0, 0, 0], [0, 0, 1.0]]), *[np.tile(np.eye(3), (2, 1, 1))] * 2
    )
    verts = np.array([[0.2, 0, 0.3], [0.2, 0, 1.8], [0.2, 0, 1.0]])
    weights = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    turns = np.array([[0, 0, 0], [0, np.pi / 2, 0]])
    found = skin(verts, np.tile([0, 1], (3, 1)), weights, skinning_matrices(bar, turns))
    assert np.allclose(found, [[0.2, 0, 0.3], [0.8, 0, 0.8], [0.1, 0, 0.9]])


def test_unposing_is_the_inverse() -> None:
    toy = avatar()
    transforms = skinning_matrices(SKELETON, *random_pose(2, 0.4))
    weights = unfolded(toy.weight_bones, toy.weights, transforms)
    posed = skin(toy.rest_verts, toy.weight_bones, weights, transforms)
    assert np.abs(unpose(posed, toy.weight_bones, weights, transforms) - toy.rest_verts).max() < 1e-10


def test_a_blend_that_would_flatten_is_sharpened_and_otherwise_refused() -> None:
    half = REST.copy()
    half[1, :3, :3] = np.diag([-1.0, -1.0, 1.0])
    bones, even = np.array([[0, 1]]), np.array([[0.5, 0.5]])
    assert abs(np.linalg.det(blended(bones, even, half)[0, :, :3])) < 1e-12
    with pytest.raises(InputError, match="flat"):
        unpose(np.ones((1, 3)), bones, even, half)
    sharp = unfolded(bones, even, half)
    assert sharp[0, 0] > 0.7
    assert np.linalg.det(blended(bones, sharp, half)[0, :, :3]) > 0.2
    untouched = unfolded(bones, np.array([[0.9, 0.1]]), half)
    assert untouched.tolist() == [[0.9, 0.1]]


def test_the_strongest_weights_fall_and_sum_to_one() -> None:
    rng = np.random.default_rng(0)
    dense = rng.random((50, 12)) ** 3
    dense /= dense.sum(axis=1, keepdims=True)
    bones, weights = strongest(dense, 8)
    assert weights.shape == (50, 8)
    assert np.abs(weights.sum(axis=1) - 1).max() < 1e-12
    assert (np.diff(weights, axis=1) <= 0).all()
    assert np.array_equal(bones[:, 0], dense.argmax(axis=1))
    four = reduced(bones, weights, 4)
    assert np.array_equal(four[0], bones[:, :4])
    assert np.allclose(four[1], weights[:, :4] / weights[:, :4].sum(axis=1, keepdims=True))


# -- binding ------------------------------------------------------------------------------------------------------


def test_the_nearest_point_of_a_triangle_is_found_in_all_regions() -> None:
    corners = np.array([[0.0, 0, 0], [2, 0, 0], [0, 2, 0]])
    points = np.array([[0.5, 0.5, 3], [-1, -1, 1], [3, -0.5, 0], [-0.1, 4, 0], [1, -2, 0], [-2, 1, 0], [2, 2, 1.0]])
    wanted = np.array([[0.5, 0.5, 0], [0, 0, 0], [2, 0, 0], [0, 2, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    bary = closest_in_triangles(points, np.tile(corners, (len(points), 1, 1)))
    assert np.allclose(bary @ corners, wanted)
    assert np.allclose(bary.sum(axis=1), 1)


def test_a_surface_that_faces_away_is_passed_over() -> None:
    """Two plates 2 cm apart; a vertex between them that looks down belongs to the one whose outside is below."""
    square = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    body = np.concatenate([square, square + [0, 0, 0.02]])
    faces = np.array([[0, 1, 2], [0, 2, 3], [4, 6, 5], [4, 7, 6]])  # the lower looks up, the upper looks down
    verts = np.array([[0.4, 0.4, 0.008], [0.6, 0.4, 0.008], [0.5, 0.6, 0.008]])
    assert set(contact(verts, np.array([[0, 1, 2]]), body, faces).triangle) <= {0, 1}
    assert set(contact(verts, np.array([[0, 2, 1]]), body, faces).triangle) <= {2, 3}


def test_binding_at_rest_keeps_the_surface_and_follows_the_body() -> None:
    rest, bones, weights = bound("suit")
    suit, _ = surface("suit")
    assert np.abs(rest - suit).max() < 1e-9
    assert bones.shape[1] <= 8
    assert np.abs(weights.sum(axis=1) - 1).max() < 1e-9
    assert (weights >= 0).all()
    transforms = skinning_matrices(SKELETON, pose_of(lowerleg_L=(0.8, 0, 0), upperarm_R=(0, -0.6, 0)))
    near, amounts = body_weights(suit)
    wanted, found = skin(suit, near, amounts, transforms), skin(rest, bones, weights, transforms)
    assert np.linalg.norm(found - wanted, axis=1).mean() < 0.006
    assert np.percentile(np.linalg.norm(found - wanted, axis=1), 99) < 0.05


def test_binding_in_a_pose_gives_it_back_exactly() -> None:
    body, _ = surface("body")
    transforms = skinning_matrices(SKELETON, pose_of(lowerarm_L=(0.2, -1.0, 0.3), upperleg_R=(-0.7, 0, 0)))
    suit, _ = surface("suit")
    posed = skin(suit, *body_weights(suit), transforms)
    rest, bones, weights = bound("suit", transforms, skin(body, *body_weights(body), transforms), posed)
    assert np.abs(skin(rest, bones, weights, transforms) - posed).max() < 1e-9
    assert np.linalg.norm(rest - suit, axis=1).mean() < 0.01


def test_a_skirt_does_not_tear() -> None:
    rest, bones, weights = bound("skirt")
    _, faces = surface("skirt")
    half = np.radians(22.5)
    still = skin(rest, bones, weights, skinning_matrices(SKELETON, pose_of()))
    spread = pose_of(upperleg_L=(0, -half, 0), upperleg_R=(0, half, 0))
    apart = skin(rest, bones, weights, skinning_matrices(SKELETON, spread))
    feet = world_matrices(SKELETON, spread)[[NAMES.index("foot.L"), NAMES.index("foot.R")], :3, 3]
    assert np.ptp(feet[:, 0]) > 0.8
    assert edge_stretch(still, apart, faces) < 0.005
    # and the legs below it do move: it is not stiff
    hem = (np.abs(rest[:, 2] + 0.5) < 0.03) & (rest[:, 0] > 0.2)
    assert (apart[hem, 0] - still[hem, 0]).mean() > 0.1


def test_without_the_widening_it_would(monkeypatch) -> None:
    from eigenform.avatar.figure import diffusion

    monkeypatch.setattr(diffusion, "SPREAD", 0.0)
    monkeypatch.setattr(diffusion, "_FREE", 1.0)
    monkeypatch.setattr(diffusion, "REACH", 10.0)
    rest, bones, weights = bound("skirt")
    half = np.radians(22.5)
    spread = pose_of(upperleg_L=(0, -half, 0), upperleg_R=(0, half, 0))
    still = skin(rest, bones, weights, skinning_matrices(SKELETON, pose_of()))
    apart = skin(rest, bones, weights, skinning_matrices(SKELETON, spread))
    assert edge_stretch(still, apart, surface("skirt")[1]) > 0.005


def arm_down():
    """The body and the suit with the left arm against the trunk, the surfaces of both fused."""
    transforms = skinning_matrices(SKELETON, pose_of(upperarm_L=(0, 0.75, 0)))
    body, faces = surface("body")
    return transforms, skin(body, *body_weights(body), transforms), faces


def test_an_arm_against_the_trunk_is_no_part_of_it() -> None:
    """Where the suit of the arm and that of the trunk are joined by triangles, weights do not flow across."""
    transforms, body, body_faces = arm_down()
    rest_suit, faces = surface("suit")
    suit = skin(rest_suit, *body_weights(rest_suit), transforms)
    arm = np.isin(body_weights(rest_suit)[0][:, 0], [NAMES.index("upperarm.L"), NAMES.index("lowerarm.L")])
    from scipy.spatial import cKDTree

    below = np.flatnonzero(arm & (rest_suit[:, 2] < 0.3))
    trunk = np.flatnonzero(~arm)
    away, other = cKDTree(suit[trunk]).query(suit[below])
    touching = away < 0.05
    assert touching.sum() > 30
    a, b = below[touching], trunk[other[touching]]
    third = np.array([faces[(faces == v).any(axis=1)][0] for v in b])
    third = np.where(third[:, 0] == b, third[:, 1], third[:, 0])
    glued = np.concatenate([faces, np.stack([a, b, third], axis=1)])
    _, bones, weights = bind(suit, glued, body, body_faces, body_weights(surface("body")[0]), transforms)
    own = np.where(np.isin(bones, [NAMES.index("upperarm.L"), NAMES.index("lowerarm.L")]), weights, 0).sum(axis=1)
    assert own[a].mean() > 0.8
    assert own[b].mean() < 0.2


def test_bridges_tell_contact_from_cloth() -> None:
    body, faces = surface("body")
    patch, between = skin_distances(body, faces)
    left = np.flatnonzero((np.abs(body[:, 2] + 0.45) < 0.02) & (body[:, 0] > 0.1))[0]
    right = np.flatnonzero((np.abs(body[:, 2] + 0.45) < 0.02) & (body[:, 0] < -0.1))[0]
    over = between[patch[left], patch[right]]
    assert 0.6 < over < 1.4  # up one leg, down the other
    assert np.isfinite(between).all()
    skirt, skirt_faces = surface("skirt")
    edges = edge_list(skirt_faces)
    legs = leg_vertices(body)
    assert legs[left]
    assert not legs[np.flatnonzero(body[:, 0] > 0.5)].any()
    found = bridges(skirt, edges, contact(skirt, skirt_faces, body, faces), body, faces, legs)
    middle = skirt[found.span].mean(axis=1)
    assert len(found.span) > 20
    assert (np.abs(middle[:, 0]) < 0.05).all()
    assert found.length.max() > 0.6
    suit, suit_faces = surface("suit")
    none = bridges(suit, edge_list(suit_faces), contact(suit, suit_faces, body, faces), body, faces, legs)
    assert len(none.span) < 20


def test_parts_inside_the_body_are_left_out_and_bad_input_is_refused() -> None:
    body, faces = surface("body")
    weights = body_weights(body)
    more = np.concatenate([body, body[faces[0]] * 1.05])
    more_faces = np.concatenate([faces, [[len(body), len(body) + 1, len(body) + 2]]])
    wrong = tuple(np.concatenate([w, w[:3]]) for w in weights)
    wrong[0][-3:] = NAMES.index("head")
    suit, suit_faces = surface("suit")
    trunk = np.arange(len(more)) < len(body)
    with_eyes = bind(suit, suit_faces, more, more_faces, wrong, REST, trunk)
    plain = bind(suit, suit_faces, body, faces, weights, REST)
    assert np.allclose(with_eyes[2], plain[2])
    with pytest.raises(InputError, match="triangles"):
        bind(suit, np.zeros((0, 3), int), body, faces, weights, REST)
    with pytest.raises(InputError, match="do not fit"):
        bind(suit, suit_faces, body[:-1], faces, weights, REST)


def test_binding_can_be_cancelled(monkeypatch) -> None:
    from eigenform.avatar.figure import diffusion

    monkeypatch.setattr(diffusion, "_ALONE", 0)  # in a child process, as large systems are
    body, faces = surface("body")
    ctx = JobContext()
    ctx.message = lambda text: ctx.cancel() if "Spreading" in text else None
    with pytest.raises(Cancelled):
        bind(*surface("suit"), body, faces, body_weights(body), REST, ctx=ctx)


def test_a_child_process_solves_the_same(monkeypatch) -> None:
    from eigenform.avatar.figure import diffusion

    here = bound("suit")
    monkeypatch.setattr(diffusion, "_ALONE", 0)
    assert np.allclose(bound("suit")[2], here[2])


# -- posing -------------------------------------------------------------------------------------------------------


def test_posing_and_the_quick_poser_agree() -> None:
    toy = avatar("skirt")
    poser = Poser(toy)
    for seed in range(3):
        turns, place = random_pose(seed)
        posed = pose(toy, turns, place)
        assert np.abs(poser.verts(turns, place) - posed.verts).max() < 5e-6
        assert np.array_equal(posed.rotations, turns)
    assert poser.verts(turns, place).dtype == np.float32
    assert np.array_equal(poser.value(turns, place).verts, posed.verts)
    with pytest.raises(InputError, match="14 bones"):
        pose(toy, np.zeros((3, 3)))


def test_the_rest_pose_shows_the_rest_surface() -> None:
    toy = avatar()
    turns, place = rest_pose(toy.skeleton)
    assert np.abs(pose(toy, turns, place).verts - toy.rest_verts).max() < 1e-12


def test_the_root_carries_the_figure_rigidly() -> None:
    toy = avatar()
    turns = pose_of(root=(0.3, -0.2, 1.0))
    moved = pose(toy, turns, np.array([1.0, 2, 3])).verts
    still = pose(toy, pose_of(), np.zeros(3)).verts
    assert np.abs(moved - (still @ matrices(turns[0]).T + [1, 2, 3])).max() < 1e-12
    assert isinstance(toy, Avatar)
