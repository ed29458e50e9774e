"""MATLAB ``.mat`` files in the habit of MeshLP and FmapLib."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from eigenform.errors import InputError
from eigenform.io.atomic import atomic_path
from eigenform.io.basis_npz import basis_from_arrays, density_of, stamped_meta
from eigenform.io.jsontext import dumps
from eigenform.io.sentences import brief
from eigenform.types import Basis


def write_basis_mat(basis: Basis, path: str | os.PathLike[str]) -> None:
    """Write ``evecs`` (V, K), ``evals`` (K, 1), ``A`` (sparse mass), ``W`` (stiffness, where one exists),
    ``evecs_trans`` = evecs^T A, ``verts``, ``faces`` (counted from 0), ``faces_matlab`` (counted from 1), ``mass``,
    ``density``, ``meta`` (JSON), and the network as ``network_0`` ... with ``network_names``."""
    import scipy.io
    import scipy.sparse as sp

    content: dict[str, Any] = {
        "evecs": basis.evecs,
        "evals": basis.evals[:, None],
        "A": sp.diags(basis.mass).tocsc(),
        "evecs_trans": basis.evecs.T * basis.mass,
        "verts": basis.verts,
        "faces": basis.faces.astype(np.float64),
        "faces_matlab": basis.faces.astype(np.float64) + 1,
        "mass": basis.mass[:, None],
        "density": density_of(basis)[:, None],
        "meta": dumps(stamped_meta(basis), ascii=True),
    }
    if basis.stiffness is not None:
        content["W"] = sp.csc_matrix(basis.stiffness)
    if basis.implicit_metric is not None:
        content["implicit_metric"] = basis.implicit_metric[:, None]
    if basis.network:
        # MATLAB names hold no dots, so the tensors' own names go beside them.
        names = list(basis.network)
        content["network_names"] = np.array(names, dtype=object)
        content |= {f"network_{i}": np.asarray(basis.network[name]) for i, name in enumerate(names)}
        content["network_shapes"] = dumps([list(np.shape(basis.network[name])) for name in names])
    with atomic_path(path) as temporary:
        scipy.io.savemat(str(temporary), content, do_compression=True, oned_as="column", appendmat=False)


def read_basis_mat(path: str | os.PathLike[str]) -> Basis:
    """Read a basis from a ``.mat`` file that holds ``verts``, ``evecs``, ``evals`` and the mass ``A`` or ``mass``.

    Raises
    ------
    InputError
        Where the file is damaged or something is missing.
    """
    import json

    import scipy.io
    import scipy.sparse as sp

    try:
        loaded = scipy.io.loadmat(str(path), mat_dtype=False)
    except (ValueError, TypeError, OSError, NotImplementedError, KeyError, MemoryError) as error:
        raise InputError(f"{path} is damaged or not a .mat file of version 5 to 7.2 ({brief(error)}).") from error
    found: dict[str, Any] = {key: value for key, value in loaded.items() if not key.startswith("__")}
    if "mass" not in found and "A" in found:
        found["mass"] = found["A"] @ np.ones(found["A"].shape[1])
    arrays: dict[str, np.ndarray] = {k: found[k] for k in ("verts", "evecs") if k in found}
    for key in ("evals", "mass", "density", "implicit_metric"):
        if key in found:
            arrays[key] = np.asarray(found[key]).ravel()
    arrays["faces"] = np.asarray(found.get("faces", np.zeros((0, 3)))).astype(np.int64).reshape(-1, 3)
    if "meta" in found and np.size(found["meta"]):
        arrays["meta"] = np.asarray(found["meta"]).ravel()[0]
    if "network_names" in found:
        names = [str(np.ravel(n)[0]) for n in found["network_names"].ravel()]
        shapes = json.loads(str(np.asarray(found["network_shapes"]).ravel()[0]))
        for i, (name, shape) in enumerate(zip(names, shapes, strict=True)):
            arrays[f"network/{name}"] = np.asarray(found[f"network_{i}"]).reshape(shape)
    basis = basis_from_arrays(arrays, str(path))
    return basis.replace(stiffness=found["W"].tocsc()) if sp.issparse(found.get("W")) else basis
