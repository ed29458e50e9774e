"""What a finished run says of itself: the keys of ``--json``, by type of output, and one line for a person.

Every run has ``method``, ``seed``, ``device``, ``loss``, ``seconds``, ``peak_bytes`` and ``out``. To these come

- a basis: ``modes``, ``samples``, ``optimum``, ``ratio``;
- an implicit surface: ``vertices``, ``faces``, ``watertight``, ``components``, ``genus``, ``resolution``, ``report``;
- a shape: ``vertices``, ``faces``, ``watertight``, ``components``, ``genus``, ``resolution``;
- a picture: ``width``, ``height``, ``channels``, ``missing`` (pixels), ``report``;
- a field: ``vertices``, ``columns``, ``missing`` (vertices), ``report``;
- photographs: ``images``, ``width``, ``height``, ``masks``, ``points``;
- a body: ``vertices``, ``faces``, ``bones``, ``body_height`` (m), ``body_mass`` (kg);
- a person: ``photographs``, ``masks``, ``fitted``, ``clothes``, ``notes``;
- an avatar: ``vertices``, ``faces``, ``watertight``, ``components``, ``genus``, ``bones``, ``report``.

A key without meaning for the method is None.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from eigenform.device import peak_bytes
from eigenform.registry import Method

_TOPOLOGY = ("vertices", "faces", "watertight", "components", "genus")


def summary(method: Method, params: Any, value: Any, out: Path, seconds: float) -> dict[str, Any]:
    """The JSON object of a finished run."""
    meta = getattr(value, "meta", {})
    row = {
        "method": method.name,
        "seed": getattr(params, "seed", None),
        "device": meta.get("device", "cpu"),
        "loss": meta.get("loss"),
    }
    row |= _BY_TYPE[method.output](value, params)
    return {**row, "seconds": seconds, "peak_bytes": peak_bytes(), "out": str(out)}


def sentence(row: dict[str, Any]) -> str:
    """A finished run in one line for a person."""
    made = f"by {row['method']} in {row['seconds']:.1f} s"
    if "modes" in row:
        ratio = f", loss / optimum {row['ratio']:.4f}" if row["ratio"] is not None else ""
        return f"{row['out']}: {row['modes']} modes {made}{ratio}."
    if "photographs" in row:
        found = [f"{row[name]} {word}" for name, word in _STAGES if row[name]]
        n = row["photographs"]
        return f"{row['out']}: {n} photograph{'' if n == 1 else 's'}, {', '.join(found) or 'nothing found'}, {made}."
    if "body_height" in row:
        tall = "" if row["body_height"] is None else f" {row['body_height']:.2f} m,"
        return f"{row['out']}: a body,{tall} {row['vertices']} vertices, {row['bones']} bones, {made}."
    if "watertight" in row and not row["faces"]:
        return f"{row['out']}: {row['vertices']} points {made}." if row["vertices"] else f"{row['out']}: empty, {made}."
    if "watertight" in row:
        state = "watertight" if row["watertight"] else "open"
        parts = f"{row['components']} component{'' if row['components'] == 1 else 's'}"
        return f"{row['out']}: {row['vertices']} vertices, {row['faces']} faces, {state}, {parts}, {made}."
    if "images" in row:
        return f"{row['out']}: {row['images']} photographs of {row['width']} x {row['height']} pixels {made}."
    if "height" in row:
        return f"{row['out']}: {row['width']} x {row['height']} pixels {made}."
    return f"{row['out']}: values at {row['vertices']} vertices {made}."


def _basis(value: Any, params: Any) -> dict[str, Any]:
    loss, optimum = value.meta.get("loss"), value.meta.get("optimum")
    return {
        "modes": value.modes,
        "samples": value.meta.get("samples", getattr(params, "samples", None)),
        "optimum": optimum,
        "ratio": loss / optimum if loss is not None and optimum else None,
    }


def _shape(value: Any, params: Any) -> dict[str, Any]:
    from eigenform.implicit.report import report_card

    card = report_card(value.verts, value.faces)
    if not len(value.faces):
        card |= dict.fromkeys(("watertight", "components", "genus"))
    return {**{k: card[k] for k in _TOPOLOGY}, "resolution": _number(getattr(params, "resolution", None))}


def _implicit(value: Any, params: Any) -> dict[str, Any]:
    from eigenform.implicit.report import report_card

    card = report_card(value.verts, value.faces)  # of what is written, whatever the method says of itself
    report = {**card, **(value.meta.get("report") or {})}
    resolution = getattr(params, "resolution", report.get("resolution"))
    return {**{k: card[k] for k in _TOPOLOGY}, "resolution": _number(resolution), "report": report}


def _number(value: Any) -> Any:
    """A choice such as ``"128"`` as the number it is."""
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _image(value: Any, params: Any) -> dict[str, Any]:
    height, width, channels = value.pixels.shape
    missing = 0 if value.mask is None else int(value.mask.sum())
    size = {"width": width, "height": height, "channels": channels}
    return {**size, "missing": missing, "report": value.meta.get("report")}


def _field(value: Any, params: Any) -> dict[str, Any]:
    columns = 1 if value.values.ndim == 1 else value.values.shape[1]
    missing = 0 if value.mask is None else int(value.mask.sum())
    size = {"vertices": len(value.values), "columns": columns}
    return {**size, "missing": missing, "report": value.meta.get("report")}


def _photographs(value: Any, params: Any) -> dict[str, Any]:
    count, height, width = value.images.shape[:3]
    points = 0 if value.points is None else len(value.points)
    return {"images": count, "width": width, "height": height, "masks": value.masks is not None, "points": points}


_STAGES = (("masks", "with a mask"), ("fitted", "with a fitted body"), ("clothes", "with clothes"))


def _body(value: Any, params: Any) -> dict[str, Any]:
    size = {"vertices": len(value.verts), "faces": len(value.faces), "bones": len(value.skeleton.names)}
    return size | {"body_height": value.meta.get("height"), "body_mass": value.meta.get("mass")}


def _person(value: Any, params: Any) -> dict[str, Any]:
    views = value.views
    done = {"masks": sum(v.mask is not None for v in views), "fitted": sum(v.verts is not None for v in views)}
    done |= {"clothes": sum("normal_front" in v.maps for v in views)}
    return {"photographs": len(views), **done, "notes": list(value.meta.get("notes") or [])}


def _avatar(value: Any, params: Any) -> dict[str, Any]:
    from eigenform.implicit.report import report_card

    card = report_card(value.verts, value.faces)
    report = {**card, **(value.meta.get("report") or {})}
    return {**{k: card[k] for k in _TOPOLOGY}, "bones": len(value.skeleton.names), "report": report}


_BY_TYPE: dict[str, Callable[[Any, Any], dict[str, Any]]] = {
    "Basis": _basis,
    "Shape": _shape,
    "ImplicitSurface": _implicit,
    "Image": _image,
    "Field": _field,
    "Photographs": _photographs,
    "Body": _body,
    "Person": _person,
    "Avatar": _avatar,
}
