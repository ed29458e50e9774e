"""Screenshots, the clipboard and films."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform_app import pictures
from eigenform_app.display import DisplayOptions
from eigenform_app.pictures import Film, FilmExport, mode_animation, mp4_reason, turntable
from eigenform_app.viewport.viewport import Viewport
from PIL import Image, ImageSequence
from PySide6.QtGui import QGuiApplication
from viewport_scene import sphere_basis

SMALL = Film(size=(120, 90), seconds=0.5, fps=12)


@pytest.fixture
def viewport(qapp, qtbot):
    made = Viewport()
    made.resize(320, 240)
    made.show()
    qtbot.waitExposed(made)
    made.set_item("b", sphere_basis(), DisplayOptions(displace=0.2))
    yield made
    made.shut()
    made.close()
    made.deleteLater()
    qapp.processEvents()


def test_screenshot_of_any_size(viewport, tmp_path):
    path = tmp_path / "Bild äöü.png"
    viewport.screenshot(path, size=(1500, 700))
    with Image.open(path) as image:
        assert image.size == (1500, 700)
        assert np.asarray(image)[..., 3].min() == 255
    viewport.screenshot(tmp_path / "b.jpg", size=(200, 100), scale=2)
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.size == (400, 200)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_transparent_picture_has_a_clear_background_and_a_solid_shape(viewport):
    pixels = viewport.grab_array((300, 220), transparent=True)
    assert pixels[0, 0, 3] == 0
    assert pixels[105, 150, 3] == 255
    solid = viewport.grab_array((300, 220))
    assert np.abs(solid[105, 150, :3].astype(int) - pixels[105, 150, :3]).max() <= 2
    assert (solid[..., 3] == 255).all()


def test_a_picture_leaves_the_widget_as_it_was(viewport, qtbot):
    viewport.settle(60)
    size = viewport.surface.render_window.GetSize()
    before = viewport.grab().toImage()
    viewport.grab_array((64, 48), transparent=True)
    assert viewport.surface.render_window.GetSize() == size
    qtbot.wait(50)
    assert viewport.grab().toImage() == before


def test_bad_pictures_are_refused_in_a_sentence(viewport, tmp_path):
    with pytest.raises(InputError, match=r"\.png or \.jpg"):
        viewport.screenshot(tmp_path / "a.tiff")
    with pytest.raises(InputError, match="too large"):
        viewport.grab_array((20_000, 10))


def test_clipboard(viewport, qtbot):
    pictures.copy_to_clipboard(viewport, (90, 60))
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (90, 60)


def test_turntable_turns_and_leaves_the_camera(viewport):
    before = viewport.camera()
    frames = list(turntable(viewport, SMALL))
    assert len(frames) == SMALL.frames == 6
    assert np.abs(frames[0].astype(int) - frames[3]).max() > 60
    assert viewport.camera() == before


def outline(frame):
    """Columns and rows that the shape reaches, in a picture without background."""
    solid = frame[..., 3] > 128
    return np.flatnonzero(solid.any(axis=0)), np.flatnonzero(solid.any(axis=1))


@pytest.mark.parametrize("size", [(120, 90), (60, 160), (200, 80)])
def test_films_and_pictures_of_any_shape_cut_nothing_off(viewport, size):
    basis = sphere_basis()
    viewport.set_item("b", basis.replace(verts=basis.verts * [3.0, 1.0, 1.0]), DisplayOptions(scalar_bar=False))
    viewport.reset_camera()
    frames = [*turntable(viewport, Film(size, 0.5, 12, transparent=True))]
    frames.append(viewport.grab_array(size, transparent=True, notes=False))
    for frame in frames:
        across, down = outline(frame[: round(size[1] * 0.8)])
        assert across[0] > 0, "nothing touches the left side"
        assert across[-1] < size[0] - 1, "nor the right side"
        assert down[0] > 0, "nor the top"


def test_the_turntable_turns_about_an_axis_of_the_space(viewport):
    seen = []
    grab = viewport.grab_array
    viewport.grab_array = lambda *args: (seen.append(viewport.camera()), grab(*args))[1]
    list(turntable(viewport, SMALL))
    eyes = np.array([np.subtract(c["position"], c["focus"]) for c in seen])
    np.testing.assert_allclose(eyes[:, 1], eyes[0, 1], rtol=1e-6)


def test_mode_animation_moves_and_comes_to_rest(viewport):
    viewport.set_mode("b", 2)
    rest = viewport.views[0].layers["b"].points.copy()
    frames = list(mode_animation(viewport, Film((120, 90), 0.5, 8)))
    assert np.abs(frames[0].astype(int) - frames[1]).max() > 60
    np.testing.assert_array_equal(viewport.views[0].layers["b"].points, rest)


def test_gif_is_written_while_the_window_lives(viewport, qtbot, tmp_path):
    path = tmp_path / "turn.gif"
    job = FilmExport(turntable(viewport, SMALL), SMALL, path)
    seen = []
    job.progressed.connect(lambda done, total: seen.append((done, total)))
    with qtbot.waitSignal(job.finished, timeout=10000) as got:
        job.start()
        assert not path.exists()
    assert got.args == [str(path)]
    assert seen[-1] == (6, 6)
    with Image.open(path) as film:
        assert (len(list(ImageSequence.Iterator(film))), film.size) == (6, (120, 90))
        assert film.info["loop"] == 0


def test_transparent_gif(viewport, qtbot, tmp_path):
    film = Film((100, 80), 0.3, 10, transparent=True)
    job = FilmExport(turntable(viewport, film), film, tmp_path / "t.gif")
    with qtbot.waitSignal(job.finished, timeout=10000):
        job.start()
    with Image.open(tmp_path / "t.gif") as image:
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
    assert alpha[0, 0] == 0
    assert alpha[38, 50] == 255


def test_cancelled_film_leaves_nothing(viewport, qtbot, tmp_path):
    film = Film((120, 90), 20, 25)
    job = FilmExport(turntable(viewport, film), film, tmp_path / "long.gif")
    before = viewport.camera()
    job.progressed.connect(lambda done, total: job.cancel() if done == 3 else None)
    with qtbot.waitSignal(job.cancelled, timeout=10000):
        job.start()
    assert list(tmp_path.iterdir()) == []
    assert viewport.camera() == before


def test_film_into_a_missing_folder_fails_in_a_sentence(viewport, qtbot, tmp_path):
    job = FilmExport(turntable(viewport, SMALL), SMALL, tmp_path / "none" / "a.gif")
    with qtbot.waitSignal(job.failed, timeout=10000) as got:
        job.start()
    assert "no folder" in got.args[0]


def test_mp4_needs_ffmpeg(viewport, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "ffmpeg" in (mp4_reason() or "")
    with pytest.raises(InputError, match="ffmpeg"):
        FilmExport(turntable(viewport, SMALL), SMALL, tmp_path / "a.mp4")
    with pytest.raises(InputError, match=r"\.gif or \.mp4"):
        FilmExport(turntable(viewport, SMALL), SMALL, tmp_path / "a.avi")


STANDIN = """#!{python}
import sys
data = sys.stdin.buffer.read()
open(sys.argv[-1], "wb").write(b"film %d " % len(data) + " ".join(sys.argv[1:-1]).encode())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a script cannot stand in for ffmpeg on Windows")
def test_mp4_pipes_whole_even_frames(viewport, qtbot, monkeypatch, tmp_path):
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text(STANDIN.format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    film = Film((121, 91), 0.5, 12)
    job = FilmExport(turntable(viewport, film), film, tmp_path / "a.mp4")
    with qtbot.waitSignal(job.finished, timeout=10000):
        job.start()
    said = (tmp_path / "a.mp4").read_text(encoding="utf-8")
    assert said.startswith(f"film {6 * 120 * 90 * 3} ")
    assert "120x90" in said
    assert "yuv420p" in said


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not on the PATH")
def test_mp4_plays(viewport, qtbot, tmp_path):
    job = FilmExport(turntable(viewport, SMALL), SMALL, tmp_path / "a.mp4")
    with qtbot.waitSignal(job.finished, timeout=20000):
        job.start()
    decoded = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(tmp_path / "a.mp4"), "-f", "null", "-"], capture_output=True, check=True
    )
    assert decoded.stderr == b""
