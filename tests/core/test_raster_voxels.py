"""Occupancy, points inside and visible vertices against spheres, boxes and ray casting."""

import numpy as np
import open3d as o3d
import torch
import trimesh
from eigenform.avatar.raster.rays import hidden, visibility
from eigenform.avatar.raster.voxels import cell_centres, inside, occupancy, winding, winding_at
from known_shapes import blob, icosphere


def tensors(verts, faces):
    return torch.tensor(np.array(verts), dtype=torch.float32), torch.tensor(np.array(faces), dtype=torch.int64)


def box(low, high):
    made = trimesh.creation.box(bounds=np.array([low, high]))
    return np.array(made.vertices), np.array(made.faces)


def joined(*parts):
    verts = np.concatenate([p[0] for p in parts])
    shifts = np.cumsum([0] + [len(p[0]) for p in parts[:-1]])
    return tensors(verts, np.concatenate([p[1] + s for p, s in zip(parts, shifts, strict=True)]))


def scene_of(verts, faces):
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(o3d.core.Tensor(verts.numpy()), o3d.core.Tensor(faces.numpy().astype(np.uint32)))
    return scene


def test_a_sphere_fills_its_cells():
    sphere = icosphere(5)
    centre = np.array([0.13, -0.21, 0.07])
    verts, faces = tensors(sphere.verts * 0.6 + centre, sphere.faces)
    found = occupancy(verts, faces, 48)
    radius = (cell_centres(48, verts) - torch.tensor(centre, dtype=torch.float32)).norm(dim=-1)
    assert found[radius < 0.598].all()
    assert not found[radius > 0.6001].any()
    exact = inside(cell_centres(48, verts).reshape(-1, 3), verts, faces).reshape(48, 48, 48)
    assert int((found != exact).sum()) <= 3  # the grid snaps corners to 1/1024 of a cell


def test_overlapping_boxes_add_up_and_unite():
    first, second = ([-0.53, -0.41, -0.62], [0.21, 0.33, 0.17]), ([-0.11, -0.7, -0.3], [0.6, 0.1, 0.5])
    verts, faces = joined(box(*first), box(*second))
    centres = cell_centres(32, verts)
    counted = sum(
        ((centres > torch.tensor(low)) & (centres < torch.tensor(high))).all(-1).int() for low, high in (first, second)
    )
    assert int(counted.max()) == 2
    assert torch.equal(winding(verts, faces, 32).int(), counted)
    assert torch.equal(occupancy(verts, faces, 32), counted > 0)
    assert torch.equal(winding_at(centres.reshape(-1, 3), verts, faces), counted.reshape(-1).long())
    turned = winding(verts, faces.flip(1), 32)
    assert torch.equal(turned.int(), -counted)


def test_parts_beyond_the_cube_still_count():
    verts, faces = joined(box([-3, -3, -3], [3, 3, 3]))
    assert (winding(verts, faces, 8) == 1).all()
    verts, faces = joined(box([-3, -3, -3], [0.1, 3, 3]))
    assert occupancy(verts, faces, 8)[:4].all()
    assert not occupancy(verts, faces, 8)[5:].any()


def test_edges_on_cell_centres_count_once():
    """A mesh whose vertices and edges run through the columns of cell centres."""
    steps = -1 + (np.array([1, 3, 6]) + 0.5) * 2 / 8
    verts, faces = joined(box([steps[0]] * 3, [steps[2]] * 3))
    fine = trimesh.Trimesh(verts.numpy(), faces.numpy()).subdivide().subdivide()
    for mesh in ((verts, faces), tensors(fine.vertices, fine.faces)):
        found = winding(*mesh, 8)
        assert found.unique().tolist() == [0, 1]
        assert int(found.sum()) == 125
        assert found[2:6, 2:6, 2:6].all()


def test_a_batch_of_occupancies():
    shape = blob(3)
    verts, faces = tensors(shape.verts * 0.5, shape.faces)
    both = winding(torch.stack([verts, verts * 0.7 + 0.1]), faces, 24)
    assert torch.equal(both[0], winding(verts, faces, 24))
    assert torch.equal(both[1], winding(verts * 0.7 + 0.1, faces, 24))


def test_agrees_with_ray_casting_on_points():
    shape = blob(5)
    verts, faces = tensors(shape.verts * 0.6, shape.faces)
    rng = np.random.default_rng(0)
    near = shape.verts[rng.integers(len(shape.verts), size=4000)] * 0.6 + rng.normal(scale=0.01, size=(4000, 3))
    points = np.concatenate([rng.uniform(-1, 1, (4000, 3)), near]).astype(np.float32)
    expected = scene_of(verts, faces).compute_occupancy(o3d.core.Tensor(points), nsamples=3).numpy() > 0.5
    found = inside(torch.tensor(points), verts, faces).numpy()
    assert 0.2 < expected.mean() < 0.8
    assert (found == expected).mean() > 0.9995


def test_points_in_parts(monkeypatch):
    import eigenform.avatar.raster.rays as rays

    shape = blob(3)
    verts, faces = tensors(shape.verts * 0.6, shape.faces)
    points = torch.rand(2000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    whole = winding_at(points, verts, faces)
    assert int(whole.sum()) > 100
    monkeypatch.setattr(rays, "_MOST", 300)
    assert torch.equal(winding_at(points, verts, faces), whole)
    assert not inside(points, verts, faces[:0]).any()
    assert len(inside(points[:0], verts, faces)) == 0


def test_one_point_and_points_in_a_row():
    verts, faces = joined(box([-1, -1, -1], [1, 1, 1]))
    assert inside(torch.tensor([[0.3, 0.2, 0.1]]), verts, faces).tolist() == [True]
    row = torch.tensor([[0.3, 0.2, z] for z in (-1.5, -0.5, 0.5, 1.5)])
    assert inside(row, verts, faces).tolist() == [False, True, True, False]
    assert hidden(row, verts, faces, 0.0).tolist() == [True, True, True, False]


def test_the_camera_sees_the_front_of_a_sphere_past_a_wall():
    """World axes: the viewer looks along +Y from negative Y. A wall before the right half hides it."""
    sphere = icosphere(4)
    verts, faces = joined((sphere.verts, sphere.faces), box([0.0, -3.0, -2.0], [2.0, -2.9, 2.0]))
    camera = torch.tensor([[1.0, 0.0, 0.0]])
    front = visibility(verts[None], faces, camera)[0][: len(sphere.verts)].numpy()
    x, y, _ = sphere.verts.T
    assert front[(y < -0.05) & (x < -0.01)].all()
    assert not front[y > 0.05].any()
    assert not front[x > 0.01].any()
    back = visibility(verts[None], faces, camera, side="back")[0][: len(sphere.verts)].numpy()
    assert back[y > 0.05].all()
    assert not back[y < -0.05].any()


def test_visibility_is_that_of_ray_casting():
    shape = blob(4)
    folded = shape.verts + np.array([0.3, 0, 0]) * np.sin(6 * shape.verts[:, 1:2])  # so that parts hide others
    verts, faces = tensors(folded, shape.faces)
    found = visibility(verts[None], faces, torch.ones(1, 3), tolerance=1e-4)[0].numpy()
    start = verts.numpy() + np.array([0, -1e-4, 0], np.float32)
    rays = np.concatenate([start, np.broadcast_to(np.array([0, -1, 0], np.float32), start.shape)], 1)
    free = ~np.isfinite(scene_of(verts, faces).cast_rays(o3d.core.Tensor(rays))["t_hit"].numpy())
    assert 0.2 < free.mean() < 0.6
    assert (found == free).mean() > 0.998
