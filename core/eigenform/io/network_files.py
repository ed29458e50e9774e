"""The trained network alone, as safetensors, to be used elsewhere."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
from eigenform.io.checkpoints import read_tensors
from eigenform.io.jsontext import dumps
from eigenform.types import Basis

FORMAT = "eigenform-network"
VERSION = 1


def write_network(basis: Basis, path: str | os.PathLike[str]) -> None:
    """Write the network of ``basis``; its meta (architecture, transform, provenance) goes into the header.

    Raises
    ------
    InputError
        Where the basis has no network.
    """
    from safetensors.numpy import save_file

    if not basis.network:
        raise InputError(f"The basis {basis.name} has no network; only a learned basis has one.")
    tensors = {name: np.asarray(value, order="C") for name, value in basis.network.items()}
    metadata = {"format": FORMAT, "version": str(VERSION), "meta": dumps(dict(basis.meta)), "name": basis.name}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, metadata=metadata)


def read_network(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Tensors by name, and the meta of the basis they were trained for.

    Raises
    ------
    InputError
        Where the file is damaged, of another kind or newer than this program.
    """
    tensors, metadata = read_tensors(path)
    if metadata.get("format") != FORMAT:
        raise InputError(f"{path} does not hold a network of Eigenform.")
    if not metadata.get("version", "").isdigit() or int(metadata["version"]) > VERSION:
        raise InputError(f"{path} was written by a newer Eigenform; update this one to open it.")
    return tensors, json.loads(metadata["meta"])
