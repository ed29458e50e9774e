"""The registry: records point at things that exist, and names are refused in words."""

from __future__ import annotations

import importlib

import eigenform.types
import pytest
from eigenform.errors import InputError
from eigenform.params import make
from eigenform.registry import METHODS, Method, get, load, methods


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_a_record_points_at_things_that_exist(method: Method) -> None:
    assert callable(load(method.target))
    assert all(hasattr(eigenform.types, name) for name in (*method.inputs, method.output))
    assert method.summary.endswith(".")
    assert method.source
    for name in ("default", *method.presets):
        make(method.params_class(), method.preset(name))


def test_names_are_unique_and_unknown_ones_are_refused() -> None:
    names = [m.name for m in METHODS]
    assert len(set(names)) == len(names)
    assert {"learned", "probes", "classical"} <= {m.name for m in methods("basis")}
    with pytest.raises(InputError, match="learned, probes, classical"):
        get("oracle")
    with pytest.raises(InputError, match="no preset"):
        get("classical").preset("as-published")


def test_a_verb_is_an_output_type() -> None:
    for verb in {m.verb for m in METHODS}:
        assert len({m.output for m in methods(verb)}) == 1


def test_targets_are_strings_of_importable_modules() -> None:
    for method in METHODS:
        assert importlib.util.find_spec(method.target.split(":")[0]) is not None
