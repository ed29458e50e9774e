"""The document: every change is one step of undo, and undo gives back exactly what there was."""

from __future__ import annotations

import numpy as np
import pytest
from eigenform.io.samples import make_sample
from eigenform_app import commands
from eigenform_app.display import DisplayOptions
from eigenform_app.document import Document, Item, kind_of
from toy_methods import basis_of


@pytest.fixture
def document(qapp):
    made = Document()
    shape = make_sample("sphere", 200)
    commands.add(made, Item(shape, "ball", "shape", id="s", display=DisplayOptions()))
    commands.add(made, Item(basis_of(shape, 6), "first", "basis", id="a", parent="s", display=DisplayOptions()))
    commands.add(made, Item(basis_of(shape, 4), "second", "basis", id="b", parent="s", display=DisplayOptions()))
    return made


def picture(document: Document) -> list[tuple]:
    """All that a person sees of the document."""
    return [
        (i.id, i.name, i.parent, i.visible, i.display, np.asarray(getattr(i.value, "evecs", i.value.verts)).tobytes())
        for i in document
    ]


CHANGES = {
    "rename": lambda d: commands.rename(d, "a", "other"),
    "hide": lambda d: commands.set_visible(d, "a", False),
    "delete": lambda d: commands.delete(d, "a"),
    "delete a family": lambda d: commands.delete(d, "s"),
    "duplicate": lambda d: commands.duplicate(d, "s"),
    "display": lambda d: commands.set_display(d, "a", DisplayOptions(opacity=0.5)),
    "flip": lambda d: commands.flip_sign(d, "a", 2),
    "value": lambda d: commands.replace_value(d, "s", make_sample("torus", 400), "Repair", {"repairs": [["weld"]]}),
    "add": lambda d: commands.add(d, Item(make_sample("knot", 400), "knot", "shape")),
}


@pytest.mark.parametrize("name", CHANGES)
def test_undo_and_redo(document, name):
    before, steps, revision = picture(document), document.undo.count(), document.revision
    CHANGES[name](document)
    after = picture(document)
    assert after != before
    assert document.undo.count() == steps + 1, "one change, one step"
    assert document.revision > revision, "autosave looks at the revision"
    document.undo.undo()
    assert picture(document) == before
    document.undo.redo()
    if name != "duplicate":  # copies made again are the same copies
        assert picture(document) == after
    assert [i.name for i in document] == [row[1] for row in after]


def test_a_dragged_slider_is_one_step(document):
    steps = document.undo.count()
    for opacity in (0.9, 0.8, 0.7):
        commands.set_display(document, "a", DisplayOptions(opacity=opacity))
    assert document.undo.count() == steps + 1
    commands.set_display(document, "b", DisplayOptions(opacity=0.3))
    assert document.undo.count() == steps + 2, "another item is another step"
    document.undo.undo()
    document.undo.undo()
    assert document["a"].display == DisplayOptions()


def test_nothing_changes_nothing(document):
    steps = document.undo.count()
    commands.rename(document, "a", "  ")
    commands.rename(document, "a", "first")
    commands.set_visible(document, "a", True)
    commands.set_display(document, "a", DisplayOptions())
    assert document.undo.count() == steps


def test_modes_are_clamped_and_not_undoable(document):
    steps, heard = document.undo.count(), []
    document.mode_changed.connect(lambda item, k: heard.append((item, k)))
    document.set_mode("a", 99)
    document.set_mode("a", -3)
    document.set_mode("a", -4)
    document.set_mode("s", 2)
    assert heard == [("a", 5), ("a", 0)]
    assert document.undo.count() == steps


def test_live_items_are_not_of_the_document(document):
    steps, revision = document.undo.count(), document.revision
    live = Item(basis_of(document["s"].value, 3, 0.5), "live", "basis", id="x", parent="s")
    document.put_live(live)
    document.put_live(live.replace(value=basis_of(document["s"].value, 3, 0.2)))
    assert document.undo.count() == steps
    assert document.revision == revision
    assert [i.id for i in document.items("basis", live=False)] == ["a", "b"]
    heard = []
    document.removed.connect(heard.append)
    commands.add(document, live)
    assert heard == [], "a result takes the place of its live item without a flicker"
    assert not document["x"].live
    document.undo.undo()
    assert "x" not in document


def test_the_current_item_moves_when_it_goes(document):
    document.set_current("a")
    commands.delete(document, "a")
    assert document.current.id == "s"
    document.undo.undo()
    assert document.current.id == "a"
    commands.delete(document, "s")
    assert document.current is None


def test_duplicates_keep_their_family(document):
    copy = commands.duplicate(document, "s")
    assert document[copy].name == "ball copy"
    assert {i.name for i in document.below(copy)} == {"first 2", "second 2"}
    assert document[copy].value is document["s"].value, "values never change, so they are shared"


def test_kinds(document):
    assert kind_of(document["a"].value) == "basis"
    with pytest.raises(TypeError, match="int"):
        kind_of(3)
