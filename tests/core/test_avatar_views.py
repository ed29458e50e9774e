"""What is drawn over a photograph: places, outlines, colours of maps, the body; and keypoints that change sides."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform.avatar import keypoints, views
from eigenform.avatar.photo.editing import swap_sides
from eigenform.errors import InputError
from eigenform.figure_types import Person, View


def view(**more: object) -> View:
    """A view of 100 by 80 pixels with a crop about its middle."""
    return View(np.zeros((100, 80, 3), np.uint8), np.array([40.0, 50.0, 50.0]), **more)  # type: ignore[arg-type]


def test_the_camera_puts_a_point_where_the_formula_says() -> None:
    seen = view(camera=np.array([0.5, 0.1, -0.2]))
    at = views.project(seen, np.array([[0.4, -0.3, 1.0], [0.0, 0.0, 0.0]]))
    assert at[0] == pytest.approx([40 + 50 * (0.5 * 0.4 + 0.1), 50 - 50 * (0.5 * 1.0 - 0.2), 0.5 * 0.3 * 50])
    assert at[1] == pytest.approx([45, 60, 0])
    with pytest.raises(ValueError, match="no camera"):
        views.project(view(), np.zeros((1, 3)))


def test_the_outline_of_a_rectangle_with_a_hole() -> None:
    mask = np.zeros((100, 80), bool)
    mask[20:60, 10:50] = True
    mask[30:40, 20:30] = False
    outer, hole = sorted(views.outline(mask), key=lambda line: -np.ptp(line[:, 0]))
    assert outer.min(axis=0) == pytest.approx([10.5, 20.5])
    assert outer.max(axis=0) == pytest.approx([49.5, 59.5])
    assert np.ptp(hole, axis=0) == pytest.approx([11, 11])
    assert views.outline(np.zeros((5, 5), bool)) == []


def test_colours_of_maps() -> None:
    inside = np.zeros((4, 4), np.float32)
    inside[1:3, 1:3] = 1
    normal = np.zeros((4, 4, 3), np.float32)
    normal[1:3, 1:3] = (0, 0, 1)
    seen = view(maps={"normal_front": normal, "offset_front": np.full((4, 4), views.OFFSET), "mask": inside})
    picture = views.map_picture(seen, "normal_front")
    assert picture is not None
    assert picture[1, 1].tolist() == [128, 128, 255, 255], "toward the viewer is blue"
    assert picture[0, 0, 3] == 0, "clear where there is nobody"
    offset = views.map_picture(seen, "offset_front")
    assert offset is not None
    assert offset[1, 1, 0] > offset[1, 1, 2] + 100, "before the body is red"
    assert offset[0, 0, 3] == 0
    assert views.map_picture(seen, "normal_back") is None


def test_the_body_is_drawn_where_the_camera_shows_it() -> None:
    verts = np.array([[-0.5, -1, -0.5], [0.5, -1, -0.5], [0, -1, 0.5], [0, 1, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3], [1, 3, 2], [0, 3, 1]])
    seen = view(camera=np.array([1.0, 0.0, 0.0]), verts=verts, rotations=np.zeros((1, 3)))
    picture = views.body_picture(seen, faces, 64)
    assert picture is not None
    rows, columns = np.nonzero(picture[..., 3])
    assert (rows.min(), rows.max()) == pytest.approx((16, 47), abs=1)
    assert (columns.min(), columns.max()) == pytest.approx((16, 47), abs=1)
    assert picture[40, 32, 2] > picture[40, 32, 0], "blue: no person"
    assert views.body_picture(view(), faces) is None


def test_names_sides_and_limbs() -> None:
    assert len(keypoints.NAMES) == len(keypoints.MIRROR) == 23
    for i, j in enumerate(keypoints.MIRROR):
        assert keypoints.MIRROR[j] == i
        expected = keypoints.NAMES[i].replace("left", "*").replace("right", "left").replace("*", "right")
        assert keypoints.NAMES[j] == expected
    assert keypoints.side(0) == "middle"
    assert keypoints.limb_of(9) == "left arm"
    assert keypoints.limb_of(2) == ""
    assert {i for pair in keypoints.LINES for i in pair} == set(range(23))


def test_sides_are_swapped_and_swapped_back() -> None:
    points = np.random.default_rng(0).random((23, 3))
    person = Person((view(keypoints=points),))
    arms = swap_sides(person, 0, [5, 7, 9]).views[0].keypoints
    assert arms is not None
    assert np.array_equal(arms[[5, 6]], points[[6, 5]])
    assert np.array_equal(arms[11:], points[11:])
    both = swap_sides(swap_sides(person, 0), 0).views[0].keypoints
    assert np.array_equal(both, points)
    with pytest.raises(InputError, match="no keypoints"):
        swap_sides(Person((view(),)), 0)
