"""A coordinate network fitted to an image, with the frequency that FreSh chooses."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from eigenform.errors import Cancelled, InputError
from eigenform.implicit.frequency.choose import Choice, choose, race
from eigenform.implicit.frequency.settings import ImageFitParams
from eigenform.jobs import Checkpoint, JobContext, unwatched
from eigenform.provenance import describe, json_safe
from eigenform.types import Image

BATCH = 4096
SEARCH_SIZE = 128
RACE_STEPS = 100
RATES = {"siren": 1e-4, "finer": 1e-4, "fourier": 3e-3}
"""Adam's rate as published."""


def coordinates(height: int, width: int) -> np.ndarray:
    """(height width, 2) float32 centres of pixels in [-1, 1], row by row; the longer side spans the interval."""
    longer = max(height, width)
    y = (2 * np.arange(height) + 1 - height) / longer
    x = (2 * np.arange(width) + 1 - width) / longer
    return np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).reshape(-1, 2).astype(np.float32)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of values in [0, 1]: ``-10 log10`` of the mean squared difference."""
    return float(-10 * np.log10(max(np.mean((np.asarray(a, dtype=np.float64) - b) ** 2), 1e-12)))


def square(pixels: np.ndarray, size: int = SEARCH_SIZE) -> np.ndarray:
    """The central square of an image (H, W, C), at most ``size`` pixels along a side, in [-1, 1]."""
    h, w = pixels.shape[:2]
    side = min(h, w)
    top, left = (h - side) // 2, (w - side) // 2
    return 2 * reduce(pixels[top : top + side, left : left + side], size) - 1


def reduce(pixels: np.ndarray, largest: int) -> np.ndarray:
    """An image with at most ``largest`` pixels along its longer side, means of areas."""
    h, w = pixels.shape[:2]
    if max(h, w) <= largest:
        return pixels
    from skimage.transform import resize

    scale = largest / max(h, w)
    shape = (max(1, round(h * scale)), max(1, round(w * scale)))
    return np.asarray(resize(pixels, shape, anti_aliasing=True), dtype=np.float32)


def frequency_for(
    pixels: np.ndarray, kind: str, *, width: int, layers: int, seeds: int = 3, check: Callable[[], None] = unwatched
) -> Choice:
    """FreSh's choice for an image (H, W, C) in [0, 1]."""
    from eigenform.implicit.frequency.render import untrained

    signal = square(pixels)
    n = len(signal)
    config = _config(kind, signal.shape[2], width, layers)
    return choose(kind, untrained(config, (n, n)), signal, seeds=seeds, bins=n // 6, check=check)


def _config(kind: str, channels: int, width: int, layers: int) -> dict[str, Any]:
    return {"kind": kind, "dimension": 2, "out": channels, "hidden": width, "layers": layers}


def run(image: Image, *, params: ImageFitParams, ctx: JobContext) -> Image:
    """Fit a network to the known pixels of an image and give its picture, at the size of the input.

    Raises
    ------
    InputError
        For an image of one colour, or without known pixels.
    """
    from eigenform.device import choose as choose_device
    from eigenform.implicit.neural.networks import build

    began = time.monotonic()
    device = choose_device(params.device)
    pixels = reduce(image.pixels, params.largest)
    known = (
        np.ones(pixels.shape[:2], dtype=bool)
        if image.mask is None
        else reduce((~image.mask).astype(np.float32), params.largest) > 0.5
    )
    if known.sum() < 16:
        raise InputError(f"{image.name} has {int(known.sum())} known pixels; a fit needs 16 at least.")
    points = coordinates(*pixels.shape[:2])[known.ravel()]
    values = 2 * pixels.reshape(-1, pixels.shape[2])[known.ravel()] - 1
    data = _Data(points, values, params.held_out, params.seed)

    def fresh_net(value: float) -> Any:
        config = _config(params.network, values.shape[1], params.width, params.layers)
        return build({**config, "frequency": value}, params.seed)

    def short(value: float) -> float:
        trainer = _Trainer(fresh_net(value), data, params, RACE_STEPS, device)
        for _ in range(RACE_STEPS):
            ctx.check()
            trainer.step()
        return trainer.held_out()

    fresh: dict[str, Any] = {}
    value = params.frequency
    restored = ctx.restored
    identity = _identity(image, params)
    if restored is not None and restored.state.get("identity") != identity:
        raise InputError("The checkpoint belongs to a run with other parameters or another picture.")
    if restored is not None:
        value, fresh = float(restored.state["frequency"]), dict(restored.state["fresh"])
    elif value == 0:
        ctx.message("FreSh compares spectra")
        found = frequency_for(pixels, params.network, width=params.width, layers=params.layers, check=ctx.check)
        if params.race:
            ctx.message("The best three race")
            found = race(found, short, check=ctx.check)
        value, fresh = found.value, found.as_dict()
    trainer = _Trainer(fresh_net(value), data, params, params.steps, device)
    if restored is not None:
        trainer.restore(restored)
    while trainer.done < params.steps:
        loss = trainer.step()
        held_out = trainer.held_out() if trainer.done % 25 == 0 or trainer.done == params.steps else None
        scalars = {"loss": loss} | ({"held_out": held_out} if held_out is not None else {})
        try:
            ctx.step(trainer.done, params.steps, f"Training, frequency {value:g}", **scalars)
        except Cancelled:
            ctx.save_checkpoint(trainer.checkpoint({"frequency": value, "fresh": fresh, "identity": identity}))
            raise
        if ctx.preview_due():
            ctx.preview(trainer.picture(image, {"fresh": fresh}))
        if ctx.checkpoint_due():
            ctx.save_checkpoint(trainer.checkpoint({"frequency": value, "fresh": fresh, "identity": identity}))
        if params.seconds and time.monotonic() - began - ctx.waited > params.seconds:
            break
    meta = describe("image-fit", params, seconds=time.monotonic() - began, frequency=value, device=str(device))
    final = trainer.picture(image, meta | ({"fresh": fresh} if fresh else {}))
    small = reduce(final.pixels, params.largest)
    quality = {"psnr": psnr(small[known], pixels[known]), "held_out": trainer.held_out()}
    return final.replace(meta={**final.meta, **quality})


def _identity(image: Image, params: ImageFitParams) -> dict[str, Any]:
    """What must agree for a checkpoint to be taken up: the picture and every parameter that decides a step."""
    values = json_safe(params)
    for name in ("seconds", "device"):
        values.pop(name)
    digest = hashlib.sha256(np.ascontiguousarray(image.pixels).tobytes())
    digest.update(b"" if image.mask is None else np.ascontiguousarray(image.mask).tobytes())
    return {"params": values, "picture": digest.hexdigest()}


class _Data:
    """Known pixels, some of them held out: coordinates (N, 2), values (N, C) in [-1, 1]."""

    def __init__(self, points: np.ndarray, values: np.ndarray, held_out: float, seed: int) -> None:
        import torch

        mixed = np.random.default_rng(seed).permutation(len(points))
        cut = round(held_out * len(points))
        self.test = torch.from_numpy(points[mixed[:cut]]), torch.from_numpy(values[mixed[:cut]])
        self.train = torch.from_numpy(points[mixed[cut:]]), torch.from_numpy(values[mixed[cut:]])


class _Trainer:
    """A network with its optimiser, its batches and the number of steps done."""

    def __init__(self, network: Any, data: _Data, params: ImageFitParams, steps: int, device: Any) -> None:
        import torch

        self.network, self.steps, self.device, self.done = network.to(device), steps, device, 0
        self.train = tuple(t.to(device) for t in data.train)
        self.test = tuple(t.to(device) for t in data.test)
        rate = params.learning_rate or RATES[params.network]
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=rate)
        self.rate = rate
        self.generator = torch.Generator().manual_seed(params.seed)

    def step(self) -> float:
        """One step of Adam on at most :data:`BATCH` pixels; the loss."""
        import torch

        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * 0.05 ** (self.done / self.steps)
        points, values = self.train
        if len(points) > BATCH:
            rows = torch.randint(0, len(points), (BATCH,), generator=self.generator).to(self.device)
            points, values = points[rows], values[rows]
        loss = torch.nn.functional.mse_loss(self.network(points), values)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self.done += 1
        return float(loss.detach())

    def held_out(self) -> float:
        """Root mean square error on the pixels held out, of values in [0, 1]; on all where none are."""
        import torch

        points, values = self.test if len(self.test[0]) else self.train
        with torch.no_grad():
            return float(((self.network(points) - values) ** 2).mean().sqrt()) / 2

    def picture(self, image: Image, meta: Mapping[str, Any]) -> Image:
        """What the network shows at the size of ``image``."""
        import torch

        h, w, c = image.pixels.shape
        points = torch.from_numpy(coordinates(h, w)).to(self.device)
        with torch.no_grad():
            shown = torch.cat([self.network(block) for block in points.split(65536)]).cpu().numpy()
        pixels = np.clip((shown.reshape(h, w, c) + 1) / 2, 0, 1)
        return image.replace(pixels=pixels, mask=None, meta=dict(meta), name=f"{image.name} fitted")

    def checkpoint(self, state: Mapping[str, Any]) -> Checkpoint:
        """All that is needed to go on exactly here."""
        from eigenform.optimiser_state import optimiser_arrays

        arrays = {f"net.{k}": v.detach().cpu().numpy() for k, v in self.network.state_dict().items()}
        arrays |= optimiser_arrays(self.optimiser)
        arrays["random"] = self.generator.get_state().numpy()
        return Checkpoint(arrays, {"done": self.done, **state})

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from :meth:`checkpoint`."""
        import torch

        from eigenform.optimiser_state import load_optimiser

        arrays = {k: torch.from_numpy(np.array(v)) for k, v in checkpoint.arrays.items()}
        self.network.load_state_dict({k[4:]: v for k, v in arrays.items() if k.startswith("net.")})
        load_optimiser(self.optimiser, checkpoint.arrays)
        self.generator.set_state(arrays["random"].to(torch.uint8))
        self.done = int(checkpoint.state["done"])
