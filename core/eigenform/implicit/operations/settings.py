"""Parameters of what is done with fields. Light: imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param


@dataclass(frozen=True)
class ExtractParams:
    """A field to a mesh."""

    resolution: int = param(256, "Nodes along the longest side of the box.", low=8, high=4096, step=32)
    level: float = param(
        0.0, "Value of the field on the surface, in input units: positive values lie outside.", step=0.01
    )
    components: str = param(
        "auto",
        "Connected parts that are kept: those the shown surface has, all, the largest by area, or all above a share "
        "of the area.",
        choices=("auto", "all", "largest", "larger"),
        label="Parts kept",
    )
    share: float = param(
        0.02,
        "Least share of the whole area of a part, where 'larger' is chosen.",
        low=0.0,
        high=1.0,
        step=0.01,
        label="Least share of the area",
    )
    trim: str = param(
        "auto",
        "Leave out what is farther than the trim distance from the shown surface: where that is open, always, never.",
        choices=("auto", "on", "off"),
        group="Borders",
    )
    trim_distance: float = param(
        0.0,
        "How far beyond the shown surface the mesh may reach, in input units.",
        low=0.0,
        step=0.001,
        group="Borders",
        zero="a quarter of its edges",
    )
    crop: str = param(
        "",
        "Six numbers, least x y z then largest x y z in input units: nothing outside is extracted. Empty for the "
        "field's own box.",
        label="Crop box",
        group="Borders",
    )
    closed: bool = param(
        False, "Close the surface with flat caps where it leaves the box; otherwise it is open there.", group="Borders"
    )
    polish: int = param(
        1,
        "Times the vertices are moved along their edge of the grid onto the exact level set; 0 interpolates linearly.",
        low=0,
        high=4,
        group="Vertices",
    )
    normals: bool = param(True, "Normals from the gradient of the field.", group="Vertices")


@dataclass(frozen=True)
class CombineParams:
    """Two fields to one."""

    operation: str = param(
        "union",
        "Both together, what they share, the first without the second, or both blended into one another.",
        choices=("union", "intersection", "difference", "blend"),
    )
    radius: float = param(
        0.0,
        "Distance from the seam over which it is smoothed, in input units; sharp where 0, but for 'blend'.",
        low=0.0,
        step=0.01,
        label="Smooth radius",
        zero="sharp; blend: a tenth of the smaller box",
    )
    resolution: int = param(128, "Nodes along the longest side of the box for the shown surface.", low=16, high=1024)


@dataclass(frozen=True)
class ModifyParams:
    """A field to another."""

    operation: str = param(
        "offset",
        "Move the surface outwards (inwards for a negative distance), make a wall of it, turn it inside out, or cut "
        "it with a plane.",
        choices=("offset", "shell", "invert", "cut"),
    )
    distance: float = param(
        0.05,
        "Offset, thickness of the wall, or place of the cutting plane along its axis from the centre of the box, in "
        "the unit chosen below.",
        step=0.01,
    )
    unit: str = param(
        "box",
        "Unit of the distance: the longest side of the box of the frame, or the units of the input.",
        choices=("box", "input"),
        label="Unit of the distance",
    )
    wall: str = param(
        "inside",
        "Where the wall of a shell lies: inside of the surface, outside, or half on each side.",
        choices=("inside", "centre", "outside"),
        group="Shell",
    )
    axis: str = param(
        "x",
        "Normal of the cutting plane; what lies beyond it goes.",
        choices=("x", "-x", "y", "-y", "z", "-z"),
        group="Cut",
    )
    resolution: int = param(128, "Nodes along the longest side of the box for the shown surface.", low=16, high=1024)
