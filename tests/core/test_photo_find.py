"""Finding people: what is found lies where it is in the picture, and what is wrong is said in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from eigenform import jobs, registry
from eigenform.avatar.keypoints import NAMES
from eigenform.avatar.photo import checks, editing, find, onnx_models
from eigenform.avatar.photo.frames import diverse, read_video, spaced
from eigenform.avatar.photo.models import Found
from eigenform.avatar.photo.photograph import photograph
from eigenform.avatar.photo.settings import FindPersonParams, MergeParams, NormalMapsParams
from eigenform.errors import Cancelled, InputError
from eigenform.figure_types import Person, View
from eigenform.io.files import read_any
from eigenform.jobs import JobContext
from eigenform.params import make
from eigenform.types import Image
from PIL import Image as Pillow

PLACES = np.random.default_rng(5).uniform(-0.45, 0.45, (23, 2))
PLACES[NAMES.index("nose")] = [0.0, -0.4]
PLACES[NAMES.index("left ankle")] = [0.2, 0.4]
"""Where the toy network says keypoints are: in shares of the box of what is red."""


def toy(rgb: np.ndarray, confidence: float = 0.9) -> Found:
    """A network that takes red for people."""
    size = len(rgb)
    mask = rgb[..., 0].astype(int) > rgb[..., 2].astype(int) + 30
    if not mask.any():
        return Found(mask.astype(np.float32), np.zeros((23, 3)))
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    x = (columns[0] + columns[-1] + 1) / 2 + PLACES[:, 0] * (columns[-1] + 1 - columns[0])
    y = (rows[0] + rows[-1] + 1) / 2 + PLACES[:, 1] * (rows[-1] + 1 - rows[0])
    points = np.stack([2 * x / size - 1, 1 - 2 * y / size, np.full(23, confidence)], axis=1)
    return Found(mask.astype(np.float32), points)


FINDER = (toy, 256)


def picture(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (400, 300), name: str = "a.png") -> Image:
    """Red boxes (left, top, right, bottom) on blue."""
    values = np.zeros((*size, 3), np.float32)
    values[..., 2] = 0.6
    for left, top, right, bottom in boxes:
        values[top:bottom, left:right] = [0.8, 0.1, 0.1]
    return Image(values, name=name)


def found(image: Image, finder: tuple = FINDER, **values: object) -> Person:
    return find.run(image, params=make(FindPersonParams, values), ctx=JobContext(), finder=finder)


def test_mask_keypoints_and_crop_are_those_of_the_picture() -> None:
    left, top, right, bottom = box = (130, 60, 190, 330)
    view = found(picture(box)).views[0]
    assert view.mask is not None
    assert view.keypoints is not None
    truth = np.zeros((400, 300), bool)
    truth[top:bottom, left:right] = True
    assert (view.mask & truth).sum() / (view.mask | truth).sum() > 0.95
    wanted = np.array([160, 195]) + PLACES * [60, 270]
    assert np.abs(view.keypoints[:, :2] - wanted).max() < 1.5
    assert view.crop == pytest.approx([160, 195, 151.2], abs=2.5)


def test_the_last_look_is_the_mean_of_closer_ones() -> None:
    looks: list[int] = []

    def doubtful(rgb: np.ndarray) -> Found:
        """Less than sure in each first look of a crop, sure in the closer ones of the last."""
        seen = toy(rgb)
        looks.append(len(looks))
        assert seen.mask is not None
        return Found(seen.mask * (0.9 if len(looks) > 3 else 0.6), seen.keypoints)

    box = (130, 60, 190, 330)
    sure = found(picture(box), (doubtful, 256)).views[0].mask
    assert len(looks) == 1 + find.PASSES + len(find.CLOSER)
    plain = found(picture(box)).views[0].mask
    assert sure is not None
    assert plain is not None
    assert (sure & plain).sum() / (sure | plain).sum() > 0.98

    def wrong(rgb: np.ndarray) -> Found:
        """Sees nobody in the closer looks."""
        seen = doubtful(rgb)
        assert seen.mask is not None
        return Found(seen.mask * (len(looks) <= 3), seen.keypoints)

    looks.clear()
    with pytest.raises(InputError, match="No person"):
        found(picture(box), (wrong, 256))


def test_a_small_person_is_looked_at_closely() -> None:
    view = found(picture((300, 500, 330, 620), size=(1200, 1000))).views[0]
    assert view.keypoints is not None
    wanted = np.array([315, 560]) + PLACES * [30, 120]
    assert np.abs(view.keypoints[:, :2] - wanted).max() < 1.0  # of the whole picture, a pixel of the network is 4.7


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (picture(name="empty.png").replace(pixels=np.random.default_rng(0).random((300, 200, 3)) * [0.1, 0.1, 1]),
         "No person was found in empty.png"),
        (picture((20, 50, 90, 350), (180, 60, 260, 340)), "shows 2 people.*from the left"),
        (picture((100, 100, 200, 400)), "the lower edge cuts the person off"),
        (picture(size=(16, 16)), "16 x 16 pixels, too few"),
        (picture(), "one even colour"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(image: Image, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        found(image)
    assert str(caught.value).endswith(".")


def test_one_of_several_is_taken_when_told() -> None:
    image = picture((20, 150, 60, 350), (180, 60, 260, 340))
    for which, centre in ((1, 40), (2, 220), (-1, 220)):
        assert found(image, which=which).views[0].crop[0] == pytest.approx(centre, abs=1.5)
    with pytest.raises(InputError, match="shows 2 people, not 3"):
        found(image, which=3)


def test_a_drawing_and_half_a_body_go_on_when_told() -> None:
    unsure = (lambda rgb: toy(rgb, 0.1), 256)
    image = picture((130, 60, 190, 330))
    with pytest.raises(InputError, match=r"hardly a keypoint is recognised \(mean confidence 0.10\)"):
        found(image, unsure)
    assert found(image, unsure, accept_unsure=True, accept_part=True).views[0].mask is not None
    cut = found(picture((100, 100, 200, 400)), accept_part=True)
    assert any("lower edge" in note for note in cut.meta["notes"])


def test_missing_parts_are_named() -> None:
    points = np.column_stack([np.full((23, 2), 50.0), np.ones(23)])
    for name in ("left ankle", "right ankle", "left heel", "right heel", "left knee", "right knee"):
        points[NAMES.index(name), 2] = 0
    assert checks.missing_parts(points, (100, 100)) == ["knees", "feet"]
    assert "knees, feet are missing" in checks.half_sentence(None, points, (100, 100), "a.png")
    points[:, 2] = 1
    assert checks.half_sentence(None, points, (100, 100), "a.png") == ""


def test_without_weights_there_is_a_sentence_and_no_stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from eigenform.avatar.networks import weights

    monkeypatch.setattr(weights, "own_folder", lambda: tmp_path)
    monkeypatch.setattr(weights, "shipped_folder", lambda: tmp_path)
    with pytest.raises(InputError, match="No weights of the network 'finder'"):
        jobs.run(registry.get("find-person"), [picture((130, 60, 190, 330))], FindPersonParams())
    by_hand = jobs.run(registry.get("find-person"), [picture((130, 60, 190, 330))], FindPersonParams(finder="none"))
    assert by_hand.views[0].mask is None
    assert by_hand.views[0].keypoints is None
    assert len(by_hand.meta["notes"]) == 2


def test_files_and_transparency_stand_before_the_network(tmp_path: Path) -> None:
    image = picture((130, 60, 190, 330))
    clear = np.ones((400, 300), bool)
    clear[60:330, 130:190] = False
    params = FindPersonParams(finder="none")
    person = find.run(image.replace(mask=clear), params=params, ctx=JobContext())
    assert np.array_equal(person.views[0].mask, ~clear)
    points = np.column_stack([np.arange(23) * 5 + 100, np.arange(23) * 10 + 60, np.full(23, 2)]).tolist()
    (tmp_path / "k.json").write_text(json.dumps([{"keypoints": [v for row in points for v in row]}]))
    Pillow.fromarray((~clear).astype(np.uint8) * 255).save(tmp_path / "m.png")
    person = found(image, keypoints=str(tmp_path / "k.json"), mask=str(tmp_path / "m.png"), accept_part=True)
    assert person.views[0].keypoints[3].tolist() == [115, 90, 1]
    assert np.array_equal(person.views[0].mask, ~clear)
    person = found(image, mask=str(tmp_path / "m.png"))  # keypoints are the network's
    assert np.abs(person.views[0].keypoints[:, :2] - np.array([160, 195]) - PLACES * [60, 270]).max() < 1.5


def test_a_huge_picture_is_reduced_with_a_note() -> None:
    pixels, opaque, notes = photograph(picture((1000, 500, 1500, 3500), size=(4000, 3000)), 1000)
    assert pixels.shape == (1000, 750, 3)
    assert opaque is None
    assert "12 million" in notes[0]
    assert pixels[500, 300].tolist() == [204, 26, 26]


def test_files_are_turned_as_the_camera_says(tmp_path: Path) -> None:
    upright = (picture((130, 60, 190, 330)).pixels * 255).astype(np.uint8)
    exif = Pillow.Exif()
    exif[0x0112] = 6  # turn right by a quarter to show
    Pillow.fromarray(np.rot90(upright)).save(tmp_path / "a.jpg", exif=exif, quality=98)
    view = found(read_any(tmp_path / "a.jpg")).views[0]
    assert view.pixels.shape == (400, 300, 3)
    assert view.crop == pytest.approx([160, 195, 151.2], abs=2.5)
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:900])
    with pytest.raises(InputError, match="damaged"):
        read_any(tmp_path / "b.jpg")


def test_a_video_and_a_folder_give_further_views(tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "v.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (300, 400))
    (tmp_path / "f").mkdir()
    for i in range(12):
        wide = {2: 10, 7: 90, 10: 40}.get(i, 30)  # half the width; in the ninth is nobody
        boxes = [] if i == 8 else [(160 - wide, 60, 160 + wide, 330)]
        frame = (picture(*boxes).pixels * 255).astype(np.uint8)
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
        Pillow.fromarray(frame).save(tmp_path / "f" / f"{i:02}.png")
    writer.release()
    for source in ("v.avi", "f"):
        person = found(picture((130, 60, 190, 330)), more=str(tmp_path / source), frames=3)
        assert [round(np.ptp(np.flatnonzero(v.mask.any(0))) / 20) for v in person.views] == [3, 1, 9, 4]
        one = found(picture((70, 60, 250, 330)), more=str(tmp_path / source), frames=1)
        assert [round(np.ptp(np.flatnonzero(v.mask.any(0))) / 20) for v in one.views] == [9, 1], "unlike the first"
        with pytest.raises(InputError, match="nobody in it"):  # no choice is left
            found(picture((130, 60, 190, 330)), more=str(tmp_path / source), frames=12)
        values = {"more": str(tmp_path / source), "frames": 3, "finder": "none", "accept_part": True}
        bare = find.run(picture((130, 60, 190, 330)), params=make(FindPersonParams, values), ctx=JobContext())
        widths = [np.ptp(np.flatnonzero((v.pixels[..., 0] > 100).any(0))) for v in bare.views]
        assert [round(w / 20) for w in widths] == [3, 1, 3, 4], "without keypoints they are evenly spaced"
    assert len(read_video(tmp_path / "v.avi", 100, JobContext())) == 12
    (tmp_path / "w.mp4").write_bytes(b"no video")
    for name, sentence in (("w.mp4", "not a video"), ("x", "no folder, video or picture")):
        with pytest.raises(InputError, match=sentence):
            found(picture((130, 60, 190, 330)), more=str(tmp_path / name))


def test_frames_are_chosen_for_their_poses() -> None:
    assert spaced(10, 3) == [1, 5, 8]
    assert spaced(2, 3) == [0, 1]
    rng = np.random.default_rng(0)
    stand, sit = rng.random((2, 23, 2)) * 100
    poses = [np.column_stack([p * s + t, np.ones(23)]) for p, s, t in
             ((stand, 1, 0), (stand, 2, 5), (stand, 1.5, 9), (sit, 1, 0), (stand, 1, 3))]  # fmt: skip
    assert diverse(poses, 2) == [0, 3]
    assert diverse(poses[:2], 2) == [0, 1]


def test_a_cancel_is_obeyed() -> None:
    ctx = JobContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        find.run(picture((130, 60, 190, 330)), params=FindPersonParams(), ctx=ctx, finder=FINDER)


def test_people_are_joined() -> None:
    first, second = found(picture((130, 60, 190, 330))), found(picture((30, 60, 90, 330)))
    second = second.replace(shape={"age": 0.6}, views=(second.views[0].replace(rotations=np.ones((4, 3))),))
    both = jobs.run(registry.get("merge-people"), [first, second], MergeParams())
    assert [round(v.crop[0]) for v in both.views] == [160, 60]
    assert dict(both.shape) == {"age": 0.6}
    assert both.views[1].rotations is not None


def test_editing_by_hand() -> None:
    person = found(picture((130, 60, 190, 330)))
    moved = editing.move_keypoint(person, 0, "left knee", 150, 260)
    assert moved.views[0].keypoints[NAMES.index("left knee")].tolist() == [150, 260, 1]
    hidden = editing.hide_keypoint(moved, 0, 13)
    assert hidden.views[0].keypoints[13].tolist() == [150, 260, 0]
    assert person.views[0].keypoints[13, 2] == pytest.approx(0.9)
    view = person.views[0].replace(camera=np.array([0.9, 0.1, -0.2]), maps={"mask": np.ones((8, 8))})
    wider = editing.paint_mask(editing.with_view(person, 0, view), 0, [(40, 200), (130, 200)], 10)
    new = wider.views[0]
    assert new.crop[0] < 140
    assert not new.maps

    def in_pixels(v: View) -> np.ndarray:
        x, y = v.camera[0] * 0.3 + v.camera[1], v.camera[0] * 0.5 + v.camera[2]
        return np.array([v.crop[0] + v.crop[2] * x, v.crop[1] - v.crop[2] * y])

    assert in_pixels(new) == pytest.approx(in_pixels(view))
    with pytest.raises(InputError, match="no keypoint 'tail'"):
        editing.move_keypoint(person, 0, "tail", 1, 2)
    with pytest.raises(InputError, match="has 1 views, so there is no number 3"):
        editing.hide_keypoint(person, 3, 0)


def test_normal_maps_from_files(tmp_path: Path) -> None:
    person = found(picture((130, 60, 190, 330)))
    front = np.zeros((400, 300, 3))
    front[60:330, 130:190] = [0.6, 0.0, 0.8]
    back = front * [1, 1, 1]
    for name, normals in (("f.png", front), ("b.png", back)):
        Pillow.fromarray(np.rint((normals + 1) * 127.5).astype(np.uint8)).save(tmp_path / name)
    values = {"front": str(tmp_path / "f.png"), "back": str(tmp_path / "b.png"), "size": 64}
    maps = jobs.run(registry.get("normal-maps"), [person], make(NormalMapsParams, values)).views[0].maps
    assert maps["normal_front"][32, 32] == pytest.approx([0.6, 0, 0.8], abs=0.01)
    assert maps["normal_back"][32, 32] == pytest.approx([0.6, 0, -0.8], abs=0.01)
    assert maps["normal_front"][2, 2].tolist() == [0, 0, 0]
    assert maps["mask"][32, 32] == 1
    Pillow.fromarray(np.full((400, 300, 3), 230, np.uint8)).save(tmp_path / "f.png")
    with pytest.raises(InputError, match="does not look like a normal map"):
        jobs.run(registry.get("normal-maps"), [person], make(NormalMapsParams, values))


def test_own_models_are_read_by_the_shape_of_their_outputs() -> None:
    heat = np.zeros((1, 17, 64, 48), np.float32)
    heat[0, :, 16, 12] = 0.8
    found = onnx_models.pose_model("m.onnx", (lambda x: [heat], (256, 192)))(np.zeros((100, 100, 3), np.uint8))
    # the square fills the middle 192 of 256 rows: (12.5/48, 16.5/64) of the model's picture
    assert found[0] == pytest.approx([2 * 12.5 / 48 - 1, (1 - 2 * 16.5 / 64) / 0.75, 0.8], abs=1e-6)
    assert (found[17:] == 0).all()
    x, y = np.zeros((1, 133, 384), np.float32), np.zeros((1, 133, 512), np.float32)
    x[0, :, 96], y[0, :, 256] = 0.7, 0.9
    found = onnx_models.pose_model("m.onnx", (lambda _: [x, y], (192, 192)))(np.zeros((100, 100, 3), np.uint8))
    assert found[22] == pytest.approx([2 * 96.5 / 384 - 1, 1 - 2 * 256.5 / 512, 0.7], abs=1e-6)
    logits = np.full((1, 1, 32, 32), -9, np.float32)
    logits[..., 16:] = 9
    mask = onnx_models.mask_model("m.onnx", (lambda _: [logits], (32, 32)))(np.zeros((64, 64, 3), np.uint8))
    assert mask[:, 40:].min() > 0.99
    assert mask[:, :24].max() < 0.01
    up = np.zeros((1, 3, 8, 8), np.float32)
    up[:, 1] = 0.5
    normals = onnx_models.normal_model("m.onnx", (lambda _: [up], (8, 8)))(np.zeros((16, 16, 3), np.uint8))
    assert normals[3, 3].tolist() == [0, 1, 0]
    with pytest.raises(InputError, match="gives 5 keypoints"):
        onnx_models.pose_model("m.onnx", (lambda _: [heat[:, :5]], (8, 8)))(np.zeros((16, 16, 3), np.uint8))
    with pytest.raises(InputError, match="no model file"):
        onnx_models.session("m.onnx")
