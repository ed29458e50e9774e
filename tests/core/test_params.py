"""Parameters: ranges, types and unknown names are refused in one sentence."""

from __future__ import annotations

import dataclasses

import pytest
from eigenform.errors import InputError
from eigenform.params import Param, make, params_of
from eigenform.registry import methods
from eigenform.spectral.settings import ClassicalParams, LearnedParams


def test_text_becomes_the_declared_type() -> None:
    made = make(LearnedParams, {"modes": "12", "learning_rate": "1e-4", "network": "transformer"})
    assert (made.modes, made.learning_rate, made.network) == (12, 1e-4, "transformer")
    assert isinstance(made.modes, int)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("modes", "0", "between 2 and 1000"),
        ("modes", "2.5", "whole number"),
        ("modes", "many", "whole number"),
        ("modes", True, "whole number"),
        ("modes", float("inf"), "whole number"),
        ("learning_rate", "nan", "between"),
        ("network", "oracle", "coordinate, transformer"),
        ("colour", "red", "no parameter called"),
    ],
)
def test_bad_values_are_refused_in_one_sentence(name: str, value: object, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        make(LearnedParams, {name: value})
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_bool_parameters() -> None:
    p = Param("x", "bool", False, "X", "help")
    assert p.parse("true") is True
    assert p.parse("False") is False
    with pytest.raises(InputError, match="true or false"):
        p.parse("maybe")


@pytest.mark.parametrize("cls", [m.params_class() for m in methods()])
def test_every_parameter_is_documented_and_its_default_is_legal(cls: type) -> None:
    found = params_of(cls)
    assert [p.name for p in found] == [f.name for f in dataclasses.fields(cls)]
    for p in found:
        assert p.help.endswith("."), p.name
        assert p.parse(p.default) == p.default
        assert p.flag.startswith("--")
        assert "_" not in p.flag


def test_defaults_are_those_of_the_contract() -> None:
    assert make(LearnedParams).samples == 2500
    assert make(LearnedParams).modes == make(ClassicalParams).modes == 50
