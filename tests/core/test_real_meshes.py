"""The promise on a real mesh: modes of raw points that span those of the mesh Laplacian."""

import os
from pathlib import Path

import pytest
from eigenform.io.read import read_shape
from eigenform.jobs import JobContext
from eigenform.params import make
from eigenform.spectral import classical, learned
from eigenform.spectral.compare import compare
from eigenform.spectral.settings import ClassicalParams, LearnedParams

DATA = os.environ.get("EIGENFORM_DATA")


@pytest.mark.skipif(not DATA, reason="EIGENFORM_DATA is not set")
def test_a_short_training_spans_the_modes_of_the_mesh():
    shape = read_shape(Path(DATA or "") / "meshes" / "koala.obj")
    reference = classical.solve(shape, params=make(ClassicalParams), ctx=JobContext())
    found = {}
    for steps in (0, 40):
        params = make(LearnedParams, {"steps": steps, "draws": 2, "device": "cpu"})
        found[steps] = learned.train(shape, params=params, ctx=JobContext(preview_every=None))
    untrained, trained = (compare(found[steps], reference) for steps in (0, 40))
    assert trained.captured_span["50"] > 0.99
    assert trained.captured_span["50"] > untrained.captured_span["50"]
    assert trained.eval_error < 0.02
    assert found[40].meta["ratio"] < 1.001
