"""Parameters of the inpainting methods. Light: imports no torch, so that forms and flags open fast."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param


@dataclass(frozen=True)
class InpaintClassicalParams:
    """Fill a hole by what flows in from its rim."""

    algorithm: str = param(
        "biharmonic",
        "Fast marching (Telea), fluid flow along isophotes (Navier-Stokes), or the smoothest surface (biharmonic).",
        choices=("telea", "navier-stokes", "biharmonic"),
    )
    radius: float = param(3.0, "Neighbourhood of Telea and Navier-Stokes.", low=1.0, high=50.0, step=1.0, unit="pixels")
