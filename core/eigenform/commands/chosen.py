"""The method and the parameters that the flags of a command ask for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from eigenform import registry
from eigenform.errors import InputError
from eigenform.params import make, params_of
from eigenform.registry import Method

_PREFIX = "param_"


def flags(args: argparse.Namespace) -> dict[str, Any]:
    """The parameter flags that were given, by parameter name."""
    return {k.removeprefix(_PREFIX): v for k, v in vars(args).items() if k.startswith(_PREFIX)}


def chosen(verb: str, name: str, preset: str, given: Mapping[str, Any]) -> tuple[Method, Any]:
    """The record called ``name`` and its parameters: defaults, then the preset, then the flags.

    Raises
    ------
    InputError
        For a method of another verb, a preset it has not, a flag it has not or a value out of range.
    """
    method = registry.get(name)
    if method.verb != verb:
        known = ", ".join(m.name for m in registry.methods(verb))
        raise InputError(f"Method {name} makes a {method.output}, not a {verb}; --method may be {known}.")
    known_names = {p.name for p in params_of(method.params_class())}
    for flag in given:
        if flag not in known_names and not _serves_every_method(flag, given[flag]):
            raise InputError(_not_a_flag_of(method, flag))
    values = {**method.preset(preset), **{k: v for k, v in given.items() if k in known_names}}
    return method, make(method.params_class(), values)


def _serves_every_method(flag: str, value: Any) -> bool:
    """A method without a device runs on the CPU, and one without a seed draws no random numbers.

    Asking for just that changes nothing, so that one line of a script serves every method. A time limit is kept by
    :mod:`eigenform.commands.deadline` where the method does not.
    """
    if flag == "device":
        return value in ("auto", "cpu")
    return flag == "seconds" or (flag == "seed" and str(value).isdigit())


def _not_a_flag_of(method: Method, flag: str) -> str:
    owners = [m.name for m in registry.methods(method.verb) if flag in {p.name for p in params_of(m.params_class())}]
    shown = "--" + flag.replace("_", "-")
    return f"Method {method.name} has no {shown}; {' and '.join(owners)} {'has' if len(owners) == 1 else 'have'}."
