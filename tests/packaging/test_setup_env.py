"""The set-up's decisions, with pip and the network replaced: which torch, which stamp, which words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))

import setup_env  # noqa: E402


class Pip:
    """Records what would be installed; answers a dry run with ``plan``."""

    def __init__(self, plan: list[dict[str, Any]]) -> None:
        self.plan, self.calls = plan, []

    def __call__(self, *arguments: str) -> None:
        if "--report" in arguments:
            Path(arguments[arguments.index("--report") + 1]).write_text(json.dumps({"install": self.plan}))
        else:
            self.calls.append(arguments)


def wheel(name: str, folder: Path) -> dict[str, Any]:
    path = folder / f"{name}.whl"
    path.write_bytes(b"0" * 2_000_000)
    return {"metadata": {"name": name}, "download_info": {"url": path.as_uri()}}


def install(monkeypatch: pytest.MonkeyPatch, plan: list, *, gpu: bool, reachable: bool, cpu: bool = False) -> list:
    pip = Pip(plan)
    monkeypatch.setattr(setup_env, "pip", pip)
    monkeypatch.setattr(setup_env, "has_nvidia", lambda: gpu)
    monkeypatch.setattr(setup_env, "_reachable", lambda url: reachable)
    monkeypatch.setattr(setup_env, "_version_of", lambda name: "")
    setup_env.install_torch(cpu)
    return pip.calls


def test_a_cpu_build_is_installed_plainly(monkeypatch, tmp_path: Path, capsys) -> None:
    calls = install(monkeypatch, [wheel("torch", tmp_path)], gpu=False, reachable=False)
    assert len(calls) == 1
    assert calls[0][-1] == setup_env.TORCH
    assert "2 MB" in capsys.readouterr().out


def test_without_a_driver_the_cpu_index_is_used(monkeypatch, tmp_path: Path) -> None:
    plan = [wheel("torch", tmp_path), wheel("nvidia-cublas", tmp_path)]
    for cpu, gpu in ((False, False), (True, True)):
        (call,) = install(monkeypatch, plan, gpu=gpu, reachable=True, cpu=cpu)
        assert setup_env.TORCH + "+cpu" in call
        assert setup_env.CPU_INDEX in call


def test_an_unreachable_cpu_index_is_said_and_the_size_is_told(monkeypatch, tmp_path: Path, capsys) -> None:
    plan = [wheel("torch", tmp_path), wheel("nvidia-cublas", tmp_path)]
    (call,) = install(monkeypatch, plan, gpu=False, reachable=False)
    assert call[-1] == setup_env.TORCH
    out = capsys.readouterr().out
    assert "cannot be reached" in out
    assert "4 MB" in out


def test_with_a_driver_the_size_of_the_cuda_build_is_told_first(monkeypatch, tmp_path: Path, capsys) -> None:
    plan = [wheel("torch", tmp_path), wheel("nvidia-cublas", tmp_path)]
    (call,) = install(monkeypatch, plan, gpu=True, reachable=True)
    assert call[-1] == setup_env.TORCH
    assert "CUDA build, 4 MB" in capsys.readouterr().out


def test_the_right_torch_is_not_installed_again(monkeypatch) -> None:
    pip = Pip([])
    monkeypatch.setattr(setup_env, "pip", pip)
    monkeypatch.setattr(setup_env, "_version_of", lambda name: setup_env.TORCH.split("==")[1] + "+cpu")
    setup_env.install_torch(False)
    assert pip.calls == []


def test_the_second_run_starts_at_once_until_something_changes(monkeypatch, tmp_path: Path) -> None:
    pip = Pip([])
    python = tmp_path / "python"
    python.write_text("")
    for name, value in {"VENV": tmp_path, "pip": pip, "python": lambda: python}.items():
        monkeypatch.setattr(setup_env, name, value)
    for name in ("make_venv", "install_torch", "install_debian"):
        monkeypatch.setattr(setup_env, name, lambda *args: None)
    setup_env.prepare(["studio"])
    setup_env.prepare(["studio"])
    assert len(pip.calls) == 1
    setup_env.prepare(["studio", "dev"])
    assert pip.calls[1][-1].endswith("[dev,studio]")
    setup_env.prepare(["studio"])
    assert len(pip.calls) == 2
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("numpy==0\n")
    monkeypatch.setattr(setup_env, "CONSTRAINTS", constraints)
    setup_env.prepare(["studio"])
    assert len(pip.calls) == 3


def test_missing_system_packages_are_one_line_to_type_without_root(monkeypatch, capsys) -> None:
    monkeypatch.setattr(setup_env.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(setup_env, "_has_debian", lambda name: name == "libgl1")
    monkeypatch.setattr(setup_env.os, "geteuid", lambda: 1000, raising=False)
    setup_env.install_debian(["libgl1", "xvfb"])
    assert capsys.readouterr().out.strip().endswith("sudo apt-get install -y xvfb")


def test_an_old_python_and_a_missing_xvfb_are_one_sentence(monkeypatch) -> None:
    monkeypatch.setattr(setup_env.sys, "version_info", (3, 9, 0))
    with pytest.raises(setup_env.SetupError, match=r"3\.11 or newer"):
        setup_env.prepare(["studio"])
    monkeypatch.setattr(setup_env.shutil, "which", lambda name: None)
    with pytest.raises(setup_env.SetupError, match="no Xvfb"), setup_env.virtual_display():
        pass


def test_everything_the_project_asks_for_is_pinned_exactly() -> None:
    import re
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = project["project"]["dependencies"]
    asked += [r for extra in project["project"]["optional-dependencies"].values() for r in extra]
    lines = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    for requirement in asked:
        name = re.split(r"[<>=!~\[; ]", requirement)[0].lower().replace("_", "-")
        assert name in pins, name
    assert pins["pyside6-essentials"] == "6.11.3"
    assert "torch==" + pins["torch"] == setup_env.TORCH
