"""The distance field of a mesh, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="distance",
        title="Distance field of a mesh",
        pillar="implicit",
        verb="implicit",
        inputs=("Shape",),
        output="ImplicitSurface",
        params="eigenform.implicit.distance.settings:DistanceParams",
        target="eigenform.implicit.distance.mesh_to_field:run",
        summary="Exact distances to a mesh, inside and outside told by the winding number: holes and soups tolerated.",
        presets={"fine": {"resolution": 256, "display": 96}},
        source="Barill et al., Fast winding numbers for soups and clouds, 2018; Jacobson et al., Robust inside-outside "
        "segmentation using generalized winding numbers, 2013",
    ),
)
