"""How an item is drawn: one frozen dataclass, the source of the inspector's display form. Knows neither Qt nor VTK."""

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
