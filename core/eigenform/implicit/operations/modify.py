"""One implicit surface to another: offset, wall, inside out, cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.frame import Frame
from eigenform.implicit.operations.combine import at_zero, finished
from eigenform.types import ImplicitSurface

if TYPE_CHECKING:
    from eigenform.implicit.operations.settings import ModifyParams
    from eigenform.jobs import JobContext


def run(surface: ImplicitSurface, *, params: ModifyParams, ctx: JobContext) -> ImplicitSurface:
    """A field with its surface moved, made a wall, turned inside out or cut by a plane.

    Offsets and walls are as true as the field's values are distances: exact where it is a distance, and as good as
    the field between its surface and the new one elsewhere.

    Parameters
    ----------
    surface : ImplicitSurface
    params : ModifyParams
    ctx : JobContext

    Returns
    -------
    ImplicitSurface
        Of kind ``tree``, at level 0; its box holds the moved surface.

    Raises
    ------
    InputError
        For a wall without thickness, and where nothing is left.
    """
    from eigenform.implicit.operations.tree import tree

    child = at_zero(surface)
    scale = Frame.of_spec(surface.spec).scale
    distance = params.distance * (scale if params.unit == "box" else 1.0)
    grow, values = _change(params, distance, surface)
    box = np.stack([surface.box[0] - grow, surface.box[1] + grow])
    if not (box[1] > box[0]).all():
        raise InputError(f"Nothing is left of {surface.name}: it is not {2 * distance:.4g} thick anywhere.")
    spec, arrays = tree(params.operation, [child], Frame.of_box(*box), **values)
    name = f"{surface.name} ({params.operation})"
    moved = distance if params.operation in ("offset", "shell") else 0.0
    return finished("modify", params, spec, arrays, box, name, ctx, (surface,), moved, distance=distance)


def _change(params: ModifyParams, distance: float, surface: ImplicitSurface) -> tuple[float, dict[str, Any]]:
    """By how much the box grows on all sides, and the numbers of the operation for its spec."""
    if params.operation == "offset":
        return max(distance, 0.0), {"distance": distance}
    if params.operation == "shell":
        if distance <= 0:
            raise InputError(f"The wall of a shell must have a thickness above 0, not {distance:g}.")
        outside = {"inside": 0.0, "centre": 0.5, "outside": 1.0}[params.wall] * distance
        return outside, {"thickness": distance, "wall": params.wall}
    if params.operation == "invert":
        return 0.0, {}
    normal = np.eye(3)["xyz".index(params.axis[-1])] * (-1.0 if params.axis.startswith("-") else 1.0)
    centre = (surface.box[0] + surface.box[1]) / 2
    # measured along the axis itself, whichever side of the plane goes
    origin = centre + np.abs(normal) * distance
    return 0.0, {"origin": origin.tolist(), "normal": normal.tolist()}
