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


def trim_cache(megabytes: int) -> int:
    """Delete the files of the cache that were used longest ago until it fits; how many went."""
    files = [(p.stat().st_atime, p.stat().st_size, p) for p in cache_folder().rglob("*") if p.is_file()]
    total, gone = sum(size for _, size, _ in files), 0
    for _, size, path in sorted(files):
        if total <= megabytes * 1_000_000:
            break
        path.unlink(missing_ok=True)
        total, gone = total - size, gone + 1
    return gone
