"""The ``.npz`` file of a basis: the format that loses nothing.

Keys: ``verts`` (V, d), ``faces`` (F, 3) int64, ``evecs`` (V, K), ``evals`` (K,), ``mass`` (V,), ``density`` (V,),
``meta`` (a JSON string); ``implicit_metric`` (V,) where there is one; ``network/<tensor>`` where a network was
trained; ``stiffness/data|indices|indptr|shape`` (CSC) where the basis belongs to an operator.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from eigenform.errors import InputError, NeedsMemory
from eigenform.io.atomic import atomic_path
from eigenform.io.jsontext import dumps
from eigenform.io.sentences import brief
from eigenform.memory import require
from eigenform.types import Basis

VERSION = 1
REQUIRED = ("verts", "faces", "evecs", "evals", "mass")
_STIFFNESS = ("data", "indices", "indptr", "shape")


def density_of(basis: Basis) -> np.ndarray:
    """Samples per unit area, mean 1: the basis's own, else one over the mass, which is its definition."""
    if basis.density is not None:
        return basis.density
    smallest = basis.mass[basis.mass > 0].min() if np.any(basis.mass > 0) else 1.0
    density = 1.0 / np.maximum(basis.mass, smallest)
    return density / density.mean()


def basis_arrays(basis: Basis) -> dict[str, np.ndarray]:
    """The arrays of ``basis`` by the names of the file."""
    arrays: dict[str, np.ndarray] = {name: getattr(basis, name) for name in REQUIRED}
    arrays["density"] = density_of(basis)
    if basis.implicit_metric is not None:
        arrays["implicit_metric"] = basis.implicit_metric
    for name, value in (basis.network or {}).items():
        arrays[f"network/{name}"] = np.asarray(value)
    if basis.stiffness is not None:
        import scipy.sparse as sp

        csc = sp.csc_matrix(basis.stiffness)
        parts = (csc.data, csc.indices, csc.indptr, np.asarray(csc.shape))
        arrays |= {f"stiffness/{key}": part for key, part in zip(_STIFFNESS, parts, strict=True)}
    return arrays


def stamped_meta(basis: Basis) -> dict[str, Any]:
    """``basis.meta`` with the name and the version of the file layout."""
    return {**basis.meta, "name": basis.name, "file_version": VERSION}


def write_basis_npz(basis: Basis, path: str | os.PathLike[str]) -> None:
    """Write ``basis`` whole; reading it back gives the same numbers, bit for bit."""
    arrays = basis_arrays(basis) | {"meta": np.array(dumps(stamped_meta(basis)))}
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load_npz(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """All arrays of an ``.npz`` file, nothing unpickled.

    Raises
    ------
    InputError
        Where the file is missing, damaged, or holds pickled objects.
    """
    if not os.path.isfile(path):
        raise InputError(f"There is no file {path}.")
    with open(path, "rb") as opened:
        if opened.read(2) != b"PK":
            raise InputError(f"{path} is not an .npz file: it does not begin like one.")
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            packed = file.zip.infolist() if file.zip is not None else []
            require(float(sum(part.file_size for part in packed)), f"Opening {Path(path).name}", "take a smaller file,")
            return {name: file[name] for name in file.files}
    except NeedsMemory:
        raise
    except Exception as error:  # a damaged header fails in whatever parses it: zip, zlib, tokenize, numpy
        if "allow_pickle" in str(error) or "Object arrays" in str(error):
            raise InputError(f"{path} holds pickled objects, which are never opened; save plain arrays.") from error
        raise InputError(f"{path} is damaged or not an .npz file ({brief(error)}).") from error


def read_basis_npz(path: str | os.PathLike[str]) -> Basis:
    """Read a basis file.

    Raises
    ------
    InputError
        Where keys are missing, arrays do not fit each other, or the file is newer than this program.
    """
    return basis_from_arrays(load_npz(path), str(path))


def basis_from_arrays(arrays: dict[str, np.ndarray], where: str) -> Basis:
    """A basis from arrays by name; ``where`` is named in errors."""
    missing = [name for name in REQUIRED if name not in arrays]
    if missing:
        raise InputError(
            f"{where} is not a basis file: it lacks {', '.join(missing)} and holds {', '.join(sorted(arrays)[:8])}."
        )
    try:
        meta = json.loads(str(arrays["meta"])) if "meta" in arrays else {}
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: its meta is not JSON ({brief(error)}).") from error
    if not isinstance(meta, dict):
        raise InputError(f"{where}: its meta must be a JSON object, not {type(meta).__name__}.")
    version = meta.pop("file_version", VERSION)
    if not isinstance(version, int) or version > VERSION:
        raise InputError(f"{where} was written by a newer Eigenform (layout {version}); update this one to open it.")
    name = str(meta.pop("name", "basis"))
    network = {key.partition("/")[2]: value for key, value in arrays.items() if key.startswith("network/")}
    try:
        return Basis(
            **{key: arrays[key] for key in REQUIRED},
            density=_column(arrays, "density"),
            implicit_metric=_column(arrays, "implicit_metric"),
            meta=meta,
            network=network or None,
            stiffness=_stiffness(arrays),
            name=name,
        )
    except (ValueError, TypeError) as error:
        raise InputError(f"{where} does not hold a whole basis: {brief(error)}.") from error


def _column(arrays: dict[str, np.ndarray], key: str) -> np.ndarray | None:
    value = arrays.get(key)
    if value is None or value.size == 0:
        return None
    if value.shape != (len(arrays["verts"]),):
        raise ValueError(f"{key} {value.shape} does not stand at {len(arrays['verts'])} vertices")
    return value


def _stiffness(arrays: dict[str, np.ndarray]) -> Any:
    if "stiffness/data" not in arrays:
        return None
    import scipy.sparse as sp

    data, indices, indptr, shape = (arrays[f"stiffness/{key}"] for key in _STIFFNESS)
    return sp.csc_matrix((data, indices, indptr), shape=(int(shape[0]), int(shape[1])))
