"""Fonts in proportion to another one."""

from __future__ import annotations

from PySide6.QtGui import QFont

SMALLEST_POINTS, SMALLEST_PIXELS = 6.0, 8


def scaled(font: QFont, factor: float, bold: bool = False) -> QFont:
    """A copy of ``font`` times ``factor``, whether its size is given in points or, as style sheets do, in pixels."""
    out = QFont(font)
    if font.pixelSize() > 0:
        out.setPixelSize(max(SMALLEST_PIXELS, round(font.pixelSize() * factor)))
    else:
        out.setPointSizeF(max(SMALLEST_POINTS, font.pointSizeF() * factor))
    if bold:
        out.setWeight(QFont.Weight.DemiBold)
    return out
