"""Parameters of random features and of networks fitted to images; imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param


@dataclass(frozen=True)
class RandomFeatureParams:
    """A field of bandlimited random features, solved in closed form."""

    band: float = param(
        20.0,
        "Standard deviation or radius of the frequencies, in radians per longest box side: too small blurs, too large "
        "rings.",
        low=0.5,
        high=200.0,
        step=1.0,
        slider=True,
    )
    units: int = param(2048, "Random features.", low=16, high=16384, step=128, slider=True)
    law: str = param("gaussian", "The set that frequencies are drawn from.", choices=("gaussian", "ball", "box"))
    ridge: float = param(
        1e-7, "Ridge relative to the Gram matrix; raised where that is singular.", low=0.0, high=1.0, group="Fit"
    )
    curve: bool = param(
        True, "Fit other bands with fewer units as well, for the curve of the error over the band.", group="Fit"
    )
    samples: int = param(
        50_000, "Points taken from a mesh, and of each kind of training point.", low=500, high=1_000_000, group="Data"
    )
    resolution: int = param(
        192, "Nodes along the longest side of the box when the surface is extracted.", low=16, high=1024, group="Data"
    )
    seconds: float = param(
        0.0, "Draw no more of the curve after this long.", low=0.0, unit="s", zero="no limit", group="Fit"
    )
    seed: int = param(0, "Same seed, same result.", low=0, high=2**31 - 1, group="Data")


@dataclass(frozen=True)
class ImageFitParams:
    """A coordinate network fitted to an image."""

    network: str = param(
        "siren",
        "SIREN, Fourier features before a ReLU network, or FINER.",
        choices=("siren", "fourier", "finer"),
    )
    frequency: float = param(
        0.0,
        "Omega of SIREN, sigma of Fourier features in cycles per image, bias scale of FINER.",
        low=0.0,
        high=1000.0,
        zero="FreSh chooses",
    )
    race: bool = param(True, "Let the three candidates nearest to the image's spectrum train shortly, keep the best.")
    width: int = param(128, "Units of each hidden layer.", low=8, high=8192, group="Network")
    layers: int = param(3, "Hidden layers.", low=1, high=8, group="Network")
    steps: int = param(1500, "Full-batch steps of training.", low=1, high=100_000, group="Training")
    seconds: float = param(0.0, "Stop training after this long.", low=0.0, unit="s", zero="no limit", group="Training")
    learning_rate: float = param(
        0.0, "Of Adam.", low=0.0, high=0.1, zero="1e-4, or 3e-3 for Fourier features", group="Training"
    )
    held_out: float = param(0.1, "Share of the pixels kept back to measure the error.", low=0.0, high=0.5, group="Data")
    largest: int = param(
        128, "The image is reduced to this many pixels along its longer side.", low=16, high=1024, group="Data"
    )
    seed: int = param(0, "Same seed, same result.", low=0, high=2**31 - 1, group="Data")
    device: str = param("auto", "Where to compute.", choices=("auto", "cpu", "cuda", "mps"), group="Data")
