"""run.py and test.py: what they do with and without a display, and what they answer."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
sys.path.insert(0, str(PACKAGING))


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"eigenform_{name}", PACKAGING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    module = script("run")
    module.started = []
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "OUTPUT", tmp_path / "demo-output")
    monkeypatch.setattr(module, "prepare", lambda *args, **kwargs: None)

    def start(command: list, env: Any = None) -> SimpleNamespace:
        module.started.append([str(part) for part in command])
        if "--shot" in command and module.works:
            Path(command[command.index("--shot") + 1]).write_bytes(b"png")
        return SimpleNamespace(returncode=0 if module.works or "--shot" not in command else 9)

    module.works = True
    monkeypatch.setattr(module.subprocess, "run", start)
    monkeypatch.setattr(module, "virtual_display", lambda: contextlib.nullcontext({"DISPLAY": ":9"}))
    return module


def test_with_a_display_the_window_opens_with_the_arguments(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "has_display", lambda: True)
    assert run.main(["--cpu", "spot.obj", "--demo"]) == 0
    assert run.started[0][1:] == ["-m", "eigenform_app", "spot.obj", "--demo"]


def test_without_one_the_demonstration_runs_and_says_what_it_wrote(run, monkeypatch, capsys) -> None:
    monkeypatch.setattr(run, "has_display", lambda: False)
    assert run.main([]) == 0
    assert run.started[0][1].endswith("headless_demo.py")
    assert "--shot" in run.started[1]
    out = capsys.readouterr().out
    assert "demo-output" in out
    assert "window.png" in out
    assert "missing" not in out


def test_the_missing_picture_is_named(run, monkeypatch, capsys) -> None:
    monkeypatch.setattr(run, "has_display", lambda: False)
    run.works = False
    assert run.main([]) == 1
    assert "window.png, the picture of the window, is missing" in capsys.readouterr().out

    def no_display() -> None:
        raise run.SetupError("There is no Xvfb")

    monkeypatch.setattr(run, "virtual_display", no_display)
    assert run.main([]) == 0
    assert "no Xvfb" in capsys.readouterr().out


def test_what_is_missing_is_one_sentence_and_status_1(run, monkeypatch, capsys) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise run.SetupError("Something is missing.")

    monkeypatch.setattr(run, "prepare", broken)
    assert run.main([]) == 1
    assert capsys.readouterr().out == "[eigenform] Something is missing.\n"


def test_a_failed_check_fails_the_whole_and_an_empty_selection_does_not(monkeypatch, capsys) -> None:
    test = script("test")
    monkeypatch.setattr(test, "prepare", lambda *args, **kwargs: None)
    monkeypatch.setattr(test, "need_xvfb", lambda: None)
    statuses = {"mypy": 1}
    commands = []

    def start(command: list, cwd: Any = None, env: Any = None, **taken: Any) -> SimpleNamespace:
        commands.append(command)
        status = next((s for name, s in statuses.items() if name in command), 0)
        return SimpleNamespace(returncode=status, stdout="what it says\n" if taken else None)

    monkeypatch.setattr(test.subprocess, "run", start)
    assert test.main(["-k", "sphere"]) == 1
    out = capsys.readouterr().out
    assert "what it says" in out
    assert "Failed: types." in out
    assert sum("sphere" in command for command in commands) == 2
    core = next(command for command in commands if "tests/core" in command)
    assert "no_qt" in core
    statuses.clear()
    statuses["pytest"] = test.NOTHING_COLLECTED
    assert test.main(["-k", "sphere"]) == 0
    assert test.main([]) == 1
    statuses.clear()
    assert test.main([]) == 0
