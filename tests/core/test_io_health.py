"""The health report finds what is wrong, and the repairs mend it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.io.health import REPAIRS, health, repair
from eigenform.io.repairs import split
from eigenform.io.samples import make_sample
from eigenform.types import Shape

TORUS = make_sample("torus", 400)
KEYS = "kind vertices faces dimension components boundary_loops nonmanifold_edges watertight area bounds warnings"


@pytest.mark.parametrize("name", ["torus", "sheet", "swiss-roll", "digits"])
def test_the_keys_of_the_contract(name: str) -> None:
    report = json.loads(json.dumps(health(make_sample(name, 200)).as_dict()))
    assert list(report) == KEYS.split()


def test_points_have_no_faces_to_judge() -> None:
    report = health(make_sample("swiss-roll", 500)).as_dict()
    for key in ("boundary_loops", "nonmanifold_edges", "watertight", "area"):
        assert report[key] is None


def broken(defect: str) -> Shape:
    verts, faces = TORUS.verts, TORUS.faces
    if defect == "weld":
        return Shape(verts[faces].reshape(-1, 3), np.arange(faces.size).reshape(-1, 3))
    if defect == "drop-zero-area":
        return Shape(verts, np.vstack([faces, [[0, 0, 1]]]))
    if defect == "drop-repeated-faces":
        return Shape(verts, np.vstack([faces, faces[:2, ::-1]]))
    if defect == "drop-unreferenced":
        return Shape(np.vstack([[[9.0, 9, 9]], verts]), faces + 1)
    if defect == "fix-winding":
        turned = faces.copy()
        turned[::3] = turned[::3, ::-1]
        return Shape(verts, turned)
    if defect == "fill-holes":
        return Shape(verts, faces[~(faces == 7).any(axis=1)])
    if defect == "drop-small":
        small = make_sample("sphere", 100).verts * 0.01 + 5
        return Shape(np.vstack([verts, small]), np.vstack([faces, make_sample("sphere", 100).faces + len(verts)]))
    raise AssertionError(defect)


@pytest.mark.parametrize("defect", [name for name in REPAIRS if name != "keep-largest"])
def test_each_defect_is_found_and_mended(defect: str) -> None:
    shape = broken(defect)
    report = health(shape)
    assert defect in report.repairs
    mended = repair(shape, [defect])
    after = health(mended)
    assert defect not in after.repairs
    assert "Repaired" in mended.notes[-1]
    whole = health(repair(shape, report.repairs))
    assert whole.watertight
    assert whole.turned_edges == 0
    assert (whole.components, whole.repairs) == (1, ())
    assert whole.area == pytest.approx(health(TORUS).area, rel=0.02)


def test_a_sound_shape_is_left_alone() -> None:
    for name in REPAIRS:
        assert repair(TORUS, [name]) is TORUS


def test_turning_keeps_the_outside_out() -> None:
    mended = repair(TORUS.replace(faces=TORUS.faces[:, ::-1]), ["fix-winding"])
    assert np.array_equal(np.sort(mended.faces, axis=1), np.sort(TORUS.faces, axis=1))
    a, b, c = (mended.verts[mended.faces[:, i]] for i in range(3))
    assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() > 0


def test_nonmanifold_edges_are_counted() -> None:
    i, j = TORUS.faces[0, :2]
    far = int(np.argmax(np.linalg.norm(TORUS.verts - TORUS.verts[i], axis=1)))
    report = health(TORUS.replace(faces=np.vstack([TORUS.faces, [[i, j, far]]])))
    assert report.nonmanifold_edges == 1
    assert report.watertight is False
    assert any("more than two faces" in text for text in report.warnings)


def test_components() -> None:
    shape = make_sample("two-component", 600)
    assert health(shape).components == 2
    ring, ball = split(shape)
    assert len(ring.verts) + len(ball.verts) == len(shape.verts)
    assert health(repair(shape, ["keep-largest"])).components == 1
    cloud = Shape(np.vstack([TORUS.verts, TORUS.verts + 10]))
    assert health(cloud).components == 2


@pytest.mark.parametrize(
    ("points", "phrase"),
    [
        (np.zeros((1, 3)), "too few"),
        (np.outer(np.arange(30.0), [1, 2, 3]), "one line"),
        (TORUS.verts + 1e7, "from the origin"),
    ],
)
def test_odd_places(points: np.ndarray, phrase: str) -> None:
    assert phrase in " ".join(health(Shape(points)).warnings)


def test_an_unknown_repair_is_refused() -> None:
    with pytest.raises(InputError, match="fill-holes"):
        repair(TORUS, ["polish"])
