"""Light and dark: one table of colours, a style sheet with their names in it, and icons tinted to match."""

from __future__ import annotations

import re
import tempfile
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from eigenform_app.home import cache_folder

RESOURCES = Path(__file__).parent / "resources"

LIGHT = {
    "window": "#f3f4f7", "panel": "#ffffff", "raised": "#ffffff", "sunken": "#f7f8fa", "border": "#dfe3ea",
    "strong": "#c3cad6", "text": "#1b2230", "muted": "#5d6879", "faint": "#98a2b3", "accent": "#3a5fd9",
    "accent_hover": "#2f50bd", "accent_soft": "#e7ecfc", "on_accent": "#ffffff", "hover": "#eceff4",
    "danger": "#b3293c", "danger_soft": "#fdecee", "warning": "#92600a", "warning_soft": "#fdf3df",
    "good": "#1d7a4d", "good_soft": "#e4f5ec", "focus": "#3a5fd9",
}  # fmt: skip
DARK = {
    "window": "#12151b", "panel": "#191d25", "raised": "#222833", "sunken": "#141820", "border": "#2a303c",
    "strong": "#434c5c", "text": "#e7eaf0", "muted": "#9ea8b9", "faint": "#6b7688", "accent": "#6f8ffb",
    "accent_hover": "#8aa4ff", "accent_soft": "#26304f", "on_accent": "#0d1224", "hover": "#252b37",
    "danger": "#ff8a94", "danger_soft": "#3b2027", "warning": "#f0bd62", "warning_soft": "#382d18",
    "good": "#6fd39c", "good_soft": "#17322a", "focus": "#8aa4ff",
}  # fmt: skip

_dark = False


def colours() -> dict[str, str]:
    """The colours of the theme in use, by name."""
    return DARK if _dark else LIGHT


def colour(name: str) -> QColor:
    """One colour of the theme in use."""
    return QColor(colours()[name])


def is_dark() -> bool:
    """Whether the dark theme is in use."""
    return _dark


def wants_dark(choice: str) -> bool:
    """What ``system``, ``light`` or ``dark`` means on this desktop."""
    if choice == "system":
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return choice == "dark"


def apply(application: QApplication, dark: bool) -> None:
    """Give the whole program the light or the dark look."""
    global _dark
    _dark = dark
    tinted.cache_clear()
    icon.cache_clear()
    application.setStyle("Fusion")
    application.setFont(_font())
    application.setPalette(_palette())
    application.setStyleSheet(_style_sheet())


def _font() -> QFont:
    known = set(QFontDatabase.families())
    wanted = ("Inter", "Segoe UI Variable", "Segoe UI", "SF Pro Text", "Cantarell", "Noto Sans", "DejaVu Sans")
    font = QFont(next((f for f in wanted if f in known), QFont().family()))
    font.setPixelSize(12 if font.family() == "DejaVu Sans" else 13)
    return font


def _palette() -> QPalette:
    c, role = colours(), QPalette.ColorRole
    palette = QPalette()
    roles = {
        role.Window: "window", role.WindowText: "text", role.Base: "panel", role.AlternateBase: "sunken",
        role.Text: "text", role.Button: "raised", role.ButtonText: "text", role.Highlight: "accent",
        role.HighlightedText: "on_accent", role.ToolTipBase: "raised", role.ToolTipText: "text",
        role.PlaceholderText: "faint", role.Link: "accent", role.Mid: "border", role.Dark: "strong",
        role.Light: "raised", role.Accent: "accent",
    }  # fmt: skip
    for which, name in roles.items():
        palette.setColor(which, QColor(c[name]))
    for which in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(c["faint"]))
    return palette


def _style_sheet() -> str:
    text = (RESOURCES / "style.qss").read_text(encoding="utf-8")
    text = re.sub(r"@icon\((\w[\w-]*),(\w+)\)", lambda m: _icon_file(m[1], m[2]), text)
    return re.sub(r"@(\w+)", lambda m: colours()[m[1]], text)


def _icon_file(name: str, tint: str) -> str:
    """A tinted copy of an icon on disk: style sheets take no icons from memory."""
    folder = cache_folder() / "icons"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}-{colours()[tint][1:]}.svg"
        if not path.exists():
            path.write_bytes(_source(name, colours()[tint]))
    except OSError:  # a cache that cannot be written to must not keep the window from opening
        path = Path(tempfile.mkdtemp()) / f"{name}.svg"
        path.write_bytes(_source(name, colours()[tint]))
    return path.as_posix()


def _source(name: str, tint: str) -> bytes:
    text = (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    return text.replace("currentColor", tint).encode()


@lru_cache(maxsize=512)
def tinted(name: str, tint: str, size: int = 20, ratio: float = 2.0) -> QPixmap:
    """An icon as a picture of ``size`` points in one colour (``#rrggbb``)."""
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(_source(name, tint))).render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


@lru_cache(maxsize=256)
def icon(name: str, tint: str = "text") -> QIcon:
    """An icon of the theme in use; greyed where its action is disabled."""
    if not name:
        return QIcon()
    made = QIcon()
    made.addPixmap(tinted(name, colours()[tint]))
    made.addPixmap(tinted(name, colours()["faint"]), QIcon.Mode.Disabled)
    return made


def logo(size: int) -> QPixmap:
    """The mark of the program."""
    pixmap = QPixmap(size * 2, size * 2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(str(RESOURCES / "eigenform.svg")).render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(2.0)
    return pixmap
