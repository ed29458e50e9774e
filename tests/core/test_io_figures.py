"""Files and sessions with bodies, people and avatars: bit for bit, without photographs unless asked."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eigenform.avatar import privacy
from eigenform.cli import main
from eigenform.conversions import conversion
from eigenform.errors import InputError
from eigenform.io.files import formats_of, kind_of, read_any, write_any
from eigenform.io.project import read_project, write_project
from eigenform.types import Body, Image, Shape
from known_figures import avatar, body, person

VALUES = {"body": body(), "person": person(), "avatar": avatar(), "bare avatar": avatar(False)}


def same(a: Any, b: Any) -> None:
    """Every field equal, arrays in type and to the last bit."""
    assert type(a) is type(b)
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        assert a.tobytes() == b.tobytes()
    elif dataclasses.is_dataclass(a):
        for f in dataclasses.fields(a):
            same(getattr(a, f.name), getattr(b, f.name))
    elif isinstance(a, tuple):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            same(one, other)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            same(a[key], b[key])
    else:
        assert a == b


def item(value: Any, name: str = "a") -> dict[str, Any]:
    """A record of a session."""
    return {"id": name, "parent": None, "kind": "k", "name": name, "visible": True, "display": {}, "provenance": {},
            "value": value}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_a_file_gives_back_every_bit(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_any(VALUES[name], path)
    assert kind_of(path) == name.split()[-1]
    same(read_any(path), VALUES[name])


@pytest.mark.parametrize("name", VALUES)
def test_a_session_gives_back_every_bit(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.eigenform"
    write_project(path, [item(VALUES[name])])
    (found,), _ = read_project(path)
    same(found["value"], VALUES[name])


def test_photographs_left_out_are_not_in_the_file_and_all_else_is(tmp_path: Path) -> None:
    whole = person(sources=["/photos/a.jpg", ""])
    blank = privacy.without_pixels(whole)
    assert privacy.is_blank(blank)
    assert not privacy.is_blank(whole)
    picture = Image(np.full((6, 9, 3), 0.77), mask=np.eye(6, 9, dtype=bool), meta={"source": "/photos/a.jpg"})
    path = tmp_path / "a.eigenform"
    write_project(path, [item(blank), item(privacy.without_pixels(picture), "b")])
    with zipfile.ZipFile(path) as archive:
        stored = [np.load(archive.open(n)) for n in archive.namelist() if n.endswith(".npy")]
    assert not any(a.dtype == np.uint8 for a in stored), "no pixels"
    assert not any(a.dtype == np.float32 and a.shape == (6, 9, 3) for a in stored)
    (one, other), _ = read_project(path)
    found = one["value"]
    assert privacy.blank_views(found) == (0, 1)
    assert (found.views[0].pixels == privacy.GREY).all()
    for view, kept in zip(found.views, whole.views, strict=True):
        same(view.replace(pixels=kept.pixels), kept)
    assert privacy.is_blank(other["value"])
    assert other["value"].pixels.shape == (6, 9, 3)
    assert np.array_equal(other["value"].mask, picture.mask)
    again = privacy.with_pixels(found, {0: whole.views[0].pixels, 1: whole.views[1].pixels})
    same(again, whole)


def test_only_a_photograph_of_the_same_size_takes_its_place_again() -> None:
    blank = privacy.without_pixels(person(sources=["/x/cat.png"]))
    with pytest.raises(InputError, match=r"cat\.png has 3 x 4 pixels.* 8 x 12"):
        privacy.with_pixels(blank, {0: np.zeros((4, 3, 3), np.uint8)}, privacy.sources_of(blank))
    half = privacy.with_pixels(blank, {0: person().views[0].pixels})
    assert privacy.blank_views(half) == (1,)
    assert privacy.sources_of(half) == ["/x/cat.png", ""]


@pytest.mark.parametrize("name", ["body", "avatar"])
@pytest.mark.parametrize("ext", ["obj", "ply", "stl"])
def test_meshes_for_other_programs(name: str, ext: str, tmp_path: Path) -> None:
    value = VALUES[name]
    path = tmp_path / f"a.{ext}"
    write_any(value, path)
    found = read_any(path)
    assert isinstance(found, Shape)
    assert len(found.faces) == 4
    assert np.abs(np.sort(found.verts, 0) - np.sort(value.verts, 0)).max() < 1e-6


def test_every_format_listed_can_be_written_and_others_are_refused(tmp_path: Path) -> None:
    for name, value in VALUES.items():
        for form, ext, _ in formats_of(value):
            if "mixamo" in form or (name, form) == ("body", "glb"):
                continue  # these skeletons have other bones, and this is not the body of its model
            write_any(value, tmp_path / f"{name}-{form}{ext}", form)
            assert (tmp_path / f"{name}-{form}{ext}").stat().st_size > 0
        with pytest.raises(InputError, match=r"Cannot write .* \.npz"):
            write_any(value, tmp_path / "a.wav")


def changed(path: Path, **changes: Any) -> None:
    """Rewrite the header of a file."""
    with np.load(path) as file:
        arrays = dict(file)
    head = json.loads(str(arrays["figure"])) | changes
    arrays["figure"] = np.array(json.dumps(head))
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    ("name", "changes", "phrase"),
    [
        ("body", {"file_version": 99}, "newer Eigenform"),
        ("body", {"bones": ["root"]}, "whole body"),
        ("person", {"views": 7}, "lacks view/2/pixels"),
        ("person", {"views": 0}, "at least one view"),
        ("person", {"sizes": {"0": [10**6, 10**6]}}, "whole person"),
        ("avatar", {"clips": 3}, "whole avatar"),
    ],
)
def test_files_that_are_wrong_are_refused_in_one_sentence(
    name: str, changes: dict[str, Any], phrase: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.npz"
    write_any(VALUES[name], path)
    changed(path, **changes)
    with pytest.raises(InputError, match=phrase) as caught:
        read_any(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", VALUES)
def test_flipped_bytes_give_a_value_or_one_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_any(VALUES[name], path)
    data, rng, said = path.read_bytes(), np.random.default_rng(0), []
    for i in range(40):
        broken = bytearray(data[: rng.integers(1, len(data))] if i % 4 == 0 else data)
        for at in rng.integers(0, len(broken), 3):
            broken[at] = rng.integers(0, 256)
        path.write_bytes(broken)
        try:
            read_any(path)
        except InputError as error:
            said.append(str(error))
    assert said
    assert not any("\n" in words for words in said)


def test_a_session_of_an_older_version_still_opens(tmp_path: Path) -> None:
    path = tmp_path / "a.eigenform"
    write_project(path, [item(Image(np.full((2, 2, 1), 0.5)))])
    with zipfile.ZipFile(path) as archive:
        content = {n: archive.read(n) for n in archive.namelist()}
    document = json.loads(content["project.json"]) | {"version": 2}
    with zipfile.ZipFile(path, "w") as archive:
        for n, data in content.items():
            archive.writestr(n, json.dumps(document) if n == "project.json" else data)
    (found,), _ = read_project(path)
    assert found["value"].pixels.shape == (2, 2, 1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("body", {"kind": "body", "bones": 3, "height": 1.7}),
        ("person", {"kind": "person", "photographs": 2, "masks": 1, "fitted": 1, "left_out": 0}),
        ("avatar", {"kind": "avatar", "bones": 3, "influences": 2, "texture": [6, 4]}),
    ],
)
def test_info_says_what_a_file_holds(name: str, words: dict[str, Any], tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "a.npz"
    write_any(VALUES[name], path)
    assert main(["info", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {k: said[k] for k in words} == words
    assert main(["info", str(path)]) == 0
    if name == "avatar":
        assert said["report"]["watertight"] is True
    assert main(["export", str(path), str(tmp_path / "b.npz")]) == 0
    same(read_any(tmp_path / "b.npz"), VALUES[name])


def test_figures_stand_for_their_meshes() -> None:
    for value in (body(), avatar()):
        way = conversion(type(value).__name__, "Shape")
        assert way is not None
        mesh = way.run(value)
        assert np.array_equal(mesh.verts, value.verts)
        assert (mesh.colours is None) == isinstance(value, Body)


def test_a_person_is_refused_where_a_shape_is_asked_for(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "a.npz"
    write_any(person(), path)
    assert main(["basis", str(path), "--out", str(tmp_path / "b.npz")]) == 2
    assert "a person in photographs" in capsys.readouterr().err
    assert not (tmp_path / "b.npz").exists()
