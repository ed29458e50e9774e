"""Bad shapes, pictures, fields and checkpoints: each is used, or refused in one clear sentence with nothing written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eigenform import cli, jobs, memory, registry
from eigenform.errors import Cancelled, InputError, NeedsMemory
from eigenform.implicit.assemble import assemble
from eigenform.implicit.extract import extract_surface
from eigenform.implicit.fields import make_field
from eigenform.io.checkpoints import read_checkpoint
from eigenform.io.files import write_any
from eigenform.io.implicit_files import read_field, read_implicit, write_implicit
from eigenform.io.write import write_shape
from eigenform.jobs import JobContext
from eigenform.params import make
from eigenform.types import Field, Image, Photographs, Shape
from known_fields import primitive
from safetensors.numpy import save_file

FRAME = {"centre": [0.0, 0.0, 0.0], "scale": 1.0}
SMALL: dict[str, dict[str, Any]] = {
    "grid": {"resolution": "64", "samples": 2000},
    "neural": {"steps": 2, "samples": 2000, "teacher": "64", "resolution": 24},
    "random-features": {"units": 64, "samples": 1000, "resolution": 24, "curve": False},
    "distance": {"resolution": 24, "display": 16},
    "poisson": {"depth": 5},
    "ball-pivoting": {},
}
FROM_POINTS = ("grid", "neural", "random-features", "poisson", "ball-pivoting")


def ball(count: int = 800) -> np.ndarray:
    i = np.arange(count) + 0.5
    z, angle = 1 - 2 * i / count, np.pi * (1 + 5**0.5) * i
    return np.column_stack([np.sqrt(1 - z**2) * np.cos(angle), np.sqrt(1 - z**2) * np.sin(angle), z])


def run(name: str, *inputs: Any, ctx: JobContext | None = None, **values: Any) -> Any:
    method = registry.get(name)
    ctx = ctx or JobContext(preview_every=None)
    return jobs.run(method, list(inputs), make(method.params_class(), {**SMALL.get(name, {}), **values}), ctx)


def one_sentence(error: BaseException) -> str:
    text = str(error)
    assert text
    assert "\n" not in text
    assert "Traceback" not in text
    assert text[0].isupper() or text[0] in "'/0123456789" or text.split()[0].islower()
    return text


# -- points -----------------------------------------------------------------------------------------------------------

REFUSED = {
    "empty": np.zeros((0, 3)),
    "single": np.ones((1, 3)),
    "two": np.array([[0.0, 0, 0], [1, 1, 1]]),
    "duplicates": np.ones((500, 3)),
    "two places": np.repeat([[0.0, 0, 0], [1, 0, 0]], 300, 0),
    "a line": np.linspace(0, 1, 300)[:, None] * [1.0, 2, 3],
    "2-D": np.random.default_rng(0).random((300, 2)),
    "features": np.random.default_rng(0).random((100, 64)),
}


@pytest.mark.parametrize("name", FROM_POINTS)
@pytest.mark.parametrize("which", REFUSED)
def test_points_that_carry_no_surface_are_refused(name: str, which: str) -> None:
    try:
        shape = Shape(REFUSED[which], name=which)
    except ValueError:  # a shape without points cannot be made at all
        assert which == "empty"
        return
    with pytest.raises(InputError) as caught:
        run(name, shape)
    one_sentence(caught.value)


@pytest.mark.parametrize(
    ("name", "which"),
    [("grid", "NaN"), ("grid", "outliers"), *(("poisson", w) for w in ("zero", "NaN", "flipped", "outliers", "plane"))],
)  # what else the grid solve endures: test_grid_solve.py
def test_spoilt_points_still_give_their_surface(name: str, which: str) -> None:
    points = ball(2000)
    normals = points.copy()
    if which == "zero":
        normals[:] = 0
    elif which == "NaN":
        normals[::7] = np.nan
    elif which == "flipped":
        normals[::100] *= -1
    elif which == "outliers":
        rng = np.random.default_rng(0)
        points = np.concatenate([points, rng.uniform(-1.6, 1.6, (30, 3))])
        normals = np.concatenate([normals, rng.standard_normal((30, 3))])
    else:
        points = np.column_stack([np.random.default_rng(0).random((3000, 2)), np.zeros(3000)])
        normals = np.tile([0.0, 0, 1], (3000, 1))
    found = run(name, Shape(points, normals=normals, name=which))
    verts = np.asarray(found.verts)
    assert len(found.faces) > 100
    if which == "plane":
        near = (np.abs(verts[:, :2] - 0.5) < 0.4).all(1)
        assert np.abs(verts[near, 2]).max() < 0.03
    elif not (which == "outliers" and name == "poisson"):  # a baseline may follow outliers
        assert np.quantile(np.abs(np.linalg.norm(verts, axis=1) - 1), 0.99) < 0.05


@pytest.mark.parametrize("name", ["grid", "neural"])
@pytest.mark.parametrize(
    ("crop", "words"),
    [("9 9 9 10 10 10", "holds none"), ("1 2 3", "six numbers"), ("0 0 0 nan 1 1", "above its least"),
     ("1 1 1 0 0 0", "above its least"), ("a b c d e f", "six numbers")],
)  # fmt: skip
def test_crop_boxes_that_are_none_or_hold_nothing(name: str, crop: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        run(name, Shape(ball(), normals=ball()), crop=crop)
    one_sentence(caught.value)


@pytest.mark.parametrize("name", ["grid", "neural", "random-features", "cq", "extract"])
def test_too_little_memory_is_told_before_it_starts(name: str, monkeypatch) -> None:
    given: dict[str, Any] = {"extract": primitive("sphere", radius=0.3)}
    if name == "cq":
        from known_shapes import icosphere

        given["cq"] = run("render-views", icosphere(2), views=4, size=16)
    value = given.get(name, Shape(ball(), normals=ball()))
    monkeypatch.setattr(memory, "available", lambda: int(1e6))
    with pytest.raises(NeedsMemory, match="GB are free") as caught:
        run(name, value)
    one_sentence(caught.value)


# -- through the command line -----------------------------------------------------------------------------------------


def refused(capfd, out: Path, *arguments: str) -> str:
    """Run a command that must fail: status 2, one sentence, nothing on standard output, nothing at OUT."""
    status = cli.main([*map(str, arguments), "--out", str(out), "--json", "--quiet"])
    said = capfd.readouterr()
    assert (status, said.out) == (2, ""), said.err
    assert said.err.startswith("eigenform: ")
    assert said.err.count("\n") == 1
    assert not out.exists()
    assert not list(out.parent.glob("*.tmp*"))
    assert not list(out.parent.glob("*.checkpoint"))
    return said.err


def test_bad_input_of_every_kind_by_the_command_line(tmp_path: Path, capfd) -> None:
    cloud, flat, picture = tmp_path / "ball.ply", tmp_path / "flat.csv", tmp_path / "whole.png"
    write_shape(Shape(ball(), normals=ball()), cloud)
    np.savetxt(flat, np.random.default_rng(0).random((50, 2)), delimiter=",", header="x,y", comments="")
    write_any(Image(np.zeros((8, 8, 3))), picture)
    (tmp_path / "none.obj").write_text("")
    (tmp_path / "noise.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    (tmp_path / "views").mkdir()
    surface = tmp_path / "s.npz"
    write_implicit(primitive("sphere", radius=0.3), surface)
    field = tmp_path / "f.npz"
    write_any(Field(ball(60), np.zeros((0, 3), int), np.arange(60.0)), field)
    cases = [
        (["implicit", tmp_path / "gone.ply"], "not found"),
        (["implicit", tmp_path / "none.obj"], "none.obj"),
        (["implicit", flat], "needs three"),
        (["implicit", "sample:digits"], "needs three"),
        (["implicit", cloud, "--crop", "5 5 5 6 6 6"], "holds none"),
        (["implicit", cloud, "--crop", "five"], "six numbers"),
        (["implicit", cloud, "--method", "distance"], "no faces"),
        (["implicit", cloud, "--method", "combine"], "2 FILE"),
        (["implicit", cloud, surface, "--method", "combine"], "ball.ply"),
        (["implicit", cloud, "--method", "cq"], "photographs"),
        (["implicit", tmp_path / "views", "--method", "cq"], "no cameras"),
        (["implicit", cloud, "--resolution", "100"], "64, 128, 256"),
        (["implicit", cloud, "--seed", "-1"], "Seed"),
        (["implicit", cloud, "--seconds", "soon"], "soon"),
        (["implicit", cloud, "--device", "abacus"], "--device"),
        (["implicit", cloud, "--resume"], "no checkpoint"),
        (["extract", cloud], "ball.ply"),
        (["extract", surface, "--resolution", "1"], "Resolution"),
        (["extract", surface, "--level", "50"], "level"),
        (["surface", flat], "needs three"),
        (["inpaint", picture], "missing"),
        (["inpaint", picture, "--method", "inpaint-classical"], "missing"),
        (["inpaint", tmp_path / "noise.png"], "noise.png"),
        (["inpaint", cloud], "ball.ply"),
        (["inpaint-field", field], "missing"),
        (["inpaint-field", cloud], "ball.ply"),
        (["image-fit", cloud], "ball.ply"),
        (["photographs", cloud], "faces"),
        (["points", tmp_path / "views"], "no cameras"),
    ]
    endings = {"extract": "o.ply", "surface": "o.ply", "points": "o.ply", "inpaint": "o.png", "image-fit": "o.png"}
    for arguments, words in cases:
        out = tmp_path / endings.get(str(arguments[0]), "o.npz" if arguments[0] != "photographs" else "o")
        said = refused(capfd, out, *arguments)
        assert words.lower() in said.lower(), (arguments, said)


# -- pictures and fields with holes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["inpaint", "inpaint-classical"])
def test_a_picture_of_which_all_or_nothing_is_missing(name: str) -> None:
    for mask in (None, np.zeros((12, 12), bool), np.ones((12, 12), bool)):
        with pytest.raises(InputError) as caught:
            run(name, Image(np.full((12, 12, 3), 0.5), mask=mask))
        one_sentence(caught.value)


@pytest.mark.parametrize("name", ["inpaint-field", "inpaint-field-classical"])
def test_a_field_of_which_all_or_nothing_is_missing(name: str) -> None:
    for mask in (None, np.zeros(200, bool), np.ones(200, bool)):
        with pytest.raises(InputError) as caught:
            run(name, Field(ball(200), np.zeros((0, 3), int), np.zeros(200), mask=mask))
        one_sentence(caught.value)


# -- field files ------------------------------------------------------------------------------------------------------

NET = {"kind": "siren", "hidden": 8, "layers": 2, "frequency": 3.0}
MADE_UP: dict[str, tuple[dict[str, Any], dict[str, np.ndarray]]] = {
    "no kind": ({}, {}),
    "kind as a path": ({"kind": "os:system"}, {}),
    "kind as a list": ({"kind": ["spline"]}, {}),
    "no frame": ({"kind": "primitive", "solid": "sphere", "radius": 1, "centre": None, "scale": None}, {}),
    "no scale": ({"kind": "primitive", "solid": "sphere", "radius": 1, "scale": 0.0}, {}),
    "NaN centre": ({"kind": "primitive", "solid": "sphere", "radius": 1, "centre": [float("nan"), 0, 0]}, {}),
    "no radius": ({"kind": "primitive", "solid": "sphere"}, {}),
    "a solid that is none": ({"kind": "primitive", "solid": "__import__('os')"}, {}),
    "samples without an array": ({"kind": "samples", "box": [[0] * 3, [1] * 3]}, {}),
    "flat samples": ({"kind": "samples", "box": [[0] * 3, [1] * 3]}, {"samples": np.zeros((4, 4))}),
    "NaN samples": ({"kind": "samples", "box": [[0] * 3, [1] * 3]}, {"samples": np.full((4, 4, 4), np.nan)}),
    "an empty box": ({"kind": "samples", "box": [[1] * 3, [1] * 3]}, {"samples": np.zeros((4, 4, 4))}),
    "order 99": ({"kind": "samples", "order": 99, "box": [[0] * 3, [1] * 3]}, {"samples": np.zeros((4, 4, 4))}),
    "spline without a base": ({"kind": "spline", "levels": 0, "resolution": 8}, {}),
    "spline of many levels": ({"kind": "spline", "levels": 40, "resolution": 8}, {"base": np.zeros((8, 8, 8))}),
    "spline with places beyond": (
        {"kind": "spline", "levels": 1, "resolution": 16},
        {"base": np.zeros((8, 8, 8)), "index1": np.array([10**6]), "value1": np.array([1.0])},
    ),
    "network without tensors": ({"kind": "network", "network": NET}, {}),
    "a huge network": ({"kind": "network", "network": {**NET, "hidden": 10**9}}, {"net.last.bias": np.zeros(1)}),
    "a deep network": ({"kind": "network", "network": {**NET, "layers": 10**9}}, {"net.last.bias": np.zeros(1)}),
    "a huge table": (
        {"kind": "network", "network": {"kind": "hash", "table": 10**8}}, {"net.last.bias": np.zeros(1)},
    ),
    "an unknown network": ({"kind": "network", "network": {"kind": "torch.hub:load"}}, {}),
    "a network of odd options": ({"kind": "network", "network": {**NET, "weights_url": "http://x"}}, {}),
    "a network that is none": ({"kind": "network", "network": "siren"}, {}),
    "a network on itself": ({"kind": "network", "network": NET, "base": {"kind": "nothing"}}, {}),
    "photographs without a region": ({"kind": "neus", "network": {"kind": "grid"}}, {}),
    "photographs of a huge grid": (
        {"kind": "neus", "region": {"centre": [0] * 3, "radius": 1.0}, "network": {
            "kind": "grid", "sides": [4], "features": 2, "hidden": 8, "layers": 1, "base_side": 10**5,
            "centre": [0] * 3, "half": 1.0}}, {"field.base": np.zeros((8, 1), np.float32)},
    ),
    "a mesh of absent corners": (
        {"kind": "mesh"}, {"verts": np.zeros((3, 3)), "faces": np.array([[0, 1, 7]])},
    ),
    "features that do not fit": (
        {"kind": "random-features"},
        {"frequencies": np.zeros((3, 5)), "phases": np.zeros(4), "coefficients": np.zeros(5)},
    ),
    "texts for numbers": ({"kind": "random-features"}, {"frequencies": np.array(["a"]), "phases": np.array(["b"])}),
    "a tree without children": ({"kind": "tree", "operation": "union", "children": []}, {}),
    "a tree of unknown fields": ({"kind": "tree", "operation": "union", "children": [{"kind": "x"}]}, {}),
    "a tree that does nothing": ({"kind": "tree", "operation": "eval", "children": [{}]}, {}),
    "a wall nowhere": (
        {"kind": "tree", "operation": "shell", "wall": "up", "thickness": 1, "children": [
            {"kind": "primitive", "solid": "sphere", "radius": 1.0, **FRAME}]}, {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", MADE_UP)
def test_made_up_fields_are_refused(which: str, tmp_path: Path) -> None:
    spec, arrays = MADE_UP[which]
    spec = {**FRAME, **spec}
    with pytest.raises(InputError) as caught:
        make_field(spec, arrays)
    one_sentence(caught.value)
    if which == "texts for numbers":
        return  # such a file cannot be written
    head = {"spec": spec, "box": [[-1] * 3, [1] * 3], "level": 0.0, "name": "x", "meta": {}, "samples": 8}
    path = tmp_path / "x.safetensors"
    stamp = {"format": "eigenform-field", "version": "1", "field": json.dumps(head)}
    save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, path, metadata=stamp)
    for read in (read_field, read_implicit):
        with pytest.raises(InputError) as caught:
            read(path)
        one_sentence(caught.value)


def test_headers_of_field_files_that_are_none(tmp_path: Path) -> None:
    spec = {"kind": "primitive", "solid": "sphere", "radius": 0.3, **FRAME}
    good = {"spec": spec, "box": [[-1.0] * 3, [1.0] * 3], "level": 0.0, "name": "x", "meta": {}, "samples": 8}
    path = tmp_path / "x.safetensors"

    def written(head: Any, **stamp: str) -> Path:
        text = head if isinstance(head, str) else json.dumps(head)
        stamps = {"format": "eigenform-field", "version": "1", "field": text, **stamp}
        save_file({"none": np.zeros(1)}, path, metadata=stamps)
        return path

    assert len(read_implicit(written(good)).verts)
    assert max(read_implicit(written({**good, "samples": -5})).samples.shape) == 2
    heads: list[Any] = ["{", "[]", "1", "[" * 100_000, {**good, "box": [[1] * 3, [-1] * 3]}, {**good, "box": "all"}]
    heads += [{**good, "level": "high"}, {**good, "spec": None}, {**good, "meta": [1]}, {**good, "samples": "many"}]
    heads += [{k: v for k, v in good.items() if k != "box"}, {**good, "box": [[float("nan")] * 3, [1] * 3]}]
    for head in heads:
        with pytest.raises(InputError) as caught:
            read_implicit(written(head))
        assert path.name in one_sentence(caught.value)
    for version in ("2", "-1", "x", ""):
        with pytest.raises(InputError, match="newer Eigenform"):
            read_field(written(good, version=version))
    with pytest.raises(InputError, match="checkpoint"):
        read_field(written(good, format="eigenform-checkpoint"))


def test_a_whole_file_with_an_array_less_or_another_shape(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_implicit(primitive("sphere", radius=0.3), path)
    with np.load(path) as file:
        arrays = dict(file)
    for name in ("box", "samples", "verts", "faces"):
        np.savez(path, **{k: v for k, v in arrays.items() if k != name})
        with pytest.raises(InputError, match=name):
            read_implicit(path)
    spoilt = {"box": np.zeros((2, 3)), "samples": np.full((4, 4, 4), np.nan), "verts": arrays["verts"][:3]}
    spoilt["faces"] = np.full((4, 3), -1)
    for name, value in spoilt.items():
        np.savez(path, **(arrays | {name: value}))
        with pytest.raises(InputError) as caught:
            read_implicit(path)
        assert path.name in one_sentence(caught.value)


def test_an_archive_that_would_fill_the_memory_is_not_unpacked(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, surface=np.array("{}"), samples=np.zeros((100, 100, 100)))
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(memory, "available", lambda: 4_000_000)
    with pytest.raises(NeedsMemory, match=r"bomb\.npz"):
        read_implicit(path)


def test_a_field_that_is_nowhere_finite_is_not_extracted() -> None:
    surface = primitive("sphere", radius=0.3)

    class Broken:
        def values(self, points: np.ndarray) -> np.ndarray:
            return np.where(points[:, 0] > 0, np.nan, -1.0)

    with pytest.raises(InputError, match="no finite value"):
        extract_surface(Broken(), surface.box, 16)  # type: ignore[arg-type]


# -- photographs ------------------------------------------------------------------------------------------------------


def test_photographs_that_cannot_be() -> None:
    pose, k = np.tile(np.eye(4), (3, 1, 1)), np.tile(np.diag([40.0, 40.0, 1.0]), (3, 1, 1))
    pictures = np.zeros((3, 8, 8, 3), np.uint8)
    bad = [
        {"images": pictures[:2]},
        {"poses": pose[:1]},
        {"masks": np.zeros((3, 4, 4), np.uint8)},
        {"poses": np.full((3, 4, 4), np.nan)},
        {"radius": 0.0},
    ]
    good = {"images": pictures, "intrinsics": k, "poses": pose, "centre": np.zeros(3), "radius": 1.0}
    Photographs(**good)
    for changes in bad:
        with pytest.raises(ValueError, match=r"\w"):
            Photographs(**{**good, **changes})


# -- checkpoints ------------------------------------------------------------------------------------------------------


class StopsAt(JobContext):
    def __init__(self, path: Path, at: int) -> None:
        super().__init__(checkpoint_path=path, preview_every=None)
        self.at = at

    def step(self, i: int, n: int, message: str | None = None, **scalars: float) -> None:
        if i == self.at:
            self.cancel()
        super().step(i, n, message, **scalars)


def test_a_checkpoint_of_another_method_or_other_data_is_refused(tmp_path: Path) -> None:
    picture = Image(np.random.default_rng(0).random((16, 16, 3)).astype(np.float32))
    small = {"width": 8, "steps": 6, "race": False, "frequency": 10.0}
    path = tmp_path / "c"
    with pytest.raises(Cancelled):
        run("image-fit", picture, ctx=StopsAt(path, 3), **small)
    left = read_checkpoint(path)
    whole = run("image-fit", picture, **small)
    gone_on = run("image-fit", picture, ctx=JobContext(restored=left), **small)
    np.testing.assert_array_equal(gone_on.pixels, whole.pixels)
    with pytest.raises(InputError, match="another picture"):
        run("image-fit", picture.replace(pixels=picture.pixels[::-1].copy()), ctx=JobContext(restored=left), **small)
    with pytest.raises(InputError, match="other parameters"):
        run("image-fit", picture, ctx=JobContext(restored=left), **{**small, "width": 9})
    for other, value in (("neural", Shape(ball(), normals=ball())), ("grid", Shape(ball(), normals=ball()))):
        with pytest.raises(InputError, match="left by method 'image-fit'"):
            run(other, value, ctx=JobContext(restored=left))
    unstamped = replace(left, state={k: v for k, v in left.state.items() if k != "made_by"})
    with pytest.raises(InputError, match="other parameters"):
        run("neural", Shape(ball(), normals=ball()), ctx=JobContext(restored=unstamped))


def test_damaged_checkpoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "c"
    for stamp in (
        {"state": "{"},
        {"state": "[]"},
        {},
        {"version": "two", "state": "{}"},
        {"version": "9", "state": "{}"},
    ):
        save_file({"a": np.zeros(1)}, path, metadata={"format": "eigenform-checkpoint", **stamp})
        with pytest.raises(InputError) as caught:
            read_checkpoint(path)
        one_sentence(caught.value)


def test_what_is_made_of_nothing_has_no_surface() -> None:
    spec = {"kind": "primitive", "solid": "sphere", "radius": 0.3, **FRAME}
    away = assemble(spec, {}, np.array([[1.0] * 3, [2.0] * 3]), resolution=8)
    assert not len(away.faces)
    with pytest.raises(InputError) as caught:
        run("extract", away)
    one_sentence(caught.value)
