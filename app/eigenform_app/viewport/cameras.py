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
START = ((0.62, 0.36, 0.9), (0, 1, 0))  # where the eye stands first: before the shape, a little right and above


def upright(directions: tuple[Any, Any], up: str) -> tuple[Any, Any]:
    """``(eye, up)`` for what has y up, turned for what has ``up``: ``z`` faces -y, as figures do."""
    if up != "z":
        return directions
    (x, y, z), (a, b, c) = directions
    return (x, -z, y), (a, -c, b)


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


def widened(angle: float, factor: float) -> float:
    """The view angle (degrees) that sees ``factor`` times as much as ``angle``."""
    return float(np.degrees(2 * np.arctan(np.tan(np.radians(angle) / 2) * factor)))


def look(
    camera: vtkCamera, eye: Iterable[float], up: Iterable[float], points: np.ndarray, aspect: float, room: float = 0.1
) -> None:
    """Look at points from direction ``eye`` so that they just fit a picture of ``aspect`` width / height.

    ``points`` (n, 3) are world coordinates; a few thousand are enough. ``room`` is the share of the height that stays
    free below, for the colour bar.
    """
    back = np.asarray(list(eye), dtype=np.float64)
    back /= np.linalg.norm(back)
    right = np.cross(np.asarray(list(up), dtype=np.float64), back)
    right /= np.linalg.norm(right)
    frame = np.stack([right, np.cross(back, right), back])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    x, y, z = frame @ (points - middle).T
    tan = np.tan(np.radians(camera.GetViewAngle()) / 2)
    across, high = tan * aspect * 0.90, tan * (0.90 - room)
    shift = np.zeros(3)
    for _ in range(4):  # perspective makes centring and distance depend on each other; this settles quickly
        distance = float(np.max(z + np.maximum(np.abs(x - shift[0]) / across, np.abs(y - shift[1]) / high)))
        distance = max(distance, 1e-9)
        depth = np.maximum(distance - z, 1e-9 * distance)
        for axis, value in ((0, x), (1, y)):
            seen = (value - shift[axis]) / depth
            shift[axis] += (seen.min() + seen.max()) / 2 * distance
    size = float(np.linalg.norm(np.ptp(points, axis=0))) / 2 or 1.0
    distance = distance if distance > 1e-6 * size else size / tan
    shift[1] -= room * distance * tan
    focus = middle + shift @ frame
    camera.SetFocalPoint(*focus)
    camera.SetPosition(*(focus + back * distance))
    camera.SetViewUp(*up)
    camera.SetParallelScale(distance * tan)
    camera.OrthogonalizeViewUp()


def to_screen(camera: Any, points: np.ndarray, width: float, height: float) -> np.ndarray:
    """(n, 2) where points (n, 3) are seen in a view of so many logical pixels, from its upper left."""
    matrix = camera.GetCompositeProjectionTransformMatrix(width / max(1.0, height), -1, 1)
    m = np.array(matrix.GetData()).reshape(4, 4)
    at = points @ m[:, :3].T + m[:, 3]
    at = at[:, :2] / np.maximum(at[:, 3:], 1e-12)
    return np.column_stack([(at[:, 0] + 1) / 2 * width, (1 - at[:, 1]) / 2 * height])
