"""Core knows no screen, and opens fast: nothing heavy is imported before it is needed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "open3d", "scipy", "trimesh", "sklearn", "matplotlib", "vtkmodules", "robust_laplacian", "PySide6")
BLOCK = """
import sys
class Block:
    def find_spec(self, name, path, target=None):
        if name.split('.')[0] in 'PySide6 PyQt5 PyQt6 shiboken6 qtpy vtk vtkmodules pyvista pyvistaqt'.split():
            raise ModuleNotFoundError(name + ' is blocked', name=name)
sys.meta_path.insert(0, Block())
"""
IMPORT_ALL = """
import importlib, pkgutil, eigenform
names = [m.name for m in pkgutil.walk_packages(eigenform.__path__, 'eigenform.') if not m.name.endswith('__main__')]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def python(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_after(code: str) -> set[str]:
    tell = f"\nimport sys; print('LOADED', *[n for n in {HEAVY!r} if n in sys.modules])"
    return set(python(code + tell).splitlines()[-1].split()[1:])


def test_every_core_module_imports_with_qt_vtk_and_pyvista_blocked() -> None:
    assert int(python(BLOCK + IMPORT_ALL).split()[-1]) > 20


@pytest.mark.parametrize(
    "code",
    [
        "import eigenform",
        "import eigenform.registry, eigenform.params, eigenform.spectral.settings",
        "from eigenform.cli import main; assert main(['--help']) == 0",
        "from eigenform.cli import main; assert main(['basis', '--help']) == 0",
        "from eigenform.cli import main; assert main(['methods', '--json']) == 0",
        "from eigenform.cli import main; assert main(['info', 'nowhere.obj']) == 2",
    ],
)
def test_nothing_heavy_is_imported_for(code: str) -> None:
    assert loaded_after(code) == set()


def test_help_imports_not_even_numpy() -> None:
    code = "from eigenform.cli import main; main(['--help']); import sys; print('numpy' in sys.modules)"
    assert python(code).split()[-1] == "False"


def test_the_import_rule_holds_and_can_fail(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("import_rule", ROOT / "packaging" / "import_rule.py")
    assert spec is not None
    assert spec.loader is not None
    rule = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rule)
    assert rule.violations(ROOT / "core" / "eigenform") == []
    (tmp_path / "io").mkdir()
    lazy = "def read():\n    from vtkmodules.vtkIOXML import vtkXMLPolyDataReader\n    import pyvista\n"
    (tmp_path / "io" / "vtk_files.py").write_text("import vtkmodules\n" + lazy)
    (tmp_path / "bad.py").write_text("def f():\n    from PySide6.QtCore import QObject\n")
    assert rule.violations(tmp_path) == [
        "bad.py:2 imports PySide6.QtCore",
        "io/vtk_files.py:1 imports vtkmodules",
        "io/vtk_files.py:4 imports pyvista",
    ]
