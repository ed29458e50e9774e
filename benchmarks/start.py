"""Cold start: seconds to ``import eigenform``, to ``eigenform --help``, and to a window that can be used.

    xvfb-run -s "-screen 0 2560x1440x24" python benchmarks/start.py [--runs 5] [--out FILE.json]

Each run is a fresh process. A window counts as usable when it has been painted and its event loop answers. Targets: the
import in 0.3 s, the window in 4 s.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WINDOW = """
import sys
from eigenform_app import main
application = main.prepare(["start"])
from eigenform_app.window import MainWindow
from PySide6.QtCore import QTimer
window = MainWindow()
window.show()
QTimer.singleShot(0, lambda: QTimer.singleShot(0, lambda: (print("usable", flush=True), window.close_now(),
                                                           application.quit())))
application.exec()
heavy = sorted({"torch", "open3d", "sklearn", "trimesh"} & set(sys.modules))
print("imported", *heavy)
"""
COMMANDS = {
    "import_s": [sys.executable, "-c", "import eigenform"],
    "help_s": [sys.executable, "-m", "eigenform", "--help"],
}


def seconds(command: list[str]) -> float:
    """Wall time of a command."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def window_seconds() -> tuple[float, list[str]]:
    """Seconds until a window of a fresh process is usable, and the heavy modules it had imported by its end."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", WINDOW], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if process.stdout.readline().strip() != "usable":
        raise RuntimeError("the window did not open")
    spent = time.perf_counter() - began
    heavy = process.stdout.read().split()[1:]
    process.wait()
    return spent, heavy


def main() -> int:
    """Measure, print, and say whether the targets are met (exit status 1 if not)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    os.environ.setdefault("EIGENFORM_HOME", tempfile.mkdtemp(prefix="eigenform-"))
    nothing = statistics.median(seconds([sys.executable, "-c", ""]) for _ in range(options.runs))
    found: dict[str, float | list[str]] = {"python_s": round(nothing, 3)}
    for name, command in COMMANDS.items():
        found[name] = round(statistics.median(seconds(command) for _ in range(options.runs)), 3)
    windows = [window_seconds() for _ in range(options.runs)]
    found["window_first_s"] = round(windows[0][0], 2)
    found["window_s"] = round(statistics.median(w[0] for w in windows), 2)
    found["heavy_modules"] = windows[0][1]
    print(json.dumps(found, indent=1))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0 if found["import_s"] <= 0.3 + nothing and found["window_s"] <= 4 and not windows[0][1] else 1  # type: ignore[operator]


if __name__ == "__main__":
    sys.exit(main())
