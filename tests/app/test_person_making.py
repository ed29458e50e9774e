"""From dropped photographs to people: the offer, several photographs of one person, marking by hand."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import toy_figures as toys
import toy_people
from eigenform import jobs, registry
from eigenform_app import person_steps
from PIL import Image as Pillow


@pytest.fixture
def people(window, monkeypatch):
    """The window with methods of a moment for people before the real ones."""
    monkeypatch.setattr(registry, "METHODS", (*toy_people.METHODS, *registry.METHODS))
    monkeypatch.setattr(person_steps, "joining_method", lambda: toy_people.METHODS[-1])
    window.work.panel.fill()
    return window


def photo(folder: Path, name: str, h: int = 320, w: int = 240) -> Path:
    """A photograph in a file."""
    Pillow.fromarray(toys.photograph(h, w)).save(folder / name)
    return folder / name


def offer(window, part: str):
    """The banner whose words contain ``part``."""
    return next((b for b in window.banners.messages() if part in b.words), None)


def press(banner, words: str) -> None:
    """Press a button of a banner."""
    from PySide6.QtWidgets import QPushButton

    next(b for b in banner.findChildren(QPushButton) if b.text() == words).click()


def people_in(window):
    return [i for i in window.document if i.kind == "person"]


def test_a_photograph_is_opened_and_the_person_found_in_it(people, qtbot, tmp_path: Path) -> None:
    people.files.open_paths([photo(tmp_path, "one.png")])
    qtbot.waitUntil(lambda: offer(people, "Is one a photograph of a person") is not None, timeout=60000)
    press(offer(people, "Is one"), "Find the person")
    qtbot.waitUntil(lambda: len(people_in(people)) == 1, timeout=60000)
    (item,) = people_in(people)
    assert item.parent == people.document.items("image")[0].id
    assert item.value.meta["sources"] == [str(tmp_path / "one.png")]
    assert people.centre.currentWidget() is people.person_page, "what was found is looked over"
    people.undo()
    assert not people_in(people)
    assert people.centre.currentWidget() is people.viewport


def test_a_portrait_shows_what_an_avatar_takes_and_runs_nothing(people, qtbot, tmp_path: Path) -> None:
    panel = people.inspector.method
    whole = person_steps.whole_way()
    assert whole is not None
    for name, h, w, expected in (("wide.png", 240, 320, False), ("tall.png", 320, 240, True)):
        people.files.open_paths([photo(tmp_path, name, h, w)])
        qtbot.waitUntil(lambda name=name: offer(people, f"Is {name[:4]}") is not None, timeout=60000)
        assert (panel.method() is whole) == expected
    assert not people.runner.active("compute")
    others = [n for n in people.work.runnable() if registry.get(n).inputs == ("Image",) and n != whole.name]
    panel.choose(others[0])
    people.work._used.append(others[0])
    people.files.open_paths([photo(tmp_path, "also.png")])
    qtbot.waitUntil(lambda: offer(people, "Is also") is not None, timeout=60000)
    assert panel.method().name == others[0], "what was used before stays"


def test_the_offer_of_an_avatar_shows_its_form_and_runs_it(people, qtbot, tmp_path: Path, monkeypatch) -> None:
    people.files.open_paths([photo(tmp_path, "wide.png", 240, 320)])
    qtbot.waitUntil(lambda: offer(people, "Is wide") is not None, timeout=60000)
    ran = []
    monkeypatch.setattr(people.work, "run", lambda: ran.append(people.inspector.method.method().name))
    people.document.set_current("")
    press(offer(people, "Is wide"), "Make an avatar")
    assert ran == [person_steps.whole_way().name]
    assert people.document.current.name == "wide"
    assert people.inspector.method.form().isVisible()


def test_a_job_that_goes_from_person_to_avatar_shows_each_as_it_is_shown(
    people, qtbot, tmp_path: Path, monkeypatch
) -> None:
    go_on, bare = threading.Event(), toys.toy_avatar(texture=False).replace(colours=None)

    def whole_way(method, values, params, ctx):
        for value in (toys.toy_person(), bare):
            ctx.preview(value)
            assert go_on.wait(60)
            go_on.clear()
        return toys.toy_avatar()

    people.files.open_paths([photo(tmp_path, "tall.png")])
    qtbot.waitUntil(lambda: offer(people, "Is tall") is not None, timeout=60000)
    monkeypatch.setattr(jobs, "run", whole_way)
    press(offer(people, "Is tall"), "Make an avatar")

    def shown(kind: str, live: bool = True) -> bool:
        current = people.document.current
        return current is not None and current.kind == kind and current.live == live

    qtbot.waitUntil(lambda: shown("person"), timeout=60000)
    assert people.viewport.camera()["up"][1] > 0.99
    go_on.set()
    qtbot.waitUntil(lambda: shown("avatar"), timeout=60000)
    assert people.viewport.camera()["up"][2] > 0.99, "a figure stands where a photograph was"
    assert people.document.current.display.colour == "neutral"
    go_on.set()
    qtbot.waitUntil(lambda: shown("avatar", live=False), timeout=60000)
    assert people.document.current.display.colour == "texture", "the previews had none"
    qtbot.waitUntil(lambda: people.pose.figure is not None, timeout=60000)  # it can be posed at once
    assert people.viewport.camera()["up"][2] > 0.99


def test_small_pictures_are_textures_and_nobody_asks(people, qtbot, tmp_path: Path) -> None:
    people.files.open_paths([photo(tmp_path, "tile.png", 128, 128)])
    qtbot.waitUntil(lambda: len(people.document) == 1, timeout=60000)
    qtbot.wait(600)
    assert not people.banners.messages()


def test_several_photographs_become_one_person(people, qtbot, tmp_path: Path) -> None:
    people.files.open_paths([photo(tmp_path, "front.png"), photo(tmp_path, "back.png", 320, 260)])
    qtbot.waitUntil(lambda: offer(people, "these 2 photographs") is not None, timeout=60000)
    press(offer(people, "these 2"), "The same person")
    qtbot.waitUntil(lambda: len(people_in(people)) == 1, timeout=60000)
    (item,) = people_in(people)
    assert [v.pixels.shape[1] for v in item.value.views] == [240, 260]
    assert item.provenance["joined"] == "toy-join"
    images = people.document.items("image")
    assert item.provenance["inputs"] == [i.id for i in images]
    assert [people.document.shown(i) for i in images] == [True, False]
    from eigenform_app import loading

    assert loading.people_in(list(people.document)) == {item.id, *(i.id for i in images)}
    people.person_page.views.setCurrentIndex(1)
    assert people.person_page.canvas.view.pixels.shape[1] == 260
    from eigenform_app.script import script

    lines = script(people.document)
    assert lines.count("jobs.run(join") == 1
    compile(lines, "session.py", "exec")


def test_a_further_photograph_of_a_person_who_is_known(people, qtbot, tmp_path: Path) -> None:
    people.files.open_paths([photo(tmp_path, "front.png")])
    qtbot.waitUntil(lambda: offer(people, "Is front") is not None, timeout=60000)
    press(offer(people, "Is front"), "Find the person")
    qtbot.waitUntil(lambda: len(people_in(people)) == 1, timeout=60000)
    (item,) = people_in(people)
    people.files.open_paths([photo(tmp_path, "side.png", 320, 260)])
    qtbot.waitUntil(lambda: offer(people, "Is side") is not None, timeout=60000)
    press(offer(people, "Is side"), f"Also {item.name}")
    qtbot.waitUntil(lambda: len(people_in(people)[0].value.views) == 2, timeout=60000)
    assert people.document.current.id == item.id
    assert people.person_page.canvas.view.pixels.shape[1] == 260, "the new view is looked over"
    front, side = people.document.items("image")
    assert people.document.shown(front)
    assert not people.document.shown(side)
    from eigenform_app import loading
    from eigenform_app.script import script

    assert loading.people_in(list(people.document)) == {item.id, front.id, side.id}
    compile(script(people.document), "session.py", "exec")
    people.undo()
    assert len(people_in(people)[0].value.views) == 1


def test_a_person_in_each(people, qtbot, tmp_path: Path) -> None:
    people.files.open_paths([photo(tmp_path, "a.png"), photo(tmp_path, "b.png")])
    qtbot.waitUntil(lambda: offer(people, "these 2 photographs") is not None, timeout=60000)
    press(offer(people, "these 2"), "A person in each")
    qtbot.waitUntil(lambda: len(people_in(people)) == 2, timeout=60000)
    assert all(len(i.value.views) == 1 for i in people_in(people))


def test_where_nobody_is_found_the_person_is_marked_by_hand(people, qtbot, tmp_path: Path, monkeypatch) -> None:
    people.files.open_paths([photo(tmp_path, "fog.png")])
    qtbot.waitUntil(lambda: offer(people, "Is fog") is not None, timeout=60000)
    image = people.document.items("image")[0]
    monkeypatch.setattr(people.making, "_params", lambda method, hand: toy_people.ToyFindParams(fail=not hand))
    people.making.make([image.id])
    qtbot.waitUntil(lambda: offer(people, "marked by hand") is not None, timeout=60000)
    assert offer(people, "Nobody was found in fog") is not None
    assert not people_in(people)
    press(offer(people, "marked by hand"), "Mark by hand")
    qtbot.waitUntil(lambda: len(people_in(people)) == 1, timeout=60000)


def test_the_real_methods_can_be_asked_for_by_hand(qapp) -> None:
    from eigenform.params import make

    (method, *_) = person_steps.methods_of(person_steps.FIND)
    params = make(method.params_class(), method.presets["by hand"])
    assert params.finder == "none"
    made = registry.load(method.target)(toys_image(), params=params, ctx=quiet())
    assert made.views[0].mask is None
    assert made.views[0].pixels.shape == (120, 90, 3)
    assert person_steps.joining_method() is not None
    assert [len(person_steps.methods_of(n)) > 0 for n in person_steps.TYPES] == [True] * 4


def toys_image():
    """The toy photograph as an image."""
    return toys.toy_image()


def quiet():
    """A context that shows nothing."""
    from eigenform.jobs import JobContext

    return JobContext()


def test_the_question_goes_when_the_picture_is_worked_on(people, qtbot, tmp_path: Path) -> None:
    people.files.open_paths([photo(tmp_path, "one.png")])
    qtbot.waitUntil(lambda: offer(people, "Is one a photograph") is not None, timeout=60000)
    (image,) = people.document.items("image")
    people.files.open_paths([photo(tmp_path, "two.png")])
    qtbot.waitUntil(lambda: offer(people, "Is two a photograph") is not None, timeout=60000)
    people.document.set_current(image.id)
    people.work.run_method(person_steps.methods_of(person_steps.FIND)[0].name)
    assert offer(people, "Is one a photograph") is None
    assert offer(people, "Is two a photograph") is not None, "nobody worked on the other"
    qtbot.waitUntil(lambda: len(people_in(people)) == 1, timeout=60000)


def test_pixels_are_the_photograph(people, qtbot, tmp_path: Path) -> None:
    people.files.open_paths([photo(tmp_path, "one.png")])
    qtbot.waitUntil(lambda: len(people.document) == 1, timeout=60000)
    people.making.make([people.document.items("image")[0].id])
    qtbot.waitUntil(lambda: len(people_in(people)) == 1, timeout=60000)
    assert np.array_equal(people_in(people)[0].value.views[0].pixels, toys.photograph(320, 240))
