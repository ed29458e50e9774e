"""Who gets a key that is both a shortcut of the window and of use to the widget with the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QApplication, QTabBar

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class KeyRules(QObject):
    """Sliders and tab bars keep the arrows, buttons keep Space; number fields give single letters to the window.

    Without the first two, a keyboard alone could not work the window; without the third, R would do nothing after a
    number was typed.
    """

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        key, plain = (
            event.key(),
            event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier),
        )
        focus = QApplication.focusWidget()
        if not plain or focus is None:
            return False
        if isinstance(focus, QAbstractSlider | QTabBar) and key in _ARROWS:
            event.accept()
            return True
        if isinstance(focus, QAbstractButton) and key == Qt.Key.Key_Space:
            event.accept()
            return True
        if isinstance(focus, QAbstractSpinBox) and Qt.Key.Key_A <= key <= Qt.Key.Key_Z and key != Qt.Key.Key_E:
            event.ignore()
            return True
        return False
