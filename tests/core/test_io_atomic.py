"""Writes happen whole or not at all; checkpoints come back as they were."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
from eigenform.io.checkpoints import read_checkpoint, write_checkpoint
from eigenform.io.jsontext import dumps
from eigenform.jobs import Checkpoint


def test_a_write_replaces(tmp_path: Path) -> None:
    target = tmp_path / "naïve.txt"
    target.write_text("old", encoding="utf-8")
    with atomic_path(target) as temporary:
        assert temporary.suffix == ".txt"
        assert temporary.parent == tmp_path
        temporary.write_text("new", encoding="utf-8")
        assert target.read_text(encoding="utf-8") == "old"
    assert target.read_text(encoding="utf-8") == "new"
    assert os.listdir(tmp_path) == [target.name]


def test_a_failure_leaves_what_there_was(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old", encoding="utf-8")

    def fail() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert target.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_links_stay_links(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old", encoding="utf-8")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    with atomic_path(tmp_path / "link.txt") as temporary:
        temporary.write_text("new", encoding="utf-8")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("name", ["", "missing/a.txt"])
def test_places_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"), atomic_path(tmp_path / name):
        pytest.fail("the block must not run")


def test_a_read_only_folder(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Cannot write"), atomic_path(tmp_path / "a.txt"):
        pytest.fail("the block must not run")


def test_checkpoints_come_back(tmp_path: Path) -> None:
    arrays = {
        "net.weight": np.random.default_rng(0).random((4, 3), dtype=np.float32),
        "step": np.array(7.0),
        "rng": np.arange(5, dtype=np.uint8),
        "none": np.zeros((0, 2)),
        "turned": np.arange(6.0).reshape(2, 3).T,
    }
    state = {"step": 12, "seed": 2**100, "loss": [0.5, 1e-300], "name": "Zähler"}
    write_checkpoint(tmp_path / "a.checkpoint", Checkpoint(arrays, state))
    again = read_checkpoint(tmp_path / "a.checkpoint")
    assert again.state == state
    assert set(again.arrays) == set(arrays)
    for name, value in arrays.items():
        assert again.arrays[name].shape == value.shape
        assert again.arrays[name].dtype == value.dtype
        assert np.array_equal(again.arrays[name], value)


def test_bad_checkpoints_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    path = tmp_path / "a.checkpoint"
    with pytest.raises(InputError, match="no file"):
        read_checkpoint(path)
    path.write_bytes(b"\x80\x04nonsense" * 20)
    with pytest.raises(InputError, match="damaged"):
        read_checkpoint(path)
    save_file({"a": np.ones(2)}, path)
    with pytest.raises(InputError, match="not a checkpoint"):
        read_checkpoint(path)
    save_file({"a": np.ones(2)}, path, metadata={"format": "eigenform-checkpoint", "version": "9", "state": "{}"})
    with pytest.raises(InputError, match="newer"):
        read_checkpoint(path)


def test_numpy_values_become_json() -> None:
    value = {"a": np.float64(1.5), "b": np.arange(2), "c": Path("x/é"), "d": {3, 1}}
    assert dumps(value) == '{"a": 1.5, "b": [0, 1], "c": "x/é", "d": [1, 3]}'
    with pytest.raises(TypeError):
        dumps({"a": object()})
