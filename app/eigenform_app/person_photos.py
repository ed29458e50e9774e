"""Photographs of people that a session was kept without: saying so, and reading them again from their files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eigenform.avatar import privacy
from eigenform.errors import InputError
from eigenform.jobs import JobContext
from eigenform.types import Person
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from eigenform_app import commands
from eigenform_app.document import Document, Item
from eigenform_app.runner import Job

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

Found = dict[str, Any]
"""What reading again gave: item id to its whole value."""


class PhotoController(QObject):
    """Grey stands for what was left out until it is read again; nothing runs on grey without a word."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document = window, window.document

    def note(self) -> None:
        """Say that photographs were left out, and offer to read those whose files are still there."""
        blank = [i for i in self.document.items(live=False) if privacy.is_blank(i.value)]
        if not blank:
            return
        files = [f for item in blank for f in files_of(self.document, item).values()]
        gone = sorted({Path(f).name for f in files if f and not Path(f).is_file()})
        words = "This session was kept without its photographs of people; grey stands in their place."
        if gone:
            words += f" {gone[0]} is not where it was{f', nor {len(gone) - 1} more' if len(gone) > 1 else ''}."
        offers = [("Read them again", self.read_again)] if any(f and Path(f).is_file() for f in files) else []
        if gone or not all(files):
            offers.append(("Choose the file…", self.choose))
        self.window.show_banner(words, "info", offers=offers)

    def refuses(self, items: Iterable[Item]) -> bool:
        """Whether a photograph of one of these items is missing; says so, with what can be done."""
        blank = [i for i in items if privacy.is_blank(i.value)]
        if not blank:
            return False
        there = any(f and Path(f).is_file() for i in blank for f in files_of(self.document, i).values())
        offer = ("Read it again", self.read_again) if there else ("Choose the file…", self.choose)
        words = f"{blank[0].name} has no photograph in this session: grey stands in its place."
        self.window.show_banner(words, "warning", offers=(offer,))
        return True

    def read_again(self) -> None:
        """Read the photographs of all items whose files are there; one step of undo."""
        self._read({i.id: files_of(self.document, i) for i in self.document.items(live=False)
                    if privacy.is_blank(i.value)})  # fmt: skip

    def choose(self) -> None:
        """Choose the file of the first photograph that is missing."""
        chosen = self.document.current
        blank = [i for i in self.document.items(live=False) if privacy.is_blank(i.value)]
        item = chosen if chosen in blank else next(iter(blank), None)
        if item is None:
            return
        folder = next((str(Path(f).parent) for f in files_of(self.document, item).values() if f), "")
        name, _ = QFileDialog.getOpenFileName(self.window, f"The photograph of {item.name}", folder)
        if name:
            self.take(item.id, name)

    def take(self, item_id: str, name: str) -> None:
        """Read a file as the first missing photograph of an item and of the picture behind it."""
        item = self.document[item_id]
        wanted = {item_id: {min(files_of(self.document, item), default=0): name}}
        above = self.document.get(item.parent) if item.parent else None
        if above is not None and privacy.is_blank(above.value):
            wanted[above.id] = {0: name}
        self._read(wanted)

    def _read(self, wanted: dict[str, dict[int, str]]) -> None:
        values = {i: self.document[i].value for i in wanted}

        def work(ctx: JobContext) -> tuple[Found, list[str]]:
            found: Found = {}
            said: list[str] = []
            for item_id, files in wanted.items():
                ctx.check()
                try:
                    whole = whole_again(values[item_id], files)
                except InputError as error:
                    said.append(str(error))
                    continue
                if whole is not None:
                    found[item_id] = whole
            return found, said

        def done(job: Job) -> None:
            found, said = job.result
            self._put(found, values)
            for words in dict.fromkeys(said):
                self.window.show_error(words)

        self.window.runner.submit("Read photographs again", work, done=done)

    def _put(self, found: Found, values: dict[str, Any]) -> None:
        """Put whole values in the place of grey ones, where these have not changed meanwhile."""
        fresh = [i for i in found if i in self.document and self.document[i].value is values[i]]
        if not fresh:
            return
        self.document.undo.beginMacro("Read photographs again")
        for item_id in fresh:
            provenance = dict(self.document[item_id].provenance)
            commands.replace_value(self.document, item_id, found[item_id], "Read photographs again", provenance)
        self.document.undo.endMacro()
        self.window.say(f"Read {len(fresh)} photograph{'s' if len(fresh) > 1 else ''} again")


def whole_again(value: Any, files: dict[int, str]) -> Any:
    """A value with the photographs of ``files`` (view number to path) in their places; None where none is there."""
    there = {n: f for n, f in files.items() if f and Path(f).is_file()}
    if not there:
        return None
    if isinstance(value, Person):
        pixels = {n: privacy.read_pixels(f, value.views[n].pixels.shape[:2]) for n, f in there.items()}  # type: ignore[arg-type]
        names = [there.get(n, "") for n in range(len(value.views))]
        found = privacy.with_pixels(value, pixels, names)
        known = [new or old for new, old in zip(names, privacy.sources_of(value), strict=True)]
        return found.replace(meta={**found.meta, "sources": known})
    from eigenform.io.image_files import read_image

    path = there[min(there)]
    image = read_image(path)
    if image.pixels.shape[:2] != value.pixels.shape[:2]:
        (h, w), (height, width) = image.pixels.shape[:2], value.pixels.shape[:2]
        raise InputError(f"{Path(path).name} has {w} x {h} pixels, but {value.name} has {width} x {height}.")
    kept = {k: v for k, v in value.meta.items() if k != "blank"}
    return value.replace(pixels=image.pixels, meta=kept)


def files_of(document: Document, item: Item) -> dict[int, str]:
    """The file of each photograph that an item lacks, by the number of the view; empty where it is not known."""
    if not isinstance(item.value, Person):
        return {0: _file_of(item)} if privacy.is_blank(item.value) else {}
    known = privacy.sources_of(item.value)
    pictures = [_file_of(one) for one in _pictures(document, item)]
    found = {}
    for n in privacy.blank_views(item.value):
        found[n] = known[n] or (pictures[n] if n < len(pictures) else "")
    return found


def _file_of(item: Item) -> str:
    file = str(item.provenance.get("file") or item.value.meta.get("source") or "")
    return "" if file in ("None", "") else file


def _pictures(document: Document, item: Item) -> list[Item]:
    """The pictures that a person was found in, as far as they are in the document."""
    found: list[Item] = []
    for name in item.provenance.get("inputs", ()):
        above = document.get(name)
        if above is not None:
            found += [above] if above.kind == "image" else _pictures(document, above)
    return found
