"""Pictures and fields as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.io import image_files
from eigenform.io.files import formats_of, kind_of, read_any, write_any
from eigenform.io.image_files import read_image, write_image
from eigenform.types import Field, Image
from PIL import Image as Pillow


def picture(channels: int = 3) -> Image:
    """16 x 24, each pixel its own; bright at the top left."""
    values = np.random.default_rng(0).integers(0, 256, (16, 24, channels)) / 255.0
    values[0, 0] = 1.0
    return Image(values.astype(np.float32), name="a")


@pytest.mark.parametrize("channels", [1, 3])
def test_png_keeps_every_value(channels: int, tmp_path: Path) -> None:
    before = picture(channels)
    write_any(before, tmp_path / "a.png")
    after = read_any(tmp_path / "a.png")
    assert np.array_equal(after.pixels, before.pixels)
    assert after.mask is None


def test_what_is_missing_is_transparent(tmp_path: Path) -> None:
    mask = np.zeros((16, 24), dtype=bool)
    mask[2:5, 3:9] = True
    before = picture().replace(mask=mask)
    write_image(before, tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png").mask, mask)
    assert np.array_equal(read_image(tmp_path / "a.png").pixels, before.pixels)
    write_image(before, tmp_path / "b.png", mask_as_alpha=False)
    assert read_image(tmp_path / "b.png").mask is None
    grey = picture(1).replace(mask=mask)
    write_image(grey, tmp_path / "c.png")
    assert read_image(tmp_path / "c.png").pixels.shape == (16, 24, 1)
    assert np.array_equal(read_image(tmp_path / "c.png").mask, mask)


def test_npz_keeps_marks_and_digits(tmp_path: Path) -> None:
    regions = np.arange(16 * 24).reshape(16, 24) % 5
    values = np.random.default_rng(0).random((16, 24, 3), dtype=np.float32)
    before = Image(values, mask=regions == 1, regions=regions, meta={"seed": 3}, name="ü")
    write_any(before, tmp_path / "a.npz")
    after = read_any(tmp_path / "a.npz")
    assert (after.name, after.meta) == ("ü", {"seed": 3})
    for name in ("pixels", "mask", "regions"):
        assert np.array_equal(getattr(before, name), getattr(after, name))


def test_other_kinds_of_pictures(tmp_path: Path) -> None:
    smooth = np.linspace(0, 255, 48).astype(np.uint8)
    colour = np.stack([np.tile(smooth, (40, 1))] * 3, axis=2)
    for ext in ("jpg", "bmp", "tif"):
        Pillow.fromarray(colour).save(tmp_path / f"a.{ext}")
        assert np.abs(read_any(tmp_path / f"a.{ext}").pixels - colour / 255).max() < 0.02
    Pillow.fromarray(colour).convert("P").save(tmp_path / "p.png")
    assert read_image(tmp_path / "p.png").pixels.shape == (40, 48, 3)
    Pillow.fromarray(colour).convert("CMYK").save(tmp_path / "c.jpg")
    assert read_image(tmp_path / "c.jpg").pixels.shape == (40, 48, 3)
    Pillow.fromarray(colour).save(tmp_path / "y.png")
    (tmp_path / "y.png").rename(tmp_path / "y.dat")
    assert kind_of(tmp_path / "y.dat") == "image"


@pytest.mark.parametrize("ext", ["png", "tif"])
def test_sixteen_bits(ext: str, tmp_path: Path) -> None:
    import cv2

    values = np.random.default_rng(0).integers(0, 65536, (9, 11, 3)).astype(np.uint16)
    cv2.imwrite(str(tmp_path / f"c.{ext}"), values[:, :, ::-1])
    cv2.imwrite(str(tmp_path / f"g.{ext}"), values[:, :, 0])
    assert np.abs(read_image(tmp_path / f"c.{ext}").pixels - values / 65535).max() < 1e-6
    assert np.abs(read_image(tmp_path / f"g.{ext}").pixels[:, :, 0] - values[:, :, 0] / 65535).max() < 1e-6


def test_a_photograph_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    colour = np.zeros((20, 30, 3), dtype=np.uint8)
    colour[:10, :15] = 255
    exif = Pillow.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    Pillow.fromarray(colour).save(tmp_path / "a.jpg", exif=exif, quality=95)
    found = read_image(tmp_path / "a.jpg").pixels
    assert found.shape == (30, 20, 3)
    assert found[2, 17].min() > 0.9
    assert found[2, 2].max() < 0.1


def test_bad_pictures_are_one_sentence(tmp_path: Path, monkeypatch) -> None:
    write_image(picture(), tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:300])
    with pytest.raises(InputError, match="damaged"):
        read_any(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("hello")
    with pytest.raises(InputError, match="no picture"):
        read_any(tmp_path / "b.png")
    (tmp_path / "c.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"c\.png"):
        read_any(tmp_path / "c.png")
    with pytest.raises(InputError, match=r"\.png, \.jpg"):
        write_image(picture(), tmp_path / "a.gif")
    monkeypatch.setattr(image_files, "MOST_PIXELS", 100)
    write_image(picture(), tmp_path / "d.png")
    with pytest.raises(InputError, match="24 x 16 pixels"):
        read_any(tmp_path / "d.png")
    monkeypatch.setattr(Pillow, "MAX_IMAGE_PIXELS", 30)
    with pytest.raises(InputError, match="million pixels"):
        read_any(tmp_path / "d.png")


def field(columns: int = 1, **meta: object) -> Field:
    rng = np.random.default_rng(0)
    verts, faces = rng.random((6, 3)), np.array([[0, 1, 2], [3, 4, 5]])
    values = rng.random((6, columns)) if columns > 1 else rng.random(6)
    return Field(verts, faces, values, meta, "Höhe", rng.random(6) > 0.5, np.arange(6) % 3)


@pytest.mark.parametrize("columns", [1, 3])
def test_fields_come_back(columns: int, tmp_path: Path) -> None:
    before = field(columns, colours=columns == 3)
    write_any(before, tmp_path / "a.npz")
    assert kind_of(tmp_path / "a.npz") == "field"
    after = read_any(tmp_path / "a.npz")
    for name in ("verts", "faces", "values", "mask", "regions"):
        assert np.array_equal(getattr(before, name), getattr(after, name))
    assert (after.name, after.meta) == (before.name, before.meta)


@pytest.mark.parametrize("ext", ["vtp", "ply", "csv"])
def test_fields_for_other_programs(ext: str, tmp_path: Path) -> None:
    assert f".{ext}" in {e for _, e, _ in formats_of(field())}
    write_any(field(), tmp_path / f"a.{ext}")
    coloured = field(3, colours=True)
    write_any(coloured, tmp_path / f"b.{ext}")
    found = read_any(tmp_path / f"b.{ext}")
    if ext == "csv":
        head, first = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()[:2]
        assert head == "x,y,z,value,mask,regions"
        assert float(first.split(",")[3]) == field().values[0]
    else:
        assert np.abs(found.colours - coloured.values).max() < 0.51 / 255
    with pytest.raises(InputError, match=r"\.npz, \.vtp"):
        write_any(field(), tmp_path / "a.stl")


def textured(path: Path) -> np.ndarray:
    """A square with a texture of four colours, as OBJ with MTL or as GLB; the texture's values."""
    import trimesh

    values = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 0]]], dtype=np.uint8)
    if path.suffix == ".obj":
        Pillow.fromarray(values).save(path.with_suffix(".png"))
        path.with_suffix(".mtl").write_text(f"newmtl m\nmap_Kd {path.stem}.png\n")
        corners = "v 0 0 0\nv 1 0 0\nv 1 1 0\nvt 0 0\nvt 1 0\nvt 1 1\n"
        path.write_text(f"mtllib {path.stem}.mtl\n{corners}usemtl m\nf 1/1 2/2 3/3\n")
    else:
        visual = trimesh.visual.TextureVisuals(uv=np.eye(3)[:, :2], image=Pillow.fromarray(values))
        trimesh.Trimesh(np.eye(3), [[0, 1, 2]], visual=visual, process=False).export(path)
    return values


@pytest.mark.parametrize("ext", ["obj", "glb"])
def test_textures_of_a_mesh(ext: str, tmp_path: Path) -> None:
    from eigenform.io.textures import textures_of

    values = textured(tmp_path / f"a.{ext}")
    (found,) = textures_of(tmp_path / f"a.{ext}")
    assert np.array_equal(found.pixels, (values / np.float32(255)).astype(np.float32))
    (tmp_path / f"b.{ext}").write_bytes(b"nothing")
    for name in (f"b.{ext}", "c.obj", "a.png" if ext == "obj" else "d.stl"):
        if name == f"b.{ext}" and ext == "obj":
            continue  # text without a vertex is an empty scene to the reader
        with pytest.raises(InputError):
            textures_of(tmp_path / name)


@pytest.mark.parametrize("name", ["a.npz", "a.png", "a.tif", "a.jpg"])
def test_flipped_bytes_give_a_picture_or_one_sentence(name: str, tmp_path: Path, capfd) -> None:
    path = tmp_path / name
    if name == "a.tif":
        Pillow.fromarray(np.rint(picture().pixels * 255).astype(np.uint8)).save(path)
    else:
        write_any(picture(), path)
    data, rng, said = path.read_bytes(), np.random.default_rng(0), []
    for i in range(40):
        changed = bytearray(data[: rng.integers(1, len(data))] if i % 4 == 0 else data)
        for _ in range(3):
            changed[rng.integers(0, min(len(changed), 400))] = rng.integers(0, 256)
        path.write_bytes(changed)
        try:
            read_any(path)
        except InputError as error:
            said.append(str(error))
    assert said
    assert not any("\n" in text for text in said)
    assert "rror" not in capfd.readouterr().err
