"""Parameters of the surfaces; forms and flags come from here. Light: imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param

MODES = ("occupancy", "depth", "icon7")
HIDDEN = ("mirror", "spread")


@dataclass(frozen=True)
class SurfaceParams:
    """Parameters of :func:`eigenform.avatar.surface.clothed.run`."""

    mode: str = param(
        "occupancy",
        "occupancy: our network decides for each point; depth: the space between the depths that were predicted before "
        "and behind the body, no network asked; icon7: a network with the seven published features, to compare.",
        choices=MODES,
    )
    resolution: int = param(257, "Nodes along the height of the figure.", low=65, high=513, step=32)
    refine: int = param(
        3, "Times that the surface is bent to the predicted normals; none leaves it as it is.", low=0, high=20
    )
    faces: int = param(40_000, "Triangles of the result, about.", low=2_000, high=400_000, step=5_000)
    texture: int = param(
        2048, "Texels along a side of the texture; none gives colours at vertices only.", low=0, high=4096, step=512,
        unit="px", zero="none",
    )  # fmt: skip
    hidden: str = param(
        "mirror",
        "What no photograph shows: mirror takes the other side of the figure where that is seen, spread only lets the "
        "colours run on.",
        choices=HIDDEN,
        group="Colours",
    )
    device: str = param("auto", "Where the network runs.", choices=("auto", "cpu", "cuda", "mps"))


@dataclass(frozen=True)
class RefineParams:
    """Parameters of :func:`eigenform.avatar.surface.again.run`."""

    refine: int = param(3, "Times that the surface is bent to the predicted normals.", low=1, high=20)


@dataclass(frozen=True)
class ReconstructParams(SurfaceParams):
    """Parameters of :func:`eigenform.avatar.surface.reconstruct.run`: those of the surface and some of the others."""

    which: int = param(
        0,
        "Which person where there are several, counted from the left; -1 takes the largest.",
        low=-1,
        high=99,
        zero="refuse several",
        group="Person",
    )
    more: str = param(
        "", "A folder of further pictures of the same person, or a video.", group="Person", place="either"
    )
    mask: str = param(
        "",
        "A picture of the mask, the person white; empty takes transparency, then the network's.",
        group="Person",
        place="file",
    )
    keypoints: str = param(
        "", "A JSON file of keypoints: COCO, OpenPose, MediaPipe or our own.", group="Person", place="file"
    )
    accept_part: bool = param(False, "Go on where the picture shows only a part of the body.", group="Person")
    fit_steps: int = param(20, "Steps of least squares of the body, at most.", low=0, high=500, group="Fit")
    height: float = param(
        0.0, "Height of the person, which a picture cannot tell.", low=0.0, high=2.6, step=0.01, unit="m",
        zero="about 1.7 m", group="Fit",
    )  # fmt: skip
    loop_rounds: int = param(
        2, "Times that the body is refined and the normals are predicted again.", low=0, high=20, group="Fit"
    )
