"""What each kind of network is trained with where nothing else is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eigenform.errors import InputError
from eigenform.implicit.neural.settings import NeuralParams
from eigenform.implicit.neural.training import Settings

FREQUENCIES = ("siren", "fourier", "finer")
"""The networks that have a frequency to choose."""


@dataclass(frozen=True)
class _Usual:
    hidden: int
    layers: int
    batch: int
    rate: float


_DISTIL = {
    "grids": _Usual(32, 2, 65_536, 1e-2),
    "hash": _Usual(64, 2, 262_144, 1e-2),
    "siren": _Usual(128, 3, 8192, 1e-3),
    "finer": _Usual(128, 3, 8192, 1e-3),
    "fourier": _Usual(128, 3, 8192, 3e-3),
}
_CORRECTION = _Usual(32, 2, 65_536, 3e-3)
"""A correction is small: the rate that suits a whole field first throws it off."""

_EIKONAL = {
    "siren": _Usual(128, 3, 2048, 5e-4),
    "finer": _Usual(128, 3, 2048, 5e-4),
    "fourier": _Usual(128, 3, 2048, 1e-3),
}
_EIKONAL_GPU = _Usual(256, 4, 15_000, 1e-4)


def network_kind(params: NeuralParams, device: str) -> str:
    """The network meant by ``auto``, or the one asked for.

    Raises
    ------
    InputError
        For one that the eikonal equation cannot train.
    """
    kind = params.network
    if kind == "auto":
        if params.training == "eikonal":
            return "siren"
        return "hash" if device == "cuda" else "grids"
    if params.training == "eikonal" and kind not in _EIKONAL:
        raise InputError(
            f"Eikonal training needs a network with smooth derivatives: {', '.join(_EIKONAL)}, not {kind!r}."
        )
    return kind


def config(
    kind: str, params: NeuralParams, device: str, *, frequency: float, zero: bool, geometric: bool
) -> dict[str, Any]:
    """The JSON description of the network."""
    usual = _usual(kind, params, device)
    found: dict[str, Any] = {
        "kind": kind,
        "hidden": params.hidden or usual.hidden,
        "layers": params.layers or usual.layers,
        "zero": zero,
    }
    if kind == "grids":
        found["resolutions"] = [max(2, params.finest // 4), max(2, params.finest // 2), params.finest]
    if kind in FREQUENCIES:
        found["frequency"] = frequency
    if kind == "fourier":
        found["features"] = found["hidden"]
        found["smooth"] = params.training == "eikonal"
    if geometric:
        found["geometric"] = True
    return found


def batch(kind: str, params: NeuralParams, device: str) -> int:
    """Samples a step."""
    return params.batch or _usual(kind, params, device).batch


def settings(kind: str, params: NeuralParams, device: str) -> Settings:
    """What the training loop needs."""
    grids = kind in ("grids", "hash")
    return Settings(
        steps=params.steps,
        seconds=params.seconds,
        rate=params.learning_rate or _usual(kind, params, device).rate,
        betas=(0.9, 0.99) if grids else (0.9, 0.999),
        epsilon=1e-15 if grids else 1e-8,
        clip=10.0 if params.training == "eikonal" else 0.0,
        patience=params.patience,
        seed=params.seed,
    )


def _usual(kind: str, params: NeuralParams, device: str) -> _Usual:
    if params.training == "eikonal":
        return _EIKONAL_GPU if device == "cuda" else _EIKONAL[kind]
    if kind == "grids" and params.residual:
        return _CORRECTION
    return _DISTIL[kind]
