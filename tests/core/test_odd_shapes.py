"""Thirty malformed or odd shapes, given to every engine: a finite basis or one clear sentence."""

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.jobs import JobContext
from eigenform.params import make
from eigenform.spectral import classical, learned, optimum
from eigenform.spectral.settings import ClassicalParams, LearnedParams, ProbeParams
from eigenform.types import Shape
from known_shapes import blob, icosphere

RNG = np.random.default_rng(0)
BLOB = blob(2)
V, F = BLOB.verts, BLOB.faces
N = len(V)


def copies(count, gap=3.0):
    verts = np.concatenate([V + [gap * i, 0, 0] for i in range(count)])
    return Shape(verts, np.concatenate([F + N * i for i in range(count)]))


def line(count):
    return Shape(np.column_stack([np.linspace(0, 1, count), np.zeros(count), np.zeros(count)]))


# name: (shape, the number of zero modes of the classical basis, or None where it may be refused)
ODD = {
    "one point": (Shape(np.zeros((1, 3))), None),
    "two points": (Shape(np.eye(3)[:2]), None),
    "three points": (Shape(np.eye(3)), None),
    "five points": (Shape(RNG.random((5, 3))), None),
    "ten points": (Shape(RNG.random((10, 3))), None),
    "equal points": (Shape(np.ones((40, 3))), None),
    "two places": (Shape(np.repeat(np.eye(3)[:2], 20, axis=0)), None),
    "points on a line": (line(60), None),
    "points in a plane": (Shape(np.column_stack([RNG.random((80, 2)), np.zeros(80)])), 1),
    "plane in 2-D": (Shape(RNG.random((80, 2))), 1),
    "points in 1-D": (Shape(RNG.random((60, 1))), None),
    "points in 5-D": (Shape(RNG.random((90, 5))), None),
    "points in 200-D": (Shape(RNG.random((50, 200))), None),
    "repeated points": (Shape(np.repeat(V, 3, axis=0)), 1),
    "repeated vertices of a mesh": (Shape(V[F.ravel()], np.arange(3 * len(F)).reshape(-1, 3)), None),
    "unreferenced vertices": (Shape(np.concatenate([V, RNG.random((5, 3))]), F), 1),
    "zero-area faces": (Shape(V, np.concatenate([F, [[0, 0, 1], [2, 2, 2]]])), 1),
    "repeated faces": (Shape(V, np.concatenate([F, F[:20]])), 1),
    "three faces on an edge": (Shape(np.concatenate([V, [[2.0, 2, 2]]]), np.concatenate([F, [[*F[0][:2], N]]])), 1),
    "flipped faces": (Shape(V, np.where(RNG.random(len(F))[:, None] < 0.5, F[:, ::-1], F)), 1),
    "two components": (copies(2), 2),
    "five components": (copies(5), 5),
    "touching components": (copies(2, gap=0.5), 2),
    "far from the origin": (Shape(V + 1e7, F), 1),
    "huge": (Shape(V * 1e7, F), 1),
    "tiny": (Shape(V * 1e-7, F), 1),
    "needles": (Shape(V * [1, 1, 1e-4], F), 1),
    "open": (Shape(V, F[: len(F) // 2]), 1),
    "one triangle": (Shape(np.eye(3), np.array([[0, 1, 2]])), None),
    "a far outlier": (Shape(np.concatenate([V, [[1e3, 0, 0]]])), None),
    "noise": (Shape(RNG.standard_normal((200, 3))), 1),
}

ENGINES = {
    "classical": lambda s: classical.solve(s, params=make(ClassicalParams, {"modes": 6}), ctx=JobContext()),
    "probes": lambda s: optimum.solve(s, params=make(ProbeParams, {"modes": 6, "samples": 150}), ctx=JobContext()),
    "learned": lambda s: learned.train(
        s,
        params=make(LearnedParams, {"modes": 6, "samples": 150, "steps": 2, "hidden": 16, "columns": 24, "draws": 1,
                                    "frequencies": 8, "device": "cpu"}),
        ctx=JobContext(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ODD)
def test_a_finite_basis_or_one_sentence(name, engine):
    shape, zeros = ODD[name]
    basis, sentence = None, ""
    try:
        basis = ENGINES[engine](shape)
    except InputError as error:
        sentence = str(error)
    if basis is None:
        assert zeros is None, f"repairable, yet refused: {sentence}"
        assert len(sentence) < 300
        assert "\n" not in sentence
        return
    scale = np.abs(basis.evecs).max()
    assert np.isfinite(scale)
    assert np.isfinite(basis.evals).all()
    assert basis.evals[0] == 0
    gram = basis.evecs.T @ (basis.mass[:, None] * basis.evecs)
    assert gram == pytest.approx(np.eye(6), abs=1e-6)
    if zeros is not None and engine == "classical":
        assert np.count_nonzero(basis.evals < 1e-9 * basis.evals[-1]) == min(zeros, 6)


def test_there_are_thirty():
    assert len(ODD) >= 30


@pytest.mark.parametrize("engine", ENGINES)
def test_the_offset_of_the_origin_changes_nothing(engine):
    near, far = ENGINES[engine](BLOB), ENGINES[engine](Shape(V + 1e7, F))
    assert far.evals == pytest.approx(near.evals, rel=1e-3, abs=1e-9)


def test_separate_spheres_keep_their_zero_modes_in_every_engine():
    sphere = icosphere(2)
    n = len(sphere.verts)
    shape = Shape(
        np.concatenate([sphere.verts, 0.5 * sphere.verts + [3, 0, 0]]),
        np.concatenate([sphere.faces, sphere.faces + n]),
    )
    for solve in ENGINES.values():
        assert np.count_nonzero(solve(shape).evals < 1e-9) == 2
