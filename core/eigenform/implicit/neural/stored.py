"""Networks from files: nothing is made before it is known to be what the tensors of the file are for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from eigenform.errors import InputError
from eigenform.io.sentences import brief

Net = TypeVar("Net", bound=nn.Module)
_REPEATED = ("layers", "levels")
"""Entries of a description that say how often something is repeated, with a tensor each time."""

_LARGEST_TABLE = 30


def stored_network(
    make: Callable[[Mapping[str, Any]], Net], config: Mapping[str, Any], tensors: Mapping[str, np.ndarray]
) -> Net:
    """The network that ``config`` describes with the numbers of ``tensors``.

    It is made without memory first. A description that does not fit the tensors, which could ask for any amount of
    memory, is refused at that point.

    Parameters
    ----------
    make : callable
        From a description to an untrained network.
    config : mapping
        Of a file.
    tensors : mapping of str to array
        By the names of the network's own.

    Raises
    ------
    InputError
        Where the two do not belong together.
    """
    try:
        config = dict(config)
        most = max((int(config.get(name, 0)) for name in _REPEATED), default=0)
        if most > len(tensors) or int(config.get("table", 0)) > _LARGEST_TABLE:
            raise ValueError(f"{most} layers, {len(tensors)} tensors")
        with torch.device("meta"):
            wanted = {name: tuple(value.shape) for name, value in make(config).state_dict().items()}
        found = {name: tuple(np.shape(value)) for name, value in tensors.items()}
        wrong = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
        if wrong:
            raise ValueError(f"{wrong[0]} is {found.get(wrong[0])}, not {wanted.get(wrong[0])}")
        net = make(config)
        net.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in tensors.items()})
    except (LookupError, RuntimeError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise InputError(f"The stored network is not one this version can run ({brief(error)}).") from error
    return net
