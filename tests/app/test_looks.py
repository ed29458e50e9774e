"""What looking at the window brought up: filled results, scripts with marks, textures, the demo, what waits."""

from __future__ import annotations

import runpy

import numpy as np
import pytest
import toy_methods
import toy_surfaces
from conftest import open_sphere
from eigenform import jobs, registry
from eigenform.inpainting.textures import texture
from eigenform.jobs import Checkpoint, JobContext
from eigenform.params import make
from eigenform.types import Field, Image
from eigenform_app import commands, demo, kinds, loading, work
from eigenform_app.document import Item
from eigenform_app.panels.banner import Banners
from eigenform_app.panels.forms import LONGEST_WORDS, ParamsForm
from eigenform_app.panels.welcome import Welcome
from eigenform_app.script import script
from eigenform_app.sources import first_source


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy surface stands before the real ones."""
    monkeypatch.setattr(registry, "METHODS", (*toy_methods.METHODS, *toy_surfaces.METHODS, *registry.METHODS))


def hole(image: Image) -> Image:
    """The image with a square missing."""
    mask = np.zeros(image.pixels.shape[:2], bool)
    mask[10:20, 12:24] = True
    return image.replace(mask=mask, regions=None)


def add(window, value, name: str, parent: str | None = None, **provenance) -> Item:
    """Put a value in the document."""
    kind = kinds.kind_of(value).name
    item = Item(value, name, kind, parent=parent, display=kinds.display_for(value), provenance=provenance)
    commands.add(window.document, item)
    return item


@pytest.mark.parametrize("name", ["inpaint-classical", "inpaint-field-classical"])
def test_a_filled_result_is_whole(name):
    method = registry.get(name)
    value = hole(texture("bricks", 32))
    if method.inputs == ("Field",):
        from eigenform.io.samples import make_sample

        sphere = make_sample("sphere", 200)
        mask = sphere.verts[:, 2] > 0.8
        value = Field(sphere.verts, sphere.faces, sphere.verts[:, :1], mask=mask)
    done = jobs.run(method, [value], make(method.params_class(), {}))
    assert done.mask is None


def test_filling_again_starts_from_what_has_the_hole(window):
    image = add(window, hole(texture("bricks", 32)), "bricks", texture="bricks", painted=True)
    add(window, texture("bricks", 32), "filled", image.id, method="inpaint", inputs=[image.id])
    assert first_source(window.document, registry.get("inpaint")).item.id == image.id
    assert first_source(window.document, registry.get("image-fit")).item.id == window.document.current.id


def test_an_image_with_a_hole_can_be_fitted_smaller():
    method = registry.get("image-fit")
    params = make(method.params_class(), {"largest": 16, "steps": 2, "race": False, "width": 8, "frequency": 10.0})
    assert jobs.run(method, [hole(texture("bricks", 32))], params).pixels.shape[2] == 3


def test_the_script_holds_painted_marks(window, tmp_path, capsys):
    values = {"algorithm": "telea"}
    marked = hole(texture("bricks"))
    marked = marked.replace(regions=np.arange(marked.mask.size).reshape(marked.mask.shape) % 3)
    image = add(window, marked, "bricks", texture="bricks", painted=True)
    filled = jobs.run(
        registry.get("inpaint-classical"), [marked], make(registry.get("inpaint-classical").params_class(), values)
    )
    add(window, filled, "filled", image.id, method="inpaint-classical", inputs=[image.id], params=values)
    path = tmp_path / "session.py"
    path.write_text(script(window.document), encoding="utf-8")
    items = runpy.run_path(str(path))["items"]
    assert np.array_equal(items["bricks"].mask, marked.mask)
    assert np.array_equal(items["bricks"].regions, marked.regions)
    assert np.array_equal(items["filled"].pixels, filled.pixels)
    assert "pixels (128, 128, 3)" in capsys.readouterr().out


def test_a_texture_is_a_sample(window, qtbot):
    page = Welcome()
    qtbot.addWidget(page)
    card = next(c for c in page.cards if c.name in loading.TEXTURES)
    assert not card._picture.isNull()
    window.welcome.sample_chosen.emit(card.name)
    qtbot.waitUntil(lambda: window.document.current is not None, timeout=10000)
    item = window.document.current
    assert item.kind == "image"
    assert item.provenance == {"texture": card.name}


@pytest.mark.parametrize("width", [420, 620, 800, 1280])
def test_the_welcome_page_has_no_overlaps(qtbot, width):
    page = Welcome()
    qtbot.addWidget(page)
    page.resize(width, 800)
    page.show()
    qtbot.waitExposed(page)

    def apart() -> bool:
        boxes = [w.geometry() for w in (*page.cards, page.hint)]
        return not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[:n])

    qtbot.waitUntil(apart, timeout=3000)
    assert page.hint.width() >= 290


def test_words_too_long_for_a_box_stand_in_its_tip(qtbot):
    form = ParamsForm(registry.get("neural").params_class(), {})
    qtbot.addWidget(form)
    box = form.widgets["seconds"]
    assert len(box.specialValueText()) <= LONGEST_WORDS
    assert "as many steps as given" in box.toolTip()


def test_a_new_run_takes_old_errors_away_but_no_questions(qtbot):
    banners = Banners()
    qtbot.addWidget(banners)
    banners.show_message("It failed.", "error")
    banners.show_message("Restore it?", "error", offers=(("Yes", lambda: None),))
    banners.settle()
    assert [b.words for b in banners.messages()] == ["Restore it?"]


def test_a_run_does_not_wait_for_a_rehearsal(opened, qtbot, monkeypatch):
    def forever(method, ctx):
        while True:
            ctx.check()

    monkeypatch.setattr(work, "_rehearse", forever)
    opened.work.rehearsed = False
    opened.work.warm_up()
    opened.inspector.method.choose("toy")
    with qtbot.waitSignal(opened.runner.finished, timeout=10000, check_params_cb=lambda job: not job.quiet):
        opened.work.run()
    qtbot.waitUntil(lambda: bool(opened.document.items("basis", live=False)), timeout=10000)


def test_a_job_that_meets_a_half_made_module_runs_again(window, qtbot):
    tries = []

    def torn(ctx):
        tries.append(1)
        if len(tries) == 1:
            raise ImportError("cannot import name 'x' from partially initialized module 'y'")
        return "made"

    made = []
    window.runner.submit("Torn", torn, done=lambda job: made.append(job.result))
    qtbot.waitUntil(lambda: bool(made), timeout=10000)
    assert len(tries) == 2


def test_nothing_is_kept_of_a_job_that_was_cancelled(tmp_path):
    path = tmp_path / "a.checkpoint"
    ctx = work.ShownContext(path)
    ctx.cancel()
    ctx.save_checkpoint(Checkpoint({"a": np.zeros(3)}, {}))
    assert not path.exists()
    JobContext(path).save_checkpoint(Checkpoint({"a": np.zeros(3)}, {}))
    assert path.exists(), "elsewhere a cancelled run can be taken up again"


def test_the_demo_cuts_through_a_surface(window, qtbot, monkeypatch):
    monkeypatch.setattr(demo, "SHOWS", (("sphere", True),))
    window.demo._stepping.setInterval(30)
    shown = []
    window.document.changed.connect(
        lambda i, what: shown.append(window.document[i].display) if what == "display" else None
    )
    window.demo.start()
    qtbot.waitUntil(lambda: bool(window.document.items("basis", live=False)), timeout=30000)
    window.demo.stop()
    assert any(s.slice_x for s in shown if hasattr(s, "slice_x"))
    assert any(s.volume for s in shown if hasattr(s, "volume"))
    assert window.document.items("implicit")[0].display.level == 0.0


def test_a_refit_leaves_the_page_that_was_chosen(window, qtbot, monkeypatch):
    open_sphere(window, qtbot)
    panel = window.inspector.method
    panel.choose("toy-ball")
    with qtbot.waitSignal(window.runner.finished, timeout=15000):
        window.work.run()
    qtbot.waitUntil(lambda: window.work.running() is None)
    old = window.document.current
    window.show_tab("training")
    monkeypatch.setattr(work, "PREVIEW_SECONDS", 0.02)
    job = window.work.start(
        registry.get("toy-ball"),
        [window.document[old.parent]],
        make(registry.get("toy-ball").params_class(), {"steps": 20}),
        replaces=old.id,
    )
    qtbot.waitUntil(lambda: not job.active, timeout=15000)
    assert window.tabs.currentWidget() is window.tab_pages["training"]


def test_photographs_that_were_made_are_seen_whole(opened, qtbot):
    method = registry.get("render-views")
    before = opened.viewport.camera()["position"]
    opened.work.start(
        method, [opened.document.current], make(method.params_class(), {"views": 4, "size": 16, "points": 20})
    )
    qtbot.waitUntil(lambda: opened.document.current.kind == "photographs", timeout=60000)
    after = opened.viewport.camera()
    away = np.linalg.norm(np.subtract(after["position"], after["focus"]))
    assert away > 1.5 * np.linalg.norm(before)
