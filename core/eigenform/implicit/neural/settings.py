"""Parameters of the neural field. Light: imports no torch, so that forms and flags open fast."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param

NETWORKS = ("auto", "grids", "siren", "fourier", "finer", "hash")


@dataclass(frozen=True)
class NeuralParams:
    """Network, what it is trained on, and for how long."""

    network: str = param(
        "auto",
        "Feature grids with a small MLP (auto on a CPU), SIREN, Fourier features, FINER, or a hash grid (auto on a "
        "GPU; slow on a CPU).",
        choices=NETWORKS,
    )
    training: str = param(
        "distil",
        "'distil' learns from the points and the grid solve; 'eikonal' from the points alone, through the equation of "
        "distances (slow on a CPU).",
        choices=("distil", "eikonal"),
    )
    residual: bool = param(
        True, "Learn what the grid solve leaves over: starts at its quality and only improves. For 'distil'."
    )
    normals: str = param(
        "auto", "Use the normals of the points where they have any, or leave them out.", choices=("auto", "ignore")
    )
    seconds: float = param(
        0.0,
        "Time for the whole run; the number of steps is then planned from the speed of the first ones. 0 takes the "
        "steps as given, which makes a run repeatable.",
        low=0.0,
        unit="s",
        zero="as many steps as given",
    )
    steps: int = param(200, "Gradient steps, where no time is given.", low=0, high=1_000_000, step=100)
    seed: int = param(0, "Seed of the weights and of all samples.", low=0, high=2**31 - 1)
    device: str = param("auto", "Where to train.", choices=("auto", "cpu", "cuda", "mps"))
    resolution: int = param(254, "Cells along the longest side of the surface that is extracted.", low=16, high=1024)
    frequency: str = param(
        "fresh",
        "omega of SIREN, sigma of Fourier features, bias scale of FINER: a number, or 'fresh' to choose it by "
        "comparing spectra.",
        group="Network",
    )
    race: bool = param(False, "Train FreSh's best three candidates shortly and keep the best of them.", group="Network")
    hidden: int = param(0, "Width of the hidden layers.", low=0, high=2048, group="Network", zero="as the kind needs")
    layers: int = param(0, "Hidden layers.", low=0, high=16, group="Network", zero="as the kind needs")
    finest: int = param(
        128, "Nodes along an axis of the finest of three feature grids.", low=8, high=512, step=32, group="Network"
    )
    crop: str = param(
        "",
        "Six numbers, least x y z then largest x y z in input units: points outside are left out, and nothing outside "
        "is drawn or extracted. Empty for no crop.",
        label="Crop box",
    )
    open: str = param(
        "auto",
        "Whether the surface ends where the points end, or closes over gaps; 'auto' looks for gaps ('eikonal' closes "
        "them).",
        label="Boundary",
        choices=("auto", "closed", "open"),
    )
    teacher: str = param("256", "Resolution of the grid solve.", choices=("64", "128", "256"), group="Training")
    samples: int = param(50_000, "Points taken from a mesh.", low=100, high=2_000_000, step=10_000, group="Training")
    batch: int = param(0, "Samples a step.", low=0, high=4_194_304, group="Training", zero="as the kind needs")
    learning_rate: float = param(
        0.0, "Peak learning rate of Adam.", low=0.0, high=1.0, group="Training", zero="as the kind needs"
    )
    loss: str = param(
        "siren",
        "Weights of the eikonal training: as SIREN, or as IGR (with normals).",
        choices=("siren", "igr"),
        group="Training",
    )
    divergence: float = param(
        100.0, "Weight of the divergence term of DiGS, without normals.", low=0.0, high=1e6, group="Training"
    )
    patience: float = param(
        0.5,
        "Stop when the held-out error has not fallen for this share of all steps; 1 never stops early.",
        low=0.02,
        high=1.0,
        step=0.05,
        group="Training",
    )
