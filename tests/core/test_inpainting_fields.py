"""Inpainting on meshes and clouds: known answers of the smooth fills, labels and segments, the encoder's file."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.inpainting import field_smooth
from eigenform.inpainting.field_graph import make_graph
from eigenform.inpainting.field_sair import run
from eigenform.inpainting.providers.encoder import Encoder
from eigenform.inpainting.providers.segments import segment
from eigenform.inpainting.providers.vision_transformer import DEVIATION, MEAN, VisionTransformer
from eigenform.inpainting.settings import InpaintFieldClassicalParams, InpaintFieldParams
from eigenform.jobs import JobContext
from eigenform.params import make
from eigenform.types import NO_FACES, Field, Image
from known_shapes import icosphere
from safetensors.numpy import save_file

SMALL = {"steps": 6, "exercises": 1, "exams": 1, "semantic_steps": 3, "hidden": 8, "device": "cpu"}


def plane(n: int = 17) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:n, 0:n]
    i = np.arange(n * n).reshape(n, n)
    a, b, c, d = (q.ravel() for q in (i[:-1, :-1], i[:-1, 1:], i[1:, 1:], i[1:, :-1]))
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    return np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], 1).astype(float), faces


def cube() -> tuple[np.ndarray, np.ndarray]:
    """A box of six welded sides."""
    verts, faces = plane(7)
    sides = []
    for axis in range(3):
        for level in (0.0, 6.0):
            sides.append(np.insert(verts[:, :2], axis, level, 1))
    stacked = np.concatenate(sides)
    unique, inverse = np.unique(stacked, axis=0, return_inverse=True)
    corners = np.concatenate([faces + 49 * i for i in range(6)])
    return unique, inverse.ravel()[corners]


def inpaint(verts, faces, values, mask, regions=None, meta=None, **changes):
    field = Field(verts, faces, values, mask=mask, regions=regions, meta=meta or {})
    return run(field, params=make(InpaintFieldParams, {**SMALL, **changes}), ctx=JobContext())


def inner(verts, radius: float = 4.0) -> np.ndarray:
    return np.linalg.norm(verts - verts.mean(0), axis=1) < radius


def test_the_biharmonic_fill_continues_a_linear_function_on_a_plane():
    verts, faces = plane()
    linear = 2 * verts[:, 0] - 3 * verts[:, 1] + 1
    mask = inner(verts)
    field = Field(verts, faces, np.where(mask, 0, linear), mask=mask)
    for order in ("biharmonic", "harmonic"):
        found = field_smooth.run(field, params=InpaintFieldClassicalParams(order=order), ctx=JobContext())
        assert found.values == pytest.approx(linear, abs=1e-9)
        assert np.array_equal(found.values[~mask], linear[~mask])
        assert found.meta["unreached"] == 0


def test_biharmonic_beats_harmonic_on_a_bend_and_both_minimise_their_energy():
    verts, faces = plane()
    bend = ((verts - 8) ** 2).sum(1)[:, None]
    mask = inner(verts)
    found = field_smooth.solve(verts, faces, np.where(mask[:, None], 0, bend), mask[None])
    errors = {k: np.abs(found[f"{k} 0"] - bend).max() for k in ("harmonic", "biharmonic")}
    assert errors["biharmonic"] < 0.2 * errors["harmonic"]
    forms = dict(zip(("harmonic", "biharmonic"), field_smooth.energies(verts, faces), strict=True))
    for name, form in forms.items():
        u = found[f"{name} 0"][:, 0]
        assert (form @ u)[mask] == pytest.approx(0, abs=1e-8)


def test_a_part_that_nothing_known_reaches_takes_the_nearest_value():
    verts, faces = plane(5)
    both = np.concatenate([verts, verts + [0, 0, 3.0]])
    mask = np.arange(50) >= 25
    found = field_smooth.solve(both, np.concatenate([faces, faces + 25]), np.arange(50.0)[:, None], mask[None])
    assert int(found["unreached"]) == 25
    assert np.array_equal(found["biharmonic 0"][25:], found["biharmonic 0"][:25])


def test_known_values_stay_and_units_and_shapes_are_kept():
    shape = icosphere(3)
    verts, faces = np.asarray(shape.verts), np.asarray(shape.faces)
    values = 1000 + 50 * verts[:, 2]
    mask = verts[:, 0] > 0.8
    found = inpaint(verts, faces, np.where(mask, -7, values), mask)
    assert found.values.shape == values.shape
    assert np.array_equal(found.values[~mask], values[~mask])
    assert np.abs(found.values - values)[mask].max() < 10
    assert np.array_equal(inpaint(verts, faces, np.where(mask, 99, values), mask).values, found.values)


def test_a_constant_on_a_cloud_is_exact():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((400, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    colours = np.tile([0.2, 0.4, 0.9], (400, 1))
    mask = points[:, 1] > 0.7
    found = inpaint(points, NO_FACES, np.where(mask[:, None], 0, colours), mask, meta={"colours": True})
    assert np.array_equal(found.values, colours)


def test_labels_and_segments_help_where_values_follow_them():
    verts, faces = cube()
    side = segment(verts, faces, "sharp-edges", 8, 35.0, None) - 1
    values = np.array([0.1, 0.9, 0.3, 0.7, 0.0, 1.0])[side]
    mask = np.linalg.norm(verts - [6, 6, 6], axis=1) < 4
    regions = side + 1

    def error(**changes) -> float:
        found = inpaint(verts, faces, np.where(mask, 0.5, values), mask, **changes)
        return float(np.sqrt(np.mean((found.values - values)[mask] ** 2)))

    unaware = error()
    assert error(regions=regions, provider="labels") < 0.7 * unaware
    assert error(provider="segments", segmentation="sharp-edges") < 0.8 * unaware


def test_segments_of_a_box_are_its_sides_and_of_two_parts_those():
    verts, faces = cube()
    labels = segment(verts, faces, "sharp-edges", 8, 35.0, None)
    assert set(labels) == {1, 2, 3, 4, 5, 6}
    inside = [(np.abs(verts[:, a] - level) < 1e-9) & (np.delete(verts, a, 1) % 6 > 0).all(1) for a in range(3)
              for level in (0, 6)]  # fmt: skip
    assert all(len(set(labels[i])) == 1 for i in inside)
    two = np.concatenate([verts, verts + 20])
    parts = segment(two, np.concatenate([faces, faces + len(verts)]), "components", 8, 35.0, None)
    assert (parts[: len(verts)] != parts[len(verts)]).all()
    spectral = segment(two, np.concatenate([faces, faces + len(verts)]), "spectral", 4, 35.0, None)
    assert 2 <= len(set(spectral)) <= 4
    with pytest.raises(InputError, match="one single segment"):
        segment(verts, faces, "components", 8, 35.0, None)
    with pytest.raises(InputError, match="need a mesh"):
        segment(verts, NO_FACES, "spectral", 8, 35.0, None)


def test_a_field_with_no_hole_or_no_labels_is_refused():
    verts, faces = plane(5)
    with pytest.raises(InputError, match="No vertex"):
        inpaint(verts, faces, np.zeros(25), np.zeros(25, bool))
    with pytest.raises(InputError, match="no painted regions"):
        inpaint(verts, faces, np.zeros(25), verts[:, 0] > 2, provider="labels")
    with pytest.raises(ValueError, match="does not fit"):
        Field(verts, faces, np.zeros(25), mask=np.zeros(24, bool))


def test_the_graph_knows_lengths_and_the_depth_of_a_hole():
    verts, faces = plane(5)
    graph = make_graph(verts, faces)
    assert (graph.lengths != graph.lengths.T).nnz == 0
    assert graph.distance(np.array([0]))[4] == pytest.approx(1.0)  # the longest side of the box
    assert np.asarray(graph.diffusion.sum(1)) == pytest.approx(1.0)


def tower(layers: int = 2, width: int = 64, patch: int = 4, grid: int = 3, out: int = 10) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)

    def some(*shape: int) -> np.ndarray:
        return (0.3 * rng.standard_normal(shape)).astype(np.float32)

    v = "vision_model."
    found = {f"{v}embeddings.class_embedding": some(width), "visual_projection.weight": some(out, width)}
    found[f"{v}embeddings.patch_embedding.weight"] = some(width, 3, patch, patch)
    found[f"{v}embeddings.position_embedding.weight"] = some(1 + grid * grid, width)
    names = [f"{v}pre_layrnorm", f"{v}post_layernorm"]
    for i in range(layers):
        block = f"{v}encoder.layers.{i}."
        names += [f"{block}layer_norm1", f"{block}layer_norm2"]
        shapes = {f"self_attn.{p}_proj": (width, width) for p in ("q", "k", "v", "out")}
        shapes |= {"mlp.fc1": (2 * width, width), "mlp.fc2": (width, 2 * width)}
        for k, (o, n) in shapes.items():
            found |= {f"{block}{k}.weight": some(o, n), f"{block}{k}.bias": some(o)}
    for name in names:
        found |= {f"{name}.weight": 1 + some(width), f"{name}.bias": some(width)}
    return found


def test_the_encoder_reads_a_file_and_its_value_path_gives_what_numpy_gives(tmp_path):
    tensors = tower(layers=1)
    save_file(tensors, tmp_path / "w.safetensors")
    picture = np.random.default_rng(1).random((12, 12, 3)).astype(np.float32)
    found = VisionTransformer(tmp_path / "w.safetensors").dense(picture)
    assert found.shape == (3, 3, 10)
    assert np.linalg.norm(found, axis=-1) == pytest.approx(1, abs=1e-5)

    def norm(x, name):
        x = (x - x.mean()) / np.sqrt(x.var() + 1e-5)
        return x * tensors[f"vision_model.{name}.weight"] + tensors[f"vision_model.{name}.bias"]

    unit = (picture - np.array(MEAN)) / np.array(DEVIATION)
    kernel = tensors["vision_model.embeddings.patch_embedding.weight"]
    token = np.einsum("yxc,ocyx->o", unit[4:8, 8:12], kernel)  # row 1, column 2 of the grid
    token = norm(token + tensors["vision_model.embeddings.position_embedding.weight"][1 + 3 + 2], "pre_layrnorm")
    block = "vision_model.encoder.layers.0.self_attn."
    value = tensors[f"{block}v_proj.weight"] @ norm(token, "encoder.layers.0.layer_norm1")
    value = tensors[f"{block}out_proj.weight"] @ (value + tensors[f"{block}v_proj.bias"])
    feature = tensors["visual_projection.weight"] @ norm(value + tensors[f"{block}out_proj.bias"], "post_layernorm")
    assert found[1, 2] == pytest.approx(feature / np.linalg.norm(feature), abs=1e-4)


def test_the_encoder_describes_what_is_known_and_refuses_what_it_cannot_use(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file(tower(), path)
    pixels = np.random.default_rng(2).random((24, 24, 3)).astype(np.float32)
    known = np.ones((24, 24), bool)
    known[:8, :8] = False
    provider = Encoder(str(path), Image(pixels), known, 5)
    embedding, valid = provider.describe(pixels, known)
    assert embedding.shape == (24, 24, 5)
    assert not valid[2, 2]
    assert valid[20, 20]
    changed = np.where(known[..., None], pixels, 0.5)
    assert np.array_equal(provider.describe(changed, known)[0], embedding)
    with pytest.raises(InputError, match="point to one"):
        Encoder("", Image(pixels), known, 5)
    with pytest.raises(InputError, match="There is no file"):
        Encoder(str(tmp_path / "none"), Image(pixels), known, 5)
    save_file({k: v for k, v in tower().items() if "post_layernorm" not in k}, path)
    with pytest.raises(InputError, match=r"no tensor vision_model\.post_layernorm"):
        Encoder(str(path), Image(pixels), known, 5)
    path.write_bytes(b"not tensors")
    with pytest.raises(InputError, match="safetensors"):
        Encoder(str(path), Image(pixels), known, 5)
