"""The report card of a reconstructed surface: how well it explains its points, and what kind of surface it is.

Every figure is measured on what was made, none is taken over from the method that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from eigenform.geometry.closest import nearest_triangles
from eigenform.io.topology import boundary_loops, components
from eigenform.jobs import unwatched
from eigenform.provenance import json_safe

REACH = 3.0
"""Spacings of the points beyond which a piece of the surface counts as not covered by any of them. In a disc of this
radius some 28 random samples are expected, so that an empty one is no accident."""

QUANTILES = {"median": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "max": 1.0}
_MOST = 20_000  # points and pieces of surface that are looked at, spread evenly over all
_BLOCK = 200_000  # triangles at a time


def report_card(
    verts: np.ndarray,
    faces: np.ndarray,
    points: np.ndarray | None = None,
    normals: np.ndarray | None = None,
    spacing: float | None = None,
    *,
    field: Callable[[np.ndarray], np.ndarray] | None = None,
    check: Callable[[], None] = unwatched,
    **more: Any,
) -> dict[str, Any]:
    """What there is to say of a surface and the points it was made from.

    Parameters
    ----------
    verts : (V, 3) float
        In input units.
    faces : (F, 3) int
        Triangles, counter-clockwise seen from outside.
    points : (N, 3) float, optional
        What the surface was made from, in input units.
    normals : (N, 3) float, optional
        Oriented normals of the points, of any length.
    spacing : float, optional
        Distance between neighbouring points, in input units; measured where it is not given.
    field : callable, optional
        Values of the field at (M, 3) points, less the level of the surface.
    check : callable, optional
        Called between the parts; may raise to cancel.
    **more
        What else belongs on the card: ``settings``, ``seed``, ``seconds``, ``resolution``.

    Returns
    -------
    dict
        JSON-safe. ``vertices``, ``faces``, ``watertight``, ``oriented`` (neighbouring triangles agree which side is
        out), ``components``, ``genus`` (of all components together; None where edges are shared by more than two
        faces or triangles disagree), ``boundary_loops``, ``boundary_length``, ``nonmanifold_edges``, ``area``,
        ``volume`` (None where the surface is open) and, with points, ``points``, ``size`` (longest side of their box),
        ``spacing``, ``residuals`` (quantiles and root mean square of the exact distance to the surface, input units),
        ``field_residuals`` (of the absolute field value), ``uncovered_area`` (share of the area farther than
        :data:`REACH` spacings from every point), ``normals_agreement`` (mean cosine with the normal of the nearest
        triangle) and ``normals_flipped`` (share that points to the other side). What was not asked is absent. Residuals
        and normals are those of at most 20,000 points, spread evenly over the rows.
    """
    verts, faces = np.asarray(verts, dtype=np.float64), np.asarray(faces, dtype=np.int64)
    card = _surface_facts(verts, faces, check)
    check()
    if points is not None and len(points):
        card |= _point_facts(verts, faces, np.asarray(points, dtype=np.float64), normals, spacing, check)
        if field is not None:
            card["field_residuals"] = _quantiles(np.abs(field(_some(np.asarray(points, dtype=np.float64))[0])))
    found: dict[str, Any] = json_safe({**card, **more})
    return found


def _surface_facts(verts: np.ndarray, faces: np.ndarray, check: Callable[[], None]) -> dict[str, Any]:
    if not len(faces):
        nothing = dict.fromkeys(("faces", "components", "boundary_loops", "nonmanifold_edges"), 0)
        empty = {
            "vertices": len(verts),
            **nothing,
            "watertight": False,
            "oriented": False,
            "genus": None,
            "boundary_length": 0.0,
        }
        return {**empty, "area": 0.0, "volume": None}
    check()
    ends, shared, turned = _edges(faces, len(verts))
    check()
    used = np.zeros(len(verts), dtype=bool)
    used[faces] = True
    parts = components(len(verts), ends)[0] - int((~used).sum())
    rim = ends[shared == 1]
    loops = len(boundary_loops(faces)) if len(rim) else 0
    oriented = bool((shared <= 2).all()) and not turned
    watertight = bool((shared == 2).all())
    euler = int(used.sum()) - len(ends) + len(faces)
    area, volume = _area_and_volume(verts, faces, check)
    return {
        "vertices": len(verts),
        "faces": len(faces),
        "watertight": watertight,
        "oriented": oriented,
        "components": parts,
        # each component: Euler characteristic 2 - 2 genus - boundary loops
        "genus": (2 * parts - loops - euler) // 2 if oriented else None,
        "boundary_loops": loops,
        "boundary_length": float(np.linalg.norm(verts[rim[:, 0]] - verts[rim[:, 1]], axis=1).sum()),
        "nonmanifold_edges": int((shared > 2).sum()),
        "area": area,
        "volume": volume if watertight and oriented else None,
    }


def _edges(faces: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Edges (E, 2), how many triangles share each (E,), and at how many of those with two the triangles disagree.

    As :func:`eigenform.io.topology.edges`, with a third of its memory: surfaces of 1024^3 have millions of faces.
    """
    size = len(faces)
    key = np.empty(3 * size, dtype=np.int64)
    for i, (p, q) in enumerate(((0, 1), (1, 2), (2, 0))):
        a, b = faces[:, p], faces[:, q]
        key[i * size : (i + 1) * size] = (np.minimum(a, b) * count + np.maximum(a, b)) * 2 + (a > b)
    key.sort()
    fresh = np.ones(len(key), dtype=bool)
    fresh[1:] = (key[1:] >> 1) != (key[:-1] >> 1)
    begins = np.flatnonzero(fresh)
    shared = np.diff(begins, append=len(key))
    pairs = begins[shared == 2]
    turned = int(((key[pairs] & 1) == (key[pairs + 1] & 1)).sum())
    key = key[begins] >> 1
    return np.stack([key // count, key % count], axis=1), shared, turned


def _area_and_volume(verts: np.ndarray, faces: np.ndarray, check: Callable[[], None]) -> tuple[float, float]:
    area, volume = 0.0, 0.0
    for start in range(0, len(faces), _BLOCK):
        check()
        a, b, c = (verts[faces[start : start + _BLOCK, i]] - verts[faces[0, 0]] for i in range(3))
        cross = np.cross(b - a, c - a)
        area += float(np.linalg.norm(cross, axis=1).sum() / 2)
        volume += float(np.einsum("ij,ij->", a, cross) / 6)
    return area, volume


def _point_facts(
    verts: np.ndarray,
    faces: np.ndarray,
    points: np.ndarray,
    normals: np.ndarray | None,
    spacing: float | None,
    check: Callable[[], None],
) -> dict[str, Any]:
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    check()
    if spacing is None:
        spacing = _spacing(points, tree)
    size = float((points.max(axis=0) - points.min(axis=0)).max())
    facts: dict[str, Any] = {"points": len(points), "size": size, "spacing": spacing}
    if not len(faces):
        return facts
    check()
    some, rows = _some(points)
    distance, triangle = nearest_triangles(verts, faces, some, check)
    facts["residuals"] = _quantiles(distance)
    check()
    pieces = _pieces(verts, faces)
    away = tree.query(pieces, distance_upper_bound=max(REACH * spacing, 1e-300))[0]
    facts["uncovered_area"] = float(np.mean(~np.isfinite(away)))
    if normals is not None:
        corners = verts[faces[triangle]]
        outward = _unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
        cosine = np.einsum("ij,ij->i", outward, _unit(np.asarray(normals, dtype=np.float64)[rows]))
        facts["normals_agreement"] = float(cosine.mean())
        facts["normals_flipped"] = float(np.mean(cosine < 0))
    return facts


def rows(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A card as labels and texts for a person, in the order of importance."""
    found: list[tuple[str, str]] = []

    def add(label: str, text: str) -> None:
        found.append((label, text))

    if "watertight" in card:
        loops = card.get("boundary_loops") or 0
        length = card.get("boundary_length") or 0.0
        border = f"{loops} boundary loop{'' if loops == 1 else 's'}, {length:.4g} long"
        add("Watertight", "yes" if card["watertight"] else f"no ({border})")
        add("Components", str(card.get("components")))
        add("Genus", "unknown" if card.get("genus") is None else str(card["genus"]))
    size = card.get("size") or 0.0
    for key, label in (("residuals", "Distance of the points"), ("field_residuals", "Field at the points")):
        if values := card.get(key):
            share = f" ({100 * values['median'] / size:.3g} % of the size)" if size else ""
            text = ", ".join(f"{name} {values[name]:.4g}" for name in ("median", "p95", "max") if name in values)
            add(label, text + share)
    if "uncovered_area" in card:
        add("Uncovered area", f"{100 * card['uncovered_area']:.3g} %")
    if "normals_agreement" in card:
        flipped = f"{100 * card['normals_flipped']:.3g} % flipped"
        add("Normals agree", f"mean cosine {card['normals_agreement']:.4f}, {flipped}")
    for key, label, form in (("area", "Area", "{:.6g}"), ("volume", "Volume", "{:.6g}"), ("points", "Points", "{}")):
        if card.get(key) is not None:
            add(label, form.format(card[key]))
    for key, label in (("resolution", "Resolution"), ("seed", "Seed"), ("seconds", "Seconds")):
        if card.get(key) is not None:
            add(label, f"{card[key]:.4g}" if isinstance(card[key], float) else str(card[key]))
    return found


def _quantiles(values: np.ndarray) -> dict[str, float]:
    levels = np.quantile(values, list(QUANTILES.values()))
    return {**dict(zip(QUANTILES, levels.tolist(), strict=True)), "rms": float(np.sqrt(np.mean(values**2)))}


def _some(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most a certain number of points, spread over the rows, and their rows."""
    rows = np.arange(len(points))[:: -(-len(points) // _MOST)]
    return points[rows], rows


def _spacing(points: np.ndarray, tree: Any) -> float:
    """Square root of the area that a point stands for, from the disc that reaches its tenth neighbour; the median."""
    some = points[:: max(1, len(points) // 5000)]
    near = min(11, len(points))
    far = tree.query(some, near)[0].reshape(len(some), -1)[:, -1]
    return float(np.median(far) * np.sqrt(np.pi / max(1, near - 1)))


def _pieces(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Points spread evenly by area over a mesh, without any random number."""
    corners = verts[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    total = np.cumsum(area)
    count = int(min(_MOST, 4 * len(faces)))
    pick = np.searchsorted(total, (np.arange(count) + 0.5) / count * total[-1]).clip(0, len(faces) - 1)
    # a sequence of low discrepancy (Roberts) folded into the triangle
    u, v = ((np.arange(count) * step + 0.5) % 1.0 for step in (0.7548776662466927, 0.5698402909980532))
    u, v = np.where(u + v > 1, 1 - u, u)[:, None], np.where(u + v > 1, 1 - v, v)[:, None]
    a, b, c = (corners[pick, i] for i in range(3))
    return np.asarray(a + u * (b - a) + v * (c - a))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-300)
