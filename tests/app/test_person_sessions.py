"""Sessions and photographs of people: left out unless asked for, said so, read again from their files."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import toy_figures as toys
import toy_people
from eigenform import registry
from eigenform.avatar.privacy import is_blank
from eigenform.io.image_files import read_image
from eigenform_app import commands, loading
from eigenform_app.document import Item
from eigenform_app.kinds import display_for
from eigenform_app.script import script
from PIL import Image as Pillow


@pytest.fixture
def people(window, monkeypatch):
    """The window with methods of a moment for people before the real ones."""
    monkeypatch.setattr(registry, "METHODS", (*toy_people.METHODS, *registry.METHODS))
    window.work.panel.fill()
    return window


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photograph large enough to be one."""
    path = tmp_path / "holiday.png"
    Pillow.fromarray(toys.photograph(400, 300)).save(path)
    return path


def add_person(window, path: Path) -> tuple[str, str]:
    """The picture in a file, and the person in it; their ids."""
    image = read_image(path)
    above = Item(image, "holiday", "image", display=display_for(image), provenance={"file": str(path)})
    commands.add(window.document, above)
    person = toy_people.find(image, params=toy_people.ToyFindParams(), ctx=None)  # type: ignore[arg-type]
    item = Item(person, "someone", "person", parent=above.id, display=display_for(person),
                provenance={"method": "toy-find", "params": {}, "inputs": [above.id]})  # fmt: skip
    commands.add(window.document, item)
    return above.id, item.id


def save(window, qtbot, path: Path) -> None:
    with qtbot.waitSignal(window.runner.finished, timeout=60000):
        window.files.save_to(path)


def reopen(window, qtbot, path: Path) -> None:
    window.files.new_session()
    window.files.open_paths([path])
    qtbot.waitUntil(lambda: len(window.document) > 0, timeout=60000)


def said(window) -> list[str]:
    return [b.words for b in window.banners.messages()]


def pixels_in(path: Path) -> list[np.ndarray]:
    """The arrays of a session that could be photographs."""
    with zipfile.ZipFile(path) as archive:
        arrays = [np.load(archive.open(n)) for n in archive.namelist() if n.endswith(".npy")]
    return [a for a in arrays if a.ndim == 3 and a.shape[0] > 100]


def test_photographs_of_people_are_kept_out_and_read_again(people, qtbot, photo: Path, tmp_path: Path) -> None:
    image, person = add_person(people, photo)
    whole = people.document[person].value
    path = tmp_path / "a.eigenform"
    save(people, qtbot, path)
    assert not pixels_in(path)
    reopen(people, qtbot, path)
    assert any("without its photographs" in words for words in said(people))
    blank = people.document[person].value
    assert is_blank(blank)
    assert is_blank(people.document[image].value)
    assert (blank.views[0].pixels == 128).all()
    assert np.array_equal(blank.views[0].mask, whole.views[0].mask)
    assert np.array_equal(blank.views[0].keypoints, whole.views[0].keypoints)
    people.photos.read_again()
    qtbot.waitUntil(lambda: not is_blank(people.document[person].value), timeout=60000)
    assert np.array_equal(people.document[person].value.views[0].pixels, whole.views[0].pixels)
    assert not is_blank(people.document[image].value)
    people.undo()
    assert is_blank(people.document[person].value), "one step of undo"
    assert is_blank(people.document[image].value)


def test_the_photograph_of_an_avatar_is_left_out_and_its_texture_is_kept_and_both_are_said(
    people, qtbot, photo: Path, tmp_path: Path
) -> None:
    image = read_image(photo)
    above = Item(image, "holiday", "image", display=display_for(image), provenance={"file": str(photo)})
    commands.add(people.document, above)
    value = toys.toy_avatar()
    made = Item(value, "figure", "avatar", parent=above.id, display=display_for(value),
                provenance={"method": "toy-whole", "params": {}, "inputs": [above.id]})  # fmt: skip
    commands.add(people.document, made)
    path = tmp_path / "a.eigenform"
    save(people, qtbot, path)
    assert "no photographs of people" in people.message_label.text()
    assert "Textures of avatars, which show the person too, are in it" in people.message_label.text()
    reopen(people, qtbot, path)
    assert is_blank(people.document[above.id].value)
    assert np.array_equal(people.document[made.id].value.texture, value.texture)
    people.photos.read_again()
    qtbot.waitUntil(lambda: not is_blank(people.document[above.id].value), timeout=60000)
    assert np.array_equal(people.document[above.id].value.pixels, image.pixels)


def test_what_is_said_of_photographs_fits_what_is_saved(people, photo: Path) -> None:
    assert not loading.kept_words([], photographs=False)
    add_person(people, photo)
    assert loading.kept_words(list(people.document), photographs=False) == "It holds no photographs of people."
    assert not loading.kept_words(list(people.document), photographs=True)


def test_they_are_kept_where_that_is_asked_for(people, qtbot, photo: Path, tmp_path: Path) -> None:
    import dataclasses

    people.set_preferences(dataclasses.replace(people.preferences, keep_photographs=True))
    assert people.keeper.keep_photographs
    _, person = add_person(people, photo)
    whole = people.document[person].value.views[0].pixels
    save(people, qtbot, tmp_path / "a.eigenform")
    reopen(people, qtbot, tmp_path / "a.eigenform")
    assert np.array_equal(people.document[person].value.views[0].pixels, whole)
    assert not said(people)


def test_other_pictures_and_the_open_document_are_left_alone(people, photo: Path) -> None:
    image, person = add_person(people, photo)
    texture = toys.toy_image("texture")
    commands.add(people.document, Item(texture, "texture", "image", display=display_for(texture)))
    records = {r["name"]: r["value"] for r in loading.records(list(people.document))}
    assert records["texture"] is texture
    assert is_blank(records["holiday"])
    assert not is_blank(people.document[image].value)
    assert not is_blank(people.document[person].value)
    assert loading.people_in(list(people.document)) == {image, person}


def test_nothing_runs_on_grey_and_another_file_can_be_chosen(people, qtbot, photo: Path, tmp_path: Path) -> None:
    image, person = add_person(people, photo)
    save(people, qtbot, tmp_path / "a.eigenform")
    moved = tmp_path / "moved.png"
    photo.rename(moved)
    reopen(people, qtbot, tmp_path / "a.eigenform")
    assert any("holiday.png is not where it was" in words for words in said(people))
    people.document.set_current(person)
    before = people.document[person].value
    people.work.panel.choose("toy-fit")
    people.work.run()
    assert not people.runner.active("compute")
    assert any("has no photograph in this session" in words for words in said(people))
    other = tmp_path / "other.png"
    Pillow.fromarray(toys.photograph(500, 300)).save(other)
    people.photos.take(person, str(other))
    qtbot.waitUntil(lambda: any("300 x 500" in words for words in said(people)), timeout=60000)
    assert people.document[person].value is before
    people.photos.take(person, str(moved))
    qtbot.waitUntil(lambda: not is_blank(people.document[person].value), timeout=60000)
    assert not is_blank(people.document[image].value), "the picture behind it as well"
    people.work.run()
    assert people.runner.active("compute")


def test_a_crash_keeps_no_photograph_either(people, qtbot, photo: Path) -> None:
    add_person(people, photo)
    with qtbot.waitSignal(people.keeper.saved, timeout=60000):
        people.keeper.save_if_changed()
    assert not pixels_in(people.keeper.folder / "autosave.eigenform")


def test_the_script_of_a_person_makes_it_again(people, qtbot, photo: Path, tmp_path: Path) -> None:
    _, person = add_person(people, photo)
    people.document.set_current(person)
    people.person.toggle()
    people.person.hand.move_point(3, 100.0, 120.0)
    people.person.hand.paint([(20.0, 20.0), (30.0, 20.0)], 6.0, True)
    people.person.run_step("toy-fit")
    qtbot.waitUntil(lambda: people.document[person].value.views[0].verts is not None, timeout=60000)
    found = people.document[person].value
    path = tmp_path / "again.py"
    here = Path(__file__).parent
    setup = (f"import sys\nsys.path.insert(0, {str(here)!r})\nimport toy_people\nfrom eigenform import registry\n"
             "registry.METHODS = (*toy_people.METHODS, *registry.METHODS)\n")  # fmt: skip
    check = "\nimport pickle\nv = someone.views[0]\nprint(v.keypoints[3].tolist(), int(v.mask.sum()), v.verts.shape)\n"
    path.write_text(setup + script(people.document) + check, encoding="utf-8")
    out = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=300, check=True).stdout
    view = found.views[0]
    assert out.strip().endswith(f"[100.0, 120.0, 1.0] {int(view.mask.sum())} {view.verts.shape}")
