"""Reports in the words of a person: captions and values of the facts page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_SAID = {
    "nonmanifold_edges": "Non-manifold edges",
    "boundary_loops": "Boundary loops",
    "evals_scale": "Eigenvalue scale",
    "peak_bytes": "Peak memory",
}


def said(value: Any) -> str:
    """A value of a report in the words of a person."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, list | tuple):
        return ", ".join(said(v) for v in value) if len(value) <= 6 else f"{len(value)} values"
    return str(value)


def caption(key: str) -> str:
    """A key of a report as a caption."""
    return _SAID.get(key, key.replace("_", " ").capitalize())


def _share(value: Any) -> str:
    return f"{100 * float(value):.3g} %"


def _quantiles(value: Any) -> str:
    names = (("median", "median"), ("p95", "95 %"), ("p99", "99 %"), ("max", "largest"), ("rms", "root mean square"))
    return "\n".join(f"{word} {value[key]:.4g}" for key, word in names if key in value)


def _seconds(value: Any) -> str:
    return f"{float(value):.3g} s"


def _genus(value: Any) -> str:
    return "cannot be told" if value is None else said(value)


CARD: dict[str, tuple[str, Callable[[Any], str]]] = {
    "watertight": ("Watertight", said),
    "oriented": ("Sides agree", said),
    "components": ("Components", said),
    "genus": ("Genus", _genus),
    "boundary_loops": ("Boundary loops", said),
    "boundary_length": ("Length of boundary", said),
    "nonmanifold_edges": ("Non-manifold edges", said),
    "vertices": ("Vertices", said),
    "faces": ("Faces", said),
    "area": ("Area", said),
    "volume": ("Volume", lambda v: "open surface" if v is None else said(v)),
    "points": ("Points", said),
    "size": ("Size of the points", said),
    "spacing": ("Spacing of points", said),
    "noise": ("Noise", said),
    "residuals": ("Distance of points to the surface", _quantiles),
    "field_residuals": ("Field at the points", _quantiles),
    "uncovered_area": ("Area far from points", _share),
    "normals_agreement": ("Agreement of normals", said),
    "normals_flipped": ("Normals turned over", _share),
    "resolution": ("Resolution", said),
    "seed": ("Seed", said),
    "seconds": ("Time", _seconds),
}
"""Key of a report card to its caption and how its value is said; the order is that of the page."""


def report_rows(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Captions and values of a report card, what this version does not know at the end."""
    rows = [(name, how(card[key])) for key, (name, how) in CARD.items() if key in card and _fits(card[key], how)]
    for key, value in card.items():
        if key in CARD and _fits(value, CARD[key][1]):
            continue
        if isinstance(value, Mapping):
            rows += [(f"{caption(key)}: {caption(k).lower()}", said(v)) for k, v in value.items()]
        else:
            rows.append((caption(key), said(value)))
    return rows


def _fits(value: Any, how: Callable[[Any], str]) -> bool:
    """Whether a value can be said in the way of the table: cards of other makers may hold something else."""
    if how is _quantiles:
        return isinstance(value, Mapping)
    if how in (_share, _seconds):
        return isinstance(value, int | float)
    return not isinstance(value, Mapping)
