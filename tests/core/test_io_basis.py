"""Bases on disk: nothing is lost, and other programs open the files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from eigenform.errors import InputError
from eigenform.geometry.laplacian import cotangent
from eigenform.io.basis_diffusionnet import cache_name
from eigenform.io.basis_files import FORMATS, format_of, read_basis, write_basis
from eigenform.io.network_files import read_network, write_network
from eigenform.io.samples import make_sample
from eigenform.types import Basis

MODES = 6
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def basis() -> Basis:
    shape = make_sample("sphere", 200)
    stiffness, mass = cotangent(shape.verts, shape.faces)
    evals, evecs = scipy.linalg.eigh(stiffness.toarray(), np.diag(mass), subset_by_index=[0, MODES - 1])
    rng = np.random.default_rng(0)
    network = {"layers.0.weight": rng.random((3, 4), dtype=np.float32), "scale": np.array(2.0, dtype=np.float32)}
    return Basis(
        shape.verts,
        shape.faces,
        evecs,
        evals,
        mass,
        implicit_metric=rng.random(len(mass)),
        meta={"method": "classical", "seed": 3, "network": {"kind": "coordinate"}, "note": "schön"},
        network=network,
        stiffness=stiffness,
        name="Kugel ä",
    )


@pytest.fixture
def features() -> Basis:
    rng = np.random.default_rng(1)
    return Basis(rng.random((20, 7)), np.zeros((0, 3), int), rng.random((20, 3)), np.arange(3.0), np.full(20, 0.05))


def same(a: Basis, b: Basis) -> None:
    for name in ("verts", "faces", "evecs", "evals", "mass", "implicit_metric"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert (dict(a.meta), a.name) == (dict(b.meta), b.name)
    assert a.network is not None
    assert b.network is not None
    assert list(a.network) == list(b.network)
    for name, tensor in a.network.items():
        assert np.array_equal(tensor, b.network[name])
        assert tensor.shape == b.network[name].shape
        assert tensor.dtype == b.network[name].dtype
    assert abs(sp.csr_matrix(a.stiffness) - sp.csr_matrix(b.stiffness)).max() == 0


def test_formats_of_the_contract() -> None:
    assert list(FORMATS) == ["npz", "diffusionnet", "mat", "ev", "vtp", "vtu", "ply", "csv"]
    assert format_of("x/Y.NPZ").name == "npz"
    assert format_of("a.npz", "diffusionnet").name == "diffusionnet"
    with pytest.raises(InputError, match="suffixes"):
        format_of("a.docx")
    with pytest.raises(InputError, match="csv"):
        format_of("a.npz", "docx")


@pytest.mark.parametrize("name", ["a b é.npz", "é.mat"])
def test_complete_formats_lose_nothing(basis: Basis, name: str, tmp_path: Path) -> None:
    write_basis(basis, tmp_path / name)
    assert os.listdir(tmp_path) == [name]
    same(basis, read_basis(tmp_path / name))


def test_npz_keys(basis: Basis, tmp_path: Path) -> None:
    write_basis(basis, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert {"verts", "faces", "evecs", "evals", "mass", "density", "meta"} <= set(file.files)
        assert "network/layers.0.weight" in file.files
        assert file["faces"].dtype == np.int64
        assert file["evecs"].dtype == np.float64
        assert file["density"].mean() == pytest.approx(1)
        assert np.allclose(file["density"] * file["mass"], file["density"][0] * file["mass"][0])
        assert '"seed": 3' in str(file["meta"])


@pytest.mark.parametrize("format", FORMATS)
def test_bases_of_any_dimension(features: Basis, format: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{FORMATS[format].ext}"
    if format in ("npz", "mat", "ev", "csv"):
        write_basis(features, path, format)
        if FORMATS[format].reader:
            again = read_basis(path)
            assert np.array_equal(again.verts, features.verts)
            assert again.faces.shape == (0, 3)
    else:
        with pytest.raises(InputError, match="dimensions"):
            write_basis(features, path, format)
        assert os.listdir(tmp_path) == []


def test_scipy_opens_mat(basis: Basis, tmp_path: Path) -> None:
    import scipy.io

    write_basis(basis, tmp_path / "a.mat")
    found = scipy.io.loadmat(tmp_path / "a.mat")
    assert found["evals"].shape == (MODES, 1)
    assert np.allclose(found["evecs_trans"], found["evecs"].T @ found["A"])
    assert np.allclose(found["evecs_trans"] @ found["evecs"], np.eye(MODES), atol=1e-9)
    assert np.allclose(found["W"] @ found["evecs"], found["A"] @ found["evecs"] * found["evals"].T, atol=1e-8)
    assert found["faces_matlab"].min() == 1


def test_lapy_opens_ev(basis: Basis, tmp_path: Path) -> None:
    from lapy.io import read_ev

    write_basis(basis, tmp_path / "a.ev")
    found = read_ev(str(tmp_path / "a.ev"))
    assert np.array_equal(found["Eigenvalues"], basis.evals)
    assert np.array_equal(found["Eigenvectors"], basis.evecs)
    assert found["Area"] == pytest.approx(basis.mass.sum(), rel=1e-12)
    assert found["EulerChar"] == 2
    assert found["BLength"] == 0
    assert found["Volume"] == pytest.approx(4.0, rel=0.1)
    with pytest.raises(InputError, match="does not hold a whole basis"):
        read_basis(tmp_path / "a.ev")


@pytest.mark.parametrize("suffix", [".vtp", ".vtu"])
def test_pyvista_opens_vtk(basis: Basis, suffix: str, tmp_path: Path) -> None:
    pyvista = pytest.importorskip("pyvista")
    path = tmp_path / f"ü{suffix}"
    write_basis(basis, path)
    found = pyvista.read(path)
    assert np.array_equal(found.points, basis.verts)
    for i in range(MODES):
        assert np.array_equal(found.point_data[f"mode_{i:03d}"], basis.evecs[:, i])
    assert np.array_equal(found.point_data["mass"], basis.mass)
    assert np.array_equal(found.field_data["evals"], basis.evals)
    assert b'"seed": 3' in bytes(found.field_data["meta_utf8"])


@pytest.mark.parametrize("suffix", [".ply", ".vtu"])
def test_meshio_opens_ply_and_vtu(basis: Basis, suffix: str, tmp_path: Path) -> None:
    import meshio

    write_basis(basis, tmp_path / f"a{suffix}")
    found = meshio.read(tmp_path / f"a{suffix}")
    assert np.array_equal(found.points, basis.verts)
    assert np.array_equal(found.cells_dict["triangle"], basis.faces)
    assert np.array_equal(found.point_data["mode_003"], basis.evecs[:, 3])


def test_trimesh_and_our_reader_open_ply(basis: Basis, tmp_path: Path) -> None:
    import trimesh
    from eigenform.io.read import read_shape

    write_basis(basis, tmp_path / "a.ply")
    mesh = trimesh.load_mesh(tmp_path / "a.ply", process=False)
    assert np.array_equal(mesh.faces, basis.faces)
    for name in ("a.ply", "b.vtp", "c.npz"):
        write_basis(basis, tmp_path / name)
        assert np.array_equal(read_shape(tmp_path / name).verts, basis.verts)


def test_csv_holds_every_digit(basis: Basis, tmp_path: Path) -> None:
    write_basis(basis, tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    names = lines[2].split(",")
    table = np.array([line.split(",") for line in lines[3:]], dtype=float)
    assert np.array_equal(table[:, :3], basis.verts)
    assert np.array_equal(table[:, names.index("mode_004")], basis.evecs[:, 4])
    assert lines[1].startswith("# evals")


def diffusionnet_matrix(file: np.lib.npyio.NpzFile, name: str) -> sp.csc_matrix:
    """As DiffusionNet's own reader puts its operators together."""
    parts = tuple(file[f"{name}_{key}"] for key in ("data", "indices", "indptr"))
    return sp.csc_matrix(parts, shape=tuple(file[f"{name}_shape"]))


@pytest.mark.parametrize("mesh", [True, False])
def test_diffusionnet_cache(basis: Basis, mesh: bool, tmp_path: Path) -> None:
    chosen = basis if mesh else basis.replace(faces=np.zeros((0, 3), int), stiffness=None)
    write_basis(chosen, tmp_path / "a.npz", "diffusionnet")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        keys = {"verts", "frames", "faces", "k_eig", "mass", "evals", "evecs"}
        parts = {f"{n}_{k}" for n in ("L", "gradX", "gradY") for k in ("data", "indices", "indptr", "shape")}
        assert set(file.files) == keys | parts
        assert file["k_eig"].item() == MODES
        for key in ("verts", "frames", "mass", "evals", "evecs", "L_data", "gradX_data"):
            assert file[key].dtype == np.float32, key
        assert np.issubdtype(file["faces"].dtype, np.integer)
        frames = file["frames"].astype(float)
        assert np.allclose(frames @ frames.transpose(0, 2, 1), np.eye(3), atol=1e-5)
        assert np.allclose(np.cross(frames[:, 0], frames[:, 1]), frames[:, 2], atol=1e-5)
        assert np.all(np.abs(np.einsum("ij,ij->i", frames[:, 2], basis.verts)) > 0.95)
        direction = np.array([0.3, -0.5, 0.8])
        for i, name in enumerate(("gradX", "gradY")):
            found = diffusionnet_matrix(file, name) @ (basis.verts @ direction)
            assert np.abs(found - frames[:, i] @ direction).max() < 0.12
        laplacian = diffusionnet_matrix(file, "L")
        assert np.abs(laplacian @ np.ones(len(basis.verts))).max() < 1e-4
        assert (basis.verts[:, 0] @ laplacian @ basis.verts[:, 0]) > 0
    name = cache_name(basis.verts, basis.faces)
    assert name.endswith("_0.npz")
    assert len(name) == 46
    assert name != cache_name(basis.verts * 2, basis.faces)


def test_gradients_are_exact_for_linear_functions_on_a_plane() -> None:
    from eigenform.io.basis_diffusionnet import gradients, tangent_frames

    points = np.pad(np.random.default_rng(0).random((30, 2)), ((0, 0), (0, 1)))
    frames = tangent_frames(np.tile([0.0, 0.0, 1.0], (30, 1)))
    pairs = np.array([(i, j) for i in range(30) for j in range(30) if i != j])
    operators = gradients(points, frames, pairs)
    slope = np.array([2.0, -3.0, 0.0])
    for k in range(2):
        assert np.allclose(operators[k] @ (points @ slope + 1), frames[:, k] @ slope, atol=1e-7)


def test_network_alone(basis: Basis, features: Basis, tmp_path: Path) -> None:
    write_network(basis, tmp_path / "n.safetensors")
    tensors, meta = read_network(tmp_path / "n.safetensors")
    assert basis.network is not None
    assert set(tensors) == set(basis.network)
    assert tensors["scale"].shape == ()
    assert np.array_equal(tensors["layers.0.weight"], basis.network["layers.0.weight"])
    assert meta == basis.meta
    with pytest.raises(InputError, match="no network"):
        write_network(features, tmp_path / "m.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"nonsense" * 9)
    with pytest.raises(InputError, match="damaged"):
        read_network(tmp_path / "bad.safetensors")


def rewritten(path: Path, **changes: np.ndarray | None) -> Path:
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files} | changes
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})
    return path


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"evecs": None}, "lacks evecs"),
        ({"evals": np.zeros(2)}, "evals"),
        ({"mass": np.ones(3)}, "mass"),
        ({"faces": np.array([[0, 1, 10_000]])}, "10000"),
        ({"density": np.ones(4)}, "density"),
        ({"evecs": np.full((162, MODES), np.nan)}, "NaN"),
        ({"meta": np.array('{"file_version": 99}')}, "newer"),
        ({"meta": np.array("{oops")}, "JSON"),
        ({"meta": np.array("[1]")}, "object"),
        ({"mass": np.array([{}], dtype=object)}, "pickled"),
    ],
)
def test_damaged_basis_files_are_refused(basis: Basis, changes: dict, phrase: str, tmp_path: Path) -> None:
    write_basis(basis, tmp_path / "a.npz")
    path = rewritten(tmp_path / "a.npz", **changes)
    with pytest.raises(InputError, match=phrase) as caught:
        read_basis(path)
    assert "a.npz" in str(caught.value)


@pytest.mark.parametrize("name", ["a.npz", "a.mat"])
def test_files_cut_short_are_refused(basis: Basis, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    write_basis(basis, path)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(InputError, match=r"damaged|not a basis"):
        read_basis(path)
    with pytest.raises(InputError, match="no file"):
        read_basis(tmp_path / f"missing-{name}")
