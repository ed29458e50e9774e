"""About: what this is, whose work it stands on, how to cite it."""

from __future__ import annotations

from importlib import metadata

import eigenform
from eigenform import registry
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from eigenform_app import theme
from eigenform_app.panels.widgets import button, text

# (distribution, licence, what it does here)
LIBRARIES = (
    ("PySide6_Essentials", "LGPL-3.0", "the window (Qt)"),
    ("vtk", "BSD-3-Clause", "the 3D picture"),
    ("pyvista", "MIT", "the 3D picture"),
    ("pyvistaqt", "MIT", "the 3D picture in Qt"),
    ("torch", "BSD-3-Clause", "networks and their training"),
    ("numpy", "BSD-3-Clause", "arrays"),
    ("scipy", "BSD-3-Clause", "sparse matrices and eigensolvers"),
    ("scikit-learn", "BSD-3-Clause", "neighbours, the digits images"),
    ("scikit-image", "BSD-3-Clause", "contouring, biharmonic inpainting"),
    ("opencv-python-headless", "Apache-2.0", "classical inpainting"),
    ("trimesh", "MIT", "reading meshes"),
    ("open3d", "MIT", "reading point clouds, ray casting, baselines"),
    ("robust_laplacian", "MIT", "Laplacians of any mesh or cloud"),
    ("safetensors", "Apache-2.0", "networks on disk"),
    ("imageio", "BSD-2-Clause", "animations"),
    ("matplotlib", "Matplotlib (BSD style)", "plots"),
    ("platformdirs", "MIT", "folders of this system"),
)


def citation() -> str:
    """What to cite: the program and the sources of its methods."""
    sources = "\n".join(f"- {m.title}: {m.source}" for m in registry.methods() if m.source)
    return f"Eigenform {eigenform.__version__}: a desktop studio for learned geometry.\nMethods:\n{sources}\n"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


class AboutDialog(QDialog):
    """Version, licences and 'Copy citation'."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Eigenform")
        self.resize(680, 600)
        head = QHBoxLayout()
        mark = text("")
        mark.setPixmap(theme.logo(64))
        head.addWidget(mark)
        names = QVBoxLayout()
        names.setSpacing(1)
        names.addWidget(text("Eigenform", "title"))
        names.addWidget(text(f"Version {eigenform.__version__}. Licensed under Apache-2.0.", "muted"))
        head.addLayout(names)
        head.addStretch(1)
        page = QTextBrowser()
        page.setOpenExternalLinks(True)
        page.setFrameShape(QTextBrowser.Shape.NoFrame)
        page.setHtml(self._html())
        copy = button("Copy citation", icon="duplicate")
        copy.clicked.connect(lambda: QApplication.clipboard().setText(citation()))
        close = button("Close", "primary")
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(copy)
        row.addStretch(1)
        row.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 18)
        box.setSpacing(14)
        box.addLayout(head)
        box.addWidget(page, 1)
        box.addLayout(row)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    @staticmethod
    def _html() -> str:
        muted = theme.colours()["muted"]
        methods = "".join(
            f"<p><b>{m.title}</b>. {m.summary}<br><span style='color:{muted}'>{m.source}</span></p>"
            for m in registry.methods()
        )
        rows = "".join(
            f"<tr><td>{name}&nbsp;&nbsp;</td><td>{_version(name)}&nbsp;&nbsp;</td><td>{licence}&nbsp;&nbsp;</td>"
            f"<td style='color:{muted}'>{use}</td></tr>"
            for name, licence, use in LIBRARIES
        )
        return f"<h3>Methods</h3>{methods}<h3>Licences of what it stands on</h3><table cellpadding='2'>{rows}</table>"
