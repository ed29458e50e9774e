import threading

import numpy as np
import pytest
from eigenform import registry
from eigenform.errors import Cancelled, InputError
from eigenform.io.checkpoints import read_checkpoint
from eigenform.jobs import JobContext
from eigenform.params import make
from eigenform.spectral.draws import make_draw
from eigenform.spectral.evaluate import evaluate
from eigenform.spectral.learned import train
from eigenform.spectral.model import Model
from eigenform.spectral.optimum import solve
from eigenform.spectral.settings import PROBES, LearnedParams, ProbeParams
from eigenform.types import Shape
from known_shapes import blob, captured, flat_torus, icosphere, random_rotation

SMALL = {"modes": 8, "samples": 300, "steps": 6, "hidden": 32, "columns": 48, "frequencies": 12, "draws": 2,
         "device": "cpu", "probe_count": 64, "bandwidth": 2.0}  # fmt: skip


def run(shape, ctx=None, **changes):
    return train(shape, params=make(LearnedParams, {**SMALL, **changes}), ctx=ctx or JobContext())


@pytest.fixture(scope="module")
def base():
    return run(blob(3))


def test_the_basis_keeps_its_contract(base):
    shape = blob(3)
    assert base.evecs.shape == (len(shape.verts), 8)
    assert base.evecs.T @ (base.mass[:, None] * base.evecs) == pytest.approx(np.eye(8), abs=1e-10)
    assert np.ptp(base.evecs[:, 0]) < 1e-12
    assert base.evals[0] == 0
    assert np.all(np.diff(base.evals) >= 0)
    assert base.meta["ratio"] >= 1 - 1e-6
    assert base.meta["loss"] == pytest.approx(base.meta["ratio"] * base.meta["optimum"])
    assert base.meta["samples"] == 300
    assert base.meta["params"]["bandwidth"] == 2.0
    assert base.meta["normalisation"]["scale"] > 0


def test_training_lowers_the_loss_towards_the_optimum_and_beats_the_untrained_network():
    shape = blob(3)
    untrained = run(shape, steps=0)
    trained = run(shape, steps=60)
    assert 1 <= trained.meta["ratio"] < 1 + 0.6 * (untrained.meta["ratio"] - 1)
    exact = solve(shape, params=ProbeParams(modes=8, samples=300), ctx=JobContext())
    score = [captured(b.evecs, exact.evecs, exact.mass) for b in (untrained, trained)]
    assert score[1] > score[0]
    assert score[1] > 0.95


def test_same_seed_same_result_other_seed_another(base):
    assert np.array_equal(run(blob(3)).evecs, base.evecs)
    assert not np.allclose(run(blob(3), seed=1).evecs, base.evecs)


def test_rotation_permutation_and_scale_span_the_same_modes():
    shape, rng = blob(3), np.random.default_rng(0)
    order = rng.permutation(len(shape.verts))
    moved = 3 * shape.verts[order] @ random_rotation(5).T + [10.0, -4, 2]
    options = {"steps": 40, "columns": 96, "hidden": 64}
    one, two = run(shape, **options), run(Shape(moved, np.argsort(order)[shape.faces]), **options)
    assert captured(one.evecs[order], two.evecs, two.mass) > 0.99
    assert captured(two.evecs, one.evecs[order], two.mass) > 0.99


@pytest.mark.parametrize(
    ("name", "value"),
    [("network", "transformer"), ("last_layer", "qr"), ("inner_product", "uniform"), ("inner_product", "mass"),
     ("eigenvalues", "mean-error"), ("eigenvalues", "max-error"), ("precision", "mixed"), ("draws", 1),
     ("resample_every", 2), ("schedule", "cosine"), ("schedule", "constant"), ("weight_decay", 0.5), ("clip", 1e-3),
     ("learning_rate", 0.02), ("frequencies", 30), ("bandwidth", 4.0), ("hidden", 16), ("layers", 1), ("columns", 32),
     ("width", "self-tuned"), ("alpha", 0.0), ("neighbours", 12), ("samples", 200), ("steps", 3),
     *(("probes", p) for p in PROBES if p != "exact")],
)  # fmt: skip
def test_every_option_trains_and_changes_the_result(base, name, value):
    basis = run(blob(3), **{name: value})
    assert np.isfinite(basis.evecs).all()
    assert np.isfinite(basis.meta["loss"])
    assert not np.allclose(basis.evecs, base.evecs, atol=1e-9) or not np.allclose(basis.evals, base.evals, rtol=1e-6)


def test_as_published_trains_and_stays_above_its_lower_bound():
    preset = registry.get("learned").preset("as-published")
    small = {k: SMALL[k] for k in ("modes", "samples", "hidden", "device", "probe_count")}
    ctx = JobContext()
    basis = run(blob(3), ctx, **{**preset, **small, "layers": 2, "steps": 12, "hidden": 64})
    ratios = [s["ratio"] for _, s in ctx.history()]
    assert basis.meta["optimum_is"] == "lower bound"
    assert min(ratios) >= 1
    assert ratios[-1] < ratios[0]
    assert basis.meta["params"]["network"] == "transformer"
    assert evaluate(basis, blob(3)).evecs == pytest.approx(basis.evecs, abs=1e-6)


def test_the_learned_inner_product_needs_the_plain_last_layer():
    with pytest.raises(InputError, match="qr"):
        run(blob(2), inner_product="learned")


def test_no_more_than_the_asked_seconds():
    ctx = JobContext()
    run(blob(2), ctx, steps=100_000, seconds=0.2, samples=100)
    assert 0 < ctx.progress().step < 100_000


def test_evaluation_gives_the_same_modes_and_goes_to_any_resolution(base):
    again = evaluate(base, blob(3))
    assert again.evecs == pytest.approx(base.evecs, abs=1e-10)
    assert again.evals == pytest.approx(base.evals)
    fine = evaluate(base, blob(4))
    assert fine.evecs.shape == (2562, 8)
    assert fine.evecs.T @ (fine.mass[:, None] * fine.evecs) == pytest.approx(np.eye(8), abs=1e-10)
    # the vertices of the coarser sphere come first in the finer one
    assert captured(fine.evecs[:642], base.evecs, base.mass) > 0.99


def test_evaluation_refuses_what_it_cannot_do(base):
    with pytest.raises(InputError, match="no network"):
        evaluate(base.replace(network=None), blob(2))
    with pytest.raises(InputError, match="3 coordinates"):
        evaluate(base, Shape(np.random.default_rng(0).random((30, 5))))
    broken = {k: v for k, v in base.network.items() if k != "last"}
    with pytest.raises(InputError, match="stored network"):
        evaluate(base.replace(network=broken), blob(2))


def test_points_of_any_dimension_without_a_mesh():
    points = flat_torus(700)
    basis = run(Shape(points), samples=700, modes=9, steps=30, columns=96, frequencies=40)
    exact = solve(Shape(points), params=ProbeParams(modes=9, samples=700), ctx=JobContext())
    assert basis.mass.sum() == pytest.approx(1)
    assert basis.evals[1] == pytest.approx(1)
    assert captured(basis.evecs, exact.evecs[:, :5], basis.mass) > 0.95


def test_components_are_zero_eigenvalues_and_survive_evaluation():
    sphere = icosphere(2)
    n = len(sphere.verts)
    verts = np.concatenate([sphere.verts, sphere.verts + [2.6, 0, 0]])
    basis = run(Shape(verts, np.concatenate([sphere.faces, sphere.faces + n])), modes=6)
    assert np.count_nonzero(basis.evals == 0) == 2
    assert np.ptp(basis.evecs[:n, :2], axis=0).max() < 1e-9
    again = evaluate(basis, Shape(verts[::-1], 2 * n - 1 - basis.faces))
    assert np.abs(again.evecs[::-1, :2]) == pytest.approx(np.abs(basis.evecs[:, :2]), abs=1e-9)
    with pytest.raises(InputError, match="do not tell"):  # half the shape cannot hold both constants
        evaluate(basis, Shape(verts[:n], sphere.faces))


def test_a_learned_transformer_agrees_with_itself_on_its_context():
    basis = run(blob(2), network="transformer", samples=162, columns=24, layers=2)
    model = Model.from_arrays(basis.meta["network"], basis.network)
    points = blob(2).verts
    cloud = run(Shape(points), network="transformer", samples=162, columns=24, layers=2)
    one = Model.from_arrays(cloud.meta["network"], cloud.network)
    part, whole = one.modes_at(points[:40]), one.modes_at(points)
    assert part == pytest.approx(whole[:40], abs=1e-4)
    assert model.modes_at(points).shape == (162, 8)


def test_a_checkpoint_continues_as_if_nothing_had_happened(tmp_path):
    path = tmp_path / "run.checkpoint"

    class Stop(JobContext):
        def step(self, i, n, message=None, **scalars):
            super().step(i, n, message, **scalars)
            if i == 5:
                raise Cancelled

    for options in ({}, {"resample_every": 2}, {"network": "transformer", "last_layer": "qr"}):
        ctx = Stop(checkpoint_path=path, checkpoint_every=0)
        with pytest.raises(Cancelled):
            run(blob(3), ctx, steps=8, **options)
        resumed = run(blob(3), JobContext(restored=read_checkpoint(path)), steps=8, **options)
        whole = run(blob(3), steps=8, **options)
        assert resumed.meta["loss"] == pytest.approx(whole.meta["loss"], rel=1e-6)
        assert captured(resumed.evecs, whole.evecs, whole.mass) > 1 - 1e-6


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    ctx = JobContext(checkpoint_path=tmp_path / "a", checkpoint_every=0)
    run(blob(2), ctx, samples=100)
    restored = JobContext(restored=read_checkpoint(tmp_path / "a"))
    for shape, options in ((blob(2), {"hidden": 16}), (blob(2), {"clip": 0.5}), (icosphere(2), {})):
        with pytest.raises(InputError, match="other parameters or another shape"):
            run(shape, restored, samples=100, **options)
    longer = run(blob(2), restored, samples=100, steps=9)
    assert longer.meta["steps"] == 9


def test_a_cancelled_run_leaves_a_checkpoint(tmp_path):
    path = tmp_path / "run"
    ctx = JobContext(checkpoint_path=path)
    ctx.step = lambda i, *_, **__: ctx.cancel() if i == 3 else ctx.check()
    with pytest.raises(Cancelled):
        run(blob(2), ctx, samples=100)
    assert read_checkpoint(path).state["step"] >= 3


def test_the_first_preview_comes_before_any_step_and_cancel_stops_the_run():
    ctx = JobContext(preview_every=0.0)
    seen = []

    class Watch(JobContext):
        def preview(self, value):
            seen.append((self.progress().step, value.evecs.shape, value.meta["preview"]))

    run(blob(2), Watch(preview_every=0.0), samples=100)
    assert seen[0] == (0, (162, 8), True)
    ended = []

    def endless():
        with pytest.raises(Cancelled):
            run(blob(2), ctx, steps=100_000, samples=100)
        ended.append(True)

    worker = threading.Thread(target=endless)
    worker.start()
    while ctx.progress().step < 2:
        pass
    ctx.cancel()
    worker.join(10)
    assert ended


def test_mass_weighted_training_really_uses_the_estimated_mass():
    points = blob(3).verts[:300]
    draw = make_draw(points, ProbeParams(modes=8), inner_product="mass")
    assert draw.weight.sum() == pytest.approx(1)
    assert draw.weight != pytest.approx(make_draw(points, ProbeParams(modes=8)).weight, rel=1e-3)


def test_a_few_points_are_enough_or_refused_in_words():
    rng = np.random.default_rng(0)
    basis = run(Shape(rng.random((12, 3))), modes=5)
    assert np.isfinite(basis.evecs).all()
    with pytest.raises(InputError, match="distinct points"):
        run(Shape(rng.random((4, 3))), modes=8)
