"""What the registry knows of a method: a record that names its parameters and its function by string."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eigenform.errors import InputError

WORDS = {
    "Shape": "a shape",
    "Basis": "a basis",
    "Field": "a field",
    "ImplicitSurface": "an implicit surface",
    "Image": "a picture",
    "Photographs": "a set of photographs",
    "Body": "a body",
    "Person": "a person in photographs",
    "Avatar": "an avatar",
}
"""Name of a type to words for a sentence."""


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
    live : bool
        Whether it is quick enough to run again while a person moves a slider of its form.
    forecast : str
        ``module:function`` with the signature ``forecast(inputs, params) -> bytes``: the peak memory of a run, told
        before it starts. Empty where the target asks for itself, or needs little.
    step : int
        Its place on the way from a photograph to an avatar: 1 finds the person, 2 fits the body, 3 finds the clothes,
        4 makes the surface; 0 where it stands beside that way.
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
    live: bool = False
    forecast: str = ""
    step: int = 0

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
