"""A trained basis as a function of position: transform, network and last layer together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import nn

from eigenform.errors import InputError
from eigenform.spectral.loss import exact
from eigenform.spectral.networks import build

BLOCK = 4096
"""Points that go through the network at once when it is evaluated: few enough for a processor's cache."""


@dataclass(frozen=True)
class Frame:
    """From input coordinates to the network's: centred, largest radius 1, one more coordinate for each component.

    Attributes
    ----------
    centre : (d,) float64
    scale : float
        Radius in input units.
    anchors : (N, d) float64
        Training samples in normalised coordinates.
    labels : (N,) int64
        Component of each sample.
    lift : float
        Distance between neighbouring components along the added coordinate; there is none where there is one component.
    """

    centre: np.ndarray
    scale: float
    anchors: np.ndarray
    labels: np.ndarray
    lift: float = 2.0

    @property
    def components(self) -> int:
        """Number of connected components of the training samples."""
        return int(self.labels.max()) + 1

    def normalised(self, verts: np.ndarray) -> np.ndarray:
        """(V, d) input coordinates to normalised ones."""
        return (verts - self.centre) / self.scale

    def lifted(self, points: np.ndarray, labels: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Normalised points to network input (V, d or d + 1) and component labels (V,).

        A point that is no training sample belongs to the component of the nearest sample.
        """
        if self.components == 1:
            return points, np.zeros(len(points), dtype=np.int64)
        if labels is None:
            labels = self.labels[cKDTree(self.anchors).query(points)[1]]
        return np.column_stack([points, self.lift * labels]), labels


@dataclass(frozen=True)
class Model:
    """Network columns, beside them one indicator for each component after the first, times the last layer.

    Attributes
    ----------
    net : Module
    config : mapping
        What :func:`eigenform.spectral.networks.build` needs.
    frame : Frame
    last : (D + c - 1, K) float64
    divide : bool
        Whether modes are the columns divided by the first one (learned inner product).
    """

    net: nn.Module
    config: Mapping[str, Any]
    frame: Frame
    last: np.ndarray
    divide: bool = False

    def modes_at(self, verts: np.ndarray, check: Callable[[], None] | None = None) -> np.ndarray:
        """Unnormalised modes at any points.

        Parameters
        ----------
        verts : (V, d) float
            In input coordinates.
        check : callable, optional
            Called before each block of points; may raise to cancel.

        Returns
        -------
        (V, K) float64
        """
        if verts.shape[1] != len(self.frame.centre):
            raise InputError(
                f"This network was trained on points with {len(self.frame.centre)} coordinates; these have "
                f"{verts.shape[1]}."
            )
        out = np.empty((len(verts), self.last.shape[1]))
        last = torch.from_numpy(np.array(self.last))
        context = None
        if self.config["kind"] == "transformer":
            context = self._tensor(self.frame.lifted(self.frame.anchors, self.frame.labels)[0])
        for start in range(0, len(verts), BLOCK):
            if check is not None:
                check()
            points, labels = self.frame.lifted(self.frame.normalised(verts[start : start + BLOCK]))
            with torch.no_grad():
                tensor = self._tensor(points)
                found = self.net(tensor) if context is None else self.net(tensor, context)
            columns = exact(found.float().cpu())
            if self.frame.components > 1:
                marks = labels[:, None] == np.arange(1, self.frame.components)
                columns = torch.cat([columns, torch.from_numpy(marks.astype(np.float64))], 1)
            out[start : start + len(points)] = (columns @ last).numpy()
        return out

    def _tensor(self, points: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(points, dtype=torch.float32, device=next(self.net.parameters()).device)

    def arrays(self) -> dict[str, np.ndarray]:
        """All tensors by name, for a file."""
        found = {f"net.{k}": v.detach().float().cpu().numpy() for k, v in self.net.state_dict().items()}
        found |= {"last": self.last, "centre": self.frame.centre, "scale": np.array([self.frame.scale])}
        if self.frame.components > 1 or self.config["kind"] == "transformer":
            found |= {"anchors": self.frame.anchors, "labels": self.frame.labels}
        return found

    def description(self) -> dict[str, Any]:
        """What a file's ``meta.network`` holds."""
        return {**self.config, "divide_by_first": self.divide, "lift": self.frame.lift}

    @classmethod
    def from_arrays(cls, description: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Model:
        """The inverse of :meth:`arrays` and :meth:`description`; InputError where they do not fit together."""
        config = {k: v for k, v in description.items() if k not in ("divide_by_first", "lift")}
        try:
            net = build(config, 0)
            net.load_state_dict(
                {k[4:]: torch.from_numpy(np.array(v)) for k, v in arrays.items() if k.startswith("net.")}
            )
            centre = np.asarray(arrays["centre"], dtype=np.float64)
            anchors = np.asarray(arrays.get("anchors", np.zeros((1, len(centre)))), dtype=np.float64)
            labels = np.asarray(arrays.get("labels", np.zeros(1)), dtype=np.int64)
            frame = Frame(centre, float(np.ravel(arrays["scale"])[0]), anchors, labels, float(description["lift"]))
            return cls(net, config, frame, np.asarray(arrays["last"], np.float64), bool(description["divide_by_first"]))
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise InputError(f"The stored network is not one this version can run ({error}).") from None


def away_from_zero(first: np.ndarray) -> np.ndarray:
    """The first column (V, 1), kept away from 0 for a division."""
    floor = 1e-3 * np.sqrt((first**2).mean())
    return np.where(np.abs(first) < floor, np.copysign(floor, first), first)
