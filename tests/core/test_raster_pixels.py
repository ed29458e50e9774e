"""The z-buffer against ray casting, spheres and numbers done by hand."""

import numpy as np
import open3d as o3d
import pytest
import torch
from eigenform.avatar.raster.extend import _by_rows, extend_depth, nearest_inside
from eigenform.avatar.raster.interpolate import face_attribute, interpolate
from eigenform.avatar.raster.maps import body_maps
from eigenform.avatar.raster.normals import face_normals, vertex_normals
from eigenform.avatar.raster.project import from_ndc, pixel_centres, to_ndc, to_view
from eigenform.avatar.raster.zbuffer import covered, rasterise, spread
from eigenform.errors import InputError
from known_shapes import blob, icosphere


def mesh(shape, scale=1.0, shift=(0.0, 0.0, 0.0)):
    verts = torch.tensor(shape.verts * scale + np.array(shift), dtype=torch.float32)
    return verts[None], torch.tensor(np.array(shape.faces), dtype=torch.int64)


def cast(ndc, faces, size, sign):
    """Face ids (-1: none) and depths of rays through the pixel centres, from the viewer (+1) or from behind (-1)."""
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(o3d.core.Tensor(ndc[0].numpy()), o3d.core.Tensor(faces.numpy().astype(np.uint32)))
    centres = pixel_centres(size, ndc).numpy()
    start = np.full_like(centres[..., :1], 4.0 * sign)
    aim = np.broadcast_to(np.array([0, 0, -sign], np.float32), (size, size, 3))
    found = scene.cast_rays(o3d.core.Tensor(np.concatenate([centres, start, aim], -1).astype(np.float32)))
    ids = found["primitive_ids"].numpy().astype(np.int64)
    depth = sign * (4.0 - found["t_hit"].numpy())
    return np.where(ids == 4294967295, -1, ids), depth, found["primitive_normals"].numpy()


@pytest.mark.parametrize("level", [2, 5])
def test_faces_and_depths_are_those_of_ray_casting(level):
    verts, faces = mesh(blob(level), 0.6, (0.1, -0.05, 0.0))
    ids = torch.cat([faces, faces + verts.shape[1]])  # a second part before and partly beside the first one
    both = torch.cat([verts, verts * 0.7 + torch.tensor([0.3, 0.2, 0.4])], 1)
    seen = rasterise(both, ids, 192)
    normals = face_normals(both, ids)
    for sign, face, bary, z in (
        (1, seen.front, seen.front_bary, seen.front_z),
        (-1, seen.back, seen.back_bary, seen.back_z),
    ):
        expected, depth, true_normals = cast(both, ids, 192, sign)
        face, bary, z = face[0].numpy(), bary[0].numpy(), z[0].numpy()
        assert ((face >= 0) == (expected >= 0)).mean() > 0.9995
        hit = (face >= 0) & (expected >= 0)
        away = hit & (bary.min(-1) > 1e-3)
        assert away.sum() > 0.9 * hit.sum() > 5000
        assert (face[away] == expected[away]).mean() > 0.999
        same = hit & (face == expected)
        assert np.abs(z - depth)[same].max() < 2e-5
        ours = face_attribute(seen.front if sign > 0 else seen.back, normals)[0].numpy()
        turned = np.abs((ours * true_normals).sum(-1))
        assert turned[same].min() > 0.9999


def test_barycentric_coordinates_give_the_centre_back():
    verts, faces = mesh(blob(4), 0.6)
    seen = rasterise(verts, faces, 64)
    place = interpolate(seen.back, seen.back_bary, verts, faces)[0]
    hit = seen.back[0] >= 0
    assert torch.allclose(place[hit][:, :2], pixel_centres(64, verts)[hit], atol=2e-5)
    assert torch.allclose(place[hit][:, 2], seen.back_z[0][hit], atol=1e-6)
    assert torch.allclose(seen.back_bary[0][hit].sum(-1), torch.ones(int(hit.sum())), atol=1e-6)
    assert not seen.back_bary[0][~hit].any()
    assert not place[~hit].any()


def test_a_sphere_has_the_maps_of_a_sphere():
    verts, faces = mesh(icosphere(5), 0.5, (0.1, 0.3, 0.9))
    camera = torch.tensor([[1.2, -0.12, -1.08]])  # its middle falls on the middle of the picture
    maps = body_maps(verts, faces, camera, 128)
    centres = pixel_centres(128, verts) / 1.2
    radius = centres.norm(dim=-1)
    inner = radius < 0.47
    assert maps["mask"][0][radius < 0.495].all()
    assert not maps["mask"][0][radius > 0.5].any()
    rise = (0.25 - centres.square().sum(-1)).clamp(min=0).sqrt()
    assert torch.allclose(maps["depth_front"][0][inner], rise[inner] - 0.3, atol=1.5e-3)
    assert torch.allclose(maps["depth_back"][0][inner], -rise[inner] - 0.3, atol=1.5e-3)
    for side, sign in (("normal_front", 1), ("normal_back", -1)):
        true = torch.cat([centres, sign * rise[..., None]], -1) / 0.5
        assert torch.allclose(maps[side][0][inner], true[inner], atol=5e-3)
    assert not maps["normal_front"][0][~maps["mask"][0]].any()


def test_a_square_covers_each_centre_once():
    """Two triangles of a square whose corners and diagonal run through pixel centres."""
    size = 8
    corner = -1 + (2 + 0.5) * 2 / size  # centre of pixel 2; the opposite corner is the centre of pixel 6
    other = -1 + (6 + 0.5) * 2 / size
    square = torch.tensor([[[corner, corner, 0.5], [other, corner, 0.5], [other, other, 0.5], [corner, other, 0.5]]])
    faces = torch.tensor([[0, 1, 2], [0, 2, 3]])
    seen = rasterise(square, faces, size)
    assert int((seen.front >= 0).sum()) == 16  # half-open: four columns, four rows
    assert torch.equal(seen.front, seen.back)
    assert set(seen.front.unique().tolist()) == {-1, 0, 1}
    assert (seen.front[0] >= 0).nonzero().amin(0).tolist() == [1, 2]  # upper and left centres belong to it


def test_equal_depths_are_decided_by_the_index():
    verts = torch.tensor([[[-0.9, -0.9, 0.2], [0.9, -0.9, 0.2], [0.0, 0.9, 0.2]]])
    faces = torch.tensor([[0, 1, 2], [2, 1, 0], [0, 2, 1]])
    seen = rasterise(verts, faces, 32)
    hit = seen.front >= 0
    assert seen.front[hit].unique().tolist() == [2]
    assert seen.back[hit].unique().tolist() == [0]


def test_large_slanted_clipped_and_empty_faces():
    """A face far larger than the picture, two without area and one off the picture."""
    verts = torch.tensor(
        [[[-40.0, -30.0, -8.0], [50.0, -30.0, 10.0], [0.0, 90.0, 0.0], [0.1, 0.1, 2.0], [0.2, 0.2, 2.0], [9.0, 9, 9]]]
    )
    faces = torch.tensor([[0, 1, 2], [3, 3, 4], [3, 4, 3], [5, 5, 5]])
    seen = rasterise(verts, faces, 64)
    assert (seen.front == 0).all()
    a, b, c = verts[0, :3].double()
    normal = torch.linalg.cross(b - a, c - a)
    x, y = pixel_centres(64, verts[0, :1]).double().unbind(-1)
    plane = a[2] - (normal[0] * (x - a[0]) + normal[1] * (y - a[1])) / normal[2]
    assert torch.allclose(seen.front_z[0].double(), plane, atol=1e-4)
    nothing = rasterise(verts[:, 3:], torch.tensor([[0, 0, 1]]), 16)
    assert (nothing.front == -1).all()
    assert (nothing.back == -1).all()
    assert not nothing.front_z.any()
    assert (rasterise(verts, torch.zeros((0, 3), dtype=torch.int64), 16).front == -1).all()


def test_a_batch_is_its_meshes_one_by_one():
    verts, faces = mesh(blob(3), 0.6)
    other = torch.roll(faces, 1, 0)
    batch = torch.cat([verts, verts * 0.8 + 0.1, -verts])
    together = rasterise(batch, faces, 48)
    mixed = rasterise(batch, torch.stack([faces, other, faces]), 48)
    attributes = torch.rand(3, verts.shape[1], 2, generator=torch.Generator().manual_seed(0))
    values = interpolate(together.back, together.back_bary, attributes, faces)
    for i in range(3):
        alone = rasterise(batch[i : i + 1], faces, 48)
        for name in ("front", "back", "front_bary", "back_bary", "front_z", "back_z"):
            assert torch.equal(getattr(together, name)[i], getattr(alone, name)[0])
        assert torch.equal(mixed.front_z[i], alone.front_z[0])
        assert torch.equal(values[i], interpolate(alone.back, alone.back_bary, attributes[i : i + 1], faces)[0])
    hit = mixed.front[1] >= 0
    assert torch.equal(other[mixed.front[1][hit]], faces[together.front[1][hit]])


def test_many_centres_are_taken_in_parts(monkeypatch):
    import eigenform.avatar.raster.spans as spans

    verts, faces = mesh(blob(2), 0.9)
    whole = rasterise(verts, faces, 128)
    monkeypatch.setattr(spans, "_MOST", 500)
    parts = rasterise(verts, faces, 128)
    assert torch.equal(whole.front, parts.front)
    assert torch.equal(whole.back, parts.back)


def test_gradients_are_those_of_finite_differences():
    verts, faces = mesh(blob(2), 0.6)
    verts = verts.double().requires_grad_()
    generator = torch.Generator().manual_seed(1)
    weights = {key: torch.rand(1, 40, 40, 3, generator=generator).double() for key in ("front", "back", "z")}
    camera = torch.tensor([[1.1, 0.03, -0.02]], dtype=torch.float64)

    inner = spread(covered(to_ndc(verts.detach(), camera), faces, 40))

    def loss(moved):
        maps = body_maps(moved, faces, camera, 40)
        # Where a small move changes what is seen the derivative of the picture does not exist.
        sure = ((inner.front_bary.amin(-1) > 0.02) & (inner.back_bary.amin(-1) > 0.02))[..., None]
        total = (maps["normal_front"] * weights["front"] * sure).sum()
        total = total + (maps["normal_back"] * weights["back"] * sure).sum()
        return total + ((maps["depth_front"] + 2 * maps["depth_back"])[..., None] * weights["z"] * sure).sum()

    (gradient,) = torch.autograd.grad(loss(verts), verts)
    assert float(gradient.norm()) > 1
    for seed in range(4):
        way = torch.randn(verts.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        step = 1e-6
        with torch.no_grad():
            slope = (loss(verts + step * way) - loss(verts - step * way)) / (2 * step)
        assert float((gradient * way).sum()) == pytest.approx(float(slope), rel=1e-4, abs=1e-4)


def test_projection_and_its_inverse():
    camera = torch.tensor([[0.9, 0.1, -0.8]])
    points = torch.tensor([[[0.5, -0.2, 1.7]]])
    ndc = to_ndc(points, camera)
    assert torch.allclose(ndc, torch.tensor([[[0.55, 0.73, 0.18]]]))
    assert torch.allclose(from_ndc(ndc, camera), points)
    assert to_view(torch.tensor([1.0, 2.0, 3.0])).tolist() == [1.0, 3.0, -2.0]
    # x right is a higher column, z up a lower row: one point in the upper right of a picture of 4 by 4
    small = torch.tensor([[[0.0, 0, 0], [0.2, 0, 0], [0.0, 0, 0.2]]]) + torch.tensor([0.7, 0.0, 0.7])
    seen = rasterise(to_ndc(small, torch.tensor([[1.0, 0, 0]])), torch.tensor([[0, 1, 2]]), 4)
    assert (seen.front[0] == 0).nonzero().tolist() == [[0, 3]]


def test_normals_of_vertices_and_faces():
    verts, faces = mesh(icosphere(4), 0.3, (1.0, 2.0, 3.0))
    found = vertex_normals(verts, faces)
    true = torch.nn.functional.normalize(verts - torch.tensor([1.0, 2.0, 3.0]), dim=-1)
    assert float((found - true).norm(dim=-1).max()) < 8e-3
    lonely = torch.cat([verts, torch.zeros(1, 1, 3)], 1)
    assert not vertex_normals(lonely, faces)[0, -1].any()
    both = vertex_normals(torch.cat([verts, verts[:, :, [1, 0, 2]]]), torch.stack([faces, faces.flip(1)]))
    assert torch.allclose(both[1][:, [1, 0, 2]], both[0], atol=1e-6)


def test_depth_is_extended_from_the_nearest_pixel():
    generator = torch.Generator().manual_seed(3)
    mask = torch.rand(2, 20, 27, generator=generator) > 0.96
    mask[1, :, 5:] = False
    depth = torch.rand(2, 20, 27, generator=generator)
    found = extend_depth(depth, mask)
    assert torch.equal(found[mask], depth[mask])
    rows, columns = np.indices((20, 27))
    place = np.stack([rows.ravel(), columns.ravel()], 1)
    for one in range(2):
        true = place[mask[one].numpy().ravel()]
        least = np.linalg.norm(place[:, None] - true[None], axis=-1).min(1)
        for pick in (nearest_inside(mask)[one], _by_rows(mask)[one]):
            chosen = pick.numpy().ravel()
            assert mask[one].numpy().ravel()[chosen].all()
            assert np.allclose(np.linalg.norm(place - place[chosen], axis=1), least)
    assert not extend_depth(depth, torch.zeros_like(mask)).any()
    both = extend_depth(torch.stack([depth, -depth]), mask)
    assert torch.equal(both[1], -found)


def test_bad_input_is_said_plainly():
    verts, faces = mesh(icosphere(1))
    with pytest.raises(InputError, match="finite"):
        rasterise(torch.where(verts > 0.9, torch.nan, verts), faces, 16)
    with pytest.raises(InputError, match="faces"):
        rasterise(verts, faces[:, :2], 16)
    with pytest.raises(InputError, match="vertices"):
        rasterise(verts[0], faces, 16)
