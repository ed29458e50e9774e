"""The grid solve: splines, known shapes, invariances, openness and bad input."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from eigenform import jobs, memory, registry
from eigenform.errors import Cancelled, InputError, NeedsMemory
from eigenform.implicit.fields import field_of
from eigenform.implicit.points import boundary, grid, inputs, spline
from eigenform.implicit.points.fine_mesh import block_values, fine_mesh
from eigenform.implicit.points.spline_field import SplineField, pack, unpack
from eigenform.jobs import JobContext
from eigenform.params import make
from eigenform.types import Shape

RNG = np.random.default_rng(0)


def run(shape, ctx=None, **values):
    record = registry.get("grid")
    values = {"resolution": "64", "detail": 2, **values}
    return jobs.run(record, [shape], make(record.params_class(), values), ctx or JobContext(preview_every=None))


def ball(count=3000, seed=0):
    """Random points of the unit sphere, which are their own normals."""
    x = np.random.default_rng(seed).normal(size=(count, 3))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def ring(count=5000, seed=0, tube=0.4):
    """Random points of a torus of radii 1 and ``tube``, uneven about the tube, and their normals."""
    a, b = np.random.default_rng(seed).random((2, count)) * 2 * np.pi
    out = np.stack([np.cos(a), np.sin(a), 0 * a], 1)
    normals = np.cos(b)[:, None] * out + np.sin(b)[:, None] * [0, 0, 1.0]
    return out + tube * normals, normals


def wave(points):
    """A smooth field with all its second derivatives."""
    x, y, z = points.T
    return x * x - 0.5 * y * y + 0.3 * x * y - 0.2 * y * z + 0.1 * z


@pytest.fixture(scope="module")
def sphere():
    points = ball()
    return run(Shape(3 * points + [5.0, 0, 0], normals=points))


@pytest.fixture(scope="module")
def torus():
    points, normals = ring()
    return run(Shape(points, normals=normals))


# -- splines ---------------------------------------------------------------------------------------------------


def test_weights_are_a_partition_of_unity_and_derivatives_of_each_other():
    t = np.linspace(-0.5, 0.5, 11)
    assert spline.weights(t).sum(-1) == pytest.approx(np.ones(11))
    assert spline.weights(t, 1).sum(-1) == pytest.approx(np.zeros(11), abs=1e-15)
    e = 1e-6
    for k in (0, 1):
        slope = (spline.weights(t + e, k) - spline.weights(t - e, k)) / (2 * e)
        assert spline.weights(t, k + 1) == pytest.approx(slope, abs=1e-8)
    offset = RNG.random((20, 3)) - 0.5
    assert spline.tensor_weights(offset).sum(1) == pytest.approx(np.ones(20))
    assert (spline.tensor_weights(offset) >= 0).all()


def test_prolongation_leaves_the_field_as_it_is():
    coarse = RNG.normal(size=(8, 8, 8))
    fine = spline.prolong(coarse)
    points = (RNG.random((400, 3)) - 0.5) * 2 * spline.HALF
    one, two = (SplineField.of_coefficients(c) for c in (coarse, fine))
    assert two.values(points) == pytest.approx(one.values(points), abs=1e-12)
    assert two.gradients(points) == pytest.approx(one.gradients(points), abs=1e-10)


def test_all_ways_of_evaluating_agree():
    c = RNG.normal(size=(9, 9, 9)).astype(np.float32)
    field, axis = SplineField.of_coefficients(c), spline.centres(9)
    half = np.linspace(axis[0], axis[-1], 17)
    for places, values in ((axis, spline.node_values(c)), (half, spline.node_values(c, midpoints=True))):
        points = np.stack(np.meshgrid(places, places, places, indexing="ij"), -1).reshape(-1, 3)
        assert field.values(points) == pytest.approx(values.ravel(), abs=1e-5)
        assert field.grid(places, places, places) == pytest.approx(values, abs=1e-5)
    for factor in (1, 2, 3, 4):
        places = np.linspace(axis[1], axis[-3], 5 * factor + factor)[: 6 * factor - factor + 1]
        places = axis[1] + np.arange(6 * factor + 1) * (axis[1] - axis[0]) / factor
        points = np.stack(np.meshgrid(places, places, places, indexing="ij"), -1).reshape(-1, 3)
        assert field.values(points) == pytest.approx(block_values(c, factor).ravel(), abs=1e-5)


def test_gradients_and_second_derivatives_are_those_of_the_values():
    # sampling a quadratic at the nodes shifts it by a constant: its derivatives are reproduced exactly
    axis = spline.centres(12)
    nodes = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    field = SplineField.of_coefficients(wave(nodes).reshape(12, 12, 12))
    points = RNG.random((50, 3)) - 0.5
    x, y, z = points.T
    exact = np.stack([2 * x + 0.3 * y, -y + 0.3 * x - 0.2 * z, -0.2 * y + 0.1], 1)
    assert field.gradients(points) == pytest.approx(exact, abs=1e-9)
    hessian = np.array([[2, 0.3, 0], [0.3, -1, -0.2], [0, -0.2, 0]])
    assert field.hessians(points) == pytest.approx(np.broadcast_to(hessian, (50, 3, 3)), abs=1e-8)


def test_gradient_against_finite_differences_inside_and_beyond_the_cube():
    field = SplineField.of_coefficients(RNG.normal(size=(10, 10, 10)))
    inside = (RNG.random((40, 3)) - 0.5) * 1.1
    beyond = inside * np.where(RNG.random((40, 3)) < 0.5, 3, 1)
    for points in (inside, beyond):
        e = 1e-6 * np.eye(3)
        slope = np.stack([(field.values(points + s) - field.values(points - s)) / 2e-6 for s in e], 1)
        assert field.gradients(points) == pytest.approx(slope, abs=1e-4)


def test_a_field_is_what_was_packed():
    base = RNG.normal(size=(6, 6, 6)).astype(np.float32)
    index = np.array([5, 100, 700])
    spec, arrays = pack([(index, np.array([1.0, 2, 3]))], base)
    fine = unpack(spec, arrays)
    assert spec["resolution"] == 12
    assert fine.reshape(-1)[index] == pytest.approx([1, 2, 3])
    rest = np.delete(np.arange(12**3), index)
    assert fine.reshape(-1)[rest] == pytest.approx(spline.prolong(base).reshape(-1)[rest])


def test_blocks_meet_without_seams():
    axis = spline.centres(40)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    verts, faces = fine_mesh((np.sqrt(x**2 + y**2 + z**2) - 0.45).astype(np.float32), 2)
    ends = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    _, count = np.unique(ends, axis=0, return_counts=True)
    assert (count == 2).all()
    assert len(verts) - len(count) + len(faces) == 2
    assert np.linalg.norm(verts, axis=1) == pytest.approx(np.full(len(verts), 0.45), abs=3e-3)


# -- known shapes ----------------------------------------------------------------------------------------------


def test_sphere_distances(sphere):
    # in input units: radius 3 about (5, 0, 0)
    field, centre = field_of(sphere), np.array([5.0, 0, 0])
    for radius in (2.7, 2.9, 3.0, 3.1, 3.3):
        values = field.values(centre + radius * ball(500, 3))
        assert values == pytest.approx(np.full(500, radius - 3), abs=0.02)
    assert field.values(centre[None])[0] < -1
    assert field.values(np.array([[20.0, 5, 5]]))[0] > 5
    radius = np.linalg.norm(sphere.verts - centre, axis=1)
    assert np.abs(radius - 3).max() < 0.02
    assert np.abs(radius - 3).mean() < 1e-3
    report = sphere.meta["report"]
    assert (report["watertight"], report["components"], report["genus"]) == (True, 1, 0)
    assert report["volume"] == pytest.approx(4 / 3 * np.pi * 27, rel=3e-3)
    assert not sphere.meta["boundary"]["open"]


def test_the_eikonal_equation_holds_near_the_surface(sphere):
    points = np.array([5.0, 0, 0]) + ball(2000, 4) * np.random.default_rng(1).uniform(2.85, 3.15, (2000, 1))
    length = np.linalg.norm(field_of(sphere).gradients(points), axis=1)
    assert np.median(np.abs(length - 1)) < 0.02
    assert np.abs(length - 1).max() < 0.2


def test_gradients_are_normals(torus):
    points, normals = ring(500, 7)
    cosine = np.einsum("ij,ij->i", field_of(torus).gradients(points), normals)
    assert np.median(cosine) > 0.999
    assert cosine.min() > 0.9


def test_torus_distances_and_genus(torus):
    points, normals = ring(1000, 9)
    for t in (-0.1, 0.0, 0.1):
        assert field_of(torus).values(points + t * normals) == pytest.approx(np.full(1000, t), abs=0.02)
    assert torus.meta["report"]["genus"] == 1
    assert torus.meta["report"]["watertight"]


def test_samples_are_the_field(sphere):
    n = sphere.samples.shape
    index = np.array([[3, 5, 7], [40, 50, 60], [n[0] - 1, n[1] - 1, n[2] - 1], [0, 0, 0]])
    points = sphere.box[0] + index * (sphere.box[1] - sphere.box[0]) / (np.array(n) - 1)
    assert field_of(sphere).values(points) == pytest.approx(sphere.samples[tuple(index.T)], abs=1e-4)


def test_a_finer_level_is_more_exact():
    points, normals = ring(6000, tube=0.06)
    away, _ = ring(2000, 5, tube=0.06)
    errors = []
    for resolution in ("64", "128"):
        found = run(Shape(points, normals=normals), resolution=resolution)
        assert found.spec["resolution"] == int(resolution)
        errors.append(np.abs(field_of(found).values(away)).mean())
    assert errors[1] < 0.7 * errors[0]


# -- invariances -----------------------------------------------------------------------------------------------


def moved(points, normals, scale, shift, turn):
    return Shape(scale * points @ turn.T + shift, normals=normals @ turn.T)


@pytest.mark.parametrize(
    ("scale", "shift", "tolerance"),
    [(1.0, [1e6, -1e6, 1e6], 1e-5), (1e-6, [0, 0, 0], 1e-6), (1e8, [3e8, 0, 0], 1e-6)],
)
def test_far_coordinates_and_odd_units(torus, scale, shift, tolerance):
    points, normals = ring()
    found = run(moved(points, normals, scale, np.array(shift), np.eye(3)))
    assert len(found.verts) == pytest.approx(len(torus.verts), abs=2)
    probe = ring(200, 3)[0]
    values = field_of(found).values(scale * probe + shift) / scale
    assert values == pytest.approx(field_of(torus).values(probe), abs=tolerance * 3)


def test_quarter_turns_and_permutations_change_nothing():
    points, normals = ring()
    turn = np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]]) @ np.array([[0, -1.0, 0], [1, 0, 0], [0, 0, 1]])
    probe = ring(200, 3)[0] * 1.03
    plain = {"noise": "none", "iterations": 100}  # the noise is measured on a random part of the points
    expected = field_of(run(Shape(points, normals=normals), **plain)).values(probe)
    turned = run(moved(points, normals, 1.0, np.zeros(3), turn), **plain)
    assert field_of(turned).values(probe @ turn.T) == pytest.approx(expected, abs=2e-4)
    order = np.random.default_rng(5).permutation(len(points))
    mixed = run(Shape(points[order], normals=normals[order]), **plain)
    assert field_of(mixed).values(probe) == pytest.approx(expected, abs=2e-4)


def test_same_seed_same_result(sphere):
    points = ball()
    again = run(Shape(3 * points + [5.0, 0, 0], normals=points))
    assert np.array_equal(again.verts, sphere.verts)
    assert np.array_equal(again.samples, sphere.samples)


# -- what comes in ---------------------------------------------------------------------------------------------


def test_a_mesh_is_sampled_evenly_with_exact_normals(torus):
    mesh = Shape(torus.verts, torus.faces)
    points, normals = inputs.points_of(mesh, 3000, 1)
    assert points.shape == normals.shape == (3000, 3)
    assert (points[:, 0] > 0).mean() == pytest.approx(0.5, abs=0.02)
    assert np.linalg.norm(normals, axis=1) == pytest.approx(np.ones(3000))
    found = run(mesh, samples=5000)
    assert found.meta["report"]["genus"] == 1
    assert np.abs(field_of(found).values(torus.verts)).mean() < 0.01


def test_normals_that_are_missing_zero_or_flipped():
    points, normals = ring(6000)
    expected = field_of(run(Shape(points, normals=normals))).values(points)
    broken = normals.copy()
    broken[::50] = 0
    broken[1::100] *= -1
    for shape, values in (
        (Shape(points, normals=broken), {}),
        (Shape(points), {}),
        (Shape(points, normals=broken), {"normals": "estimated"}),
    ):
        found = run(shape, **values)
        assert found.meta["report"]["genus"] == 1
        assert found.meta["report"]["components"] == 1
        assert np.abs(field_of(found).values(points) - expected).mean() < 0.01


def test_flips_in_thin_parts_are_taken_back():
    flat = np.random.default_rng(0).random((4000, 3)) * [1, 1, 0]
    up = np.arange(4000) % 2 == 0
    points = flat + np.where(up, 0.002, -0.002)[:, None] * [0, 0, 1]
    given = np.where(up, 1.0, -1.0)[:, None] * [0, 0, 1.0]
    wrong = given.copy()
    wrong[::400] *= -1  # true errors, all on one side
    mended = wrong.copy()
    mended[::400] *= -1
    mended[1::4] *= -1  # good normals of the other side, flipped
    kept = inputs.keep_thin_parts(points, wrong, mended)
    assert (np.einsum("ij,ij->i", kept, given) > 0).mean() > 0.99


def test_duplicates_and_outliers_do_not_matter():
    points, normals = ring(5000)
    rng = np.random.default_rng(2)
    extra = rng.uniform(-1.4, 1.4, (50, 3))
    shape = Shape(
        np.concatenate([points, points[:500], extra]), normals=np.concatenate([normals, normals[:500], ball(50)])
    )
    found = run(shape)
    assert found.meta["normals"]["duplicates"] == 500
    assert found.meta["report"]["components"] == 1
    assert np.abs(field_of(found).values(points)).mean() < 0.01


def test_noise_is_measured_and_smooths():
    points, normals = ring(8000)
    noisy = points + np.random.default_rng(0).normal(scale=0.01, size=points.shape)
    found = run(Shape(noisy, normals=normals), resolution="128")
    assert found.meta["noise"] == pytest.approx(0.01, rel=0.3)
    assert np.abs(field_of(found).values(points)).mean() < 0.006
    rough = run(Shape(noisy, normals=normals), resolution="128", noise="none")
    assert np.abs(field_of(rough).values(points)).mean() > np.abs(field_of(found).values(points)).mean()


@pytest.mark.parametrize(
    ("name", "value"), [("smoothness", 1000.0), ("normal_weight", 100.0), ("iterations", 5), ("band", 2),
                        ("noise_level", 2.0), ("detail", 1)],
)  # fmt: skip
def test_every_option_changes_the_result(sphere, name, value):
    points = ball()
    options = {name: value} | ({"noise": "given"} if name == "noise_level" else {})
    found = run(Shape(3 * points + [5.0, 0, 0], normals=points), **options)
    assert found.verts.shape != sphere.verts.shape or not np.array_equal(found.verts, sphere.verts)


# -- open surfaces ---------------------------------------------------------------------------------------------


def half_ball(count=6000):
    points = ball(count)
    return points[points[:, 2] > 0]


def test_an_open_surface_is_found_open_and_ends_where_the_points_end():
    points = half_ball()
    found = run(Shape(points, normals=points))
    assert found.meta["boundary"]["open"]
    assert not found.meta["report"]["watertight"]
    assert found.verts[:, 2].min() > -0.2
    assert np.linalg.norm(found.verts, axis=1).min() > 0.9
    assert found.meta["report"]["components"] == 1


def test_what_is_open_can_be_closed_and_trimmed_tighter():
    points = half_ball()
    shape = Shape(points, normals=points)
    closed = run(shape, open="closed")
    assert closed.meta["report"]["watertight"]
    assert not closed.meta["boundary"]["open"]
    tight, wide = (run(shape, trim=t) for t in (2.0, 6.0))
    assert tight.verts[:, 2].min() > wide.verts[:, 2].min() + 0.02
    assert run(shape, open="open").meta["boundary"]["open"]


def test_uneven_points_of_a_closed_surface_stay_closed():
    points = ball(20_000)
    keep = np.random.default_rng(0).random(len(points)) < np.where(points[:, 0] > 0, 1, 0.08)
    found = run(Shape(points[keep], normals=points[keep]))
    assert not found.meta["boundary"]["open"]
    assert found.meta["report"]["watertight"]
    assert found.meta["report"]["components"] == 1


def test_small_holes_can_be_filled():
    points = ball(12_000)
    hole = np.linalg.norm(points - [0, 0, 1.0], axis=1) < 0.3
    base = points[:, 2] < -0.3
    rest = points[~hole & ~base]
    open_, filled = (run(Shape(rest, normals=rest), fill=f) for f in (0.0, 200.0))
    assert open_.meta["report"]["boundary_loops"] == 2
    assert filled.meta["report"]["boundary_loops"] == 1


def test_a_cut_leaves_a_clean_border():
    axis = np.linspace(0, 1, 9)
    x, y = (a.ravel() for a in np.meshgrid(axis, axis, indexing="ij"))
    verts = np.stack([x, y, 0 * x], 1)
    i = np.arange(64) + np.arange(64) // 8
    faces = np.concatenate([np.stack([i, i + 9, i + 10], 1), np.stack([i, i + 10, i + 1], 1)])
    distance = 10 * x
    patch = distance > 4.2
    verts, faces = boundary.cut(verts, faces, distance, 4.2, patch)
    assert verts[:, 0].max() == pytest.approx(0.42)
    a, b, c = (verts[faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)[:, 2]
    assert (normal > 0).all()
    assert normal.sum() / 2 == pytest.approx(0.42)


def test_several_objects_stay():
    points = ball(3000)
    both = np.concatenate([points, 0.3 * points[:1000] + [1.8, 0, 0]])
    found = run(Shape(both, normals=np.concatenate([points, points[:1000]])))
    assert found.meta["report"]["components"] == 2


# -- crop, files, jobs -----------------------------------------------------------------------------------------


def test_points_outside_of_the_crop_box_are_left_out():
    points = ball(4000)
    both = Shape(np.concatenate([points, points + [5, 0, 0]]), normals=np.concatenate([points, points]))
    found = run(both, crop="-2 -2 -2 2 2 2")
    assert found.meta["report"]["components"] == 1
    assert found.verts[:, 0].max() < 1.1
    cut = run(both, crop="-2,-2,-2,0.5,2,2")
    assert cut.box[1, 0] == pytest.approx(0.5)
    assert cut.verts[:, 0].max() <= 0.5 + 1e-9
    with pytest.raises(InputError, match="holds none of the 8,000 points"):
        run(both, crop="9 9 9 10 10 10")
    for text in ("1 2 3", "a b c d e f", "1 1 1 0 0 0"):
        with pytest.raises(InputError, match="Crop box"):
            run(both, crop=text)


def test_previews_come_coarse_first_and_a_cancel_stops():
    seen = []

    class Watch(JobContext):
        def preview(self, value):
            seen.append(value.spec["resolution"])
            super().preview(value)

    points = ball()
    run(Shape(points, normals=points), Watch(preview_every=0), resolution="128")
    assert seen == [64]
    ctx = JobContext()
    ended = threading.Event()

    def work():
        with pytest.raises(Cancelled):
            run(Shape(points, normals=points), ctx, resolution="128")
        ended.set()

    worker = threading.Thread(target=work)
    worker.start()
    while ctx.progress().step < 1:
        time.sleep(0.005)
    ctx.cancel()
    worker.join(10)
    assert ended.is_set()


def test_bad_input_is_refused_in_one_sentence():
    points = ball(200)
    cases = [
        (Shape(points[:, :2]), {}, "needs three"),
        (Shape(points[:1]), {}, "one place|distinct points"),
        (Shape(points[:2]), {}, "distinct points"),
        (Shape(np.repeat(points[:1], 100, 0)), {}, "distinct points"),
        (Shape(np.linspace(0, 1, 100)[:, None] * [1.0, 2, 3]), {}, "one line"),
        (Shape(points), {"normals": "given"}, "no normals"),
        (Shape(points[:3], np.array([[0, 0, 1]])), {}, "zero area"),
    ]
    for shape, values, words in cases:
        with pytest.raises(InputError, match=words) as caught:
            run(shape, **values)
        assert str(caught.value).count(". ") == 0


def test_a_flat_patch_gives_an_open_surface():
    rng = np.random.default_rng(0)
    flat = rng.random((4000, 3)) * [1, 1, 0]
    found = run(Shape(flat, normals=np.tile([0, 0, 1.0], (4000, 1))))
    assert found.meta["boundary"]["open"]
    inner = found.verts[(np.abs(found.verts[:, :2] - 0.5) < 0.4).all(1)]
    assert np.abs(inner[:, 2]).max() < 0.01


def test_too_little_memory_is_told_before_the_start(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: int(2e8))
    points = ball(200)
    with pytest.raises(NeedsMemory, match="grid solve at 256"):
        run(Shape(points, normals=points), resolution="256")
    assert grid.needed_memory(256, 50_000) > 2 * grid.needed_memory(64, 50_000)


def test_a_time_limit_begins_no_finer_level() -> None:
    from eigenform import jobs, registry
    from eigenform.io.samples import make_sample
    from eigenform.params import make

    record = registry.get("grid")
    params = make(record.params_class(), {"seconds": 1e-3, "samples": 2000, "detail": 1})
    assert jobs.run(record, [make_sample("sphere", 500)], params).meta["resolution"] == 64
