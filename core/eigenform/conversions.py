"""What stands for what: a value of one type that a method can take as another, such as a surface for its mesh.

One row of :data:`CONVERSIONS` makes every method of the target type take the source type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.method import load
from eigenform.types import Avatar, Basis, Body, Field, ImplicitSurface, Shape


@dataclass(frozen=True)
class Conversion:
    """``source`` and ``target`` are names of types; ``function`` is ``module:function`` of ``(value, **options)``.

    ``word`` is what the result is called beside the name of the source.
    """

    source: str
    target: str
    function: str
    word: str

    def load(self) -> Callable[..., Any]:
        """The function."""
        found: Callable[..., Any] = load(self.function)
        return found

    def run(self, value: Any, options: Mapping[str, Any] | None = None) -> Any:
        """The value of the target type."""
        return self.load()(value, **(options or {}))


CONVERSIONS: tuple[Conversion, ...] = (
    Conversion("ImplicitSurface", "Shape", "eigenform.conversions:mesh_of", "mesh"),
    Conversion("Body", "Shape", "eigenform.conversions:mesh_of_figure", "mesh"),
    Conversion("Avatar", "Shape", "eigenform.conversions:mesh_of_figure", "mesh"),
    Conversion("Shape", "Field", "eigenform.conversions:colours_of", "colours"),
    Conversion("Basis", "Field", "eigenform.conversions:mode_of", "mode"),
)


def conversion(source: str, target: str) -> Conversion | None:
    """The row that makes a ``target`` of a ``source``, or None."""
    return next((c for c in CONVERSIONS if (c.source, c.target) == (source, target)), None)


def mesh_of(surface: ImplicitSurface, level: float | None = None) -> Shape:
    """The level set of an implicit surface as a mesh in input units.

    Parameters
    ----------
    surface : ImplicitSurface
        Whose mesh is wanted.
    level : float, optional
        Value of the field on the mesh; by default that of the mesh the surface carries, which is then taken as it is.
        Another level is contoured from the field's samples, and a note of the shape says so.

    Raises
    ------
    InputError
        Where the field does not cross the level.
    """
    own = level is None or level == surface.level
    notes: tuple[str, ...] = ()
    if own:
        verts, faces = surface.verts, surface.faces
    else:
        from eigenform.implicit.extract import contour

        verts, faces = contour(np.array(surface.samples), surface.box, float(level or 0.0))
        grid = " x ".join(str(n) for n in surface.samples.shape)
        notes = (f"Contoured at level {level:g} from {grid} samples; extracting it from the field gives more detail.",)
    if not len(faces):
        low, high = float(surface.samples.min()), float(surface.samples.max())
        at = surface.level if level is None else level
        raise InputError(f"{surface.name} has no surface at level {at:g}: its values go from {low:g} to {high:g}.")
    return Shape(verts, faces, name=surface.name, notes=notes)


def mesh_of_figure(figure: Body | Avatar, parts: str = "skin") -> Shape:
    """The mesh of a body or an avatar in its present pose, metres, z up; colours of vertices stay.

    Parameters
    ----------
    figure : Body or Avatar
    parts : str
        ``skin`` keeps the largest connected part, which is what a spectrum is asked of; ``all`` keeps the eyes and the
        tongue of a body too. A note says what was left out.
    """
    colours = getattr(figure, "colours", None)
    whole = Shape(figure.verts, figure.faces, name=figure.name, colours=colours)
    if parts == "all" or not len(figure.faces):
        return whole
    label = _parts(figure.faces, len(figure.verts))
    keep = label == np.bincount(label).argmax()
    if keep.all():
        return whole
    index = np.cumsum(keep) - 1
    faces = index[figure.faces[keep[figure.faces].all(1)]]
    count = len(np.unique(label[figure.faces[:, 0]])) - 1
    note = f"Only the skin is kept: {count} smaller parts inside it, such as the eyes, are left out." if count else ""
    return Shape(
        figure.verts[keep],
        faces,
        name=figure.name,
        colours=None if colours is None else colours[keep],
        notes=(note,) if note else (),
    )


def _parts(faces: np.ndarray, count: int) -> np.ndarray:
    """The number of the connected part that each of ``count`` vertices belongs to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = faces[:, [0, 1, 1, 2]].reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(count, count))
    label: np.ndarray = connected_components(graph, directed=False)[1]
    return label


def colours_of(shape: Shape) -> Field:
    """The colours of a shape as a field of three values, sRGB in [0, 1].

    Raises
    ------
    InputError
        Where it has none.
    """
    if shape.colours is None:
        raise InputError(f"{shape.name} has no colours at its vertices; PLY, OBJ, GLB and VTP files can carry them.")
    return Field(shape.verts, shape.faces, shape.colours, {"colours": True}, f"{shape.name} colours")


def mode_of(basis: Basis, mode: int = 1) -> Field:
    """One mode of a basis as a field.

    Raises
    ------
    InputError
        Where the basis has no such mode.
    """
    if not 0 <= mode < basis.modes:
        raise InputError(f"{basis.name} has modes 0 to {basis.modes - 1}, no mode {mode}.")
    return Field(basis.verts, basis.faces, basis.evecs[:, mode], {"mode": mode}, f"{basis.name} mode {mode}")
