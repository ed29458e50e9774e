"""Parameters of the body. Light: imports neither torch nor scipy."""

from __future__ import annotations

from dataclasses import dataclass

from eigenform.params import param

POSES = (
    *("a-pose", "t-pose", "standing", "contrapposto", "walking", "running", "sitting", "arms-raised"),
    *("hands-on-hips", "waving", "squat", "dancing", "lunge", "thinking"),
)
"""Names of the sample poses of :mod:`eigenform.avatar.body.poses`."""


@dataclass(frozen=True)
class BodyParams:
    """A body by its sliders and one of the sample poses."""

    gender: float = param(0.5, "0 is male, 1 is female.", low=0.0, high=1.0, step=0.01, slider=True)
    age: float = param(
        0.65,
        "0 is a baby, 1/3 a child, 0.5 a teenager, 2/3 a young adult, 1 is old.",
        low=0.0,
        high=1.0,
        step=0.01,
        slider=True,
    )
    muscle: float = param(0.5, "How much muscle.", low=0.0, high=1.0, step=0.01, slider=True)
    weight: float = param(0.5, "From thin to heavy.", low=0.0, high=1.0, step=0.01, slider=True)
    height: float = param(0.5, "From short to tall.", low=0.0, high=1.0, step=0.01, slider=True)
    proportions: float = param(0.5, "From ideal to uncommon proportions.", low=0.0, high=1.0, step=0.01, slider=True)
    pose: str = param("standing", "How the body stands.", choices=POSES)
    walk: bool = param(False, "Add a walk that can be played.")
    random: bool = param(False, "Draw the sliders of an adult at random instead of taking them from here.")
    seed: int = param(0, "Seed of the random sliders.", low=0, high=2**31 - 1)
    changes: str = param(
        "",
        "Local changes: NAME=VALUE, apart by commas, values from -1 to 1, such as nose-hump-incr=0.5; shape-1=2 and "
        "so on for a body of your own.",
        label="Local changes",
        group="Details",
    )
    model: str = param(
        "",
        "File of a body of your own, npz with the keys of SMPL or SMPL-X, instead of Anny; it has no sliders here.",
        label="Body file",
        place="file",
        group="Details",
    )
