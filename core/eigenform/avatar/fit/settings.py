"""Parameters of the fit and of the loop; forms and flags come from here."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param

LIMBS = (
    "left arm", "right arm", "left forearm", "right forearm", "left leg", "right leg", "left shin", "right shin",
    "head",
)  # fmt: skip
"""What can be flipped in depth."""


@dataclass(frozen=True)
class FitParams:
    """Parameters of :func:`eigenform.avatar.fit.fit_body.run`."""

    start: str = param(
        "network",
        "Where the fit starts: the lifter network's guess from the keypoints, the pose that is there, or standing.",
        choices=("network", "current", "standing"),
    )
    steps: int = param(
        20,
        "Steps of least squares at most: the fit ends where nothing is left to gain. None keeps the start and only "
        "places the camera.",
        low=0,
        high=500,
    )
    height: float = param(
        0.0,
        "Height of the person, which a picture cannot tell.",
        low=0.0,
        high=2.6,
        step=0.01,
        unit="m",
        zero="about 1.7 m",
    )
    keypoint_weight: float = param(1.0, "Weight of the keypoints.", low=0.0, high=100.0, group="Weights")
    silhouette_weight: float = param(
        1.0, "Weight of the mask: the body lies within it and, loosely, fills it.", low=0.0, high=100.0, group="Weights"
    )
    pose_weight: float = param(
        1.0,
        "Weight of staying near the start, where the picture does not decide.",
        low=0.0,
        high=100.0,
        group="Weights",
    )
    straight_weight: float = param(
        1.0, "Weight of straight knees and elbows, where the picture does not bend them.", low=0.0, high=100.0,
        group="Weights",
    )  # fmt: skip
    shape_weight: float = param(1.0, "Weight of a usual shape.", low=0.0, high=100.0, group="Weights")
    ground: bool = param(False, "Both feet stand on level ground.", group="Weights")
    model: str = param("anny", "The body: anny, or the path of your own SMPL or SMPL-X npz file.", place="file")
    device: str = param("auto", "Where the lifter runs; the fit itself is small and runs on the CPU.",
                        choices=("auto", "cpu", "cuda", "mps"))  # fmt: skip


@dataclass(frozen=True)
class FlipParams:
    """Parameters of :func:`eigenform.avatar.fit.flip.run`."""

    limb: str = param("left arm", "What points to the other side of the picture's plane.", choices=LIMBS)
    view: int = param(0, "Number of the photograph, from 0.", low=0, high=999)


@dataclass(frozen=True)
class LoopParams:
    """Parameters of :func:`eigenform.avatar.fit.clothed.run`."""

    predictor: str = param(
        "network",
        "network: ours predicts clothed normals; given: the normal maps that the person has already, from files.",
        choices=("network", "given"),
    )
    rounds: int = param(2, "Times that the body is refined and the normals are predicted again.", low=0, high=20)
    steps: int = param(15, "Gradient steps of the body in a round.", low=1, high=500)
    size: int = param(256, "Pixels along a side of the maps.", low=128, high=512, step=128, unit="px")
    normal_weight: float = param(2.0, "Weight of the normals, front and back.", low=0.0, high=100.0, group="Weights")
    silhouette_weight: float = param(0.3, "Weight of the mask.", low=0.0, high=100.0, group="Weights")
    keypoint_weight: float = param(1.0, "Weight of the keypoints.", low=0.0, high=100.0, group="Weights")
    pose_weight: float = param(1.0, "Weight of staying near the fit.", low=0.0, high=100.0, group="Weights")
    rate: float = param(0.01, "Step size of Adam.", low=1e-4, high=1.0, group="Weights")
    model_file: str = param(
        "", "Your own ONNX model of front normals; the back stays our network's.", label="Normal model", place="file"
    )
    device: str = param("auto", "Where the network runs.", choices=("auto", "cpu", "cuda", "mps"))
