"""One thread that answers the newest question and forgets those it did not get to.

A slider that is dragged asks a hundred times a second; what it asked before the last time no longer matters. The thread
touches no Qt object: it writes the answer into a slot that a timer of the GUI thread reads (see
:mod:`eigenform_app.runner`).
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

LOOK_MS = 4


class Newest(QObject):
    """``answered(answer)`` and ``failed(sentence, details)`` are sent on the GUI thread."""

    answered = Signal(object)
    failed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._changed = threading.Condition()
        self._question: Callable[[], Any] | None = None
        self._answers: list[tuple[Any, str, str]] = []
        self._busy = self._stopped = False
        self._forgotten = 0  # how often; an answer to a question from before the last time is not sent
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether a question waits, is being answered, or was answered and not yet read."""
        with self._changed:
            return self._busy or self._question is not None or bool(self._answers)

    def ask(self, question: Callable[[], Any]) -> None:
        """Ask; it takes the place of a question that still waits."""
        with self._changed:
            self._question = question
            self._changed.notify()
        if self._thread is None and not self._stopped:
            self._thread = threading.Thread(target=self._serve, name="eigenform-pose", daemon=True)
            self._thread.start()
        self._timer.start()

    def forget(self) -> None:
        """No answer to what was asked so far is wanted any more."""
        with self._changed:
            self._question = None
            self._answers.clear()
            self._forgotten += 1

    def stop(self, wait: float = 2.0) -> None:
        """End the thread."""
        self._timer.stop()
        with self._changed:
            self._stopped, self._question = True, None
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(wait)
            self._thread = None

    def _serve(self) -> None:
        while True:
            with self._changed:
                while self._question is None and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    return
                question, self._question, self._busy = self._question, None, True
                asked_at = self._forgotten
            assert question is not None
            try:
                answer = (question(), "", "")
            except Exception as error:  # said in words by whoever asked; the thread goes on
                answer = (None, str(error) or type(error).__name__, traceback.format_exc())
            with self._changed:
                if asked_at == self._forgotten:
                    self._answers[:] = [answer]
                self._busy = False

    def _look(self) -> None:
        with self._changed:
            found, self._answers[:] = list(self._answers), []
            idle = not found and self._question is None and not self._busy
        if idle:
            self._timer.stop()
        for answer, error, details in found:
            if error:
                self.failed.emit(error, details)
            else:
                self.answered.emit(answer)
