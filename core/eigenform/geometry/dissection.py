"""Nested dissection: an order of unknowns that keeps the factors of a surface's matrix sparse."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


def nested_dissection(matrix: sp.csr_matrix, points: np.ndarray, leaf: int = 64) -> np.ndarray:
    """A fill-reducing order from the geometry (George 1973).

    Unknowns are split at the median along their longest direction; those left of the cut with a neighbour right of it
    separate the halves and come last. Where the halves are not connected the separator is empty.

    Parameters
    ----------
    matrix : (N, N) csr_matrix
        Symmetric; only its pattern counts.
    points : (N, d) float
        Where the unknowns stand.
    leaf : int
        Sets of at most so many unknowns are not split.

    Returns
    -------
    (N,) int64
        ``order[i]`` is the unknown that comes ``i``-th.
    """
    n = matrix.shape[0]
    indptr, indices = matrix.indptr, matrix.indices
    order = np.empty(n, dtype=np.int64)
    part = np.zeros(n, dtype=np.int64)  # marks the right half of the set being split
    stack = [(np.arange(n), n)]  # (set, position after its last place)
    while stack:
        members, end = stack.pop()
        if len(members) <= leaf:
            order[end - len(members) : end] = members
            continue
        local = points[members]
        along = local @ _longest(local)
        half = len(members) // 2
        ranked = np.argpartition(along, half)
        left, right = members[ranked[:half]], members[ranked[half:]]
        part[right] = 1
        counts = indptr[left + 1] - indptr[left]
        starts = np.repeat(indptr[left] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        touches = part[indices[starts + np.arange(len(starts))]]
        owner = np.repeat(np.arange(len(left)), counts)
        cut = np.bincount(owner, weights=touches, minlength=len(left)) > 0
        part[right] = 0
        separator, left = left[cut], left[~cut]
        order[end - len(separator) : end] = separator
        end -= len(separator)
        stack.append((right, end))
        stack.append((left, end - len(right)))
    return order


def _longest(points: np.ndarray) -> np.ndarray:
    """The direction along which points spread most."""
    centred = points - points.mean(0)
    return np.linalg.eigh(centred.T @ centred)[1][:, -1]
