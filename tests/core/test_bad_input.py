"""Malformed and odd files: each is read into a finite shape, or refused in one sentence that names it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.io.read import read_shape
from eigenform.io.samples import make_sample

BOX_V = np.array([[x, y, z] for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)])
BOX_F = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4]]
    + [[1, 5, 7], [1, 7, 3]]
)


def obj(verts: np.ndarray = BOX_V, faces: np.ndarray = BOX_F) -> bytes:
    lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in verts.tolist()]
    lines += ["f " + " ".join(str(i + 1) for i in face) for face in faces]
    return ("\n".join(lines) + "\n").encode()


def stl() -> bytes:
    rows = np.zeros(len(BOX_F), dtype=[("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")])
    rows["v"] = BOX_V[BOX_F]
    return b"box".ljust(80) + len(rows).to_bytes(4, "little") + rows.tobytes()


def ascii_stl() -> bytes:
    parts = ["solid box"]
    for corner in BOX_V[BOX_F]:
        parts += ["facet normal 0 0 0", "outer loop", *("vertex {} {} {}".format(*p) for p in corner)]
        parts += ["endloop", "endfacet"]
    return ("\n".join([*parts, "endsolid box"]) + "\n").encode()


def ply(ascii: bool = False) -> bytes:
    layout = "ascii" if ascii else "binary_little_endian"
    head = f"ply\nformat {layout} 1.0\nelement vertex 8\n" + "".join(f"property float {a}\n" for a in "xyz")
    head += "element face 12\nproperty list uchar int vertex_indices\nend_header\n"
    if ascii:
        body = "".join("{} {} {}\n".format(*p) for p in BOX_V) + "".join("3 {} {} {}\n".format(*f) for f in BOX_F)
        return (head + body).encode()
    rows = np.zeros(12, dtype=[("n", "u1"), ("i", "<i4", 3)])
    rows["n"], rows["i"] = 3, BOX_F
    return head.encode() + BOX_V.astype("<f4").tobytes() + rows.tobytes()


def off() -> bytes:
    rows = ["{} {} {}".format(*p) for p in BOX_V] + ["3 {} {} {}".format(*f) for f in BOX_F]
    return ("OFF\n8 12 0\n" + "\n".join(rows) + "\n").encode()


def glb() -> bytes:
    import trimesh

    return trimesh.Trimesh(BOX_V, BOX_F, process=False).export(file_type="glb")


def npy(array: np.ndarray, pickled: bool = False) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=pickled)
    return file.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def vtp() -> bytes:
    points = " ".join(map(str, BOX_V.ravel()))
    return (
        '<?xml version="1.0"?>\n<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian">\n<PolyData>\n'
        '<Piece NumberOfPoints="8" NumberOfPolys="12">\n<Points><DataArray type="Float64" NumberOfComponents="3" '
        f'format="ascii">{points}</DataArray></Points>\n<Polys><DataArray type="Int64" Name="connectivity" '
        f'format="ascii">{" ".join(map(str, BOX_F.ravel()))}</DataArray><DataArray type="Int64" Name="offsets" '
        f'format="ascii">{" ".join(str(3 * i) for i in range(1, 13))}</DataArray></Polys>\n</Piece>\n</PolyData>\n'
        "</VTKFile>\n"
    ).encode()


def pcd(points: int = 5) -> bytes:
    head = "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nSIZE 8 8 8\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 5\nHEIGHT 1\n"
    head += "VIEWPOINT 0 0 0 1 0 0 0\nPOINTS 5\nDATA binary\n"
    return head.encode() + np.random.default_rng(0).random((points, 3)).tobytes()


def pcd_text(points: int = 5) -> bytes:
    head = pcd(0).replace(b"DATA binary", b"DATA ascii")
    return head + b"".join(b"%d 0.5 %d\n" % (i, i * i) for i in range(points))


def noise(size: int = 3000) -> bytes:
    return b"\x07\x00" + np.random.default_rng(7).integers(0, 256, size, dtype=np.uint8).tobytes()


def gltf_without_buffer() -> bytes:
    scene = {"asset": {"version": "2.0"}, "buffers": [{"uri": "gone.bin", "byteLength": 12}]}
    scene |= {"bufferViews": [{"buffer": 0, "byteLength": 12}], "nodes": [{"mesh": 0}], "scenes": [{"nodes": [0]}]}
    scene["accessors"] = [{"bufferView": 0, "componentType": 5126, "count": 1, "type": "VEC3"}]
    return json.dumps(scene | {"meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}]}).encode()


REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty obj": ("a.obj", lambda: b"", "empty"),
    "empty ply": ("a.ply", lambda: b"", "empty"),
    "binary STL cut short": ("a.stl", lambda: stl()[:300], "promises 12 triangles, but holds 4"),
    "ascii STL cut short": ("a.stl", lambda: ascii_stl()[:700], "endsolid"),
    "GLB cut short": ("a.glb", lambda: glb()[:-40], "cut short"),
    "binary PLY cut short": ("a.ply", lambda: ply()[:-30], "promises 12 of 'face'"),
    "ascii PLY cut short": ("a.ply", lambda: ply(True)[:-30], "promises 12 of 'face'"),
    "PLY with half a header": ("a.ply", lambda: ply()[:60], "header"),
    "PLY of an unknown layout": ("a.ply", lambda: ply().replace(b"binary_little", b"binary_middle"), "unknown"),
    "OFF cut short": ("a.off", lambda: off()[:-40], "promises 8 vertices and 12 faces"),
    "OBJ cut short in its vertices": ("a.obj", lambda: obj()[:110].rsplit(b" ", 1)[0], "cut short"),
    "OBJ whose faces ask for more": ("a.obj", lambda: obj(BOX_V[:6]), "asks for vertex 8"),
    "OBJ that counts from zero": ("a.obj", lambda: obj().replace(b"f 1 2 4", b"f 0 2 4"), "vertex 0"),
    "OBJ with words": ("a.obj", lambda: b"v 0 0 zero\n" + obj(), "numbers"),
    "NPY cut short": ("a.npy", lambda: npy(BOX_V)[:-50], "cut short"),
    "NPY with pickled objects": ("a.npy", lambda: npy(np.array([{}], dtype=object), True), "pickled"),
    "NPY with one row": ("a.npy", lambda: npy(np.zeros(7)), "shape"),
    "NPY with complex numbers": ("a.npy", lambda: npy(BOX_V + 1j), "complex"),
    "NPY with text": ("a.npy", lambda: npy(np.array([["a", "b"]])), "real numbers"),
    "NPZ cut short": ("a.npz", lambda: npz(points=BOX_V)[:-100], "damaged"),
    "NPZ with nothing of use": ("a.npz", lambda: npz(one=np.zeros(3), two=np.zeros(3)), "name the points"),
    "NPZ with faces out of range": ("a.npz", lambda: npz(verts=BOX_V[:5], faces=BOX_F), "vertex"),
    "NPZ with labels of another count": ("a.npz", lambda: npz(X=BOX_V, y=np.zeros(3, int)), "labels"),
    "VTP cut short": ("a.vtp", lambda: vtp()[:400], "cut short"),
    "PCD cut short": ("a.pcd", lambda: pcd(2), "promises 5 points, but holds 2"),
    "PCD of text cut short": ("a.pcd", lambda: pcd_text(3), "promises 5 points, but holds 3"),
    "ragged CSV": ("a.csv", lambda: b"1,2,3\n4,5,6\n7,8\n", "row 3 has 2 values where the first has 3"),
    "CSV with a word among numbers": ("a.csv", lambda: b"x,y,z\n1,2,3\n4,five,6\n", "'five'"),
    "CSV with a header only": ("a.csv", lambda: b"x,y,z\n", "header"),
    "prose": ("a.txt", lambda: b"Dear all,\nplease find the mesh attached.\n", "instead of a number|values where"),
    "only NaN": ("a.xyz", lambda: b"nan nan nan\nnan nan nan\n", "NaN"),
    "noise named obj": ("a.obj", noise, "cannot be read|known"),
    "noise named glb": ("a.glb", noise, "GLB"),
    "noise named npz": ("a.npz", noise, "npz"),
    "noise named vtu": ("a.vtu", noise, "VTK"),
    "noise with an unknown name": ("a.foo", noise, "neither its name nor its content"),
    "a picture": ("a.png", lambda: b"\x89PNG\r\n\x1a\n" + noise(500), "neither its name nor its content"),
    "a web page named obj": ("a.obj", lambda: b"<html><body>404 not found</body></html>", "no vertex lines"),
    "glTF without its buffer": ("a.gltf", gltf_without_buffer, "gone.bin"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_one_sentence(case: str, tmp_path: Path) -> None:
    name, content, phrase = REFUSED[case]
    path = tmp_path / name
    path.write_bytes(content())
    with pytest.raises(InputError, match=phrase) as caught:
        read_shape(path)
    text = str(caught.value)
    assert name in text
    assert "\n" not in text
    assert "Traceback" not in text
    assert len(text) < 400


def far_sheet() -> bytes:
    sheet = make_sample("sheet", 100)
    return obj(sheet.verts + 1e7, sheet.faces)


def doubled_seams() -> bytes:
    """Every face with vertices of its own."""
    return obj(BOX_V[BOX_F].reshape(-1, 3), np.arange(36).reshape(-1, 3))


def with_nan() -> bytes:
    return obj().replace(b"v 1.0 1.0 1.0", b"v nan 1.0 1.0")


ZERO_AREA = np.vstack([BOX_F, [[0, 0, 1], [2, 2, 2]]])
LINE = b"".join(b"%d 0 0\n" % i for i in range(30))

READ: dict[str, tuple[str, Callable[[], bytes], str, int, int, str]] = {
    "one point": ("a.xyz", lambda: b"1 2 3\n", "cloud", 1, 0, ""),
    "two points": ("a.xyz", lambda: b"1 2 3\n4 5 6\n", "cloud", 2, 0, ""),
    "collinear points": ("a.xyz", lambda: LINE, "cloud", 30, 0, ""),
    "collinear faces": ("a.obj", lambda: obj(BOX_V[:3] * [0, 0, 1] + [[0], [1], [2]], BOX_F[:0]), "cloud", 3, 0, ""),
    "a face without area": ("a.obj", lambda: b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n", "cloud", 3, 0, "area"),
    "1e7 offset": ("a.obj", far_sheet, "mesh", 100, 162, ""),
    "seams": ("a.obj", doubled_seams, "mesh", 8, 12, "joined"),
    "unreferenced vertices": ("a.obj", lambda: b"v 9 9 9\n" + obj(BOX_V, BOX_F + 1), "mesh", 8, 12, "no face uses"),
    "NaN vertex of a mesh": ("a.obj", with_nan, "mesh", 7, 6, "NaN"),
    "NaN points": ("a.xyz", lambda: b"1 2 3\nnan 1 2\n3 4 inf\n5 6 7\n", "cloud", 2, 0, "2 points with NaN"),
    "duplicate points": ("a.xyz", lambda: b"1 2 3\n4 5 6\n1 2 3\n", "cloud", 2, 0, "1 point at the position"),
    "zero-area faces": ("a.obj", lambda: obj(BOX_V, ZERO_AREA), "mesh", 8, 12, "2 faces without area"),
    "repeated faces": ("a.obj", lambda: obj(BOX_V, np.vstack([BOX_F, BOX_F[:3]])), "mesh", 8, 12, "3 repeated faces"),
    "a fan of three on an edge": ("a.obj", lambda: obj(BOX_V, np.vstack([BOX_F, [[0, 1, 7]]])), "mesh", 8, 13, ""),
    "OBJ named PLY": ("a.ply", obj, "mesh", 8, 12, "holds obj data"),
    "STL named OBJ": ("a.obj", stl, "mesh", 8, 12, "holds stl data"),
    "PLY named STL": ("a.stl", ply, "mesh", 8, 12, "holds ply data"),
    "GLB named OFF": ("a.off", glb, "mesh", 8, 12, "holds gltf data"),
    "OFF named TXT": ("a.txt", off, "mesh", 8, 12, "holds off data"),
    "points named OBJ": ("a.obj", lambda: LINE, "cloud", 30, 0, "holds points data"),
    "unknown suffix": ("a.mesh", obj, "mesh", 8, 12, "holds obj data"),
    "ascii STL": ("a.stl", ascii_stl, "mesh", 8, 12, "joined"),
    "Windows line ends": ("a.obj", lambda: obj().replace(b"\n", b"\r\n"), "mesh", 8, 12, ""),
    "byte order mark": ("a.csv", lambda: b"\xef\xbb\xbfx,y,z\r\n1,2,3\r\n4,5,6\r\n", "cloud", 2, 0, ""),
    "OBJ without faces": ("a.obj", lambda: obj(faces=BOX_F[:0]), "cloud", 8, 0, ""),
    "a face of two vertices": ("a.obj", lambda: obj() + b"f 1 2\n", "mesh", 8, 12, "fewer than three"),
}


@pytest.mark.parametrize("case", READ)
def test_odd_but_read(case: str, tmp_path: Path) -> None:
    name, content, kind, verts, faces, note = READ[case]
    path = tmp_path / name
    path.write_bytes(content())
    shape = read_shape(path)
    assert (shape.kind, len(shape.verts), len(shape.faces)) == (kind, verts, faces)
    assert np.isfinite(shape.verts).all()
    assert note in " ".join(shape.notes)
    assert bool(note) == bool(shape.notes)


def test_an_offset_keeps_its_digits(tmp_path: Path) -> None:
    sheet = make_sample("sheet", 100)
    path = tmp_path / "far.obj"
    path.write_bytes(far_sheet())
    shape = read_shape(path)
    assert np.array_equal(shape.verts, sheet.verts + 1e7)


@pytest.mark.parametrize("name", ["nothing-here.obj", "."])
def test_no_such_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file|folder"):
        read_shape(tmp_path / name)


def test_components_survive(tmp_path: Path) -> None:
    from eigenform.io.health import health

    verts = np.concatenate([BOX_V + 3 * i for i in range(4)])
    faces = np.concatenate([BOX_F + 8 * i for i in range(4)])
    path = tmp_path / "four.obj"
    path.write_bytes(obj(verts, faces))
    assert health(read_shape(path)).components == 4
