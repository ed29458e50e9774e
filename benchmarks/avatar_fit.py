"""The fit of the body on the held-out people: vertex error, false knee bends, seconds.

python benchmarks/avatar_fit.py [N] [keypoints|finder|both] [name=value ...]

N people (200 by default, a quarter a stratum); further arguments are parameters of the fit. Keypoints are the true
ones with 0.4 % of the picture of noise, or what the finder sees in the picture. A picture cannot tell how tall somebody
is or how far away: bodies are compared on the scale of the picture, moved along the view to where they agree best, and
said in millimetres of a person of 1.8 m.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import torch
from common import table, verdict
from eigenform.avatar.body.bones import full_pose
from eigenform.avatar.body.load import load_body
from eigenform.avatar.body.model import BodyModel, Posed
from eigenform.avatar.body.rotations import axis_angle_to_matrix
from eigenform.avatar.fit import fit_body
from eigenform.avatar.fit.rig import joint_bone
from eigenform.avatar.fit.settings import FitParams
from eigenform.avatar.fit.start import our_lifter
from eigenform.avatar.fit.terms import height
from eigenform.avatar.photo import crops
from eigenform.avatar.photo.find import crop_of
from eigenform.avatar.synthetic.held_out import H
from eigenform.avatar.synthetic.sample import make_sample
from eigenform.figure_types import Person, View
from eigenform.jobs import JobContext
from eigenform.params import make

SIZE = 256
NOISE = 0.004
"""Standard deviation of keypoints as a share of the side of the picture."""

STRAIGHT, BENT = 8.0, 15.0
"""Degrees below which a knee is straight, and by how many more a fitted one is falsely bent."""


def posed(body: BodyModel, shape: np.ndarray, main: np.ndarray) -> Posed:
    """The true body of a sample."""
    turns = axis_angle_to_matrix(torch.tensor(full_pose(main, body.bones), dtype=torch.float32))[None]
    with torch.no_grad():
        return body(torch.tensor(shape, dtype=torch.float32)[None], turns)


def knees(body: BodyModel, joints: np.ndarray) -> np.ndarray:
    """Bend of both knees in degrees: the angle between thigh and shin."""
    found = []
    for side in ("left", "right"):
        hip, knee, ankle = (joints[joint_bone(body, "leg", side, k)] for k in range(3))
        thigh, shin = knee - hip, ankle - knee
        cosine = thigh @ shin / np.linalg.norm(thigh) / np.linalg.norm(shin)
        found.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return np.array(found)


def in_picture(verts: np.ndarray, camera: np.ndarray, crop: np.ndarray) -> np.ndarray:
    """(V, 3) vertices in pixels; depth on the same scale."""
    scaled = verts * camera[0] + np.array([camera[1], 0, camera[2]])
    return scaled * crop[2] + np.array([crop[0], 0, -crop[1]])


def measure(sample: dict[str, Any], fitted: Person, body: BodyModel) -> dict[str, float]:
    """Errors of one fit."""
    truth = posed(body, sample["shape"], sample["rotations"])
    view = fitted.views[0]
    whole = crops.whole((SIZE, SIZE))
    wanted = in_picture(truth.verts[0].numpy(), sample["camera"], whole)
    found = in_picture(np.asarray(view.verts), np.asarray(view.camera), np.asarray(view.crop))
    gap = found - wanted
    gap[:, 1] -= gap[:, 1].mean()
    tall = float(height(truth.rest.verts)[0])
    unit = 1800 / (tall * sample["camera"][0] * whole[2])
    fit = posed_joints(body, fitted)
    true_bend, bend = knees(body, truth.joints[0].numpy()), knees(body, fit)
    straight = true_bend < STRAIGHT
    return {
        "error mm": unit * float(np.linalg.norm(gap, axis=1).mean()),
        "in picture mm": unit * float(np.linalg.norm(gap[:, [0, 2]], axis=1).mean()),
        "straight": float(straight.any()),
        "false bend": float((straight & (bend - true_bend > BENT)).any()),
        "height off m": abs(float(fitted.meta["height"]) - tall),
    }


def posed_joints(body: BodyModel, fitted: Person) -> np.ndarray:
    """(J, 3) joints of a fitted body."""
    turns = axis_angle_to_matrix(torch.tensor(np.array(fitted.views[0].rotations), dtype=torch.float32))[None]
    with torch.no_grad():
        return body(torch.tensor([list(fitted.shape.values())], dtype=torch.float32), turns).joints[0].numpy()


def person_of(sample: dict[str, Any], source: str, seed: int, number: int = 0) -> Person:
    """The person whose keypoints are the true ones with noise, or the finder's; ``number`` is that of the picture."""
    if source == "finder":
        from eigenform.avatar.photo.find import run
        from eigenform.avatar.photo.settings import FindPersonParams
        from eigenform.types import Image

        params = FindPersonParams(which=-1, accept_part=True, accept_unsure=True)
        return run(Image(sample["rgb"] / np.float32(255)), params=params, ctx=JobContext(preview_every=None))
    rng, shape = np.random.default_rng((seed, 7, number)), sample["mask"].shape
    points = np.array(sample["keypoints"], dtype=np.float64)
    points[:, :2] += 2 * NOISE * rng.normal(size=(23, 2))
    points[:, 2] = 1  # also hidden ones: they are what a person would guess
    pixels = crops.to_pixels(points, crops.whole(shape))
    crop = crop_of(sample["mask"], pixels, shape)
    return Person((View(sample["rgb"], crop, mask=sample["mask"], keypoints=pixels),))


def main() -> int:
    count = next((int(a) for a in sys.argv[1:] if a.isdigit()), len(H))
    sources = next((a for a in sys.argv[1:] if a in ("keypoints", "finder", "both")), "keypoints")
    params = make(FitParams, dict(a.split("=", 1) for a in sys.argv[1:] if "=" in a))
    torch.set_num_threads(1)
    body = load_body()
    lifter = our_lifter() if params.start == "network" else None
    reached = True
    for source in ("keypoints", "finder") if sources == "both" else (sources,):
        rows: list[dict[str, Any]] = []
        for seed, stratum in H[:count]:
            sample = make_sample(seed, stratum, SIZE, body)
            person = person_of(sample, source, seed)
            began = time.process_time()
            fitted = fit_body.run(person, params=params, ctx=JobContext(preview_every=None), lifter=lifter, body=body)
            rows.append({"stratum": stratum, **measure(sample, fitted, body), "CPU-s": time.process_time() - began})
        print(f"\nKeypoints: {source}")
        strata = list(dict.fromkeys(r["stratum"] for r in rows))
        table([summary(name, [r for r in rows if r["stratum"] == name]) for name in strata] + [summary("all", rows)])
        if source == "keypoints":
            total = summary("all", rows)
            error, bends = total["error mm"], total["false bend %"]
            reached &= verdict(f"mean vertex error {error:.1f} mm, at most 45", error <= 45)
            reached &= verdict(f"false knee bends on {bends:.1f} % of straight legs, below 5", bends < 5)
    return 0 if reached else 1


def summary(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One line of the table."""
    errors = np.array([r["error mm"] for r in rows])
    straight = max(sum(r["straight"] for r in rows), 1.0)
    return {
        "stratum": name,
        "people": len(rows),
        "error mm": float(errors.mean()),
        "median": float(np.median(errors)),
        "in picture": float(np.mean([r["in picture mm"] for r in rows])),
        "false bend %": 100 * sum(r["false bend"] for r in rows) / straight,
        "height off m": float(np.mean([r["height off m"] for r in rows])),
        "CPU-s": float(np.mean([r["CPU-s"] for r in rows])),
    }


if __name__ == "__main__":
    sys.exit(main())
