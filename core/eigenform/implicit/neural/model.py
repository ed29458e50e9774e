"""A network as a field: alone, or as a correction of a frozen field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from eigenform.implicit.fields import ScalarField, inner_field
from eigenform.implicit.neural.networks import build
from eigenform.implicit.neural.stored import stored_network
from eigenform.jobs import unwatched

HALF = 0.56
"""Half the side, in the frame, of the cube that networks see as [-1, 1]^3."""

BLOCK = 16_384
"""Points that go through the network at once: few enough for a processor's cache and for a quick pause."""


class Model:
    """A field of the frame whose numbers are a network's.

    Alone, the field is ``HALF net(x / HALF)``. As a correction of a frozen ``base`` field t it is
    ``t + w(t / band) reach tanh(net(x / HALF))`` with ``w(s) = (1 - s^2)^2`` within the band and 0 beyond: the surface
    moves by no more than ``reach``, and nothing can appear where the base has nothing.

    Parameters
    ----------
    config : mapping
        Of :func:`eigenform.implicit.neural.networks.build`.
    net : Module
    base : ScalarField, optional
        The frozen field.
    band, reach : float
        In the frame.
    sign : float
        -1 where the network is negative outside (training without normals may end so).
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        net: nn.Module,
        base: ScalarField | None = None,
        band: float = 0.0,
        reach: float = 0.0,
        sign: float = 1.0,
    ) -> None:
        self.chunk = BLOCK  # what an extraction asks for at once
        self.config, self.net, self.base, self.band, self.reach, self.sign = config, net, base, band, reach, sign

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.net.parameters()).device

    def window(self, base: Tensor) -> Tensor:
        """How much of the correction counts where the base field has these values."""
        return (1 - (base / self.band).clamp(-1, 1) ** 2) ** 2

    def forward(self, where: Tensor, base: Tensor | None = None) -> Tensor:
        """(N,) values, in the frame, at (N, 3) points in the network's coordinates ``x / HALF``."""
        return self.correction(where, base) if base is None else base + self.correction(where, base)

    def correction(self, where: Tensor, base: Tensor | None = None) -> Tensor:
        """What the network adds to the base; all of the field where there is none."""
        found = self.net(where)[:, 0]
        if base is None:
            return self.sign * HALF * found
        return self.window(base) * self.reach * torch.tanh(found)

    def values(
        self, points: np.ndarray, check: Callable[[], None] = unwatched, base: np.ndarray | None = None
    ) -> np.ndarray:
        """(N,) float64 values at (N, 3) points of the frame; ``base`` (N,) where those of the base are known."""
        points = np.asarray(points, dtype=np.float64)
        if self.base is not None:
            return self._corrected(points, self.base.values(points) if base is None else base, check)
        inside = np.clip(points, -HALF, HALF)
        beyond = np.linalg.norm(points - inside, axis=1)
        return self._run(inside, None, check) + beyond

    def _corrected(self, points: np.ndarray, base: np.ndarray, check: Callable[[], None]) -> np.ndarray:
        out = np.array(base, dtype=np.float64)
        near = np.flatnonzero((np.abs(out) < self.band) & (np.abs(points) <= HALF).all(1))
        out[near] = self._run(points[near], out[near], check)
        return out

    def _run(self, points: np.ndarray, base: np.ndarray | None, check: Callable[[], None]) -> np.ndarray:
        out = np.empty(len(points))
        with torch.no_grad():
            for i in range(0, len(points), BLOCK):
                check()
                part = slice(i, i + BLOCK)
                known = None if base is None else self._tensor(base[part])
                out[part] = self.correction(self._tensor(points[part] / HALF), known).double().cpu().numpy()
        return out if base is None else out + base

    def gradients(self, points: np.ndarray, check: Callable[[], None] = unwatched) -> np.ndarray:
        """(N, 3) derivatives at points of the frame, by automatic differentiation of the network."""
        points = np.asarray(points, dtype=np.float64)
        inside = np.clip(points, -HALF, HALF)
        if self.base is None:
            return self._plain_gradients(points, inside, check)
        out, base = self.base.gradients(points).copy(), self.base.values(points)
        near = np.flatnonzero((np.abs(base) < self.band) & (np.abs(points) <= HALF).all(1))
        for i in range(0, len(near), BLOCK):
            check()
            rows = near[i : i + BLOCK]
            where = self._tensor(points[rows] / HALF).requires_grad_()
            known = self._tensor(base[rows]).requires_grad_()
            by_place, by_base = torch.autograd.grad(self.forward(where, known).sum(), (where, known))
            out[rows] *= by_base.double().cpu().numpy()[:, None]
            out[rows] += by_place.double().cpu().numpy() / HALF
        return out

    def _plain_gradients(self, points: np.ndarray, inside: np.ndarray, check: Callable[[], None]) -> np.ndarray:
        out = np.empty((len(points), 3))
        for i in range(0, len(points), BLOCK):
            check()
            where = self._tensor(inside[i : i + BLOCK] / HALF).requires_grad_()
            found = torch.autograd.grad(self.forward(where).sum(), where)[0]
            out[i : i + BLOCK] = found.double().cpu().numpy() / HALF
        # beyond the cube: the value at the nearest point of it plus the distance to that point
        away = points - inside
        distance = np.linalg.norm(away, axis=1, keepdims=True)
        out[away != 0] = 0.0
        return out + away / np.maximum(distance, 1e-300)

    def _tensor(self, x: np.ndarray) -> Tensor:
        return torch.as_tensor(np.asarray(x, dtype=np.float32), device=self.device)

    def describe(self, base_spec: Mapping[str, Any] | None) -> dict[str, Any]:
        """What a field's ``spec`` holds besides its frame."""
        spec: dict[str, Any] = {"kind": "network", "network": dict(self.config), "sign": self.sign}
        if base_spec is not None:
            spec |= {"base": dict(base_spec), "band": self.band, "reach": self.reach}
        return spec


class NetworkField(Model):
    """A field of kind ``network``: ``net.*`` are the tensors of the network, ``base.*`` the arrays of the base field.

    It needs no file beside its own and evaluates on the CPU.
    """

    def __init__(self, spec: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        from eigenform.device import leave_a_core

        leave_a_core()
        base = None
        if "base" in spec:
            base = inner_field(spec["base"], split(arrays, "base."))
        net = stored_network(build, spec.get("network", {}), split(arrays, "net."))
        net.requires_grad_(False)
        numbers = (float(spec.get(k, d)) for k, d in (("band", 0.0), ("reach", 0.0), ("sign", 1.0)))
        super().__init__(spec["network"], net, base, *numbers)


def split(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The arrays whose names start with ``prefix``, without it."""
    return {k[len(prefix) :]: v for k, v in arrays.items() if k.startswith(prefix)}
