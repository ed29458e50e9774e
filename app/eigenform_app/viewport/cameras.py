"""The camera that all views share: its state as JSON, framing, and the six straight views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from vtkmodules.vtkRenderingCore import vtkCamera

ALONG = {
    "x": ((1, 0, 0), (0, 1, 0)),
    "-x": ((-1, 0, 0), (0, 1, 0)),
    "y": ((0, 1, 0), (0, 0, -1)),
    "-y": ((0, -1, 0), (0, 0, 1)),
    "z": ((0, 0, 1), (0, 1, 0)),
    "-z": ((0, 0, -1), (0, 1, 0)),
}
START = ((0.45, 0.35, 1.0), (0, 1, 0))  # where the eye stands first: before the shape, a little right and above


def state(camera: vtkCamera) -> dict[str, Any]:
    """What :func:`restore` needs, ready for JSON."""
    return {
        "position": list(camera.GetPosition()),
        "focus": list(camera.GetFocalPoint()),
        "up": list(camera.GetViewUp()),
        "angle": camera.GetViewAngle(),
        "parallel": bool(camera.GetParallelProjection()),
        "scale": camera.GetParallelScale(),
    }


def restore(camera: vtkCamera, saved: Mapping[str, Any]) -> None:
    """Put the camera where it was; missing entries keep what they are."""
    for name, put in (
        ("position", camera.SetPosition),
        ("focus", camera.SetFocalPoint),
        ("up", camera.SetViewUp),
    ):
        if name in saved:
            put(*(float(v) for v in saved[name]))
    if "angle" in saved:
        camera.SetViewAngle(float(saved["angle"]))
    if "parallel" in saved:
        camera.SetParallelProjection(bool(saved["parallel"]))
    if "scale" in saved:
        camera.SetParallelScale(float(saved["scale"]))


def look(
    camera: vtkCamera, eye: Iterable[float], up: Iterable[float], centre: np.ndarray, radius: float, aspect: float
):
    """Look at a ball from direction ``eye`` so that it fills the smaller side of a picture of ``aspect`` w / h."""
    direction = np.asarray(list(eye), dtype=np.float64)
    direction /= np.linalg.norm(direction)
    angle = np.radians(camera.GetViewAngle()) / 2
    if aspect < 1:
        angle = np.arctan(np.tan(angle) * aspect)
    radius = radius or 1.0
    camera.SetFocalPoint(*centre)
    camera.SetPosition(*(centre + direction * radius / np.sin(angle) * 0.92))
    camera.SetViewUp(*up)
    camera.SetParallelScale(radius)
    camera.OrthogonalizeViewUp()
