"""What the person prefers, kept as JSON in the settings folder. The dataclass also makes the dialog."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eigenform.errors import InputError
from eigenform.params import make, param, params_of

from eigenform_app.home import config_folder

LOGGER = logging.getLogger("eigenform.studio")
KEEP_RECENT = 12


@dataclass(frozen=True)
class Preferences:
    """Settings a person may change."""

    theme: str = param(
        "system", "Colours of the window; 'system' follows the desktop.", choices=("system", "light", "dark")
    )
    device: str = param(
        "auto", "Where networks are trained unless a form says otherwise.", choices=("auto", "cpu", "cuda", "mps")
    )
    threads: int = param(
        0, "Processor threads for training; 0 leaves one core for the window.", low=0, high=256, label="Threads"
    )
    animation: bool = param(True, "Let modes swing when animation is switched on in a view.", label="Animations")
    autosave: int = param(
        10, "Seconds between automatic saves of the open session.", low=2, high=10, unit="s", label="Autosave every"
    )
    keep_photographs: bool = param(
        False,
        "Keep photographs of people in sessions. Without it a session holds what was found in them, with grey in their "
        "place, and reads them again from their files. Textures and colours of avatars show the person as well; they "
        "are the result, and are kept in any case.",
        label="Keep photographs of people",
    )
    cache: int = param(512, "Largest size of the cache folder.", low=0, high=100_000, step=128, unit="MB")

    def worker_threads(self) -> int:
        """Threads a training may use: a core is left for the window."""
        return self.threads or max(1, (os.cpu_count() or 2) - 1)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        LOGGER.warning("Settings in %s cannot be read (%s); defaults are used", path, error)
        return None


def _write(path: Path, value: Any) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")
    os.replace(temporary, path)


def load() -> Preferences:
    """The saved preferences; a value that is no longer allowed falls back to its default and is logged."""
    saved = _read(config_folder() / "preferences.json")
    values: dict[str, Any] = {}
    for p in params_of(Preferences):
        if isinstance(saved, dict) and p.name in saved:
            try:
                values[p.name] = p.parse(saved[p.name])
            except InputError as error:
                LOGGER.warning("Preference left at its default. %s", error)
    return make(Preferences, values)


def save(preferences: Preferences) -> None:
    """Keep the preferences."""
    _write(config_folder() / "preferences.json", dataclasses.asdict(preferences))


def recent_files() -> list[str]:
    """Files opened lately, newest first."""
    saved = _read(config_folder() / "recent.json")
    return [str(p) for p in saved][:KEEP_RECENT] if isinstance(saved, list) else []


def add_recent(path: str | Path) -> None:
    """Put a file at the front of the recent ones."""
    name = str(Path(path).absolute())
    _write(config_folder() / "recent.json", [name, *(p for p in recent_files() if p != name)][:KEEP_RECENT])


def forget_recent() -> None:
    """Empty the list of recent files."""
    _write(config_folder() / "recent.json", [])


def window_state() -> dict[str, str]:
    """Geometry and dock state of the window as hexadecimal text."""
    saved = _read(config_folder() / "window.json")
    return saved if isinstance(saved, dict) else {}


def save_window_state(state: dict[str, str]) -> None:
    """Keep geometry and dock state."""
    _write(config_folder() / "window.json", state)
