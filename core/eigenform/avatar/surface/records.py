"""The methods of this folder, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="reconstruct",
        title="Avatar from a photograph",
        pillar="avatar",
        verb="avatar",
        inputs=("Image",),
        output="Avatar",
        params="eigenform.avatar.surface.settings:ReconstructParams",
        target="eigenform.avatar.surface.reconstruct:run",
        summary="All stages at once: find the person, fit the body, predict the clothes, make and colour the surface.",
        presets={"fine": {"resolution": 385, "faces": 100_000}, "draft": {"resolution": 129, "texture": 1024}},
        source="After Xiu et al., ICON, CVPR 2022, arXiv 2112.09127, on the open body Anny",
    ),
    Method(
        name="clothed-surface",
        title="Clothed surface",
        pillar="avatar",
        verb="avatar",
        inputs=("Person",),
        output="Avatar",
        params="eigenform.avatar.surface.settings:SurfaceParams",
        target="eigenform.avatar.surface.clothed:run",
        summary="Make one closed, coloured, animatable surface of a person with a fitted body and clothed normals.",
        presets={"fine": {"resolution": 385, "faces": 100_000}, "draft": {"resolution": 129, "texture": 1024}},
        source="After Xiu et al., ICON, CVPR 2022, arXiv 2112.09127; refinement after Nehab et al., Efficiently "
        "combining positions and normals for precise 3D geometry, 2005",
        step=4,
    ),
    Method(
        name="refine-surface",
        title="Refine the surface",
        pillar="avatar",
        verb="avatar",
        inputs=("Avatar", "Person"),
        output="Avatar",
        params="eigenform.avatar.surface.settings:RefineParams",
        target="eigenform.avatar.surface.again:run",
        summary="Bend the surface of an avatar to the clothed normals of the person that it was made from.",
        source="Nehab et al., Efficiently combining positions and normals for precise 3D geometry, 2005",
    ),
)
"""The methods of this folder, for the registry."""
