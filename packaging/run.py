"""``python3 packaging/run.py``: set everything up and open the window. Standard library only.

Further arguments go to the window: files to open, ``--demo``, ``--shot PNG``. With no display, a short demonstration
runs on a built-in shape and leaves pictures and an eigenbasis in ``demo-output/``.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from setup_env import ROOT, SetupError, has_display, prepare, python, say, virtual_display

OUTPUT = ROOT / "demo-output"


def main(argv: Sequence[str] | None = None) -> int:
    """Set up, then open the window or run the demonstration; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--cpu", action="store_true", help="Install no CUDA wheels even where an NVIDIA driver is found."
    )
    args, rest = parser.parse_known_args(argv)
    try:
        prepare(["studio", "avatar"], cpu=args.cpu)
        if has_display():
            say("Opening the window.")
            return subprocess.run([python(), "-m", "eigenform_app", *rest]).returncode
        if rest:
            with virtual_display() as environment:
                say("There is no display: the window opens on a virtual one (Xvfb).")
                return subprocess.run([python(), "-m", "eigenform_app", *rest], env=environment).returncode
        return demonstrate(OUTPUT)
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def demonstrate(folder: Path) -> int:
    """Learn a basis of a built-in shape and draw it, without a display; returns the exit status."""
    say(f"There is no display: running the demonstration on a built-in shape, into {folder}/.")
    folder.mkdir(exist_ok=True)
    script = ROOT / "packaging" / "headless_demo.py"
    if status := subprocess.run([python(), script, folder]).returncode:
        say("The demonstration failed; the message above says why.")
        return status
    picture = folder / "window.png"
    picture.unlink(missing_ok=True)
    missing = ""
    with _display() as environment:
        if environment is None:
            missing = "there is no Xvfb (sudo apt-get install -y xvfb)"
        else:
            command = [
                python(),
                "-m",
                "eigenform_app",
                folder / "creature.npz",
                "--shot",
                picture,
                "--size",
                "1600x1000",
            ]
            done = subprocess.run(command, env=environment)
            if done.returncode or not picture.exists():
                missing = f"the window ended with status {done.returncode}"
    for path in sorted(folder.iterdir()):
        say(f"wrote {path.relative_to(ROOT)} ({path.stat().st_size / 1e3:,.0f} kB)")
    if missing:
        say(f"{picture.name}, the picture of the window, is missing: {missing}.")
        return 1 if environment is not None else 0
    return 0


@contextlib.contextmanager
def _display() -> Iterator[dict[str, str] | None]:
    with contextlib.ExitStack() as stack:
        try:
            environment = stack.enter_context(virtual_display())
        except SetupError:
            environment = None
        yield environment


if __name__ == "__main__":
    sys.exit(main())
