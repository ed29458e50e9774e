"""Every action of the window, as data: menus, toolbar, command palette and the list of shortcuts derive from this.

``callback`` is a path from the window, such as ``files.open_dialog``; ``enabled`` names a state of
:func:`eigenform_app.window.states` that the action needs. Methods are not listed: each record of the registry becomes
an action of its own in the menu Run, or in the menu Make where it takes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eigenform import registry
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from eigenform_app import kinds, theme

MENUS = ("File", "Edit", "Make", "Run", "View", "Mode", "Surface", "Pose", "Picture", "Window", "Help")


@dataclass(frozen=True)
class Action:
    """One thing the person can do."""

    id: str
    text: str
    callback: str
    menu: str
    shortcut: str = ""
    icon: str = ""
    tip: str = ""
    enabled: str = ""
    checkable: bool = False
    toolbar: bool = False
    arguments: tuple[Any, ...] = ()
    group: int = 0


def _file() -> list[Action]:
    return [
        Action("open", "Open…", "files.open_dialog", "File", "Ctrl+O", "open", "Shapes, surfaces, pictures, sessions",
               toolbar=True),
        Action("open_folder", "Open folder…", "files.open_folder_dialog", "File", "Ctrl+Shift+O", "folder",
               "A set of photographs, or files to step through with PageUp and PageDown"),
        Action("new_body", "New body", "work.make_new", "File", "Ctrl+Shift+N", "body",
               "A parametric body to shape and pose", "new.body", arguments=("body",)),
        Action("new", "New session", "files.new_session", "File", "Ctrl+N", "plus", "Close everything and start anew"),
        Action("save", "Save session", "files.save", "File", "Ctrl+S", "save", "Keep everything in one .eigenform file",
               "any", group=1, toolbar=True),
        Action("save_as", "Save session as…", "files.save_as", "File", "Ctrl+Shift+S", "", "", "any", group=1),
        Action("export", "Export…", "files.export_dialog", "File", "Ctrl+E", "export",
               "Write the chosen item to a file", "item", group=2, toolbar=True),
        Action("next_file", "Next file of the folder", "files.next_file", "File", "PgDown", "", "", "folder", group=3),
        Action("previous_file", "Previous file of the folder", "files.previous_file", "File", "PgUp", "", "", "folder",
               group=3),
        Action("preferences", "Preferences…", "preferences_dialog", "File", "Ctrl+,", "settings", group=4),
        Action("quit", "Quit", "close", "File", "Ctrl+Q", group=5),
    ]  # fmt: skip


def _edit() -> list[Action]:
    return [
        Action("undo", "Undo", "undo", "Edit", "Ctrl+Z", "undo", enabled="undo", toolbar=True),
        Action("redo", "Redo", "redo", "Edit", "Ctrl+Shift+Z", "redo", enabled="redo", toolbar=True),
        Action("rename", "Rename", "items.rename", "Edit", "F2", "rename", enabled="item", group=1),
        Action("duplicate", "Duplicate", "items.duplicate", "Edit", "Ctrl+D", "duplicate", enabled="item", group=1),
        Action("toggle_visible", "Hide or show", "items.toggle_visible", "Edit", "H", "eye", enabled="item", group=1),
        Action("show_only", "Show only this", "items.show_only", "Edit", "Shift+H", tip="Hide every other shape",
               enabled="item", group=1),
        Action("delete", "Delete", "items.delete", "Edit", "Del", "trash", enabled="item", group=1),
        Action("paint", "Paint marks…", "painting.paint", "Edit", "B", "brush",
               "Mark what is missing of an image or of values on a surface", enabled="paintable", group=2),
        Action("edit_person", "Work on the person…", "person.toggle", "Edit", "P", "person",
               "Keypoints, mask and steps of a person in photographs", "person", group=2),
        Action("copy_python", "Copy as Python", "items.copy_as_python", "Edit", "Ctrl+Shift+C", "code",
               "The session as a script that runs", "any", group=3),
    ]  # fmt: skip


def _run() -> list[Action]:
    return [
        Action("run", "Run", "work.run", "Run", "R", "run", "Run the method shown in the inspector", "runnable",
               toolbar=True),
        Action("pause", "Pause or resume", "work.pause", "Run", "Space", "pause", enabled="running", toolbar=True),
        Action("cancel", "Cancel", "work.cancel", "Run", "Ctrl+.", "stop", "Stop the running job", "busy",
               toolbar=True),
        Action("continue", "Continue from a checkpoint…", "work.continue_dialog", "Run", "", "", "", "runnable",
               group=1),
        Action("compare", "Compare two bases", "show_tab", "Run", "C", "compare", enabled="two_bases", group=1,
               arguments=("compare",)),
    ]  # fmt: skip


def _view() -> list[Action]:
    return [
        Action("view1", "One view", "views.set_layout", "View", "Ctrl+1", "view1", arguments=(1,), toolbar=True),
        Action("view2", "Two views", "views.set_layout", "View", "Ctrl+2", "view2", arguments=(2,), toolbar=True),
        Action("view3", "Three views", "views.set_layout", "View", "Ctrl+3", "view3", arguments=(3,)),
        Action("view4", "Four views", "views.set_layout", "View", "Ctrl+4", "view4", arguments=(4,), toolbar=True),
        Action("frame", "Reset the camera", "views.reset_camera", "View", "Home", "frame", "Fit the shape in the view",
               "any", group=1, toolbar=True),
        Action("front", "From the front", "views.view_along", "View", "1", "", "", "any", arguments=("z",), group=1),
        Action("side", "From the side", "views.view_along", "View", "3", "", "", "any", arguments=("x",), group=1),
        Action("top", "From above", "views.view_along", "View", "7", "", "", "any", arguments=("y",), group=1),
        Action("save_camera", "Save the camera", "views.save_camera", "View", "Ctrl+Shift+V", "camera", "", "any",
               group=2),
        Action("restore_camera", "Restore the saved camera", "views.restore_camera", "View", "Ctrl+Alt+V", "", "",
               "camera", group=2),
        Action("clip", "Clipping plane", "views.set_clip", "View", "X", "clip", "", "any", checkable=True, group=3),
        Action("difference", "Difference of two bases", "views.difference", "View", "Ctrl+Shift+D", "", "", "two_bases",
               group=3),
    ]  # fmt: skip


def _mode() -> list[Action]:
    return [
        Action("previous_mode", "Previous mode", "views.step_mode", "Mode", "Left", "left", "", "basis",
               arguments=(-1,)),
        Action("next_mode", "Next mode", "views.step_mode", "Mode", "Right", "right", "", "basis", arguments=(1,)),
        Action("flip", "Flip the sign", "views.flip", "Mode", "F", "flip", "", "basis", group=1),
        Action("animate", "Animate", "views.set_animation", "Mode", "A", "wave",
               "Let the surface swing along its normals", "basis", checkable=True, group=1),
        Action("nodal_lines", "Nodal lines", "views.toggle_option", "Mode", "N", "", "", "basis",
               arguments=("nodal_lines",), group=2),
        Action("isolines", "Isolines", "views.toggle_isolines", "Mode", "I", "", "", "basis", group=2),
        Action("density", "Density", "views.show_quantity", "Mode", "D", "", "Samples per unit area, mean 1", "basis",
               arguments=("density",), group=2),
    ]  # fmt: skip


def _surface() -> list[Action]:
    return [
        Action("level_up", "Level up", "field.step_level", "Surface", "]", "up", "", "surface", arguments=(1,)),
        Action("level_down", "Level down", "field.step_level", "Surface", "[", "down", "", "surface", arguments=(-1,)),
        Action("own_level", "Back to its own level", "field.own_level", "Surface", "L", "", "", "surface"),
        Action("slices", "Slices", "field.toggle_slices", "Surface", "S", "slice",
               "Three planes through the field, with level lines", "surface", group=1),
        Action("volume", "Volume", "field.toggle", "Surface", "V", "",
               "Nested see-through levels around the surface", "surface", arguments=("volume",), group=1),
        Action("surface_shown", "Hide or show the surface alone", "field.toggle", "Surface", "Shift+V", "", "",
               "surface", arguments=("surface",), group=1),
        Action("crop", "Crop box", "field.toggle_crop", "Surface", "Shift+X", "crop",
               "Work in, show and export only what lies in a box", "any", checkable=True, group=2),
        Action("crop_reset", "Reset the crop box", "field.reset_crop", "Surface", "", "", "", "any", group=2),
        Action("make_mesh", "Make a mesh of it", "field.make_mesh", "Surface", "M", "shape",
               "Add the surface drawn as a mesh, under this item", "surface", group=3),
        Action("basis_of_surface", "Learn a basis of it", "field.learn_basis", "Surface", "Ctrl+B", "basis",
               "The eigenbasis of the surface drawn", "has_surface", group=3),
    ]  # fmt: skip


def _pose() -> list[Action]:
    return [
        Action("play", "Play or pause the movement", "player.toggle", "Pose", "Shift+Space", "run",
               "The movement chosen in the pose tab", "figure"),
        Action("import_bvh", "Import a movement (BVH)…", "player.import_from_menu", "Pose", "", "import",
               "Take a movement over from another skeleton", "figure"),
        Action("keep_pose", "Keep this pose", "player.keep", "Pose", "", "",
               "The moment of the movement shown becomes the pose of the figure", "figure"),
        Action("rest_pose", "Rest pose", "pose.reset_pose", "Pose", "", "", "Every bone as it is at rest", "posing",
               group=1),
        Action("mirror_pose", "Mirror the pose", "pose.mirror", "Pose", "Ctrl+Shift+M", "flip",
               "Left and right change places", "posing", group=1),
        Action("copy_pose", "Copy the pose", "pose.copy", "Pose", "Ctrl+Alt+C", "duplicate", "", "posing", group=1),
        Action("paste_pose", "Paste a pose", "pose.paste", "Pose", "Ctrl+Alt+P", "", "", "posing", group=1),
        Action("export_figure", "Export the figure…", "pose.export_dialog", "Pose", "", "export",
               "With skeleton, skin and movements (GLB), or as a mesh", "figure", group=2),
        Action("clip_film", "Save the movement as a film…", "pictures.clip_dialog", "Pose", "", "film", "", "posing",
               group=2),
        Action("train_networks", "Train avatar networks…", "nets.open", "Pose", "", "training",
               "On generated people or own scans; which weights are in use", group=3),
    ]  # fmt: skip


def _picture() -> list[Action]:
    return [
        Action("copy_picture", "Copy picture", "pictures.copy", "Picture", "Ctrl+C", "picture", "", "any"),
        Action("save_picture", "Save picture…", "pictures.picture_dialog", "Picture", "Ctrl+P", "camera", "", "any",
               toolbar=True),
        Action("turntable", "Save turntable…", "pictures.turntable_dialog", "Picture", "", "film", "", "any"),
        Action("mode_film", "Save mode animation…", "pictures.mode_dialog", "Picture", "", "film", "", "basis"),
    ]  # fmt: skip


def _window() -> list[Action]:
    tabs = (("modes", "Modes"), ("field", "Field"), ("pose", "Pose"), ("spectrum", "Spectrum"),
            ("training", "Training"), ("compare", "Compare"),
            ("tasks", "Tasks"), ("log", "Log"))  # fmt: skip
    return [
        Action("palette", "Find any action", "open_palette", "Window", "Ctrl+Shift+P", "search"),
        Action("theme", "Light or dark", "toggle_theme", "Window", "Ctrl+T", "moon", toolbar=True),
        Action("full_screen", "Full screen", "toggle_full_screen", "Window", "F11"),
        *(
            Action(
                f"tab_{name}",
                f"Show {title.lower()}",
                "show_tab",
                "Window",
                f"Alt+{n}",
                name,
                arguments=(name,),
                group=1,
            )
            for n, (name, title) in enumerate(tabs, 1)
        ),
        Action("left_dock", "Outliner", "toggle_dock", "Window", "F7", arguments=("left",), group=2),
        Action("right_dock", "Inspector", "toggle_dock", "Window", "F8", arguments=("right",), group=2),
        Action("bottom_dock", "Strip and plots", "toggle_dock", "Window", "F9", arguments=("bottom",), group=2),
    ]


def _help() -> list[Action]:
    return [
        Action("shortcuts", "Keyboard shortcuts", "shortcuts_dialog", "Help", "F1", "keyboard"),
        Action("demo", "Demo that plays by itself", "demo.toggle", "Help", "F12", "demo"),
        Action("open_log", "Show the log file", "show_log_file", "Help", "", "log"),
        Action("citation", "Copy citation", "copy_citation", "Help", group=1),
        Action("about", "About Eigenform", "about_dialog", "Help", "", "info", group=1),
    ]


def _methods() -> list[Action]:
    return [
        Action(f"method.{m.name}", m.title, "work.run_method", "Run" if m.inputs else "Make", "",
               kinds.BY_TYPE[m.output].mark, m.summary, f"method.{m.name}",
               arguments=(m.name,), group=2)
        for m in registry.methods()
    ]  # fmt: skip


def all_actions() -> list[Action]:
    """Every action, in the order of the menus."""
    return [
        *_file(),
        *_edit(),
        *_run(),
        *_methods(),
        *_view(),
        *_mode(),
        *_surface(),
        *_pose(),
        *_picture(),
        *_window(),
        *_help(),
    ]


def find(root: Any, path: str) -> Callable[..., Any]:
    """The function at a dotted path from the window."""
    for name in path.split("."):
        root = getattr(root, name)
    return root


def build(window: QMainWindow) -> dict[str, QAction]:
    """A QAction for each action, connected to its callback and added to the window."""
    made = {}
    for a in all_actions():
        action = QAction(a.text, window)
        action.setObjectName(a.id)
        action.setCheckable(a.checkable)
        if a.shortcut:
            action.setShortcut(QKeySequence(a.shortcut))
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{a.tip or a.text.rstrip('…')}{f'  ({keys})' if keys else ''}")
        action.triggered.connect(_trigger(window, a))
        action.setProperty("icon_name", a.icon)
        window.addAction(action)
        made[a.id] = action
    return made


def _trigger(window: QMainWindow, action: Action) -> Callable[[bool], None]:
    """Calls the callback, found when it is needed; a checkable action hands over its state.

    It must be a plain function: Qt does not tell a callable object whether the action is checked.
    """

    def fire(checked: bool = False) -> None:
        arguments = (checked,) if action.checkable else action.arguments
        find(window, action.callback)(*arguments)

    return fire


def retint(made: dict[str, QAction]) -> None:
    """Icons in the colours of the theme in use."""
    for action in made.values():
        if name := action.property("icon_name"):
            action.setIcon(theme.icon(name))


def fill_menu_bar(bar: QMenuBar, made: dict[str, QAction]) -> dict[str, QMenu]:
    """The menus, with a line between groups."""
    menus = {}
    for title in MENUS:
        entries = sorted((a for a in all_actions() if a.menu == title), key=lambda a: a.group)
        if not entries:
            continue
        menu = menus[title] = bar.addMenu(f"&{title}")
        menu.setToolTipsVisible(True)
        for before, a in zip([None, *entries], entries, strict=False):
            if before is not None and before.group != a.group:
                menu.addSeparator()
            menu.addAction(made[a.id])
    return menus
