"""The questions a window must ask before work is lost."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget


def ask_to_save(parent: QWidget, sentence: str) -> str:
    """``save``, ``discard`` or ``cancel``; Escape cancels."""
    box = QMessageBox(QMessageBox.Icon.Question, "Eigenform", sentence, parent=parent)
    box.setInformativeText("Save the session first?")
    save = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(save)
    box.setEscapeButton(cancel)
    box.exec()
    return {save: "save", discard: "discard"}.get(box.clickedButton(), "cancel")  # type: ignore[call-overload]
