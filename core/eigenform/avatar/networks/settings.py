"""What training a network of the avatar pillar takes; forms and flags come from here."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param

CHOICES = ("finder", "lifter", "clother", "occupancy", "icon7")


@dataclass(frozen=True)
class TrainParams:
    """Parameters of :func:`eigenform.avatar.networks.train.train`."""

    network: str = param(
        "clother",
        "finder: mask and keypoints; lifter: keypoints to pose and shape; clother: clothed normals and offsets; "
        "occupancy: the implicit surface; icon7: the published features, to compare with.",
        choices=CHOICES,
    )
    data: str = param(
        "",
        "Folder of samples, made there where some are missing; empty is a folder of the user's cache.",
        place="folder",
    )
    scans: str = param(
        "",
        "Folder of own scans (NAME.obj or .ply with the body NAME.npz) to train on instead of generated people.",
        place="folder",
    )
    samples: int = param(2000, "Generated people.", low=16, high=1_000_000, step=500)
    first_seed: int = param(1_000_000, "Seed of the first person; the held-out set uses those below 1,000.",
                            low=1000, high=2**31 - 1)  # fmt: skip
    steps: int = param(2000, "Gradient steps.", low=1, high=10_000_000, step=500)
    seconds: float = param(0.0, "Stop after this long and keep what was reached.", low=0.0, unit="s", zero="no limit")
    batch: int = param(16, "Samples in a step.", low=1, high=4096)
    learning_rate: float = param(1.5e-3, "Highest learning rate of AdamW.", low=1e-6, high=1.0)
    warm_up: int = param(100, "Steps over which the learning rate rises.", low=0, zero="none")
    averaging: float = param(0.995, "Decay of the moving average of the weights that is kept.", low=0.0, high=0.99999)
    start: str = param("", "Folder of weights to start from, for fine tuning; empty starts anew.", place="folder")
    half: str = param(
        "auto",
        "Convolutions in bfloat16: 'auto' where the processor has instructions for it.",
        choices=("auto", "on", "off"),
    )
    device: str = param("auto", "Where to train.", choices=("auto", "cpu", "cuda", "mps"))
    seed: int = param(0, "Seed of weights, order and augmentation.", low=0, high=2**31 - 1)
