"""What ``eigenform info`` says of values other than shapes: a JSON object, and lines for a person."""

from __future__ import annotations

from typing import Any

import numpy as np

from eigenform.types import Field, Image, ImplicitSurface, Photographs


def describe(value: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The facts of a value, and further labelled lines that only a person wants."""
    if isinstance(value, ImplicitSurface):
        return _implicit(value)
    if isinstance(value, Image):
        return _image(value), []
    if isinstance(value, Field):
        return _field(value), []
    return _photographs(value), []


def _implicit(value: ImplicitSurface) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    from eigenform.implicit.report import report_card, rows

    card = report_card(value.verts, value.faces)
    report = {**card, **(value.meta.get("report") or {})}
    numbers = sum(int(np.asarray(a).size) for a in value.arrays.values())
    facts = {
        "kind": "implicit surface",
        "name": value.name,
        "method": value.meta.get("method"),
        "field": value.spec.get("kind"),
        "numbers": numbers,
        "level": value.level,
        "bounds": value.box.tolist(),
        "samples": list(value.samples.shape),
        "vertices": len(value.verts),
        "faces": len(value.faces),
        "params": value.meta.get("params"),
        "seed": value.meta.get("seed"),
        "seconds": value.meta.get("seconds"),
    }
    return {**facts, "report": report}, rows(report)


def _image(value: Image) -> dict[str, Any]:
    height, width, channels = value.pixels.shape
    facts = {"kind": "picture", "name": value.name, "width": width, "height": height, "channels": channels}
    facts |= {"missing": 0 if value.mask is None else int(value.mask.sum())}
    regions = None if value.regions is None else len(np.unique(value.regions[value.regions > 0]))
    return {**facts, "regions": regions, "range": [float(value.pixels.min()), float(value.pixels.max())]}


def _field(value: Field) -> dict[str, Any]:
    columns = 1 if value.values.ndim == 1 else value.values.shape[1]
    facts = {"kind": "field", "name": value.name, "vertices": len(value.values), "faces": len(value.faces)}
    facts |= {"columns": columns, "missing": 0 if value.mask is None else int(value.mask.sum())}
    facts |= {"unit": value.meta.get("unit"), "colours": bool(value.meta.get("colours"))}
    return {**facts, "range": [float(value.values.min()), float(value.values.max())] if value.values.size else None}


def _photographs(value: Photographs) -> dict[str, Any]:
    count, height, width = value.images.shape[:3]
    facts = {"kind": "photographs", "name": value.name, "images": count, "width": width, "height": height}
    facts |= {"masks": value.masks is not None, "points": 0 if value.points is None else len(value.points)}
    facts |= {"centre": value.centre.tolist(), "radius": float(value.radius)}
    return {**facts, "warnings": list(value.meta.get("notes") or [])}
