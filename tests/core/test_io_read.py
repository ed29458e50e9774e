"""Readers: right rows in the right order, seams closed, scenes merged, text of every dialect."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from eigenform.errors import Cancelled, InputError
from eigenform.io.read import EXTENSIONS, read_shape
from eigenform.io.samples import make_sample
from eigenform.io.triangulate import triangles
from eigenform.io.weld import first_occurrences
from eigenform.io.write import WRITERS, write_shape
from eigenform.jobs import JobContext

DATA = os.environ.get("EIGENFORM_DATA")
TORUS = make_sample("torus", 300)


@pytest.mark.skipif(not DATA, reason="EIGENFORM_DATA is not set")
@pytest.mark.parametrize(("name", "verts"), [("spot", 11_533), ("spot_uv_seams", 2_930), ("skull", 5_154)])
def test_meshes_keep_the_order_of_their_vertex_lines(name: str, verts: int) -> None:
    path = Path(str(DATA)) / "meshes" / f"{name}.obj"
    shape = read_shape(path)
    lines = [line.split()[1:4] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("v ")]
    assert len(shape.verts) == verts
    assert np.array_equal(shape.verts, np.array(lines, dtype=float))
    assert shape.notes == ()


def test_welding_keeps_first_occurrences_in_order() -> None:
    points = np.array([[2.0, 0], [1, 0], [2, 0], [0, 5], [1, 0], [-0.0, 5]])
    keep, where = first_occurrences(points)
    assert keep.tolist() == [0, 1, 3]
    assert where.tolist() == [0, 1, 0, 2, 1, 2]


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".off", ".npz", ".vtp", ".stl"])
def test_written_meshes_come_back(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"Größe {suffix[1:]}{suffix}"
    write_shape(TORUS, path)
    shape = read_shape(path)
    exact = suffix != ".stl"  # which holds single precision, in the order of its triangles
    if exact:
        assert np.array_equal(shape.verts, TORUS.verts)
        assert np.array_equal(shape.faces, TORUS.faces)
    else:
        assert np.allclose(shape.verts[shape.faces], TORUS.verts[TORUS.faces], atol=1e-6)
    assert len(shape.verts) == len(TORUS.verts)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", [".xyz", ".csv", ".npy", ".npz", ".ply", ".txt", ".obj"])
def test_written_points_come_back(suffix: str, tmp_path: Path) -> None:
    cloud = make_sample("swiss-roll", 100).replace(labels=None)
    write_shape(cloud, tmp_path / f"a{suffix}")
    shape = read_shape(tmp_path / f"a{suffix}")
    assert shape.kind == "cloud"
    assert np.array_equal(shape.verts, cloud.verts)


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_features_keep_their_labels(suffix: str, tmp_path: Path) -> None:
    digits = make_sample("digits", 100)
    write_shape(digits, tmp_path / f"a{suffix}")
    shape = read_shape(tmp_path / f"a{suffix}")
    assert shape.kind == "features"
    assert np.array_equal(shape.verts, digits.verts)
    assert shape.labels is not None
    assert np.array_equal(shape.labels, digits.labels)


@pytest.mark.parametrize(("suffix", "phrase"), [(".ply", "dimensions"), (".stl", "dimensions"), (".doc", "suffixes")])
def test_a_shape_that_does_not_fit_is_refused(suffix: str, phrase: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=phrase):
        write_shape(make_sample("flat-torus", 100), tmp_path / f"a{suffix}")
    assert os.listdir(tmp_path) == []


def test_points_are_not_written_as_stl_and_faces_are_not_lost(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="triangles"):
        write_shape(make_sample("swiss-roll", 100), tmp_path / "a.stl")
    with pytest.raises(InputError, match="lose the faces"):
        write_shape(TORUS, tmp_path / "a.xyz")


def test_every_writer_has_a_reader() -> None:
    assert set(WRITERS) <= set(EXTENSIONS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 2 3\n4 5 6\n", [[1, 2, 3], [4, 5, 6]]),
        ("# made by hand\n1,2,3\n4,5,6 # the last\n", [[1, 2, 3], [4, 5, 6]]),
        ("x;y;z\n1,5;2;3\n4;5,25;6\n", [[1.5, 2, 3], [4, 5.25, 6]]),
        ("1,5 2 3,0\n4,0 5 6,5\n", [[1.5, 2, 3], [4, 5, 6.5]]),
        ("1\t2\t3\n\n4\t5\t6\n", [[1, 2, 3], [4, 5, 6]]),
        ("1, 2, 3,\n4, 5, 6,\n", [[1, 2, 3], [4, 5, 6]]),
        ("2\n1 2 3\n4 5 6\n", [[1, 2, 3], [4, 5, 6]]),
        ("1e0 2E0 +3\n4 -5 .6\n", [[1, 2, 3], [4, -5, 0.6]]),
    ],
)
def test_dialects_of_point_lists(text: str, expected: list, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    assert read_shape(path).verts.tolist() == expected


def test_normals_and_colours_behind_coordinates(tmp_path: Path) -> None:
    rows = np.hstack([TORUS.verts, TORUS.verts / np.linalg.norm(TORUS.verts, axis=1, keepdims=True)])
    np.savetxt(tmp_path / "n.xyz", rows)
    shape = read_shape(tmp_path / "n.xyz")
    assert shape.normals is not None
    assert np.allclose(shape.normals, rows[:, 3:])
    np.savetxt(tmp_path / "c.pts", np.hstack([TORUS.verts, np.full((len(TORUS.verts), 4), 200)]))
    shape = read_shape(tmp_path / "c.pts")
    assert shape.normals is None
    assert shape.verts.shape == TORUS.verts.shape
    assert "4 columns" in shape.notes[0]


def test_tables_with_names_and_an_index(tmp_path: Path) -> None:
    path = tmp_path / "iris.csv"
    path.write_text("id,a,b,c,d,species\n0,1,2,3,4,setosa\n1,2,3,4,5,virginica\n2,5,5,5,5,setosa\n", encoding="utf-8")
    shape = read_shape(path)
    assert shape.verts.tolist() == [[1, 2, 3, 4], [2, 3, 4, 5], [5, 5, 5, 5]]
    assert shape.labels is not None
    assert shape.labels.tolist() == [0, 1, 0]


def test_images_become_features(tmp_path: Path) -> None:
    images = np.random.default_rng(0).random((20, 4, 5))
    np.save(tmp_path / "images.npy", images)
    shape = read_shape(tmp_path / "images.npy")
    assert shape.verts.shape == (20, 20)
    assert shape.images is not None
    assert shape.images.shape == (20, 4, 5)


def scene_file(path: Path) -> None:
    import trimesh

    scene = trimesh.Scene()
    box = trimesh.creation.box()
    scene.add_geometry(box, geom_name="left", node_name="left")
    move = trimesh.transformations.translation_matrix([5, 0, 0])
    scene.add_geometry(trimesh.creation.icosphere(1), geom_name="ball", node_name="right", transform=move)
    path.write_bytes(scene.export(file_type="glb"))


def test_scenes_are_merged_or_chosen_from(tmp_path: Path) -> None:
    path = tmp_path / "scene.glb"
    scene_file(path)
    merged = read_shape(path)
    assert len(merged.verts) == 8 + 42
    assert merged.verts[:, 0].max() == pytest.approx(6, abs=0.2)
    ball = read_shape(path, scene="ball")
    assert len(ball.verts) == 42
    assert ball.verts.mean(axis=0) == pytest.approx([5, 0, 0], abs=1e-6)
    with pytest.raises(InputError, match="its objects are: left, ball"):
        read_shape(path, scene="cone")


def test_objects_of_an_obj(tmp_path: Path) -> None:
    path = tmp_path / "two.obj"
    path.write_text(
        "o one\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\no two\nv 0 0 5\nv 1 0 5\nv 0 1 5\nf -3 -2 -1\n", encoding="utf-8"
    )
    assert len(read_shape(path).faces) == 2
    assert read_shape(path, scene="two").verts[:, 2].tolist() == [5, 5, 5]
    with pytest.raises(InputError, match="one, two"):
        read_shape(path, scene="three")


def test_polygons_keep_their_area() -> None:
    concave = np.array([[0.0, 0, 0], [2, 0, 0], [2, 2, 0], [1, 0.5, 0], [0, 2, 0]])
    dart = np.array([[0.0, 0, 0], [2, 1, 0], [0, 2, 0], [0.5, 1, 0]])
    for polygon, area in ((concave, 2.5), (dart, 1.5)):
        faces = triangles(np.arange(len(polygon)), np.array([len(polygon)]), polygon)
        a, b, c = (polygon[faces[:, i]] for i in range(3))
        z = np.cross(b - a, c - a)[:, 2]
        assert len(faces) == len(polygon) - 2
        assert (z > 0).all()
        assert z.sum() / 2 == pytest.approx(area)


def test_double_precision_pcd(tmp_path: Path) -> None:
    points = np.random.default_rng(0).random((40, 3)) + 1e7
    head = "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nSIZE 8 8 8\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 40\nHEIGHT 1\n"
    head += "VIEWPOINT 0 0 0 1 0 0 0\nPOINTS 40\nDATA binary\n"
    (tmp_path / "é.pcd").write_bytes(head.encode() + points.tobytes())
    assert np.array_equal(read_shape(tmp_path / "é.pcd").verts, points)


def test_volume_grids_give_their_surface(tmp_path: Path) -> None:
    import meshio

    points = np.array([[x, y, z] for x in (0.0, 1) for y in (0.0, 1) for z in (0.0, 1)] + [[9.0, 9, 9]])
    cells = [("hexahedron", np.array([[0, 4, 6, 2, 1, 5, 7, 3]]))]
    for name in ("grid.vtu", "grid.vtk"):
        meshio.write(tmp_path / name, meshio.Mesh(points, cells))
        shape = read_shape(tmp_path / name)
        assert np.array_equal(shape.verts, points[:8])
        assert len(shape.faces) == 12


def test_another_reader_takes_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from eigenform.io import ply
    from eigenform.io.raw import Raw

    write_shape(TORUS, tmp_path / "a.ply")
    monkeypatch.setattr(ply, "read_ply", lambda path, request: Raw(np.zeros((0, 3))))
    assert len(read_shape(tmp_path / "a.ply").faces) == len(TORUS.faces)


def test_progress_and_cancel(tmp_path: Path) -> None:
    write_shape(TORUS, tmp_path / "a.obj")
    ctx = JobContext()
    read_shape(tmp_path / "a.obj", ctx)
    assert (ctx.progress().step, ctx.progress().steps) == (100, 100)
    ctx.cancel()
    with pytest.raises(Cancelled):
        read_shape(tmp_path / "a.obj", ctx)


def test_without_welding_rows_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("1 2 3\n1 2 3\n", encoding="utf-8")
    assert len(read_shape(tmp_path / "a.xyz", weld=False).verts) == 2
