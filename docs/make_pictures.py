"""Make the pictures of the README from the real window: ``python3 docs/make_pictures.py`` (after packaging/run.py).

Bases are made by the command line and shown by ``python -m eigenform_app --shot`` on a virtual display. Standard
library only; the window runs in .venv.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "packaging"))

from setup_env import python, say, virtual_display  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SIZE = "1600x1000"


def basis(sample: str, method: str, folder: Path) -> Path:
    """A basis of a built-in shape, by the command line."""
    out = folder / f"{sample}-{method}.npz"
    command = [python(), "-m", "eigenform", "basis", f"sample:{sample}", "--method", method, "--out", out]
    subprocess.run(command, check=True)
    return out


def shot(name: str, files: list[Path], theme: str, environment: Mapping[str, str]) -> None:
    """One picture of the window with files open."""
    picture = PICTURES / name
    command = [python(), "-m", "eigenform_app", *files, "--shot", picture, "--size", SIZE, "--theme", theme]
    subprocess.run(command, check=True, env=environment)
    say(f"wrote {picture.relative_to(ROOT)}")


def main() -> None:
    """Both pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, virtual_display() as environment:
        folder = Path(name)
        learned = basis("creature", "learned", folder)
        shot("studio.png", [learned], "light", environment)
        both = [basis("knot", "learned", folder), basis("knot", "classical", folder)]
        shot("compare.png", both, "dark", environment)


if __name__ == "__main__":
    main()
