"""The import rule: core/ knows no screen. Standard library only; run by test.py and by tests/core/test_imports.py."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FORBIDDEN = {"PySide6", "PySide2", "PyQt5", "PyQt6", "shiboken6", "qtpy", "vtk", "vtkmodules", "pyvista", "pyvistaqt"}
FORBIDDEN |= {"eigenform_app"}
READERS = "io/vtk_files.py"  # the one module that may use VTK's file readers, inside functions


def violations(core: Path) -> list[str]:
    """``file:line imports name`` for each import in ``core`` that the rule forbids."""
    found = []
    for path in sorted(core.rglob("*.py")):
        place = path.relative_to(core).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        lazy = set(_lazy(tree))
        for node in ast.walk(tree):
            for name in _imported(node):
                top = name.split(".")[0]
                allowed = place == READERS and top == "vtkmodules" and node in lazy
                if top in FORBIDDEN and not allowed:
                    found.append(f"{place}:{node.lineno} imports {name}")
    return found


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        return [node.module]
    return []


def _lazy(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes inside functions, and inside ``if TYPE_CHECKING``, which never runs."""
    for node in ast.walk(tree):
        guard = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        if guard or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from ast.walk(node)


if __name__ == "__main__":
    broken = violations(Path(__file__).resolve().parent.parent / "core" / "eigenform")
    print("\n".join(broken) or "core/ imports no Qt, VTK or pyvista.")
    sys.exit(bool(broken))
