"""The methods of this folder, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="find-person",
        title="Find the person",
        pillar="avatar",
        verb="person",
        inputs=("Image",),
        output="Person",
        params="eigenform.avatar.photo.settings:FindPersonParams",
        target="eigenform.avatar.photo.find:run",
        summary="Find mask and 23 keypoints of a person in a picture, by network or from files.",
        presets={"by hand": {"finder": "none", "accept_part": True}},
        source="Heat maps after Newell et al., Stacked Hourglass Networks, ECCV 2016; own network on generated people",
        step=1,
    ),
    Method(
        name="merge-people",
        title="Join views of one person",
        pillar="avatar",
        verb="person",
        inputs=("Person", "Person"),
        output="Person",
        params="eigenform.avatar.photo.settings:MergeParams",
        target="eigenform.avatar.photo.merge:run",
        summary="Join photographs of the same person into one person with several views.",
        source="Views share one shape in the fit",
    ),
    Method(
        name="normal-maps",
        title="Normal maps from files",
        pillar="avatar",
        verb="person",
        inputs=("Person",),
        output="Person",
        params="eigenform.avatar.photo.settings:NormalMapsParams",
        target="eigenform.avatar.photo.normal_maps:run",
        summary="Take pictures of normals, front and back, made by another program.",
        source="After the input of ICON, Xiu et al., CVPR 2022, arXiv 2112.09127",
    ),
)
"""The methods of this folder, for the registry."""
