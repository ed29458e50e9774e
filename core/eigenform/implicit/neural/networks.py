"""Networks of the coordinates: sine and Fourier networks, and the one place that builds any of them.

All take points (N, d) in [-1, 1]^d and give (N, out). One frequency decides what each kind can represent: ``frequency``
is omega of SIREN's first layer, the standard deviation sigma of the Fourier features, or the scale of FINER's first
bias.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from eigenform.errors import InputError
from eigenform.implicit.neural.grids import FeatureGrids, HashGrids

HIDDEN_OMEGA = 30.0
"""omega of the layers after SIREN's first one, and of all layers of FINER, as published."""

SPHERE_RADIUS = 0.6
"""Radius of the sphere a geometric start begins with, in the coordinates of the network."""


def from_sphere(points: Tensor) -> Tensor:
    """(N, 1) distance of points (N, d) from a sphere about the origin, smooth at its centre."""
    return ((points**2).sum(1, keepdim=True) + 1e-4).sqrt() - SPHERE_RADIUS


class Sine(nn.Module):
    """``sin(omega z)`` of a linear layer, or ``sin(omega (|z| + 1) z)`` where ``variable`` (FINER)."""

    def __init__(self, wide: int, width: int, omega: float, first: bool, variable: bool, bias: float | None) -> None:
        super().__init__()
        self.linear, self.omega, self.first, self.variable = nn.Linear(wide, width), omega, first, variable
        bound = 1 / wide if first else math.sqrt(6 / wide) / omega
        with torch.no_grad():
            self.linear.weight.uniform_(-bound, bound)
            if bias is not None:
                self.linear.bias.uniform_(-bias, bias)

    def forward(self, x: Tensor) -> Tensor:
        if self.first and not self.variable:  # the frequency scales the input, not the bias, as FreSh assumes
            return torch.sin(nn.functional.linear(self.omega * x, self.linear.weight, self.linear.bias))
        z = self.linear(x)
        if self.variable:
            z = (z.abs() + 1) * z
        return torch.sin(self.omega * z)


class SineNet(nn.Module):
    """SIREN (Sitzmann et al., NeurIPS 2020) or FINER (Liu et al., CVPR 2024): ``layers`` sine layers, one linear.

    With ``geometric`` the network starts as the distance from a sphere: that distance is added to the output, whose
    own layer starts small, and the units of the first layer share out frequencies from a sixteenth of ``frequency`` up
    to it. This serves points without normals, where the sign must come from the start (after the multi-frequency
    geometric initialisation of Ben-Shabat et al., DiGS, CVPR 2022).
    """

    def __init__(
        self,
        dimension: int = 3,
        out: int = 1,
        hidden: int = 128,
        layers: int = 3,
        frequency: float = 30.0,
        variable: bool = False,
        geometric: bool = False,
        zero: bool = False,
    ) -> None:
        super().__init__()
        self.geometric = geometric
        omega, bias = (HIDDEN_OMEGA, frequency) if variable else (frequency, None)
        stack: list[nn.Module] = [Sine(dimension, hidden, omega, True, variable, bias)]
        stack += [Sine(hidden, hidden, HIDDEN_OMEGA, False, variable, None) for _ in range(layers - 1)]
        self.stack = nn.Sequential(*stack)
        self.last = nn.Linear(hidden, out)
        bound = math.sqrt(6 / hidden) / HIDDEN_OMEGA
        with torch.no_grad():
            self.last.weight.uniform_(-bound, bound)
            if geometric:
                shares = 2.0 ** -torch.linspace(0, 4, hidden)
                stack[0].linear.weight.mul_(shares[:, None])  # type: ignore[union-attr,operator]
                self.last.weight.mul_(0.1)
                self.last.bias.zero_()
            if zero:
                self.last.weight.zero_()
                self.last.bias.zero_()

    def forward(self, points: Tensor) -> Tensor:
        """(N, d) in [-1, 1] to (N, out)."""
        found = self.last(self.stack(points))
        return found + from_sphere(points) if self.geometric else found


class FourierNet(nn.Module):
    """Random Fourier features and an MLP (Tancik et al., NeurIPS 2020).

    The features are ``sin(pi B x)`` and ``cos(pi B x)``, entries of B normal with standard deviation ``frequency``: as
    published, were x in [0, 1]. ``smooth`` takes softplus (beta 100) in the place of ReLU, for second derivatives;
    ``geometric`` starts as the distance from a sphere.
    """

    def __init__(
        self,
        dimension: int = 3,
        out: int = 1,
        hidden: int = 128,
        layers: int = 3,
        frequency: float = 4.0,
        features: int = 128,
        smooth: bool = False,
        geometric: bool = False,
        zero: bool = False,
    ) -> None:
        super().__init__()
        self.geometric = geometric
        self.register_buffer("frequencies", torch.randn(dimension, features) * frequency)
        width, stack = 2 * features, []
        for _ in range(layers):
            stack += [nn.Linear(width, hidden), nn.Softplus(beta=100) if smooth else nn.ReLU()]
            width = hidden
        self.stack, self.last = nn.Sequential(*stack), nn.Linear(width, out)
        with torch.no_grad():
            if geometric:
                self.last.weight.mul_(0.1)
                self.last.bias.zero_()
            if zero:
                self.last.weight.zero_()
                self.last.bias.zero_()

    def forward(self, points: Tensor) -> Tensor:
        """(N, d) in [-1, 1] to (N, out)."""
        phase = math.pi * (points @ self.frequencies)  # type: ignore[operator]
        found = self.last(self.stack(torch.cat([phase.sin(), phase.cos()], 1)))
        return found + from_sphere(points) if self.geometric else found


_KINDS: dict[str, tuple[type[nn.Module], dict[str, Any]]] = {
    "siren": (SineNet, {}),
    "finer": (SineNet, {"variable": True, "frequency": 1.0}),
    "fourier": (FourierNet, {}),
    "grids": (FeatureGrids, {}),
    "hash": (HashGrids, {}),
}
KINDS = tuple(_KINDS)


def build(config: Mapping[str, Any], seed: int = 0) -> nn.Module:
    """A network from its JSON description.

    Parameters
    ----------
    config : mapping
        ``kind`` (one of :data:`KINDS`) and the arguments of its class, among them for all kinds ``dimension`` (3),
        ``out`` (1), ``hidden``, ``layers`` and ``zero`` (start with the output 0 everywhere); for ``siren``,
        ``finer`` and ``fourier`` also ``frequency``.
    seed : int
        Decides the weights; no global random state is touched.

    Raises
    ------
    InputError
        For a kind that is not known.
    """
    options = dict(config)
    kind = str(options.pop("kind", None))
    if kind not in _KINDS:
        raise InputError(f"There is no network {kind!r}; there are {', '.join(KINDS)}.")
    made, fixed = _KINDS[kind]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return made(**{**fixed, **options})
