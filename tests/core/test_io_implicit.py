"""Implicit surfaces as files: everything comes back, in input units, outward, on the axes it had."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.implicit.fields import field_of
from eigenform.io.files import formats_of, kind_of, read_any, suffixes, write_any
from eigenform.io.implicit_files import FORMATS, read_field, read_implicit, sampled_surface, write_implicit
from eigenform.io.read import read_shape
from eigenform.io.write import write_shape
from eigenform.types import ImplicitSurface, Shape

MESHES = [f.name for f in FORMATS.values() if f.holds == "mesh"]


def ellipsoid(n: int = 24, centre: tuple = (0.0, 0.0, 0.0), size: float = 1.0) -> ImplicitSurface:
    """Longest along x, shortest along z, off the middle of its box: a swapped axis would show."""
    middle = np.array(centre)
    box = np.array([[-1.0, -0.7, -0.5], [1.2, 0.8, 0.6]]) * size + middle
    shape = (n, n - 3, n - 6)
    axes = np.meshgrid(*[np.linspace(box[0, i], box[1, i], shape[i]) for i in range(3)], indexing="ij")
    x, y, z = (axes[i] - middle[i] for i in range(3))
    r = np.sqrt(x**2 + (y / 0.6) ** 2 + (z / 0.4) ** 2)
    samples = (r - 0.8 * size) * 0.4
    return sampled_surface(samples, box, name="Ellipsoid é", meta={"method": "grid", "report": {"genus": 0}})


def volume(shape: Shape) -> float:
    a, b, c = (shape.verts[shape.faces[:, i]] - shape.verts.mean(0) for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def test_npz_keeps_every_bit(tmp_path: Path) -> None:
    before = ellipsoid()
    write_implicit(before, tmp_path / "a.npz")
    after = read_any(tmp_path / "a.npz")
    assert isinstance(after, ImplicitSurface)
    for name in ("box", "samples", "verts", "faces"):
        assert np.array_equal(getattr(before, name), getattr(after, name))
        assert getattr(before, name).dtype == getattr(after, name).dtype
    assert np.array_equal(before.arrays["samples"], after.arrays["samples"])
    assert (after.spec, after.meta, after.name, after.level) == (before.spec, before.meta, before.name, before.level)


def test_the_field_alone_is_evaluated_anywhere_and_put_together_again(tmp_path: Path) -> None:
    before = ellipsoid(centre=(5.0, -3.0, 2.0), size=4.0)
    path = tmp_path / "a.safetensors"
    write_implicit(before, path)
    points = np.random.default_rng(0).uniform(-10, 10, (50, 3))
    assert np.array_equal(read_field(path).values(points), field_of(before).values(points))
    after = read_implicit(path)
    assert max(after.samples.shape) == max(before.samples.shape)
    assert (after.name, after.meta["method"]) == (before.name, "grid")
    assert volume(Shape(after.verts, after.faces)) == pytest.approx(volume(Shape(before.verts, before.faces)), rel=3e-2)


def test_a_grid_comes_back_as_samples(tmp_path: Path) -> None:
    before = ellipsoid(centre=(1e3, 2e3, -1e3)).replace(level=0.01)
    path = tmp_path / "a.vti"
    write_implicit(before, path)
    after = read_any(path)
    assert np.array_equal(after.samples, before.samples)  # x is x: the three sides differ
    assert np.abs(after.box - before.box).max() < 1e-9
    assert (after.spec["kind"], after.level) == ("samples", 0.01)
    points = np.random.default_rng(0).uniform(after.box[0], after.box[1], (50, 3))
    assert np.abs(field_of(after).values(points) - field_of(before).values(points)).max() < 1e-6


@pytest.mark.parametrize("centre", [(0.0, 0.0, 0.0), (1e6, -1e6, 2e6)])
@pytest.mark.parametrize("name", MESHES)
def test_meshes_keep_units_axes_and_outside(name: str, centre: tuple, tmp_path: Path) -> None:
    before = ellipsoid(centre=centre, size=3.0)
    path = tmp_path / f"a.{name}"
    write_implicit(before, path)
    after = read_shape(path, weld=name == "stl")
    side = np.ptp(before.box, axis=0).max()
    verts = before.verts
    if name == "stl":  # triangles apart: vertices come back in the order of the corners
        order = list(dict.fromkeys(before.faces.ravel().tolist()))
        verts = before.verts[order]
    assert after.verts.shape == verts.shape
    assert np.abs(after.verts - verts).max() < 1e-6 * side
    assert volume(after) == pytest.approx(volume(Shape(before.verts, before.faces)), rel=1e-5)
    assert volume(after) > 0
    assert np.ptp(after.verts, axis=0).argmax() == 0


@pytest.mark.parametrize("ext", ["ply", "obj", "glb", "vtp", "npz"])
def test_colours_and_normals_of_vertices(ext: str, tmp_path: Path) -> None:
    surface = ellipsoid(12)
    rng = np.random.default_rng(0)
    colours = rng.random((len(surface.verts), 3), dtype=np.float32)
    normals = rng.normal(size=colours.shape)
    before = Shape(surface.verts, surface.faces, colours=colours, normals=normals)
    write_shape(before, tmp_path / f"a.{ext}")
    after = read_shape(tmp_path / f"a.{ext}", weld=False)
    bright = colours > 0.2  # glTF keeps linear light, whose bytes are coarse in the dark
    assert np.abs(after.colours - colours)[bright].max() <= (1.1 if ext == "glb" else 0.51) / 255 * 1.8
    assert after.colours.dtype == np.float32
    if ext == "ply":
        from eigenform.io.ply import _Binary, _header

        data = (tmp_path / "a.ply").read_bytes()
        _, elements, body = _header(data, tmp_path)
        columns = _Binary(data, body, "<").table(elements[0])
        assert np.allclose(columns["nx"], normals[:, 0])
        assert np.abs(after.verts - before.verts).max() == 0.0


def test_colours_survive_welding_and_other_number_ranges(tmp_path: Path) -> None:
    corners = "ply\nformat ascii 1.0\nelement vertex 4\n" + "".join(f"property float {a}\n" for a in "xyz")
    rows = "0 0 0 255 0 0\n0 0 0 255 0 0\n1 0 0 0 255 0\n0 1 0 0 0 255\n"
    (tmp_path / "a.ply").write_text(
        corners + "".join(f"property uchar {c}\n" for c in ("red", "green", "blue")) + "end_header\n" + rows
    )
    assert read_shape(tmp_path / "a.ply").colours.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    (tmp_path / "b.obj").write_text("v 0 0 0 255 0 0\nv 1 0 0 0 51 0\nv 0 1 0 0 0 0\nf 1 2 3\n")
    assert read_shape(tmp_path / "b.obj").colours[1].tolist() == pytest.approx([0, 0.2, 0])
    (tmp_path / "c.obj").write_text("v 0 0 0 0.5 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    assert read_shape(tmp_path / "c.obj").colours is None


def test_glb_says_it_is_not_turned(tmp_path: Path) -> None:
    before = ellipsoid(centre=(10.0, 20.0, 30.0))
    write_implicit(before, tmp_path / "a.glb")
    data = (tmp_path / "a.glb").read_bytes()
    assert len(data) == struct.unpack("<I", data[8:12])[0]
    document = json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])
    (node,) = document["nodes"]
    assert set(node) == {"mesh", "name", "translation"}
    position = document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    low = np.array(position["min"]) + node["translation"]
    assert low == pytest.approx(before.verts.min(0), abs=1e-6)


def test_formats_and_endings() -> None:
    surface = ellipsoid(10)
    assert [f for f, _, _ in formats_of(surface)] == list(FORMATS)
    empty = surface.replace(verts=np.zeros((0, 3)), faces=np.zeros((0, 3), dtype=int))
    assert [f for f, _, _ in formats_of(empty)] == ["npz", "safetensors", "vti"]
    assert {".vti", ".safetensors", ".png", ".ply"} <= set(suffixes())


def test_bad_files_are_one_sentence(tmp_path: Path) -> None:
    surface = ellipsoid(10)
    with pytest.raises(InputError, match="use one of the suffixes"):
        write_implicit(surface, tmp_path / "a.png")
    empty = surface.replace(verts=np.zeros((0, 3)), faces=np.zeros((0, 3), dtype=int))
    with pytest.raises(InputError, match="no surface at level 0"):
        write_implicit(empty, tmp_path / "a.ply")
    assert not list(tmp_path.iterdir())
    for name in ("npz", "safetensors", "vti"):
        path = tmp_path / f"a.{name}"
        write_any(surface, path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(InputError, match=rf"a\.{name}"):
            read_any(path)
    (tmp_path / "b.vti").write_bytes(b"<VTKFile")
    with pytest.raises(InputError, match=r"b\.vti"):
        read_any(tmp_path / "b.vti")
    with pytest.raises(InputError, match="There is no file"):
        read_any(tmp_path / "gone.npz")


def test_newer_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_implicit(ellipsoid(10), path)
    with np.load(path) as file:
        arrays = dict(file)
    head = json.loads(str(arrays["surface"]))
    np.savez(path, **(arrays | {"surface": np.array(json.dumps(head | {"file_version": 99}))}))
    with pytest.raises(InputError, match="newer Eigenform"):
        read_any(path)
    np.savez(path, **(arrays | {"surface": np.array(json.dumps(head | {"spec": {"kind": "hologram"}}))}))
    assert read_any(path).spec["kind"] == "hologram"  # its samples and mesh can be seen
    with pytest.raises(InputError, match="hologram"):
        read_field(path)
    from safetensors.numpy import save_file

    save_file({"a": np.zeros(3)}, tmp_path / "b.safetensors")
    with pytest.raises(InputError, match="tensors of another program"):
        read_any(tmp_path / "b.safetensors")


def test_nothing_is_pickled_and_a_pickle_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_implicit(ellipsoid(10), path)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            np.lib.format.read_array(archive.open(name), allow_pickle=False)
    np.savez(path, surface=np.array([object()]), box=np.zeros(2))
    assert kind_of(path) == "shape"
    with pytest.raises(InputError, match="pickled"):
        read_any(path)
