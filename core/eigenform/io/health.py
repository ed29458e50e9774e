"""The health report of a shape: what it is, what is odd about it, and which repairs would help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eigenform.io.repairs import REPAIRS, SMALL_PART, repair, small_holes
from eigenform.io.sentences import counted
from eigenform.io.topology import boundary_loops, components, edges
from eigenform.io.weld import duplicate_faces, first_occurrences, zero_area
from eigenform.types import Shape

__all__ = ["REPAIRS", "HealthReport", "health", "repair"]

_NEIGHBOURS = 8
_MANY_COMPARISONS = 4e9  # about ten seconds of brute-force distances


@dataclass(frozen=True)
class HealthReport:
    """What :func:`health` found. None stands where a count has no meaning, as the watertightness of a cloud.

    Parameters
    ----------
    kind : str
        ``mesh``, ``cloud`` or ``features``.
    vertices, faces, dimension : int
    components : int or None
        Connected parts; those of the graph of 8 nearest neighbours for points.
    boundary_loops, nonmanifold_edges : int or None
        Rings of edges with one face; edges with more than two faces.
    watertight : bool or None
        Every edge has two faces.
    area : float or None
        Total area of the faces, in squared input units.
    bounds : list of two lists
        Least and greatest coordinates.
    warnings : tuple of str
        One sentence each; begins with the notes of the reader.
    duplicates, unreferenced, zero_area_faces, duplicate_faces, turned_edges : int
        Vertices at the position of an earlier one; vertices that no face uses; faces without area; faces with the
        vertices of an earlier one; edges whose two faces disagree which side is out.
    small_holes, small_parts : int
        Boundary loops that ``fill-holes`` would close; components with less than one per cent of the area.
    repairs : tuple of str
        Keys of :data:`REPAIRS` that would help.
    """

    kind: str
    vertices: int
    faces: int
    dimension: int
    components: int | None
    boundary_loops: int | None
    nonmanifold_edges: int | None
    watertight: bool | None
    area: float | None
    bounds: list[list[float]]
    warnings: tuple[str, ...]
    duplicates: int = 0
    unreferenced: int = 0
    zero_area_faces: int = 0
    duplicate_faces: int = 0
    turned_edges: int = 0
    small_holes: int = 0
    small_parts: int = 0
    repairs: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of ``eigenform info --json``."""
        keys = "kind vertices faces dimension components boundary_loops nonmanifold_edges watertight area bounds"
        return {key: getattr(self, key) for key in keys.split()} | {"warnings": list(self.warnings)}


def health(shape: Shape) -> HealthReport:
    """Look a shape over; nothing is changed."""
    facts = _mesh_facts(shape) if len(shape.faces) else _point_facts(shape)
    facts["duplicates"] = len(shape.verts) - len(first_occurrences(shape.verts)[0])
    bounds = [shape.verts.min(axis=0).tolist(), shape.verts.max(axis=0).tolist()] if len(shape.verts) else [[], []]
    return HealthReport(
        kind=shape.kind,
        vertices=len(shape.verts),
        faces=len(shape.faces),
        dimension=shape.dimension,
        bounds=bounds,
        warnings=(*shape.notes, *_warnings(shape, facts)),
        repairs=tuple(_helpful(facts)),
        **facts,
    )


def _mesh_facts(shape: Shape) -> dict[str, Any]:
    net = edges(shape.faces)
    used = np.zeros(len(shape.verts), dtype=bool)
    used[shape.faces] = True
    number, label = components(len(shape.verts), net.ends)
    loops = boundary_loops(shape.faces) if np.any(net.faces == 1) else []
    a, b, c = (shape.verts[shape.faces[:, i]] for i in range(3))
    u, v = b - a, c - a
    gram = (u**2).sum(1) * (v**2).sum(1) - (u * v).sum(1) ** 2
    twice = np.linalg.norm(np.cross(u, v), axis=1) if shape.dimension == 3 else np.sqrt(np.maximum(gram, 0))
    pairs = net.faces == 2
    areas = np.bincount(label[shape.faces[:, 0]], weights=twice, minlength=number)
    return {
        "components": number - int((~used).sum()),
        "boundary_loops": len(loops),
        "nonmanifold_edges": int((net.faces > 2).sum()),
        "watertight": bool(pairs.all()),
        "area": float(twice.sum() / 2),
        "unreferenced": int((~used).sum()),
        "zero_area_faces": int(zero_area(shape.verts, shape.faces).sum()),
        "duplicate_faces": int(duplicate_faces(shape.faces).sum()),
        "turned_edges": int((net.balance[pairs] != 0).sum()),
        "small_holes": len(small_holes(shape, loops)),
        "small_parts": int(((areas > 0) & (areas < SMALL_PART * areas.sum())).sum()),
    }


def _point_facts(shape: Shape) -> dict[str, Any]:
    none = ("boundary_loops", "nonmanifold_edges", "watertight", "area")
    return {"components": _groups(shape.verts), **dict.fromkeys(none)}


def _groups(points: np.ndarray) -> int | None:
    """Components of the neighbour graph; None where it would take long to build."""
    if len(points) <= _NEIGHBOURS:
        return 1 if len(points) else 0
    if points.shape[1] > 12 and len(points) ** 2 * points.shape[1] > _MANY_COMPARISONS:
        return None
    from eigenform.geometry.neighbours import knn

    near = knn(points, _NEIGHBOURS)[1]
    ends = np.stack([np.repeat(np.arange(len(points)), near.shape[1]), near.ravel()], axis=1)
    return components(len(points), ends)[0]


def _warnings(shape: Shape, facts: dict[str, Any]) -> list[str]:
    found = []

    def warn(number: int, one: str, many: str, text: str) -> None:
        if number:
            found.append(f"{counted(number, one, many)} {text}.")

    warn(facts["duplicates"], "vertex", "vertices", "at the position of an earlier one")
    warn(facts.get("unreferenced", 0), "vertex", "vertices", "that no face uses")
    warn(facts.get("zero_area_faces", 0), "face", "faces", "without area")
    warn(facts.get("duplicate_faces", 0), "repeated face", "repeated faces", "with the vertices of an earlier one")
    warn(facts["nonmanifold_edges"] or 0, "edge", "edges", "with more than two faces")
    warn(facts.get("turned_edges", 0), "edge", "edges", "where neighbouring faces disagree which side is out")
    warn(facts["boundary_loops"] or 0, "boundary loop", "boundary loops", "(the surface is open)")
    if (facts["components"] or 1) > 1:
        found.append(f"{facts['components']} separate parts: a basis has one zero eigenvalue for each.")
    return found + _placement(shape.verts)


def _placement(points: np.ndarray) -> list[str]:
    """What the coordinates say: too few, all in line, far from the origin."""
    found = []
    spread = points - points.mean(axis=0)
    size = float(np.abs(spread).max(initial=0.0))
    if len(points) < 10:
        found.append(f"Only {counted(len(points), 'point')}: too few for a basis.")
    elif size == 0:
        found.append("All points are at one position.")
    else:
        values = np.linalg.svd(spread[:: max(1, len(spread) // 5000)] / size, compute_uv=False)
        if points.shape[1] > 1 and values[1] < 1e-9 * values[0]:
            found.append("All points lie on one line.")
    far = float(np.abs(points.mean(axis=0)).max(initial=0.0))
    if size > 0 and far > 1e4 * size:
        found.append(f"The shape lies {far / size:.0e} times its size from the origin; it is centred before any work.")
    return found


def _helpful(facts: dict[str, Any]) -> list[str]:
    conditions = {
        "weld": facts["duplicates"],
        "drop-zero-area": facts.get("zero_area_faces"),
        "drop-repeated-faces": facts.get("duplicate_faces"),
        "drop-unreferenced": facts.get("unreferenced"),
        "fix-winding": facts.get("turned_edges"),
        "fill-holes": facts.get("small_holes"),
        "drop-small": facts.get("small_parts"),
    }
    return [name for name, wanted in conditions.items() if wanted]
