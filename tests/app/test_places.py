"""Vertices of a figure that moves, at some rows or all."""

from __future__ import annotations

import numpy as np
from eigenform_app.places import Places
from eigenform_app.pose_figures import Skinned


def test_some_rows_are_those_of_all_of_them() -> None:
    rng = np.random.default_rng(0)
    verts, faces = rng.normal(size=(60, 3)), rng.integers(0, 60, (90, 3))
    bones, weights = rng.integers(0, 5, (60, 4)), rng.dirichlet(np.ones(4), 60)
    skinned = Skinned(verts, faces, bones, weights, 5)
    transforms = np.tile(np.eye(4), (5, 1, 1))
    transforms[:, :3] += 0.2 * rng.normal(size=(5, 3, 4))
    rows = np.array([3, 59, 17, 17])
    for offsets in (0.0, 0.1 * rng.normal(size=(60, 3))):
        whole = skinned.follow(transforms, offsets).at()
        places = skinned.follow(transforms, offsets)
        for wanted, found in zip(whole, places.at(rows), strict=True):
            np.testing.assert_allclose(found, wanted[rows], atol=1e-6)
        blended = (weights[:, :, None, None] * transforms[bones]).sum(axis=1)
        by_hand = np.einsum("vij,vj->vi", blended[:, :3, :3], verts + offsets) + blended[:, :3, 3]
        np.testing.assert_allclose(whole[0], by_hand, atol=1e-5)


def test_a_pose_keeps_the_shape_that_it_was_asked_in() -> None:
    verts, faces = np.eye(3), np.array([[0, 1, 2]])
    skinned = Skinned(verts, faces, np.zeros((3, 1), int), np.ones((3, 1)), 1)
    places = skinned.follow(np.eye(4)[None])
    skinned.set_verts(2 * verts)
    np.testing.assert_allclose(places.at()[0], verts)


def test_nothing_is_worked_out_twice() -> None:
    asked: list[object] = []

    def work_out(rows: np.ndarray | None) -> tuple[np.ndarray, None]:
        asked.append(rows)
        return np.zeros((4, 3))[slice(None) if rows is None else rows], None

    places, rows = Places(4, work_out), np.array([1, 2])
    places.at(rows)
    places.at(rows)
    assert len(asked) == 1
    places.at()
    places.at()
    assert len(places.at(rows)[0]) == 2
    assert len(asked) == 2
