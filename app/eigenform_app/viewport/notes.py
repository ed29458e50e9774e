"""Gathers what the overlay writes over each view, in logical pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize

from eigenform_app.viewport.layer_base import AnyLayer, Hit
from eigenform_app.viewport.numbers import number
from eigenform_app.viewport.overlay import ViewNote
from eigenform_app.viewport.scene import Item
from eigenform_app.viewport.view import View


@dataclass(frozen=True)
class Pick:
    """What was picked of an item, in the view where it was clicked. ``more`` is what was found out since."""

    item_id: str
    vertex: int
    view: int
    hit: Hit
    more: Mapping[str, Any] = field(default_factory=dict)


def notes_of(
    views: Sequence[View],
    items: Mapping[str, Item],
    active: str | None,
    active_view: int,
    pick: Pick | None,
    size: QSize,
) -> list[ViewNote]:
    """One note a view; ``size`` is that of all views together, in logical pixels."""
    out = []
    for index, view in enumerate(views):
        left, bottom, right, top = view.renderer.GetViewport()
        w, h = size.width(), size.height()
        rect = QRectF(left * w, (1 - top) * h, (right - left) * w, (top - bottom) * h)
        note = ViewNote(rect, active=index == active_view, axes=_axes(view))
        found = view.main(active)
        if found is not None:
            key, layer = found
            note.name = items[key].value.name if key in items else ""
            note.bar = layer.bar()
        if pick is not None and pick.item_id in view.layers:
            layer = view.layers[pick.item_id]
            if facts := layer.facts_at(pick.hit):
                note.mark = _project(view, layer, pick.hit, rect)
                note.mark_text = _lines({**facts, **pick.more})
        out.append(note)
    return out


def _axes(view: View) -> list[tuple[float, float, float]]:
    matrix = view.renderer.GetActiveCamera().GetViewTransformMatrix()
    return [tuple(matrix.GetElement(i, axis) for i in range(3)) for axis in range(3)]  # type: ignore[misc]


def _project(view: View, layer: AnyLayer, hit: Hit, rect: QRectF) -> QPointF | None:
    camera = view.renderer.GetActiveCamera()
    aspect = rect.width() / max(1.0, rect.height())
    matrix = camera.GetCompositeProjectionTransformMatrix(aspect, -1, 1)
    world = np.append(layer.place_of(hit), 1.0)
    x, y, _, w = matrix.MultiplyPoint(world)
    if w <= 0:
        return None
    return QPointF(rect.left() + (x / w + 1) / 2 * rect.width(), rect.top() + (1 - y / w) / 2 * rect.height())


def _lines(values: Mapping[str, Any]) -> list[str]:
    """``vertex 12``, ``x 0.1  y 0.2  z 0.3``, then one line for each value."""
    out = [f"vertex {values['vertex']}"] if "vertex" in values else []
    if "position" in values:
        out.append("   ".join(f"{a} {number(v)}" for a, v in zip("xyz", values["position"], strict=True)))
    for name, value in values.items():
        if name in ("vertex", "position", "mode"):
            continue
        label = f"mode {values['mode']}" if name == "value" and "mode" in values else name
        if isinstance(value, float):
            out.append(f"{label}  {number(value)}")
        elif isinstance(value, list):
            out.append(f"{label}  " + ", ".join(number(v) for v in value[:4]))
        else:
            out.append(f"{label}  {value}")
    return [t.replace("-", "\N{MINUS SIGN}") if any(c.isdigit() for c in t) else t for t in out]
