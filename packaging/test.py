"""``python3 packaging/test.py``: the same set-up as run.py, then lint, the import rule, types and all tests.

Further arguments go to pytest. Standard library only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from setup_env import ROOT, SetupError, has_display, need_xvfb, prepare, python, say

SOURCES = ["core", "app", "tests", "packaging", "benchmarks", "docs"]
NOTHING_COLLECTED = 5
WITHOUT_QT = ["-p", "no_qt", "-p", "no:pytest-qt", "--no-xvfb"]
MOST_WINDOWS = 8  # processes with a window each, of about 1 GB


def main(argv: Sequence[str] | None = None) -> int:
    """Run every check; returns 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--cpu", action="store_true", help="Install no CUDA wheels even where an NVIDIA driver is found."
    )
    args, rest = parser.parse_known_args(argv)
    try:
        prepare(["studio", "avatar", "dev"], cpu=args.cpu, programs=["xvfb"])
        failed = checks(rest)
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    say("Failed: " + ", ".join(failed) + "." if failed else "All checks passed.")
    return 1 if failed else 0


def checks(rest: Sequence[str]) -> list[str]:
    """Run all checks; returns the names of those that failed."""
    sources = [name for name in SOURCES if (ROOT / name).is_dir()]
    # As many processes as there are cores, so one thread in each: of torch, and of the software renderer of OpenGL.
    single = {"OMP_NUM_THREADS": "1", "LP_NUM_THREADS": "1"}
    environment = {**os.environ, **data_variables(), **single, "PYTHONPATH": str(ROOT / "packaging")}
    cores = os.cpu_count() or 1
    core = ["-m", "pytest", "tests/core", "tests/packaging", *WITHOUT_QT, *spread(cores)]
    with ThreadPoolExecutor(1) as beside:
        types = beside.submit(step, "types", ["-m", "mypy"], aside=True)  # one process of a minute, beside the others
        results = {
            "lint": step("lint", ["-m", "ruff", "check", *sources]),
            "format": step("format", ["-m", "ruff", "format", "--check", *sources]),
            "import rule": step("import rule", ["packaging/import_rule.py"]),
            "tests of core, without Qt": step("tests of core, without Qt", [*core, *rest], environment, bool(rest)),
            "types": types.result(),
        }
    if sys.platform.startswith("linux"):
        need_xvfb()
        # pytest-xvfb gives every process a display of its own: on one, windows would take the keyboard from each other
        app = ["-m", "pytest", "tests/app", *spread(min(cores, MOST_WINDOWS))]
        results["tests of the window"] = step("tests of the window, under Xvfb", [*app, *rest], environment, bool(rest))
    elif has_display():
        app = ["-m", "pytest", "tests/app"]
        results["tests of the window"] = step("tests of the window", [*app, *rest], environment, bool(rest))
    return [name for name, good in results.items() if not good]


def spread(processes: int) -> list[str]:
    """Arguments for pytest-xdist: neighbours stay together and share what they set up; who is done first takes over."""
    return ["-n", str(processes), "--dist", "worksteal"]


def data_variables() -> dict[str, str]:
    """EIGENFORM_DATA where the folder of test meshes lies beside the checkout; then no data test may skip."""
    folder = ROOT.parent / "shared" / "data"
    if "EIGENFORM_DATA" in os.environ or not folder.is_dir():
        return {}
    return {"EIGENFORM_DATA": str(folder)}


def step(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    empty: bool = False,
    aside: bool = False,
) -> bool:
    """Run one check and say how it went.

    ``empty``: a selection by arguments may leave nothing to run. ``aside``: what it prints comes in one piece.
    """
    say(f"{name} ...")
    began = time.monotonic()
    taken = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True} if aside else {}
    done = subprocess.run([python(), *command], cwd=ROOT, env=environment, **taken)
    if aside:
        print(done.stdout, end="", flush=True)
    good = done.returncode == 0 or (empty and done.returncode == NOTHING_COLLECTED)
    say(f"{name}: {'passed' if good else 'FAILED'} in {time.monotonic() - began:.0f} s")
    return good


if __name__ == "__main__":
    sys.exit(main())
