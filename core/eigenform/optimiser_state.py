"""The state of an optimiser as arrays of a checkpoint, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

_PREFIX = "optimiser."


def optimiser_arrays(optimiser: Optimizer) -> dict[str, np.ndarray]:
    """Copies of what an optimiser keeps of each parameter, named ``optimiser.<parameter>.<quantity>``."""
    return {
        f"{_PREFIX}{index}.{name}": value.detach().cpu().numpy().copy()
        for index, state in optimiser.state_dict()["state"].items()
        for name, value in state.items()
    }


def load_optimiser(optimiser: Optimizer, arrays: Mapping[str, np.ndarray]) -> None:
    """Put back what :func:`optimiser_arrays` gave; other entries of ``arrays`` are left alone."""
    states: dict[int, dict[str, Tensor]] = {}
    for name, value in arrays.items():
        if name.startswith(_PREFIX):
            _, index, quantity = name.split(".", 2)
            states.setdefault(int(index), {})[quantity] = torch.from_numpy(np.array(value))
    optimiser.load_state_dict({**optimiser.state_dict(), "state": states})
