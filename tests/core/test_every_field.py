"""What every kind of field must do: shapes, gradients, frames, blocks and files. A new kind must be added here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from eigenform.implicit.assemble import assemble
from eigenform.implicit.distance.mesh_to_field import describe_mesh
from eigenform.implicit.fields import KINDS, field_of, make_field
from eigenform.implicit.frame import Frame
from eigenform.implicit.frequency.random_features import draw
from eigenform.implicit.neural.model import Model
from eigenform.implicit.neural.networks import build
from eigenform.implicit.operations.tree import tree
from eigenform.implicit.photographs.networks import arrays_of, build_field
from eigenform.implicit.points.spline_field import pack
from eigenform.implicit.tiles.lattice import by_axes
from eigenform.io.implicit_files import read_field, read_implicit, write_implicit
from known_shapes import blob

Described = tuple[dict[str, Any], dict[str, np.ndarray]]
CENTRE, SCALE = (0.3, -0.2, 0.1), 1.0
HOME = {"centre": list(CENTRE), "scale": SCALE}


def _smooth(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """A bumpy ball of the frame."""
    return np.sqrt(x**2 + y**2 + z**2 + 0.01) - 0.35 + 0.05 * np.sin(4 * x) * np.cos(3 * y + z)


def random_features() -> Described:
    features = draw(64, 3, 4.0, seed=1)
    weights = np.random.default_rng(2).standard_normal(64) / 8
    return {"kind": "random-features", **HOME}, {
        "frequencies": features.frequencies, "phases": features.phases, "coefficients": weights,
    }  # fmt: skip


def samples(order: int) -> Described:
    axis = np.linspace(-0.56, 0.56, 40)
    grid = _smooth(*np.meshgrid(axis, axis, axis, indexing="ij"))
    return {"kind": "samples", **HOME, "box": [[-0.56] * 3, [0.56] * 3], "order": order}, {"samples": grid}


def spline() -> Described:
    axis = np.linspace(-0.56, 0.56, 16)
    base = _smooth(*np.meshgrid(axis, axis, axis, indexing="ij"))
    rng = np.random.default_rng(0)
    index = np.sort(rng.choice(32**3, 5000, replace=False))
    spec, arrays = pack([(index, rng.normal(0, 0.05, 5000))], base)
    return {**spec, **HOME}, arrays


def network(kind: str, based: bool = False, **options: Any) -> Described:
    config = {"kind": kind, "hidden": 16, "layers": 2, **options}
    model = Model(config, build(config, seed=4), None, 0.1, 0.05)
    base_spec, base = spline() if based else (None, {})
    spec = {**model.describe(base_spec), **HOME}
    arrays = {f"net.{k}": v.numpy() * (300 if v.abs().max() < 1e-3 else 1) for k, v in model.net.state_dict().items()}
    return spec, arrays | {f"base.{k}": v for k, v in base.items()}


def neus(kind: str) -> Described:
    config: dict[str, Any] = {"kind": kind, "hidden": 40, "layers": 2}
    if kind == "grid":
        config |= {"sides": [6, 10], "features": 2, "base_side": 12, "centre": [0.0] * 3, "half": 1.0, "gain": 2.0}
    else:
        config |= {"octaves": 2, "bias": 0.5, "features": 4}
    net = build_field(config)
    rng = np.random.default_rng(5)
    arrays = {k: rng.normal(0, 0.3, v.shape).astype(np.float32) for k, v in arrays_of(net, "field").items()}
    if kind == "grid":
        arrays["field.centre"][:] = 0
        axis = np.linspace(-1, 1, 12)
        arrays["field.base"][:, 0] = _smooth(*np.meshgrid(axis, axis, axis, indexing="ij")).ravel()
    return {"kind": "neus", **HOME, "network": config, "region": {"centre": [0.02, 0.0, 0.0], "radius": 0.5}}, arrays


def mesh() -> Described:
    shape = blob(2)
    spec, arrays, _ = describe_mesh(shape.verts * 0.35 + CENTRE, shape.faces)
    return spec, arrays


def primitive(solid: str, **sizes: Any) -> Described:
    return {"kind": "primitive", **HOME, "solid": solid, **sizes}, {}


def combined() -> Described:
    inner = tree("difference", [primitive("sphere", radius=0.4), spline()], Frame(np.zeros(3), 2.0), radius=0.0)
    return tree("blend", [inner, network("siren", frequency=3.0)], Frame(np.array(CENTRE), SCALE), radius=0.1)


def changed(operation: str, **values: Any) -> Described:
    return tree(operation, [spline()], Frame(np.array(CENTRE), SCALE), **values)


MAKERS: dict[str, Callable[[], Described]] = {
    "random features": random_features,
    "linear samples": lambda: samples(1),
    "cubic samples": lambda: samples(3),
    "spline": spline,
    "siren": lambda: network("siren", frequency=6.0),
    "finer": lambda: network("finer", frequency=0.3),
    "fourier": lambda: network("fourier", frequency=1.0, smooth=True),
    "grids": lambda: network("grids", resolutions=(4, 8)),
    "hash": lambda: network("hash", levels=3, coarse=4, fine=12, table=8),
    "siren on a spline": lambda: network("siren", based=True, frequency=6.0),
    "photographed MLP": lambda: neus("mlp"),
    "photographed grid": lambda: neus("grid"),
    "mesh": mesh,
    "sphere": lambda: primitive("sphere", radius=0.3),
    "box": lambda: primitive("box", half=[0.3, 0.2, 0.25]),
    "torus": lambda: primitive("torus", ring=0.3, tube=0.1),
    "cylinder": lambda: primitive("cylinder", radius=0.2),
    "plane": lambda: primitive("plane", normal=[1.0, 2.0, -0.5]),
    "tree of trees": combined,
    "offset": lambda: changed("offset", distance=0.05),
    "shell": lambda: changed("shell", thickness=0.1, wall="centre"),
    "inverted": lambda: changed("invert"),
    "level": lambda: changed("level", level=-0.05),
    "cut": lambda: changed("cut", origin=[0.3, -0.2, 0.1], normal=[0.0, 0.6, 0.8]),
}
every = pytest.mark.parametrize("name", MAKERS)
LENGTHS = ("radius", "distance", "thickness", "level")
"""Numbers of a tree that are in input units."""


def places(count: int, seed: int = 0) -> np.ndarray:
    """Points inside of the cube of the frame, in input units."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (count, 3)) * SCALE + CENTRE


def moved(spec: Mapping[str, Any], scale: float, shift: np.ndarray) -> dict[str, Any]:
    """The field of ``scale x + shift``, in its units."""
    found = dict(spec)
    found["centre"] = (scale * np.asarray(spec["centre"]) + shift).tolist()
    found["scale"] = scale * float(spec["scale"])
    if spec["kind"] == "tree":
        found["children"] = [moved(child, scale, shift) for child in spec["children"]]
        found |= {k: scale * spec[k] for k in LENGTHS if k in spec}
        if "origin" in spec:
            found["origin"] = (scale * np.asarray(spec["origin"]) + shift).tolist()
    return found


def test_every_kind_is_here() -> None:
    assert {make()[0]["kind"] for make in MAKERS.values()} == set(KINDS)


@every
@pytest.mark.parametrize("count", [0, 1, 3])
def test_answers_have_the_shapes_and_types_that_are_promised(name: str, count: int) -> None:
    field = make_field(*MAKERS[name]())
    for dtype in (np.float32, np.float64):
        points = places(count).astype(dtype)
        before = points.copy()
        values, slopes = field.values(points), field.gradients(points)
        assert values.shape == (count,)
        assert slopes.shape == (count, 3)
        assert values.dtype == slopes.dtype == np.float64
        np.testing.assert_array_equal(points, before)  # what was asked stays as it was


@every
def test_gradients_agree_with_finite_differences(name: str) -> None:
    field, points, step = make_field(*MAKERS[name]()), places(200, 1), 1e-3
    exact = field.gradients(points)
    shifts = step * np.eye(3)
    found = np.stack([(field.values(points + s) - field.values(points - s)) / (2 * step) for s in shifts], axis=1)
    wrong = np.linalg.norm(exact - found, axis=1) / np.linalg.norm(exact, axis=1).mean()
    # a ReLU, a cell's wall, an edge of a solid: some points lie within a step of a bend; linear samples bend in cells
    assert np.quantile(wrong, 0.9) < (0.05 if name == "linear samples" else 5e-3)
    assert np.linalg.norm(exact, axis=1).mean() > 0.01


@every
def test_units_and_place_are_those_of_the_frame(name: str) -> None:
    spec, arrays = MAKERS[name]()
    points, scale, shift = places(100, 2), 37.0, np.array([40.0, -300.0, 5.0])
    here, there = make_field(spec, arrays), make_field(moved(spec, scale, shift), arrays)
    values, slopes = here.values(points), here.gradients(points)
    np.testing.assert_allclose(there.values(scale * points + shift), scale * values, rtol=2e-5, atol=scale * 2e-6)
    wrong = np.linalg.norm(there.gradients(scale * points + shift) - slopes, axis=1)
    assert np.quantile(wrong, 0.97) < 1e-4 * max(1.0, float(np.linalg.norm(slopes, axis=1).max()))


@every
def test_points_do_not_see_each_other(name: str) -> None:
    field, points = make_field(*MAKERS[name]()), places(64, 3)
    together = field.values(points)
    np.testing.assert_allclose([field.values(p[None])[0] for p in points], together, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("name", ["random features", "spline"])
def test_a_grid_of_values_is_that_of_its_points(name: str) -> None:
    field = make_field(*MAKERS[name]())
    axes = [np.linspace(-0.5, 0.3 + 0.1 * i, 5 + i) * SCALE + CENTRE[i] for i in range(3)]
    found = by_axes(field, *axes, lambda: None)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    assert found is not None
    assert found.shape == (5, 6, 7)
    np.testing.assert_allclose(found.ravel(), field.values(points.reshape(-1, 3)), atol=5e-6)
    assert by_axes(field, axes[0] + SCALE, *axes[1:], lambda: None) is None  # beyond the cube points are asked


@every
def test_far_away_all_is_finite(name: str) -> None:
    field = make_field(*MAKERS[name]())
    far = np.concatenate([places(20) * 5, [[1e4, 0, 0], [0.0, 0.0, 0.0], list(CENTRE)]])
    assert np.isfinite(field.values(far)).all()
    assert np.isfinite(field.gradients(far)).all()


@every
def test_files_give_the_same_field_back(name: str, tmp_path) -> None:
    spec, arrays = MAKERS[name]()
    frame = Frame(np.array(CENTRE), SCALE)
    surface = assemble(spec, arrays, frame.box(0.5), name=name, resolution=8)
    points = places(100, 4)
    expected = make_field(spec, arrays).values(points)
    np.testing.assert_array_equal(field_of(surface).values(points), expected)
    for ending in (".npz", ".safetensors"):
        path = tmp_path / f"field{ending}"
        write_implicit(surface, path)
        np.testing.assert_array_equal(read_field(path).values(points), expected)
        again = read_implicit(path)
        np.testing.assert_array_equal(field_of(again).gradients(points), field_of(surface).gradients(points))
        np.testing.assert_array_equal(again.verts, surface.verts)
        np.testing.assert_array_equal(again.samples, surface.samples)
