"""The set-up behind run.py and test.py: system packages, a virtual environment, pinned dependencies.

Standard library only: it runs on a fresh machine with nothing but Python. It prints what it does, and one plain
sentence where something is missing. A stamp in the environment makes the next run start at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
TORCH = "torch==2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
OLDEST = (3, 11)

# What Qt's xcb platform, OpenGL, open3d and Xvfb need from Debian or Ubuntu.
LIBRARIES = [
    *("libglib2.0-0", "libx11-xcb1", "libgl1", "libegl1", "libopengl0", "libgl1-mesa-dri", "libglx-mesa0"),
    *("libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-randr0"),
    *("libxcb-render-util0", "libxcb-shape0", "libxcb-xkb1", "libdbus-1-3"),
    *("libfontconfig1", "libxrender1", "libusb-1.0-0", "libgomp1"),
]


class SetupError(Exception):
    """The set-up cannot go on; the message is one sentence a person can act on."""


def say(text: str) -> None:
    """Print one line of what is being done."""
    print(f"[eigenform] {text}", flush=True)


def python() -> Path:
    """The interpreter of the virtual environment."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare(extras: Sequence[str], *, cpu: bool = False, programs: Sequence[str] = ()) -> None:
    """Bring the machine to where the program runs.

    Parameters
    ----------
    extras : sequence of str
        Optional dependency sets of pyproject.toml to install.
    cpu : bool
        Never install CUDA wheels.
    programs : sequence of str
        Further Debian packages, such as ``xvfb``.

    Raises
    ------
    SetupError
        With one sentence, where something is missing that cannot be installed from here.
    """
    if sys.version_info < OLDEST:
        raise SetupError(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {platform.python_version()}.")
    stamp, wanted = VENV / "eigenform-stamp.json", _fingerprint(cpu)
    known = _read_stamp(stamp)
    if known.get("fingerprint") != wanted or not python().exists():
        known = {}
    if known and {*extras, *programs} <= {*known.get("extras", []), *known.get("programs", [])}:
        return
    install_debian([*LIBRARIES, *programs])
    make_venv()
    install_torch(cpu)
    names = sorted({*extras, *known.get("extras", [])})
    say(f"Installing Eigenform and its dependencies ({', '.join(names)}); this takes a few minutes the first time.")
    pip("install", "-c", str(CONSTRAINTS), "-e", f"{ROOT}[{','.join(names)}]")
    installed = {"fingerprint": wanted, "extras": names, "programs": list(programs)}
    stamp.write_text(json.dumps(installed), encoding="utf-8")
    say("Everything is installed.")


def _fingerprint(cpu: bool) -> str:
    parts = [(ROOT / "pyproject.toml").read_bytes(), CONSTRAINTS.read_bytes(), TORCH.encode(), str(ROOT).encode()]
    parts += [platform.python_version().encode(), b"cpu" if cpu else b"any"]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _read_stamp(path: Path) -> dict:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def make_venv() -> None:
    """Create .venv where there is none that works."""
    if python().exists() and subprocess.run([python(), "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return
    say(f"Creating {VENV.name} with Python {platform.python_version()}.")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(command, capture_output=True).returncode == 0:
        return
    install_debian(["python3-venv"])
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["no reason given"]
        raise SetupError(f"A virtual environment could not be made in {VENV} ({reason[0]}).")


def install_debian(names: Sequence[str]) -> None:
    """Install missing Debian packages as root, or print the one line to type. Does nothing on other systems."""
    if not (shutil.which("dpkg-query") and shutil.which("apt-get")):
        return
    missing = [name for name in names if not _has_debian(name)]
    if not missing:
        return
    if os.geteuid() != 0:
        say(f"Missing system packages; if something fails, type: sudo apt-get install -y {' '.join(missing)}")
        return
    say(f"Installing system packages: {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, capture_output=True)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    if subprocess.run([*command, *missing], env=environment, capture_output=True).returncode == 0:
        return
    failed = [n for n in missing if subprocess.run([*command, n], env=environment, capture_output=True).returncode]
    if failed:
        say(f"apt-get could not install {' '.join(failed)}; going on without.")


def _has_debian(name: str) -> bool:
    """Whether a package is there, also under the name that newer Ubuntu gave it for 64-bit time."""
    command = ["dpkg-query", "-W", "-f", "${Status}\n", name, f"{name}t64"]
    return "ok installed" in subprocess.run(command, capture_output=True, text=True).stdout


def has_nvidia() -> bool:
    """Whether an NVIDIA driver answers."""
    if not shutil.which("nvidia-smi"):
        return False
    done = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True)
    return done.returncode == 0 and "GPU" in done.stdout


def install_torch(cpu: bool) -> None:
    """Install torch first: CUDA wheels only where an NVIDIA driver is found, and their size is said before."""
    if _version_of("torch").split("+")[0] == TORCH.split("==")[1]:
        return
    gpu = has_nvidia() and not cpu
    plan = _plan(TORCH)
    heavy = any(item["metadata"]["name"].lower().startswith(("nvidia", "triton", "cuda")) for item in plan)
    if heavy and not gpu:
        if _reachable(f"{CPU_INDEX}/torch/"):
            say(f"No NVIDIA driver is used: installing the CPU build of {TORCH}.")
            pip("install", "-c", str(CONSTRAINTS), f"{TORCH}+cpu", "--extra-index-url", CPU_INDEX)
            return
        say(f"{CPU_INDEX} cannot be reached; the package index offers only the CUDA build, which also runs on the CPU.")
    size = _download_size(plan)
    kind = "CUDA" if heavy else "CPU" if sys.platform != "darwin" else "macOS"
    say(f"Installing {TORCH} ({kind} build, {f'{size / 1e6:,.0f} MB' if size else 'size unknown'} to fetch).")
    pip("install", "-c", str(CONSTRAINTS), TORCH)


def _version_of(name: str) -> str:
    code = f"from importlib.metadata import version; print(version({name!r}))"
    return subprocess.run([python(), "-c", code], capture_output=True, text=True).stdout.strip()


def _plan(requirement: str) -> list[dict]:
    """What pip would install for a requirement, without installing it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        pip("install", "--dry-run", "--report", str(report), "-c", str(CONSTRAINTS), requirement)
        return list(json.loads(report.read_text(encoding="utf-8"))["install"])


def _download_size(plan: Sequence[dict]) -> int:
    """The bytes of all files of a plan; 0 where they cannot be asked for."""
    total = 0
    for item in plan:
        url = item["download_info"]["url"]
        try:
            if url.startswith("file:"):
                total += os.path.getsize(urllib.request.url2pathname(url.removeprefix("file://")))
                continue
            request = urllib.request.Request(url, method="HEAD")
            with urllib.request.urlopen(request, timeout=10) as answer:
                total += int(answer.headers.get("Content-Length", 0))
        except OSError:
            return 0
    return total


def _reachable(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=6):
            return True
    except (OSError, ValueError):
        return False


def pip(*arguments: str) -> None:
    """Run pip quietly, with a sign of life every 20 seconds; raises :class:`SetupError` with its last line."""
    command = [str(python()), "-m", "pip", "-q", "--disable-pip-version-check", *arguments]
    with _sign_of_life():
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        print("\n".join(lines[-20:]), file=sys.stderr)
        last = lines[-1] if lines else "no reason given"
        raise SetupError(f"pip {arguments[0]} failed ({last.removeprefix('ERROR: ')}); is the network reachable?")


@contextlib.contextmanager
def _sign_of_life(every: float = 20.0) -> Iterator[None]:
    over, began = threading.Event(), time.monotonic()

    def tell() -> None:
        while not over.wait(every):
            say(f"... still at it after {time.monotonic() - began:.0f} s")

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def has_display() -> bool:
    """Whether a window can be shown."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def need_xvfb() -> None:
    """Raise :class:`SetupError` where there is no Xvfb."""
    if not shutil.which("Xvfb"):
        raise SetupError("There is no Xvfb; on Debian or Ubuntu type: sudo apt-get install -y xvfb")


@contextlib.contextmanager
def virtual_display(environment: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """An Xvfb of our own, and ``environment`` (this process's by default) with what points a program at it.

    Raises
    ------
    SetupError
        Where there is no Xvfb, or it does not start.
    """
    need_xvfb()
    read, write = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(write),
        "-screen",
        "0",
        "1920x1200x24",
        "-nolisten",
        "tcp",
        "+extension",
        "GLX",
    ]
    server = subprocess.Popen(command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise SetupError("Xvfb is installed but does not start.")
        changes = {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1"}
        base = os.environ if environment is None else environment
        yield {**{k: v for k, v in base.items() if k != "WAYLAND_DISPLAY"}, **changes}
    finally:
        server.terminate()
        server.wait()
