"""Parameters of the inpainting methods. Light: imports no torch, so that forms and flags open fast."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param


@dataclass(frozen=True)
class InpaintClassicalParams:
    """Fill a hole by what flows in from its rim."""

    algorithm: str = param(
        "biharmonic",
        "Fast marching (Telea), fluid flow along isophotes (Navier-Stokes), or the smoothest surface (biharmonic).",
        choices=("telea", "navier-stokes", "biharmonic"),
    )
    radius: float = param(3.0, "Neighbourhood of Telea and Navier-Stokes.", low=1.0, high=50.0, step=1.0, unit="pixels")


@dataclass(frozen=True)
class InpaintParams:
    """Semantic-aware implicit inpainting, trained on the known pixels of the one picture."""

    provider: str = param(
        "statistics",
        "What the semantic embedding is: statistics of colour, gradient and self-similarity; painted regions; a CLIP "
        "image encoder whose weights you point to.",
        choices=("statistics", "labels", "encoder"),
    )
    weights: str = param(
        "", "File of the encoder's weights: safetensors, the vision tower of CLIP ViT-B/16.", group="Semantics"
    )
    steps: int = param(
        160, "Gradient steps of the appearance function; 0 takes its start.", low=0, high=100_000, step=20
    )
    seconds: float = param(0.0, "Stop after this long; 0 sets no limit.", low=0.0, unit="s", zero="no limit")
    seed: int = param(0, "Seed of the practice holes and of the networks.", low=0, high=2**31 - 1)
    device: str = param("auto", "Where to train.", choices=("auto", "cpu", "cuda", "mps"))
    exercises: int = param(6, "Practice holes in the known part that are trained on.", low=1, high=64, group="Training")
    exams: int = param(2, "Practice holes that only choose what to keep.", low=1, high=16, group="Training")
    semantic_steps: int = param(
        80, "Gradient steps of the semantic function.", low=0, high=100_000, step=20, group="Semantics"
    )
    embedding: int = param(12, "Dimensions of the semantic embedding.", low=1, high=64, group="Semantics")
    hidden: int = param(32, "Width of the networks.", low=4, high=512, group="Training")
    learning_rate: float = param(2e-3, "Peak learning rate of Adam.", low=1e-6, high=1.0, group="Training")


@dataclass(frozen=True)
class InpaintFieldClassicalParams:
    """Fill a hole of a field by the smoothest continuation over the surface."""

    order: str = param(
        "biharmonic",
        "Least bending (biharmonic, continues slopes) or least stretching (harmonic, stays between the known values).",
        choices=("biharmonic", "harmonic"),
    )


@dataclass(frozen=True)
class InpaintFieldParams:
    """Semantic-aware implicit inpainting of a field, trained on its known vertices."""

    provider: str = param(
        "statistics",
        "What the semantic embedding is: statistics of values and shape, painted regions, or segments of the mesh.",
        choices=("statistics", "labels", "segments"),
    )
    segmentation: str = param(
        "spectral",
        "How a mesh is cut into segments: by its low modes, at sharp edges, or into its connected parts.",
        choices=("spectral", "sharp-edges", "components"),
        group="Semantics",
    )
    segments: int = param(8, "Segments that the low modes are cut into.", low=2, high=64, group="Semantics")
    angle: float = param(
        35.0, "Dihedral angle from which an edge counts as sharp.", low=1.0, high=179.0, unit="degrees",
        group="Semantics",
    )  # fmt: skip
    steps: int = param(
        200, "Gradient steps of the appearance function; 0 takes its start.", low=0, high=100_000, step=20
    )
    seconds: float = param(0.0, "Stop after this long; 0 sets no limit.", low=0.0, unit="s", zero="no limit")
    seed: int = param(0, "Seed of the practice holes and of the networks.", low=0, high=2**31 - 1)
    device: str = param("auto", "Where to train.", choices=("auto", "cpu", "cuda", "mps"))
    exercises: int = param(6, "Practice holes in the known part that are trained on.", low=1, high=64, group="Training")
    exams: int = param(2, "Practice holes that only choose what to keep.", low=1, high=16, group="Training")
    semantic_steps: int = param(
        60, "Gradient steps of the semantic function.", low=0, high=100_000, step=20, group="Semantics"
    )
    embedding: int = param(12, "Dimensions of the semantic embedding.", low=1, high=64, group="Semantics")
    hidden: int = param(32, "Width of the networks.", low=4, high=512, group="Training")
    learning_rate: float = param(2e-3, "Peak learning rate of Adam.", low=1e-6, high=1.0, group="Training")
