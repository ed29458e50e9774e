"""What an avatar can be written as for other programs: rigged and moving, or the mesh of its present pose."""

from __future__ import annotations

from eigenform.avatar.figure.export import FORMATS, write_avatar

__all__ = ["FORMATS", "write_avatar"]
