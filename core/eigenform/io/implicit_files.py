"""Export and import of implicit surfaces: one table of formats for menus, flags and tests.

``npz`` holds everything and loses nothing; ``safetensors`` holds the field alone (its spec in the header, its numbers
as tensors), which :func:`read_field` evaluates anywhere; ``vti`` holds the sampled grid; the endings of meshes hold
the extracted surface. All are in input units, on the axes of the input, triangles outward.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eigenform.errors import InputError, NeedsMemory
from eigenform.io.atomic import atomic_path
from eigenform.io.jsontext import dumps
from eigenform.io.sentences import brief
from eigenform.types import ImplicitSurface, Shape

if TYPE_CHECKING:
    from eigenform.implicit.fields import FramedField
    from eigenform.jobs import JobContext

FIELD_FORMAT = "eigenform-field"
VERSION = 1
_PARTS = ("box", "samples", "verts", "faces")
_FINEST_SAMPLES = 512
"""Nodes along the longest side of the samples of a file; what asks for more is damaged or means harm."""


@dataclass(frozen=True)
class FormatInfo:
    """One way of writing an implicit surface: its ``name``, its suffix ``ext``, a ``title`` for dialogs, and what of
    the surface it ``holds``: ``all``, ``field``, ``grid`` or ``mesh``."""

    name: str
    ext: str
    title: str
    holds: str


FORMATS: dict[str, FormatInfo] = {
    f.name: f
    for f in (
        FormatInfo("npz", ".npz", "Eigenform implicit surface (NumPy)", "all"),
        FormatInfo("safetensors", ".safetensors", "The field alone, to be evaluated anywhere", "field"),
        FormatInfo("vti", ".vti", "Sampled grid (VTK)", "grid"),
        FormatInfo("ply", ".ply", "Mesh, Stanford polygons", "mesh"),
        FormatInfo("obj", ".obj", "Mesh, Wavefront", "mesh"),
        FormatInfo("stl", ".stl", "Mesh, stereolithography", "mesh"),
        FormatInfo("glb", ".glb", "Mesh, glTF binary", "mesh"),
        FormatInfo("vtp", ".vtp", "Mesh, VTK polygons", "mesh"),
        FormatInfo("off", ".off", "Mesh, object file format", "mesh"),
    )
}


def format_of(path: str | os.PathLike[str], format: str | None = None) -> FormatInfo:
    """The format named, else the one the suffix of ``path`` stands for, or :class:`InputError`."""
    if format:
        if format not in FORMATS:
            raise InputError(f"There is no format {format!r} of implicit surfaces; there are {', '.join(FORMATS)}.")
        return FORMATS[format]
    found = next((f for f in FORMATS.values() if f.ext == Path(path).suffix.lower()), None)
    if found is None:
        known = ", ".join(f.ext for f in FORMATS.values())
        raise InputError(f"Cannot tell the format of {path}: use one of the suffixes {known}, or name a format.")
    return found


def write_implicit(surface: ImplicitSurface, path: str | os.PathLike[str], format: str | None = None) -> None:
    """Write ``surface`` to ``path``, atomically.

    Parameters
    ----------
    surface : ImplicitSurface
    path : path
    format : str, optional
        A key of :data:`FORMATS`; the suffix of ``path`` decides where it is left out.

    Raises
    ------
    InputError
        For an unknown format, a mesh without a triangle, or a place that cannot be written to.
    """
    info = format_of(path, format)
    if info.holds == "all":
        _write_npz(surface, path)
    elif info.holds == "field":
        _write_field(surface, path)
    elif info.holds == "grid":
        from eigenform.io.vtk_files import write_vti

        write_vti(path, surface.samples, surface.box, "distance", {"level": np.array([surface.level])})
    else:
        from eigenform.io.write import WRITERS

        WRITERS[info.ext](mesh_of(surface), path)


def mesh_of(surface: ImplicitSurface) -> Shape:
    """The extracted level set as a shape, or :class:`InputError` where there is none."""
    if not len(surface.faces):
        raise InputError(f"{surface.name} has no surface at level {surface.level:g}, so there is no mesh to write.")
    return Shape(surface.verts, surface.faces, name=surface.name)


def read_implicit(path: str | os.PathLike[str], ctx: JobContext | None = None) -> ImplicitSurface:
    """Read an implicit surface: whole (npz), put together again (safetensors), or from its samples (vti).

    Raises
    ------
    InputError
        Where the file is missing, damaged, of another kind or newer than this program.
    """
    if not os.path.isfile(path):
        raise InputError(f"There is no file {path}.")
    suffix = Path(path).suffix.lower()
    if suffix == ".safetensors":
        return _assembled(path, ctx)
    if suffix == ".vti":
        return _of_grid(Path(path), ctx)
    if suffix == ".npz":
        from eigenform.io.basis_npz import load_npz

        return surface_of_arrays(load_npz(path), str(path))
    raise InputError(f"{path}: a {suffix or 'file without ending'} holds no field; open .npz, .safetensors or .vti.")


def read_field(path: str | os.PathLike[str]) -> FramedField:
    """The field in an ``.npz``, ``.safetensors`` or ``.vti`` file: ``values`` and ``gradients`` at any points.

    Points and values are in input units. Nothing is sampled or extracted.
    """
    from eigenform.implicit.fields import field_of, make_field

    if Path(path).suffix.lower() == ".safetensors":
        spec, arrays, _ = _tensors(path)
        return make_field(spec, arrays)
    return field_of(read_implicit(path))


# -- whole -----------------------------------------------------------------------------------------------------------


def surface_arrays(surface: ImplicitSurface) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays of ``surface`` by the names of the file, and the rest as JSON can hold it."""
    arrays = {name: np.asarray(getattr(surface, name)) for name in _PARTS}
    arrays |= {f"field/{name}": np.asarray(value) for name, value in surface.arrays.items()}
    plain = {"spec": dict(surface.spec), "level": float(surface.level), "meta": dict(surface.meta)}
    return arrays, plain | {"name": surface.name}


def surface_from(arrays: Mapping[str, np.ndarray], plain: Mapping[str, Any], where: str) -> ImplicitSurface:
    """The surface that :func:`surface_arrays` took apart; ``where`` is named in errors."""
    missing = [name for name in _PARTS if name not in arrays]
    if missing:
        raise InputError(f"{where} does not hold a whole implicit surface: it lacks {', '.join(missing)}.")
    field = {key.partition("/")[2]: value for key, value in arrays.items() if key.startswith("field/")}
    try:
        return ImplicitSurface(
            dict(plain["spec"]),
            field,
            **{name: arrays[name] for name in _PARTS},
            level=float(plain["level"]),
            meta=dict(plain["meta"]),
            name=str(plain["name"]),
        )
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise InputError(f"{where} does not hold a whole implicit surface: {brief(error)}.") from error


def _write_npz(surface: ImplicitSurface, path: str | os.PathLike[str]) -> None:
    arrays, plain = surface_arrays(surface)
    head = {"type": "ImplicitSurface", "file_version": VERSION, **plain}
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, surface=np.array(dumps(head)), **arrays)  # type: ignore[arg-type]


def surface_of_arrays(arrays: Mapping[str, np.ndarray], where: str) -> ImplicitSurface:
    """The surface in the arrays of an ``.npz`` file, or :class:`InputError`."""
    if "surface" not in arrays:
        names = ", ".join(sorted(arrays)[:8])
        raise InputError(f"{where} is not a file of an implicit surface: it holds {names or 'nothing'}.")
    plain = _json(str(arrays["surface"]), where)
    _must_be_known(plain.get("file_version"), where)
    return surface_from(arrays, plain, where)


# -- the field alone -------------------------------------------------------------------------------------------------


def _write_field(surface: ImplicitSurface, path: str | os.PathLike[str]) -> None:
    from safetensors.numpy import save

    tensors = {name: np.asarray(value, order="C") for name, value in surface.arrays.items()}
    head = {"spec": dict(surface.spec), "box": surface.box, "level": surface.level, "name": surface.name}
    head |= {"meta": dict(surface.meta), "samples": max(surface.samples.shape)}
    metadata = {"format": FIELD_FORMAT, "version": str(VERSION), "field": dumps(head)}
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(tensors, metadata=metadata))


def _tensors(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, np.ndarray], dict[str, Any]]:
    """Spec, arrays and the rest of the header of a safetensors file."""
    from eigenform.io.checkpoints import read_tensors

    tensors, metadata = read_tensors(path)
    if metadata.get("format") != FIELD_FORMAT:
        found = metadata.get("format") or "tensors of another program"
        raise InputError(f"{path} holds no field but {found.replace('eigenform-', 'an Eigenform ')}.")
    _must_be_known(metadata.get("version"), str(path))
    head = _json(metadata.get("field", ""), str(path))
    if not isinstance(head.get("spec"), dict):
        raise InputError(f"{path} is damaged: its header does not say what the field is.")
    return head["spec"], tensors, head


def _assembled(path: str | os.PathLike[str], ctx: JobContext | None) -> ImplicitSurface:
    from eigenform.implicit.assemble import DISPLAY_RESOLUTION, assemble
    from eigenform.jobs import unwatched

    spec, arrays, head = _tensors(path)
    try:
        box = np.asarray(head["box"], dtype=np.float64)
        resolution, level = int(head.get("samples", DISPLAY_RESOLUTION)), float(head.get("level", 0.0))
        if box.shape != (2, 3) or not (np.isfinite(box).all() and (box[1] > box[0]).all() and np.isfinite(level)):
            raise ValueError(f"box {box.tolist()}, level {level}")
        return assemble(
            spec,
            arrays,
            box,
            name=str(head.get("name", Path(path).stem)),
            meta=dict(head.get("meta") or {}),
            resolution=min(max(resolution, 2), _FINEST_SAMPLES),
            level=level,
            check=ctx.check if ctx is not None else unwatched,
        )
    except NeedsMemory:
        raise
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except (KeyError, ValueError, TypeError, IndexError, OverflowError) as error:
        raise InputError(f"{path} does not hold a whole field ({brief(error)}).") from error


# -- the grid --------------------------------------------------------------------------------------------------------


def _of_grid(path: Path, ctx: JobContext | None) -> ImplicitSurface:
    found = {"level": np.zeros(1)}
    from eigenform.io.vtk_files import read_vti

    grid = read_vti(path, ctx)
    found |= grid["fields"]
    bad = grid["samples"].size - int(np.isfinite(grid["samples"]).sum())
    if bad:
        raise InputError(f"{path} holds {bad} NaN or infinite values among {grid['samples'].size}.")
    level = float(np.ravel(found["level"])[0]) if np.size(found["level"]) == 1 else 0.0
    return sampled_surface(grid["samples"], grid["box"], level=level, name=path.stem, meta={"source": str(path)})


def sampled_surface(
    samples: np.ndarray,
    box: np.ndarray,
    *,
    level: float = 0.0,
    name: str = "implicit surface",
    meta: Mapping[str, Any] | None = None,
) -> ImplicitSurface:
    """The implicit surface of ``samples`` (nx, ny, nz), in input units, on a regular grid over ``box`` (2, 3)."""
    from eigenform.implicit.assemble import assemble
    from eigenform.implicit.frame import Frame

    box = np.asarray(box, dtype=np.float64)
    frame = Frame.of_box(box[0], box[1])
    spec = {"kind": "samples", **frame.spec(), "box": frame.to_unit(box).tolist()}
    arrays = {"samples": np.asarray(samples, dtype=np.float64) / frame.scale}
    return assemble(spec, arrays, box, name=name, meta=meta, samples=samples, level=level)


def _json(text: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{where} is damaged: its header is not JSON ({brief(error)}).") from error
    if not isinstance(found, dict):
        raise InputError(f"{where} is damaged: its header is a {type(found).__name__}, not an object.")
    return found


def _must_be_known(version: Any, where: str) -> None:
    if not str(version).isdigit() or int(version) > VERSION:
        raise InputError(f"{where} was written by a newer Eigenform (layout {version}); update this one to open it.")
