"""A form made from a parameter dataclass: one widget a parameter, in foldable groups, with presets and a sentence
where a value will not do. Methods, display options and preferences all get their forms here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from eigenform.errors import InputError
from eigenform.params import Param, make, params_of
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from eigenform_app.panels.browse import BrowseButton
from eigenform_app.panels.slider import NumberSlider
from eigenform_app.panels.widgets import Section, button, set_role, text

LONGEST_WORDS = 16  # of what a number box shows in the place of 0: more would be cut off; the tip says it in full


class _Whole(QSpinBox):
    """A spin box that leaves the wheel to the scroll area unless it has the focus."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class RealBox(QDoubleSpinBox):
    """A number of any size, shown as short as it can be (0.002, 1e-06)."""

    def textFromValue(self, value: float) -> str:
        return f"{value:.6g}"

    def valueFromText(self, words: str) -> float:
        try:
            return float(words.removesuffix(self.suffix()).strip().replace(",", "."))
        except ValueError:
            return self.value()

    def validate(self, words: str, position: int) -> tuple[QValidator.State, str, int]:
        try:
            float(words.removesuffix(self.suffix()).strip().replace(",", "."))
        except ValueError:
            return QValidator.State.Intermediate, words, position
        return QValidator.State.Acceptable, words, position

    def stepBy(self, steps: int) -> None:
        step = self.singleStep() or abs(self.value()) / 10 or 0.1
        self.setValue(self.value() + steps * step)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Choice(QComboBox):
    """A choice that leaves the wheel alone unless it has the focus."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Text(QLineEdit):
    """A text that shows its start when it is left."""

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setCursorPosition(0)


class ParamsForm(QWidget):
    """Edits one parameter dataclass.

    Parameters
    ----------
    cls : type
        The dataclass, its fields made with :func:`eigenform.params.param`.
    presets : mapping of str to mapping
        Named values; ``default`` (all defaults) is always there.
    hidden : tuple of str
        Parameters that the form does not show and leaves as they are.

    ``changed`` carries nothing; read :meth:`values`. It is sent for changes by the person and by presets, not by
    :meth:`set_values`.
    """

    changed = Signal()

    def __init__(
        self,
        cls: type,
        presets: Mapping[str, Mapping[str, Any]] | None = None,
        hidden: tuple[str, ...] = (),
        show_presets: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.cls = cls
        self.presets: dict[str, Mapping[str, Any]] = {"default": {}, **(presets or {})}
        self.params: dict[str, Param] = {p.name: p for p in params_of(cls) if p.name not in hidden}
        self._kept: dict[str, Any] = {}
        self._quiet = False
        self.widgets: dict[str, QWidget] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        self.preset = _Choice()
        if show_presets:
            self._add_presets(box)
        self.groups: dict[str, Section] = {}
        for group in dict.fromkeys(p.group for p in self.params.values()):
            self._add_group(box, group)
        self.problem = text("", "danger", wrap=True)
        self.problem.hide()
        box.addWidget(self.problem)
        box.addStretch(1)

    # -- building ------------------------------------------------------------------------------------------------

    def _add_presets(self, box: QVBoxLayout) -> None:
        row = QGridLayout()
        row.setContentsMargins(4, 0, 0, 0)
        row.setColumnStretch(1, 1)
        self.preset.addItems([*self.presets, "custom"])
        self.preset.setToolTip("Named sets of values. Changing a value makes it 'custom'.")
        self.preset.activated.connect(self._choose_preset)
        label = text("Preset", "muted")
        label.setBuddy(self.preset)
        reset = button("Reset", "link", tip="Back to the default values")
        reset.clicked.connect(self.reset)
        row.addWidget(label, 0, 0)
        row.addWidget(self.preset, 0, 1)
        row.addWidget(reset, 0, 2)
        box.addLayout(row)

    def _add_group(self, box: QVBoxLayout, group: str) -> None:
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(4, 2, 0, 4)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(0, 4)
        grid.setColumnStretch(1, 5)
        for row, p in zip(range(0, 10_000, 2), (p for p in self.params.values() if p.group == group), strict=False):
            widget = self._widget(p)
            limits = "" if p.low is None else f" From {p.low:g}" + ("." if p.high is None else f" to {p.high:g}.")
            zero = f" 0: {p.zero}." if p.zero else ""
            widget.setToolTip(f"<qt>{p.help}{limits}{zero} Default: {_said(p.default)}.</qt>")
            widget.setAccessibleName(p.label)
            widget.setAccessibleDescription(p.help)
            self.widgets[p.name] = widget
            if isinstance(widget, QCheckBox):
                grid.addWidget(widget, row, 0, 1, 2)
                continue
            label = text(p.label, "muted", wrap=True)
            label.setBuddy(widget)
            label.setToolTip(widget.toolTip())
            label.setMinimumWidth(40)
            grid.addWidget(label, row, 0)
            grid.addWidget(_with_browse(widget, p) if isinstance(widget, QLineEdit) and p.place else widget, row, 1)
            if p.slider and isinstance(widget, QSpinBox | QDoubleSpinBox):
                grid.addWidget(NumberSlider(widget), row + 1, 0, 1, 2)
        several = len({p.group for p in self.params.values()}) > 1
        section = Section(group, content, expanded=group == "Main" or not self.groups)
        section.toggle.setVisible(several)
        self.groups[group] = section
        box.addWidget(section)

    def _widget(self, p: Param) -> QWidget:
        widget: QWidget
        if p.kind == "bool":
            widget = QCheckBox(p.label)
            widget.setChecked(p.default)
            widget.toggled.connect(self._edited)
        elif p.kind == "choice":
            widget = _Choice()
            widget.addItems(list(p.choices))
            widget.setCurrentText(p.default)
            widget.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            widget.currentTextChanged.connect(self._edited)
        elif p.kind == "int":
            widget = _Whole()
            widget.setRange(int(p.low if p.low is not None else -(2**31)), int(min(p.high or 2**31 - 1, 2**31 - 1)))
            widget.setSingleStep(int(p.step or 1))
            widget.setGroupSeparatorShown(True)
            widget.setKeyboardTracking(False)
            widget.setSuffix(f" {p.unit}" if p.unit else "")
            widget.setValue(p.default)
            widget.valueChanged.connect(self._edited)
        elif p.kind == "float":
            widget = RealBox()
            widget.setDecimals(12)
            widget.setRange(p.low if p.low is not None else -1e300, p.high if p.high is not None else 1e300)
            widget.setSingleStep(p.step or 0.0)
            widget.setKeyboardTracking(False)
            widget.setSuffix(f" {p.unit}" if p.unit else "")
            widget.setValue(p.default)
            widget.valueChanged.connect(self._edited)
        else:
            widget = _Text(str(p.default))
            widget.editingFinished.connect(self._edited)
        if isinstance(widget, QSpinBox | QDoubleSpinBox):
            widget.lineEdit().setTextMargins(5, 0, 0, 0)
            widget.setSpecialValueText(p.zero if len(p.zero) <= LONGEST_WORDS else "auto")
            widget.lineEdit().setCursorPosition(0)  # long words show their start
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.setMinimumWidth(60)
        widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return widget

    # -- values ----------------------------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """What the form says, name by name (parameters it hides keep what they were set to)."""
        found = dict(self._kept)
        for name, widget in self.widgets.items():
            if isinstance(widget, QCheckBox):
                found[name] = widget.isChecked()
            elif isinstance(widget, QComboBox):
                found[name] = widget.currentText()
            elif isinstance(widget, QSpinBox | QDoubleSpinBox):
                found[name] = widget.value()
            elif isinstance(widget, QLineEdit):
                found[name] = widget.text()
        return found

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show these values (all others keep theirs); sends no ``changed``."""
        self._quiet = True
        for name, value in values.items():
            widget = self.widgets.get(name)
            if isinstance(widget, QCheckBox):
                widget.setChecked(bool(value))
            elif isinstance(widget, QComboBox):
                widget.setCurrentText(str(value))
            elif isinstance(widget, QSpinBox):
                widget.setValue(int(value))
            elif isinstance(widget, QDoubleSpinBox):
                widget.setValue(float(value))
            elif isinstance(widget, QLineEdit):
                widget.setText(str(value))
            else:
                self._kept[name] = value
        self._quiet = False
        self._check()

    def params_value(self) -> Any:
        """An instance of the dataclass, or :class:`InputError` with the sentence the form shows."""
        return make(self.cls, self.values())

    def reset(self) -> None:
        """Back to the defaults."""
        self._apply_preset("default")

    def apply_preset(self, name: str) -> None:
        """Show a preset's values."""
        self._apply_preset(name)

    def _choose_preset(self) -> None:
        if self.preset.currentText() in self.presets:
            self._apply_preset(self.preset.currentText())

    def _apply_preset(self, name: str) -> None:
        defaults = {f.name: f.default for f in dataclasses.fields(self.cls)}
        self.set_values({**{n: defaults[n] for n in self.params}, **self.presets[name]})
        self.changed.emit()

    def _edited(self) -> None:
        if not self._quiet:
            self._check()
            self.changed.emit()

    def _check(self) -> None:
        """Show the sentence of the first value that will not do, and which preset this is."""
        values, problem = self.values(), ""
        for name, p in self.params.items():
            bad = False
            try:
                p.parse(values[name])
            except InputError as error:
                problem, bad = problem or str(error), True
            set_role(self.widgets[name], "true" if bad else "false", "invalid")
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        defaults = {p.name: p.default for p in self.params.values()}
        same = (
            n for n, preset in self.presets.items() if all(values[k] == v for k, v in {**defaults, **preset}.items())
        )
        self.preset.setCurrentText(next(same, "custom"))


def _with_browse(line: QLineEdit, p: Param) -> QWidget:
    """A path with the button that chooses it."""
    both = QWidget()
    box = QHBoxLayout(both)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(2)
    box.addWidget(line, 1)
    box.addWidget(BrowseButton(line, p.label, p.place))
    return both


def _said(value: Any) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)
