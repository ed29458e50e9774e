"""Rewrite constraints.txt from the packages installed in .venv: ``.venv/bin/python packaging/pin.py``.

Only what pyproject.toml needs, directly or through others, is pinned; the environment may hold more.
"""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# Exact versions of everything Eigenform needs, for packaging/setup_env.py. Written by packaging/pin.py.
# PySide6: 6.11.3 is the version to use; 6.12.0 on Python 3.10 and 3.11 loses references at every signal and aborts,
# 6.11.0 and 6.11.1 break docks, 6.10.1 breaks signal connections.
"""


def needed() -> dict[str, str]:
    """Name and version of every package that the project and its extras ask for on this machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    todo = [Requirement(r) for r in project["project"]["dependencies"]]
    todo += [Requirement(r) for extra in project["project"]["optional-dependencies"].values() for r in extra]
    todo += [Requirement(r) for r in project["build-system"]["requires"]]
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found[name] = package.version.split("+")[0]
        for extra in {"", *requirement.extras}:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for text in package.requires or []:
                child = Requirement(text)
                if child.marker is None or child.marker.evaluate({"extra": extra}):
                    todo.append(child)
    return found


if __name__ == "__main__":
    lines = [f"{name}=={version}" for name, version in sorted(needed().items())]
    (ROOT / "packaging" / "constraints.txt").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} packages pinned")
