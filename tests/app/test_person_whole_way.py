"""From the photograph of the welcome page to an avatar that is saved and exported, with the shipped networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from eigenform.avatar import keypoints as names
from eigenform.avatar import views
from eigenform.avatar.privacy import is_blank
from eigenform.io.files import read_any
from eigenform_app import person_steps
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

LONG = 300_000  # milliseconds: the way takes some twenty seconds on two free cores
QUICK = {
    person_steps.FIT: {"steps": 20},
    person_steps.CLOTHE: {"rounds": 0, "size": 128},
    person_steps.SURFACE: {"resolution": 97, "refine": 0, "texture": 512, "faces": 8000},
}


def test_a_photograph_becomes_an_avatar(window, qtbot, tmp_path: Path) -> None:
    window.welcome.sample_chosen.emit("photograph")
    qtbot.waitUntil(lambda: len(window.document) == 1, timeout=LONG)
    window.making.make([window.document.current.id])
    qtbot.waitUntil(lambda: bool(window.document.items("person")), timeout=LONG)
    item = window.person.item()
    view = item.value.views[0]
    where = dict(zip(names.NAMES, view.keypoints, strict=True))
    assert where["nose"][1] < where["left hip"][1] < where["left knee"][1] < where["left ankle"][1]
    assert where["left shoulder"][0] > where["right shoulder"][0], "it faces the viewer"
    assert 0.03 < view.mask.mean() < 0.3

    for number, values in QUICK.items():
        window.work.panel.choose(person_steps.methods_of(number)[0].name)
        window.work.panel.form().set_values(values)
    QTest.mouseClick(window.person_page.way.all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.document.items("avatar", live=False)), timeout=LONG)
    person, (avatar,) = window.document[item.id].value, window.document.items("avatar", live=False)
    body = views.body_picture(person.views[0], person.body_faces, 128)[..., 3] > 0
    seen = person.views[0].maps["mask"] > 0.5
    assert (body & seen).sum() / (body | seen).sum() > 0.7, "the body lies on the person"
    assert avatar.value.meta["report"]["watertight"]
    assert 1.4 < np.ptp(avatar.value.verts[:, 2]) < 2.1
    assert window.document.current.id == avatar.id
    assert window.viewport.camera()["up"][2] > 0.99

    window.files.save_to(tmp_path / "way.eigenform")
    qtbot.waitUntil(lambda: (tmp_path / "way.eigenform").exists() and not window.modified, timeout=LONG)
    window.files.new_session()
    window.files.open_paths([tmp_path / "way.eigenform"])
    qtbot.waitUntil(lambda: len(window.document) == 3, timeout=LONG)
    assert is_blank(window.document[item.id].value)
    assert np.array_equal(window.document[avatar.id].value.verts, avatar.value.verts)
    window.photos.read_again()
    qtbot.waitUntil(lambda: not is_blank(window.document[item.id].value), timeout=LONG)
    assert np.array_equal(window.document[item.id].value.views[0].pixels, person.views[0].pixels)
    window.files.export(avatar.id, str(tmp_path / "figure.npz"), "npz")
    qtbot.waitUntil(lambda: (tmp_path / "figure.npz").exists(), timeout=LONG)
    qtbot.waitUntil(lambda: not window.runner.active(), timeout=LONG)
    assert np.array_equal(read_any(tmp_path / "figure.npz").weights, avatar.value.weights)
