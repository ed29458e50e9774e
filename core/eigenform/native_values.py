"""Values as ``.npy`` files and JSON in a folder: how arguments and results reach and leave a child process.

Nothing is pickled. What may be written: None, bool, int, float, str, lists, tuples, dicts with string keys, numpy
arrays and scipy sparse matrices, which come back in CSR form.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np


def write_values(folder: Path, name: str, value: Any) -> None:
    """Write ``value`` as ``NAME.json`` and arrays beside it; the JSON comes last, whole or not at all."""
    count = 0

    def array(value: np.ndarray) -> dict[str, str]:
        nonlocal count
        file = f"{name}-{count}.npy"
        count += 1
        np.save(folder / file, value, allow_pickle=False)
        return {"$array": file}

    def encode(value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, np.ndarray):
            return array(value)
        if isinstance(value, tuple):
            return {"$tuple": [encode(v) for v in value]}
        if isinstance(value, list):
            return [encode(v) for v in value]
        if isinstance(value, dict):
            if not all(isinstance(k, str) and not k.startswith("$") for k in value):
                raise TypeError("keys must be strings that do not start with a dollar sign")
            return {k: encode(v) for k, v in value.items()}
        if hasattr(value, "tocsr"):
            csr = value.tocsr()
            parts = {k: array(getattr(csr, k)) for k in ("data", "indices", "indptr")}
            return {"$sparse": {**parts, "shape": list(csr.shape)}}
        raise TypeError(f"a {type(value).__name__} cannot be passed to a child process")

    text = json.dumps(encode(value))
    part = folder / f"{name}.part"
    part.write_text(text, encoding="utf-8")
    part.replace(folder / f"{name}.json")


def read_values(folder: Path, name: str) -> Any:
    """The value that :func:`write_values` wrote."""

    def decode(value: Any) -> Any:
        if isinstance(value, list):
            return [decode(v) for v in value]
        if not isinstance(value, dict):
            return value
        if "$array" in value:
            return np.load(folder / value["$array"], allow_pickle=False)
        if "$tuple" in value:
            return tuple(decode(v) for v in value["$tuple"])
        if "$sparse" in value:
            import scipy.sparse as sp

            parts = {k: decode(v) for k, v in value["$sparse"].items()}
            return sp.csr_matrix((parts["data"], parts["indices"], parts["indptr"]), shape=tuple(parts["shape"]))
        return {k: decode(v) for k, v in value.items()}

    return decode(json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
