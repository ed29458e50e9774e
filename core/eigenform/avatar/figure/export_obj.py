"""OBJ with its material and texture beside it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from eigenform.figure_types import Avatar
from eigenform.io.atomic import atomic_path


def write_obj(path: str | os.PathLike[str], avatar: Avatar) -> None:
    """Write the posed surface; where it has a texture, ``NAME.mtl`` and ``NAME.png`` go beside ``NAME.obj``.

    The picture is written first and the mesh last, each atomically: an interrupted export leaves no mesh that names
    what is not there. Without a texture the colours of the vertices stand behind their positions.
    """
    path = Path(path)
    textured = (
        avatar.texture is not None and avatar.texture_coordinates is not None and avatar.texture_faces is not None
    )
    if textured:
        _write_material(path, avatar)
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        if textured:
            file.write(f"mtllib {path.stem}.mtl\n")
        if avatar.colours is None or textured:
            np.savetxt(file, avatar.verts, fmt="v %.9g %.9g %.9g")
        else:
            np.savetxt(file, np.concatenate([avatar.verts, avatar.colours], axis=1), fmt="v" + " %.9g" * 6)
        if not textured:
            np.savetxt(file, avatar.faces + 1, fmt="f %d %d %d")
            return
        assert avatar.texture_coordinates is not None
        assert avatar.texture_faces is not None
        np.savetxt(file, avatar.texture_coordinates, fmt="vt %.9g %.9g")
        file.write("usemtl surface\n")
        corners = np.stack([avatar.faces, avatar.texture_faces], axis=2).reshape(-1, 6) + 1
        np.savetxt(file, corners, fmt="f %d/%d %d/%d %d/%d")


def _write_material(path: Path, avatar: Avatar) -> None:
    from PIL import Image

    assert avatar.texture is not None
    with atomic_path(path.with_suffix(".png")) as temporary:
        Image.fromarray(np.ascontiguousarray(avatar.texture)).save(temporary, "PNG")
    with atomic_path(path.with_suffix(".mtl")) as temporary:
        text = f"newmtl surface\nKa 0 0 0\nKd 1 1 1\nKs 0 0 0\nillum 1\nmap_Kd {path.stem}.png\n"
        temporary.write_text(text, encoding="utf-8", newline="\n")
