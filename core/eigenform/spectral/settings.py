"""Parameters of the three spectral engines. Light: imports no torch, so that forms and flags open fast."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param

PROBES = ("exact", "heat", "heat-published", "hadamard", "morlet", "schrodinger", "polynomial")


@dataclass(frozen=True)
class ClassicalParams:
    """The Laplacian and its eigensolver."""

    modes: int = param(50, "Number of modes, the constant one counted.", low=2, high=1000)
    operator: str = param(
        "auto",
        "Robust Laplacian of the mesh, of its points alone, or the plain cotangent Laplacian.",
        choices=("auto", "mesh", "points", "cotangent"),
    )
    neighbours: int = param(
        45, "Neighbours for the point-cloud Laplacian; below 40 it can lose area.", low=6, high=200, group="Operator"
    )
    seed: int = param(0, "Seed of the eigensolver's start vector.", low=0, high=2**31 - 1)


@dataclass(frozen=True)
class ProbeParams:
    """The diffusion operator behind the probe functions, and its exact optimum."""

    modes: int = param(50, "Number of modes, the constant one counted.", low=2, high=1000)
    samples: int = param(2500, "Farthest-point samples the modes are learned from.", low=10, high=200_000, step=500)
    seed: int = param(0, "Seed of the surface samples and of the probes.", low=0, high=2**31 - 1)
    probes: str = param(
        "exact",
        "Probe functions. 'exact' uses the spectrum of the diffusion itself; the others draw random functions.",
        choices=PROBES,
        group="Probes",
    )
    probe_count: int = param(2048, "Random probe functions, where they are drawn.", low=16, high=65536, group="Probes")
    width: str = param(
        "auto",
        "Width of the diffusion kernel: one for all points, tuned to the spacing at each point, or diffusing in the "
        "estimated area of each point. 'auto' is global for evenly spread samples, else mass-aware.",
        choices=("auto", "global", "self-tuned", "mass-aware"),
        group="Probes",
    )
    neighbours: int = param(8, "Neighbours in the diffusion graph.", low=3, high=64, group="Probes")
    alpha: float = param(1.0, "Density correction: 0 none, 1 full.", low=0.0, high=1.0, step=0.25, group="Probes")


@dataclass(frozen=True)
class LearnedParams(ProbeParams):
    """The learned eigenbasis: probes, network, last layer, training."""

    device: str = param("auto", "Where to train.", choices=("auto", "cpu", "cuda", "mps"))
    steps: int = param(150, "Gradient steps; 0 shows the untrained network's best.", low=0, high=1_000_000, step=50)
    seconds: float = param(0.0, "Stop after this long; 0 sets no limit.", low=0.0, unit="s", zero="no limit")
    network: str = param(
        "coordinate",
        "A small network of the coordinates, or the paper's transformer over all points.",
        choices=("coordinate", "transformer"),
        group="Network",
    )
    frequencies: int = param(64, "Random Fourier frequencies of the input.", low=1, high=4096, group="Network")
    bandwidth: float = param(
        4.0, "Standard deviation of the frequencies on the unit ball.", low=0.01, high=100.0, step=0.5, group="Network"
    )
    hidden: int = param(256, "Width of the hidden layers.", low=8, high=4096, group="Network")
    layers: int = param(2, "Hidden layers, or transformer blocks.", low=1, high=32, group="Network")
    columns: int = param(
        256, "Columns the network gives; the last layer keeps the best of them.", low=2, high=4096, group="Network"
    )
    last_layer: str = param(
        "ritz",
        "'ritz' solves the last layer exactly (Rayleigh-Ritz on the probes); 'qr' takes the columns as they come.",
        choices=("ritz", "qr"),
        group="Network",
    )
    inner_product: str = param(
        "operator",
        "Inner product of the projection: the diffusion operator's own measure, plain, the estimated area of each "
        "sample, or the squared first column (as published; needs the qr last layer).",
        choices=("operator", "uniform", "mass", "learned"),
        group="Training",
    )
    eigenvalues: str = param(
        "log-spectrum",
        "How eigenvalues are read: from the log of the probe spectrum, or from inverse truncation errors.",
        choices=("log-spectrum", "mean-error", "max-error"),
        group="Training",
    )
    learning_rate: float = param(2e-3, "Peak learning rate of AdamW.", low=1e-6, high=1.0, group="Training")
    clip: float = param(1.0, "Largest gradient norm.", low=1e-4, high=1e6, group="Training")
    schedule: str = param(
        "one-cycle",
        "Learning rate over the steps: up and down, down along a cosine of 5000 steps (as published), or constant.",
        choices=("one-cycle", "cosine", "constant"),
        group="Training",
    )
    weight_decay: float = param(0.0, "Weight decay of AdamW.", low=0.0, high=1.0, step=0.01, group="Training")
    draws: int = param(
        4,
        "Sets of samples trained on in turn; more average out the noise of sampling.",
        low=1,
        high=64,
        group="Training",
    )
    resample_every: int = param(
        0,
        "Replace the oldest set by a fresh one after so many steps; 0 keeps them.",
        low=0,
        group="Training",
        zero="never",
    )
    precision: str = param(
        "float32",
        "Arithmetic of the network; 'mixed' is faster on CUDA.",
        choices=("float32", "mixed"),
        group="Training",
    )
