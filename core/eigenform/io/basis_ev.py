"""ShapeDNA ``.ev`` files, as LaPy reads them."""

from __future__ import annotations

import os

import numpy as np

from eigenform.io.atomic import atomic_path
from eigenform.io.topology import edges
from eigenform.types import Basis


def write_basis_ev(basis: Basis, path: str | os.PathLike[str]) -> None:
    """Eigenvalues and eigenvectors as text with all their digits; no vertices, so it cannot be read back whole.

    The lines ``Creator``, ``File`` and ``User`` have a space before the colon: LaPy 1.7 takes what follows
    ``Creator:`` for a number and stops.
    """
    mesh = len(basis.faces) > 0
    head = [f" Creator : Eigenform ({basis.name})", " Refine: 0", " Degree: 1", " Dimension: 2"]
    head += [f" Elements: {len(basis.faces)}", f" DoF: {len(basis.verts)}", f" NumEW: {basis.modes}", ""]
    head.append(f" Area: {float(basis.mass.sum())!r}")
    if mesh:
        net = edges(basis.faces)
        boundary = basis.verts[net.ends[net.faces == 1]]
        length = float(np.linalg.norm(boundary[:, 0] - boundary[:, 1], axis=1).sum()) if len(boundary) else 0.0
        if basis.verts.shape[1] == 3 and np.all(net.faces == 2):
            head.append(f" Volume: {_volume(basis)!r}")
        head += [f" BLength: {length!r}", f" EulerChar: {len(basis.verts) - len(net.ends) + len(basis.faces)}"]
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(head) + "\n\nEigenvalues:\n{ ")
        file.write(" ; ".join(repr(float(v)) for v in basis.evals))
        file.write(f" }}\n\nEigenvectors:\nsizes: {len(basis.verts)} {basis.modes}\n\n{{ ")
        columns = (",".join(map(repr, basis.evecs[:, i].tolist())) for i in range(basis.modes))
        file.write(" ;\n".join(f"({column})" for column in columns))
        file.write(" }\n")


def _volume(basis: Basis) -> float:
    a, b, c = (basis.verts[basis.faces[:, i]] - basis.verts[0] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)
