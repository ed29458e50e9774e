"""The neural field: known answers on a sphere, the residual start, checkpoints, pause and cancel."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
import torch
from eigenform import registry
from eigenform.errors import Cancelled, InputError
from eigenform.implicit.fields import central_gradients, field_of, inner_field, make_field
from eigenform.implicit.frame import Frame
from eigenform.implicit.neural import learned, teacher, training
from eigenform.implicit.neural.display import Display
from eigenform.implicit.neural.eikonal import divergence_share
from eigenform.implicit.neural.learned import train
from eigenform.implicit.neural.networks import KINDS, build
from eigenform.implicit.neural.settings import NeuralParams
from eigenform.io.checkpoints import read_checkpoint
from eigenform.jobs import JobContext
from eigenform.params import make
from eigenform.types import Shape

SMALL = {"steps": 30, "device": "cpu", "resolution": 40, "teacher": "64", "finest": 16, "batch": 2048}
EIKONAL = {"training": "eikonal", "frequency": "10", "hidden": 32, "layers": 2, "batch": 256}
CENTRE, RADIUS = np.array([5.0, -2.0, 1.0]), 3.0


def sphere(count=1000, normals=True):
    directions = np.random.default_rng(0).standard_normal((count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return Shape(CENTRE + RADIUS * directions, normals=directions if normals else None, name="sphere")


def run(ctx=None, shape=None, **changes):
    found = make(NeuralParams, {**SMALL, **changes})
    return train(shape or sphere(), params=found, ctx=ctx or JobContext(preview_every=None))


@pytest.fixture(autouse=True)
def solved_once(monkeypatch):
    """The grid solve has tests of its own: here each is made once."""

    def remembered(shape, params, ctx):
        key = (shape.verts.tobytes(), shape.normals is None, params.teacher, params.seed, params.normals, params.crop)
        if key not in _SOLVED:
            _SOLVED[key] = teacher.solved(shape, params, ctx)
        return _SOLVED[key]

    monkeypatch.setattr(learned, "solved", remembered)


_SOLVED: dict = {}


def radius_error(surface):
    return np.abs(np.linalg.norm(surface.verts - CENTRE, axis=1) - RADIUS).mean() / (2 * RADIUS)


@pytest.fixture
def base():
    if not _BASE:
        _BASE.append(run())
    return _BASE[0]


_BASE: list = []


def test_the_field_of_a_sphere_is_its_distance(base):
    assert radius_error(base) < 2e-3
    field = field_of(base)
    points = CENTRE + np.random.default_rng(1).uniform(-3.2, 3.2, (500, 3))
    truth = np.linalg.norm(points - CENTRE, axis=1) - RADIUS
    near = np.abs(truth) < 0.5
    assert field.values(points)[near] == pytest.approx(truth[near], abs=0.08)
    assert (np.sign(field.values(points)) == np.sign(truth))[np.abs(truth) > 0.05].all()
    report = base.meta["report"]
    assert (report["watertight"], report["components"], report["genus"]) == (True, 1, 0)
    assert base.meta["params"]["seed"] == 0
    assert base.meta["steps"] <= 30


def test_residual_starts_as_the_grid_solve_and_never_gets_worse(base):
    start = run(steps=0)
    points = CENTRE + np.random.default_rng(1).uniform(-4, 4, (400, 3))
    spec = start.spec
    arrays = {k[5:]: v for k, v in start.arrays.items() if k.startswith("base.")}
    teacher = make_field({**spec["base"]}, arrays)
    assert np.array_equal(field_of(start).values(points), teacher.values(points))
    assert field_of(start).gradients(points) == pytest.approx(teacher.gradients(points), abs=1e-12)
    assert base.meta["held_out"] <= base.meta["held_out_start"] == start.meta["held_out"]


def test_training_improves_on_a_coarse_start_and_moves_no_farther_than_its_reach(monkeypatch):
    shape = sphere()
    frame = Frame.of_points(shape.verts)
    axis = np.linspace(-0.56, 0.56, 25)
    radius = RADIUS / frame.scale
    away = (frame.to_unit(CENTRE[None])[0] - np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)) ** 2
    spec = {"kind": "samples", "box": [[-0.56] * 3, [0.56] * 3], "resolution": 25}
    state = {"spec": spec, "frame": frame.spec(), "box": frame.box().tolist(), "open": "closed", "noise": 0.0}
    arrays = {"samples": np.sqrt(away.sum(-1)) - radius}
    lesson = teacher.Lesson(frame.to_unit(shape.verts), shape.normals, arrays, {**state, "normals": {}})
    monkeypatch.setattr(learned, "solved", lambda *_: lesson)
    found = run(shape=shape, steps=60, learning_rate=0.01)
    assert found.meta["held_out"] < 0.5 * found.meta["held_out_start"]
    points = np.random.default_rng(3).uniform(-0.56, 0.56, (3000, 3))
    moved = inner_field(found.spec, found.arrays).values(points) - inner_field(spec, arrays).values(points)
    assert 0 < np.abs(moved).max() <= found.spec["reach"]


@pytest.mark.parametrize("changes", [{}, {"residual": False}, {"network": "siren", "frequency": "10", "hidden": 16}])
def test_gradients_agree_with_finite_differences(changes):
    surface = run(steps=8, **changes)
    field = inner_field(surface.spec, surface.arrays)
    points = np.random.default_rng(2).uniform(-0.7, 0.7, (300, 3))
    exact, seen = field.gradients(points), central_gradients(field, points, 1e-3)
    # linear grids have kinks: a few differences straddle one
    assert np.median(np.abs(exact - seen)) < 1e-3
    assert np.quantile(np.abs(exact - seen), 0.9) < 2e-2


def test_same_seed_same_bits_other_seed_others(base):
    again, other = run(), run(seed=1)
    assert all(np.array_equal(base.arrays[k], again.arrays[k]) for k in base.arrays)
    assert np.array_equal(base.verts, again.verts)
    assert not all(np.array_equal(base.arrays[k], other.arrays[k]) for k in base.arrays)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("dimension", "out"), [(3, 1), (2, 3)])
def test_every_network_is_built_from_its_seed_and_starts_at_zero_where_asked(kind, dimension, out):
    config = {"kind": kind, "dimension": dimension, "out": out, "hidden": 8, "layers": 2}
    config |= {"levels": 3, "coarse": 4, "fine": 40, "table": 8} if kind == "hash" else {}
    points = torch.rand(50, dimension) * 2 - 1
    before = torch.get_rng_state()
    one, two = build(config, 3)(points), build(config, 3)(points)
    assert torch.equal(torch.get_rng_state(), before)
    assert one.shape == (50, out)
    assert torch.equal(one, two)
    assert not torch.equal(one, build(config, 4)(points))
    assert (build({**config, "zero": True}, 3)(points) == 0).all()


def test_an_unknown_network_is_refused_in_words():
    with pytest.raises(InputError, match="siren"):
        build({"kind": "abacus"})


def test_dense_levels_of_a_hash_grid_read_linearly():
    net = build({"kind": "hash", "levels": 1, "coarse": 5, "fine": 5, "table": 10, "features": 1, "hidden": 4}, 0)
    axis = torch.linspace(-1, 1, 5)
    nodes = torch.cartesian_prod(axis, axis, axis)
    with torch.no_grad():
        net.tables[0][:, 0] = nodes @ torch.tensor([1.0, 2.0, 3.0])
        net.head = torch.nn.Identity()
    points = torch.rand(100, 3) * 2 - 1
    assert net(points)[:, 3].detach().numpy() == pytest.approx(
        (points @ torch.tensor([1.0, 2.0, 3.0])).numpy(), abs=1e-5
    )


@pytest.mark.parametrize(
    "changes", [{"network": "hash", "batch": 128, "steps": 3}, {"network": "finer", "frequency": "1", "batch": 256},
                {"network": "fourier", "frequency": "2", "batch": 256}],
)  # fmt: skip
def test_other_networks_train_from_the_same_start(changes):
    found = run(**{**changes, "hidden": 16, "steps": 5})
    assert found.meta["held_out"] <= found.meta["held_out_start"]
    assert radius_error(found) < 2e-3


@pytest.mark.parametrize("changes", [{"normals": "ignore"}, {}, {"loss": "igr"}])
def test_the_eikonal_equation_is_learned_with_and_without_normals(changes):
    found = run(**{**EIKONAL, "steps": 60, **changes})
    assert found.meta["held_out"] < 0.3 * found.meta["held_out_start"]
    assert radius_error(found) < 0.02
    assert field_of(found).values(CENTRE[None])[0] < 0 < field_of(found).values(CENTRE[None] + 3.3)[0]
    slopes = np.linalg.norm(field_of(found).gradients(found.verts), axis=1)
    assert np.median(np.abs(slopes - 1)) < 0.15


def test_the_divergence_term_holds_then_fades():
    assert [divergence_share(s) for s in (0.0, 0.2, 0.3, 0.4, 1.0)] == pytest.approx([1, 1, 0.5, 0, 0])


def test_fresh_chooses_and_says_why():
    found = run(network="siren", hidden=8, layers=2, steps=2, batch=64)
    fresh = found.meta["fresh"]
    assert fresh["chosen"] == found.meta["network"]["frequency"]
    assert fresh["chosen"] == fresh["candidates"][int(np.argmin(fresh["distances"]))]
    assert len(fresh["spectra"]) == len(fresh["candidates"])


def test_a_preview_grid_is_exact_near_the_surface():
    surface = run(steps=10, residual=False, finest=32)
    from eigenform.implicit.neural.model import NetworkField

    model, frame = NetworkField(surface.spec, surface.arrays), Frame.of_spec(surface.spec)
    display = Display(frame, surface.box, 64)
    seen = display.samples(model)
    assert seen.shape == (65, 65, 65)
    axis = np.linspace(-0.56, 0.56, 65)
    nodes = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    full = model.values(nodes).reshape(seen.shape) * frame.scale
    near = np.abs(full) < 0.03 * frame.scale
    assert seen[near] == pytest.approx(full[near], abs=1e-5)
    assert (np.sign(seen) == np.sign(full)).mean() > 0.999


class StopAt(JobContext):
    """Cancels at a step, and keeps what was told."""

    def __init__(self, at, **more):
        super().__init__(preview_every=None, **more)
        self.at = at

    def step(self, i, n, message=None, **scalars):
        if i == self.at:
            self.cancel()
        super().step(i, n, message, **scalars)


@pytest.mark.parametrize("changes", [{}, EIKONAL])
def test_a_run_taken_up_again_equals_one_never_stopped(tmp_path, changes):
    whole_ctx = JobContext(preview_every=None)
    whole = run(whole_ctx, **changes)
    path = tmp_path / "run.ckpt"
    with pytest.raises(Cancelled):
        run(StopAt(13, checkpoint_path=path), **changes)
    ctx = JobContext(restored=read_checkpoint(path), preview_every=None)
    parted = run(ctx, **changes)
    assert ctx.history()[0][0] == 13
    assert dict(ctx.history())[30]["loss"] == dict(whole_ctx.history())[30]["loss"]
    assert all(np.array_equal(whole.arrays[k], parted.arrays[k]) for k in whole.arrays)
    assert whole.meta["curve"] == parted.meta["curve"]
    with pytest.raises(InputError, match="other parameters"):
        run(JobContext(restored=read_checkpoint(path)), **{**changes, "seed": 5})


def test_killed_and_taken_up_again_the_loss_is_that_of_an_uninterrupted_run(tmp_path):
    path, steps = tmp_path / "run.ckpt", 400
    script = f"""
        import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})
        from test_neural_field import *
        class Waits(JobContext):
            def step(self, i, n, message=None, **scalars):
                super().step(i, n, message, **scalars)
                if i == 30:  # for the kill, which else might come too late
                    time.sleep(600)
        run(Waits(checkpoint_path=__import__("pathlib").Path({str(path)!r}), checkpoint_every=0,
            preview_every=None), steps={steps}, network="siren", patience=1, **SIREN)
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    try:
        limit = time.monotonic() + 60
        while not path.exists() and child.poll() is None and time.monotonic() < limit:
            time.sleep(0.01)
        time.sleep(0.1)
        assert child.poll() is None, "it was to be killed while it works"
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    stored = read_checkpoint(path)
    at = stored.state["training"]["step"]
    assert 0 < at < steps
    end = at + 20
    # the rate follows from the number of steps, which is kept
    one, two = StopAt(end), StopAt(end, restored=stored)
    for ctx in (one, two):
        with pytest.raises(Cancelled):
            run(ctx, steps=steps, network="siren", patience=1, **SIREN)
    assert dict(two.history())[end]["loss"] == pytest.approx(dict(one.history())[end]["loss"], abs=1e-6)


SIREN = {"frequency": "10", "hidden": 16, "layers": 2, "batch": 256}


def test_pause_and_cancel_are_answered_at_once():
    ctx = JobContext(preview_every=None)
    seen = []
    thread = threading.Thread(target=lambda: _until_cancelled(ctx, seen))
    thread.start()
    while not ctx.history() and thread.is_alive():
        time.sleep(0.005)
    ctx.pause()
    time.sleep(0.3)
    reached = len(ctx.history())
    time.sleep(0.2)
    assert len(ctx.history()) == reached
    ctx.resume()
    while len(ctx.history()) == reached and thread.is_alive():
        time.sleep(0.005)
    began = time.monotonic()
    ctx.cancel()
    thread.join(5)
    assert seen == ["cancelled"]
    assert time.monotonic() - began < 2  # half a second where the machine has nothing else to do


def _until_cancelled(ctx, seen):
    try:
        run(ctx, steps=100_000, patience=1)
    except Cancelled:
        seen.append("cancelled")


def test_a_time_budget_plans_its_steps_once_and_keeps_them(tmp_path):
    ctx = JobContext(preview_every=None)
    found = run(ctx, seconds=4.0, patience=1, network="siren", **SIREN)
    assert found.meta["steps_planned"] >= found.meta["steps"] >= 13
    assert ctx.progress().elapsed < 12


def test_it_stops_by_itself_when_nothing_improves():
    found = run(steps=2000, patience=0.02, learning_rate=1e-9)
    assert found.meta["stopped"] == "the held-out error has stalled"
    assert found.meta["steps"] < 100


def test_previews_are_surfaces_that_only_get_better(monkeypatch):
    monkeypatch.setattr(training, "PREVIEW_SHARE", 1e9)

    class Watched(JobContext):
        seen: list = []

        def preview(self, value):
            self.seen.append(value)
            super().preview(value)

    ctx = Watched(preview_every=0.0)
    run(ctx, residual=False)
    errors = [s.meta["held_out"] for s in ctx.seen if s.meta.get("method") == "neural"]
    assert len(errors) > 1
    assert errors == sorted(errors, reverse=True)
    assert all(
        np.shares_memory(a, b) is False
        for a, b in zip(ctx.seen[-1].arrays.values(), ctx.seen[-2].arrays.values(), strict=True)
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"network": "grids", "training": "eikonal"}, "smooth derivatives"),
     ({"network": "siren", "frequency": "fast"}, "fresh"),
     ({"training": "eikonal", "crop": "9 9 9"}, "six numbers")],
)  # fmt: skip
def test_what_cannot_be_is_said_in_one_sentence(changes, words):
    with pytest.raises(InputError, match=words):
        run(**changes)


def test_bad_points_are_said_in_one_sentence():
    with pytest.raises(InputError, match="distinct points"):
        run(shape=Shape(np.zeros((50, 3))), **EIKONAL)
    bad = sphere()
    normals = bad.normals.copy()
    normals[3] = 0
    with pytest.raises(InputError, match="zero or not finite"):
        run(shape=bad.replace(normals=normals), **EIKONAL)


def test_the_record_is_registered_with_presets_that_parse():
    record = registry.get("neural")
    assert record.verb == "implicit"
    for name in record.presets:
        make(record.params_class(), record.preset(name))
