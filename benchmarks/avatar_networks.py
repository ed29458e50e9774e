"""How good the shipped networks are on the held-out people, each against a baseline that knows nothing.

    .venv/bin/python benchmarks/avatar_networks.py                # all 200 people
    .venv/bin/python benchmarks/avatar_networks.py --count 40     # the first ten of each stratum
    .venv/bin/python benchmarks/avatar_networks.py --write        # put the scores on the model cards

Baselines: the mean picture of training (mask), the mean pose in the box of the mask (keypoints), the mean rotation and
shape (lifter), the bare body (normals and offsets). The occupancy networks are judged by ``avatar_surface.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import table, verdict
from eigenform.avatar import metrics
from eigenform.avatar.networks import clother, lifter, weights
from eigenform.avatar.networks.bodies import posed
from eigenform.avatar.photo import crops
from eigenform.avatar.photo.find import find_view
from eigenform.avatar.photo.models import finder_of
from eigenform.avatar.photo.settings import FindPersonParams
from eigenform.avatar.raster.extend import extend_depth
from eigenform.avatar.synthetic.held_out import H
from eigenform.avatar.synthetic.poses import random_pose
from eigenform.avatar.synthetic.sample import make_sample
from eigenform.avatar.synthetic.views import look
from eigenform.io.atomic import atomic_path
from eigenform.jobs import JobContext
from eigenform.types import Image

STRATA = ("tight", "trousers", "loose", "hard")


PICTURE = 512
"""Pixels along a side of the photographs."""


def people(count: int) -> list[dict[str, Any]]:
    """The first ``count`` of the held-out people, a quarter of each stratum: photographs, and what is true of them."""
    found = []
    for seed, stratum in H[:count]:
        sample = make_sample(seed, stratum, PICTURE, full_image=True)
        found.append({**sample, "stratum": stratum})
    return found


def see(samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The finder as "Find the person" uses it: a look at the whole photograph, then at its own crop."""
    mean_mask = np.mean([s["mask"] for s in samples], 0) > 0.5
    where = np.mean([in_box(s["keypoints"][:, :2], s["mask"]) for s in samples], 0)
    params = FindPersonParams(which=-1, accept_part=True, accept_unsure=True)
    rows = []
    for s in samples:
        image = Image(s["rgb"].astype(np.float32) / 255)
        view, _ = find_view(image, params, JobContext(), finder_of(params), files=False)
        found = np.stack([view.keypoints[:, 0], PICTURE - view.keypoints[:, 1]], 1) * 2 / PICTURE - 1
        true, visible = s["keypoints"][:, :2], s["keypoints"][:, 2] > 0
        near = 0.05 * float(np.ptp(rows_of(s["mask"])) + 1) * 2 / PICTURE
        rows.append({
            "stratum": s["stratum"],
            "IoU": metrics.iou(view.mask, s["mask"]),
            "IoU mean mask": metrics.iou(mean_mask, s["mask"]),
            "PCK@0.05": share(found, true, near),
            "PCK visible": share(found[visible], true[visible], near),
            "PCK mean pose": share(out_of_box(where, s["mask"]), true, near),
        })  # fmt: skip
    return rows


def share(found: np.ndarray, true: np.ndarray, threshold: float) -> float:
    """The share of keypoints nearer than ``threshold``."""
    return float((np.linalg.norm(found - true, axis=1) < threshold).mean())


def rows_of(mask: np.ndarray) -> np.ndarray:
    """The rows that a mask touches."""
    return np.flatnonzero(mask.any(1))


def _box(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    size = len(mask)
    columns, rows = np.flatnonzero(mask.any(0)), rows_of(mask)
    low = np.array([columns[0] * 2 / size - 1, 1 - (rows[-1] + 1) * 2 / size])
    return low, np.array([(columns[-1] + 1) * 2 / size - 1, 1 - rows[0] * 2 / size]) - low


def in_box(points: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Points in units of the box of the mask."""
    low, size = _box(mask)
    return (points - low) / size


def out_of_box(points: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Back from :func:`in_box`."""
    low, size = _box(mask)
    return points * size + low


def lift(samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lifter on true keypoints with 0.4 % noise: mean vertex error, centred, at the size it guesses."""
    network, _ = weights.load("lifter")
    poses, shapes = random_pose(np.random.default_rng(7), 2000)
    rng = np.random.default_rng(8)
    rows = []
    for s in samples:
        true, _ = posed(s["shape"], s["rotations"])
        keypoints = s["keypoints"].astype(np.float64).copy()
        height = float(np.ptp(keypoints[:, 1]))
        keypoints[:, :2] += rng.normal(0, 0.004 * height, (23, 2))
        keypoints[:, 2] = 1
        guess = lifter.lift(keypoints, network)
        found, _ = posed(guess.shape, guess.rotations)
        mean = poses.mean(0)
        mean[0] = s["rotations"][0]  # the facing is given to the baseline
        bare, _ = posed(shapes.mean(0), mean)
        rows.append({
            "stratum": s["stratum"],
            "vertices mm": metrics.vertex_error(found[0].numpy(), true[0].numpy(), align=True),
            "mean pose mm": metrics.vertex_error(bare[0].numpy(), true[0].numpy(), align=True),
        })  # fmt: skip
    return rows


def dress(samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The clother over true bodies, with true masks, on the crop around the person."""
    network, _ = weights.load("clother")
    rows = []
    for photograph in samples:
        s = cropped(photograph)
        body = clother.maps_of(*posed(s["shape"], s["rotations"]), s["camera"], clother.SIZE)
        covered = body["mask"] > 0.5
        maps = clother.predict(s["rgb"], body, s["mask"].astype(np.float32), network)
        row: dict[str, Any] = {"stratum": s["stratum"], "IoU": metrics.iou(maps["mask"] > 0.5, s["mask"])}
        on_body = s["mask"] & covered
        for side, sign in (("front", 1.0), ("back", -1.0)):
            true = np.asarray(s[f"normal_{side}"], np.float32)
            bare = extend_depth(torch.from_numpy(body[f"depth_{side}"]), torch.from_numpy(covered)).numpy()
            row[f"{side} degrees"] = metrics.normal_angle(maps[f"normal_{side}"], true, s["mask"])
            row[f"{side} on body"] = metrics.normal_angle(maps[f"normal_{side}"], true, on_body)
            row[f"{side} bare body"] = metrics.normal_angle(body[f"normal_{side}"], true, on_body)
            offset = sign * (np.asarray(s[f"depth_{side}"], np.float32) - bare)
            row[f"{side} offset mm"] = float(1000 * np.abs(maps[f"offset_{side}"] - offset)[s["mask"]].mean())
            row[f"{side} bare mm"] = float(1000 * np.abs(offset)[s["mask"]].mean())
        rows.append(row)
    return rows


def cropped(photograph: dict[str, Any]) -> dict[str, Any]:
    """What is true on the crop around the person, at the size that the clother sees."""
    crop = crops.around_mask(photograph["mask"])
    x, y, half = crop
    s, tx, ty = photograph["camera"]
    zoom, middle = PICTURE / 2 / half, PICTURE / 2
    camera = np.array([zoom * s, zoom * tx + (middle - x) / half, zoom * ty + (y - middle) / half], np.float32)
    person = photograph["person"]
    seen = look(person.verts, person.faces, camera, clother.SIZE)
    return {
        **photograph,
        "camera": camera,
        "rgb": crops.resample(photograph["rgb"], crop, clother.SIZE),
        "mask": seen.mask,
        "normal_front": seen.spread(seen.normals_front),
        "normal_back": seen.spread(seen.normals_back),
        "depth_front": seen.depth_front,
        "depth_back": seen.depth_back,
    }


PARTS = {"finder": see, "lifter": lift, "clother": dress}


def by_stratum(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mean of each stratum, and of all."""
    found = []
    for name in (*STRATA, "all"):
        chosen = [r for r in rows if name in (r["stratum"], "all")]
        values = {k: float(np.mean([r[k] for r in chosen])) for k in rows[0] if k != "stratum"}
        found.append({"stratum": name, **values})
    return found


def judge(part: str, mean: dict[str, Any]) -> list[bool]:
    """Print which targets were reached."""
    if part == "finder":
        return [verdict(f"PCK@0.05 {mean['PCK@0.05']:.3f} >= 0.95", mean["PCK@0.05"] >= 0.95),
                verdict(f"mask IoU {mean['IoU']:.3f} >= 0.95", mean["IoU"] >= 0.95)]  # fmt: skip
    if part == "lifter":
        better = 1 - mean["vertices mm"] / mean["mean pose mm"]
        return [verdict(f"lifter alone {mean['vertices mm']:.0f} mm, {better:.0%} below the mean pose", better > 0.3)]
    reached = []
    for side, limit in (("front", 12), ("back", 20)):
        better = 1 - mean[f"{side} on body"] / mean[f"{side} bare body"]
        reached.append(verdict(f"{side} normals {mean[f'{side} degrees']:.1f} <= {limit} degrees",
                               mean[f"{side} degrees"] <= limit))  # fmt: skip
        reached.append(verdict(f"{side} normals {better:.0%} below the bare body's, >= 35 %", better >= 0.35))
    return reached


def write_scores(part: str, rows: list[dict[str, Any]], count: int) -> None:
    """Put the scores on the card of the network that was used."""
    path = weights.need(part)
    card = weights.read_card(path)
    card["scores"] = {"set": f"{count} held-out generated people", "by stratum": [
        {k: v if isinstance(v, str) else round(v, 4) for k, v in row.items()} for row in rows]}  # fmt: skip
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> int:
    """Run the parts; 1 where a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--parts", nargs="*", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--weights", type=Path, help="Folder of weights to judge instead of the installed ones.")
    parser.add_argument("--write", action="store_true", help="Put the scores on the model cards.")
    args = parser.parse_args()
    if args.weights:
        os.environ["EIGENFORM_WEIGHTS"] = str(args.weights)
    samples = people(args.count)
    reached = []
    for part in args.parts:
        print(f"\n{part}, {len(samples)} held-out people")
        rows = by_stratum(PARTS[part](samples))
        table(rows)
        reached += judge(part, rows[-1])
        if args.write:
            write_scores(part, rows, len(samples))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
