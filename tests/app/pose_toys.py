"""A figure of a few hundred vertices with some of the main bones, and methods that make things out of nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from eigenform.io.samples import make_sample
from eigenform.jobs import JobContext
from eigenform.params import param
from eigenform.registry import Method
from eigenform.types import Avatar, Clip, Shape, Skeleton

HEADS = {
    "root": (0, 0, 0.9), "spine05": (0, 0, 1.0), "spine03": (0, 0, 1.15), "spine01": (0, 0, 1.3),
    "neck01": (0, 0, 1.45), "head": (0, 0, 1.55), "upperarm01.L": (0.2, 0, 1.4), "lowerarm01.L": (0.45, 0, 1.4),
    "upperarm01.R": (-0.2, 0, 1.4), "lowerarm01.R": (-0.45, 0, 1.4), "upperleg01.L": (0.1, 0, 0.85),
    "lowerleg01.L": (0.1, 0, 0.45), "upperleg01.R": (-0.1, 0, 0.85), "lowerleg01.R": (-0.1, 0, 0.45),
    "finger1-1.L": (0.7, 0, 1.4),
}  # fmt: skip
PARENTS = (-1, 0, 1, 2, 3, 4, 3, 6, 3, 8, 0, 10, 0, 12, 7)


def skeleton() -> Skeleton:
    """Rest axes along the world."""
    n = len(HEADS)
    eye = np.tile(np.eye(3), (n, 1, 1))
    return Skeleton(tuple(HEADS), np.array(PARENTS), np.array(list(HEADS.values()), dtype=float), eye, eye)


def nod(bones: int, frames: int = 31) -> Clip:
    """The head goes forward and back once a second."""
    rotations = np.zeros((frames, bones, 3))
    rotations[:, 5, 0] = 0.5 * np.sin(2 * np.pi * np.arange(frames) / (frames - 1))
    return Clip("nod", rotations, np.tile([0, 0, 0.9], (frames, 1)), 30.0)


def avatar(size: int = 600, name: str = "toy") -> Avatar:
    """An egg that follows the two nearest bones of each vertex."""
    sphere = make_sample("sphere", size)
    verts = sphere.verts * [0.7, 0.2, 0.9] + [0, 0, 0.9]
    bones = skeleton()
    far = np.linalg.norm(verts[:, None] - bones.heads[None], axis=2)
    nearest = np.argsort(far, axis=1)[:, :2]
    weights = 1 / np.take_along_axis(far, nearest, axis=1) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    zero = np.zeros((len(HEADS), 3))
    return Avatar(
        verts, verts, sphere.faces, bones, nearest, weights, zero, np.array([0, 0, 0.9]), clips=(nod(len(HEADS)),),
        name=name,
    )  # fmt: skip


@dataclass(frozen=True)
class NothingParams:
    """Of a method that takes nothing."""

    size: int = param(200, "Vertices.", low=20, high=10_000)


def make_ball(*, params: NothingParams, ctx: JobContext) -> Shape:
    """A sphere out of nothing."""
    ctx.step(1, 1)
    return make_sample("sphere", params.size)


def make_figure(*, params: NothingParams, ctx: JobContext) -> Avatar:
    """A figure out of nothing."""
    ctx.step(1, 1)
    return avatar(params.size)


METHODS = (
    Method(
        "toy-ball-new", "Toy ball", "spectral", "shape", (), "Shape", "pose_toys:NothingParams",
        "pose_toys:make_ball", "A sphere out of nothing.", live=True,
    ),
    Method(
        "toy-figure-new", "Toy figure", "avatar", "avatar", (), "Avatar", "pose_toys:NothingParams",
        "pose_toys:make_figure", "A figure out of nothing.",
    ),
)  # fmt: skip

BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0 90 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Spine
  {
    OFFSET 0 15 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT Neck
    {
      OFFSET 0 30 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT Head
      {
        OFFSET 0 10 0
        CHANNELS 3 Zrotation Xrotation Yrotation
        End Site
        {
          OFFSET 0 15 0
        }
      }
    }
    JOINT LeftArm
    {
      OFFSET 20 25 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT LeftForeArm
      {
        OFFSET 28 0 0
        CHANNELS 3 Zrotation Xrotation Yrotation
        End Site
        {
          OFFSET 25 0 0
        }
      }
    }
    JOINT RightArm
    {
      OFFSET -20 25 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT RightForeArm
      {
        OFFSET -28 0 0
        CHANNELS 3 Zrotation Xrotation Yrotation
        End Site
        {
          OFFSET -25 0 0
        }
      }
    }
  }
  JOINT LeftUpLeg
  {
    OFFSET 10 -5 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT LeftLeg
    {
      OFFSET 0 -40 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT LeftFoot
      {
        OFFSET 0 -40 0
        CHANNELS 3 Zrotation Xrotation Yrotation
        End Site
        {
          OFFSET 0 -5 12
        }
      }
    }
  }
  JOINT RightUpLeg
  {
    OFFSET -10 -5 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT RightLeg
    {
      OFFSET 0 -40 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT RightFoot
      {
        OFFSET 0 -40 0
        CHANNELS 3 Zrotation Xrotation Yrotation
        End Site
        {
          OFFSET 0 -5 12
        }
      }
    }
  }
}
MOTION
Frames: 20
Frame Time: 0.05
"""
JOINTS = ("Hips", "Spine", "Neck", "Head", "LeftArm", "LeftForeArm", "RightArm", "RightForeArm", "LeftUpLeg",
          "LeftLeg", "LeftFoot", "RightUpLeg", "RightLeg", "RightFoot")  # fmt: skip


def bvh() -> str:
    """A file in which the left leg swings forward and back for a second."""
    rows = []
    for frame in range(20):
        angles = {name: [0.0, 0.0, 0.0] for name in JOINTS}
        angles["LeftUpLeg"][1] = -40.0 * np.sin(2 * np.pi * frame / 20)
        row = [0.0, 90.0, 0.0, *(v for name in JOINTS for v in angles[name])]
        rows.append(" ".join(f"{v:.4f}" for v in row))
    return BVH + "\n".join(rows) + "\n"
