"""How an item is drawn: one frozen dataclass for each kind of drawing, the source of the inspector's display forms.

Knows neither Qt nor VTK.
"""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param

DIVERGING = ("blue-red", "purple-orange", "teal-brown", "green-violet", "ice-fire")
SEQUENTIAL = ("blue-yellow", "ember", "ink")
QUANTITIES = ("mode", "density", "mass", "implicit metric", "coordinates", "none")


@dataclass(frozen=True)
class DisplayOptions:
    """Display options of one item. Diverging maps have their neutral colour at 0; all maps are colour-blind safe."""

    quantity: str = param(
        "mode", "What colours the surface; 'none' shows the bare material.", choices=QUANTITIES, group="Colour"
    )
    colour_map: str = param(
        "blue-red",
        "Colour map; the first five diverge from a neutral colour at 0. Density and mass always use a sequential one.",
        choices=DIVERGING + SEQUENTIAL,
        group="Colour",
    )
    range_mode: str = param(
        "symmetric",
        "Symmetric about 0, from least to largest value, without the outermost percent, or set by hand.",
        choices=("symmetric", "full", "percentile", "manual"),
        label="Range",
        group="Colour",
    )
    range_max: float = param(
        1.0, "End of the range set by hand; its start is the negative of it.", low=1e-9, high=1e9, group="Colour"
    )
    opacity: float = param(1.0, "1 is solid.", low=0.05, high=1.0, step=0.05, group="Surface")
    smooth: bool = param(True, "Shade smoothly between faces; off shows the facets.", group="Surface")
    edges: bool = param(False, "Draw the edges of the triangles.", group="Surface")
    nodal_lines: bool = param(True, "Draw the curves where the mode is zero.", group="Lines")
    isolines: int = param(0, "Number of level curves; 0 draws none.", low=0, high=100, group="Lines")
    scalar_bar: bool = param(True, "Show the colour bar with the mode and its eigenvalue.", group="Colour")
    point_size: float = param(
        1.0, "Size of points, relative to their spacing.", low=0.1, high=10.0, step=0.1, group="Surface"
    )
    displace: float = param(
        0.06,
        "Largest displacement along the normals when a mode is animated, relative to the size of the shape.",
        low=0.0,
        high=0.5,
        step=0.01,
        group="Animation",
    )


@dataclass(frozen=True)
class ImplicitDisplay:
    """Display options of an implicit surface. Slices stand at fractions of its box; levels are in input units."""

    level: float = param(
        0.0, "Value of the field on the surface drawn, in input units.", low=-1e12, high=1e12, group="Surface"
    )
    surface: bool = param(True, "Draw the surface.", group="Surface")
    opacity: float = param(1.0, "1 is solid.", low=0.05, high=1.0, step=0.05, group="Surface")
    smooth: bool = param(True, "Shade smoothly between faces; off shows the facets.", group="Surface")
    edges: bool = param(False, "Draw the edges of the triangles.", group="Surface")
    slice_x: bool = param(False, "Slice across the x axis.", label="Slice x", group="Slices")
    slice_y: bool = param(False, "Slice across the y axis.", label="Slice y", group="Slices")
    slice_z: bool = param(False, "Slice across the z axis.", label="Slice z", group="Slices")
    at_x: float = param(0.5, "Where slice x stands: 0 and 1 are the ends of the box.", low=0.0, high=1.0, step=0.01,
                        label="Place of x", group="Slices")  # fmt: skip
    at_y: float = param(0.5, "Where slice y stands: 0 and 1 are the ends of the box.", low=0.0, high=1.0, step=0.01,
                        label="Place of y", group="Slices")  # fmt: skip
    at_z: float = param(0.5, "Where slice z stands: 0 and 1 are the ends of the box.", low=0.0, high=1.0, step=0.01,
                        label="Place of z", group="Slices")  # fmt: skip
    slice_opacity: float = param(1.0, "1 is solid.", low=0.05, high=1.0, step=0.05, group="Slices")
    isolines: int = param(16, "About how many level lines a slice has; 0 draws none.", low=0, high=100, group="Slices")
    level_line: bool = param(True, "Draw the line where the surface is cut strongly.", group="Slices")
    volume: bool = param(False, "Show the field around the surface as nested see-through levels.", group="Volume")
    shells: int = param(3, "Levels on each side of the surface.", low=1, high=6, group="Volume")
    shell_opacity: float = param(0.16, "Of each level.", low=0.02, high=1.0, step=0.02, group="Volume")
    colour_map: str = param(
        "blue-red",
        "Colour map of slices and volume: neutral on the surface, one colour inside, the other outside.",
        choices=DIVERGING,
        group="Colour",
    )
    reach: float = param(0.0, "Distance from the level at which colours are strongest, in input units.", low=0.0,
                         high=1e12, zero="from the field", group="Colour")  # fmt: skip
    scalar_bar: bool = param(True, "Show the colour bar while slices or volume are shown.", group="Colour")


@dataclass(frozen=True)
class ImageDisplay:
    """Display options of an image."""

    opacity: float = param(1.0, "1 is solid.", low=0.05, high=1.0, step=0.05, group="Image")
    sharp: bool = param(False, "Show pixels as squares; off blends between them.", label="Pixels as squares",
                        group="Image")  # fmt: skip
    hole: bool = param(True, "Tint what the mask calls missing.", group="Marks")


@dataclass(frozen=True)
class PhotographsDisplay:
    """Display options of photographs with known cameras."""

    cameras: bool = param(True, "Draw each camera as a small pyramid.", group="Cameras")
    pictures: bool = param(True, "Show each photograph on the base of its pyramid.", group="Cameras")
    camera_size: float = param(1.0, "Size of the pyramids, relative to the distance between cameras.", low=0.1,
                               high=10.0, step=0.1, group="Cameras")  # fmt: skip
    points: bool = param(True, "Draw the sparse points.", group="Points")
    point_size: float = param(1.0, "Size of points, relative to their spacing.", low=0.1, high=10.0, step=0.1,
                              group="Points")  # fmt: skip
    ball: bool = param(False, "Draw the ball that holds the object.", group="Points")


MAPS = ("none", "normals front", "normals back", "cloth before the body", "cloth behind the body", "clothed part")
DRESS = ("texture", "vertex colours", "neutral", "seen and filled in", "normals")


@dataclass(frozen=True)
class BodyDisplay:
    """Display options of a parametric body."""

    colour: str = param(
        "neutral", "A neutral figure, or the directions of its surface as colours.", choices=("neutral", "normals"),
        group="Colour",
    )  # fmt: skip
    opacity: float = param(1.0, "1 is solid.", low=0.05, high=1.0, step=0.05, group="Surface")
    smooth: bool = param(True, "Shade smoothly between faces; off shows the facets.", group="Surface")
    edges: bool = param(False, "Draw the edges of the triangles.", group="Surface")
    skeleton: bool = param(False, "Draw the bones, through the surface.", group="Skeleton")


@dataclass(frozen=True)
class AvatarDisplay(BodyDisplay):
    """Display options of an avatar: those of a body, and its own colours."""

    colour: str = param(
        "texture",
        "The photograph as a texture, colours of the vertices, a neutral figure, what a photograph showed and what was "
        "filled in, or the directions of the surface. Where the avatar has no such colours, it is neutral.",
        choices=DRESS,
        group="Colour",
    )
    shade: float = param(
        0.5, "How much the light of the studio shows on the colours; 0 shows them as they are.", low=0.0, high=1.0,
        step=0.05, group="Colour",
    )  # fmt: skip


@dataclass(frozen=True)
class PersonDisplay:
    """Display options of a person in photographs."""

    view: int = param(1, "Which of the photographs.", low=1, high=1000, label="Photograph", group="Photograph")
    photograph: float = param(1.0, "How strong the photograph is; 0 hides it.", low=0.0, high=1.0, step=0.05,
                              label="Strength", group="Photograph")  # fmt: skip
    mask: bool = param(True, "Draw the outline of the person.", label="Outline", group="Found")
    keypoints: bool = param(True, "Draw the keypoints with lines between them.", group="Found")
    crop: bool = param(False, "Draw the square that the networks see.", label="Square", group="Found")
    body: bool = param(True, "Draw the fitted body over the photograph.", group="Body")
    body_opacity: float = param(0.55, "1 is solid.", low=0.05, high=1.0, step=0.05, label="Opacity", group="Body")
    map: str = param("none", "Draw what was found of the clothes over the photograph: directions of the surface as "
                     "colours, or its distance from the body.", choices=MAPS, group="Clothes")  # fmt: skip
    map_opacity: float = param(1.0, "1 is solid.", low=0.05, high=1.0, step=0.05, label="Strength", group="Clothes")
