"""Parameters of finding people in pictures; forms and flags come from here."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param


@dataclass(frozen=True)
class FindPersonParams:
    """Parameters of :func:`eigenform.avatar.photo.find.run`."""

    finder: str = param(
        "network",
        "network: find mask and keypoints; none: take only what files and transparency say, the rest is drawn by hand.",
        choices=("network", "none"),
    )
    which: int = param(
        0,
        "Which person where there are several, counted from the left; -1 takes the largest.",
        low=-1,
        high=99,
        zero="refuse several",
    )
    mask: str = param(
        "", "A picture of the mask, the person white; empty takes transparency, then the network's.", place="file"
    )
    keypoints: str = param("", "A JSON file of keypoints: COCO, OpenPose, MediaPipe or our own.", place="file")
    more: str = param("", "A folder of further pictures of the same person, or a video.", place="either")
    frames: int = param(
        4, "Pictures taken of a video or of a folder with more: those that differ most.", low=1, high=64
    )
    accept_part: bool = param(False, "Go on where the picture shows only a part of the body.", group="Checks")
    accept_unsure: bool = param(False, "Go on where hardly a keypoint is recognised.", group="Checks")
    largest: int = param(
        2048, "Pixels along the longer side that are kept.", low=256, high=8192, step=256, unit="px", group="Checks"
    )
    mask_model: str = param("", "Your own ONNX model of masks instead of ours.", group="Own models", place="file")
    pose_model: str = param(
        "", "Your own ONNX model of keypoints (heat maps or SimCC) instead of ours.", group="Own models", place="file"
    )
    device: str = param("auto", "Where the network runs.", choices=("auto", "cpu", "cuda", "mps"))


@dataclass(frozen=True)
class MergeParams:
    """Parameters of :func:`eigenform.avatar.photo.merge.run`."""


@dataclass(frozen=True)
class NormalMapsParams:
    """Parameters of :func:`eigenform.avatar.photo.normal_maps.run`."""

    front: str = param(
        "", "Picture of the normals that the camera sees, over the crop or over the whole photograph.", place="file"
    )
    back: str = param(
        "", "Picture of the normals of the far side, seen through the body; empty keeps what is there.", place="file"
    )
    view: int = param(0, "Number of the photograph, from 0.", low=0, high=999)
    extent: str = param(
        "auto",
        "What the pictures cover: the crop, the whole photograph, or the one that fits their proportions.",
        choices=("auto", "crop", "photograph"),
    )
    up: str = param("y up", "Whether green grows upward (OpenGL) or downward (DirectX).", choices=("y up", "y down"))
    size: int = param(256, "Pixels along a side of the maps.", low=64, high=1024, step=64, unit="px")
