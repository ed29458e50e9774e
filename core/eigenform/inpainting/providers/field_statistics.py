"""Semantics from a field itself and the shape below it: values and contrast at several scales, direction, bending."""

from __future__ import annotations

import numpy as np

from eigenform.inpainting.field_graph import Graph

STEPS = (2, 8, 24)
"""Steps of diffusion: the scales."""

SUPPORT = 0.4
"""The share of a neighbourhood that must be known for its statistics to be trusted."""


class FieldStatistics:
    """Principal components of local statistics of the values, followed by descriptors of the shape, known everywhere.

    Parameters
    ----------
    graph : Graph
    normals : (V, 3) float or None
    values : (V, C) float
    known : (V,) bool
    dimensions : int
        In all.
    """

    def __init__(
        self, graph: Graph, normals: np.ndarray | None, values: np.ndarray, known: np.ndarray, dimensions: int
    ) -> None:
        self.graph = graph
        self.shape = _unit(_shape_descriptors(graph, normals), known, max(1, dimensions // 2))
        raw, valid = self._statistics(values, known)
        self.fitted = _fit(raw[valid & known] if (valid & known).any() else raw, dimensions - self.shape.shape[1])

    def describe(self, values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(V, q) embedding from known values alone, and (V,) where its statistics can be trusted."""
        raw, valid = self._statistics(values, known)
        mean, basis = self.fitted
        found = np.where(valid[:, None], np.clip((raw - mean) @ basis, -5, 5), 0)
        return np.concatenate([found, self.shape], 1).astype(np.float32), valid

    def _statistics(self, values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(V, s) means and deviations by normalised diffusion, and where they are trusted."""
        weight = known.astype(float)[:, None]
        shown = np.where(known[:, None], values, 0.0)
        stack = np.concatenate([shown, shown**2, weight], 1)
        c, done, found = values.shape[1], 0, []
        support = weight[:, 0]
        for steps in STEPS:
            stack = self.graph.smooth(stack, steps - done)
            done = steps
            norm = np.maximum(stack[:, -1:], 1e-6)
            mean = stack[:, :c] / norm
            found += [mean, np.sqrt(np.maximum(stack[:, c : 2 * c] / norm - mean**2, 0))]
            if steps == STEPS[1]:
                support = stack[:, -1]
        return np.concatenate(found, 1), support > SUPPORT


def _shape_descriptors(graph: Graph, normals: np.ndarray | None) -> np.ndarray:
    """(V, s) how far a vertex stands from the mean of its surroundings, along its normal, and that normal."""
    found = [np.ones((len(graph.points), 1))]
    for steps in STEPS:
        away = graph.points - graph.smooth(graph.points, steps)
        found.append(np.linalg.norm(away, axis=1, keepdims=True))
        if normals is not None:
            found.append(np.einsum("ij,ij->i", away, normals)[:, None])
    return np.concatenate([*found, *([normals] if normals is not None else [])], 1)


def _fit(rows: np.ndarray, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean, and the directions (s, q) that make the leading components of ``rows`` of unit variance."""
    scale = np.maximum(rows.std(0), 1e-6)
    unit = (rows - rows.mean(0)) / scale
    power, directions = np.linalg.eigh(unit.T @ unit / len(unit))
    kept = np.arange(len(power))[::-1][: max(1, dimensions)]
    return rows.mean(0), directions[:, kept] / np.sqrt(np.maximum(power[kept], 1e-2)) / scale[:, None]


def _unit(rows: np.ndarray, known: np.ndarray, dimensions: int) -> np.ndarray:
    """The leading components of ``rows``, of about unit variance."""
    mean, basis = _fit(rows, dimensions)
    return np.clip((rows - mean) @ basis, -5, 5)
