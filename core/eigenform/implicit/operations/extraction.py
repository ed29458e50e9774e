"""From an implicit surface to a mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.errors import InputError
from eigenform.types import ImplicitSurface, Shape

if TYPE_CHECKING:
    from eigenform.implicit.operations.settings import ExtractParams
    from eigenform.jobs import JobContext


def run(surface: ImplicitSurface, *, params: ExtractParams, ctx: JobContext) -> Shape:
    """The level set of a field as a mesh in input units.

    Parameters
    ----------
    surface : ImplicitSurface
    params : ExtractParams
    ctx : JobContext

    Returns
    -------
    Shape
        Outward; ``normals`` from the gradient where asked for; ``notes`` say what is open and what was left out.

    Raises
    ------
    InputError
        Where the level is not crossed within the box, or nothing is left of what was found.
    NeedsMemory
        Before the fine grid is begun, where the mesh would not fit.
    """
    from eigenform.implicit.extract import extract_surface
    from eigenform.implicit.fields import field_of

    box = region(surface, params.crop)
    field = field_of(surface)
    verts, faces, stats = extract_surface(
        field, box, params.resolution, level=params.level, ctx=ctx, closed=params.closed, polish=params.polish
    )
    if not len(faces):
        raise InputError(_nothing(surface, box, params.level))
    notes: list[str] = []
    if stats["leaks"]:
        notes.append(f"The field is too rough to be followed: the surface was left open in {stats['leaks']} places.")
    ctx.message("Choosing parts")
    verts, faces = _kept(surface, verts, faces, params, box, notes)
    verts, faces = _trimmed(surface, verts, faces, params, notes, ctx)
    if not len(faces):
        raise InputError(f"Trimming leaves nothing of {surface.name}: the level set is nowhere near the shown surface.")
    _note_borders(verts, faces, box, notes)
    normals = field_normals(field, verts, faces, ctx, notes) if params.normals else None
    source = f"extract:{surface.name}"
    return Shape(verts, faces, name=surface.name, normals=normals, source=source, notes=tuple(notes))


def region(surface: ImplicitSurface, crop: str) -> np.ndarray:
    """(2, 3) corners of what is extracted: the surface's box, or the crop box where one is given."""
    from eigenform.implicit.points.inputs import parse_crop

    asked = parse_crop(crop)
    return np.asarray(surface.box) if asked is None else asked


def _nothing(surface: ImplicitSurface, box: np.ndarray, level: float) -> str:
    """Why there is no surface, in one sentence."""
    low, high = float(surface.samples.min()), float(surface.samples.max())
    if not low < level < high:
        return (
            f"{surface.name} has no surface at level {level:g}: its values in the box go from {low:.4g} to {high:.4g}."
        )
    return f"{surface.name} has no surface at level {level:g} between {box[0].tolist()} and {box[1].tolist()}."


def _same_level(surface: ImplicitSurface, params: ExtractParams) -> bool:
    """Whether the shown surface is one of the level asked for."""
    return len(surface.faces) > 0 and bool(np.isclose(params.level, surface.level))


def _kept(
    surface: ImplicitSurface,
    verts: np.ndarray,
    faces: np.ndarray,
    params: ExtractParams,
    box: np.ndarray,
    notes: list[str],
) -> tuple[np.ndarray, np.ndarray]:
    """The parts of the level set that are wanted."""
    from eigenform.implicit.components import edge_length, keep_components, keep_near

    if params.components != "auto":
        verts, faces, dropped = keep_components(verts, faces, params.components, params.share)
    else:
        dropped = 0
        if _same_level(surface, params):
            # a part that the shown surface has comes within a few of its edges; at least one vertex does
            reach = 3 * edge_length(surface.verts, surface.faces) + float((box[1] - box[0]).max()) / params.resolution
            verts, faces, dropped = keep_near(verts, faces, surface.verts, reach)
    if dropped:
        notes.append(f"{dropped} smaller or stray {'part was' if dropped == 1 else 'parts were'} left out.")
    return verts, faces


def _trimmed(
    surface: ImplicitSurface,
    verts: np.ndarray,
    faces: np.ndarray,
    params: ExtractParams,
    notes: list[str],
    ctx: JobContext,
) -> tuple[np.ndarray, np.ndarray]:
    """The level set up to where the shown surface ends, where that is open."""
    from eigenform.implicit.components import edge_length
    from eigenform.implicit.distance.unsigned import unsigned_distance
    from eigenform.implicit.points.boundary import cut

    is_open = bool((surface.meta.get("boundary") or {}).get("open"))
    if params.trim == "off" or (params.trim == "auto" and not is_open) or not len(faces):
        return verts, faces
    if not _same_level(surface, params):
        if params.trim == "on" and len(surface.faces):
            raise InputError(
                f"{surface.name} can be trimmed at level {surface.level:g} only, where its shown surface lies, not at "
                f"{params.level:g}."
            )
        notes.append("The shown surface is open, but lies at another level: nothing was trimmed.")
        return verts, faces
    reach = params.trim_distance or 0.25 * edge_length(surface.verts, surface.faces)
    away = unsigned_distance(surface.verts, surface.faces, verts, ctx.check)
    beyond = away > reach
    if not beyond.any():
        return verts, faces
    verts, faces = cut(verts, faces, away, reach, beyond)
    notes.append(f"The surface is open: what lies more than {reach:.3g} beyond the shown surface was left out.")
    return verts, faces


def _note_borders(verts: np.ndarray, faces: np.ndarray, box: np.ndarray, notes: list[str]) -> None:
    """Say whether the mesh is watertight, and where it is not."""
    from eigenform.io.topology import edges

    net = edges(faces)
    rim = net.ends[net.faces == 1]
    if not len(rim):
        return
    tiny = 1e-6 * float((box[1] - box[0]).max())
    at_wall = (np.abs(verts[rim][:, :, None] - box).min(axis=2) < tiny).any(axis=-1).all(axis=-1)
    where = "where it leaves the box" if at_wall.all() else "partly where it leaves the box" if at_wall.any() else ""
    notes.append(f"The mesh is open along {len(rim):,} edges{', ' + where if where else ''}.")


def field_normals(
    field: Any, verts: np.ndarray, faces: np.ndarray, ctx: JobContext, notes: list[str], chunk: int = 16384
) -> np.ndarray:
    """(V, 3) unit normals along the gradient; of the triangles where the gradient vanishes, which is noted."""
    normals = np.empty_like(verts)
    chunk = int(getattr(getattr(field, "inner", field), "chunk", chunk))
    for start in range(0, len(verts), chunk):
        ctx.step(start, len(verts), "Normals")
        normals[start : start + chunk] = field.gradients(verts[start : start + chunk])
    length = np.linalg.norm(normals, axis=1)
    lost = ~(length > 1e-9)
    if lost.any():
        from eigenform.geometry.normals import vertex_normals

        notes.append(f"The gradient vanishes at {int(lost.sum()):,} vertices: their normals are those of the mesh.")
        normals[lost] = vertex_normals(verts, faces)[lost]
        length[lost] = 1.0
    found: np.ndarray = normals / length[:, None]
    return found
