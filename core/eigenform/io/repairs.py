"""One-click repairs. Each takes a shape and gives another one with a note of what was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eigenform.errors import InputError
from eigenform.io.raw import Raw
from eigenform.io.sentences import counted
from eigenform.io.topology import boundary_loops, components, edges
from eigenform.io.triangulate import triangles
from eigenform.io.weld import duplicate_faces, first_occurrences, zero_area
from eigenform.types import Shape

SMALL_PART = 0.01
"""Components with less than this share of the area count as small."""


@dataclass(frozen=True)
class Repair:
    """A repair by name: what a button says, and the function behind it."""

    name: str
    title: str
    apply: Callable[[Shape], Shape]


def repair(shape: Shape, names: Sequence[str]) -> Shape:
    """Apply the repairs ``names`` one after the other.

    Raises
    ------
    InputError
        For an unknown name, or a repair that leaves nothing.
    """
    for name in names:
        if name not in REPAIRS:
            raise InputError(f"There is no repair {name!r}; there are {', '.join(REPAIRS)}.")
        shape = REPAIRS[name].apply(shape)
    return shape


def split(shape: Shape) -> list[Shape]:
    """The connected components of a mesh as shapes of their own, in the order of their first vertices."""
    number, label = components(len(shape.verts), edges(shape.faces).ends)
    parts = [_of_faces(shape, label[shape.faces[:, 0]] == i, None) for i in range(number)]
    return [part.replace(name=f"{shape.name} {i + 1}") for i, part in enumerate(p for p in parts if len(p.faces))]


def weld(shape: Shape) -> Shape:
    """Join vertices at equal positions."""
    keep, where = first_occurrences(shape.verts)
    gone = len(shape.verts) - len(keep)
    if not gone:
        return shape
    faces = where[shape.faces]
    distinct = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    joined = shape.replace(**_beside(shape, keep), faces=faces[distinct])
    return _noted(joined, f"{counted(gone, 'duplicate')} joined.")


def drop_unreferenced(shape: Shape) -> Shape:
    """Leave out vertices that no face uses."""
    if not len(shape.faces):
        return shape
    return _of_faces(shape, np.ones(len(shape.faces), dtype=bool), "unused vertices left out")


def drop_zero_area(shape: Shape) -> Shape:
    """Leave out faces without area."""
    flat = zero_area(shape.verts, shape.faces)
    if not flat.any():
        return shape
    return _noted(shape.replace(faces=shape.faces[~flat]), f"{counted(int(flat.sum()), 'face')} without area left out.")


def drop_repeated_faces(shape: Shape) -> Shape:
    """Leave out faces that repeat the vertices of an earlier one."""
    repeated = duplicate_faces(shape.faces)
    if not repeated.any():
        return shape
    kept = shape.replace(faces=shape.faces[~repeated])
    return _noted(kept, f"{counted(int(repeated.sum()), 'repeated face')} left out.")


def keep_largest(shape: Shape) -> Shape:
    """Keep the component with the greatest area."""
    return _by_area(shape, lambda areas: areas == areas.max(), "all but the largest component left out")


def drop_small(shape: Shape) -> Shape:
    """Leave out components with less than one per cent of the area."""
    return _by_area(shape, lambda areas: areas >= SMALL_PART * areas.sum(), "small components left out")


def fill_holes(shape: Shape) -> Shape:
    """Close boundary loops that are no longer than half the diagonal of the bounding box."""
    rings = small_holes(shape, boundary_loops(shape.faces))
    if not rings:
        return shape
    patches = triangles(np.concatenate(rings), np.array([len(r) for r in rings]), shape.verts)
    filled = shape.replace(faces=np.concatenate([shape.faces, patches]))
    return _noted(filled, f"{counted(len(rings), 'hole')} filled.")


def small_holes(shape: Shape, loops: list[np.ndarray]) -> list[np.ndarray]:
    """The boundary loops that :func:`fill_holes` would close."""
    diagonal = float(np.linalg.norm(np.ptp(shape.verts, axis=0)))
    rings = []
    for ring in loops:
        points = shape.verts[ring]
        length = np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).sum()
        if 3 <= len(ring) <= 2000 and len(np.unique(ring)) == len(ring) and length <= 0.5 * diagonal:
            rings.append(ring)
    return rings


def fix_winding(shape: Shape) -> Shape:
    """Turn faces so that neighbours agree, and closed surfaces face outwards."""
    if not len(shape.faces):
        return shape
    import trimesh

    mesh = trimesh.Trimesh(np.array(shape.verts), np.array(shape.faces), process=False)
    trimesh.repair.fix_winding(mesh)
    trimesh.repair.fix_inversion(mesh, multibody=True)
    faces = np.asarray(mesh.faces, dtype=np.int64)
    turned = _turned(faces, shape.faces)
    return _noted(shape.replace(faces=faces), f"{counted(turned, 'face')} turned.") if turned else shape


def _turned(new: np.ndarray, old: np.ndarray) -> int:
    """How many triangles run the other way round."""
    same = np.zeros(len(old), dtype=bool)
    for shift in range(3):
        same |= (np.roll(new, shift, axis=1) == old).all(axis=1)
    return int((~same).sum())


def _by_area(shape: Shape, chosen: Callable[[np.ndarray], np.ndarray], words: str) -> Shape:
    if not len(shape.faces):
        return shape
    number, label = components(len(shape.verts), edges(shape.faces).ends)
    a, b, c = (shape.verts[shape.faces[:, i]] for i in range(3))
    u, v = b - a, c - a
    twice = np.sqrt(np.maximum((u**2).sum(1) * (v**2).sum(1) - (u * v).sum(1) ** 2, 0))
    part = label[shape.faces[:, 0]]
    keep = chosen(np.bincount(part, weights=twice, minlength=number))
    return _of_faces(shape, keep[part], words)


def _of_faces(shape: Shape, faces: np.ndarray, words: str | None) -> Shape:
    """The shape with the faces of a mask and the vertices they use."""
    used = np.zeros(len(shape.verts), dtype=bool)
    used[shape.faces[faces]] = True
    if used.all() and faces.all():
        return shape
    if not used.any():
        return shape.replace(faces=shape.faces[:0])
    gone = int((~used).sum())
    new = np.cumsum(used) - 1
    kept = shape.replace(**_beside(shape, np.flatnonzero(used)), faces=new[shape.faces[faces]])
    return _noted(kept, f"{counted(gone, 'vertex', 'vertices')} dropped ({words}).") if words else kept


def _beside(shape: Shape, rows: np.ndarray) -> dict[str, np.ndarray | None]:
    """``verts``, ``normals``, ``labels`` and ``images`` at ``rows``."""
    return Raw(shape.verts, normals=shape.normals, labels=shape.labels, images=shape.images).take(rows)


def _noted(shape: Shape, note: str) -> Shape:
    return shape.replace(notes=(*shape.notes, f"Repaired: {note}"))


REPAIRS: dict[str, Repair] = {
    r.name: r
    for r in (
        Repair("weld", "Join duplicate vertices", weld),
        Repair("drop-zero-area", "Leave out faces without area", drop_zero_area),
        Repair("drop-repeated-faces", "Leave out repeated faces", drop_repeated_faces),
        Repair("drop-unreferenced", "Leave out unused vertices", drop_unreferenced),
        Repair("fix-winding", "Make faces agree which side is out", fix_winding),
        Repair("fill-holes", "Fill small holes", fill_holes),
        Repair("drop-small", "Leave out small components", drop_small),
        Repair("keep-largest", "Keep the largest component only", keep_largest),
    )
}
