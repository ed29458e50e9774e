"""Keypoints, crops and masks: known answers, and one sentence for whatever is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from eigenform.avatar.keypoints import NAMES
from eigenform.avatar.photo import crops
from eigenform.avatar.photo.keypoint_files import read_keypoints, write_keypoints
from eigenform.avatar.photo.masks import from_scribbles, largest_part, painted, parts, read_mask
from eigenform.errors import InputError
from eigenform.io.files import kind_of, read_any
from PIL import Image as Pillow

SHAPE = (200, 100)


def points_of(path: Path, content: object, which: int = 0) -> np.ndarray:
    path.write_text(json.dumps(content), encoding="utf-8")
    return read_keypoints(path, SHAPE, which)[0]


def at(points: np.ndarray, name: str) -> list[float]:
    return points[NAMES.index(name)].tolist()


def test_coco_keypoints_in_order_and_without_feet(tmp_path: Path) -> None:
    rows = [[10 + i, 20 + i, 2] for i in range(17)]
    rows[9][2], rows[10][2] = 1, 0
    flat = [v for row in rows for v in row]
    found = points_of(tmp_path / "a.json", {"annotations": [{"keypoints": flat}]})
    assert at(found, "nose") == [10, 20, 1]
    assert at(found, "left wrist") == [19, 29, 0.5]
    assert at(found, "right wrist") == [0, 0, 0]
    assert at(found, "right ankle") == [26, 36, 1]
    assert (found[17:] == 0).all()
    assert np.array_equal(points_of(tmp_path / "b.json", [{"keypoints": flat}]), found)


def test_openpose_body_25_by_name(tmp_path: Path) -> None:
    names = (
        "nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow", "left wrist",
        "middle hip", "right hip", "right knee", "right ankle", "left hip", "left knee", "left ankle", "right eye",
        "left eye", "right ear", "left ear", "left big toe", "left small toe", "left heel", "right big toe",
        "right small toe", "right heel",
    )  # fmt: skip
    flat = [v for i in range(25) for v in (i, 2 * i, 0.9)]
    found = points_of(tmp_path / "a.json", {"version": 1.3, "people": [{"pose_keypoints_2d": flat}]})
    for name in NAMES:
        assert at(found, name) == pytest.approx([names.index(name), 2 * names.index(name), 0.9])


def test_mediapipe_landmarks_are_shares_of_the_picture(tmp_path: Path) -> None:
    marks = [{"x": i / 40, "y": i / 50, "z": 0.1, "visibility": 0.8} for i in range(33)]
    found = points_of(tmp_path / "a.json", {"poseLandmarks": marks})
    assert at(found, "left shoulder") == pytest.approx([11 / 40 * 100, 11 / 50 * 200, 0.8])
    assert at(found, "right heel") == pytest.approx([30 / 40 * 100, 30 / 50 * 200, 0.8])
    assert at(found, "left small toe") == [0, 0, 0]


def test_a_file_of_several_people_gives_the_one_asked_for(tmp_path: Path) -> None:
    people = [{"pose_keypoints_2d": [v for i in range(25) for v in (i + 100 * k, i, 1.0)]} for k in range(2)]
    assert at(points_of(tmp_path / "a.json", {"people": people}, 1), "nose") == [100, 0, 1]
    with pytest.raises(InputError, match="2 people, so there is no number 3"):
        read_keypoints(tmp_path / "a.json", SHAPE, 2)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    before = np.random.default_rng(0).random((23, 3)) * [100, 200, 1]
    write_keypoints(tmp_path / "a.json", before, SHAPE)
    assert read_keypoints(tmp_path / "a.json", SHAPE)[0] == pytest.approx(before, abs=1e-5)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "not a JSON file of keypoints"),
        ('{"version": 1, "people": []}', "holds no keypoints"),
        ('{"other": 3}', "holds other"),
        ('[{"keypoints": [1, 2, 3, 4]}]', "not triples"),
        ('[{"keypoints": [1, 2, 1, 3, 4, 1]}]', "holds 2 keypoints a person"),
        (json.dumps([{"keypoints": [1e9] * 51}]), "no finite numbers"),
        ('[{"keypoints": ["a", "b", "c"]}]', "keypoints"),
        ("3", "holds no keypoints"),
    ],
)
def test_bad_keypoint_files_get_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "a.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=sentence) as caught:
        read_keypoints(tmp_path / "a.json", SHAPE)
    assert "a.json" in str(caught.value)
    assert str(caught.value).endswith(".")


def test_crop_coordinates_are_inverse_to_each_other() -> None:
    crop = np.array([31.0, 47.5, 20.0])
    assert crops.to_ndc(np.array([[51.0, 27.5]]), crop).tolist() == [[1.0, 1.0]]
    points = np.random.default_rng(1).random((9, 3)) * 80
    assert crops.to_pixels(crops.to_ndc(points, crop), crop) == pytest.approx(points)


def ramp(height: int, width: int) -> np.ndarray:
    """Values that say where a pixel's centre is."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    return np.stack([x, y], axis=-1).astype(np.float32)


@pytest.mark.parametrize("size", [16, 40, 128])
def test_resampling_puts_every_pixel_where_crop_coordinates_say(size: int) -> None:
    crop = np.array([52.3, 40.7, 30.1])
    found = crops.resample(ramp(90, 110), crop, size)
    centre = (np.arange(size) + 0.5) * 2 / size - 1
    x, y = np.meshgrid(centre, -centre)
    wanted = crops.to_pixels(np.stack([x, y], axis=-1), crop)
    assert found == pytest.approx(wanted, abs=0.05)


def test_reducing_does_not_alias_and_keeps_the_mean() -> None:
    stripes = np.zeros((256, 256), np.float32)
    stripes[:, ::2] = 1
    found = crops.resample(stripes, crops.whole((256, 256)), 32, fill=0.5)
    assert found[4:-4, 4:-4] == pytest.approx(0.5, abs=1e-3)


def test_a_crop_and_back_gives_the_picture_again() -> None:
    y, x = np.mgrid[0:120, 0:150] / 20.0
    smooth = (np.sin(x) * np.cos(y)).astype(np.float32)
    crop = np.array([70.0, 55.0, 40.0])
    back = crops.paste(crops.resample(smooth, crop, 160), crop, smooth.shape, fill=7.0)
    assert back[20:90, 35:105] == pytest.approx(smooth[20:90, 35:105], abs=0.01)
    assert (back[:14] == 7).all()
    assert (back[:, :29] == 7).all()
    beyond = crops.resample(np.full((10, 10, 3), 9, np.uint8), np.array([0.0, 0.0, 10.0]), 20, fill=127)
    assert beyond.dtype == np.uint8
    assert (beyond[:9, :9] == 127).all()
    assert (beyond[11:, 11:] == 9).all()


def test_a_crop_around_a_mask_has_its_box_inside() -> None:
    mask = np.zeros((100, 80), bool)
    mask[20:60, 30:50] = True
    assert crops.around_mask(mask, margin=1.0).tolist() == [40, 40, 20]
    with pytest.raises(InputError, match="marks no pixel"):
        crops.around_mask(np.zeros((5, 5), bool))


def test_parts_of_a_mask() -> None:
    mask = np.zeros((60, 100), bool)
    mask[10:50, 60:80], mask[20:40, 10:20], mask[0, 0] = True, True, True
    mask[30, 70] = False
    assert [int(p.sum()) for p in parts(mask)] == [200, 799]
    kept = largest_part(mask)
    assert kept.sum() == 800
    near = np.zeros((60, 100), bool)
    near[25:30, 5:40] = True
    assert largest_part(mask, near).sum() == 200


def test_a_brush_paints_and_erases() -> None:
    found = painted(np.zeros((30, 30), bool), [(5, 15), (25, 15)], 3)
    assert found[15, 5:25].all()
    assert not found[20].any()
    assert not painted(found, [(0, 15), (30, 15)], 8, add=False).any()


def test_scribbles_find_a_disk_in_noise() -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:240, 0:200]
    disk = (x - 100) ** 2 + (y - 120) ** 2 < 70**2
    pixels = np.where(disk[..., None], [180, 60, 50], [60, 90, 160]) + rng.normal(0, 25, (240, 200, 3))
    found = from_scribbles(
        pixels.clip(0, 255).astype(np.uint8), [[(80, 100), (120, 140)]], [[(5, 5), (190, 10)]], radius=3
    )
    assert (found & disk).sum() / (found | disk).sum() > 0.97
    with pytest.raises(InputError, match="Nothing is marked"):
        from_scribbles(np.zeros((64, 64, 3), np.uint8), [], [[(1, 1)]])


def test_masks_from_files(tmp_path: Path) -> None:
    mask = np.zeros((80, 40), np.uint8)
    mask[20:60, 10:30] = 255
    Pillow.fromarray(mask).save(tmp_path / "grey.png")
    clear = np.dstack([np.full((80, 40, 3), 90, np.uint8), mask])
    Pillow.fromarray(clear).save(tmp_path / "clear.png")
    assert np.array_equal(read_mask(tmp_path / "grey.png", (80, 40)), mask > 0)
    assert np.array_equal(read_mask(tmp_path / "clear.png", (80, 40)), mask > 0)
    assert read_mask(tmp_path / "grey.png", (160, 80)).mean() == pytest.approx(0.25, abs=0.01)
    with pytest.raises(InputError, match="not the same picture"):
        read_mask(tmp_path / "grey.png", (80, 80))
    Pillow.fromarray(np.zeros((80, 40), np.uint8)).save(tmp_path / "none.png")
    with pytest.raises(InputError, match="marks nothing"):
        read_mask(tmp_path / "none.png", (80, 40))


def test_gif_and_heic_are_refused_in_words(tmp_path: Path) -> None:
    frames = [Pillow.new("P", (70, 70), color) for color in (0, 1)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    (tmp_path / "b.heic").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 40)
    for name, sentence in (("a.gif", "GIF.*PNG"), ("b.heic", "HEIC.*JPEG")):
        assert kind_of(tmp_path / name) == "image"
        with pytest.raises(InputError, match=sentence):
            read_any(tmp_path / name)
