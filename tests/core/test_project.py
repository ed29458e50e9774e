"""Sessions: what was saved comes back, wherever the originals are."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.io.implicit_files import sampled_surface
from eigenform.io.project import read_project, write_project
from eigenform.io.samples import make_sample
from eigenform.types import Basis, Field, Image, ImplicitSurface, Photographs, Shape


def session() -> list[dict[str, Any]]:
    torus, digits = make_sample("torus", 200), make_sample("digits", 100)
    rng = np.random.default_rng(0)
    count = len(torus.verts)
    basis = Basis(
        torus.verts,
        torus.faces,
        rng.random((count, 4)),
        np.arange(4.0),
        np.ones(count),
        meta={"params": {"modes": 4}},
        network={"scale": np.array(3.0, dtype=np.float32), "w": rng.random((2, 5), dtype=np.float32)},
        name="learned",
    )
    field = Field(torus.verts, torus.faces, rng.random((count, 2)), meta={"unit": "m"}, name="Höhe")
    values = [("a", None, "shape", torus), ("b", "a", "basis", basis), ("c", "a", "field", field)]
    values.append(("d", None, "shape", digits.replace(notes=("One.", "Two."))))
    return [
        {"id": i, "parent": p, "kind": k, "name": f"Ding {i}", "visible": i != "c", "value": v}
        | {"display": {"map": "coolwarm", "range": [0, 1.5]}, "provenance": {"file": "/gone/ä.obj", "seconds": 1.25}}
        for i, p, k, v in values
    ]


def test_a_session_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "Sitzung é.eigenform"
    items, state = session(), {"camera": [1, 2.5], "selected": "b"}
    write_project(path, items, state)
    assert os.listdir(tmp_path) == [path.name]
    again, state_again = read_project(path)
    assert state_again == state
    for before, after in zip(items, again, strict=True):
        for key in ("id", "parent", "kind", "name", "visible", "display", "provenance"):
            assert after[key] == before[key]
        a, b = before["value"], after["value"]
        assert type(a) is type(b)
        assert a.name == b.name
        assert np.array_equal(a.verts, b.verts)
        assert np.array_equal(a.faces, b.faces)
    basis, old = again[1]["value"], items[1]["value"]
    assert np.array_equal(basis.evecs, old.evecs)
    assert basis.meta == old.meta
    assert basis.density is None
    assert basis.network["scale"].shape == ()
    assert np.array_equal(basis.network["w"], old.network["w"])
    assert np.array_equal(again[2]["value"].values, items[2]["value"].values)
    digits = again[3]["value"]
    assert digits.notes == ("One.", "Two.")
    assert digits.source == "sample:digits"
    assert np.array_equal(digits.images, items[3]["value"].images)
    assert np.array_equal(digits.labels, items[3]["value"].labels)


def test_shared_arrays_are_stored_once_and_nothing_is_pickled(tmp_path: Path) -> None:
    path = tmp_path / "a.eigenform"
    write_project(path, session())
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert all(name == "project.json" or name.endswith(".npy") for name in names)
        shapes = [np.lib.format.read_array(archive.open(n), allow_pickle=False).shape for n in names if n[-1] == "y"]
    assert shapes.count(session()[0]["value"].verts.shape) == 1


def test_an_empty_session(tmp_path: Path) -> None:
    write_project(tmp_path / "a.eigenform", [], {})
    assert read_project(tmp_path / "a.eigenform") == ([], {})


def changed(path: Path, **changes: Any) -> None:
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(content["project.json"]) | changes
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, json.dumps(document) if name == "project.json" else data)


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"version": 99}, "newer"),
        ({"version": "x"}, "newer"),
        ({"format": "something"}, "not a session"),
        ({"items": [{"id": "a"}]}, "damaged"),
        ({"items": 3}, "damaged"),
    ],
)
def test_other_sessions_are_refused(changes: dict, phrase: str, tmp_path: Path) -> None:
    path = tmp_path / "a.eigenform"
    write_project(path, session())
    changed(path, **changes)
    with pytest.raises(InputError, match=phrase):
        read_project(path)


def test_unknown_values_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.eigenform"
    write_project(path, session())
    items = json.loads(zipfile.ZipFile(path).read("project.json"))["items"]
    items[0]["value"]["type"] = "Hologram"
    changed(path, items=items)
    with pytest.raises(InputError, match="Hologram"):
        read_project(path)


@pytest.mark.parametrize("kept", [0, 100, -300])
def test_damaged_sessions_are_refused(kept: int, tmp_path: Path) -> None:
    path = tmp_path / "a.eigenform"
    write_project(path, session())
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match="damaged"):
        read_project(path)
    with pytest.raises(InputError, match="no file"):
        read_project(tmp_path / "b.eigenform")


def test_flipped_bytes_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.eigenform"
    write_project(path, session())
    data = bytearray(path.read_bytes())
    data[2000] ^= 255
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read_project(path)


def test_a_failed_save_keeps_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.eigenform"
    write_project(path, session())
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_project(path, [session()[0] | {"value": object()}])
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.eigenform"]


def new_values() -> list[Any]:
    rng = np.random.default_rng(0)
    verts, faces = rng.random((6, 3)), np.array([[0, 1, 2], [3, 4, 5]])
    samples = rng.normal(size=(5, 6, 7)).astype(np.float32)
    surface = sampled_surface(
        samples, np.array([[0.0, 0, 0], [1, 2, 3]]), name="Fläche", meta={"report": {"genus": None}}
    )
    image = Image(rng.random((4, 5, 3)), rng.random((4, 5)) > 0.5, np.arange(20).reshape(4, 5), {"a": 1}, "Bild")
    poses = np.tile(np.eye(4), (2, 1, 1))
    pictures = rng.integers(0, 256, (2, 40, 50, 3)).astype(np.uint8)
    masks = np.zeros((2, 40, 50), dtype=bool)
    masks[:, 10:20] = True
    photographs = Photographs(pictures, poses[:, :3, :3], poses, np.zeros(3), 1.5, masks, verts, {"notes": []}, "Fotos")
    field = Field(verts, faces, rng.random((6, 3)), {"colours": True}, "Farbe", rng.random(6) > 0.5, np.arange(6))
    coloured = Shape(verts, faces, colours=rng.random((6, 3), dtype=np.float32))
    return [surface, image, photographs, field, coloured, photographs.replace(masks=None, points=None)]


def as_items(values: list[Any]) -> list[dict[str, Any]]:
    return [
        {"id": str(i), "parent": None, "kind": "x", "name": "x", "visible": True, "value": v}
        for i, v in enumerate(values)
    ]


def test_every_type_of_value_comes_back_bit_for_bit(tmp_path: Path) -> None:
    path, values = tmp_path / "a.eigenform", new_values()
    write_project(path, as_items(values))
    for before, after in zip(values, [i["value"] for i in read_project(path)[0]], strict=True):
        assert type(before) is type(after)
        for name, value in vars(before).items():
            found = getattr(after, name)
            if isinstance(value, np.ndarray):
                assert found.dtype == value.dtype
                assert np.array_equal(found, value), name
            elif name == "arrays":
                assert all(np.array_equal(found[k], v) for k, v in value.items())
            else:
                assert found == value, name
    surface = read_project(path)[0][0]["value"]
    assert isinstance(surface, ImplicitSurface)
    assert surface.samples.flags.c_contiguous


def test_sessions_of_the_first_layout_open(tmp_path: Path) -> None:
    path = tmp_path / "a.eigenform"
    write_project(path, session())
    changed(path, version=1)
    assert len(read_project(path)[0]) == 4


def test_photographs_are_stored_once_and_masks_take_little_room(tmp_path: Path) -> None:
    photographs = new_values()[2]
    write_project(tmp_path / "a.eigenform", as_items([photographs, photographs.replace(name="again")]))
    size = (tmp_path / "a.eigenform").stat().st_size
    assert size < photographs.images.nbytes + photographs.masks.nbytes / 2 + 8000
