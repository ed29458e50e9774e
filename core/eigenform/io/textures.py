"""The colour textures that a mesh file names or carries, as pictures."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from eigenform.errors import InputError
from eigenform.io.image_files import must_fit, picture_values
from eigenform.io.sentences import brief
from eigenform.types import Image

_WITH_TEXTURES = (".obj", ".glb", ".gltf")


def textures_of(path: str | os.PathLike[str]) -> list[Image]:
    """The colour textures of an OBJ (through its MTL) or glTF file, each once, in the order of the materials.

    Textures whose files are missing are left out. Row 0 is the top, as in the file; ``v`` of texture coordinates
    counts from the bottom in OBJ.

    Raises
    ------
    InputError
        Where the file is missing, of another kind or damaged.
    """
    import trimesh

    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    if path.suffix.lower() not in _WITH_TEXTURES:
        raise InputError(f"{path} is of a kind that carries no texture; .obj with .mtl, .glb or .gltf would work.")
    logging.getLogger("trimesh").addHandler(logging.NullHandler())
    try:
        with open(path, "rb") as file:
            resolver = trimesh.resolvers.FilePathResolver(str(path))
            kind = path.suffix.lower().lstrip(".")
            scene = trimesh.load_scene(file, file_type=kind, process=False, resolver=resolver)
        found: dict[bytes, Image] = {}
        for name, item in scene.geometry.items():
            for picture in _pictures(item):
                must_fit(picture.size, path)
                found.setdefault(picture.tobytes(), _image(picture, f"{path.stem} {name}", path))
        return list(found.values())
    except InputError:
        raise
    except Exception as error:  # readers of other projects fail in every way there is
        raise InputError(f"The textures of {path} cannot be read ({brief(error)}).") from error


def _pictures(item: Any) -> list[Any]:
    material = getattr(getattr(item, "visual", None), "material", None)
    each = getattr(material, "materials", None) or [material]
    found = []
    for one in each:
        picture = getattr(one, "baseColorTexture", None)
        picture = getattr(one, "image", None) if picture is None else picture
        if picture is not None:
            found.append(picture)
    return found


def _image(picture: Any, name: str, path: Path) -> Image:
    values = picture_values(picture)
    mask = None
    if values.shape[2] in (2, 4):
        missing = values[:, :, -1] < 0.5
        mask, values = (missing if missing.any() else None), values[:, :, :-1]
    return Image(values, mask=mask, name=name, meta={"source": str(path.absolute())})
