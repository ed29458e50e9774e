"""What a result must carry to be made again: versions, parameters, seed, time. JSON-safe throughout."""

from __future__ import annotations

import dataclasses
import math
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import eigenform

_PACKAGES = (
    "numpy", "scipy", "torch", "robust_laplacian", "trimesh", "open3d", "scikit-learn", "scikit-image",
    "opencv-python-headless", "pillow",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Versions of this library, of Python and of the packages that decide numbers. Imports none of them."""
    found = {"eigenform": eigenform.__version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def json_safe(value: Any) -> Any:
    """``value`` as JSON can hold it: arrays and tuples as lists, numpy scalars as numbers, paths as text.

    NaN and infinity, which JSON does not know, become None.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return {str(k): json_safe(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [json_safe(v) for v in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):
        return json_safe(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def describe(method: str, params: Any, *, seconds: float | None = None, **extra: Any) -> dict[str, Any]:
    """The ``meta`` of a result.

    Parameters
    ----------
    method : str
        Name of the registry record.
    params : dataclass
        All its parameters; ``seed`` is repeated at the top level where there is one.
    seconds : float, optional
        Wall time.
    **extra
        Anything else worth keeping, such as ``loss`` or ``device``.

    Returns
    -------
    dict
        With keys ``method``, ``params``, ``seed``, ``versions``, ``seconds`` and those of ``extra``.
    """
    values = json_safe(params)
    base = {"method": method, "params": values, "seed": values.get("seed"), "versions": versions(), "seconds": seconds}
    return json_safe({**base, **extra})
