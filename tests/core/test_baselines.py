import os
import signal

import numpy as np
import pytest
import trimesh
from eigenform import jobs, registry
from eigenform.errors import Cancelled, InputError
from eigenform.implicit.baselines.limited import limited_call
from eigenform.implicit.report import report_card
from eigenform.jobs import JobContext
from eigenform.params import make
from eigenform.types import Shape


def cloud(normals: bool = True) -> Shape:
    verts = np.array(trimesh.creation.icosphere(subdivisions=3).vertices)
    return Shape(3 * verts + [10.0, 0, 0], normals=verts if normals else None, name="points")


def run(name, shape, ctx=None, **values):
    record = registry.get(name)
    return jobs.run(record, [shape], make(record.params_class(), values), ctx)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def sleep() -> None:
    import time

    time.sleep(60)


def fail() -> None:
    raise OSError("no such thing")


def test_poisson_closes_a_sphere_in_input_units_and_twice_the_same():
    found = run("poisson", cloud(), depth=5)
    card = report_card(found.verts, found.faces)
    assert (card["watertight"], card["genus"], card["components"]) == (True, 0, 1)
    assert card["volume"] == pytest.approx(4 / 3 * np.pi * 27, rel=0.03)
    assert np.array_equal(run("poisson", cloud(), depth=5).verts, found.verts)
    assert found.notes == ()


def test_poisson_trims_where_points_are_few_and_says_so():
    half = cloud()
    kept = half.verts[:, 2] < 1
    bowl = Shape(half.verts[kept], normals=half.normals[kept])
    trimmed = run("poisson", bowl, depth=5, trim=0.3)
    assert not report_card(trimmed.verts, trimmed.faces)["watertight"]
    assert len(trimmed.verts) < len(run("poisson", bowl, depth=5).verts)
    assert "left out" in trimmed.notes[-1]


def test_ball_pivoting_goes_through_the_points_and_estimates_normals():
    found = run("ball-pivoting", cloud(normals=False))
    assert len(found.verts) == len(cloud().verts)
    assert np.linalg.norm(found.verts - [10.0, 0, 0], axis=1) == pytest.approx(3.0)
    assert "estimated" in found.notes[-1]
    a, b, c = (found.verts[found.faces[:, i]] - [10.0, 0, 0] for i in range(3))
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a) > 0).mean() > 0.99
    small = run("ball-pivoting", cloud(), radius=0.4, balls=1)
    assert len(small.faces) > 0


def test_a_crash_a_failure_and_a_time_limit_are_one_sentence():
    here = "test_baselines:"
    with pytest.raises(InputError, match=r"Toy gave no result and nothing else was lost: .*SIGSEGV"):
        limited_call(here + "crash", "Toy", JobContext(), 30)
    with pytest.raises(InputError, match=r"Toy gave no result .* no such thing"):
        limited_call(here + "fail", "Toy", JobContext(), 30)
    with pytest.raises(InputError, match=r"Toy was ended after 0.3 seconds"):
        limited_call(here + "sleep", "Toy", JobContext(), 0.3)


def test_a_cancel_ends_the_child():
    ctx = JobContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        limited_call("test_baselines:sleep", "Toy", ctx, 30)


def test_points_that_span_nothing_are_refused():
    line = Shape(np.outer(np.arange(20.0), [1, 2, 3]), name="line")
    with pytest.raises(InputError, match="on a line"):
        run("poisson", line)
    with pytest.raises(InputError, match="at least 12"):
        run("ball-pivoting", Shape(np.eye(3)))
