"""Parts of the surface stage on shapes whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform.avatar.metrics import topology
from eigenform.avatar.surface import features as feats
from eigenform.avatar.surface.atlas import drawn, overlapping, pack, unwrap
from eigenform.avatar.surface.charts import adjacency, cut
from eigenform.avatar.surface.diffuse import harmonic_fill
from eigenform.avatar.surface.features import DIMENSIONS, LOCAL, FeatureContext, features, point_features
from eigenform.avatar.surface.octree import Grid, evaluate
from eigenform.avatar.surface.refine import Evidence, normal_error, refine
from eigenform.avatar.surface.signed_body import SignedBody
from eigenform.avatar.surface.simplify import relax
from eigenform.avatar.surface.solid import march_solid, one_solid
from eigenform.errors import Cancelled, InputError
from surface_people import CAMERA, ball, true_maps

BODY, CLOTHES = 0.5, 0.55


@pytest.fixture(scope="module")
def context() -> FeatureContext:
    """A ball in a larger ball."""
    bare, dressed = ball(BODY), ball(CLOTHES)
    return FeatureContext(*bare, CAMERA, true_maps(bare, dressed, CAMERA, 256), bare[0] / BODY)


def along(direction: list[float], radius: float) -> np.ndarray:
    """A point (1, 3) at a distance from the middle."""
    unit = np.array(direction, dtype=np.float64)
    return radius * unit[None] / np.linalg.norm(unit)


def test_the_published_features_of_a_ball(context: FeatureContext) -> None:
    assert DIMENSIONS == {"icon7": 7, "local": 21}
    point = along([0.3, -0.8, 0.2], 0.6)
    found = features(context, point, "icon7")[0]
    view = np.array([point[0, 0], point[0, 2], -point[0, 1]]) / 0.6
    assert found[0] == pytest.approx(0.1 / np.sqrt(3), abs=2e-3)
    assert found[1:4] == pytest.approx(view, abs=0.02)
    # the picture shows the clothes where the ray of the pixel meets them, not where the point is
    x, y = view[:2] * 0.6 / CLOTHES
    assert found[4:7] == pytest.approx([x, y, np.sqrt(1 - x**2 - y**2)], abs=0.02)


def test_a_point_behind_takes_the_normal_of_the_back(context: FeatureContext) -> None:
    front, back = (features(context, along([0.1, s, 0.2], 0.6), "icon7")[0] for s in (-1, 1))
    assert front[6] > 0.9
    assert back[6] < -0.9


def test_far_points_say_only_their_side(context: FeatureContext) -> None:
    assert features(context, along([0, -1, 0], 0.7), "icon7")[0, 0] == 1
    assert features(context, along([0, -1, 0], 0.2), "icon7")[0, 0] == -1


def test_gaps_tell_where_the_clothes_are(context: FeatureContext) -> None:
    names = {name: i for i, name in enumerate(LOCAL)}
    for depth, sign in ((CLOTHES + 0.02, 1), (CLOTHES - 0.02, -1)):
        before = features(context, np.array([[0.0, -depth, 0.0]]))[0]
        behind = features(context, np.array([[0.0, depth, 0.0]]))[0]
        assert before[names["gap front fine"]] == pytest.approx(sign * 0.5, abs=0.06)
        assert behind[names["gap back fine"]] == pytest.approx(sign * 0.5, abs=0.06)
    at = features(context, np.array([[0.0, -0.52, 0.0]]))[0]
    assert at[names["distance fine"]] == pytest.approx(0.02 / feats.FINE, abs=0.05)
    assert at[names["offset front at foot"]] == pytest.approx(0.05 / feats.OUTLINE, abs=0.03)
    assert at[names["visible"]] == 1
    assert at[names["mask"]] == 1


def test_features_do_not_depend_on_how_points_are_handed_over(context: FeatureContext) -> None:
    points = np.random.default_rng(0).normal(0, 0.4, (300, 3))
    bare = ball(BODY)
    together = features(context, points)
    apart = point_features(points, *bare, CAMERA, context.maps, bare[0] / BODY)
    assert (together == apart).all()
    with pytest.raises(InputError, match="no features"):
        features(context, points, "icon8")


def test_missing_maps_are_named() -> None:
    bare = ball(BODY)
    maps = true_maps(bare, ball(CLOTHES), CAMERA, 64)
    del maps["offset_back"]
    with pytest.raises(InputError, match="offset_back"):
        FeatureContext(*bare, CAMERA, maps, bare[0])


def test_where_two_bodies_cross_the_inside_stays_inside() -> None:
    verts, faces = ball(0.3)
    both = np.concatenate([verts - [0.15, 0, 0], verts + [0.15, 0, 0]])
    crossed = SignedBody(both, np.concatenate([faces, faces + len(verts)]))
    found = crossed.nearest(np.array([[0.0, 0, 0], [0.14, 0, 0], [0.5, 0, 0], [0, 0, 0.3]])).distance
    ring = np.sqrt(0.3**2 - 0.15**2)
    assert found[0] == pytest.approx(-ring, abs=0.01), "the triangles within do not count"
    assert found[1] < -0.25
    assert found[2] == pytest.approx(0.05, abs=2e-3)
    assert found[3] > 0


def blob(points: np.ndarray) -> np.ndarray:
    """A ball and a thin rod."""
    rod = np.maximum(np.hypot(points[:, 0] - 0.2, points[:, 1]) - 0.014, np.abs(points[:, 2]) - 0.7)
    return np.minimum(np.linalg.norm(points - [0, 0, 0.4], axis=1) - 0.3, rod)


def test_coarse_to_fine_gives_what_all_nodes_give() -> None:
    low, high = np.array([-0.4, -0.4, -0.8]), np.array([0.4, 0.4, 0.9])
    seeds = np.stack([np.full(60, 0.2), np.zeros(60), np.linspace(-0.7, 0.7, 60)], axis=1)
    grid = evaluate(blob, low, high, 129, seeds)
    axes = [grid.origin[i] + grid.cell * np.arange(n) for i, n in enumerate(grid.values.shape)]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    dense = Grid(blob(nodes).astype(np.float32).reshape(grid.values.shape), grid.origin, grid.cell, 0)
    assert grid.evaluated < 0.25 * grid.values.size
    fine, full = march_solid(grid), march_solid(dense)
    assert (fine[1] == full[1]).all()
    assert np.abs(fine[0] - full[0]).max() < 1e-6
    assert topology(*fine).watertight
    assert topology(*fine).components == 1


def test_stray_pieces_and_hollows_go() -> None:
    def field(points: np.ndarray) -> np.ndarray:
        radius = np.linalg.norm(points, axis=1)
        return np.minimum(np.maximum(radius - 0.5, 0.2 - radius), np.linalg.norm(points - 0.7, axis=1) - 0.15)

    grid = evaluate(field, np.full(3, -1.0), np.full(3, 1.0), 65)
    verts, faces = march_solid(grid)
    assert topology(verts, faces).components == 1
    assert np.linalg.norm(verts, axis=1) == pytest.approx(0.5, abs=0.01)
    with pytest.raises(InputError, match="Nothing is inside"):
        one_solid(np.ones((9, 9, 9), np.float32))


def test_a_surface_that_leaves_the_box_is_closed_all_the_same() -> None:
    grid = evaluate(lambda p: np.linalg.norm(p, axis=1) - 0.9, np.full(3, -0.5), np.full(3, 0.5), 33)
    assert topology(*march_solid(grid)).watertight


def test_evaluation_can_be_cancelled() -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        evaluate(blob, np.full(3, -1.0), np.full(3, 1.0), 65, check=stop)


def test_refinement_brings_out_what_only_the_normals_know() -> None:
    verts, faces = ball(0.5, 5)
    waves = 1 + 0.025 * np.sin(25 * verts[:, :1]) * np.sin(25 * verts[:, 2:])
    wanted = true_maps((verts, faces), (verts * waves, faces), CAMERA, 256)
    before, after = (
        normal_error(v, faces, CAMERA, wanted) for v in (verts, refine(verts, faces, [Evidence(CAMERA, wanted)], 3))
    )
    for side in ("front", "back"):
        assert before[side] > 8
        assert after[side] < 0.45 * before[side]


def test_refinement_leaves_what_is_right_and_what_is_held() -> None:
    verts, faces = ball(0.5, 4)
    maps = true_maps((verts, faces), (verts, faces), CAMERA, 256)
    moved = refine(verts, faces, [Evidence(CAMERA, maps)], 2)
    assert np.linalg.norm(moved - verts, axis=1).max() < 2e-3
    bent = {**maps, "normal_front": maps["normal_front"][:, ::-1]}
    free = refine(verts, faces, [Evidence(CAMERA, bent)], 1)
    held = refine(verts, faces, [Evidence(CAMERA, bent)], 1, np.full(len(verts), 1e6))
    assert np.linalg.norm(free - verts, axis=1).max() > 1e-3
    assert np.linalg.norm(held - verts, axis=1).max() < 1e-4


def test_relaxing_evens_triangles_and_keeps_the_shape() -> None:
    grid = evaluate(lambda p: np.linalg.norm(p, axis=1) - 0.7, np.full(3, -1.0), np.full(3, 1.0), 41)
    verts, faces = march_solid(grid)

    def least(v: np.ndarray) -> float:
        a, b, c = (v[faces[:, i]] for i in range(3))
        sides = np.stack([np.linalg.norm(a - b, axis=1), np.linalg.norm(b - c, axis=1), np.linalg.norm(c - a, axis=1)])
        return float(np.median(sides.min(axis=0) / sides.max(axis=0)))

    even = relax(verts, faces)
    assert least(even) > least(verts) + 0.1
    assert np.linalg.norm(even, axis=1) == pytest.approx(0.7, abs=0.01)


def test_harmonic_values_on_a_ball_are_between_and_even() -> None:
    verts, faces = ball(1.0, 4)
    known = np.abs(verts[:, 2]) > 0.9
    values = np.stack([np.sign(verts[:, 2]), verts[:, 0]], axis=1)
    filled = harmonic_fill(verts, faces, values, known)
    assert (filled[known] == values[known]).all()
    assert np.abs(filled).max() <= 1 + 1e-9
    # between two caps of a ball the harmonic function of the height is atanh(z) over atanh(0.9)
    between = np.abs(verts[:, 2]) < 0.8
    edge = np.arctanh(verts[known & (verts[:, 2] > 0)][:, 2].min())
    assert filled[between, 0] == pytest.approx(np.arctanh(verts[between, 2]) / edge, abs=0.06)


def test_charts_lie_flat_apart_and_are_filled() -> None:
    verts, faces = ball(0.5, 4)
    coordinates, corners = unwrap(verts, faces, 512)
    placed = coordinates[corners]
    a, b = placed[:, 1] - placed[:, 0], placed[:, 2] - placed[:, 0]
    assert ((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) > 0).all(), "no triangle is turned over or flat"
    assert not overlapping(placed, faces, 512).any()
    shown, _ = drawn(placed, 512)
    assert len(np.unique(shown[shown >= 0])) == len(faces)
    assert (shown >= 0).mean() > 0.35


def test_triangles_over_each_other_are_found() -> None:
    verts, faces = ball(0.5, 3)
    charts = cut(verts, faces)
    everything = charts._replace(chart=np.zeros(len(faces), np.int64))  # both halves in one place
    assert overlapping(pack(everything, 256), faces, 256).sum() > 0.2 * len(faces)
    assert (np.asarray(adjacency(faces).sum(axis=1)).ravel() == 3).all()
