"""The grid solve, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="grid",
        title="Grid solve",
        pillar="implicit",
        verb="implicit",
        inputs=("Shape",),
        output="ImplicitSurface",
        params="eigenform.implicit.points.settings:GridParams",
        target="eigenform.implicit.points.grid:run",
        summary="A signed distance field from points in seconds: quadratic B-splines fitted coarse to fine.",
        presets={"quick": {"resolution": "128"}},
        source="Calakli and Taubin, SSD: Smooth Signed Distance Surface Reconstruction, 2011; "
        "sign of the far field from Kazhdan et al., Poisson Surface Reconstruction, 2006",
    ),
)
