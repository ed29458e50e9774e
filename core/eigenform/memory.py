"""What a run will need in memory, told before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eigenform.errors import NeedsMemory

if TYPE_CHECKING:
    from eigenform.method import Method

_BASE = 120e6
"""Bytes of an interpreter with numpy and scipy loaded."""

_BASE_TORCH = 270e6
"""The same with torch."""


def forecast(method: str, n_verts: int, params: Any, *, cloud: bool = False, mesh: bool = False) -> int:
    """The peak memory of a run, in bytes; within about a third of what was measured on 10,000 to 700,000 vertices.

    Parameters
    ----------
    method : str
        ``classical``, ``probes`` or ``learned``.
    n_verts : int
        Vertices of the shape.
    params : dataclass
        The method's parameters; ``modes`` counts, and ``samples`` and ``columns`` where there are any.
    cloud : bool
        Whether the classical operator is built from points alone, which costs more than one from faces.
    mesh : bool
        Whether samples come from a surface, which gives as many as are asked for, and not from the points themselves.
    """
    modes = int(params.modes)
    double = 8.0
    result = n_verts * modes * double
    if method == "classical":
        operator = n_verts * (150.0 * int(params.neighbours) if cloud else 50.0)
        return int(_BASE + operator + _factor_bytes(n_verts) + _krylov_bytes(n_verts, modes) + 2 * result)
    samples = int(params.samples) if mesh else min(int(params.samples), n_verts)
    drawn = 0 if params.probes == "exact" else int(params.probe_count)
    # at the vertices the network runs in blocks; what counts is the modes and the copies orthonormalising makes
    vertices = 5.2 * result
    if method == "probes":
        return int(_BASE_TORCH + samples * drawn * double * 3.3 + vertices)
    width = int(params.hidden) * int(params.layers) + int(params.columns)
    # what the backward pass keeps, in float32: attention keeps some three times as much as plain layers
    kept = 4.0 * width * (30.0 if params.network == "transformer" else 11.0)
    hidden, columns = int(params.hidden), int(params.columns)
    weights = hidden * (2 * int(params.frequencies) + hidden * int(params.layers) + columns)
    # weights, gradients and two moments in float32; the last layer's matrices in float64
    network = 16.0 * weights + 6 * double * columns**2
    return int(_BASE_TORCH + 150e6 + samples * (kept + drawn * double * 7.0) + network + vertices)


def forecast_for(method: Method, inputs: Sequence[Any], params: Any) -> int | None:
    """The peak memory of a run in bytes, by the forecast of the method's own record; None where it has none."""
    from eigenform.method import load

    return int(load(method.forecast)(inputs, params)) if method.forecast else None


def require_for(method: Method, inputs: Sequence[Any], params: Any) -> None:
    """Refuse, in words, a run that would not fit by the forecast of its record.

    Raises
    ------
    NeedsMemory
        Where more than nine tenths of the memory available now would be needed.
    """
    needed = forecast_for(method, inputs, params)
    if needed is not None:
        require(needed, method.title, _advice(params))


def _advice(params: Any) -> str:
    """What to ask for instead, by the parameters that the method has."""
    smaller = {"resolution": "a lower resolution", "samples": "fewer samples", "size": "smaller pictures"}
    smaller |= {"modes": "fewer modes", "units": "fewer units"}
    found = [words for name, words in smaller.items() if hasattr(params, name)]
    return f"ask for {' or '.join(found)}, a simpler input," if found else "take a simpler input"


def _factor_bytes(n: int) -> float:
    """Both triangular factors of a surface's matrix in nested-dissection order, and the matrix itself."""
    import math

    fill = 14.0 * n * max(math.log2(max(n, 2)) - 7.5, 1.0)
    return 16.0 * fill + 900.0 * n


def _krylov_bytes(n: int, modes: int) -> float:
    """ARPACK's basis and its copies."""
    return 8.0 * n * max(2 * modes + 1, 20) * 1.5


def available() -> int:
    """Bytes of memory that can be had now without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)


_LESS = "ask for fewer modes or samples, a smaller network, a simpler shape,"


def require(needed: float, what: str, advice: str = _LESS) -> None:
    """Refuse, in words, what would not fit.

    Parameters
    ----------
    needed : float
        Bytes.
    what : str
        What is about to run, as the subject of a sentence.
    advice : str
        What would need less.

    Raises
    ------
    NeedsMemory
        Where more than nine tenths of the memory available now would be needed.
    """
    free = available()
    if needed > 0.9 * free:
        raise NeedsMemory(
            f"{what} needs about {_gigabytes(needed)} of memory and {_gigabytes(free)} are free: "
            f"{advice} or close other programs."
        )


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB"
