"""The methods of this folder, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="fit-body",
        title="Fit the body",
        pillar="avatar",
        verb="person",
        inputs=("Person",),
        output="Person",
        params="eigenform.avatar.fit.settings:FitParams",
        target="eigenform.avatar.fit.fit_body:run",
        summary="Fit a parametric body to keypoints and masks: one shape, one pose a photograph.",
        presets={
            "quick": {"steps": 4},
            "by hand": {"start": "current", "steps": 10},
            "no network": {"start": "standing", "steps": 20},
        },
        source="After SMPLify, Bogo et al., ECCV 2016, arXiv 1607.08128, with a learned start",
        step=2,
    ),
    Method(
        name="flip-depth",
        title="Flip a limb in depth",
        pillar="avatar",
        verb="person",
        inputs=("Person",),
        output="Person",
        params="eigenform.avatar.fit.settings:FlipParams",
        target="eigenform.avatar.fit.flip:run",
        summary="Let a limb that points to the viewer point away, or back, with the same picture.",
        source="Lee and Chen, Determination of 3D human body postures from a single view, CVGIP 1985",
    ),
    Method(
        name="clothed-normals",
        title="Clothed normals",
        pillar="avatar",
        verb="person",
        inputs=("Person",),
        output="Person",
        params="eigenform.avatar.fit.settings:LoopParams",
        target="eigenform.avatar.fit.clothed:run",
        summary="Predict normals and offsets of the clothes, front and back, and refine the body by them.",
        presets={"no loop": {"rounds": 0}},
        source="After ICON, Xiu et al., CVPR 2022, arXiv 2112.09127, and ECON, CVPR 2023, arXiv 2212.07422",
        step=3,
    ),
)
"""The methods of this folder, for the registry."""
