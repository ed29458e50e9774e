"""The methods that make photographs and surfaces from them, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="render-views",
        title="Photographs of a shape",
        pillar="implicit",
        verb="photographs",
        inputs=("Shape",),
        output="Photographs",
        params="eigenform.implicit.photographs.settings:RenderParams",
        target="eigenform.implicit.photographs.views:render_views",
        summary="Photograph a mesh from all around, with known cameras: a set to try a reconstruction on.",
        presets={
            "large": {"size": 512, "views": 64},
            "unmasked": {"masks": False, "points": 0},
        },
    ),
    Method(
        name="photograph-points",
        title="Sparse points of photographs",
        pillar="implicit",
        verb="points",
        inputs=("Photographs",),
        output="Shape",
        params="eigenform.implicit.photographs.settings:PhotographPointsParams",
        target="eigenform.implicit.photographs.sparse_points:sparse_points",
        summary="The sparse points of a camera solver as a cloud, for every method that takes points.",
    ),
)
