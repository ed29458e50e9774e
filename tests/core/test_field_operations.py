import numpy as np
import pytest
from eigenform import jobs, registry
from eigenform.errors import InputError
from eigenform.implicit.fields import central_gradients, field_of, make_field
from eigenform.implicit.operations.algebra import smooth_minimum
from eigenform.implicit.probe import probe
from eigenform.params import make
from known_fields import primitive

POINTS = np.random.default_rng(0).uniform(-0.7, 0.7, (3000, 3))


def run(name, *surfaces, **values):
    record = registry.get(name)
    return jobs.run(record, surfaces, make(record.params_class(), {"resolution": 40, **values}))


@pytest.fixture(scope="module")
def ball():
    return primitive("sphere", radius=0.4)


@pytest.fixture(scope="module")
def brick():
    return primitive("box", (0.3, 0.0, 0.1), 2.0, half=[0.2, 0.1, 0.05])


def ball_values(p):
    return np.linalg.norm(p, axis=1) - 0.4


def brick_values(p):
    over = np.abs(p - [0.3, 0.0, 0.1]) - [0.4, 0.2, 0.1]
    return np.linalg.norm(np.maximum(over, 0), axis=1) + np.minimum(over.max(axis=1), 0)


def smooth(a, b, k):
    h = np.clip(0.5 + 0.5 * (b - a) / k, 0, 1)  # the same function in its other common form
    return b * (1 - h) + a * h - k * h * (1 - h)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"operation": "union"}, lambda a, b: np.minimum(a, b)),
        ({"operation": "intersection"}, lambda a, b: np.maximum(a, b)),
        ({"operation": "difference"}, lambda a, b: np.maximum(a, -b)),
        ({"operation": "blend", "radius": 0.3}, lambda a, b: smooth(a, b, 0.3)),
        ({"operation": "blend"}, lambda a, b: smooth(a, b, 0.12)),
        ({"operation": "intersection", "radius": 0.2}, lambda a, b: -smooth(-a, -b, 0.2)),
        ({"operation": "difference", "radius": 0.2}, lambda a, b: -smooth(-a, b, 0.2)),
    ],
)
def test_combinations_have_the_values_of_their_closed_forms(ball, brick, values, expected):
    both = run("combine", ball, brick, **values)
    field = field_of(both)
    assert field.values(POINTS) == pytest.approx(expected(ball_values(POINTS), brick_values(POINTS)), abs=1e-12)
    error = np.abs(field.gradients(POINTS) - central_gradients(field, POINTS, 1e-6)).max(axis=1)
    assert np.quantile(error, 0.995) < 1e-6  # the rest lies on creases
    assert np.linalg.norm(field.gradients(POINTS), axis=1).max() < 1 + 1e-9
    assert field.inner.lipschitz == 1.0
    off = np.abs(field.values(both.verts))
    assert off.max() < 0.01  # at creases, within a cell
    assert np.median(off) < 1e-4
    assert both.meta["report"]["watertight"]
    assert ((both.verts > both.box[0]) & (both.verts < both.box[1])).all()


def test_a_smooth_minimum_is_sharp_beyond_its_radius_and_at_most_a_quarter_of_it_below():
    a, b = np.random.default_rng(1).uniform(-1, 1, (2, 1000))
    value, weight = smooth_minimum(a, b, 0.4)
    far = np.abs(a - b) >= 0.4
    assert np.array_equal(value[far], np.minimum(a, b)[far])
    assert ((np.minimum(a, b) - value)[~far] > 0).all()
    assert (np.minimum(a, b) - value).max() <= 0.1
    step = 1e-6
    slope = (smooth_minimum(a + step, b, 0.4)[0] - smooth_minimum(a - step, b, 0.4)[0]) / (2 * step)
    assert weight == pytest.approx(slope, abs=1e-5)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"operation": "offset", "distance": 0.1}, lambda d: d - 0.1),
        ({"operation": "offset", "distance": -0.15, "unit": "input"}, lambda d: d + 0.15),
        ({"operation": "shell", "distance": 0.1}, lambda d: np.abs(d + 0.05) - 0.05),
        ({"operation": "shell", "distance": 0.1, "wall": "centre"}, lambda d: np.abs(d) - 0.05),
        ({"operation": "shell", "distance": 0.1, "wall": "outside"}, lambda d: np.abs(d - 0.05) - 0.05),
        ({"operation": "invert"}, lambda d: -d),
    ],
)
def test_changes_of_a_ball_have_the_values_of_their_closed_forms(ball, values, expected):
    changed = run("modify", ball, **values)
    field = field_of(changed)
    assert field.values(POINTS) == pytest.approx(expected(ball_values(POINTS)), abs=1e-12)
    error = np.abs(field.gradients(POINTS) - central_gradients(field, POINTS, 1e-6)).max(axis=1)
    assert np.quantile(error, 0.995) < 1e-6
    assert changed.meta["report"]["watertight"]
    assert changed.meta["report"]["components"] == (2 if values["operation"] == "shell" else 1)


def test_a_cut_removes_what_lies_beyond_the_plane(ball):
    half = run("modify", ball, operation="cut", distance=0.1, axis="-y")
    assert half.verts[:, 1].min() == pytest.approx(0.1, abs=1e-3)
    assert half.verts[:, 1].max() == pytest.approx(0.4, abs=1e-3)
    expected = np.maximum(ball_values(POINTS), 0.1 - POINTS[:, 1])
    assert field_of(half).values(POINTS) == pytest.approx(expected, abs=1e-12)
    assert half.meta["report"]["watertight"]


def test_boxes_follow_what_the_result_can_reach(ball, brick):
    assert np.array_equal(run("combine", ball, brick, operation="difference").box, ball.box)
    union = run("combine", ball, brick, operation="union").box
    assert np.array_equal(union, [np.minimum(ball.box[0], brick.box[0]), np.maximum(ball.box[1], brick.box[1])])
    assert np.allclose(run("modify", ball, operation="offset", distance=0.1).box, [[-0.7] * 3, [0.7] * 3])


def test_a_level_other_than_zero_is_what_is_combined(ball, brick):
    grown = ball.replace(level=0.05)
    field = field_of(run("combine", grown, brick))
    assert field.values(POINTS) == pytest.approx(np.minimum(ball_values(POINTS) - 0.05, brick_values(POINTS)))


def test_fields_combine_in_depth_and_survive_as_spec_and_arrays(ball, brick):
    import json

    deep = run("modify", run("combine", ball, brick, operation="difference"), operation="shell", distance=0.05)
    again = make_field(json.loads(json.dumps(deep.spec)), dict(deep.arrays))
    assert np.array_equal(again.values(POINTS), field_of(deep).values(POINTS))


def test_what_leaves_nothing_is_refused(ball):
    far = primitive("sphere", (5.0, 0.0, 0.0), radius=0.4)
    with pytest.raises(InputError, match="boxes do not meet"):
        run("combine", ball, far, operation="intersection")
    near = primitive("sphere", (0.9, 0.0, 0.0), radius=0.4)
    with pytest.raises(InputError, match="Nothing is left"):
        run("combine", ball, near, operation="intersection")
    with pytest.raises(InputError, match="Nothing is left"):
        run("modify", ball, operation="offset", distance=-0.5)
    with pytest.raises(InputError, match="thickness above 0"):
        run("modify", ball, operation="shell", distance=0.0)


def test_probes_read_a_sphere():
    surface = primitive("sphere", (1.0, 2.0, 3.0), 4.0, radius=0.4)  # of radius 1.6
    points = np.array([1.0, 2.0, 3.0]) + 2.0 * np.array([[1.0, 0, 0], [0, 0.6, -0.8]])
    found = probe(surface, points)
    assert found.value == pytest.approx([0.4, 0.4])
    assert found.normal == pytest.approx(np.array([[1.0, 0, 0], [0, 0.6, -0.8]]))
    assert found.mean == pytest.approx([0.5, 0.5], rel=1e-4)
    assert found.gaussian == pytest.approx([0.25, 0.25], rel=1e-4)
    assert found.principal == pytest.approx(np.full((2, 2), 0.5), rel=1e-2)
    assert probe(surface, points[0]).value.shape == (1,)


def test_probes_read_a_torus_and_a_cylinder():
    ring, tube = 0.3, 0.1
    angle = np.linspace(0, 2 * np.pi, 9)
    away = ring + tube * np.cos(angle)
    points = np.stack([away, 0 * angle, tube * np.sin(angle)], axis=1)
    found = probe(primitive("torus", ring=ring, tube=tube), points, step=1e-4)
    around = np.cos(angle) / away
    assert found.mean == pytest.approx((1 / tube + around) / 2, rel=1e-5)
    assert found.gaussian == pytest.approx(around / tube, rel=1e-4, abs=1e-4)
    assert found.principal == pytest.approx(np.stack([np.full(9, 1 / tube), around], axis=1), rel=1e-4, abs=1e-4)
    rod = probe(primitive("cylinder", radius=0.25), [[0.0, 0.25, 0.4]], step=1e-4)
    assert rod.mean == pytest.approx(2.0, rel=1e-5)
    assert rod.gaussian == pytest.approx(0.0, abs=1e-9)
    hollow = probe(run("modify", primitive("cylinder", radius=0.25), operation="invert"), [[0.25, 0, 0]], step=1e-4)
    assert hollow.mean == pytest.approx(-2.0, rel=1e-5)
    assert hollow.normal[0] == pytest.approx([-1, 0, 0])
