"""Guesses of what is in a hole of a field; the appearance function weighs them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from eigenform.geometry.neighbours import knn
from eigenform.inpainting.field_graph import Graph

NAMES = ("harmonic", "biharmonic", "semantic diffusion", "alike near", "alike anywhere")

ALIKE = 12
"""Known vertices that are averaged."""


def field_guesses(
    graph: Graph,
    values: np.ndarray,
    known: np.ndarray,
    embedding: np.ndarray,
    harmonic: np.ndarray,
    biharmonic: np.ndarray,
    check: Callable[[], None],
) -> tuple[np.ndarray, np.ndarray]:
    """All guesses (n, V, C), clipped to a tenth beyond the known range, and notes (V, k) on how far to trust them.

    Parameters
    ----------
    graph : Graph
    values : (V, C) float
    known : (V,) bool
    embedding : (V, q) float
    harmonic, biharmonic : (V, C) float
    check : callable
    """
    found = [
        harmonic,
        biharmonic,
        _semantic_diffusion(graph, values, known, embedding, harmonic, check),
        _alike(graph, values, known, embedding, 6.0, check),
        _alike(graph, values, known, embedding, 0.5, check),
    ]
    low, high = values[known].min(0), values[known].max(0)
    room = 0.1 * (high - low)
    stacked = np.clip(np.stack(found), low - room, high + room)
    stacked = np.where(known[:, None], values, stacked)
    distance = graph.distance(np.flatnonzero(known))
    edge = float(np.median(graph.lengths.data))
    far = np.log1p(np.where(np.isfinite(distance), distance, 100 * edge) / edge) / 3
    notes = np.stack([far, 5 * stacked.std(0).mean(1)], 1)
    return stacked.astype(np.float32), notes.astype(np.float32)


def _semantic_diffusion(
    graph: Graph,
    values: np.ndarray,
    known: np.ndarray,
    embedding: np.ndarray,
    start: np.ndarray,
    check: Callable[[], None],
    times: int = 200,
) -> np.ndarray:
    """Diffusion from the known part that hardly crosses between vertices of different semantics."""
    edges = graph.lengths.tocoo()
    apart = ((embedding[edges.row] - embedding[edges.col]) ** 2).sum(1)
    scale = max(float(np.median(apart)), 0.02 * float(apart.max(initial=0.0)), 1e-9)
    weight = np.exp(-apart / (2 * scale)) + 1e-4
    kernel = sp.csr_matrix((weight, (edges.row, edges.col)), shape=graph.lengths.shape)
    total = np.maximum(np.asarray(kernel.sum(1)).ravel(), 1e-12)
    inner = kernel[~known]
    norm = total[~known, None]
    current = np.where(known[:, None], values, start)
    alone = norm[:, 0] <= 1e-9
    for i in range(times):
        if i % 10 == 0:
            check()
        fresh = (inner @ current) / norm
        current[~known] = np.where(alone[:, None], current[~known], fresh)
    return current


def _alike(
    graph: Graph,
    values: np.ndarray,
    known: np.ndarray,
    embedding: np.ndarray,
    nearness: float,
    check: Callable[[], None],
) -> np.ndarray:
    """The mean of known vertices that are alike in their semantics and, as much as ``nearness`` says, near."""
    joint = np.concatenate([nearness * graph.points, embedding / np.sqrt(embedding.shape[1])], 1)
    source = np.flatnonzero(known)
    distance, index = knn(joint[source], min(ALIKE, len(source)), joint[~known], check)
    weight = np.exp(-((distance / np.maximum(distance[:, -1:], 1e-9)) ** 2))
    weight /= weight.sum(1, keepdims=True)
    result = values.copy()
    result[~known] = (weight[..., None] * values[source[index]]).sum(1)
    return result
