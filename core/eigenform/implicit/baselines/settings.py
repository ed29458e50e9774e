"""Parameters of the classical reconstructions. Light: imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param


@dataclass(frozen=True)
class PoissonParams:
    """Screened Poisson reconstruction."""

    depth: int = param(8, "Depth of the octree: 2 to this power cells along a side.", low=3, high=12)
    trim: float = param(
        0.0,
        "Share of the vertices, with the fewest points about them, that is left out: opens what no point asks for.",
        label="Trim by density",
        low=0.0,
        high=0.9,
        step=0.01,
        zero="keep all",
    )
    point_weight: float = param(2.0, "How closely the points are followed.", low=0.0, high=100.0, step=0.5)
    samples: int = param(
        50_000, "Points taken from a mesh; a cloud gives its own.", low=100, high=10_000_000, step=5000
    )
    normals: str = param(
        "given",
        "Normals as given (estimated where missing or bad), or estimated in any case.",
        choices=("given", "estimated"),
    )
    limit: float = param(
        300.0, "Give up after this long.", label="Time limit", low=1.0, high=86_400.0, step=10.0, unit="s"
    )
    seed: int = param(0, "Seed of the points taken from a mesh.", low=0, high=2**31 - 1)


@dataclass(frozen=True)
class BallPivotingParams:
    """Ball pivoting."""

    radius: float = param(
        0.0, "Radius of the smallest ball, in input units.", low=0.0, step=0.001, zero="from the spacing of the points"
    )
    balls: int = param(3, "Balls, each twice as large as the one before.", low=1, high=6)
    samples: int = param(
        50_000, "Points taken from a mesh; a cloud gives its own.", low=100, high=10_000_000, step=5000
    )
    normals: str = param(
        "given",
        "Normals as given (estimated where missing or bad), or estimated in any case.",
        choices=("given", "estimated"),
    )
    limit: float = param(
        300.0, "Give up after this long.", label="Time limit", low=1.0, high=86_400.0, step=10.0, unit="s"
    )
    seed: int = param(0, "Seed of the points taken from a mesh.", low=0, high=2**31 - 1)
