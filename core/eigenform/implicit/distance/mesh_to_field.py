"""From a mesh to an implicit surface: exact distances, sign from the winding number."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.errors import InputError
from eigenform.implicit.frame import Frame
from eigenform.types import ImplicitSurface, Shape

if TYPE_CHECKING:
    from eigenform.implicit.distance.settings import DistanceParams
    from eigenform.jobs import JobContext

AMBIGUOUS = 0.1
"""A winding number that comes this close to one half does not say what is inside."""

SOUP = 0.5
"""Where more than this share of the edges belongs to one triangle only, the triangles are a soup."""

_PROBES = 20_000


def run(shape: Shape, *, params: DistanceParams, ctx: JobContext) -> ImplicitSurface:
    """The signed distance field of a mesh.

    Parameters
    ----------
    shape : Shape
        A mesh; holes, self-intersections, overlapping parts and soups of triangles are tolerated and reported.
    params : DistanceParams
    ctx : JobContext

    Returns
    -------
    ImplicitSurface
        Of kind ``mesh``. ``meta["report"]`` says of the input: ``open_edges``, ``nonmanifold_edges``,
        ``inconsistent_edges``, ``soup``, ``inside_out``, ``ambiguous`` (share of the box), and is the report card of
        the extracted surface besides.

    Raises
    ------
    InputError
        For points without faces, and for triangles that enclose nothing.
    """
    from eigenform.implicit.assemble import assemble
    from eigenform.implicit.extract import extract_surface, sample_grid
    from eigenform.implicit.fields import make_field
    from eigenform.implicit.report import report_card
    from eigenform.provenance import describe

    if not len(shape.faces):
        raise InputError(f"{shape.name} has points but no faces to be distant from; the method 'grid' makes a field.")
    if shape.dimension != 3:
        raise InputError(f"{shape.name} has {shape.dimension} coordinates a point; a distance field needs three.")
    started = time.perf_counter()
    ctx.message("Looking at the mesh")
    spec, arrays, facts = describe_mesh(shape.verts, shape.faces)
    frame = Frame.of_spec(spec)
    box = frame.box()
    field = make_field(spec, arrays)
    inner: Any = field.inner
    probes = np.random.default_rng(0).uniform(-0.56, 0.56, (_PROBES, 3))
    winding = np.concatenate([_checked(ctx, inner.winding(some)) for some in np.array_split(probes, 5)])
    facts["ambiguous"] = float((np.abs(winding - 0.5) < AMBIGUOUS).mean())
    ctx.message("Sampling the field")
    samples = sample_grid(field, box, params.display, ctx.check)
    ctx.preview(assemble(spec, arrays, box, name=shape.name, samples=samples))
    verts, faces, stats = extract_surface(field, box, params.resolution, ctx=ctx)
    if not len(faces):
        raise InputError(
            f"The triangles of {shape.name} enclose nothing: its winding number is nowhere above one half. A surface "
            "with large holes becomes a field by the method 'grid'."
        )
    card = report_card(verts, faces, np.asarray(shape.verts), check=ctx.check, resolution=params.resolution)
    seconds = time.perf_counter() - started
    meta = describe("distance", params, seconds=seconds, report={**card, **facts}, extraction=stats)
    mesh = (verts, faces)
    return assemble(spec, arrays, box, name=shape.name, meta=meta, samples=samples, mesh=mesh)


def _checked(ctx: JobContext, value: np.ndarray) -> np.ndarray:
    """``value``, where nobody has cancelled."""
    ctx.check()
    return value


def describe_mesh(verts: np.ndarray, faces: np.ndarray) -> tuple[dict[str, Any], dict[str, np.ndarray], dict[str, Any]]:
    """``spec`` and ``arrays`` of a field of kind ``mesh``, and what there is to report of the mesh.

    Vertices at the very same place are taken for one, and triangles that run clockwise seen from outside on the whole
    (a negative volume) for turned.
    """
    from eigenform.io.topology import edges

    used = np.unique(faces)
    place = np.asarray(verts, dtype=np.float64)
    frame = Frame.of_points(place[used])
    unit, index = np.unique(frame.to_unit(place[used]), axis=0, return_inverse=True)
    number = np.zeros(len(place), dtype=np.int64)
    number[used] = index.reshape(-1)
    welded = number[faces]
    net = edges(welded)
    rim = net.faces == 1
    a, b, c = (unit[welded[:, i]] for i in range(3))
    volume = float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)
    watertight = bool((net.balance == 0).all())
    facts = {
        "open_edges": int(rim.sum()),
        "nonmanifold_edges": int((net.faces > 2).sum()),
        "inconsistent_edges": int((net.balance[net.faces == 2] != 0).sum()),
        "soup": bool(rim.mean() > SOUP),
        "inside_out": volume < 0,
    }
    spec = {"kind": "mesh", **frame.spec(), "turned": volume < 0, "watertight": watertight}
    return spec, {"verts": unit, "faces": welded}, facts
