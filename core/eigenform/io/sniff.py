"""Which family of formats a file belongs to, by its first bytes rather than its name."""

from __future__ import annotations

import re
from pathlib import Path

_OFF = re.compile(rb"^(ST)?(C)?(N)?4?n?OFF\b")
_OBJ_LINE = re.compile(rb"^\s*(v|vn|vt|f|o|g|mtllib|usemtl)\s+\S", re.M)
_NUMBER = rb"[-+]?(?:\d[\d.]*(?:[eE][-+]?\d+)?|\.\d+|nan|inf)"
_NUMBERS_LINE = re.compile(rb"^\s*" + _NUMBER + rb"(?:[\s,;]+" + _NUMBER + rb")*\s*[,;]?\s*$", re.M | re.I)
_COMMENT = re.compile(rb"^\s*(#|//|%)[^\n]*$", re.M)


def sniff(path: Path) -> str | None:
    """The family of ``path`` (``obj``, ``ply``, ``stl``, ``off``, ``gltf``, ``vtk``, ``pcd``, ``npy``, ``npz``,
    ``points``), or None where the content does not say."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        head = file.read(65536)
    if head.startswith(b"\xef\xbb\xbf"):
        head = head[3:]
    for magic, family in ((b"glTF", "gltf"), (b"\x93NUMPY", "npy"), (b"PK\x03\x04", "npz"), (b"PK\x05\x06", "npz")):
        if head.startswith(magic):
            return family
    text = head.lstrip()
    if re.match(rb"ply\s", text):
        return "ply"
    if text.startswith(b"# vtk DataFile") or b"<VTKFile" in head[:2048]:
        return "vtk"
    if b".PCD" in head[:256] or (b"FIELDS" in head[:1024] and b"VERSION" in head[:1024]):
        return "pcd"
    if text.startswith(b"{") and b'"asset"' in head:
        return "gltf"
    if size >= 84 and 84 + 50 * int.from_bytes(head[80:84], "little") == size and b"\0" in head:
        return "stl"
    if text[:5].lower() == b"solid" and b"facet" in head:
        return "stl"
    if b"\0" in head:
        return None
    plain = _COMMENT.sub(b"", head).lstrip()
    if _OFF.match(plain):
        return "off"
    if len(_OBJ_LINE.findall(plain)) >= 1 and re.search(rb"^\s*v\s+\S", plain, re.M):
        return "obj"
    lines = [line for line in plain.splitlines()[:200] if line.strip()]
    numeric = sum(1 for line in lines if _NUMBERS_LINE.match(line))
    return "points" if lines and numeric >= max(1, 0.6 * len(lines)) else None
