"""Parameters of the grid solve. Light: imports neither scipy nor torch, so that forms and flags open fast."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param


@dataclass(frozen=True)
class GridParams:
    """From points to a field on a grid."""

    resolution: str = param(
        "256",
        "Cells along each side of the finest grid; coarser ones are shown on the way.",
        choices=("64", "128", "256"),
    )
    normals: str = param(
        "auto",
        "Use the normals that came with the points and mend the bad ones, or estimate all from the points. 'auto' uses "
        "those that came where they agree with each other.",
        choices=("auto", "given", "estimated"),
    )
    open: str = param(
        "auto",
        "Whether the surface ends where the points end, or closes over gaps; 'auto' looks for parts of the surface far "
        "from all points.",
        label="Boundary",
        choices=("auto", "closed", "open"),
    )
    trim: float = param(
        4.0,
        "An open surface ends this far from the points, in median distances between neighbours.",
        low=1.0,
        high=50.0,
        step=0.5,
        unit="spacings",
    )
    fill: float = param(
        0.0,
        "Gaps of an open surface with a boundary shorter than this are closed again, in median distances between "
        "neighbours.",
        low=0.0,
        high=1e6,
        unit="spacings",
        label="Fill holes up to",
        zero="none",
    )
    crop: str = param(
        "",
        "Six numbers, least x y z then largest x y z in input units: points outside are left out, and nothing outside "
        "is drawn or extracted. Empty for no crop.",
        label="Crop box",
    )
    detail: int = param(
        0,
        "Samples along each cell for the final surface; the field bends within one. 'auto' makes 512 along the cube.",
        low=0,
        high=8,
        group="Surface",
        zero="auto",
    )
    noise: str = param(
        "auto",
        "How noisy the points are: measured from them, not at all, or as given below.",
        choices=("auto", "none", "given"),
        group="Fit",
    )
    noise_level: float = param(
        0.25, "Noise where it is given.", low=0.0, high=10.0, step=0.05, unit="% of the box", group="Fit"
    )
    smoothness: float = param(
        1.0, "Factor on the smoothness that follows from the noise.", low=1e-3, high=1e3, step=0.5, group="Fit"
    )
    normal_weight: float = param(
        1.0,
        "Factor on the weight of the normals that follows from the noise.",
        low=0.0,
        high=1e3,
        step=0.5,
        group="Fit",
    )
    band: int = param(3, "Cells by which the band goes beyond the points.", low=2, high=8, group="Fit")
    iterations: int = param(
        30, "Most steps of conjugate gradients a level; more where points are sparse.", low=5, high=1000, group="Fit"
    )
    seconds: float = param(
        0.0, "Begin no finer level after this long.", low=0.0, unit="s", zero="no limit", group="Input"
    )
    samples: int = param(
        50_000, "Points taken from a mesh, evenly by area.", low=100, high=2_000_000, step=10_000, group="Input"
    )
    seed: int = param(0, "Seed of the points taken from a mesh.", low=0, high=2**31 - 1, group="Input")
