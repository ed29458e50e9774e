"""The same learning on the processor and on a graphics card: seconds, their ratio, and whether both learn the same.

    .venv/bin/python benchmarks/devices.py            # every device that torch finds here
    .venv/bin/python benchmarks/devices.py --points 5000

Points of the unit sphere, so that the answers are known: eigenvalues l (l + 1), distance | |x| - 1 |. Needs no mesh,
no window and no package beyond numpy, scipy, torch and OpenCV. The first run on a device is not timed.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from common import basis, table
from eigenform import device as devices
from eigenform import jobs, registry
from eigenform.avatar.networks import weights
from eigenform.implicit.fields import field_of
from eigenform.params import make
from eigenform.types import Shape

LEVELS = np.repeat(np.arange(7), 2 * np.arange(7) + 1)
"""Degrees l of the first 49 modes."""


def sphere(count: int) -> Shape:
    """Points on the unit sphere."""
    points = np.random.default_rng(0).normal(size=(count, 3))
    return Shape(points / np.linalg.norm(points, axis=1, keepdims=True))


def eigenbasis(shape: Shape, device: str, **values: object) -> tuple[float, str]:
    """Seconds, and the median relative error of the eigenvalues."""
    found, seconds = basis("learned", shape, device=device, **values)
    exact = (LEVELS * (LEVELS + 1))[1:]
    error = np.abs(found.evals[1 : len(exact) + 1] / exact - 1)
    return seconds, f"eigenvalues off by {100 * float(np.median(error)):.1f} %"


def surface(shape: Shape, device: str, **values: object) -> tuple[float, str]:
    """Seconds, and the mean error of distances around the sphere."""
    record = registry.get("neural")
    began = time.perf_counter()
    found = jobs.run(record, [shape], make(record.params_class(), {"device": device, **values}))
    seconds = time.perf_counter() - began
    points = np.random.default_rng(1).normal(size=(2000, 3))
    points *= np.random.default_rng(2).uniform(0.9, 1.1, (2000, 1)) / np.linalg.norm(points, axis=1, keepdims=True)
    error = np.abs(field_of(found).values(points) - (np.linalg.norm(points, axis=1) - 1))
    return seconds, f"distances off by {float(error.mean()):.5f}"


def picture_network(name: str, device: str) -> tuple[float, str]:
    """Seconds a picture of the finder or the clother, and how far its answer is from the processor's."""
    network, _ = weights.load(name)
    network = network.eval()
    inputs = {"finder": 3, "clother": 12}[name]
    picture = torch.randn((1, inputs, 256, 256), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        wanted = network(picture)[0]
        network, picture = network.to(device), picture.to(device)
        got = network(picture)[0].cpu()
        began = time.perf_counter()
        for _ in range(20):
            network(picture)[0].cpu()
        seconds = (time.perf_counter() - began) / 20
        network.to("cpu")  # it is shared
    return seconds, f"answers differ by {float((got - wanted).abs().max() / wanted.abs().max()):.1e}"


def main() -> None:
    """Every workload on every device, and the ratio to the processor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=20_000)
    shape = sphere(parser.parse_args().points)
    small = sphere(2000)
    published = {**registry.get("learned").preset("as-published"), "steps": 5, "samples": 2000}
    workloads = {
        "learned eigenbasis, defaults, 150 steps": lambda device: eigenbasis(shape, device),
        "learned eigenbasis, as published, 5 steps": lambda device: eigenbasis(shape, device, **published),
        "neural field, defaults, 200 steps": lambda device: surface(shape, device, resolution=64),
        "neural field, SIREN, 50 steps": lambda device: surface(
            shape, device, network="siren", frequency="30", steps=50, resolution=64
        ),
        "finder, one picture": lambda device: picture_network("finder", device),
        "clother, one picture": lambda device: picture_network("clother", device),
    }
    names = sorted(devices.available())
    for device in names:
        print(f"{device}: {devices.describe(device)}", flush=True)
        eigenbasis(small, device, steps=2, samples=500)
        surface(small, device, steps=2, resolution=32)
    rows = []
    for title, work in workloads.items():
        base = None
        for device in names:
            try:
                seconds, said = work(device)
            except Exception as error:  # one workload that fails must not hide the others
                seconds, said = float("nan"), f"{type(error).__name__}: {error}"
            base = base or seconds
            rows.append({"workload": title, "device": device, "s": seconds, "times as fast": base / seconds,
                         "check": said})  # fmt: skip
            print(f"{title}, {device}: {seconds:.3f} s, {said}", flush=True)
    table(rows)


if __name__ == "__main__":
    main()
