"""What an untrained network shows on the grid of a signal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn


@torch.no_grad()
def on_grid(network: nn.Module, shape: tuple[int, ...], half: float = 1.0) -> np.ndarray:
    """(\\*shape, out) output of a network on a regular grid over ``[-half, half]^d``, corners included."""
    axes = [torch.linspace(-half, half, n) for n in shape]
    points = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).reshape(-1, len(shape))
    parts = [network(block) for block in points.split(65536)]
    return torch.cat(parts).reshape(*shape, -1).numpy()


def untrained(config: Mapping[str, Any], shape: tuple[int, ...]) -> Callable[[float, int], np.ndarray]:
    """``render(frequency, seed)`` for :func:`eigenform.implicit.frequency.choose.choose`.

    Parameters
    ----------
    config : mapping
        Of a network as :func:`eigenform.implicit.neural.networks.build` takes it, without its ``frequency``.
    shape : tuple of int
        Nodes of the signal's grid along each axis.
    """
    from eigenform.implicit.neural.networks import build

    def render(frequency: float, seed: int) -> np.ndarray:
        found = on_grid(build({**config, "frequency": frequency}, seed), shape)
        return found[..., 0] if len(shape) == 3 else found

    return render


def shape_frequency(
    kind: str,
    distance: np.ndarray,
    half_side: float,
    *,
    hidden: int = 64,
    layers: int = 3,
    seeds: int = 3,
    check: Callable[[], None] | None = None,
) -> Any:
    """FreSh's choice for a signed distance (n, n, n) on a grid over ``[-half_side, half_side]^3``.

    The target is the distance clipped at half a voxel; frequencies up to a quarter of the grid are compared for SIREN,
    up to a third for the others, whose untrained spectra reach farther.
    """
    from eigenform.implicit.frequency.choose import choose
    from eigenform.implicit.frequency.spectra import soft_occupancy
    from eigenform.jobs import unwatched

    n = len(distance)
    render = untrained({"kind": kind, "hidden": hidden, "layers": layers}, (n, n, n))
    signal = soft_occupancy(distance, half_side / (n - 1))
    bins = n // 4 if kind == "siren" else n // 3
    return choose(kind, render, signal, bins=bins, seeds=seeds, check=check or unwatched)
