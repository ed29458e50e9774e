"""Parameters as dataclasses: the one source of forms, command-line flags and documentation."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eigenform.errors import InputError

_KEY = "eigenform"


@dataclass(frozen=True)
class Param:
    """What a form, a flag or a documentation page needs to know of one parameter.

    ``kind`` is ``int``, ``float``, ``bool``, ``str`` or ``choice``; ``zero`` is what a form shows for a lowest value
    that means something else than a number ("no limit"); a form gives a ``slider`` besides the number where it is set,
    and beside the text of a path a button to choose it: ``place`` is ``file``, ``folder`` or ``either``.
    """

    name: str
    kind: str
    default: Any
    label: str
    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    group: str = "Main"
    zero: str = ""
    slider: bool = False
    place: str = ""

    @property
    def flag(self) -> str:
        """The command-line flag, such as ``--probe-count``."""
        return "--" + self.name.replace("_", "-")

    def parse(self, value: Any) -> Any:
        """``value`` (a string or a number) as this parameter's type, in range, or :class:`InputError`."""
        try:
            if self.kind == "bool":
                result: Any = value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
            elif self.kind in ("int", "float"):
                if isinstance(value, bool):
                    raise ValueError
                result = float(value)
                if self.kind == "int":
                    if result != int(result):
                        raise ValueError
                    result = int(value)
            else:
                result = str(value)
        except (KeyError, ValueError, TypeError, OverflowError):
            raise InputError(f"{self.label}: {value!r} is not {_NOUN[self.kind]}.") from None
        if self.choices and result not in self.choices:
            raise InputError(f"{self.label}: {value!r} is not one of {', '.join(self.choices)}.")
        if self.kind in ("int", "float"):
            low, high = self.low, self.high
            if result != result or (low is not None and result < low) or (high is not None and result > high):
                allowed = f"at least {low:g}" if high is None else f"between {low or 0:g} and {high:g}"
                raise InputError(f"{self.label} must be {allowed}{' ' + self.unit if self.unit else ''}, not {value}.")
        return result


_NOUN = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text", "choice": "a choice"}


def param(
    default: Any,
    help: str,
    *,
    label: str = "",
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    unit: str = "",
    choices: Sequence[str] = (),
    group: str = "Main",
    zero: str = "",
    slider: bool = False,
    place: str = "",
) -> Any:
    """A dataclass field with its range, unit, choices and one sentence of help."""
    info = dict(help=help, label=label, low=low, high=high, step=step, unit=unit, choices=tuple(choices))
    info |= {"group": group, "zero": zero, "slider": slider, "place": place}
    return dataclasses.field(default=default, metadata={_KEY: info})


def params_of(cls: type) -> list[Param]:
    """The parameters of a dataclass, in the order they are declared."""
    found = []
    for f in dataclasses.fields(cls):
        info = dict(f.metadata[_KEY])
        info["label"] = info["label"] or f.name.replace("_", " ").capitalize()
        kind = "choice" if info["choices"] else type(f.default).__name__
        found.append(Param(name=f.name, kind=kind, default=f.default, **info))
    return found


def make(cls: type, values: Mapping[str, Any] | None = None) -> Any:
    """An instance of the dataclass ``cls`` from ``values``, each parsed and checked.

    Raises
    ------
    InputError
        For an unknown name, a wrong type or a value out of range.
    """
    known = {p.name: p for p in params_of(cls)}
    parsed = {}
    for name, value in (values or {}).items():
        if name not in known:
            raise InputError(f"There is no parameter called {name!r}; there are {', '.join(known)}.")
        parsed[name] = known[name].parse(value)
    return cls(**parsed)
