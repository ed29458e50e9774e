"""People made by code: the same for the same seed, closed, dressed outside the skin, seen as they are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch
from avatar_fixtures import body
from eigenform.avatar.body.bones import MAIN
from eigenform.avatar.metrics import topology
from eigenform.avatar.raster.maps import body_maps
from eigenform.avatar.raster.rays import inside as inside_by_crossings
from eigenform.avatar.synthetic import several, truth
from eigenform.avatar.synthetic.atlas import W_HEAD, atlas_of
from eigenform.avatar.synthetic.bodies import random_pose
from eigenform.avatar.synthetic.drape import Drape, close_tube, hang
from eigenform.avatar.synthetic.held_out import H
from eigenform.avatar.synthetic.noise import Waves
from eigenform.avatar.synthetic.sample import make_sample
from eigenform.avatar.synthetic.streams import SHARES, STRATA, stratum_of, stream
from eigenform.avatar.synthetic.views import look
from eigenform.errors import InputError

PEOPLE = ((40, "tight"), (13, "trousers"), (14, "loose"), (3, "hard"))
SIZE = 128


@lru_cache
def sample(seed: int, stratum: str) -> dict[str, Any]:
    return make_sample(seed, stratum, SIZE, body(), full_image=True)


def test_a_sample_depends_on_its_seed_and_stratum_alone() -> None:
    first = sample(14, "loose")
    make_sample(15, "hard", 64, body())  # whatever was made in between
    again = make_sample(14, "loose", SIZE, body())
    for name, value in again.items():
        assert np.array_equal(value, first[name]), name
    assert not np.array_equal(again["rgb"], make_sample(18, "loose", SIZE, body())["rgb"])
    other = make_sample(14, "loose", SIZE, body(), variation=1)
    assert np.array_equal(other["shape"], first["shape"])
    assert not np.array_equal(other["rotations"], first["rotations"])


def test_held_out_people_are_no_training_people() -> None:
    assert len(H) == len(set(H)) == 200
    assert [sum(name == stratum for _, name in H) for stratum in STRATA] == [50] * 4
    assert max(seed for seed, _ in H) < 1000
    shares = np.mean([[stratum_of(1_000_000 + k) == name for name in STRATA] for k in range(2000)], axis=0)
    assert np.abs(shares - SHARES).max() < 0.04


@pytest.mark.parametrize(("seed", "stratum"), PEOPLE)
def test_maps_are_those_of_the_dressed_surface(seed: int, stratum: str) -> None:
    found = sample(seed, stratum)
    person = found["person"]
    camera = torch.tensor(found["camera"])[None]
    maps = body_maps(torch.from_numpy(person.verts)[None], torch.from_numpy(person.faces), camera, SIZE)
    mask = maps["mask"][0].numpy()
    assert np.array_equal(mask, found["mask"])
    assert 0.02 < mask.mean() < 0.6
    for side in ("front", "back"):
        assert np.allclose(found[f"depth_{side}"], maps[f"depth_{side}"][0].numpy() * mask, atol=1e-5)
        normal = found[f"normal_{side}"].astype(np.float32)
        assert np.abs(np.linalg.norm(normal, axis=-1)[mask] - 1).max() < 2e-3
        assert not normal[~mask].any()
        assert np.abs((normal - maps[f"normal_{side}"][0].numpy())[mask]).max() < 2e-3
    assert (found["normal_front"][mask][:, 2] > 0).mean() > 0.97
    assert (found["normal_back"][mask][:, 2] < 0).mean() > 0.97


@pytest.mark.parametrize(("seed", "stratum"), PEOPLE)
def test_cloth_lies_outside_the_skin(seed: int, stratum: str) -> None:
    found = sample(seed, stratum)
    bare = look(found["person"].body_verts, atlas_of(body()).faces, found["camera"], SIZE)
    both = bare.mask & found["mask"]
    assert (bare.mask & ~found["mask"]).sum() <= 0.002 * bare.mask.sum()
    front = (found["depth_front"] - bare.depth_front)[both]
    back = (bare.depth_back - found["depth_back"])[both]
    assert (front < -0.003).mean() < 0.003
    assert (back < -0.003).mean() < 0.003
    assert np.quantile(np.maximum(front, back), 0.9) > 0.004
    assert max(front.max(), back.max()) < 0.5


def test_loose_clothes_stand_off_more_than_tight_ones() -> None:
    medians = {}
    for seed, stratum in PEOPLE[:3]:
        found = sample(seed, stratum)
        bare = look(found["person"].body_verts, atlas_of(body()).faces, found["camera"], SIZE)
        both = bare.mask & found["mask"]
        medians[stratum] = float(np.quantile((found["depth_front"] - bare.depth_front)[both], 0.9))
    assert medians["tight"] < medians["trousers"] < medians["loose"]


@pytest.mark.parametrize(("seed", "stratum"), PEOPLE)
def test_every_part_is_closed_and_turned_outward(seed: int, stratum: str) -> None:
    person = sample(seed, stratum)["person"]
    for part in person.part_list:
        assert topology(part.verts, part.faces).watertight, part.name
        a, b, c = (part.verts[part.faces[:, k]].astype(np.float64) for k in range(3))
        assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() > 0, part.name
    assert len(person.part_of_face) == len(person.faces)
    assert person.faces.max() == len(person.verts) - 1 or person.faces.max() < len(person.verts)


def test_keypoints_lie_on_the_person_and_know_what_is_hidden() -> None:
    on, seen = [], []
    for seed, stratum in PEOPLE:
        found = sample(seed, stratum)
        x, y, visible = found["keypoints"].T
        column = ((x + 1) / 2 * SIZE).astype(int).clip(0, SIZE - 1)
        row = ((1 - y) / 2 * SIZE).astype(int).clip(0, SIZE - 1)
        on.append(found["mask"][row, column])
        seen.append(visible)
        s, tx, ty = found["camera"]
        assert np.allclose(s * found["keypoints3d"][:, 0] + tx, x, atol=1e-5)
        assert np.allclose(s * found["keypoints3d"][:, 2] + ty, y, atol=1e-5)
    assert np.mean(on) > 0.97
    assert 0.4 < np.mean(seen) < 1
    front, back = several.front_and_back(40, "tight", SIZE, body())
    assert front["keypoints"][0, 2] == 1  # the nose is seen from the front
    assert back["keypoints"][0, 2] == 0
    assert front["keypoints"][5, 0] > front["keypoints"][6, 0]  # the left shoulder is on the right of the picture
    assert back["keypoints"][5, 0] < back["keypoints"][6, 0]


def test_rotations_of_the_main_bones_say_the_whole_pose() -> None:
    found, model = sample(3, "hard"), body()
    others = [k for k, name in enumerate(model.bones) if name not in MAIN]
    assert not found["all_rotations"][others].any()
    assert found["rotations"].shape == (len(MAIN), 3)
    assert np.abs(found["rotations"]).max() < 3.5


@pytest.mark.parametrize(("seed", "stratum"), [PEOPLE[0], PEOPLE[2]])
def test_occupancy_is_that_of_the_union_of_the_parts(seed: int, stratum: str) -> None:
    figure = truth.truth_of(sample(seed, stratum)["person"])
    points, labels = truth.occupancy_points(figure, 3000, seed=1)
    assert points.shape == (3000, 3)
    assert 0.2 < labels.mean() < 0.6
    crossed = inside_by_crossings(
        torch.from_numpy(points.astype(np.float64)),
        torch.from_numpy(figure.verts.astype(np.float64)),
        torch.from_numpy(figure.faces),
    )
    assert (crossed.numpy() == labels).mean() > 0.995
    again = truth.occupancy_points(figure, 3000, seed=1)
    assert np.array_equal(points, again[0])
    assert np.array_equal(labels, again[1])


def test_hidden_surfaces_are_no_part_of_the_truth() -> None:
    figure = truth.truth_of(sample(14, "loose")["person"])
    points, normals = truth.surface_points(figure, 2000)
    assert not truth.inside(figure, points + 0.002 * normals).mean() > 0.01
    assert truth.inside(figure, points - 0.002 * normals).mean() > 0.97
    outer = figure.outer()
    assert 0.3 * len(figure.faces) < len(outer) < len(figure.faces)
    skirt = figure.person.parts.index("skirt") if "skirt" in figure.person.parts else figure.person.parts.index("coat")
    hidden = set(map(tuple, figure.faces[figure.part_of_face != skirt])) - set(map(tuple, outer))
    assert len(hidden) > 500  # thighs


def test_a_sequence_keeps_the_person_and_the_correspondence() -> None:
    people = several.sequence(14, "loose", 2, body(), poses="hard")
    assert np.array_equal(people[0].faces, people[1].faces)
    assert np.array_equal(people[0].shape, people[1].shape)
    assert np.abs(people[0].verts - people[1].verts).max() > 0.05
    rest, weights = several.canonical(people[0], body())
    assert rest.verts.shape == people[0].verts.shape
    assert np.allclose(weights.sum(1), 1, atol=1e-4)
    head = atlas_of(body()).features[:, W_HEAD] > 0.99
    offsets = [np.linalg.norm(p.verts[: len(head)][head] - p.body_verts[head], axis=1) for p in people]
    assert np.allclose(offsets[0], offsets[1], atol=1e-3)  # hair moves rigidly with the head


def test_arms_stay_out_of_the_trunk() -> None:
    from eigenform.avatar.synthetic.posing import arms_free, named_rotations, pose_arrays

    model, deep = body(), []
    pose = {"upperarm01.L": np.array([0.0, 1.2, 0.0]), "upperarm01.R": np.array([0.0, -1.2, 0.0])}
    shape = np.array([0.5, 0.7, 0.5, 0.6, 0.5, 0.5])
    atlas = atlas_of(model)
    arm = np.flatnonzero((atlas.features[:, 3] > 0.12) & (atlas.features[:, 4] > 0.95))
    trunk = (atlas.features[:, 4] < 0.05)[atlas.faces].all(1)
    for posed in (pose_arrays(model, shape, named_rotations(model, pose)), arms_free(model, shape, pose)):
        verts = torch.from_numpy(posed.verts.astype(np.float64)[:, [0, 2, 1]] * [1, 1, -1])
        within = inside_by_crossings(verts[arm], verts, torch.from_numpy(atlas.faces[trunk]))
        deep.append(float(within.double().mean()))
    assert deep[0] > 0.1
    assert deep[1] < 0.02


def test_knees_of_standing_people_do_not_bend_backward() -> None:
    rng = np.random.default_rng(0)
    poses = [random_pose(rng, "trousers") for _ in range(300)]
    knees = np.array([pose[f"lowerleg01.{side}"][0] for pose in poses for side in "LR"])
    assert knees.min() >= 0
    assert (knees < np.deg2rad(15)).mean() > 0.5
    yaw = np.array([pose["root"][2] for pose in poses])
    assert (np.abs(yaw) < 0.7).mean() > 0.6


def test_cloth_hangs_around_a_known_shape() -> None:
    """Two posts: the sheet spans both, is nowhere inside either, and falls straight."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ring = 0.1 * np.stack([np.cos(angle), np.sin(angle)], 1)
    heights = np.linspace(0, 1, 60)
    posts = [np.column_stack([np.tile(ring + [x, 0], (60, 1)), np.repeat(heights, 40)]) for x in (-0.2, 0.2)]
    waves = Waves(np.random.default_rng(0), 4, (0.1, 0.2))
    drape = Drape(0.01, 0.0, 6, 0.0, 0.0, 0.0, 0.02, 0.0, waves, 0.0, 0.001)
    grid = hang(np.concatenate(posts), np.linspace(0.95, 0.05, 20), drape)
    assert grid.shape == (20, 96, 3)
    assert np.allclose(grid[5:, 24, 1], 0.11, atol=0.004)  # between the posts the hull is straight
    assert np.allclose(np.abs(grid[5:, [0, 48], 0]), 0.31, atol=0.004)
    assert np.allclose(grid[5], grid[15] + [0, 0, grid[5, 0, 2] - grid[15, 0, 2]], atol=1e-6)
    verts, faces = close_tube(grid, 0.01, 0.02)
    assert topology(verts, faces).watertight
    a, b, c = (verts[faces[:, k]] for k in range(3))
    expected = (np.pi * 0.11**2 + 0.4 * 0.22) * 0.9
    assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6 == pytest.approx(expected, rel=0.05)


def test_unknown_strata_and_negative_seeds_are_refused() -> None:
    with pytest.raises(InputError, match="no stratum 'silk'"):
        make_sample(1, "silk", 64, body())
    with pytest.raises(InputError, match="negative"):
        stream(-1, "tight", "body")
