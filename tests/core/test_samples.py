"""Samples: what their names promise."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.io.health import health
from eigenform.io.samples import NAMES, describe, make_sample
from eigenform.types import Shape

GENUS = {"sphere": 0, "torus": 1, "knot": 1, "ellipsoid": 0, "creature": 0, "dumbbell": 0, "high-genus": 13}


def euler(shape: Shape) -> int:
    edges = np.unique(np.sort(np.concatenate([shape.faces[:, [i, (i + 1) % 3]] for i in range(3)]), axis=1), axis=0)
    return len(shape.verts) - len(edges) + len(shape.faces)


def volume(shape: Shape) -> float:
    a, b, c = (shape.verts[shape.faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def least_angle(shape: Shape) -> float:
    p = shape.verts[shape.faces]
    angles = []
    for i in range(3):
        u, v = p[:, (i + 1) % 3] - p[:, i], p[:, (i + 2) % 3] - p[:, i]
        cosine = np.einsum("ij,ij->i", u, v) / (np.linalg.norm(u, axis=1) * np.linalg.norm(v, axis=1))
        angles.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return float(np.min(angles))


def test_the_names_of_the_contract() -> None:
    promised = "sphere torus knot ellipsoid creature dumbbell sheet two-component high-genus swiss-roll flat-torus"
    assert set(NAMES) == {*promised.split(), "digits"}
    assert all(describe(name) for name in NAMES)


@pytest.mark.parametrize("name", GENUS)
def test_closed_surfaces(name: str) -> None:
    shape = make_sample(name)
    report = health(shape)
    assert report.watertight
    assert report.components == 1
    assert report.nonmanifold_edges == 0
    assert report.turned_edges == 0
    assert report.warnings == ()
    assert euler(shape) == 2 - 2 * GENUS[name]
    assert volume(shape) > 0
    assert 7_900 <= len(shape.verts) <= 15_000
    assert least_angle(shape) > 10


@pytest.mark.parametrize("name", ["creature", "dumbbell", "high-genus", "torus", "sheet", "two-component"])
def test_sizes_are_met(name: str) -> None:
    assert len(make_sample(name, 4000).verts) == pytest.approx(4000, rel=0.2)


def test_the_sphere_is_one() -> None:
    sphere = make_sample("sphere")
    assert len(sphere.verts) == 10_242
    assert np.allclose(np.linalg.norm(sphere.verts, axis=1), 1)


def test_the_torus_has_the_area_of_its_radii() -> None:
    assert health(make_sample("torus")).area == pytest.approx(4 * np.pi**2 * 0.4, rel=2e-3)


def test_the_sheet_has_one_boundary() -> None:
    report = health(make_sample("sheet"))
    assert (report.boundary_loops, report.components, report.watertight) == (1, 1, False)
    assert report.repairs == ()


def test_two_components() -> None:
    report = health(make_sample("two-component"))
    assert (report.components, report.watertight) == (2, True)


def test_the_flat_torus_lies_in_64_dimensions() -> None:
    shape = make_sample("flat-torus")
    assert shape.verts.shape == (4000, 64)
    assert shape.kind == "features"
    assert np.allclose(np.linalg.norm(shape.verts, axis=1), np.sqrt(2))
    assert np.linalg.matrix_rank(shape.verts, tol=1e-9) == 4
    assert not np.array_equal(make_sample("flat-torus", seed=1).verts, shape.verts)


def test_digits() -> None:
    shape = make_sample("digits")
    assert shape.verts.shape == (1797, 64)
    assert shape.verts.max() == 1.0
    assert shape.labels is not None
    assert shape.images is not None
    assert set(shape.labels.tolist()) == set(range(10))
    assert np.array_equal(shape.images.reshape(1797, 64), shape.verts)


@pytest.mark.parametrize("name", ["creature", "swiss-roll"])
def test_the_same_numbers_every_time(name: str) -> None:
    assert np.array_equal(make_sample(name, 1000).verts, make_sample(name, 1000).verts)


def test_unknown_names_and_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="sphere"):
        make_sample("teapot")
    with pytest.raises(InputError, match="sphere"):
        describe("teapot")
    with pytest.raises(InputError, match="between"):
        make_sample("sphere", 3)
    with pytest.raises(InputError, match="too few"):
        make_sample("high-genus", 200)
