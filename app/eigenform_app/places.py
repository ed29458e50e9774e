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
        self._rows: np.ndarray | None = None
        self._some: Posed | None = None
        self._all: Posed | None = None

    @classmethod
    def known(cls, verts: np.ndarray, normals: np.ndarray | None = None) -> Places:
        """Places (V, 3) that need no work."""
        made = cls(len(verts), lambda _: (verts, normals))
        made._all = verts, normals
        return made

    def ready(self, rows: np.ndarray | None) -> Places:
        """These places, worked out at ``rows`` or everywhere: what a thread of its own does for the one who draws."""
        if rows is None:
            self.all()
        else:
            self.at(rows)
        return self

    def all(self) -> Posed:
        """Everywhere."""
        if self._all is None:
            self._all = self._work_out(None)
        return self._all

    def at(self, rows: np.ndarray) -> Posed:
        """At rows; asked for again with the same array, nothing is done twice."""
        if self._all is not None:
            verts, normals = self._all
            return verts[rows], None if normals is None else normals[rows]
        if self._some is None or self._rows is not rows:
            self._rows, self._some = rows, self._work_out(rows)
        return self._some
