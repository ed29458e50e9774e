"""The methods that make photographs and surfaces from them, for the registry."""

from __future__ import annotations

from eigenform.method import Method

PUBLISHED = {
    "network": "mlp",
    "start": "sphere",
    "largest_image": 0,
    "resolution": 512,
    "rays": 512,
    "one_image": True,
    "samples": 64,
    "importance": 64,
    "cached": False,
    "learning_rate": 5e-4,
    "sharpness_rate": 5e-4,
    "hidden": 256,
    "layers": 8,
    "octaves": 6,
}
"""The published settings that all presets of the large network share."""

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
        source="Directions on a Fibonacci spiral: Swinbank and Purser, Q. J. R. Meteorol. Soc. 132, 2006",
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
        source="Schoenberger and Frahm, Structure-from-Motion Revisited, CVPR 2016 (COLMAP)",
    ),
    Method(
        name="cq",
        title="Surface from photographs",
        pillar="implicit",
        verb="implicit",
        inputs=("Photographs",),
        output="ImplicitSurface",
        params="eigenform.implicit.photographs.settings:CqParams",
        target="eigenform.implicit.photographs.training:reconstruct",
        summary="Volume rendering of a signed distance field with quantised coordinates, from known cameras.",
        presets={
            "small-unisurf": {"variant": "unisurf"},
            "full": {**PUBLISHED, "steps": 30_000, "warm_up": 1000},
            "as-published": {**PUBLISHED, "steps": 300_000, "warm_up": 5000},
            "as-published-no-mask": {
                **PUBLISHED,
                "steps": 400_000,
                "warm_up": 5000,
                "anneal": 50_000,
                "octaves": 7,
                "masks": False,
                "background": "network",
            },
            "as-published-unisurf": {
                **PUBLISHED,
                "variant": "unisurf",
                "steps": 400_000,
                "rays": 1024,
                "samples": 32,
                "learning_rate": 1e-4,
                "warm_up": 0,
                "mask_weight": 0.0,
            },
        },
        source="Jiang, Hua and Han, Coordinate Quantized Neural Implicit Representations for Multi-view 3D "
        "Reconstruction, ICCV 2023, arXiv 2308.11025",
    ),
)
