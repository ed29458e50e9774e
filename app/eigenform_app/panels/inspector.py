"""The inspector: the method to run, how the chosen item is drawn, and the facts of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QScrollArea, QTabWidget, QVBoxLayout, QWidget

from eigenform_app.document import Item
from eigenform_app.panels.facts_panel import FactsPanel
from eigenform_app.panels.forms import ParamsForm
from eigenform_app.panels.method_panel import MethodPanel
from eigenform_app.panels.widgets import text


class Inspector(QWidget):
    """``display_changed(options)`` carries the display options the person just chose."""

    display_changed = Signal(object)

    def __init__(self, display_class: type, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method = MethodPanel()
        self.facts = FactsPanel()
        self._displays: dict[type, ParamsForm] = {}
        self._inside_box = QVBoxLayout()
        self.display = self._display_form(display_class)
        self._no_item = text("Choose an item to say how it is drawn.", "faint", wrap=True)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.method, "Method")
        self.tabs.addTab(self._display_page(), "Display")
        self.tabs.addTab(self.facts, "Facts")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.tabs)

    def _display_page(self) -> QWidget:
        area = QScrollArea()
        area.setWidgetResizable(True)
        inside = QWidget()
        box = self._inside_box
        inside.setLayout(box)
        box.setContentsMargins(0, 6, 6, 0)
        box.insertWidget(0, self._no_item)
        area.setWidget(inside)
        return area

    def _display_form(self, cls: type) -> ParamsForm:
        """The form of a class of display options; made when an item with such options is first chosen."""
        if cls not in self._displays:
            form = self._displays[cls] = ParamsForm(cls, show_presets=False)
            form.changed.connect(self._display_edited)
            for section in form.groups.values():
                section.toggle.setChecked(True)
            self._inside_box.addWidget(form, 1)
        return self._displays[cls]

    def show_display(self, item: Item | None) -> None:
        """The display options of an item."""
        has = item is not None and item.display is not None
        self._no_item.setVisible(not has)
        if item is not None and has:
            self.display = self._display_form(type(item.display))
        for form in self._displays.values():
            form.setVisible(has and form is self.display)
        if item is not None and has:
            self.display.set_values({n: getattr(item.display, n) for n in self.display.params})

    def _display_edited(self) -> None:
        if not self.display.problem.text():
            options: Any = self.display.params_value()
            self.display_changed.emit(options)
