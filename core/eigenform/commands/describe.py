"""What ``eigenform info`` says of values other than shapes: a JSON object, and lines for a person."""

from __future__ import annotations

from typing import Any

import numpy as np

from eigenform.avatar.privacy import blank_views
from eigenform.types import Avatar, Body, Field, Image, ImplicitSurface, Person, Photographs


def describe(value: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The facts of a value, and further labelled lines that only a person wants."""
    if isinstance(value, ImplicitSurface):
        return _implicit(value)
    if isinstance(value, Image):
        return _image(value), []
    if isinstance(value, Field):
        return _field(value), []
    if isinstance(value, Body):
        return _body(value), []
    if isinstance(value, Person):
        return _person(value), []
    if isinstance(value, Avatar):
        return _avatar(value)
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


def _body(value: Body) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": "body", "name": value.name, "model": value.model}
    facts |= {"height": value.meta.get("height"), "mass": value.meta.get("mass"), "shape": dict(value.shape)}
    return facts | _figure(value)


def _figure(value: Body | Avatar) -> dict[str, Any]:
    """What bodies and avatars have in common."""
    low, high = value.verts.min(axis=0), value.verts.max(axis=0)
    facts: dict[str, Any] = {"vertices": len(value.verts), "faces": len(value.faces)}
    facts |= {"bones": len(value.skeleton.names), "size": (high - low).tolist()}
    return facts | {"movements": [f"{c.name} ({len(c.rotations)} frames)" for c in value.clips]}


def _person(value: Person) -> dict[str, Any]:
    sizes = [f"{v.pixels.shape[1]} x {v.pixels.shape[0]}" for v in value.views]
    facts = {"kind": "person", "name": value.name, "photographs": len(value.views), "sizes": sizes}
    facts |= {"left_out": len(blank_views(value)), "model": value.model, "shape": dict(value.shape)}
    facts |= {
        "masks": sum(v.mask is not None for v in value.views),
        "keypoints": [int((v.keypoints[:, 2] > 0).sum()) if v.keypoints is not None else 0 for v in value.views],
        "fitted": sum(v.verts is not None for v in value.views),
        "clothes": sum("normal_front" in v.maps for v in value.views),
    }
    return {**facts, "warnings": [str(n) for n in value.meta.get("notes") or []]}


def _avatar(value: Avatar) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    facts: dict[str, Any] = {"kind": "avatar", "name": value.name, "method": value.meta.get("method")}
    facts |= _figure(value) | {"influences": value.weights.shape[1]}
    facts |= {"texture": None if value.texture is None else list(value.texture.shape[1::-1])}
    facts |= {"seen": None if value.seen is None else float(value.seen.mean())}
    facts |= {"seconds": value.meta.get("seconds"), "params": value.meta.get("params")}
    report = {**_card(value), **(value.meta.get("report") or {})}
    return {**facts, "report": report}, [(k.replace("_", " "), str(v)) for k, v in report.items()]


def _card(value: Avatar) -> dict[str, Any]:
    """Whether the surface is whole, measured on what the file holds."""
    from eigenform.implicit.report import report_card

    card = report_card(value.verts, value.faces)
    return {k: card[k] for k in ("watertight", "components", "genus")}
