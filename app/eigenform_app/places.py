"""Where the vertices of a figure that moves are, worked out no further than they are drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Posed = tuple[np.ndarray, np.ndarray | None]
"""Vertices (n, 3) in world coordinates and their unit normals (n, 3), or None."""


class Places:
    """Vertices and normals of one pose. A lighter mesh asks for those at its rows, a frame at rest for all.

    Parameters
    ----------
    count : int
        Vertices of the figure.
    work_out : callable
        From rows (n,), or None for all, to what is there.
    """

    def __init__(self, count: int, work_out: Callable[[np.ndarray | None], Posed]) -> None:
        self.count = count
        self._work_out = work_out
        self._all: Posed | None = None
        self._some: tuple[np.ndarray, Posed] | None = None  # the rows asked for last, and what is there

    def at(self, rows: np.ndarray | None = None) -> Posed:
        """What is at rows, or everywhere; asked for again with the same array, nothing is done twice."""
        if rows is None:
            if self._all is None:
                self._all = self._work_out(None)
            return self._all
        if self._all is not None:
            verts, normals = self._all
            return verts[rows], None if normals is None else normals[rows]
        if self._some is None or self._some[0] is not rows:
            self._some = rows, self._work_out(rows)
        return self._some[1]
