"""Parameters of the methods on photographs. Light: imports nothing, so that forms and flags open fast."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param

CUBE = {"neus": 2.5, "unisurf": 4.0}
"""Half side of the cube that is quantised, in radii of the region (Jiang et al. 2023, both variants)."""

PUBLISHED_RESOLUTION = {"neus": 25_600, "unisurf": 51_200}
"""Its published number of nodes along a side."""


@dataclass(frozen=True)
class RenderParams:
    """A set of photographs rendered from a shape."""

    views: int = param(40, "Photographs, from directions spread evenly over a sphere.", low=3, high=1000)
    size: int = param(96, "Height and width of a photograph.", low=8, high=2048, unit="px", step=32)
    field_of_view: float = param(40.0, "Angle of view.", low=5.0, high=120.0, unit="degrees", step=5.0)
    pattern: str = param(
        "auto",
        "Colour of the surface: its own vertex colours, a smooth procedural pattern, or plain grey. 'auto' takes the "
        "vertex colours where there are any, else the pattern.",
        choices=("auto", "colours", "procedural", "plain"),
    )
    background: str = param("white", "Behind the object.", choices=("white", "black", "grey"))
    masks: bool = param(True, "Keep which pixels show the object.")
    points: int = param(
        2000, "Sparse points on the surface, as a camera solver would give.", low=0, high=1_000_000, zero="none"
    )
    samples: int = param(3, "Rays a pixel along each axis, against jagged edges.", low=1, high=8, group="Rendering")
    ambient: float = param(0.35, "Share of light that comes from everywhere.", low=0.0, high=1.0, group="Rendering")
    seed: int = param(0, "Seed of the pattern, the turn of the directions and the points.", low=0, high=2**31 - 1)


@dataclass(frozen=True)
class PhotographPointsParams:
    """The sparse points of a set of photographs as a cloud."""

    inside: bool = param(True, "Keep only the points in the region of the object.")
    masks: bool = param(True, "Drop points that some mask says are not on the object, where there are masks.")


@dataclass(frozen=True)
class CqParams:
    """A surface from photographs. The defaults are the small setting, which minutes on a CPU are enough for."""

    variant: str = param(
        "neus",
        "What is rendered: the signed distance field of NeuS, or the occupancy of UNISURF.",
        choices=("neus", "unisurf"),
    )
    quantise: bool = param(
        True, "Move every query of the networks to the centre of its cell of an extremely fine grid."
    )
    quantise_resolution: int = param(
        0, "Nodes of that grid along a side.", low=0, high=10_000_000, step=1024, zero="as published"
    )
    network: str = param(
        "grid",
        "Dense feature grids with a small MLP, feasible on a CPU, or the published MLP of 8 layers.",
        choices=("grid", "mlp"),
    )
    steps: int = param(1000, "Gradient steps.", low=0, high=10_000_000, step=500)
    seconds: float = param(0.0, "Stop after this long.", low=0.0, unit="s", zero="no limit")
    device: str = param("auto", "Where to train.", choices=("auto", "cpu", "cuda", "mps"))
    start: str = param(
        "auto",
        "First surface of the feature grids: the grid solve of the sparse points, the visual hull of the masks, or a "
        "sphere. 'auto' takes the hull where there are masks, else the points, else the sphere.",
        choices=("auto", "points", "hull", "sphere"),
    )
    masks: bool = param(True, "Use the masks, where there are any.")
    background: str = param(
        "auto",
        "Behind the object: a colour, or a second network for all that lies outside of the region. 'auto' needs none "
        "with masks; without, it is white where the border of the pictures is, else the network.",
        choices=("auto", "white", "black", "network"),
    )
    largest_image: int = param(
        128, "Longer side of the photographs while training; larger ones are reduced.", low=0, unit="px", zero="as is"
    )
    resolution: int = param(128, "Nodes along a side at which the surface is extracted.", low=16, high=1024, step=32)
    hold_out: int = param(8, "Keep every so many-th photograph for the test.", low=0, high=1000, zero="none")
    accept_slow: bool = param(False, "Run even where the estimate of time is longer than an hour on a CPU.")
    seed: int = param(0, "Seed of the networks and of the rays.", low=0, high=2**31 - 1)
    rays: int = param(512, "Rays in a step.", low=8, high=65536, step=256, group="Rendering")
    one_image: bool = param(False, "Take the rays of a step from one photograph, as published.", group="Rendering")
    samples: int = param(8, "Even samples along a ray.", low=4, high=1024, group="Rendering")
    importance: int = param(16, "Samples near the surface.", low=4, high=1024, group="Rendering")
    cached: bool = param(
        True,
        "Look for the surface along a ray in a cached grid of the field, and not with the network.",
        group="Rendering",
    )
    learning_rate: float = param(5e-3, "Highest learning rate of Adam.", low=1e-6, high=1.0, group="Training")
    warm_up: int = param(50, "Steps over which the learning rate rises.", low=0, group="Training", zero="none")
    anneal: int = param(
        0,
        "Steps over which the slope of the field along a ray becomes the true one; 0 starts with it.",
        low=0,
        group="Training",
        zero="off",
    )
    mask_weight: float = param(0.1, "Weight of the masks in the loss.", low=0.0, high=100.0, group="Training")
    eikonal_weight: float = param(0.1, "Weight of the slope of the field in the loss.", low=0.0, high=100.0,
                                  group="Training")  # fmt: skip
    smoothness_weight: float = param(
        0.005, "Weight of the smoothness of normals (UNISURF).", low=0.0, high=100.0, group="Training"
    )
    sharpness_rate: float = param(
        2e-3, "Learning rate of the sharpness of the surface.", low=0.0, high=1.0, group="Training"
    )
    levels: int = param(3, "Feature grids, each twice as fine as the one before.", low=1, high=8, group="Network")
    finest: int = param(64, "Nodes along a side of the finest feature grid.", low=4, high=512, group="Network")
    features: int = param(4, "Features at a node.", low=1, high=16, group="Network")
    hidden: int = param(32, "Width of the hidden layers.", low=8, high=1024, group="Network")
    layers: int = param(1, "Hidden layers of the field.", low=1, high=16, group="Network")
    octaves: int = param(6, "Octaves of the positional encoding of the MLP.", low=0, high=16, group="Network")
