"""The report card: figures of surfaces whose answers are known."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from eigenform.geometry.closest import nearest_triangles
from eigenform.implicit.extract import contour
from eigenform.implicit.report import report_card, rows

BOX = np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])


def surface(kind: str, n: int = 48) -> tuple[np.ndarray, np.ndarray]:
    x, y, z = np.meshgrid(*[np.linspace(-1, 1, n)] * 3, indexing="ij")
    if kind == "sphere":
        return contour(np.sqrt(x**2 + y**2 + z**2) - 0.7, BOX)
    return contour(np.sqrt((np.sqrt(x**2 + y**2) - 0.6) ** 2 + z**2) - 0.25, BOX)


def directions(count: int) -> np.ndarray:
    found = np.random.default_rng(0).normal(size=(count, 3))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_a_sphere_and_its_points() -> None:
    verts, faces = surface("sphere")
    n = directions(4000)
    card = report_card(verts, faces, 0.71 * n, n, field=lambda x: np.linalg.norm(x, axis=1) - 0.7, seed=3)
    assert (card["watertight"], card["components"], card["genus"], card["boundary_loops"]) == (True, 1, 0, 0)
    assert card["volume"] == pytest.approx(4 / 3 * np.pi * 0.7**3, rel=5e-3)
    assert card["area"] == pytest.approx(4 * np.pi * 0.7**2, rel=5e-3)
    assert card["residuals"]["median"] == pytest.approx(0.01, rel=0.1)
    assert card["field_residuals"]["rms"] == pytest.approx(0.01, rel=1e-6)
    assert card["spacing"] == pytest.approx(np.sqrt(4 * np.pi * 0.71**2 / 4000), rel=0.1)
    assert card["uncovered_area"] < 1e-3
    assert card["normals_agreement"] > 0.998
    assert (card["normals_flipped"], card["seed"]) == (0.0, 3)
    assert json.loads(json.dumps(card)) == card
    assert dict(rows(card))["Genus"] == "0"


def test_points_on_one_half_leave_the_other_uncovered_and_flipped_normals_are_counted() -> None:
    verts, faces = surface("sphere")
    n = directions(6000)
    n = n[n[:, 2] > 0]
    turned = np.where(np.arange(len(n))[:, None] % 4 == 0, -n, n)
    card = report_card(verts, faces, 0.7 * n, turned)
    assert card["uncovered_area"] == pytest.approx(0.5, abs=0.07)
    assert card["normals_flipped"] == pytest.approx(0.25, abs=1e-3)


def test_a_torus_two_spheres_and_a_cut() -> None:
    verts, faces = surface("torus")
    assert report_card(verts, faces)["genus"] == 1
    both = report_card(np.concatenate([verts, verts + 3]), np.concatenate([faces, faces + len(verts)]))
    assert (both["components"], both["genus"]) == (2, 2)
    verts, faces = surface("sphere")
    half = faces[verts[faces][:, :, 2].mean(1) > 0]
    card = report_card(verts, half)
    assert (card["watertight"], card["boundary_loops"], card["genus"], card["volume"]) == (False, 1, 0, None)
    assert "no (1 boundary loop" in dict(rows(card))["Watertight"]
    assert "residuals" not in card
    square = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    assert report_card(square, np.array([[0, 1, 2], [0, 2, 3]]))["boundary_length"] == pytest.approx(4.0)


def test_distances_are_exact_far_from_the_origin() -> None:
    verts = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    far = np.array([1e6, -1e6, 1e6])
    points = np.array([[0.2, 0.2, 0.3], [2.0, 0, 0], [-1, -1, 0]])
    distance, _ = nearest_triangles(verts + far, np.array([[0, 1, 2]]), points + far)
    assert distance == pytest.approx([0.3, 1.0, np.sqrt(2)], abs=1e-6)


def test_nothing_and_no_points() -> None:
    card = report_card(np.zeros((0, 3)), np.zeros((0, 3), dtype=int), directions(10))
    assert (card["faces"], card["watertight"], card["points"]) == (0, False, 10)


def test_it_is_quick() -> None:
    verts, faces = surface("sphere", 150)
    n = directions(20_000)
    report_card(verts[:3], np.array([[0, 1, 2]]), n[:20])  # the imports
    began = time.process_time()
    report_card(verts, faces, 0.7 * n, n)
    assert time.process_time() - began < 2.0


def test_edges_that_two_triangles_do_not_share_or_disagree_on() -> None:
    verts = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]])
    card = report_card(verts, np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4]]))
    assert (card["nonmanifold_edges"], card["oriented"], card["genus"], card["watertight"]) == (1, False, None, False)
    turned = report_card(verts, np.array([[0, 1, 2], [1, 2, 4]]))
    assert (turned["nonmanifold_edges"], turned["oriented"], turned["genus"]) == (0, False, None)
    good = report_card(verts, np.array([[0, 1, 2], [2, 1, 4]]))
    assert (good["oriented"], good["genus"], good["boundary_loops"], good["components"]) == (True, 0, 1, 1)
    tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    card = report_card(verts, tetrahedron)
    assert (card["watertight"], card["genus"], card["components"]) == (True, 0, 1)  # one vertex is in no face
    assert card["volume"] == pytest.approx(1 / 6)
