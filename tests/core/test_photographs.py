"""Sets of photographs: cameras, the three layouts on disk, rendered sets."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from eigenform import jobs, registry
from eigenform.errors import InputError
from eigenform.implicit.photographs.cameras import decompose, look_at, project, rays, sees_sphere
from eigenform.implicit.photographs.files import is_photographs, read_photographs, write_photographs
from eigenform.implicit.photographs.regions import region_of_cameras, region_of_points
from eigenform.params import make
from eigenform.types import Photographs, Shape
from known_shapes import icosphere, random_rotation

K = np.array([[50.0, 0, 20], [0, 60, 15], [0, 0, 1]])


def run(name, value, **values):
    method = registry.get(name)
    return jobs.run(method, [value], make(method.params_class(), values))


def picture(seed=0, size=(30, 40)):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def some_set(n=4, masks=True, points=True):
    """Cameras on a circle around (1, 2, 3), each with another picture."""
    angle = np.arange(n) * 2 * np.pi / n
    eyes = np.array([1, 2, 3]) + 4 * np.stack([np.cos(angle), 0.3 * np.ones(n), np.sin(angle)], axis=1)
    poses = np.stack([look_at(e, np.array([1.0, 2, 3]), np.array([0.0, 1, 0])) for e in eyes])
    images = np.stack([picture(i) for i in range(n)])
    cut = np.stack([picture(i)[:, :, 0] > 100 for i in range(n)]) if masks else None
    cloud = np.array([1, 2, 3]) + np.random.default_rng(0).normal(size=(20, 3)) * 0.2 if points else None
    return Photographs(images, np.repeat(K[None], n, 0), poses, [1, 2, 3], 0.9, cut, cloud)


# -- cameras -----------------------------------------------------------------------------------------------------------


def test_a_camera_looks_along_z_with_x_right_and_y_down():
    pose = np.eye(4)
    pose[:3, 3] = [0, 0, -2]
    pixels, depth = project(np.array([[0.0, 0, 0], [0.4, 0, 0], [0, 0.4, 0], [0, 0, -5]]), K, pose)
    assert pixels[:3] == pytest.approx(np.array([[20, 15], [30, 15], [20, 27]]))
    assert depth == pytest.approx([2, 2, 2, -3])
    origin, ray = rays(K, pose, np.array([[30.0, 15]]))
    assert origin == pytest.approx([0, 0, -2])
    assert ray[0] == pytest.approx(np.array([0.2, 0, 1]) / np.hypot(0.2, 1))


def test_a_picture_is_the_right_way_up():
    pose = look_at(np.array([0.0, 0, 5]), np.zeros(3), np.array([0.0, 1, 0]))
    pixels, _ = project(np.array([[0.0, 1, 0], [1, 0, 0]]), K, pose)
    assert pixels[0, 1] < 15  # up in the world is up in the picture
    assert pixels[1, 0] > 20  # and x, seen from +z, is right
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)


@pytest.mark.parametrize("factor", [1.0, -0.37])
def test_a_projection_matrix_comes_apart_into_what_it_was_made_of(factor):
    k = np.array([[700.0, 3, 320], [0, 650, 240], [0, 0, 1]])
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = random_rotation(3), [1, -2, 0.5]
    found = decompose(factor * k @ np.linalg.inv(pose)[:3])
    assert found[0] == pytest.approx(k)
    assert found[1] == pytest.approx(pose)
    with pytest.raises(InputError, match="singular"):
        decompose(np.zeros((3, 4)))


def test_what_a_camera_sees():
    pose = look_at(np.array([0.0, 0, 5]), np.zeros(3), np.array([0.0, 1, 0]))
    assert sees_sphere(K, pose, (30, 40), np.zeros(3), 0.1)
    assert not sees_sphere(K, pose, (30, 40), np.array([0, 0, 10.0]), 1)  # behind
    assert not sees_sphere(K, pose, (30, 40), np.array([5.0, 0, 0]), 1)  # beside
    assert sees_sphere(K, pose, (30, 40), np.array([5.0, 0, 0]), 4)  # reaches in


def test_regions():
    points = np.random.default_rng(0).uniform(-1, 1, (500, 3))
    centre, radius = region_of_points(np.concatenate([points, [[500.0, 0, 0]]]))
    assert np.abs(centre).max() < 0.05
    assert 1.4 < radius < 2
    p = some_set()
    centre, radius = region_of_cameras(p.poses, p.intrinsics, (30, 40))
    assert centre == pytest.approx([1, 2, 3])
    assert 0 < radius < 4
    with pytest.raises(InputError, match="one direction"):
        region_of_cameras(np.repeat(np.eye(4)[None], 3, 0), p.intrinsics[:3], (30, 40))


# -- files -------------------------------------------------------------------------------------------------------------


def test_a_set_comes_back_as_it_was_written(tmp_path):
    p = some_set()
    write_photographs(p, tmp_path / "a" / "set")
    assert is_photographs(tmp_path / "a" / "set")
    for path in (tmp_path / "a" / "set", tmp_path / "a" / "set" / "transforms.json"):
        q = read_photographs(path)
        for name in ("images", "masks"):
            assert np.array_equal(getattr(q, name), getattr(p, name))
        for name in ("intrinsics", "poses", "centre", "points"):
            assert getattr(q, name) == pytest.approx(getattr(p, name), abs=1e-12)
        assert q.radius == p.radius
    bare = some_set(masks=False, points=False)
    write_photographs(bare, tmp_path / "bare")
    assert read_photographs(tmp_path / "bare").masks is None
    assert read_photographs(tmp_path / "bare").points is None


def nerf(folder, alpha=None, **changes):
    """A transforms.json as NeRF has it: OpenGL cameras, names without suffix."""
    (folder / "train").mkdir()
    frames = []
    for i, z in enumerate((4.0, -4.0)):
        pose = np.diag([1.0, 1, 1, 1]) if z > 0 else np.diag([-1.0, 1, -1, 1])
        pose[2, 3] = z
        colour = picture(i) if alpha is None else np.concatenate([picture(i), alpha[:, :, None]], axis=2)
        cv2.imwrite(str(folder / "train" / f"r_{i}.png"), colour)
        frames.append({"file_path": f"./train/r_{i}", "transform_matrix": pose.tolist()})
    told = {"camera_angle_x": 2 * np.arctan(0.5), "aabb": [[-1, -1, -1], [1, 1, 1]], "frames": frames, **changes}
    (folder / "transforms.json").write_text(json.dumps(told))
    return told


def test_the_transforms_of_nerf(tmp_path):
    alpha = np.zeros((30, 40), dtype=np.uint8)
    alpha[10:20, 5:15] = 255
    nerf(tmp_path, alpha)
    p = read_photographs(tmp_path)
    assert p.intrinsics[0] == pytest.approx(np.array([[40.0, 0, 20], [0, 40, 15], [0, 0, 1]]))
    pixels, depth = project(np.array([[1.0, 0.5, 0]]), p.intrinsics[0], p.poses[0])
    assert pixels[0] == pytest.approx([30, 10])  # right of the centre and above it
    assert depth == pytest.approx([4])
    assert project(np.array([[1.0, 0.5, 0]]), p.intrinsics[1], p.poses[1])[0][0] == pytest.approx([10, 10])
    assert np.array_equal(p.masks[1], alpha > 0)
    assert (p.images[0][alpha == 0] == 255).all()  # laid on white
    assert np.array_equal(p.images[0][15, 10], picture(0)[15, 10, ::-1])  # cv2 wrote it blue first
    assert p.radius == pytest.approx(np.sqrt(3))


def neus(folder, n=3, masks=3):
    (folder / "image").mkdir(parents=True)
    (folder / "mask").mkdir()
    p, matrices = some_set(n), {}
    for i in range(n):
        cv2.imwrite(str(folder / "image" / f"{i:03d}.png"), p.images[i][:, :, ::-1])
        if i < masks:
            cv2.imwrite(str(folder / "mask" / f"{i:03d}.png"), np.where(p.masks[i], 255, 0).astype(np.uint8))
        k = K - np.array([[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]])  # the first pixel's centre is (0, 0) there
        matrices[f"world_mat_{i}"] = np.eye(4)
        matrices[f"world_mat_{i}"][:3] = 2.5 * k @ np.linalg.inv(p.poses[i])[:3]
        matrices[f"scale_mat_{i}"] = np.diag([0.9, 0.9, 0.9, 1])
        matrices[f"scale_mat_{i}"][:3, 3] = [1, 2, 3]
    np.savez(folder / "cameras_sphere.npz", **matrices)
    return p, matrices


def test_the_folders_of_neus(tmp_path):
    p, _ = neus(tmp_path)
    q = read_photographs(tmp_path)
    assert q.intrinsics == pytest.approx(p.intrinsics)
    assert q.poses == pytest.approx(p.poses)
    assert np.array_equal(q.images, p.images)
    assert np.array_equal(q.masks, p.masks)
    assert q.centre == pytest.approx([1, 2, 3])
    assert q.radius == pytest.approx(0.9)


def colmap(folder, model="PINHOLE 40 30 50 60 20 15"):
    p = some_set(3)
    (folder / "images").mkdir(parents=True)
    (folder / "sparse" / "0").mkdir(parents=True)
    lines = ["# comment"]
    for i, pose in enumerate(p.poses):
        cv2.imwrite(str(folder / "images" / f"a {i}.png"), p.images[i][:, :, ::-1])
        r = pose[:3, :3].T
        w = np.sqrt(1 + np.trace(r)) / 2
        q = [w, (r[2, 1] - r[1, 2]) / 4 / w, (r[0, 2] - r[2, 0]) / 4 / w, (r[1, 0] - r[0, 1]) / 4 / w]
        lines += [" ".join(map(repr, map(float, [*q, *(-r @ pose[:3, 3])]))) + f" 1 a {i}.png", ""]
        lines[-2] = f"{i + 1} {lines[-2]}"
    where = folder / "sparse" / "0"
    (where / "images.txt").write_text("\n".join(lines) + "\n")
    (where / "cameras.txt").write_text(f"# Camera list\n1 {model}\n")
    (where / "points3D.txt").write_text("\n".join(f"{i} {x} {y} {z} 0 0 0 0.5" for i, (x, y, z) in enumerate(p.points)))
    return p


def test_the_text_of_colmap(tmp_path):
    p = colmap(tmp_path)
    q = read_photographs(tmp_path)
    assert q.intrinsics == pytest.approx(p.intrinsics)
    assert q.poses == pytest.approx(p.poses, abs=1e-9)
    assert np.array_equal(q.images, p.images)
    assert q.points == pytest.approx(p.points)
    assert np.linalg.norm(q.points - q.centre, axis=1).max() < q.radius
    assert q.masks is None


def test_lens_distortion_is_taken_out(tmp_path):
    colmap(tmp_path, "OPENCV 40 30 50 60 20 15 -0.2 0.05 0.001 0")
    k = read_photographs(tmp_path).intrinsics[0]
    # a bright spot drawn where the distorted camera sees a point lies where the pinhole sees it
    x, y = 0.2, -0.1
    r = x * x + y * y
    xd = x * (1 - 0.2 * r + 0.05 * r * r) + 2 * 0.001 * x * y
    yd = y * (1 - 0.2 * r + 0.05 * r * r) + 0.001 * (r + 2 * y * y)
    spot = np.zeros((30, 40), dtype=np.uint8)
    spot[int(60 * yd + 15) - 1 : int(60 * yd + 15) + 2, int(50 * xd + 20) - 1 : int(50 * xd + 20) + 2] = 255
    for i in range(3):
        cv2.imwrite(str(tmp_path / "images" / f"a {i}.png"), spot)
    image = read_photographs(tmp_path).images[0][:, :, 0].astype(float)
    rows, columns = np.mgrid[:30, :40] + 0.5
    seen = np.array([(columns * image).sum(), (rows * image).sum()]) / image.sum()
    assert seen == pytest.approx([k[0, 0] * x + k[0, 2], k[1, 1] * y + k[1, 2]], abs=0.8)
    assert np.abs(k - K).max() > 0.5


def test_bad_sets_are_refused_in_a_sentence(tmp_path):
    def refused(match, path=tmp_path):
        with pytest.raises(InputError, match=match) as caught:
            read_photographs(path)
        assert str(caught.value).count("\n") == 0

    refused("neither a folder", tmp_path / "nothing")
    refused("holds no cameras")
    told = nerf(tmp_path)
    cv2.imwrite(str(tmp_path / "train" / "r_1.png"), picture(0, (20, 40)))
    refused("differ in size")
    (tmp_path / "train" / "r_1.png").write_bytes(b"")
    refused("not a picture")
    (tmp_path / "train" / "r_1.png").unlink()
    refused("does not exist")
    for changes, match in (
        ({"frames": []}, "names no photographs"),
        ({"aabb": [[90, 90, 90], [91, 91, 91]]}, "No camera .* sees the region"),
        ({"aabb": [[1, 1], [0, 0]]}, "region"),
        ({"camera_angle_x": None}, "not a number"),
        ({"is_fisheye": True}, "fisheye"),
    ):
        cv2.imwrite(str(tmp_path / "train" / "r_1.png"), picture(1))
        (tmp_path / "transforms.json").write_text(json.dumps({**told, **changes}))
        refused(match)
    told["frames"][0]["transform_matrix"][0][0] = float("nan")
    (tmp_path / "transforms.json").write_text(json.dumps(told))
    refused("frame 0 holds NaN")
    (tmp_path / "transforms.json").write_text("{")
    refused("JSON")


def test_bad_folders_of_neus_and_colmap_are_refused(tmp_path):
    _, matrices = neus(tmp_path / "a", masks=2)
    with pytest.raises(InputError, match="3 photographs and 2 masks"):
        read_photographs(tmp_path / "a")
    neus(tmp_path / "b")
    np.savez(tmp_path / "b" / "cameras_sphere.npz", **{k: v for k, v in matrices.items() if k != "world_mat_1"})
    with pytest.raises(InputError, match="no world_mat_1"):
        read_photographs(tmp_path / "b")
    np.savez(tmp_path / "b" / "cameras_sphere.npz", world_mat_0=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match="not a file of camera matrices"):  # nothing is unpickled
        read_photographs(tmp_path / "b")
    for path in (tmp_path / "a" / "image").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="no photographs in image"):
        read_photographs(tmp_path / "a")
    colmap(tmp_path / "c", "THIN_PRISM_FISHEYE 40 30 1 2 3")
    with pytest.raises(InputError, match="image_undistorter"):
        read_photographs(tmp_path / "c")
    colmap(tmp_path / "d", "PINHOLE 40 30 50 60 20")
    with pytest.raises(InputError, match="4 parameters"):
        read_photographs(tmp_path / "d")
    (tmp_path / "c" / "sparse" / "0" / "cameras.txt").rename(tmp_path / "c" / "sparse" / "0" / "cameras.bin")
    with pytest.raises(InputError, match="model_converter"):
        read_photographs(tmp_path / "c")


def test_a_camera_that_sees_nothing_is_left_out_and_named(tmp_path):
    p = some_set()
    poses = p.poses.copy()
    poses[2, :3, :3] = poses[2, :3, :3] @ np.diag([-1, 1, -1])  # turned away
    write_photographs(p.replace(poses=poses), tmp_path)
    q = read_photographs(tmp_path)
    assert len(q.images) == 3
    assert np.array_equal(q.images, p.images[[0, 1, 3]])
    assert "Photographs 2 were left out" in q.meta["notes"][0]


# -- rendered sets -----------------------------------------------------------------------------------------------------


def test_a_rendered_sphere_is_where_its_cameras_say():
    sphere = icosphere(4)
    ball = Shape(sphere.verts * 2 + [5, 0, -3], sphere.faces)
    p = run("render-views", ball, views=12, size=48, points=300, pattern="plain")
    assert p.centre == pytest.approx([5, 0, -3], abs=1e-3)
    assert p.radius == pytest.approx(2.2, rel=1e-3)
    assert np.linalg.norm(p.points - [5, 0, -3], axis=1) == pytest.approx(np.full(300, 2), rel=5e-3)
    for k, pose, mask, image in zip(p.intrinsics, p.poses, p.masks, p.images, strict=True):
        pixels, _ = project(np.array([[5.0, 0, -3]]), k, pose)
        rows, columns = np.nonzero(mask)
        assert [columns.mean() + 0.5, rows.mean() + 0.5] == pytest.approx(pixels[0].tolist(), abs=0.3)
        distance = np.linalg.norm(pose[:3, 3] - [5, 0, -3])
        radius = k[0, 0] * 2 / np.sqrt(distance**2 - 4)  # of the silhouette
        assert mask.sum() == pytest.approx(np.pi * radius**2, rel=0.02)
        assert (image[0, 0] == 255).all()
    # lit from one side of the world: the brightest side is the same in every photograph
    seen = [project(np.array([[5.0, 0, -3]]) + 2 * np.array([[0.5, 0.8, 0.33]]), k, q)[0][0]
            for k, q in zip(p.intrinsics, p.poses, strict=True)]  # fmt: skip
    towards = [i for i, q in enumerate(p.poses) if q[:3, 2] @ [0.5, 0.8, 0.33] < -0.5]
    for i in towards:
        x, y = seen[i].astype(int)
        assert p.images[i, y, x].mean() > np.quantile(p.images[i][p.masks[i]].mean(axis=1), 0.9)


def test_a_rendered_set_is_repeatable_and_its_options_count():
    ball = icosphere(3)
    options = {"views": 4, "size": 24, "points": 50}
    one, two = run("render-views", ball, **options), run("render-views", ball, **options)
    assert np.array_equal(one.images, two.images)
    assert not np.array_equal(one.images, run("render-views", ball, seed=1, **options).images)
    assert run("render-views", ball, **{**options, "masks": False, "points": 0}).masks is None
    assert (run("render-views", ball, background="black", **options).images[:, 0, 0] == 0).all()
    red = Shape(ball.verts, ball.faces, colours=np.tile([1, 0, 0], (len(ball.verts), 1)))
    found = run("render-views", red, **options)
    assert found.images[found.masks][:, 1].max() < 255
    assert found.images[:, 12, 12, 0].min() > 3 * found.images[:, 12, 12, 1].max()
    with pytest.raises(InputError, match="no vertex colours"):
        run("render-views", ball, pattern="colours")
    with pytest.raises(InputError, match="no faces"):
        run("render-views", Shape(ball.verts))


def test_sparse_points_become_a_cloud():
    ball = icosphere(3)
    p = run("render-views", ball, views=6, size=96, points=400)
    cloud = run("photograph-points", p)
    assert cloud.kind == "cloud"
    assert len(cloud.verts) == 400
    stray = p.replace(points=np.concatenate([p.points, [[0, 0, 50.0], [0, 0, 1.08]]]))
    cloud = run("photograph-points", stray)
    assert len(cloud.verts) == 400
    assert "2 of 402" in cloud.notes[0]
    assert len(run("photograph-points", stray, masks=False).verts) == 401
    with pytest.raises(InputError, match="no sparse points"):
        run("photograph-points", p.replace(points=None))
    with pytest.raises(InputError, match="Only 0 of the 20"):
        run("photograph-points", p.replace(points=np.full((20, 3), 9.0)))
