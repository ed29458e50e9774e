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

from setup_env import ROOT, SetupError, has_display, prepare, python, say, virtual_display

SOURCES = ["core", "app", "tests", "packaging", "benchmarks", "docs"]
NOTHING_COLLECTED = 5


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
    """Run all checks, the fast ones first; returns the names of those that failed."""
    sources = [name for name in SOURCES if (ROOT / name).is_dir()]
    environment = {**os.environ, **data_variables(), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "packaging")}
    core = [
        "-m",
        "pytest",
        "tests/core",
        "tests/packaging",
        "-p",
        "no_qt",
        "-p",
        "no:pytest-qt",
        "-n",
        str(os.cpu_count() or 1),
    ]
    app = ["-m", "pytest", "tests/app"]
    results = {
        "lint": step("lint", ["-m", "ruff", "check", *sources]),
        "format": step("format", ["-m", "ruff", "format", "--check", *sources]),
        "import rule": step("import rule", ["packaging/import_rule.py"]),
        "types": step("types", ["-m", "mypy"]),
        "tests of core, without Qt": step("tests of core, without Qt", [*core, *rest], environment, bool(rest)),
    }
    if sys.platform.startswith("linux"):
        with virtual_display(environment) as shown:
            results["tests of the window"] = step("tests of the window, under Xvfb", [*app, *rest], shown, bool(rest))
    elif has_display():
        results["tests of the window"] = step("tests of the window", [*app, *rest], environment, bool(rest))
    return [name for name, good in results.items() if not good]


def data_variables() -> dict[str, str]:
    """EIGENFORM_DATA where the folder of test meshes lies beside the checkout; then no data test may skip."""
    folder = ROOT.parent / "shared" / "data"
    if "EIGENFORM_DATA" in os.environ or not folder.is_dir():
        return {}
    return {"EIGENFORM_DATA": str(folder)}


def step(name: str, command: Sequence[str], environment: Mapping[str, str] | None = None, empty: bool = False) -> bool:
    """Run one check and say how it went. ``empty``: a selection by arguments may leave nothing to run."""
    say(f"{name} ...")
    began = time.monotonic()
    status = subprocess.run([python(), *command], cwd=ROOT, env=environment).returncode
    good = status == 0 or (empty and status == NOTHING_COLLECTED)
    say(f"{name}: {'passed' if good else 'FAILED'} in {time.monotonic() - began:.0f} s")
    return good


if __name__ == "__main__":
    sys.exit(main())
