"""The main window: puts the panels in their places and lets the controllers talk to each other."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QFrame,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QTabWidget,
    QWidget,
)

from eigenform_app import actions, home, layout, preferences, theme
from eigenform_app.actions import Action
from eigenform_app.autosave import Crashed, SessionKeeper
from eigenform_app.avatar_training import NetworkController
from eigenform_app.demo import Demo
from eigenform_app.document import Document
from eigenform_app.field_work import FieldController
from eigenform_app.files import FileController
from eigenform_app.items import ItemController
from eigenform_app.loading import read_session
from eigenform_app.painting import PaintController, can_paint
from eigenform_app.panels.banner import Banner, Banners
from eigenform_app.panels.compare_panel import ComparePanel
from eigenform_app.panels.field_panel import FieldPanel
from eigenform_app.panels.inspector import Inspector
from eigenform_app.panels.log_panel import LogPanel
from eigenform_app.panels.modes_strip import ModesStrip
from eigenform_app.panels.outliner import Outliner, summary
from eigenform_app.panels.palette import Palette
from eigenform_app.panels.person_page import PersonPage
from eigenform_app.panels.pose_panel import PosePanel
from eigenform_app.panels.spectrum_plot import SpectrumPlot
from eigenform_app.panels.tasks import TasksPanel
from eigenform_app.panels.training_plot import TrainingPlot
from eigenform_app.panels.welcome import Welcome
from eigenform_app.panels.widgets import retint
from eigenform_app.person_making import MakingController
from eigenform_app.person_photos import PhotoController
from eigenform_app.person_work import PersonController
from eigenform_app.picture_export import PictureController
from eigenform_app.pose_play import PlayController
from eigenform_app.pose_work import PoseController
from eigenform_app.preferences import Preferences
from eigenform_app.questions import ask_to_save
from eigenform_app.runner import Job, Runner
from eigenform_app.viewport.viewport import Viewport
from eigenform_app.views import ViewController
from eigenform_app.work import WorkController


class MainWindow(QMainWindow):
    """``ask(sentence) -> "save" | "discard" | "cancel"`` decides before unsaved work is lost; tests replace it."""

    # made by eigenform_app.layout
    outliner: Outliner
    inspector: Inspector
    viewport: Viewport
    welcome: Welcome
    strip: ModesStrip
    field_panel: FieldPanel
    pose_panel: PosePanel
    person_page: PersonPage
    spectrum: SpectrumPlot
    training: TrainingPlot
    compare: ComparePanel
    tasks: TasksPanel
    log_panel: LogPanel
    banners: Banners
    centre: QStackedWidget
    tabs: QTabWidget
    tab_pages: dict[str, QWidget]
    docks: dict[str, QDockWidget]
    drop_frame: QFrame
    palette_panel: Palette
    message_label: QLabel
    job_label: QLabel
    action_list: list[Action]
    errand: QObject

    def __init__(self, wishes: Preferences | None = None) -> None:
        super().__init__()
        self.preferences = wishes or preferences.load()
        self.ask: Callable[[str], str] = lambda sentence: ask_to_save(self, sentence)
        self._notes: deque[tuple[str, str]] = deque(maxlen=20)
        self._closing = False
        self._docks_wanted: dict[str, bool] | None = None
        self._sized = False
        self.document = Document(self)
        self.runner = Runner(self, self.preferences.worker_threads())
        layout.build_panels(self)
        self.views = ViewController(self)
        self.keeper = SessionKeeper(self.document, self.runner, self.views.state, self.preferences.autosave, self)
        self.work = WorkController(self)
        self.field = FieldController(self)
        self.player = PlayController(self)
        self.pose = PoseController(self)
        self.files = FileController(self)
        self.items = ItemController(self)
        self.pictures = PictureController(self)
        self.painting = PaintController(self)
        self.photos = PhotoController(self)
        self.person = PersonController(self)
        self.making = MakingController(self)
        self.keeper.keep_photographs = self.preferences.keep_photographs
        self.nets = NetworkController(self)
        self.demo = Demo(self)
        self.actions_by_id = actions.build(self)
        layout.build_bars(self)
        self._connect()
        self.work.panel.set_start_values({"device": self.preferences.device})
        self.show_theme(theme.wants_dark(self.preferences.theme))
        self.refresh_title()
        self._current_changed()
        self.show_welcome(True)
        self.setAcceptDrops(True)

    def _connect(self) -> None:
        d = self.document
        for signal in (
            d.added,
            d.removed,
            d.undo.cleanChanged,
            d.undo.canUndoChanged,
            d.undo.canRedoChanged,
        ):
            signal.connect(self._document_changed)
        d.changed.connect(self._item_changed)
        d.current_changed.connect(self._current_changed)
        self.inspector.display_changed.connect(self.views.set_display)
        self.inspector.method.choice.currentIndexChanged.connect(self.refresh_actions)
        self.welcome.sample_chosen.connect(self.files.open_sample)
        self.welcome.file_chosen.connect(lambda name: self.files.open_paths([name]))
        self.welcome.open_wanted.connect(self.files.open_dialog)
        self.welcome.new_wanted.connect(self.work.make_new)
        self.welcome.demo_wanted.connect(self.demo.toggle)
        for signal in (self.runner.submitted, self.runner.progressed, self.runner.finished):
            signal.connect(self._jobs_changed)
        self._note_timer = QTimer(self)
        self._note_timer.setInterval(300)
        self._note_timer.timeout.connect(self._show_notes)
        self._note_timer.start()

    # -- following -------------------------------------------------------------------------------------------------

    @Slot()
    def _document_changed(self) -> None:
        self.show_welcome(not len(self.document))
        self.refresh_title()
        self.refresh_actions()
        current = self.document.current
        self.inspector.show_display(current)
        self.show_facts()

    @Slot(str, str)
    def _item_changed(self, item_id: str, what: str) -> None:
        """Quick changes (a slider dragged, a preview shown) touch only what shows them."""
        current = self.document.current
        if what == "display":
            if current is not None and current.id == item_id:
                self.inspector.show_display(current)
        elif what == "preview":
            if current is not None and current.id == item_id and self.inspector.facts.isVisible():
                self.show_facts()
        else:
            self._document_changed()
            if what == "value" and current is not None and current.id == item_id:
                self.say(f"{current.name}: {summary(current)}")

    def show_welcome(self, shown: bool) -> None:
        """The welcome page has the window to itself; the panels come with the first item, as they were."""
        if shown == (self.centre.currentWidget() is self.welcome) and self._docks_wanted is not None:
            return
        if shown:
            self.welcome.refresh()
            self._docks_wanted = {side: not dock.isHidden() for side, dock in self.docks.items()}
        wanted = dict(self._docks_wanted or {})
        for side, dock in self.docks.items():
            dock.setVisible(not shown and wanted.get(side, True))
        self.centre.setCurrentWidget(self.welcome if shown else self.viewport)
        if not shown and not self._sized:
            self._sized = True
            layout.size_docks(self)

    @Slot()
    def _current_changed(self) -> None:
        current = self.document.current
        self.say(f"{current.name}: {summary(current)}" if current else "Drop a file, or choose a sample.")
        self.inspector.show_display(current)
        self.show_facts()
        self.work.follow()
        self.refresh_actions()

    @Slot(object)
    def _jobs_changed(self, job: Job) -> None:
        if job.quiet:
            return
        active = self.runner.active()
        self.job_label.setText(layout.job_words(active))
        if job.state != "running":
            self.refresh_actions()

    def show_facts(self) -> None:
        """The facts of the current item."""
        current = self.document.current
        if current is None:
            self.inspector.facts.show_nothing()
        elif current.live:
            self.inspector.facts.show_item(current, {}, {})
        elif current.kind == "shape":
            found = self.work.report(current) or {}
            self.inspector.facts.show_item(current, found.get("report"), found.get("repairs", {}))
        else:
            self.inspector.facts.show_item(current, {}, {})

    def states(self) -> set[str]:
        """What is possible now; an action is enabled where its state is among these."""
        d, found = self.document, {""}
        current = d.current
        bases = len(d.items("basis", live=False))
        tests = {
            "any": len(d) > 0, "item": current is not None and not current.live,
            "shape": current is not None and d.ancestor(current.id, "shape") is not None,
            "basis": self.views.basis() is not None, "running": self.work.running() is not None,
            "busy": bool(self.runner.active()), "undo": d.undo.canUndo(), "redo": d.undo.canRedo(),
            "runnable": self.work.inputs_for(self.inspector.method.method()) is not None,
            "surface": self.field.surface() is not None,
            "has_surface": self.field.surface() is not None or self.pose.item() is not None,
            "paintable": can_paint(current), "figure": self.pose.item() is not None,
            "posing": self.pose.figure is not None, "person": self.person.item() is not None,
            "two_bases": bases > 1, "folder": bool(self.files.folder), "camera": self.views.saved_camera is not None,
        }  # fmt: skip
        methods = {f"method.{name}" for name in self.work.runnable()} | {f"new.{k}" for k in self.work.makers()}
        return found | methods | {name for name, holds in tests.items() if holds}

    def refresh_actions(self, *_: Any) -> None:
        """Enable what is possible now."""
        if self._closing or not hasattr(self, "actions_by_id"):
            return
        states = self.states()
        for a in self.action_list:
            self.actions_by_id[a.id].setEnabled(a.enabled in states)
        self.work.show_inputs({s.removeprefix("method.") for s in states if s.startswith("method.")})

    # -- messages ----------------------------------------------------------------------------------------------------

    def say(self, words: str) -> None:
        """A passing word in the status bar."""
        self.message_label.setText(words)
        self.message_label.setToolTip(words)

    def show_banner(
        self, words: str, tone: str = "info", details: str = "", offers: Any = (), seconds: float = 0.0
    ) -> Banner:
        """A message above the picture."""
        return self.banners.show_message(words, tone, details, tuple(offers), seconds)

    def show_error(self, words: str, details: str = "") -> None:
        """An error in a sentence, with details where there are some."""
        self.show_banner(words, "error", details)

    def leave_note(self, words: str, details: str) -> None:
        """An error from any thread, shown soon."""
        self._notes.append((words, details))

    @Slot()
    def _show_notes(self) -> None:
        while self._notes:
            self.show_error(*self._notes.popleft())

    # -- sessions ----------------------------------------------------------------------------------------------------

    @property
    def modified(self) -> bool:
        """Whether there is unsaved work."""
        return not self.document.undo.isClean() and len(self.document) > 0

    def session_name(self) -> str:
        """What the session is called."""
        if self.files.session is not None:
            return self.files.session.stem
        return next((i.name for i in self.document if i.parent is None), "untitled")

    def refresh_title(self) -> None:
        """The title says the session and whether it is saved."""
        self.setWindowTitle(f"{self.session_name()}[*] – Eigenform" if len(self.document) else "Eigenform")
        self.setWindowModified(self.modified)

    def when_safe(self, why: str, do: Callable[[], object]) -> None:
        """Do something that closes the session, after asking where work would be lost."""
        training = self.work.running() is not None
        if not self.modified and not training:
            do()
            return
        lost = " and ".join(["unsaved work"] * self.modified + ["a running job"] * training)
        answer = self.ask(f"{why} would end {lost}.")
        if answer == "save":
            self.files.save(then=do)
        elif answer == "discard":
            do()

    def offer_recovery(self) -> None:
        """Offer what a window that crashed left."""
        if not (found := self.keeper.crashed()):
            return
        crashed = found[0]
        offers = (("Restore", lambda: self.recover(crashed)), ("Discard", lambda: self.keeper.forget(crashed)))
        self.show_banner(crashed.words(), "warning", offers=offers)

    def recover(self, crashed: Crashed, done: Callable[[], None] | None = None) -> None:
        """Open a crashed session again and go on with its jobs."""
        project = crashed.project
        if project is None:
            return

        def show(job: Job) -> None:
            items, state = job.result
            self.files.show_session(items, state)
            self.document.undo.resetClean()
            self.photos.note()
            checkpoints = self.keeper.take_over(crashed)
            for description in crashed.jobs:
                self.work.resume(description, checkpoints.get(description["id"]))
            if done is not None:
                done()

        self.runner.submit("Restore the session", lambda ctx: read_session(project), done=show)

    # -- actions of the window itself --------------------------------------------------------------------------------

    def undo(self) -> None:
        """Take the last change back."""
        self.pose.settle()
        self.document.undo.undo()

    def redo(self) -> None:
        """Make it again."""
        self.document.undo.redo()

    def show_tab(self, name: str) -> None:
        """Bring a tab of the bottom dock to the front."""
        self.show_dock("bottom")
        self.tabs.setCurrentWidget(self.tab_pages[name])

    def show_dock(self, side: str) -> None:
        """Make a dock visible."""
        self.docks[side].setVisible(True)

    def toggle_dock(self, side: str) -> None:
        """Show or hide a dock."""
        self.docks[side].setVisible(not self.docks[side].isVisible())

    def toggle_full_screen(self) -> None:
        """Full screen and back."""
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def toggle_theme(self) -> None:
        """Light to dark and back; kept as a preference."""
        self.set_preferences(dataclasses.replace(self.preferences, theme="light" if theme.is_dark() else "dark"))

    def show_theme(self, dark: bool) -> None:
        """Give everything the colours of a theme."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, dark)
        self.viewport.set_theme(dark)
        actions.retint(self.actions_by_id)
        self.actions_by_id["theme"].setIcon(theme.icon("sun" if dark else "moon"))
        self.outliner.refresh()
        self.tasks.refresh()
        self.show_facts()
        self.person.refresh()
        retint(self)

    def set_preferences(self, wishes: Preferences) -> None:
        """Take over and keep preferences."""
        if wishes.theme != self.preferences.theme:
            self.show_theme(theme.wants_dark(wishes.theme))
        self.preferences = wishes
        preferences.save(wishes)
        self.runner.threads = wishes.worker_threads()
        self.keeper.set_interval(wishes.autosave)
        self.keeper.keep_photographs = wishes.keep_photographs
        self.runner.submit("Trim the cache", lambda ctx: home.trim_cache(wishes.cache), quiet=True)
        self.work.panel.set_start_values({"device": wishes.device})

    def preferences_dialog(self) -> None:
        """Edit the preferences."""
        from eigenform_app.panels.preferences_dialog import PreferencesDialog

        dialog = PreferencesDialog(self.preferences, self)
        dialog.chosen.connect(self.set_preferences)
        dialog.open()

    def open_palette(self) -> None:
        """Find any action."""
        self.palette_panel.open()

    def shortcuts_dialog(self) -> None:
        """List the shortcuts."""
        from eigenform_app.panels.shortcuts import ShortcutsDialog

        ShortcutsDialog(self.action_list, self.actions_by_id, self).open()

    def about_dialog(self) -> None:
        """About, licences, citation."""
        from eigenform_app.panels.about import AboutDialog

        AboutDialog(self).open()

    def copy_citation(self) -> None:
        """What to cite, on the clipboard."""
        from eigenform_app.panels.about import citation

        QApplication.clipboard().setText(citation())
        self.show_banner("The citation is on the clipboard.", "good", seconds=4)

    def show_log_file(self) -> None:
        """Show where the log lies."""
        from eigenform_app.panels.log_panel import open_log_folder

        self.show_tab("log")
        open_log_folder()

    # -- events of the window ----------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            layout.show_drop_frame(self, True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        layout.show_drop_frame(self, False)

    def dropEvent(self, event: QDropEvent) -> None:
        layout.show_drop_frame(self, False)
        event.acceptProposedAction()
        self.files.open_paths([Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()])

    def restore_layout(self) -> None:
        """Size and docks as they were when the window was last closed."""
        saved = preferences.window_state()
        if saved.get("geometry"):
            self.restoreGeometry(QByteArray.fromHex(saved["geometry"].encode()))
            self._sized = self.restoreState(QByteArray.fromHex(saved.get("state", "").encode()))
            self._docks_wanted = None
            self.show_welcome(not len(self.document))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closing:
            event.ignore()
            self.when_safe("Closing", self.close_now)
            return
        event.accept()

    def close_now(self) -> None:
        """Close without asking."""
        self._closing = True
        self.demo.stop()
        self.pictures.stop()
        self._note_timer.stop()
        if not self.isFullScreen():
            hexed = {"geometry": self.saveGeometry(), "state": self.saveState()}
            preferences.save_window_state({k: bytes(v.toHex().data()).decode() for k, v in hexed.items()})
        self.pose.shut()
        self.runner.shutdown()
        self.keeper.close()
        self.strip.shut()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        self.close()
        self.viewport.close()
