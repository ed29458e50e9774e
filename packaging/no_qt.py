"""A pytest plugin that makes Qt unimportable, to prove that tests/core passes without it: ``pytest -p no_qt``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

BLOCKED = ("PySide6", "PySide2", "PyQt5", "PyQt6", "shiboken6", "qtpy", "pyvistaqt")


class Blocker(MetaPathFinder):
    """Refuses the packages named in ``BLOCKED``."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.split(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"{name} is blocked in this run: core must work without Qt", name=name)
        return None


loaded = [name for name in sys.modules if name.split(".")[0] in BLOCKED]
if loaded:
    raise RuntimeError(f"Qt was imported before the tests began: {', '.join(sorted(loaded))}")
sys.meta_path.insert(0, Blocker())
