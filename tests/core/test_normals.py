"""Normals, noise, sides and outliers of point clouds, on shapes where all of them are known."""

import numpy as np
import pytest
from eigenform.errors import Cancelled, InputError
from eigenform.implicit.normals import (
    denoise_points,
    estimate_noise,
    estimate_normals,
    far_field_sign,
    orient_normals,
    prepare_points,
)
from eigenform.implicit.normals.orient import repair
from eigenform.implicit.normals.outliers import outliers


def sphere(n=4000, seed=0, centre=(0.0, 0.0, 0.0), radius=0.5):
    """Points and outward normals."""
    normals = np.random.default_rng(seed).normal(size=(n, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return np.array(centre) + radius * normals, normals


def torus(n=6000, seed=0, large=0.35, small=0.12):
    """Points, even by area, and outward normals."""
    rng = np.random.default_rng(seed)
    a, b = rng.random((2, 4 * n)) * 2 * np.pi
    keep = np.flatnonzero(rng.random(4 * n) * (large + small) < large + small * np.cos(b))[:n]
    a, b = a[keep], b[keep]
    normals = np.stack([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)], axis=1)
    ring = large * np.stack([np.cos(a), np.sin(a), np.zeros(len(a))], axis=1)
    return ring + small * normals, normals


def plate(n=5000, thickness=0.04, seed=0):
    """The six sides of a thin plate, and their normals."""
    rng = np.random.default_rng(seed)
    half = np.array([0.5, 0.4, thickness / 2])
    areas = np.repeat([half[1] * half[2], half[0] * half[2], half[0] * half[1]], 2)
    side = rng.choice(6, n, p=areas / areas.sum())
    points, normals = (2 * rng.random((n, 3)) - 1) * half, np.zeros((n, 3))
    normals[np.arange(n), side // 2] = np.where(side % 2, 1.0, -1.0)
    points[np.arange(n), side // 2] = half[side // 2] * normals[np.arange(n), side // 2]
    return points, normals


def plane(n=4000, seed=0):
    """A square, and its normals."""
    points = np.random.default_rng(seed).random((n, 3)) * [1, 1, 0]
    return points, np.tile([0.0, 0.0, 1.0], (n, 1))


def wrong(found, true):
    """Share of normals on the wrong side."""
    return float((np.einsum("ij,ij->i", found, true) < 0).mean())


def degrees(found, true):
    """Mean angle between lines."""
    return float(np.degrees(np.arccos(np.clip(np.abs(np.einsum("ij,ij->i", found, true)), 0, 1))).mean())


# -- far field -------------------------------------------------------------------------------------------------------


def test_the_far_field_is_negative_inside_a_sphere_and_positive_outside():
    """At places away from the surface by more than its blur."""
    chi = far_field_sign(*sphere())
    way = sphere(500, seed=3)[1]
    assert (chi.values(0.4 * way) < 0).all()
    assert (chi.values(0.6 * way) > 0).all()
    assert (chi.values(5.0 * way) > 0).all()  # beyond its grid


def test_the_far_field_knows_the_hole_of_a_torus():
    """Inside is the tube; the middle is outside."""
    chi = far_field_sign(*torus())
    angle = np.linspace(0, 2 * np.pi, 50)
    assert (chi.values(0.35 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)) < 0).all()
    assert chi.values(np.zeros((1, 3)))[0] > 0


def test_a_few_wrong_normals_do_not_change_the_far_field():
    """5 % flipped: every far place keeps its sign."""
    points, normals = sphere()
    bad = normals.copy()
    bad[::20] *= -1
    way = sphere(500, seed=3)[1]
    chi = far_field_sign(points, bad)
    assert (chi.values(0.4 * way) < 0).all()
    assert (chi.values(0.6 * way) > 0).all()


# -- noise -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [sphere, plane])
@pytest.mark.parametrize("sigma", [0.002, 0.01])
def test_noise_is_measured_within_15_percent(shape, sigma):
    """Along the normal, isotropic in space; the units are those of the points."""
    points = shape(8000)[0]
    noisy = 7.0 * (points + np.random.default_rng(1).normal(scale=sigma, size=points.shape))
    assert estimate_noise(noisy) == pytest.approx(7.0 * sigma, rel=0.15)


def test_clean_points_have_next_to_no_noise():
    """Curvature is not taken for it."""
    assert estimate_noise(sphere(8000)[0]) < 1e-4
    assert estimate_noise(plane()[0]) < 1e-9
    assert estimate_noise(np.zeros((5, 3))) == 0.0


# -- normals and sides -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [sphere, torus])
def test_normals_are_estimated_and_oriented(shape):
    """Lines within two and a half degrees, all of them outward."""
    points, true = shape()
    found = estimate_normals(points)
    assert degrees(found, true) < 2.5
    assert np.allclose(np.linalg.norm(found, axis=1), 1)
    assert wrong(orient_normals(points, found), true) == 0.0


def test_two_spheres_are_both_turned_outward():
    """Parts that no neighbour joins are oriented each by itself."""
    (p, n), (q, m) = sphere(3000), sphere(2000, 1, centre=(1.5, 0.2, 0), radius=0.3)
    points, true = np.concatenate([p, q]), np.concatenate([n, m])
    signs = np.random.default_rng(0).choice([-1.0, 1.0], len(points))
    assert wrong(orient_normals(points, true * signs[:, None]), true) == 0.0


def test_a_plate_thinner_than_the_far_field_can_see_keeps_its_two_sides():
    """At a twenty-fifth of the box, with sharp rims: reflection finds the side."""
    points, true = plate()
    signs = np.random.default_rng(0).choice([-1.0, 1.0], len(points))
    assert wrong(orient_normals(points, true * signs[:, None]), true) < 0.005


def test_an_open_surface_gets_one_side():
    """Which one is free; the two are not mixed."""
    points, true = plane()
    share = wrong(orient_normals(points, estimate_normals(points)), true)
    assert share in (0.0, 1.0)


def test_orientation_does_not_depend_on_scale_place_or_order():
    """Large coordinates, another unit, shuffled points: the same normals."""
    points, true = torus(3000)
    shuffled = np.random.default_rng(0).permutation(len(points))
    far = 1e3 * points[shuffled] + [5e4, -2e4, 1e4]
    assert wrong(orient_normals(far, estimate_normals(far)), true[shuffled]) == 0.0


def test_flipped_normals_are_repaired_and_no_others():
    """One in a hundred of a torus."""
    points, true = torus()
    bad = true.copy()
    bad[::100] *= -1
    fixed, flipped = repair(points, bad)
    assert np.array_equal(fixed, true)
    assert np.array_equal(np.flatnonzero(flipped), np.arange(0, len(true), 100))


# -- noise taken off -------------------------------------------------------------------------------------------------


def test_noise_is_taken_off_a_sphere():
    """The error falls to less than a third, and so does that of the normals."""
    points, true = sphere(8000)
    noisy = points + np.random.default_rng(1).normal(scale=0.008, size=points.shape)
    moved, normals, variance = denoise_points(noisy, true, 0.008)
    before, after = (np.abs(np.linalg.norm(p, axis=1) - 0.5) for p in (noisy, moved))
    assert after.mean() < before.mean() / 3
    assert degrees(normals, moved / np.linalg.norm(moved, axis=1, keepdims=True)) < 3.0
    # the stated error holds: on a sphere a quadric has hardly any bias
    assert np.sqrt(np.median(variance)) == pytest.approx(np.sqrt((after**2).mean()), rel=0.6)


def test_edges_survive():
    """Two planes that meet at a right angle: points on either side of the edge stay on their plane."""
    rng = np.random.default_rng(0)
    u, v = rng.random((2, 8000))
    first = np.arange(8000) < 4000
    points = np.where(first[:, None], np.stack([u, v, 0 * u], 1), np.stack([0 * u, v, u], 1))
    normals = np.where(first[:, None], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0])
    noisy = points + rng.normal(scale=0.01, size=points.shape)
    moved, _, _ = denoise_points(noisy, orient_like(normals, estimate_normals(noisy, noise=0.01)), 0.01)
    error = np.abs(np.where(first, moved[:, 2], moved[:, 0]))
    by_edge = np.where(first, points[:, 0], points[:, 2]) < 0.06
    assert error[by_edge].mean() < 0.6 * np.abs(np.where(first, noisy[:, 2], noisy[:, 0]))[by_edge].mean()


def orient_like(reference, normals):
    """Normals on the side of others."""
    return normals * np.where(np.einsum("ij,ij->i", normals, reference) < 0, -1.0, 1.0)[:, None]


# -- points as they come ---------------------------------------------------------------------------------------------


def test_good_normals_are_left_alone():
    """Bit for bit, and so are the points."""
    points, true = torus(2000)
    ready = prepare_points(points, true)
    assert np.array_equal(ready.points, points)
    assert np.allclose(ready.normals, true, atol=1e-12)
    assert ready.report["normals"] == "given"
    assert ready.report["flipped"] == ready.report["outliers"] == 0


def test_every_defect_at_once():
    """Duplicates, outliers, zero, not finite, long and flipped normals are found, counted and mended."""
    points, true = torus(4000)
    rng = np.random.default_rng(2)
    bad = true.copy()
    bad[:40] *= -1
    bad[40:50], bad[50:60], bad[60:70] = 0.0, np.nan, 5 * true[60:70]
    stray = rng.uniform(-0.5, 0.5, (40, 3))
    off = np.hypot(np.hypot(stray[:, 0], stray[:, 1]) - 0.35, stray[:, 2])
    stray = stray[np.abs(off - 0.12) > 0.06]
    cloud = np.concatenate([points, points[:30], stray])
    normals = np.concatenate([bad, bad[:30], np.tile([0.0, 0.0, 1.0], (len(stray), 1))])
    ready = prepare_points(cloud, normals)
    assert ready.report["duplicates"] == 30
    assert ready.report["missing"] == 20
    assert not (ready.kept >= len(points)).any()
    assert len(ready.kept) >= 0.995 * len(points)
    assert wrong(ready.normals, true[ready.kept]) == 0.0
    assert degrees(ready.normals, true[ready.kept]) < 0.1
    assert ready.report["flipped"] == pytest.approx(40, abs=2)


def test_outliers_do_not_vouch_for_each_other():
    """A cloud of them far off is as sparse as itself, but no surface; a sparse half of a sphere is one."""
    points, _ = sphere(6000)
    thinned = points[(points[:, 0] < 0) | (np.arange(6000) % 25 == 0)]
    assert outliers(thinned).mean() < 0.02
    stray = np.random.default_rng(1).uniform(-0.5, 0.5, (60, 3)) * [1, 1, 0.2] + [0, 0, 1.2]
    found = outliers(np.concatenate([points, stray]))
    assert found[6000:].mean() > 0.95
    assert not found[:6000].any()


def test_inward_normals_stay_and_are_reported():
    """A cavity may be meant: nothing is turned in silence."""
    points, true = sphere()
    ready = prepare_points(points, -true)
    assert np.allclose(ready.normals, -true)
    assert ready.report["inside_out"]
    assert any("inward" in note for note in ready.report["notes"])
    assert not prepare_points(points, true).report["inside_out"]


def test_normals_without_a_side_are_turned_and_keep_their_lines():
    """Half of the signs wrong: the lines are still worth more than an estimate."""
    points, true = torus()
    signs = np.random.default_rng(0).choice([-1.0, 1.0], len(points))
    ready = prepare_points(points, true * signs[:, None])
    assert np.allclose(ready.normals, true)
    assert ready.report["oriented"]


def test_arbitrary_normals_are_not_believed():
    """Random directions: estimated from the points instead, which is said."""
    points, true = sphere()
    ready = prepare_points(points, np.random.default_rng(9).normal(size=points.shape))
    assert ready.report["normals"] == "estimated"
    assert ready.report["notes"]
    assert wrong(ready.normals, true) == 0.0
    assert degrees(ready.normals, true) < 2.0


def test_points_that_carry_no_surface_are_refused_in_a_sentence():
    """One place, too few, a line, and normals that are fewer than the points."""
    with pytest.raises(InputError, match="at least 12 distinct points"):
        prepare_points(np.zeros((100, 3)))
    with pytest.raises(InputError, match="one line"):
        prepare_points(np.outer(np.arange(50.0), [1, 2, 3]))
    with pytest.raises(InputError, match="each point needs one"):
        prepare_points(sphere(100)[0], np.zeros((50, 3)))


def test_it_can_be_cancelled():
    """Every stage looks."""
    calls = 0

    def check():
        nonlocal calls
        calls += 1
        if calls > 20:
            raise Cancelled

    points = sphere()[0] + np.random.default_rng(0).normal(scale=0.01, size=(4000, 3))
    with pytest.raises(Cancelled):
        prepare_points(points, check=check)


def test_the_same_points_give_the_same_answer():
    """Bit for bit."""
    points = torus(3000)[0] + np.random.default_rng(0).normal(scale=0.004, size=(3000, 3))
    first, second = prepare_points(points), prepare_points(points)
    assert np.array_equal(first.points, second.points)
    assert np.array_equal(first.normals, second.normals)
