"""One wheel: both packages, their data files, the licence and the two console scripts."""

from __future__ import annotations

import configparser
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    (path,) = folder.glob("eigenform-*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_both_packages_and_their_data(wheel: zipfile.ZipFile) -> None:
    inside = set(wheel.namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "core/eigenform", "app/eigenform_app"], capture_output=True, text=True, cwd=ROOT
    )
    for name in tracked.stdout.split():
        assert name.split("/", 1)[1] in inside
    assert "eigenform/py.typed" in inside
    for card in (ROOT / "assets" / "weights").glob("*.json"):
        assert f"eigenform/weights/{card.name}" in inside
        assert f"eigenform/weights/{card.stem}.safetensors" in inside
    assert any(name.startswith("eigenform_app/resources/") for name in inside)
    assert any(name.endswith("licenses/LICENSE") for name in inside)


def test_the_wheel_has_both_commands(wheel: zipfile.ZipFile) -> None:
    (name,) = (n for n in wheel.namelist() if n.endswith("entry_points.txt"))
    scripts = configparser.ConfigParser()
    scripts.read_string(wheel.read(name).decode("utf-8"))
    assert scripts["console_scripts"]["eigenform"] == "eigenform.cli:main"
    assert scripts["gui_scripts"]["eigenform-studio"] == "eigenform_app.main:main"
