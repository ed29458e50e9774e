"""Checkpoints of a running job: a safetensors file whose metadata hold the state as JSON."""

from __future__ import annotations

import json
import os

import numpy as np

from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
from eigenform.io.jsontext import dumps
from eigenform.io.sentences import brief
from eigenform.jobs import Checkpoint

FORMAT = "eigenform-checkpoint"
VERSION = 1


def write_checkpoint(path: str | os.PathLike[str], checkpoint: Checkpoint) -> None:
    """Write ``checkpoint`` atomically.

    Raises
    ------
    InputError
        Where the file cannot be written.
    """
    from safetensors.numpy import save_file

    arrays = {name: np.asarray(value, order="C") for name, value in checkpoint.arrays.items()}
    metadata = {"format": FORMAT, "version": str(VERSION), "state": dumps(dict(checkpoint.state))}
    with atomic_path(path) as temporary:
        save_file(arrays, temporary, metadata=metadata)


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read what :func:`write_checkpoint` wrote.

    Raises
    ------
    InputError
        Where the file is missing, damaged, of another kind or newer than this program.
    """
    arrays, metadata = read_tensors(path)
    if metadata.get("format") != FORMAT:
        raise InputError(f"{path} is not a checkpoint of Eigenform.")
    version = metadata.get("version", "1")
    if not version.isdigit() or int(version) > VERSION:
        raise InputError(f"{path} was written by a newer Eigenform; update this one to continue it.")
    try:
        state = json.loads(metadata.get("state", ""))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path} is damaged: its state is not JSON ({brief(error)}).") from error
    if not isinstance(state, dict):
        raise InputError(f"{path} is damaged: its state is a {type(state).__name__}, not an object.")
    return Checkpoint(arrays, state)


def read_tensors(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Tensors and metadata of any safetensors file, or :class:`InputError` in words."""
    from safetensors import SafetensorError, safe_open

    if not os.path.isfile(path):
        raise InputError(f"There is no file {path}.")
    try:
        with safe_open(os.fspath(path), framework="np") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise InputError(f"{path} is damaged or not a safetensors file ({brief(error)}).") from error
