"""Where the panels of the window stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QMainWindow,
    QSizePolicy,
    QTabWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from eigenform_app import actions, theme
from eigenform_app.display import DisplayOptions
from eigenform_app.panels.banner import Banners
from eigenform_app.panels.compare_panel import ComparePanel
from eigenform_app.panels.current_stack import CurrentStack
from eigenform_app.panels.field_panel import FieldPanel
from eigenform_app.panels.inspector import Inspector
from eigenform_app.panels.log_panel import LogPanel
from eigenform_app.panels.modes_strip import ModesStrip
from eigenform_app.panels.outliner import Outliner
from eigenform_app.panels.palette import Palette
from eigenform_app.panels.person_page import PersonPage
from eigenform_app.panels.pose_panel import PosePanel
from eigenform_app.panels.spectrum_plot import SpectrumPlot
from eigenform_app.panels.tasks import TasksPanel, standing
from eigenform_app.panels.training_page import TrainingPage
from eigenform_app.panels.training_plot import TrainingPlot
from eigenform_app.panels.welcome import Welcome
from eigenform_app.panels.widgets import Pane, text
from eigenform_app.runner import Job
from eigenform_app.viewport.viewport import Viewport

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

TOOLBAR = (
    ("open", "save", "export"),
    ("undo", "redo"),
    ("run", "pause", "cancel"),
    (" ",),
    ("view1", "view2", "view4", "frame"),
    ("save_picture", "theme"),
)


def build_panels(w: MainWindow) -> None:
    """Make every panel and put it in its place."""
    w.setDockNestingEnabled(False)
    w.setDockOptions(QMainWindow.DockOption.AnimatedDocks)
    w.outliner = Outliner(w.document)
    w.inspector = Inspector(DisplayOptions)
    w.viewport = Viewport()
    w.welcome = Welcome()
    w.strip, w.spectrum, w.training = ModesStrip(), SpectrumPlot(), TrainingPlot()
    w.compare, w.tasks, w.log_panel = ComparePanel(w.document), TasksPanel(w.runner), LogPanel()
    w.field_panel = FieldPanel()
    w.pose_panel = PosePanel()
    w.banners = Banners()
    w.centre = CurrentStack()
    w.centre.addWidget(w.welcome)
    w.centre.addWidget(w.viewport)
    w.person_page = PersonPage()
    w.centre.addWidget(w.person_page)
    holder = QWidget()
    box = QVBoxLayout(holder)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(6)
    box.addWidget(w.banners)
    box.addWidget(w.centre, 1)
    w.setCentralWidget(holder)
    _build_tabs(w)
    left, right, bottom = Pane("Outliner"), Pane(), Pane()
    left.body.addWidget(w.outliner, 1)
    right.body.addWidget(w.inspector)
    bottom.body.addWidget(w.tabs)
    bottom.body.setContentsMargins(10, 4, 10, 8)
    left.setMinimumWidth(180)
    right.setMinimumWidth(290)
    bottom.setMinimumHeight(150)
    area = Qt.DockWidgetArea
    w.docks = {
        "left": _dock(w, "Outliner", left, area.LeftDockWidgetArea),
        "right": _dock(w, "Inspector", right, area.RightDockWidgetArea),
        "bottom": _dock(w, "Strip and plots", bottom, area.BottomDockWidgetArea),
    }
    w.setCorner(Qt.Corner.BottomLeftCorner, area.BottomDockWidgetArea)
    w.setCorner(Qt.Corner.BottomRightCorner, area.RightDockWidgetArea)
    w.drop_frame = _drop_frame(w)


def size_docks(w: MainWindow) -> None:
    """Sizes for a window that has no saved ones: more for strip and plots where there is room."""
    w.resizeDocks(
        [w.docks["left"], w.docks["right"]], [256, 316 if w.width() < 1800 else 360], Qt.Orientation.Horizontal
    )
    w.resizeDocks([w.docks["bottom"]], [max(216, min(340, round(w.height() * 0.29)))], Qt.Orientation.Vertical)


def _dock(w: MainWindow, title: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
    dock = QDockWidget(title, w)
    dock.setObjectName(title)
    dock.setTitleBarWidget(QWidget())
    dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
    margin = QWidget()
    box = QVBoxLayout(margin)
    sides = {Qt.DockWidgetArea.LeftDockWidgetArea: (8, 0, 0, 0), Qt.DockWidgetArea.RightDockWidgetArea: (0, 0, 8, 0)}
    box.setContentsMargins(*sides.get(area, (8, 0, 0, 0)))
    box.addWidget(content)
    dock.setWidget(margin)
    w.addDockWidget(area, dock)
    return dock


def _build_tabs(w: MainWindow) -> None:
    w.tabs = QTabWidget()
    w.tabs.setDocumentMode(True)
    pages = (
        ("modes", "Modes", w.strip),
        ("field", "Field", w.field_panel),
        ("pose", "Pose", w.pose_panel),
        ("spectrum", "Spectrum", w.spectrum),
        ("training", "Training", TrainingPage(w.training, w.document)),
        ("compare", "Compare", w.compare),
        ("tasks", "Tasks", w.tasks),
        ("log", "Log", w.log_panel),
    )
    w.tab_pages = {}
    for name, title, page in pages:
        w.tab_pages[name] = page
        w.tabs.addTab(page, title)


def build_bars(w: MainWindow) -> None:
    """Menu bar, toolbar, status bar and palette, all from the actions."""
    w.action_list = actions.all_actions()
    actions.fill_menu_bar(w.menuBar(), w.actions_by_id)
    bar = QToolBar("Toolbar", w)
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setIconSize(QSize(19, 19))
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    for n, group in enumerate(TOOLBAR):
        if group == (" ",):
            _add_search(w, bar)
            continue
        if n and TOOLBAR[n - 1] != (" ",):
            bar.addSeparator()
        for name in group:
            bar.addAction(w.actions_by_id[name])
            made = bar.widgetForAction(w.actions_by_id[name])
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.setAccessibleName(w.actions_by_id[name].text())
            if isinstance(made, QToolButton) and name == "run":
                made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    w.addToolBar(bar)
    w.palette_panel = Palette(w.action_list, w.actions_by_id, w)
    w.message_label, w.job_label = text("Drop a file, or choose a sample."), text("")
    w.message_label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    w.job_label.setMinimumWidth(1)  # long words must not widen the window
    status = w.statusBar()
    status.setSizeGripEnabled(False)
    status.addWidget(w.message_label, 1)
    status.addPermanentWidget(w.job_label)


def _add_search(w: MainWindow, bar: QToolBar) -> None:
    search = QToolButton()
    search.setObjectName("search")
    search.setText("Find any action   Ctrl+Shift+P")
    search.setIcon(theme.icon("search", "muted"))
    search.setProperty("icon_name", "search")
    search.setProperty("icon_tint", "muted")
    search.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    search.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    search.clicked.connect(w.open_palette)
    for before in (True, False):
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spacer)
        if before:
            bar.addWidget(search)


def job_words(active: Sequence[Job]) -> str:
    """The running job in one line, and how many wait."""
    if not active:
        return ""
    job = next((j for j in active if j.state == "running"), active[0])
    more = f"  (+{len(active) - 1})" if len(active) > 1 else ""
    return f"{job.title}: {standing(job)}{more}"


def _drop_frame(w: MainWindow) -> QFrame:
    frame = QFrame(w)
    frame.setObjectName("drop")
    box = QVBoxLayout(frame)
    words = text("Drop to open", "title")
    words.setAlignment(Qt.AlignmentFlag.AlignCenter)
    box.addWidget(words)
    frame.hide()
    return frame


def show_drop_frame(w: MainWindow, shown: bool) -> None:
    """The frame that says a drop will be taken."""
    w.drop_frame.setGeometry(w.rect().adjusted(24, 24, -24, -24))
    w.drop_frame.setVisible(shown)
    if shown:
        w.drop_frame.raise_()
