"""Batch: resumable, one bad file does not stop it, and the summary is always whole."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy_method
from eigenform import cli, registry
from eigenform.batch import Batch, find_files
from eigenform.errors import InputError


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "METHODS", (toy_method.TOY, *registry.METHODS))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "shapes"
    found.mkdir()
    for i, name in enumerate(("a.npy", "é b.npy", "c.npy")):
        np.save(found / name, np.random.default_rng(i).normal(size=(20 + i, 3)))
    (found / "notes.docx").write_text("not a shape")
    return found


def batch(folder: Path, out: Path, capfd: Any, *flags: str) -> tuple[int, dict[str, Any], str]:
    status = cli.main(["batch", str(folder), "--method", "toy", "--out", str(out), "--json", *flags])
    captured = capfd.readouterr()
    return status, json.loads(captured.out) if captured.out else {}, captured.err


def test_all_files_are_done_and_a_second_run_skips_them(folder: Path, tmp_path: Path, capfd) -> None:
    out = tmp_path / "out"
    status, row, err = batch(folder, out, capfd)
    assert (status, row["files"], row["done"], row["failed"]) == (0, 3, 3, 0)
    assert sorted(p.name for p in out.glob("*.npz")) == ["a.npz", "c.npz", "é b.npz"]
    assert "é b.npy" in err
    with open(out / "summary.csv", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [line["file"] for line in table] == ["a.npy", "c.npy", "é b.npy"]
    assert {line["status"] for line in table} == {"done"}
    assert [int(line["vertices"]) for line in table] == [20, 22, 21]
    times = {p.name: p.stat().st_mtime_ns for p in out.glob("*.npz")}
    status, row, _ = batch(folder, out, capfd)
    assert (status, row["done"], row["skipped"]) == (0, 0, 3)
    assert {p.name: p.stat().st_mtime_ns for p in out.glob("*.npz")} == times
    assert row["results"][0]["modes"] == 3


def test_only_what_changed_is_done_again(folder: Path, tmp_path: Path, capfd) -> None:
    out = tmp_path / "out"
    batch(folder, out, capfd)
    np.save(folder / "a.npy", np.random.default_rng(9).normal(size=(33, 3)))
    (out / "c.npz").unlink()
    _, row, _ = batch(folder, out, capfd)
    assert {r["file"]: r["status"] for r in row["results"]} == {"a.npy": "done", "c.npy": "done", "é b.npy": "skipped"}
    _, row, _ = batch(folder, out, capfd, "--modes", "4")
    assert row["done"] == 3
    _, row, _ = batch(folder, out, capfd, "--modes", "4", "--force")
    assert row["done"] == 3


def test_a_bad_file_does_not_stop_the_rest(folder: Path, tmp_path: Path, capfd) -> None:
    (folder / "b.npy").write_bytes(b"broken")
    out = tmp_path / "out"
    status, row, _ = batch(folder, out, capfd)
    assert (status, row["done"], row["failed"]) == (3, 3, 1)
    bad = next(r for r in row["results"] if r["file"] == "b.npy")
    assert bad["status"] == "failed"
    assert bad["message"]
    assert not (out / "b.npz").exists()
    assert "failed" in (out / "summary.csv").read_text(encoding="utf-8")
    assert batch(folder, out, capfd)[1]["skipped"] == 3


def test_a_crash_is_a_failed_row_that_names_the_log(folder: Path, tmp_path: Path, capfd, monkeypatch) -> None:
    monkeypatch.setattr("eigenform.logs.log_file", lambda name="eigenform.log": tmp_path / "the.log")
    status, row, _ = batch(folder, tmp_path / "out", capfd, "--trouble", "crash")
    assert (status, row["failed"]) == (3, 3)
    assert str(tmp_path / "the.log") in row["results"][0]["message"]


def test_what_others_wrote_is_not_overwritten(folder: Path, tmp_path: Path, capfd) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.npz").write_bytes(b"precious")
    status, row, _ = batch(folder, out, capfd)
    assert (status, row["done"], row["failed"]) == (3, 2, 1)
    assert (out / "a.npz").read_bytes() == b"precious"


def test_a_cancelled_batch_goes_on_inside_the_file_where_it_stopped(folder, tmp_path, capfd, monkeypatch) -> None:
    from eigenform.jobs import JobContext

    out, step = tmp_path / "out", JobContext.step

    def cancelled_at_3(self: JobContext, i: int, n: int, message: str | None = None, **scalars: float) -> None:
        if i == 3 and len(list(out.glob("*.npz"))) == 1:
            self.cancel()
        step(self, i, n, message, **scalars)

    with monkeypatch.context() as patch:
        patch.setattr(JobContext, "step", cancelled_at_3)
        status, row, err = batch(folder, out, capfd, "--steps", "5")
    assert status == 130
    assert row == {}
    assert "where it stopped" in err
    assert (out / "c.npz.checkpoint").exists()
    status, row, _ = batch(folder, out, capfd, "--steps", "5")
    assert (status, row["skipped"], row["done"]) == (0, 1, 2)
    with np.load(out / "c.npz", allow_pickle=False) as file:
        assert json.loads(str(file["meta"]))["began_at"] == 3
    assert not list(out.glob("*.checkpoint"))


def test_bad_folders_are_refused(tmp_path: Path, capfd) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    assert batch(tmp_path / "nowhere", tmp_path / "out", capfd)[0] == 2
    assert batch(tmp_path / "empty", tmp_path / "out", capfd)[0] == 2
    assert not (tmp_path / "out").exists()
    assert batch(tmp_path / "empty", tmp_path / "file", capfd)[0] == 2


def test_names_never_collide(tmp_path: Path) -> None:
    for name in ("a.npy", "A.ply", "b.npy"):
        (tmp_path / name).write_bytes(b"")
    files = find_files(tmp_path)
    outputs = Batch(files, tmp_path / "out", toy_method.TOY, toy_method.ToyParams()).outputs()
    assert sorted(p.name for p in outputs.values()) == ["A.ply.npz", "a.npy.npz", "b.npz"]
    with pytest.raises(InputError):
        find_files(tmp_path / "a.npy")
