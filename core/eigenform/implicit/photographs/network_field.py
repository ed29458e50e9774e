"""The field of kind ``neus``: a trained network, asked anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from eigenform.errors import InputError
from eigenform.implicit.neural.stored import stored_network
from eigenform.implicit.photographs.networks import GridField, MlpField, build_field
from eigenform.io.sentences import brief

BLOCK = 65_536


class NeusField:
    """The network ``spec["network"]`` with the arrays ``field.*``, in the sphere ``spec["region"]`` of the frame.

    The region is a sphere, and what lies outside of it was never seen: the field is that of the network cut by the
    sphere, ``max(f, |u| - 1)`` with ``u`` in the unit sphere. Queries are not quantised: the continuous field is read.
    """

    def __init__(self, spec: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        own = {name.removeprefix("field."): value for name, value in arrays.items() if name.startswith("field.")}
        try:
            self.centre = np.asarray(spec["region"]["centre"], dtype=np.float64)
            self.radius = float(spec["region"]["radius"])
            self.gain = float(spec["network"].get("gain", 1.0))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"The field does not say where its photographs were taken ({brief(error)}).") from error
        self.net: MlpField | GridField = stored_network(build_field, spec["network"], own)
        self.net.eval()

    def _blocks(self, points: np.ndarray) -> list[torch.Tensor]:
        unit = torch.from_numpy(((np.asarray(points) - self.centre) / self.radius).astype(np.float32))
        return list(unit.split(BLOCK))

    def values(self, points: np.ndarray) -> np.ndarray:
        """(N,) values at (N, 3) points, both in the frame."""
        found = []
        with torch.no_grad():
            for unit in self._blocks(points):
                found.append(torch.maximum(self.net(unit)[0] / self.gain, unit.norm(dim=1) - 1))
        joined = torch.cat(found).double().numpy() if found else np.zeros(0)
        return np.asarray(joined * self.radius)

    def gradients(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) analytic derivatives at (N, 3) points of the frame."""
        found = []
        for unit in self._blocks(points):
            value, _, slope = self.net(unit, gradient=True)
            assert slope is not None
            away = unit.norm(dim=1, keepdim=True)
            cut = value[:, None] / self.gain < away - 1
            found.append(torch.where(cut, unit / away.clamp_min(1e-9), slope / self.gain).detach())
        return np.asarray(torch.cat(found).double().numpy()) if found else np.zeros((0, 3))
