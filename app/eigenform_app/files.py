"""Opening, saving and exporting: everything that touches files runs as a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eigenform.jobs import JobContext
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from eigenform_app import commands, loading, preferences
from eigenform_app.document import Item, kind_of
from eigenform_app.kinds import BY_NAME, display_for
from eigenform_app.runner import Job

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow


class FileController(QObject):
    """``session`` is the file of the open session; ``folder`` the files PageUp and PageDown step through."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.document, self.runner = window, window.document, window.runner
        self.session: Path | None = None
        self.folder: list[Path] = []
        self._place = -1
        self._browsed = ""

    # -- opening -----------------------------------------------------------------------------------------------------

    def open_dialog(self) -> None:
        """Choose files to open."""
        patterns = " ".join(f"*{s}" for s in loading.suffixes())
        names, _ = QFileDialog.getOpenFileNames(
            self.window, "Open", self.start_folder(), f"All that opens ({patterns});;All files (*)"
        )
        self.open_paths(names)

    def open_folder_dialog(self) -> None:
        """Choose a folder to step through."""
        name = QFileDialog.getExistingDirectory(self.window, "Open folder", self.start_folder())
        if name:
            self.open_paths([name])

    def start_folder(self) -> str:
        recent = preferences.recent_files()
        return str(Path(recent[0]).parent) if recent else str(Path.home())

    def open_paths(self, names: Iterable[str | Path], done: Callable[[Job], None] | None = None) -> None:
        """Open files in the place of what is shown; of a folder, its first one, the others wait for PageDown."""
        batch: list[str] = []
        for path in map(Path, names):
            if path.is_dir() and not loading.holds_photographs(path):
                self._open_folder(path)
            elif path.suffix.lower() == loading.SESSION and len(self.document):
                self.window.when_safe("Opening another session", partial(self._load, path, done))
            else:
                self._load(path, done, batch=batch)

    def _open_folder(self, folder: Path) -> None:
        known = set(loading.suffixes())
        try:
            files = sorted(p for p in folder.iterdir() if p.suffix.lower() in known and p.is_file())
        except OSError as error:
            self.window.show_error(f"The folder {folder} cannot be read: {error.strerror}.")
            return
        if not files:
            self.window.show_error(f"The folder {folder} holds no file that opens here ({', '.join(sorted(known))}).")
            return
        self.folder, self._place = files, -1
        self.window.show_banner(
            f"{len(files)} files in {folder.name}: PageUp and PageDown step through them.", seconds=6
        )
        self.next_file()

    def next_file(self) -> None:
        """The next file of the folder."""
        self._step_file(1)

    def previous_file(self) -> None:
        """The previous file of the folder."""
        self._step_file(-1)

    def _step_file(self, step: int) -> None:
        if self.folder:
            self._place = (self._place + step) % len(self.folder)
            path = self.folder[self._place]
            self._load(path, None, browse=True)
            self.window.say(f"File {self._place + 1} of {len(self.folder)}: {path.name}")

    def _load(
        self, path: Path, done: Callable[[Job], None] | None, browse: bool = False, batch: list[str] | None = None
    ) -> Job:
        def finished(job: Job) -> None:
            self._loaded(job.result, browse, batch=batch)
            if done is not None:
                done(job)

        return self.runner.submit(
            f"Open {path.name}", lambda ctx: loading.load_any(path, ctx), done=finished, info={"path": str(path)}
        )

    def open_sample(self, name: str, done: Callable[[Job], None] | None = None) -> Job:
        """Make one of the built-in samples."""

        def finished(job: Job) -> None:
            self._loaded(job.result, sample=name)
            if done is not None:
                done(job)

        return self.runner.submit(f"Make {name}", lambda ctx: loading.load_sample(name, ctx), done=finished)

    def _loaded(
        self, loaded: loading.Loaded, browse: bool = False, sample: str = "", batch: list[str] | None = None
    ) -> None:
        """Put what was read in the document. ``batch`` holds the ids of what the same drop brought: it stays shown."""
        batch = [] if batch is None else batch
        if loaded.path is not None:
            preferences.add_recent(loaded.path)
        if loaded.items or (loaded.path and loaded.path.suffix.lower() == loading.SESSION):
            self._session_loaded(loaded)
            return
        if kind_of(loaded.value) == "basis":
            self._add_basis(loaded.value, loaded.path, batch)
            return
        source = {_sort_of(sample): sample} if sample else {"file": str(loaded.path and loaded.path.absolute())}
        if sample in loading.PHOTOGRAPHS:
            source = {"file": str(loaded.value.meta["source"])}
        name = loaded.value.name or (loaded.path.stem if loaded.path else sample)
        shown = display_for(loaded.value)
        item = Item(
            loaded.value, self.document.unique_name(name), kind_of(loaded.value), display=shown, provenance=source
        )
        if loaded.report:
            self.window.work.reports[loaded.value] = dict(loaded.report)
        old = self.document.get(self._browsed) if browse else None
        self.document.undo.beginMacro(f"Open {name}")
        if old is not None and not self.document.below(old.id):
            commands.delete(self.document, old.id)
        self.make_room(batch)
        commands.add(self.document, item)
        self.document.undo.endMacro()
        batch.append(item.id)
        self.look_at(item)
        if browse:
            self._browsed = item.id
        else:
            self.window.making.opened(item)

    def look_at(self, item: Item) -> None:
        """Look at an item that has just come in, along the axis of its kind."""
        self.window.field.set_crop(None)  # it was that of another place
        kind = BY_NAME[item.kind]
        self.window.viewport.up = kind.up or "y"
        self.window.viewport.reset_camera()
        if kind.look:
            self.window.viewport.view_along(kind.look)

    def make_room(self, kept: list[str]) -> None:
        """Hide what does not belong to what is being opened, and with it what hangs under it."""
        for item in self.document.items(live=False):
            if item.parent is None and item.visible and item.id not in kept:
                commands.set_visible(self.document, item.id, False)

    def _add_basis(self, basis: Any, path: Path | None, batch: list[str]) -> None:
        """A basis hangs under the shape it stands on, which is made where it is not there yet."""
        parent = next((i for i in self.document.items("shape") if _same_place(i.value, basis)), None)
        file = str(path.absolute()) if path else ""
        name = path.stem if path else basis.name
        self.document.undo.beginMacro(f"Open {name}")
        self.make_room([*batch, *([parent.id] if parent else [])])
        if parent is None:
            shape = loading.shape_of(basis.replace(name=name))
            parent = Item(shape, self.document.unique_name(name), "shape", display=display_for(shape),
                          provenance={"of_basis": file})  # fmt: skip
            commands.add(self.document, parent)
        item = Item(basis, self.document.unique_name(f"{name} basis"), "basis", parent=parent.id,
                    display=display_for(basis), provenance={"file": file})  # fmt: skip
        commands.add(self.document, item)
        self.document.undo.endMacro()
        if parent.id not in batch:
            batch.append(parent.id)
            self.window.viewport.frame()

    # -- sessions ------------------------------------------------------------------------------------------------------

    def _session_loaded(self, loaded: loading.Loaded) -> None:
        self.show_session(list(loaded.items), dict(loaded.state))
        self.session = loaded.path
        self.window.refresh_title()
        self.window.photos.note()

    def show_session(self, items: list[Item], state: dict[str, Any]) -> None:
        """Put a saved session in the place of the open one."""
        self.window.work.cancel_on({i.id for i in self.document})
        modes = {str(i): int(k) for i, k in dict(state.get("modes", {})).items()}
        self.document.reset(items, modes, str(state.get("current", "")))
        self.window.views.restore(state)
        current = self.document.current
        if current is not None and (tab := BY_NAME[current.kind].tab):
            self.window.show_tab(tab)

    def new_session(self) -> None:
        """Close everything and start anew."""
        self.window.when_safe("Starting a new session", self._clear)

    def _clear(self) -> None:
        self.window.work.cancel_on({i.id for i in self.document})
        self.document.reset([])
        self.window.field.set_crop(None)
        self.session, self.folder = None, []
        self.window.refresh_title()

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Save to the session's file; ask for one where there is none."""
        if self.session is None:
            self.save_as(then)
        else:
            self.save_to(self.session, then)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        """Choose a file and save to it."""
        start = str(Path(self.start_folder()) / f"{self.window.session_name()}{loading.SESSION}")
        name, _ = QFileDialog.getSaveFileName(self.window, "Save session", start, f"Sessions (*{loading.SESSION})")
        if name:
            path = Path(name)
            self.save_to(path if path.suffix == loading.SESSION else path.with_name(path.name + loading.SESSION), then)

    def save_to(self, path: Path, then: Callable[[], object] | None = None) -> Job:
        """Write the session to ``path`` in a worker."""
        revision = self.document.revision
        keep = self.window.preferences.keep_photographs
        items, state = loading.records(list(self.document), keep), self.window.views.state()
        kept = loading.kept_words([i for i in self.document if not i.live], keep)

        def work(ctx: JobContext) -> None:
            from eigenform.io.project import write_project

            write_project(path, items, state)

        def done(job: Job) -> None:
            self.session = path
            preferences.add_recent(path)
            if self.document.revision == revision:
                self.document.undo.setClean()
            self.window.refresh_title()
            self.window.say(f"Saved {path}. {kept}".removesuffix(". "))
            if then is not None:
                then()

        return self.runner.submit(f"Save {path.name}", work, done=done)

    # -- exporting -----------------------------------------------------------------------------------------------------

    def export_dialog(self) -> None:
        """Choose a format and a file for the current item."""
        from eigenform_app.panels.export_dialog import ExportDialog

        item = self.document.current
        if item is not None:
            dialog = ExportDialog(item, self.start_folder(), self.window, self.window.field.portion_words(item))
            dialog.chosen.connect(self.export)
            dialog.open()

    @Slot(str, str, str)
    def export(self, item_id: str, path: str, format: str) -> Job | None:
        """Write an item in a worker."""
        item = self.document.get(item_id)
        if item is None:
            return None
        target, prepare = Path(path), self.window.field.portion_of(item)

        def work(ctx: JobContext) -> None:
            ctx.message(f"Writing {target.name}")
            from eigenform.io.files import write_any

            write_any(prepare(ctx.check), target, format or None)

        def done(job: Job) -> None:
            self.window.show_banner(f"Wrote {target}", "good", seconds=5)

        return self.runner.submit(f"Export {target.name}", work, done=done)


def _sort_of(sample: str) -> str:
    """The entry of the provenance that says which sample it is."""
    return "texture" if sample in loading.TEXTURES else "sample"


def _same_place(shape: Any, basis: Any) -> bool:
    import numpy as np

    return shape.verts.shape == basis.verts.shape and bool(np.array_equal(shape.verts, basis.verts))
