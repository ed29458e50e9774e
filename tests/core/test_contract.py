"""What a stranger's script may rely on, run from end to end: files in, the command line, files out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from eigenform import cli, jobs, registry
from eigenform.errors import Cancelled, InputError
from eigenform.geometry import neighbours
from eigenform.io.basis_npz import read_basis_npz
from eigenform.io.sentences import brief
from eigenform.io.write import write_shape
from eigenform.jobs import JobContext
from eigenform.memory import forecast
from eigenform.params import make
from eigenform.spectral import learned, loss
from eigenform.spectral.assemble import orthonormalise, shape_mass
from eigenform.spectral.draws import POOL, choose_samples, make_draw, point_pool
from eigenform.spectral.interpolate import interpolate
from eigenform.spectral.model import away_from_zero
from eigenform.spectral.settings import PROBES, LearnedParams, ProbeParams
from eigenform.spectral.signs import fix_signs
from eigenform.types import Basis, Shape
from known_shapes import blob

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows shells close no streams")
SMALL = {
    "classical": ["--modes", "9"],
    "probes": ["--modes", "9", "--samples", "250"],
    "learned": [
        "--modes",
        "9",
        "--samples",
        "250",
        "--steps",
        "4",
        "--columns",
        "32",
        "--hidden",
        "32",
        "--draws",
        "2",
    ],
}


def basis(file: Path, out: Path, method: str, *flags: str) -> Basis:
    """Run ``eigenform basis`` and read what it wrote."""
    arguments = ["basis", str(file), "--method", method, "--out", str(out), "--quiet", "--force"]
    assert cli.main([*arguments, *SMALL[method], *flags]) == 0
    return read_basis_npz(out)


def seamed(path: Path, verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Write an OBJ in which every face has vertices of its own; return the positions in order of first occurrence."""
    corners = verts[faces].reshape(-1, 3)
    lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in corners.tolist()]
    lines += [f"f {3 * i + 1} {3 * i + 2} {3 * i + 3}" for i in range(len(faces))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    first = dict.fromkeys(map(tuple, corners.tolist()))
    return np.array(list(first))


@pytest.mark.parametrize("method", SMALL)
def test_a_basis_file_keeps_every_promise(tmp_path: Path, method: str) -> None:
    shape = blob(2)
    expected = seamed(tmp_path / "shape.obj", shape.verts, shape.faces)
    seamed(tmp_path / "larger.obj", shape.verts * 10, shape.faces)
    found = basis(tmp_path / "shape.obj", tmp_path / "a.npz", method)
    assert np.array_equal(found.verts, expected)
    corners = found.verts[found.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    assert found.mass.sum() == pytest.approx(area, rel=1e-12)
    assert found.evecs.T @ (found.mass[:, None] * found.evecs) == pytest.approx(np.eye(9), abs=1e-9)
    assert found.evals[0] == 0 < found.evals[1]
    assert np.all(np.diff(found.evals) >= 0)
    assert np.ptp(found.evecs[:, 0]) < 1e-9
    weight = found.mass / area
    assert np.all(weight @ found.evecs**3 * area**1.5 >= -1e-6)
    assert found.density is not None
    assert found.density.mean() == pytest.approx(1)
    again = basis(tmp_path / "shape.obj", tmp_path / "b.npz", method)
    assert np.array_equal(again.evecs, found.evecs)
    assert {k for k in found.meta if found.meta[k] != again.meta[k]} <= {"seconds"}
    larger = basis(tmp_path / "larger.obj", tmp_path / "c.npz", method)
    assert larger.evals * 100 == pytest.approx(found.evals, rel=1e-3)


@pytest.mark.parametrize("preset", ["default", "as-published"])
def test_evaluating_a_basis_on_its_own_mesh_gives_it_again(tmp_path: Path, preset: str) -> None:
    write_shape(blob(2), tmp_path / "shape.ply")
    flags = ["--preset", preset, "--probe-count", "32", "--layers", "1"]
    found = basis(tmp_path / "shape.ply", tmp_path / "a.npz", "learned", *flags)
    arguments = ["evaluate", str(tmp_path / "a.npz"), "--on", str(tmp_path / "shape.ply"), "--quiet"]
    assert cli.main([*arguments, "--out", str(tmp_path / "b.npz")]) == 0
    again = read_basis_npz(tmp_path / "b.npz")
    assert again.evecs == pytest.approx(found.evecs, abs=1e-9)
    assert again.evals == pytest.approx(found.evals, rel=1e-9)


def test_a_first_column_that_changes_sign_is_divided_by_alike_everywhere() -> None:
    column = np.array([[1.0], [-1.0], [1e-9], [-1e-9]])
    kept = away_from_zero(column)
    assert np.array_equal(np.sign(kept), np.sign(column))
    assert np.abs(kept).min() > 1e-4


@pytest.mark.parametrize("engine", ["probes", "learned"])
@pytest.mark.parametrize("kind", PROBES)
def test_only_components_have_the_eigenvalue_zero_whatever_the_probes(engine: str, kind: str) -> None:
    values = {"modes": 8, "samples": 200, "probes": kind, "probe_count": 64}
    if engine == "learned":
        values |= {"steps": 2, "columns": 32, "hidden": 16, "draws": 1, "device": "cpu"}
    method = registry.get(engine)
    found = jobs.run(method, [blob(2)], make(method.params_class(), values))
    assert found.evals[0] == 0
    assert np.all(found.evals[1:] > 1e-3 * found.evals[-1])


# -- standard streams and names --------------------------------------------------------------------------------


def shell(command: str, *arguments: str | bytes) -> subprocess.CompletedProcess[bytes]:
    """Run a line of sh in which ``$0`` is the program and ``$1`` ... are the arguments."""
    program = f"exec {sys.executable} -m eigenform {command}"
    return subprocess.run(["sh", "-c", program, "sh", *arguments], capture_output=True, timeout=60)


@POSIX
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ('info "$1" >&-', 0),
        ('info "$1" --json >&- 2>&- <&-', 0),
        ("info nothing >&- 2>&-", 2),
        ('info "$1" --json | head -c 0', 0),
    ],
)
def test_closed_streams_are_no_failure(tmp_path: Path, line: str, status: int) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=(30, 3)))
    done = shell(line, str(tmp_path / "a.npy"))
    assert done.returncode == status
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_full_standard_output_is_one_sentence(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=(30, 3)))
    done = shell('info "$1" --quiet > /dev/full', str(tmp_path / "a.npy"))
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert b"No space left" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="file names are Unicode on Windows and macOS")
def test_a_name_that_is_no_utf8_is_read_written_and_named_in_json(tmp_path: Path) -> None:
    name, out = os.fsencode(tmp_path) + b"/caf\xe9.npy", os.fsencode(tmp_path) + b"/caf\xe9.npz"
    with open(name, "wb") as file:
        np.save(file, np.random.default_rng(0).normal(size=(60, 3)))
    done = shell('basis "$1" --method classical --modes 4 --out "$2" --json --quiet', name, out)
    assert done.returncode == 0, done.stderr
    assert os.fsencode(json.loads(done.stdout)["out"]) == out
    assert os.path.exists(out)
    done = shell('batch "$1" --method classical --modes 4 --out "$1/out" --quiet', os.fsencode(tmp_path))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("verb", ["info", "basis", "compare", "evaluate", "export"])
def test_a_damaged_npz_is_bad_input_for_every_verb(tmp_path: Path, capfd, verb: str) -> None:
    write_shape(blob(2), tmp_path / "whole.npz")
    bad, out = tmp_path / "bad.npz", str(tmp_path / "out.npz")
    bad.write_bytes((tmp_path / "whole.npz").read_bytes()[:-200])
    rest = {
        "info": [],
        "basis": ["--out", out],
        "compare": [str(bad)],
        "evaluate": ["--on", "sample:sphere", "--out", out],
        "export": [out],
    }[verb]
    assert cli.main([verb, str(bad), *rest]) == 2
    err = capfd.readouterr().err
    assert err.count("\n") == 1
    assert "bad.npz" in err


def test_a_format_that_cannot_hold_the_points_is_refused_before_any_work(tmp_path: Path, capfd, monkeypatch) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=(40, 6)))
    monkeypatch.setattr(jobs, "run", lambda *_: pytest.fail("it ran"))
    assert cli.main(["basis", str(tmp_path / "a.npy"), "--quiet", "--out", str(tmp_path / "a.ply")]) == 2
    assert "6 dimensions" in capfd.readouterr().err


def test_a_batch_into_its_own_folder_stays_as_it_is(tmp_path: Path) -> None:
    write_shape(blob(1), tmp_path / "a.ply")
    for _ in range(2):
        assert cli.main(["batch", str(tmp_path), "--method", "classical", "--modes", "4", "--out", str(tmp_path)]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.npz", "a.ply", "batch.json", "summary.csv"]


# -- training --------------------------------------------------------------------------------------------------


def training(**values: object) -> learned.Training:
    small = {"modes": 6, "samples": 120, "columns": 24, "hidden": 16, "frequencies": 8, "draws": 1, "device": "cpu"}
    return learned.Training(blob(2), make(LearnedParams, {**small, **values}), JobContext())


class Impatient(JobContext):
    """Cancels itself at its n-th look."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.left = looks

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


@pytest.mark.parametrize("kind", [k for k in PROBES if k != "polynomial"])
def test_a_cancel_is_seen_while_probes_are_made(kind: str) -> None:
    points = blob(3).verts[:400]
    params = make(ProbeParams, {"modes": 8, "probes": kind, "probe_count": 600})
    with pytest.raises(Cancelled):
        make_draw(points, params, ctx=Impatient(3))
    assert make_draw(points, params, ctx=Impatient(10**6)).values.shape == (8,)


def test_a_cancel_is_seen_while_samples_are_taken() -> None:
    points = np.random.default_rng(0).random((900, 3))
    with pytest.raises(Cancelled):
        choose_samples(points, 800, 0, 0, Impatient(10).check)


@pytest.mark.parametrize("failure", ["nan", "no decomposition"])
def test_divergence_is_told_in_words(monkeypatch, failure: str) -> None:
    run = training(steps=3)

    def step() -> float:
        run.step += 1
        if failure == "nan":
            return float("nan")
        torch.linalg.eigh(torch.full((2, 2), float("nan")))
        raise torch.linalg.LinAlgError("did not converge")

    monkeypatch.setattr(run, "_train_step", step)
    with pytest.raises(InputError, match=r"diverged at step 1; a learning rate below 0\.002"):
        run.run()


def test_what_mixed_precision_keeps_is_what_it_gives_elsewhere() -> None:
    run = training(precision="mixed", steps=2)
    batch = run.batches[0]
    with torch.no_grad():
        assert torch.equal(run._columns(batch)[:, :24], run.net(batch.points))
        rough = run._columns(batch, mixed=True)
    assert rough[:, 1:9] == pytest.approx(run._columns(batch)[:, 1:9].detach(), abs=1e-6)  # phases stay sharp
    assert not torch.equal(rough, run._columns(batch))


def test_devices_without_double_precision_solve_small_problems_on_the_cpu(monkeypatch) -> None:
    rng = torch.Generator().manual_seed(0)
    columns = torch.randn(60, 12, generator=rng, requires_grad=True)
    targets = torch.randn(60, 20, generator=rng)

    def values() -> list[torch.Tensor]:
        found = [loss.ritz_loss(columns, targets, 5)[0], loss.nested_loss(columns, targets)]
        return [*found, *torch.autograd.grad(sum(found), columns)]

    before = values()
    moved = []
    monkeypatch.setattr(loss, "SINGLE_ONLY", ("cpu",))
    monkeypatch.setattr(torch.Tensor, "cpu", lambda x: moved.append(x.shape) or x)
    assert all(torch.equal(a, b) for a, b in zip(before, values(), strict=True))
    assert moved
    folder = Path(learned.__file__).parent
    for name in ("learned.py", "model.py", "networks.py"):  # all of it goes through loss.py, which knows the devices
        text = (folder / name).read_text(encoding="utf-8")
        assert ".double()" not in text
        assert "linalg.qr(" not in text.replace("np.linalg.qr(", "")


def test_seconds_do_not_count_a_pause() -> None:
    ctx = JobContext()
    small = {"modes": 6, "samples": 120, "columns": 24, "hidden": 16, "draws": 1, "device": "cpu"}
    run = learned.Training(blob(2), make(LearnedParams, {**small, "steps": 40}), ctx)
    ctx.pause()
    threading.Timer(0.6, ctx.resume).start()
    found = run.run()
    assert ctx.waited > 0.4
    assert found.meta["steps"] == 40
    assert found.meta["seconds"] + 0.4 < time.perf_counter() - run.started


def test_a_resumed_run_has_one_curve(tmp_path: Path) -> None:
    whole = training(steps=8)
    whole.run()
    first = training(steps=8)
    for _ in range(4):
        first._train_step()
    first._look()
    second = training(steps=8)
    second.ctx.restored = first.checkpoint()
    second.run()
    assert [s for s, _ in second.gauge.trace] == [4, 8]
    assert second.gauge.trace[-1] == pytest.approx(whole.gauge.trace[-1])


def test_more_samples_than_the_pool_are_taken_and_forecast() -> None:
    shape = blob(1)
    assert len(point_pool(shape, 0)) == POOL
    assert len(point_pool(shape, 0, POOL + 500)) == POOL + 500
    assert np.array_equal(point_pool(shape, 0, 2500), point_pool(shape, 0))
    params = make(LearnedParams, {"samples": 200_000, "columns": 1024})
    assert forecast("learned", 42, params, mesh=True) > 20 * forecast("learned", 42, params)


def test_too_little_memory_is_refused_in_words_for_a_small_mesh_with_many_samples(monkeypatch) -> None:
    monkeypatch.setattr("eigenform.memory.available", lambda: int(4e9))
    params = make(LearnedParams, {"samples": 200_000, "columns": 1024, "device": "cpu"})
    with pytest.raises(InputError, match=r"needs about .* GB of memory and 4\.0 GB are free"):
        learned.train(blob(1), params=params, ctx=JobContext())


def test_points_fewer_than_modes_say_how_many_would_work() -> None:
    points = Shape(np.random.default_rng(0).normal(size=(10, 3)))
    with pytest.raises(InputError, match="at most 9"):
        jobs.run(registry.get("probes"), [points], make(ProbeParams, {"modes": 12}))


def test_a_cancel_is_seen_while_modes_are_carried_to_every_vertex() -> None:
    points = np.random.default_rng(0).random((500, 3))
    columns = np.random.default_rng(1).random((500, 4))
    for work in (
        lambda check: orthonormalise(columns, np.ones(500), check),
        lambda check: fix_signs(columns, np.ones(500), points, check),
        lambda check: interpolate(points[:50], columns[:50], points, check),
        lambda check: shape_mass(Shape(points), check),
    ):
        with pytest.raises(Cancelled):
            work(Impatient(0).check)
        work(Impatient(10**6).check)


def test_neighbours_do_not_depend_on_the_size_of_a_block(monkeypatch) -> None:
    points = np.random.default_rng(0).random((300, 3))
    whole = neighbours.knn(points, 5)
    monkeypatch.setattr(neighbours, "_BLOCK", 64)
    assert all(np.array_equal(a, b) for a, b in zip(neighbours.knn(points, 5), whole, strict=True))
    assert neighbours.knn(points, 2, points[:0])[0].shape == (0, 2)


def test_what_other_libraries_say_is_quoted_without_loose_ends() -> None:
    assert brief(ValueError("x" * 100 + " (file seems not fully written?)")) == "x" * 100
    assert brief(ValueError("first (all of it).\nsecond")) == "first (all of it)"
    assert brief(KeyError()) == "KeyError"
