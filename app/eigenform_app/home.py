"""Where the window keeps its files: settings, state (sessions, log) and cache.

``EIGENFORM_HOME`` moves all three under one folder, which is how tests stay apart from a person's own settings.
"""

from __future__ import annotations

import os
from pathlib import Path


def _folder(kind: str) -> Path:
    """The folder of one kind (``config``, ``state`` or ``cache``), made where it is missing."""
    if home := os.environ.get("EIGENFORM_HOME"):
        path = Path(home) / kind
    else:
        import platformdirs

        path = Path(getattr(platformdirs, f"user_{kind}_dir")("eigenform", appauthor=False))
    path.mkdir(parents=True, exist_ok=True)
    return path


def config_folder() -> Path:
    """Preferences and recent files."""
    return _folder("config")


def state_folder() -> Path:
    """Sessions being edited, checkpoints and the log."""
    return _folder("state")


def cache_folder() -> Path:
    """What can be made again."""
    return _folder("cache")
