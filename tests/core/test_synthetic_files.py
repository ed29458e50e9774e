"""Files of made people, and samples of a user's own scans."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from avatar_fixtures import body
from eigenform.avatar.body.make import make_body
from eigenform.avatar.synthetic import dataset, scans
from eigenform.avatar.synthetic.person import make_person
from eigenform.avatar.synthetic.sample import make_sample
from eigenform.avatar.synthetic.streams import stratum_of
from eigenform.errors import Cancelled, InputError
from eigenform.io.figure_files import write_figure
from eigenform.io.write import write_shape
from eigenform.jobs import JobContext
from eigenform.types import Shape


def test_files_resume_and_hold_what_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body()
    monkeypatch.setattr(dataset, "SHARD", 2)
    file = tmp_path / "people-01000000.npz"
    dataset._write(1_000_000, file, 48)
    before = file.stat().st_mtime_ns
    written: list[int] = []

    def write(missing, size, workers, ctx):  # type: ignore[no-untyped-def]
        for start, path in missing:
            written.append(start)
            yield dataset._write(start, path, size)

    monkeypatch.setattr(dataset, "_made", write)
    ctx = JobContext()
    files = dataset.generate(tmp_path, 4, 1_000_000, 48, 1, ctx)
    assert files == [file, tmp_path / "people-01000002.npz"]
    assert written == [1_000_002]
    assert file.stat().st_mtime_ns == before
    assert (ctx.progress().step, ctx.progress().steps) == (4, 4)
    assert sorted(os.listdir(tmp_path)) == [path.name for path in files]

    stored = dataset.read(files[1])
    assert stored["seed"].tolist() == [1_000_002, 1_000_003]
    assert stored["stratum"].tolist() == [stratum_of(seed) for seed in stored["seed"]]
    expected = make_sample(1_000_003, stratum_of(1_000_003), 48, body())
    assert np.array_equal(stored["rgb"][1], expected["rgb"])
    assert np.array_equal(stored["mask"][1], expected["mask"])
    assert stored["mask"].dtype == bool
    assert stored["normal_front"].dtype == np.int8
    assert np.abs(stored["normal_back"][1] / 127 - expected["normal_back"]).max() < 0.006
    assert np.abs(stored["depth_front"][1] - expected["depth_front"]).max() < 1e-3
    assert np.array_equal(stored["rotations"][1], expected["rotations"])


def test_a_cancelled_run_leaves_no_broken_file(tmp_path: Path) -> None:
    body()
    ctx = JobContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        dataset.generate(tmp_path, 64, 1_000_000, 48, 1, ctx)
    assert os.listdir(tmp_path) == []


def test_what_is_no_file_of_samples_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", rgb=np.zeros(3))
    with pytest.raises(InputError, match="has no mask"):
        dataset.read(tmp_path / "a.npz")
    with pytest.raises(InputError, match="Cannot read samples"):
        dataset.read(tmp_path / "b.npz")
    with pytest.raises(InputError, match="Cannot make 0 samples"):
        dataset.generate(tmp_path, 0)
    with pytest.raises(InputError, match="with 0 workers"):
        dataset.generate(tmp_path, 64, workers=0)


def test_a_scan_is_seen_from_all_around_with_its_body(tmp_path: Path) -> None:
    model = body()
    person = make_person(6, "trousers", model)
    shift = np.array([0.4, -0.3, 0.9])  # a scan stands anywhere
    shape = dict(zip(model.shape_names, person.shape.astype(float), strict=True))
    inner = make_body(shape, person.rotations, shift)
    colours = np.full((len(person.verts), 3), 0.5, dtype=np.float32)
    write_shape(Shape(person.verts.astype(float) + shift, person.faces, colours=colours), tmp_path / "me.ply")
    write_figure(inner, tmp_path / "me.npz")
    files = scans.render_scans(tmp_path, JobContext(), size=64)
    assert files == [tmp_path / "views" / "people-me.npz"]
    stored = dataset.read(files[0])
    assert len(stored["rgb"]) == scans.VIEWS
    assert (stored["mask"].reshape(scans.VIEWS, -1).mean(1) > 0.03).all()
    assert np.allclose(stored["shape"], person.shape, atol=1e-6)
    for k in range(0, scans.VIEWS, 5):  # the stored pose poses the body to the stored keypoints
        turned = np.array(person.rotations)
        from eigenform.avatar.body.bones import MAIN

        for row, name in zip(stored["rotations"][k], MAIN, strict=True):
            turned[model.bones.index(name)] = row
        again = make_body(shape, turned).verts.astype(np.float32)
        found = model._keypoints.numpy() @ again
        assert np.abs(found - stored["keypoints3d"][k]).max() < 2e-3
    before = files[0].stat().st_mtime_ns
    assert scans.render_scans(tmp_path, size=64) == files
    assert files[0].stat().st_mtime_ns == before


def test_scans_without_bodies_or_far_from_them_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        scans.render_scans(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no scan"):
        scans.render_scans(tmp_path)
    body()
    inner = make_body({})
    far = Shape(np.asarray(inner.verts) + 5, inner.faces)
    with pytest.raises(InputError, match="must be in metres"):
        next(scans.samples_from_scan(far, inner))
