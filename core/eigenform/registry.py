"""Method records. One record gives a method its menu entry, form, command-line value and documentation.

Targets and parameter classes are named by string, so that listing methods imports nothing heavy.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eigenform.errors import InputError


@dataclass(frozen=True)
class Method:
    """One way of making a value from others.

    Attributes
    ----------
    name : str
        The value of ``--method``.
    title : str
        What menus and forms show.
    pillar : str
        ``spectral``, ``implicit``, ``avatar`` or ``fields``.
    verb : str
        The command-line verb: the output type, such as ``basis``.
    inputs : tuple of str
        Names of the types in :mod:`eigenform.types` it takes.
    output : str
        Name of the type it gives.
    params : str
        ``module:Class`` of its parameter dataclass.
    target : str
        ``module:function`` with the signature ``run(inputs, params, ctx) -> output``.
    summary : str
        One sentence for tooltips and help.
    presets : mapping of str to mapping
        Named sets of parameter values; ``default`` is always the empty set.
    source : str
        The paper or reference behind it.
    """

    name: str
    title: str
    pillar: str
    verb: str
    inputs: tuple[str, ...]
    output: str
    params: str
    target: str
    summary: str
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: str = ""

    def params_class(self) -> type:
        """The parameter dataclass."""
        return load(self.params)

    def preset(self, name: str) -> Mapping[str, Any]:
        """The values of a preset, or :class:`InputError`."""
        known = {"default": {}, **self.presets}
        if name not in known:
            raise InputError(f"{self.title} has no preset {name!r}; there are {', '.join(known)}.")
        return known[name]


def load(path: str) -> Any:
    """The object named by ``module:attribute``."""
    module, attribute = path.split(":")
    return getattr(importlib.import_module(module), attribute)


METHODS: tuple[Method, ...] = (
    Method(
        name="learned",
        title="Learned eigenbasis",
        pillar="spectral",
        verb="basis",
        inputs=("Shape",),
        output="Basis",
        params="eigenform.spectral.settings:LearnedParams",
        target="eigenform.spectral.learned:train",
        summary="Train a network on smooth probe functions: modes from raw points, no operator, no eigensolver.",
        presets={
            "as-published": {
                "probes": "heat-published",
                "probe_count": 1000,
                "network": "transformer",
                "layers": 8,
                "last_layer": "qr",
                "inner_product": "learned",
                "eigenvalues": "mean-error",
                "steps": 1000,
                "learning_rate": 1e-3,
                "schedule": "cosine",
                "weight_decay": 0.01,
                "clip": 0.01,
                "draws": 1,
                "resample_every": 1,
            }
        },
        source="Velich et al., Learning Eigenstructures of Unstructured Data Manifolds, CVPR 2026, arXiv 2512.01103",
    ),
    Method(
        name="probes",
        title="Probe optimum",
        pillar="spectral",
        verb="basis",
        inputs=("Shape",),
        output="Basis",
        params="eigenform.spectral.settings:ProbeParams",
        target="eigenform.spectral.optimum:solve",
        summary="The exact optimum of the learning problem: what a perfectly trained network would reach.",
        source="Ky Fan's principle applied to the nested loss of Velich et al., arXiv 2512.01103",
    ),
    Method(
        name="classical",
        title="Classical eigenbasis",
        pillar="spectral",
        verb="basis",
        inputs=("Shape",),
        output="Basis",
        params="eigenform.spectral.settings:ClassicalParams",
        target="eigenform.spectral.classical:solve",
        summary="The reference: the robust Laplacian of the mesh or cloud and a shift-invert eigensolver.",
        source="Sharp and Crane, A Laplacian for Nonmanifold Triangle Meshes, SGP 2020",
    ),
)


def methods(verb: str | None = None) -> list[Method]:
    """All records, or those of one verb."""
    return [m for m in METHODS if verb in (None, m.verb)]


def get(name: str) -> Method:
    """The record called ``name``, or :class:`InputError`."""
    for method in METHODS:
        if method.name == name:
            return method
    raise InputError(f"There is no method {name!r}; there are {', '.join(m.name for m in METHODS)}.")
