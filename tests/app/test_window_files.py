"""Files through the window: exports, pictures, repairs, comparison, and the flags of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import open_sphere, run_toy
from eigenform.io.basis_files import FORMATS, read_basis
from eigenform.io.files import formats_of
from eigenform.io.samples import make_sample
from eigenform.io.write import WRITERS, write_shape
from eigenform_app import pictures
from eigenform_app.panels.export_dialog import ExportDialog, formats_for
from eigenform_app.panels.picture_dialog import PictureDialog
from eigenform_app.picture_export import FilmSize, PictureSize
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPushButton


def test_every_format_of_the_library_can_be_exported(opened, qtbot, tmp_path):
    window = opened
    item = window.document[run_toy(window, qtbot)]
    assert [f for f, _, _ in formats_for(item)] == list(FORMATS)
    for name, info in FORMATS.items():
        path = tmp_path / f"basis {name} ü{info.ext}"
        with qtbot.waitSignal(window.runner.finished, timeout=30000):
            window.files.export(item.id, str(path), name)
        assert path.stat().st_size > 0, window.banners.messages()[-1].words
    again = read_basis(tmp_path / "basis npz ü.npz")
    assert np.allclose(again.evecs, item.value.evecs, atol=1e-6)


@pytest.mark.parametrize("name", ["sphere", "swiss-roll", "flat-torus"])
def test_every_kind_of_shape_can_be_exported(window, qtbot, tmp_path, name):
    shape = make_sample(name, 300)
    found = [ext for _, ext, _ in formats_of(shape)]
    assert found
    assert set(found) <= set(WRITERS)
    for ext in found:
        write_shape(shape, tmp_path / f"x{ext}")
        assert (tmp_path / f"x{ext}").stat().st_size > 0


def test_the_export_dialog(opened, qtbot, tmp_path):
    window = opened
    item = window.document[run_toy(window, qtbot)]
    dialog = ExportDialog(item, str(tmp_path), window)
    qtbot.addWidget(dialog)
    dialog.formats.setCurrentRow(list(FORMATS).index("mat"))
    assert dialog.path.text() == str(tmp_path / f"{item.name}.mat")
    with qtbot.waitSignal(dialog.chosen) as heard:
        dialog.export.click()
    assert heard.args == [item.id, str(tmp_path / f"{item.name}.mat"), "mat"]


def test_the_export_dialog_wants_a_folder_that_exists(opened, qtbot, tmp_path):
    dialog = ExportDialog(opened.document.current, str(tmp_path / "nowhere"), opened)
    qtbot.addWidget(dialog)
    with qtbot.assertNotEmitted(dialog.chosen):
        dialog.export.click()
    assert "nowhere" in dialog.note.text()


def test_pictures_of_any_size_and_transparent(opened, qtbot, tmp_path):
    opened.pictures.save_picture(PictureSize(640, 480, transparent=True), tmp_path / "a.png")
    image = QImage(str(tmp_path / "a.png"))
    assert (image.width(), image.height()) == (640, 480)
    assert image.pixelColor(2, 2).alpha() == 0
    assert image.pixelColor(320, 240).alpha() == 255
    opened.pictures.save_picture(PictureSize(64, 64), tmp_path / "no such" / "a.png")
    assert opened.banners.messages()[-1].tone == "error"


def test_a_turntable_is_written_frame_by_frame(opened, qtbot, tmp_path):
    path = tmp_path / "turn.gif"
    opened.pictures.save_turntable(FilmSize(64, 48, seconds=0.4, fps=10), path)
    qtbot.waitUntil(path.exists, timeout=20000)
    from PIL import Image

    with Image.open(path) as film:
        assert film.n_frames == 4
    qtbot.waitUntil(lambda: not opened.pictures.film.running)


def test_mp4_is_greyed_with_its_reason_where_ffmpeg_is_missing(opened, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    reason = pictures.mp4_reason()
    dialog = PictureDialog("Film", FilmSize, {".gif": "", ".mp4": reason}, tmp_path / "x", opened)
    qtbot.addWidget(dialog)
    item = dialog.kind.model().item(1)
    assert not item.isEnabled()
    assert "ffmpeg" in dialog.reason.text()
    assert dialog.kind.model().item(0).isEnabled()


def test_one_click_repairs_and_undo(window, qtbot, tmp_path):
    sphere = make_sample("sphere", 300)
    path = tmp_path / "pierced.ply"
    write_shape(sphere.replace(faces=sphere.faces[1:]), path)
    window.files.open_paths([path])
    qtbot.waitUntil(lambda: len(window.document) == 1, timeout=10000)
    item = window.document.current
    report = window.work.reports[item.value]
    assert report["report"]["boundary_loops"] == 1
    assert list(report["repairs"]) == ["fill-holes"]
    window.inspector.tabs.setCurrentWidget(window.inspector.facts)
    every = next(b for b in window.inspector.facts.findChildren(QPushButton) if b.text() == "Repair all")
    qtbot.mouseClick(every, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.document[item.id].value is not item.value, timeout=10000)
    repaired = window.document[item.id]
    assert len(repaired.value.faces) == len(sphere.faces)
    assert repaired.provenance["repairs"] == [["fill-holes"]]
    assert window.work.report(repaired)["report"]["watertight"]
    window.undo()
    assert window.document[item.id].value is item.value


def test_comparing_two_bases(opened, qtbot):
    window = opened
    first = run_toy(window, qtbot)
    window.document.set_current(window.document.items("shape")[0].id)
    second = run_toy(window, qtbot, modes=12)
    window.compare.choose(second, first)
    assert window.compare.compare.isEnabled()
    with qtbot.waitSignal(window.runner.finished, timeout=10000):
        qtbot.mouseClick(window.compare.compare, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.compare.table.rowCount() >= 4)
    window.compare.difference.click()
    assert window.viewport.view_count == 2
    window.compare.choose(first, first)
    assert not window.compare.compare.isEnabled()


def studio(*args: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the program."""
    env = {**os.environ, "EIGENFORM_HOME": str(home)}
    command = [sys.executable, "-m", "eigenform_app", *args]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=150, check=False)


def test_shot_waits_for_the_load_and_writes_the_window(home, tmp_path):
    write_shape(make_sample("sphere", 300), tmp_path / "kugel ü.ply")
    shot = tmp_path / "shot.png"
    done = studio(str(tmp_path / "kugel ü.ply"), "--shot", str(shot), "--size", "900x600", "--theme", "dark", home=home)
    assert done.returncode == 0, done.stderr
    image = QImage(str(shot))
    assert (image.width(), image.height()) == (900, 600)
    centre = {image.pixelColor(x, 200).rgb() for x in range(300, 560, 4)}
    assert len(centre) > 10, "a shaded ball stands in the middle"


@pytest.mark.parametrize("content", [None, b"", b"not a mesh"])
def test_a_bad_file_is_exit_2_and_a_sentence(home, tmp_path, content):
    path = tmp_path / "bad.ply"
    if content is not None:
        path.write_bytes(content)
    done = studio(str(path), "--shot", str(tmp_path / "shot.png"), home=home)
    assert done.returncode == 2
    assert "bad.ply" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "shot.png").exists()


def test_smoke(home):
    done = studio("--smoke", home=home)
    assert done.returncode == 0, done.stderr
    assert "of the picture changed" in done.stderr


def test_version_and_usage_need_no_window(home):
    done = studio("--version", home=home)
    assert done.returncode == 0
    assert "eigenform-studio" in done.stdout
    assert studio("--size", "big", home=home).returncode == 2


def test_nothing_heavy_is_imported_at_start(home):
    code = (
        "import sys\nfrom eigenform_app import main\nmain.prepare(['x'])\nfrom eigenform_app.window import MainWindow\n"
        "window = MainWindow()\nprint(sorted({'torch', 'open3d', 'sklearn', 'trimesh'} & set(sys.modules)))\n"
        "window.close_now()"
    )
    env = {**os.environ, "EIGENFORM_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_demo_plays_and_stops(window, qtbot):
    window.inspector.method.choose("toy")
    window.demo.start()
    qtbot.waitUntil(lambda: bool(window.document.items("basis", live=False)), timeout=20000)
    camera = window.viewport.camera()["position"]
    qtbot.waitUntil(lambda: window.viewport.camera()["position"] != camera, timeout=5000)
    window.demo.stop()
    assert not window.demo.playing
    camera = window.viewport.camera()["position"]
    qtbot.wait(100)
    assert window.viewport.camera()["position"] == camera


def test_cancelled_training_can_be_kept(opened, qtbot):
    window = open_sphere(opened, qtbot)
    panel = window.inspector.method
    panel.choose("toy")
    panel.form().set_values({"steps": 100_000})
    window.work.run()
    qtbot.waitUntil(lambda: any(i.live for i in window.document), timeout=10000)
    assert panel.cancel.isVisible()
    with qtbot.waitSignal(window.runner.finished, timeout=2000):
        window.work.cancel()
    assert not any(i.live for i in window.document)
    assert not window.document.items("basis")
    banner = window.banners.messages()[-1]
    next(b for b in banner.findChildren(type(panel.run)) if b.text().startswith("Keep")).click()
    (kept,) = window.document.items("basis")
    assert kept.provenance["stopped_at"] >= 0


def test_no_display_is_one_sentence(home, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    done = studio("--smoke", home=home)
    assert done.returncode == 2
    assert done.stderr.strip() == "There is no display to open a window on; `eigenform basis` works without one."
