"""What is done with fields, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="extract",
        title="Extract a mesh",
        pillar="implicit",
        verb="extract",
        inputs=("ImplicitSurface",),
        output="Shape",
        params="eigenform.implicit.operations.settings:ExtractParams",
        target="eigenform.implicit.operations.extraction:run",
        summary="The level set of a field as a mesh, at any resolution, evaluated only where the surface is.",
        presets={"fine": {"resolution": 512}, "finest": {"resolution": 1024}, "watertight": {"closed": True}},
        source="Lewiner et al., Efficient implementation of marching cubes' cases with topological guarantees, 2003",
    ),
    Method(
        name="combine",
        title="Combine two fields",
        pillar="implicit",
        verb="implicit",
        inputs=("ImplicitSurface", "ImplicitSurface"),
        output="ImplicitSurface",
        params="eigenform.implicit.operations.settings:CombineParams",
        target="eigenform.implicit.operations.combine:run",
        summary="Union, intersection, difference or smooth blend of two implicit surfaces.",
        presets={"blend": {"operation": "blend"}},
        source="Ricci, A constructive geometry for computer graphics, 1973; Quilez, smooth minimum",
    ),
    Method(
        name="modify",
        title="Offset, shell, invert, cut",
        pillar="implicit",
        verb="implicit",
        inputs=("ImplicitSurface",),
        output="ImplicitSurface",
        params="eigenform.implicit.operations.settings:ModifyParams",
        target="eigenform.implicit.operations.modify:run",
        summary="Move the surface of a field, make a wall of it, turn it inside out, or cut it with a plane.",
        presets={
            "shell": {"operation": "shell"},
            "inside out": {"operation": "invert"},
            "half": {"operation": "cut", "distance": 0.0},
        },
        source="Ricci, A constructive geometry for computer graphics, 1973; Bloomenthal et al., Introduction to "
        "Implicit Surfaces, 1997",
    ),
)
