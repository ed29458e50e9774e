"""The command line over implicit surfaces, pictures, fields and photographs."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
import toy_implicit
from eigenform import cli, registry
from eigenform.errors import InputError
from eigenform.io.files import kind_of, read_any, write_any
from eigenform.memory import forecast_for, require_for
from eigenform.params import params_of
from eigenform.types import Field, Image, Shape

KEYS = {"method", "seed", "device", "loss", "seconds", "peak_bytes", "out"}
SURFACE = {"vertices", "faces", "watertight", "components", "genus", "resolution"}


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "METHODS", (*registry.METHODS, *toy_implicit.TOYS))


def run(capfd, *arguments: object, status: int = 0) -> dict:
    """The JSON object of a command that must end as ``status``, or its complaint under ``error``."""
    found = cli.main([*map(str, arguments), "--json"])
    out, err = capfd.readouterr()
    assert found == status, err
    if status:
        assert out == ""
        sentences = [line for line in err.splitlines() if line.startswith("eigenform")]
        assert len(sentences) == 1
        return {"error": sentences[0]}
    return json.loads(out)


def ball(capfd, out: Path, *flags: object, source: str = "sample:sphere") -> dict:
    return run(capfd, "implicit", source, "--method", "ball", "--out", out, *flags)


def test_json_of_an_implicit_surface(tmp_path: Path, capfd) -> None:
    row = ball(capfd, tmp_path / "a.npz", "--resolution", 20, "--seed", 7)
    assert set(row) == KEYS | SURFACE | {"report"}
    assert (row["method"], row["seed"], row["resolution"], row["device"]) == ("ball", 7, 20, "cpu")
    assert (row["watertight"], row["components"], row["genus"]) == (True, 1, 0)
    assert row["report"]["faces"] == row["faces"] == len(read_any(tmp_path / "a.npz").faces)


@pytest.mark.parametrize("ext", ["npz", "safetensors", "vti", "obj", "ply", "stl", "glb", "vtp", "off"])
def test_the_ending_chooses_what_is_written(ext: str, tmp_path: Path, capfd) -> None:
    ball(capfd, tmp_path / f"a.{ext}", "--resolution", 8)
    assert kind_of(tmp_path / f"a.{ext}") == ("implicit" if ext in ("npz", "safetensors", "vti") else "shape")
    row = run(capfd, "info", tmp_path / f"a.{ext}")
    assert row["kind"] == ("implicit surface" if ext in ("npz", "safetensors", "vti") else "mesh")


def test_endings_of_no_format_are_refused_before_any_work(tmp_path: Path, capfd) -> None:
    for ending in ("png", "docx", "csv"):
        arguments = [
            "implicit",
            "sample:sphere",
            "--method",
            "ball",
            "--pause",
            "60",
            "--out",
            tmp_path / f"a.{ending}",
        ]
        assert "suffixes .npz, .safetensors, .vti" in run(capfd, *arguments, status=2)["error"]
    assert not list(tmp_path.iterdir())


def test_several_files_and_kinds_that_do_not_fit(tmp_path: Path, capfd) -> None:
    a, b, c = (tmp_path / f"{x}.npz" for x in "abc")
    ball(capfd, a, "--resolution", 12)
    ball(capfd, b, "--resolution", 12)
    row = run(capfd, "implicit", a, b, "--method", "join", "--operation", "difference", "--out", c)
    assert (row["faces"], row["watertight"]) == (0, False)
    assert run(capfd, "implicit", a, b, "--method", "join", "--out", tmp_path / "d.ply")["faces"] > 0
    said = run(capfd, "implicit", a, "--method", "join", "--out", tmp_path / "e.npz", status=2)["error"]
    assert "an implicit surface and an implicit surface, so 2 FILE, not 1" in said
    said = run(capfd, "implicit", a, "sample:torus", "--method", "join", "--out", tmp_path / "e.npz", status=2)["error"]
    assert "sample:torus holds a shape, where an implicit surface is asked for" in said
    said = run(capfd, "implicit", a, "--method", "ball", "--operation", "union", "--out", tmp_path / "e.npz", status=2)
    assert "Method ball has no --operation" in said["error"]


def test_a_surface_gives_its_mesh_where_a_shape_is_asked_for(tmp_path: Path, capfd) -> None:
    ball(capfd, tmp_path / "a.npz", "--resolution", 12)
    again = ball(capfd, tmp_path / "b.npz", "--resolution", 12, source=str(tmp_path / "a.npz"))
    assert again["watertight"]
    row = run(capfd, "basis", tmp_path / "a.npz", "--method", "classical", "--modes", 4, "--out", tmp_path / "c.npz")
    assert row["modes"] == 4
    row = run(capfd, "peel", tmp_path / "a.npz", "--out", tmp_path / "m.stl")
    assert set(row) == KEYS | SURFACE
    assert (row["watertight"], row["genus"]) == (True, 0)


def test_pictures_fields_and_photographs(tmp_path: Path, capfd) -> None:
    write_any(Image(np.random.default_rng(0).random((6, 9, 3))), tmp_path / "a.png")
    row = run(capfd, "grey", tmp_path / "a.png", "--out", tmp_path / "b.jpg")
    assert (row["width"], row["height"], row["channels"], row["missing"]) == (9, 6, 1, 0)
    assert run(capfd, "info", tmp_path / "b.jpg")["kind"] == "picture"
    assert "endings are .png" in run(capfd, "grey", tmp_path / "a.png", "--out", tmp_path / "b.ply", status=2)["error"]
    assert "holds a picture" in run(capfd, "peel", tmp_path / "a.png", "--out", tmp_path / "x.ply", status=2)["error"]
    shape = Shape(np.eye(3), np.array([[0, 1, 2]]), colours=np.eye(3))
    write_any(shape, tmp_path / "c.ply")
    row = run(capfd, "fill", tmp_path / "c.ply", "--out", tmp_path / "d.npz")
    assert (row["vertices"], row["columns"]) == (3, 3)
    found = read_any(tmp_path / "d.npz")
    assert isinstance(found, Field)
    assert np.array_equal(found.values, 1 - np.eye(3))
    row = run(capfd, "snaps", "sample:sphere", "--out", tmp_path / "photos")
    assert (row["images"], row["width"], row["points"]) == (2, 40, 0)
    assert run(capfd, "info", tmp_path / "photos")["images"] == 2
    assert run(capfd, "count", tmp_path / "photos", "--out", tmp_path / "p.ply")["vertices"] == 2
    assert cli.main(["count", str(tmp_path / "photos"), "--out", str(tmp_path / "r.ply")]) == 0
    assert "2 points by count" in capfd.readouterr().err
    said = run(capfd, "snaps", "sample:sphere", "--out", tmp_path / "photos", status=2)["error"]
    assert "--force" in said
    said = run(capfd, "count", "sample:sphere", "--out", tmp_path / "q.ply", status=2)["error"]
    assert "`eigenform photographs` makes one" in said


def test_export_of_other_values_and_what_cannot_be(tmp_path: Path, capfd) -> None:
    ball(capfd, tmp_path / "a.npz", "--resolution", 8)
    row = run(capfd, "export", tmp_path / "a.npz", tmp_path / "a.glb")
    assert (row["format"], row["faces"]) == ("glb", len(read_any(tmp_path / "a.npz").faces))
    assert "docx" in run(capfd, "export", tmp_path / "a.npz", tmp_path / "a.docx", status=2)["error"]


def test_info_shows_the_report_to_a_person(tmp_path: Path, capfd) -> None:
    ball(capfd, tmp_path / "a.npz", "--resolution", 8)
    assert cli.main(["info", str(tmp_path / "a.npz")]) == 0
    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert ["field", "samples"] in lines
    assert ["Watertight", "yes"] in lines
    assert ["Genus", "0"] in lines


def test_a_cancel_leaves_a_checkpoint_and_resume_goes_on(tmp_path: Path, capfd, monkeypatch) -> None:
    from eigenform.jobs import JobContext

    step = JobContext.step

    def cancelled_at_3(self: JobContext, i: int, n: int, message: str | None = None, **scalars: float) -> None:
        if i == 3 and message == "blowing":
            self.cancel()
        step(self, i, n, message, **scalars)

    out = tmp_path / "a.npz"
    with monkeypatch.context() as patch:
        patch.setattr(JobContext, "step", cancelled_at_3)
        command = ["implicit", "sample:sphere", "--method", "ball", "--steps", 5, "--out", out]
        assert "--resume" in run(capfd, *command, status=130)["error"]
    assert (tmp_path / "a.npz.checkpoint").exists()
    ball(capfd, out, "--steps", 5, "--resume")
    assert read_any(out).meta["began_at"] == 3
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_a_time_limit_stops_what_cannot_stop_by_itself(tmp_path: Path, capfd) -> None:
    ball(capfd, tmp_path / "a.npz", "--resolution", 8, "--seconds", 60, "--device", "cpu")
    before = threading.active_count()
    command = ["implicit", "sample:sphere", "--method", "ball", "--steps", 1000, "--pause", 0.01, "--seconds", 0.3]
    said = run(capfd, *command, "--out", tmp_path / "b.npz", status=2)["error"]
    assert "was not done after 0.3 s" in said
    assert not (tmp_path / "b.npz").exists()
    assert threading.active_count() <= before
    assert "Seconds" in run(capfd, *command[:-1], "soon", "--out", tmp_path / "b.npz", status=2)["error"]


def test_memory_is_forecast_by_the_record(tmp_path: Path, capfd) -> None:
    record = registry.get("ball")
    assert forecast_for(record, [], toy_implicit.BallParams()) == 1000
    assert forecast_for(registry.get("join"), [], toy_implicit.JoinParams()) is None
    require_for(record, [], toy_implicit.BallParams())
    with pytest.raises(InputError, match=r"Ball needs about .* a lower resolution"):
        require_for(record, [], toy_implicit.BallParams(resolution=64))
    command = ["implicit", "sample:sphere", "--method", "ball", "--resolution", 64, "--out", tmp_path / "a.npz"]
    assert "needs about" in run(capfd, *command, status=2)["error"]


def test_a_folder_of_meshes_and_a_folder_of_pictures(tmp_path: Path, capfd) -> None:
    for i in range(2):
        write_any(Shape(np.random.default_rng(i).random((20, 3))), tmp_path / f"{i}.ply")
        write_any(Image(np.full((3, 4, 3), 0.2 * i)), tmp_path / f"{i}.png")
    row = run(capfd, "batch", tmp_path, "--method", "ball", "--resolution", 8, "--out", tmp_path / "out")
    assert (row["files"], row["done"], row["failed"]) == (2, 2, 0)
    assert row["results"][0]["watertight"] is True
    assert sorted(p.name for p in (tmp_path / "out").glob("*.npz")) == ["0.npz", "1.npz"]
    row = run(capfd, "batch", tmp_path, "--method", "ball", "--resolution", 8, "--out", tmp_path / "out")
    assert row["skipped"] == 2
    row = run(capfd, "batch", tmp_path, "--method", "grey", "--out", tmp_path / "grey")
    assert (row["done"], kind_of(tmp_path / "grey" / "1.png")) == (2, "image")
    said = run(capfd, "batch", tmp_path, "--method", "join", "--out", tmp_path / "no", status=2)["error"]
    assert "takes 2 files at once" in said


def test_one_line_of_a_script_serves_every_method_that_makes_a_surface_of_a_shape() -> None:
    from eigenform.commands.chosen import chosen

    flags = {"resolution": "64", "seconds": "30", "seed": "1", "device": "cpu"}
    for record in registry.methods("implicit"):
        if record.inputs == ("Shape",):
            method, params = chosen("implicit", record.name, "default", flags)
            assert int(params.resolution) == 64, method.name


def test_no_parameter_takes_the_name_of_a_flag_of_the_command_line() -> None:
    taken = {"method", "preset", "out", "resume", "json", "quiet", "force", "help", "file"}
    for record in registry.methods():
        assert not taken & {p.name for p in params_of(record.params_class())}, record.name
