"""Generated people as batches for the networks that see pictures, with the maps of their bodies where wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from eigenform import device as devices
from eigenform.avatar.networks.resident import Resident, fits
from eigenform.avatar.networks.settings import TrainParams
from eigenform.avatar.networks.shards import Shards
from eigenform.avatar.processes import spread
from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
from eigenform.jobs import JobContext, Relay

TRUE_BODIES = 0.35
"""Share of samples whose body is right; the others have one that a fit could have given."""
ROTATION_NOISE, SHAPE_NOISE, CAMERA_NOISE = 0.10, 0.06, 0.012
"""Largest standard deviations of the wrong bodies: radians, sliders, crop coordinates."""


BODY_STREAM = 9_001
"""Names the random numbers of the wrong bodies."""


def default_folder() -> Path:
    """Where generated people go if nothing else is said."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("eigenform", appauthor=False)) / "people"


class People:
    """Batches of people in files of the generator (:mod:`eigenform.avatar.synthetic.dataset`).

    Parameters
    ----------
    params : TrainParams
    names : sequence of str
        Arrays of a batch; those that begin with ``body_`` are the maps of :func:`add_bodies`.
    """

    def __init__(self, params: TrainParams, names: Sequence[str]) -> None:
        self.params, self.names = params, tuple(names)
        self.folder = Path(params.scans or params.data or default_folder())
        self._samples: Shards | Resident | None = None

    def prepare(self, ctx: JobContext, bodies: bool = False) -> None:
        """Generate what is missing, so that nothing is made twice.

        Raises
        ------
        InputError
            Where a folder of scans holds none.
        """
        p = self.params
        if p.scans:
            from eigenform.avatar.synthetic.scans import render_scans

            files = render_scans(Path(p.scans), ctx)
        else:
            from eigenform.avatar.synthetic.dataset import generate

            files = generate(self.folder, p.samples, p.first_seed, ctx=Relay(ctx, previews=False))
        if not files:
            raise InputError(f"{self.folder} holds no people to train on.")
        counts = []
        for path in files:
            with np.load(path, allow_pickle=False) as stored:
                counts.append(len(stored["shape"]))
        if bodies:
            missing = [(path,) for path in files if not body_file(path).exists()]
            for index, _ in enumerate(spread(add_bodies, missing, ctx)):
                ctx.step(len(files) - len(missing) + index + 1, len(files), "Drawing the bodies")
        entries = [(path, body_file(path)) if bodies else (path,) for path in files]
        device = devices.choose(p.device)
        if fits(entries, device):
            ctx.message("Taking the people to the graphics card")
            self._samples = Resident(entries, counts, self.names, p.seed, device)
        else:
            self._samples = Shards(entries, counts, self.names, p.seed)

    def batch(self, step: int, device: str | torch.device) -> dict[str, torch.Tensor]:
        """The arrays of one step, as they are stored."""
        assert self._samples is not None, "prepare first"
        found = self._samples.batch(step, self.params.batch)
        return {name: torch.as_tensor(array).to(device) for name, array in found.items()}

    def card(self) -> dict[str, Any]:
        """What the model card says of the data."""
        if self.params.scans:
            return {"kind": "scans of a person", "scans": Path(self.params.scans).name}
        first = self.params.first_seed
        return {
            "kind": "people made by code (eigenform.avatar.synthetic); no photograph, no scan",
            "samples": self.params.samples,
            "seeds": [first, first + self.params.samples - 1],
        }


def body_file(path: Path) -> Path:
    """Where the body maps of a file of samples are."""
    return path.with_name(path.name.replace("people-", "bodies-"))


def add_bodies(path: Path) -> None:
    """Draw the body of every sample of a file, right or not quite, and keep the maps beside it.

    The maps are ``body_normal_front``, ``body_normal_back`` (n, S, S, 3) int8, ``body_depth_front``,
    ``body_depth_back`` (n, S, S) float16 metres, extended beyond the body, and ``body_mask`` (n, S, S) bool.
    """
    out = body_file(path)
    if out.exists():
        return
    with np.load(path, allow_pickle=False) as stored:
        shapes, rotations = stored["shape"].astype(np.float32), stored["rotations"].astype(np.float32)
        cameras, size = stored["camera"].astype(np.float32), stored["mask"].shape[1]
        first = int(stored["seed"][0])
    rng = np.random.default_rng((BODY_STREAM, first))
    parts = [_maps_of(*almost(shapes[i], rotations[i], cameras[i], rng), size) for i in range(len(shapes))]
    with atomic_path(out) as temporary, open(temporary, "wb") as file:
        np.savez(file, **{name: np.stack([part[name] for part in parts]) for name in parts[0]})  # type: ignore[arg-type]


def almost(
    shape: np.ndarray, rotations: np.ndarray, camera: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A body as a fit might give it: the right one in :data:`TRUE_BODIES` of all cases, else with noise."""
    if rng.random() < TRUE_BODIES:
        return shape, rotations, camera
    level = rng.uniform(0.2, 1.0)
    noisy = rotations + rng.normal(0, ROTATION_NOISE * level, rotations.shape)
    moved = camera + np.array([camera[0], 1, 1]) * rng.normal(0, CAMERA_NOISE * level, 3)
    return np.clip(shape + rng.normal(0, SHAPE_NOISE * level, shape.shape), 0, 1), noisy, moved


def _maps_of(shape: np.ndarray, rotations: np.ndarray, camera: np.ndarray, size: int) -> dict[str, np.ndarray]:
    from eigenform.avatar.networks.bodies import posed
    from eigenform.avatar.raster.extend import extend_depth
    from eigenform.avatar.raster.maps import body_maps

    verts, faces = posed(shape, rotations)
    with torch.no_grad():
        maps = body_maps(verts, faces, torch.as_tensor(camera, dtype=torch.float32)[None], size)
        depths = extend_depth(torch.stack([maps["depth_front"], maps["depth_back"]]), maps["mask"])[:, 0]
    found = {"body_mask": maps["mask"][0].numpy()}
    for side, depth in zip(("front", "back"), depths.numpy(), strict=True):
        found[f"body_normal_{side}"] = np.rint(127 * maps[f"normal_{side}"][0].numpy()).astype(np.int8)
        found[f"body_depth_{side}"] = depth.astype(np.float16)
    return found
