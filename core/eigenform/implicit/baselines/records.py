"""The classical reconstructions, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="poisson",
        title="Screened Poisson",
        pillar="implicit",
        verb="surface",
        inputs=("Shape",),
        output="Shape",
        params="eigenform.implicit.baselines.settings:PoissonParams",
        target="eigenform.implicit.baselines.run:poisson",
        summary="The classical reconstruction of closed surfaces from points, by open3d, for comparison.",
        presets={"fine": {"depth": 9}, "trimmed": {"trim": 0.03}},
        source="Kazhdan and Hoppe, Screened Poisson Surface Reconstruction, 2013; open3d",
    ),
    Method(
        name="ball-pivoting",
        title="Ball pivoting",
        pillar="implicit",
        verb="surface",
        inputs=("Shape",),
        output="Shape",
        params="eigenform.implicit.baselines.settings:BallPivotingParams",
        target="eigenform.implicit.baselines.run:ball_pivoting",
        summary="Triangles through the points themselves, open where there are none, by open3d, for comparison.",
        source="Bernardini et al., The ball-pivoting algorithm for surface reconstruction, 1999; open3d",
    ),
)
